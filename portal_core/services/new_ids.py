"""Somebody on record whom the MIS now knows by another id: a person says so, and the record goes on under the new one."""

import re

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import Stale
from portal_core.services.desk import own_task
from portal_core.services.import_matches import SAME_UPN, UNDER
from portal_core.services.import_people import unverify_all
from portal_core.store.people import Adult, Connection, Pupil
from portal_core.store.registers import Point
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work


def take_new_id(store: Store, *, by: Principal, at: Moment, task: int) -> None:
    """Gives a record the id under which the MIS has that person now; all that is decided about them stays.

    Nobody gains sight by it: their verified connections wait to be verified anew. Raises Stale, NotPermitted.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.IMPORT)
        found = own_task(work, task)
        if found.kind is not TaskKind.UNCLEAR_MATCH or UNDER not in found.subject:
            raise Stale("This does not wait for you any more. Please look again.")
        who, _, mis_id = found.subject.partition(UNDER)
        kind, _, number = who.removesuffix(SAME_UPN).partition(":")
        table: type[Pupil] | type[Adult] = Pupil if kind == "pupil" else Adult
        person: Pupil | Adult = work.get(table, int(number))
        if work.session.scalar(select(table.id).where(table.mis_id == mis_id)) is not None:
            raise Stale("Somebody else has this id by now. Please look again after the next import.")
        if kind == "pupil":
            _rename_points(work, person.id, str(person.mis_id), mis_id)
        person.mis_id = mis_id
        unverify_all(work, (Connection.pupil_id if kind == "pupil" else Connection.adult_id) == person.id)
        found.subject = f"{who}: is {mis_id}"  # apart from those of whom staff have said that they are two
        found.done_at, found.done_by_id = at.instant, by.staff_id
        work.audit(Verb.SET, pupil=person.id if kind == "pupil" else None, what="MIS id", task=task)


def _rename_points(work: Work, pupil: int, before: str, now: str) -> None:
    """Points go by their event and their pupil's id."""
    for point in work.session.scalars(select(Point).where(Point.pupil_id == pupil)).all():
        point.mis_id = re.sub(rf" {re.escape(before)}$", lambda _: f" {now}", point.mis_id)
