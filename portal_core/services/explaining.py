"""Could this adult see this child at that time, and why? Asked by staff, answered as far as they may read, on record."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import AccountState, Actor, Facts, Machine
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotPermitted
from portal_core.policy.access import (
    Decision,
    Finding,
    but_for_grounds,
    conditions_met,
    may_see,
    readable,
    verified_responsibility,
)
from portal_core.policy.duties import DUTIES_OF
from portal_core.services.families import Person, named
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.facts import about_adults
from portal_core.store.people import Adult, Connection, Pupil, Staff, StaffRole, in_post
from portal_core.store.scope import Store, Work


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether access is or was given, the findings that this reader may read and the conditions that are met.

    `whole` if grounds were weighed in it.
    """

    allowed: bool
    findings: tuple[Finding, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Past:
    """An adult and a pupil who were connected then, and the answer on them."""

    adult: Person
    pupil: Person
    explained: Explanation


def explain(store: Store, *, by: Actor, at: Moment, adult: int, pupil: int, about: Moment) -> Explanation:
    """The decision on an adult and a pupil at any past or present moment, by what was known then. Raises NotPermitted."""
    _require_past(about, at)
    with store.writing_as(by, at) as work:
        work.require(Duty.EXPLAIN_ACCESS)
        work.get(Adult, adult)
        work.get(Pupil, pupil)
        facts = about_adults(work.session.connection(), [adult], about.instant).facts.get((adult, pupil))
        if facts is None:  # nothing else was asked about two who were not connected
            facts = Facts(adult, pupil)
            decision = may_see(facts, about, (verified_responsibility,))
        else:
            decision = may_see(facts, about)
        told = _told(work, facts, decision, about)
        work.audit(Verb.EXPLAINED, pupil=pupil, adult=adult, about=about.instant.isoformat(), allowed=told.allowed)
    return told


def explain_past(
    store: Store, *, by: Actor, at: Moment, about: Moment, adult: int | None = None, pupil: int | None = None
) -> list[Past]:
    """The same for everybody whom the records connected with an adult, or with a pupil, at a moment gone by, by name."""
    _require_past(about, at)
    with store.writing_as(by, at) as work:
        work.require(Duty.EXPLAIN_ACCESS, Duty.FIND_PEOPLE)
        adults = [adult] if adult is not None else list(_ever_connected(work, pupil))
        facts = about_adults(work.session.connection(), adults, about.instant).facts
        found = [one for one in facts.values() if pupil is None or one.pupil_id == pupil]
        work.audit(Verb.EXPLAINED, pupil=pupil, adult=adult, about=about.instant.isoformat(), ties=len(found))
        people = named(work, Adult, {one.adult_id for one in found})
        children = named(work, Pupil, {one.pupil_id for one in found})
        told = []
        for one in found:
            explained = _told(work, one, may_see(one, about), about)
            told.append(Past(people[one.adult_id], children[one.pupil_id], explained))
        return sorted(told, key=lambda past: (past.pupil.name, past.adult.name, past.adult.id))


def _told(work: Work, facts: Facts, decision: Decision, about: Moment) -> Explanation:
    """What this reader is told: of now every ground in one word, of a time gone by nothing of any (no tipping off)."""
    whole = Duty.READ_GROUNDS in work.held or about.instant == work.at.instant
    decision = decision if whole else but_for_grounds(decision)
    return Explanation(bool(decision), (*readable(decision, work.held), *conditions_met(facts, about)), whole)


def _require_past(about: Moment, at: Moment) -> None:
    if about.instant > at.instant:
        raise BadInput("Please ask about now or a time gone by; what will be recorded is not known.")


def _ever_connected(work: Work, pupil: int | None) -> Sequence[int]:
    return work.session.scalars(select(Connection.adult_id).where(Connection.pupil_id == pupil).distinct()).all()


def explain_to(store: Store, *, staff: str, at: Moment, adult: str, child: str, about: Moment) -> Explanation:
    """The same from the server's command line, in the name of a member of staff and with no more than their duties.

    Staff go by username or staff code, adults and children by id, or as `mis:ID` by that of the MIS. Raises BadInput for a
    name that is nobody's; a refusal is recorded like an answer.
    """
    with store.writing_as(_LOOKING_UP, at) as work:
        by = _in_the_name_of(work, staff)
        adult_id, pupil_id = _id_of(work, Adult, adult), _id_of(work, Pupil, child)
    try:
        return explain(store, by=by, at=at, adult=adult_id, pupil=pupil_id, about=about)
    except NotPermitted:
        with store.writing_as(by, at) as work:
            work.audit(Verb.WAS_REFUSED, pupil=pupil_id, adult=adult_id, what="explain")
        raise


_LOOKING_UP = Machine("command line", frozenset())


def _in_the_name_of(work: Work, named: str) -> Machine:
    active = (
        select(Account.staff_id)
        .join(AccountStatus, AccountStatus.account_id == Account.id)
        .where(
            Account.staff_id.is_not(None),
            AccountStatus.superseded_at.is_(None),
            AccountStatus.state == AccountState.ACTIVE,
        )
    )
    by_code = active.join(Staff, Staff.id == Account.staff_id).where(Staff.code == named.strip(), Staff.code != "")
    found = _only(work, active.where(Account.username == named.strip().casefold())) or _only(work, by_code)
    if found is None:
        raise BadInput("There is no active account of staff of that name or code, or more than one. Give the username.")
    roles = work.session.scalars(
        select(StaffRole.role)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(StaffRole.staff_id == found, StaffRole.superseded_at.is_(None), in_post(work.at.day))
    )
    return Machine(f"command line as staff:{found}", frozenset().union(*(DUTIES_OF[role] for role in roles)))


def _only(work: Work, statement: Select[int | None]) -> int | None:
    found = work.session.scalars(statement.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _id_of(work: Work, kind: type[Adult] | type[Pupil], named: str) -> int:
    ours, _, theirs = named.partition("mis:")
    if theirs and not ours:
        found = work.session.scalar(select(kind.id).where(kind.mis_id == theirs))
    else:
        found = int(named) if named.isascii() and named.isdigit() and len(named) < 10 else None
    if found is None or work.session.get(kind, found) is None:
        raise BadInput(f"There is nobody called “{named}”. Give an id of the portal, or mis: and the id of the MIS.")
    return found
