"""Breaches of the policy: what happened, by the audit's own entries, under the version accepted then; a warning or a restriction.

REVOKE-3, LIABLE-1. Nothing is changed afterwards but once: what the parent answered is put down.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.services.casework import put_in_force
from portal_core.services.families import Person, name_of, named
from portal_core.services.withheld import require_new
from portal_core.store.accounts import Acceptance
from portal_core.store.casework import Breach, Restriction
from portal_core.store.people import Adult, Staff
from portal_core.store.school import AuditEntry
from portal_core.store.scope import Store, Work

LONGEST = 1_000
MOST_ENTRIES = 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """One breach as it stands; `policy` is the version accepted by then, None if none was."""

    id: int
    what: str
    entries: tuple[int, ...]
    policy: int | None
    restricted: bool
    recorded_at: datetime
    recorded_by: Person
    answer: str
    answered_at: datetime | None


def breaches(store: Store, *, by: Principal, at: Moment, adult: int) -> tuple[Person, list[Recorded]]:
    """An adult, and what is recorded of them, the newest first. Raises NotFound, NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT, Duty.READ_GROUNDS)
        person = work.get(Adult, adult)
        rows = work.session.scalars(select(Breach).where(Breach.adult_id == adult).order_by(Breach.id.desc())).all()
        staff = named(work, Staff, {one.recorded_by_id for one in rows})
        work.audit(Verb.EXPLAINED, adult=adult, breaches=len(rows))
        return Person(adult, name_of(person)), [
            Recorded(
                one.id, one.what, tuple(int(number) for number in one.entries.split(",") if number), one.policy,
                one.restriction_id is not None, one.recorded_at, staff[one.recorded_by_id], one.answer, one.answered_at,
            )
            for one in rows
        ]  # fmt: skip


def record_breach(
    store: Store, *, by: Principal, at: Moment, adult: int, what: str, entries: Collection[int], restrict: bool
) -> int:
    """Puts a breach down, with a restriction of the whole account in the same transaction, or as a warning.

    `entries` are numbers of the audit's entries of that adult's own doing; the policy is what they had accepted by the last.
    Raises BadInput, NotPermitted, Stale.
    """
    what = what.strip()
    if not 0 < len(what) <= LONGEST:
        raise BadInput(f"Please say what happened, in up to {LONGEST:,} characters.")
    if not 0 < len(set(entries)) <= MOST_ENTRIES:
        raise BadInput(
            f"Please give the numbers of the audit’s entries that show it, at least one, at most {MOST_ENTRIES}."
        )
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT, Duty.READ_GROUNDS)
        work.hold(Adult, adult)
        until = _last_of_own(work, adult, entries)
        numbers = sorted(set(entries))
        shown_by = ",".join(map(str, numbers))
        if work.session.scalar(select(Breach.id).where(Breach.adult_id == adult, Breach.entries == shown_by).limit(1)):
            raise Stale("A breach that these entries show has been put down already. Please look again.")
        evidence = f"breach: audit entries {', '.join(map(str, numbers))}"[:200]
        held = None
        if restrict:
            require_new(work, adult, Clause.REVOKE_3, evidence, None)
            made = Restriction(
                adult_id=adult, clause=Clause.REVOKE_3, whole_account=True, begins_at=at.instant, evidence=evidence,
                made_by_id=by.staff_id, recorded_at=at.instant,
            )  # fmt: skip
            held = put_in_force(work, made, {})
        policy = work.session.scalar(
            select(func.max(Acceptance.version)).where(Acceptance.adult_id == adult, Acceptance.accepted_at <= until)
        )
        one = work.add(
            Breach(
                adult_id=adult, what=what, entries=shown_by, policy=policy, restriction_id=held,
                recorded_at=at.instant, recorded_by_id=by.staff_id,
            )
        )  # fmt: skip
        work.audit(
            Verb.RECORDED_BREACH,
            adult=adult,
            breach=one.id,
            entries=numbers,
            restriction=held,
            policy=policy,
        )
    return one.id


def note_answer(store: Store, *, by: Principal, at: Moment, adult: int, breach: int, answer: str) -> None:
    """Puts down what the parent says to it, once. Raises BadInput, Stale."""
    answer = answer.strip()
    if not 0 < len(answer) <= LONGEST:
        raise BadInput(f"Please write down what they answered, in up to {LONGEST:,} characters.")
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT, Duty.READ_GROUNDS)
        one = work.hold(Breach, breach)
        if one.adult_id != adult or one.answered_at is not None:
            raise Stale("An answer to this has been put down already. Please look again.")
        one.answer, one.answered_at, one.answered_by_id = answer, at.instant, by.staff_id
        work.audit(Verb.NOTED_ANSWER, adult=adult, breach=breach)


def _last_of_own(work: Work, adult: int, entries: Collection[int]) -> datetime:
    """When the last of these was done. What somebody else did is no breach of this adult's: BadInput."""
    rows = work.session.execute(
        select(AuditEntry.id, AuditEntry.at).where(
            AuditEntry.id.in_(set(entries)), AuditEntry.actor == f"adult:{adult}"
        )
    ).all()
    if foreign := sorted(set(entries) - {number for number, _ in rows}):
        raise BadInput(f"Entry {foreign[0]} of the audit is not of this adult’s doing. Look for theirs in the audit.")
    return max(when for _, when in rows)
