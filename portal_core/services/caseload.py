"""What is withheld now: an adult's restrictions, open investigations with their parties. For those who read grounds alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select

from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import Actor, Span
from portal_core.domain.school import Moment
from portal_core.policy.access import may_see
from portal_core.services.calendar import school_days_after
from portal_core.services.families import Person, name_of, named
from portal_core.services.parties import Party, connected_with, parties
from portal_core.services.staff import who_may
from portal_core.services.withheld import concerned
from portal_core.store.casework import InvestigatedPupil, Investigation, Outcome, RestrictedPupil, Restriction, not_over
from portal_core.store.facts import about_adults
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
    limits: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A restriction that holds no more: lifted by somebody for a reason, or past its end and lifted by nobody."""

    held: Held
    ended_at: datetime
    lifted_by: Person | None
    lifted_for: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An investigation that is open, and every adult connected with its pupils, those connected later among them."""

    id: int
    reference: str
    opened_at: datetime
    opened_by: Person
    pupils: tuple[Person, ...]
    parties: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class Afterwards:
    """One party once an investigation is closed: the children they see again, and those whom something else keeps from them.

    `review_on` is when the ground of their own is to be looked at again, for whom access stays withheld.
    """

    adult: Person
    regains: tuple[Person, ...]
    kept: tuple[Person, ...]
    review_on: date | None


def restrictions_of(store: Store, *, by: Actor, at: Moment, adult: int) -> list[Held]:
    """An adult's restrictions that have not been lifted, the oldest first; those past their end are left out."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT, Duty.READ_GROUNDS)
        work.get(Adult, adult)
        found = work.session.scalars(
            select(Restriction)
            .where(Restriction.adult_id == adult, not_over(at.instant))
            .order_by(Restriction.begins_at, Restriction.id)
        ).all()
        work.audit(Verb.EXPLAINED, adult=adult, restrictions=len(found))
        return [_held(work, one) for one in found]


def ended_restrictions(store: Store, *, by: Actor, at: Moment, adult: int) -> list[Ended]:
    """An adult's restrictions that hold no more, the last to end first."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT, Duty.READ_GROUNDS)
        work.get(Adult, adult)
        over = Restriction.superseded_at.is_not(None) | (Restriction.ends_at <= at.instant)
        found = work.session.scalars(select(Restriction).where(Restriction.adult_id == adult, over)).all()
        staff = named(work, Staff, {one.lifted_by_id for one in found if one.lifted_by_id is not None})
        work.audit(Verb.EXPLAINED, adult=adult, ended=len(found))
        ended = [
            Ended(
                _held(work, one), min(filter(None, (one.superseded_at, one.ends_at))), staff.get(one.lifted_by_id or 0),
                one.lifted_for or "",
            )
            for one in found
        ]  # fmt: skip
        return sorted(ended, key=lambda one: (one.ended_at, one.held.id), reverse=True)


def _held(work: Work, one: Restriction) -> Held:
    return Held(
        one.id, one.clause, one.whole_account, _decided(work, one.id, True), _decided(work, one.id, False), one.begins_at, one.ends_at, one.review_on,
        one.evidence, one.limits or "",
    )  # fmt: skip


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


def number_open(store: Store, *, by: Actor, at: Moment) -> int:
    """How many investigations are open."""
    with store.writing_as(by, at) as work:
        work.require(Duty.INVESTIGATE, Duty.READ_GROUNDS)
        return work.session.scalars(
            select(func.count()).select_from(Investigation).where(Investigation.closed_at.is_(None))
        ).one()


def review_day(store: Store, *, by: Actor, at: Moment) -> date:
    """When a ground made today is looked at again, unless another day is given: so many school days from now (REVOKE-1)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT)
        return school_days_after(work, at.day, work.settings.review_after_school_days)


def others_who_may_close(store: Store, *, by: Actor, at: Moment) -> list[Person]:
    """Colleagues with an active account who can close what this reader opened (REVOKE-4)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.INVESTIGATE)
        mine = getattr(by, "staff_id", None)
        return [Person(one.id, name_of(one)) for one in who_may(work, Duty.INVESTIGATE) if one.id != mine]


def after_closing(
    store: Store, *, by: Actor, at: Moment, investigation: int, outcomes: Mapping[int, Outcome]
) -> list[Afterwards]:
    """Who would see whom again, were an investigation closed so; each party as the rule then answers (REVOKE-4)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.INVESTIGATE, Duty.READ_GROUNDS)
        pupils = concerned(work, investigation)
        adults = connected_with(work, pupils)
        work.audit(Verb.EXPLAINED, investigation=investigation, adults=sorted(adults))
        known = about_adults(work.session.connection(), adults, at.instant)
        others = {pupil: _spans(work, pupil, but=investigation) for pupil in pupils}
        review = school_days_after(work, at.day, work.settings.review_after_school_days)
        people, children = named(work, Adult, adults), named(work, Pupil, pupils)
        found = []
        for adult in sorted(people.values(), key=lambda one: (one.name, one.id)):
            tied = [facts for facts in known.children_of(adult.id) if facts.pupil_id in others]
            stays = outcomes.get(adult.id) is not Outcome.REINSTATED
            sees = {
                facts.pupil_id
                for facts in tied
                if not stays and may_see(replace(facts, investigations=others[facts.pupil_id]), at)
            }
            found.append(
                Afterwards(
                    adult, tuple(children[facts.pupil_id] for facts in tied if facts.pupil_id in sees),
                    tuple(children[facts.pupil_id] for facts in tied if facts.pupil_id not in sees), review if stays else None,
                )
            )  # fmt: skip
        return found


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


def _spans(work: Work, pupil: int, *, but: int) -> tuple[Span, ...]:
    """The investigations of a pupil that would still be open."""
    opened = work.session.scalars(
        select(Investigation.opened_at)
        .join(InvestigatedPupil, InvestigatedPupil.investigation_id == Investigation.id)
        .where(InvestigatedPupil.pupil_id == pupil, Investigation.closed_at.is_(None), Investigation.id != but)
    )
    return tuple(Span(begins) for begins in opened)


def _decided(work: Work, restriction: int, covered: bool) -> tuple[Person, ...]:
    found = work.session.scalars(
        select(RestrictedPupil.pupil_id).where(
            RestrictedPupil.restriction_id == restriction,
            RestrictedPupil.covered.is_(covered),
            RestrictedPupil.superseded_at.is_(None),
        )
    ).all()
    return tuple(named(work, Pupil, found).values())
