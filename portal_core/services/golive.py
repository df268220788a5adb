"""Going live: one named clerk attests, for all connections that nothing speaks against, that responsibility was checked (PASS-1).

1,900 adults at two minutes each would be 60 hours. Who is left out is listed with the reason, for single checks.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor, Responsibility
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.services.accounts import REFERENCE_LENGTH, replace_all, staff_of
from portal_core.services.disputes import is_disputed
from portal_core.services.families import Person, name_of, on_roll
from portal_core.services.import_changes import finish_tasks
from portal_core.services.listing import Listed, Wanted, listed
from portal_core.services.searching import adults_meant
from portal_core.store.people import Adult, Connection, Enrolment, Pupil
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work


class Why(StrEnum):
    """Why a connection is left for a single check, in words that any clerk may read."""

    NOT_RESPONSIBLE = "the records show no parental responsibility"
    SINGLE = "to be checked singly: perhaps another adult is the same person, or a second person has to look as well"


@dataclass(frozen=True, slots=True)
class Proposal:
    """How many connections, adults and children an attestation would cover."""

    connections: int
    adults: int
    children: int


class Of(StrEnum):
    """Which of the connections that nobody has verified yet."""

    COVERED = "covered by the attestation"
    LEFT = "left for single checks"


@dataclass(frozen=True, slots=True)
class Unverified:
    """One connection that nobody has verified yet; `why` it is left for a single check, None if an attestation covers it."""

    adult: Person
    pupil: Person
    relationship: str
    why: Why | None


def proposal(store: Store, *, by: Actor, at: Moment) -> Proposal:
    """What an attestation now would cover."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.audit(Verb.VIEWED, what="go-live")
        return _proposal(work)


def unverified(store: Store, *, by: Actor, at: Moment, wanted: Wanted, of: Of) -> Listed[Unverified]:
    """The connections that an attestation would cover, or those that need a single check and why; a page of them."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS, Duty.FIND_PEOPLE)
        covered = _why(at).is_(None) if of is Of.COVERED else _why(at).is_not(None)
        found = _unverified(Adult, Pupil, Connection.relationship, _why(at)).where(_on_roll(at), covered)
        if wanted.find.strip():
            found = found.where(adults_meant(wanted.find))
        sorts = {
            "adult": (Adult.surname, Adult.forename, Connection.id),
            "pupil": (Pupil.surname, Pupil.forename, Connection.id),
            "why": (_why(at), Adult.surname, Connection.id),
        }
        page = listed(work, found, wanted, sorts, _row)
        adults, pupils = [one.adult.id for one in page.rows], [one.pupil.id for one in page.rows]
        work.audit(Verb.LOOKED_UP, adults=adults, pupils=pupils, what="go-live")
        return page


def attest(store: Store, *, by: Actor, at: Moment, number: int, reference: str) -> Proposal:
    """Verifies every connection that nothing speaks against, in the name of one clerk who says that it was checked.

    `number` is how many the clerk was shown; Stale if it is another by now. `reference` says where the evidence is filed.
    """
    reference = reference.strip()
    if not reference or len(reference) > REFERENCE_LENGTH:
        raise BadInput(f"Please say where the evidence is filed, in up to {REFERENCE_LENGTH} characters.")
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        covers = _proposal(work)
        if covers.connections != number:
            raise Stale(
                f"It was {number:,} connections when you looked, and is {covers.connections:,} now. Please look again."
            )
        if not number:
            raise BadInput("There is nothing to attest: every connection is verified or needs a single check.")
        ids = _unverified(Connection.id).where(_on_roll(at), _why(at).is_(None))
        found = work.session.scalars(select(Connection).where(Connection.id.in_(ids))).all()
        replace_all(
            work,
            found,
            evidence=f"attested at go-live: {reference}",
            verified_at=at.instant,
            verified_by_id=staff_of(by),
        )
        pairs = {f"adult:{one.adult_id} pupil:{one.pupil_id}" for one in found}
        finish_tasks(work, TaskKind.VERIFY_RESPONSIBILITY, pairs)
        work.audit(
            Verb.ATTESTED, connections=covers.connections, adults=covers.adults, children=covers.children,
            terms="responsibility in the records, on roll, nothing that asks for a single check",
        )  # fmt: skip
        for one in found:
            work.audit(Verb.VERIFIED_RESPONSIBILITY, pupil=one.pupil_id, adult=one.adult_id)
    return covers


def _proposal(work: Work) -> Proposal:
    pairs = _unverified(Connection.adult_id, Connection.pupil_id).where(_on_roll(work.at), _why(work.at).is_(None))
    covered = pairs.subquery()
    connections, adults, children = work.session.execute(
        select(func.count(), func.count(covered.c.adult_id.distinct()), func.count(covered.c.pupil_id.distinct()))
    ).one()
    return Proposal(connections, adults, children)


def _unverified(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(Connection)
        .join(Adult, Adult.id == Connection.adult_id)
        .join(Pupil, Pupil.id == Connection.pupil_id)
        .where(Connection.superseded_at.is_(None), Connection.verified_at.is_(None), Connection.ended_on.is_(None))
    )


def _on_roll(at: Moment) -> ColumnElement[bool]:
    return Connection.pupil_id.in_(select(Enrolment.pupil_id).where(on_roll(at)))


def _why(at: Moment) -> ColumnElement[str | None]:
    """Why a connection is not covered; none for one that is."""
    return case(
        (Connection.responsibility != Responsibility.YES, str(Why.NOT_RESPONSIBLE)),
        (is_disputed(at), str(Why.SINGLE)),  # one class: apart, they would tell a ground
        else_=None,
    )


def _row(adult: Adult, pupil: Pupil, relationship: str, why: str | None) -> Unverified:
    whom = Person(adult.id, name_of(adult)), Person(pupil.id, name_of(pupil))
    return Unverified(*whom, relationship, Why(why) if why else None)
