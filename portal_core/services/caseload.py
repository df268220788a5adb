"""What is withheld now: an adult's restrictions, open investigations with their parties. For those who read grounds alone."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.services.families import Person, name_of, named
from portal_core.services.parties import Party, connected_with, parties
from portal_core.store.casework import InvestigatedPupil, Investigation, RestrictedPupil, Restriction
from portal_core.store.people import Adult, Connection, Pupil, Staff
from portal_core.store.scope import Store, Work


@dataclass(frozen=True, slots=True)
class Held:
    """A restriction that has not been lifted: `pupils` are those it covers, `spared` those it was decided not to cover."""

    id: int
    clause: Clause
    whole_account: bool
    pupils: tuple[Person, ...]
    spared: tuple[Person, ...]
    begins_at: datetime
    ends_at: datetime | None
    review_on: date | None
    evidence: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An investigation that is open, and every adult connected with its pupils, those connected later among them."""

    id: int
    reference: str
    opened_at: datetime
    opened_by: Person
    pupils: tuple[Person, ...]
    parties: tuple[Party, ...]


def restrictions_of(store: Store, *, by: Actor, at: Moment, adult: int) -> list[Held]:
    """An adult's restrictions that have not been lifted, the oldest first; those past their end are left out."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT, Duty.READ_GROUNDS)
        work.get(Adult, adult)
        found = work.session.scalars(
            select(Restriction)
            .where(
                Restriction.adult_id == adult,
                Restriction.superseded_at.is_(None),
                Restriction.ends_at.is_(None) | (Restriction.ends_at > at.instant),
            )
            .order_by(Restriction.begins_at, Restriction.id)
        ).all()
        work.audit(Verb.EXPLAINED, adult=adult, restrictions=len(found))
        return [
            Held(
                one.id, one.clause, one.whole_account, _decided(work, one.id, True), _decided(work, one.id, False), one.begins_at, one.ends_at, one.review_on,
                one.evidence,
            )
            for one in found
        ]  # fmt: skip


def open_cases(store: Store, *, by: Actor, at: Moment) -> list[OpenCase]:
    """The open investigations, the oldest first."""
    with store.writing_as(by, at) as work:
        work.require(Duty.INVESTIGATE, Duty.READ_GROUNDS)
        rows = work.session.execute(
            select(Investigation, Staff)
            .join(Staff, Staff.id == Investigation.opened_by_id)
            .where(Investigation.closed_at.is_(None))
            .order_by(Investigation.opened_at, Investigation.id)
        ).all()
        work.audit(Verb.EXPLAINED, investigations=len(rows))
        return [_case(work, one, opener) for one, opener in rows]


def court_flags(store: Store, *, by: Actor, at: Moment, adult: int) -> list[Person]:
    """Children whom the imported records keep from an adult by a court's order that nobody has yet looked into (REVOKE-2)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT, Duty.READ_GROUNDS)
        found = work.session.scalars(
            select(Connection.pupil_id).where(
                Connection.adult_id == adult, Connection.superseded_at.is_(None), Connection.court_flag.is_(True)
            )
        ).all()
        work.audit(Verb.EXPLAINED, adult=adult, flags=len(found))
        return list(named(work, Pupil, found).values())


def _case(work: Work, one: Investigation, opener: Staff) -> OpenCase:
    pupils = work.session.scalars(
        select(InvestigatedPupil.pupil_id).where(InvestigatedPupil.investigation_id == one.id)
    ).all()
    return OpenCase(
        one.id, one.reference, one.opened_at, Person(opener.id, name_of(opener)), tuple(named(work, Pupil, pupils).values()),
        tuple(parties(work, pupils, connected_with(work, pupils))),
    )  # fmt: skip


def _decided(work: Work, restriction: int, covered: bool) -> tuple[Person, ...]:
    found = work.session.scalars(
        select(RestrictedPupil.pupil_id).where(
            RestrictedPupil.restriction_id == restriction,
            RestrictedPupil.covered.is_(covered),
            RestrictedPupil.superseded_at.is_(None),
        )
    ).all()
    return tuple(named(work, Pupil, found).values())
