"""Records whose time is over: pupils who left long ago, what is found of them, and their erasure, one pupil at a time (SEC-5).

Attendance entries are kept for six years at least (SI 2024/208, regulation 7); a school sets how many years after leaving
(`retain_leavers_years`). What is erased is names, dates of birth, marks, points and whatever anybody wrote; ids stay, so that the
audit still says who did what, of people whom nobody can name any more. The way back is a restored backup.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, delete, exists, func, select, update
from sqlalchemy.orm import aliased

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import AccountState, Actor, Machine
from portal_core.domain.school import Moment
from portal_core.errors import Stale
from portal_core.security.logins import set_state
from portal_core.services.accounts import staff_of, state_of
from portal_core.services.families import Person, name_of
from portal_core.services.import_changes import finish_tasks
from portal_core.services.listing import Listed, Wanted, listed
from portal_core.services.searching import pupils_meant
from portal_core.store.accounts import Account, Draft, Login
from portal_core.store.casework import Breach, InvestigatedPupil, Investigation, Restriction, not_over
from portal_core.store.enquiries import Enquiry
from portal_core.store.information import InformationRequest, ReleasedItem
from portal_core.store.intake import AccessRequest, WaitingChecks
from portal_core.store.people import Adult, Birth, Connection, Enrolment, Pupil
from portal_core.store.recovery import EmailChange, FormerAddress
from portal_core.store.registers import LessonMark, Mark, MarkAmendment, Point
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work

NAMELESS = "(erased)"
"""What stands where a surname was."""
UPKEEP = Machine("upkeep", frozenset({Duty.ERASE}))


@dataclass(frozen=True, slots=True)
class Due:
    """A pupil whose records are due: the last day on roll, and how many adults would be erased with them."""

    pupil: Person
    left_on: date
    adults: int


@dataclass(frozen=True, slots=True)
class Erased:
    """What one confirmation erased."""

    pupils: int
    adults: int


_SORTS: Mapping[str, tuple[SQLColumnExpression[Any], ...]] = {
    "left": (func.max(Enrolment.ended_on), Pupil.id),
    "name": (Pupil.surname, Pupil.forename, Pupil.id),
}


def due(store: Store, *, by: Actor, at: Moment, wanted: Wanted) -> Listed[Due]:
    """Pupils who left so long ago that their records are due, who left first first. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ERASE)
        found = _due(work)
        if wanted.find.strip():
            found = found.where(pupils_meant(wanted.find, at.day))
        page = listed(work, found, wanted, _SORTS, lambda *row: row)
        alone = Counter(pupil for pupil, _ in _alone(work, [pupil.id for pupil, _ in page.rows]))
        work.audit(Verb.LOOKED_UP, pupils=[pupil.id for pupil, _ in page.rows], what="retention")
        rows = tuple(Due(Person(pupil.id, name_of(pupil)), left, alone[pupil.id]) for pupil, left in page.rows)
        return Listed(rows, page.number, page.wanted)


def erase(store: Store, *, by: Actor, at: Moment, pupils: list[int]) -> Erased:
    """Erases pupils who were listed as due, each in one transaction with its entry; what is left after a crash is still due.

    Raises Stale before anything is erased if one of them is not due any more, NotPermitted.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.ERASE)
        if not pupils or not set(pupils) <= set(work.session.scalars(_due(work).with_only_columns(Pupil.id))):
            raise Stale("The list has changed since you looked. Nothing has been erased; please look again.")
        work.audit(Verb.BEGAN_ERASING, pupils=pupils)
    adults, erased = 0, 0
    for pupil in dict.fromkeys(pupils):
        with store.writing_as(by, at) as work:
            work.require(Duty.ERASE)
            work.hold(Pupil, pupil)
            if work.session.scalar(_due(work).with_only_columns(Pupil.id).where(Pupil.id == pupil)) is None:
                continue  # something was opened about them since
            erased += 1
            alone = [adult for _, adult in _alone(work, [pupil])]
            _erase_pupil(work, pupil)
            for adult in alone:
                _erase_adult(work, adult)
            adults += len(alone)
            work.audit(Verb.ERASED, pupil=pupil, adults=alone)
    return Erased(erased, adults)


def erase_requests(store: Store, *, by: Actor, at: Moment) -> int:
    """Takes names and words off requests for access and for information that ended long ago (`retain_requests_days`); how many."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ERASE)
        before = at.instant - timedelta(days=work.settings.retain_requests_days)
        old = work.session.scalars(
            select(AccessRequest).where(AccessRequest.ended_at < before, AccessRequest.name != "")
        ).all()
        for request in old:
            request.name = request.children = request.reach = request.text = ""
        told = work.session.scalars(
            select(InformationRequest).where(InformationRequest.ended_at < before, InformationRequest.asker != "")
        ).all()
        for one in told:
            one.asker = one.reach = ""
            one.refusal = one.refusal and ""  # refused it stays
        if old or told:
            work.audit(Verb.ERASED, access_requests=[o.id for o in old], information_requests=[o.id for o in told])
    return len(old) + len(told)


