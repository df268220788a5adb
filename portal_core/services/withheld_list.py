"""Restrictions in force as one long list, for those who read grounds (REVOKE-1 to REVOKE-4); and children about to leave."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import SQLColumnExpression, exists, literal, select, union_all

from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.services.families import Person, name_of
from portal_core.services.listing import Listed, Wanted, listed
from portal_core.services.searching import adults_meant, pupils_meant
from portal_core.services.tasks import SOON
from portal_core.store.casework import RestrictedPupil, Restriction, not_over
from portal_core.store.people import Adult, Connection, Enrolment, Pupil
from portal_core.store.scope import Store, Work


@dataclass(frozen=True, slots=True)
class InForce:
    """One restriction that holds now or will hold; `children` are those whom it keeps from the adult, in words."""

    id: int
    adult: Person
    children: str
    clause: Clause
    whole_account: bool
    begins_at: datetime
    ends_at: datetime | None
    review_on: date | None


@dataclass(frozen=True, slots=True)
class Leaver:
    """A pupil whose last day on roll is near: from the day after, nobody sees the record (USER-1)."""

    pupil: Person
    year_group: int
    form: str
    last_day: date


EVERY = "every child"
"""What a restriction of a whole account covers, those connected later too."""
UNDECIDED = " (to be decided)"
_SORTS: Mapping[str, tuple[SQLColumnExpression[Any], ...]] = {
    "review": (Restriction.review_on.is_(None), Restriction.review_on, Restriction.id),
    "ends": (Restriction.ends_at.is_(None), Restriction.ends_at, Restriction.id),
    "name": (Adult.surname, Adult.forename, Restriction.id),
    "ground": (Restriction.clause, Restriction.id),
    "since": (Restriction.begins_at, Restriction.id),
}
_LEAVER_SORTS: Mapping[str, tuple[SQLColumnExpression[Any], ...]] = {
    "last": (Enrolment.ended_on, Pupil.surname, Pupil.forename, Pupil.id),
    "name": (Pupil.surname, Pupil.forename, Pupil.id),
    "form": (Enrolment.year_group, Enrolment.form, Pupil.surname, Pupil.id),
}


def in_force(store: Store, *, by: Actor, at: Moment, wanted: Wanted) -> Listed[InForce]:
    """What is withheld and not lifted, the next review first. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT, Duty.READ_GROUNDS)
        found = (
            select(Restriction, Adult)
            .join(Adult, Adult.id == Restriction.adult_id)
            .where(
                not_over(at.instant),
            )
        )
        if wanted.find.strip():
            found = found.where(adults_meant(wanted.find))
        page = listed(work, found, wanted, _SORTS, lambda *row: row)
        children = _children(work, [one.id for one, _adult in page.rows])
        work.audit(Verb.EXPLAINED, restrictions=[one.id for one, _adult in page.rows])
        rows = tuple(
            InForce(
                one.id, Person(adult.id, name_of(adult)), EVERY if one.whole_account else ", ".join(children[one.id]) or "no child", one.clause, one.whole_account, one.begins_at,
                one.ends_at, one.review_on,
            )
            for one, adult in page.rows
        )  # fmt: skip
        return Listed(rows, page.number, page.wanted)


def _children(work: Work, restrictions: Collection[int]) -> dict[int, list[str]]:
    """By restriction, the children it covers, and those connected since an order on whom nobody has decided (REVOKE-2)."""
    current = RestrictedPupil.superseded_at.is_(None)
    decided = exists().where(
        RestrictedPupil.restriction_id == Restriction.id, RestrictedPupil.pupil_id == Connection.pupil_id, current
    )
    kept = union_all(
        select(
            RestrictedPupil.restriction_id.label("ground"), RestrictedPupil.pupil_id, literal("").label("note")
        ).where(RestrictedPupil.restriction_id.in_(restrictions), RestrictedPupil.covered.is_(True), current),
        select(Restriction.id, Connection.pupil_id, literal(UNDECIDED))
        .join(Connection, Connection.adult_id == Restriction.adult_id)
        .where(
            Restriction.id.in_(restrictions),
            Restriction.clause == Clause.REVOKE_2,
            Connection.superseded_at.is_(None),
            ~decided,
        ),
    ).subquery()
    found: dict[int, list[str]] = {one: [] for one in restrictions}
    for ground, note, pupil in work.session.execute(
        select(kept.c.ground, kept.c.note, Pupil)
        .join(Pupil, Pupil.id == kept.c.pupil_id)
        .order_by(Pupil.surname, Pupil.forename, Pupil.id)
    ):
        found[ground].append(name_of(pupil) + note)
    return found


def leavers(store: Store, *, by: Actor, at: Moment, wanted: Wanted) -> Listed[Leaver]:
    """Pupils whose last day on roll is today or within SOON. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.FIND_PEOPLE)
        found = (
            select(Pupil, Enrolment.year_group, Enrolment.form, Enrolment.ended_on)
            .join(Enrolment, Enrolment.pupil_id == Pupil.id)
            .where(Enrolment.superseded_at.is_(None), Enrolment.ended_on >= at.day, Enrolment.ended_on <= at.day + SOON)
        )
        if wanted.find.strip():
            found = found.where(pupils_meant(wanted.find, at.day))
        page = listed(
            work, found, wanted, _LEAVER_SORTS,
            lambda pupil, year, form, last: Leaver(Person(pupil.id, name_of(pupil)), year, form, last),
        )  # fmt: skip
        work.audit(Verb.LOOKED_UP, pupils=[one.pupil.id for one in page.rows])
        return page
