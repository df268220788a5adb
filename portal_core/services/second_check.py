"""A second person looks at the checks of a disputed case, and lets them count or takes them back (PASS-1, USER-1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import NotPermitted, Stale
from portal_core.services.accounts import Checks, Evidence, IdentitySeen, IssuedCode, issue, verify
from portal_core.services.families import Person, name_of, named
from portal_core.services.import_changes import finish_tasks
from portal_core.store.intake import WaitingChecks
from portal_core.store.people import Adult, Pupil, Staff
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work


@dataclass(frozen=True, slots=True)
class Waiting:
    """Checks that wait: what was seen, for which children, by whom; `mine` for whoever made them.

    Without an `identity` they are for further children of somebody who has an account.
    """

    identity: str
    evidence: str
    reference: str
    pupils: tuple[Person, ...]
    made_at: datetime
    made_by: Person
    mine: bool


def waiting(store: Store, *, by: Principal, at: Moment, adult: int) -> Waiting | None:
    """The checks of this adult that wait for a second person, None if none do."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        found = _live(work, adult)
        if found is None:
            return None
        maker = work.get(Staff, found.made_by_id)
        children = named(work, Pupil, _pupils(found))
        work.audit(Verb.VIEWED, what="waiting checks", adult=adult)
        return Waiting(
            found.identity, found.evidence, found.reference, tuple(children.values()), found.made_at,
            Person(maker.id, name_of(maker)), maker.id == by.staff_id,
        )  # fmt: skip


def confirm(store: Store, *, by: Principal, at: Moment, adult: int) -> IssuedCode | None:
    """Issues the account by a colleague's checks, or verifies further children by them; then there is no code.

    Raises NotPermitted for whoever made them, Stale where none wait.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.hold(Adult, adult)
        found = _held(work, adult)
        if found.made_by_id == by.staff_id:
            raise NotPermitted("You went through these checks yourself. A second person must look at them.")
        evidence, pupils = Evidence(found.evidence), frozenset(_pupils(found))
        _end(work, found, by)
        if not found.identity:
            verify(work, adult, pupils, evidence, found.reference)
            return None
        return issue(work, adult, Checks(IdentitySeen(found.identity), evidence, found.reference, pupils, True))


def take_back(store: Store, *, by: Principal, at: Moment, adult: int) -> None:
    """Ends checks without an account: they were wrong, or somebody wants to begin anew. Raises Stale where none wait."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.hold(Adult, adult)
        _end(work, _held(work, adult), by)
        work.audit(Verb.ENDED_CHECKS, adult=adult)


def _live(work: Work, adult: int) -> WaitingChecks | None:
    return work.session.scalar(
        select(WaitingChecks).where(WaitingChecks.adult_id == adult, WaitingChecks.ended_at.is_(None))
    )


def _held(work: Work, adult: int) -> WaitingChecks:
    found = _live(work, adult)
    if found is None:
        raise Stale("No checks of this person wait any more. Please look again.")
    return found


def _end(work: Work, found: WaitingChecks, by: Principal) -> None:
    found.ended_at, found.ended_by_id = work.at.instant, by.staff_id
    finish_tasks(work, TaskKind.SECOND_CHECK, [f"adult:{found.adult_id}"])


def _pupils(found: WaitingChecks) -> list[int]:
    return [int(number) for number in found.pupils.split(",")]