def number_due(work: Work) -> int:
    """How many pupils' records are due."""
    return work.session.scalar(select(func.count()).select_from(_due(work).order_by(None).subquery())) or 0


def _due(work: Work) -> Select[*tuple[Any, ...]]:
    """Pupils all of whose spells on roll ended so long ago, but those about whom something is still open."""
    day = work.at.day
    years = work.settings.retain_leavers_years
    before = date(day.year - years, day.month, min(day.day, 28))
    return (
        select(Pupil, func.max(Enrolment.ended_on))
        .join(Enrolment, (Enrolment.pupil_id == Pupil.id) & Enrolment.superseded_at.is_(None))
        .where(Pupil.erased_at.is_(None), ~_in_hand(work))
        .group_by(Pupil.id)
        .having(func.count() == func.count(Enrolment.ended_on), func.max(Enrolment.ended_on) < before)
    )


def _in_hand(work: Work) -> ColumnElement[bool]:
    """Whether a request for information is open, or access is withheld on any ground: all alike to whoever may not read grounds."""
    now = work.at.instant
    asked = exists().where(InformationRequest.pupil_id == Pupil.id, InformationRequest.ended_at.is_(None))
    investigated = exists().where(
        InvestigatedPupil.pupil_id == Pupil.id,
        Investigation.id == InvestigatedPupil.investigation_id,
        Investigation.closed_at.is_(None),
    )
    restricted = exists().where(
        Connection.pupil_id == Pupil.id,
        Restriction.adult_id == Connection.adult_id,
        not_over(now),
    )
    return asked | investigated | restricted


def _alone(work: Work, pupils: Collection[int]) -> list[tuple[int, int]]:
    """Of these pupils, each with every adult who is or was connected with them and with no other whose records stand."""
    other, standing = aliased(Connection), aliased(Pupil)
    elsewhere = exists().where(
        other.adult_id == Connection.adult_id,
        other.pupil_id != Connection.pupil_id,
        standing.id == other.pupil_id,
        standing.erased_at.is_(None),
    )
    pairs = select(Connection.pupil_id, Connection.adult_id).where(Connection.pupil_id.in_(pupils), ~elsewhere)
    return [(pupil, adult) for pupil, adult in work.session.execute(pairs.distinct().order_by(Connection.adult_id))]


def _erase_pupil(work: Work, pupil: int) -> None:
    points = select(Point.id).where(Point.pupil_id == pupil)
    work.erase(delete(ReleasedItem).where(ReleasedItem.point_id.in_(points)))
    for table in (MarkAmendment, Mark, LessonMark, Point, Birth):
        work.erase(delete(table).where(table.pupil_id == pupil))
    asked = InformationRequest.pupil_id == pupil
    still_refused = case((InformationRequest.refusal.is_not(None), ""))
    work.erase(update(InformationRequest).where(asked).values(asker="", reach="", refusal=still_refused))
    work.erase(update(Connection).where(Connection.pupil_id == pupil).values(evidence=""))
    named = {"forename": "", "surname": NAMELESS, "upn": None, "mis_id": f"erased-{pupil}"}
    work.erase(update(Pupil).where(Pupil.id == pupil).values(**named, erased_at=work.at.instant))


def _erase_adult(work: Work, adult: int) -> None:
    account = select(Account.id).where(Account.adult_id == adult)
    for table in (Draft, EmailChange, Login):
        work.erase(delete(table).where(table.account_id.in_(account)))
    work.erase(delete(FormerAddress).where(FormerAddress.adult_id == adult))
    work.erase(update(Enquiry).where(Enquiry.account_id.in_(account)).values(text="", answer="", asker=""))
    work.erase(
        update(AccessRequest).where(AccessRequest.adult_id == adult).values(name="", children="", reach="", text="")
    )
    ended = {
        "ended_at": func.coalesce(WaitingChecks.ended_at, work.at.instant),
        "ended_by_id": func.coalesce(WaitingChecks.ended_by_id, staff_of(work.by)),
    }
    work.erase(update(WaitingChecks).where(WaitingChecks.adult_id == adult).values(reference="", **ended))
    finish_tasks(work, TaskKind.SECOND_CHECK, [f"adult:{adult}"])
    work.erase(update(Breach).where(Breach.adult_id == adult).values(what="", answer=""))
    work.erase(
        update(Restriction).where(Restriction.adult_id == adult).values(evidence="", limits=None, lifted_for=None)
    )
    for one in work.session.scalars(account).all():
        if state_of(work, one) is not AccountState.CLOSED:
            set_state(work, one, AccountState.CLOSED)
    nobodys = {"username": f"erased-{adult}", "password_hash": None, "factor_secret": None}
    work.erase(update(Account).where(Account.adult_id == adult).values(**nobodys))
    named = {
        "title": "",
        "forename": "",
        "surname": NAMELESS,
        "email": "",
        "telephone": "",
        "address": "",
        "mis_id": None,
    }
    work.erase(update(Adult).where(Adult.id == adult).values(**named, erased_at=work.at.instant))
