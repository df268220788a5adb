"""Pupils whom a full file no longer names: an import proposes that they have left, a person decides (USER-1)."""

from datetime import date

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.services.desk import own_task
from portal_core.store.people import Enrolment
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store


def confirm_leaver(store: Store, *, by: Principal, at: Moment, task: int, last_day: date) -> None:
    """Ends the spell on roll of the pupil whom a task names: nobody sees the record after that day.

    Raises BadInput for a day that is not one of the spell's so far, Stale, NotPermitted.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.IMPORT)
        found = own_task(work, task)
        if found.kind is not TaskKind.MISSING_PUPIL:
            raise Stale("This does not wait for you any more. Please look again.")
        pupil = int(found.subject.removeprefix("pupil:"))
        known = select(Enrolment).where(Enrolment.pupil_id == pupil, Enrolment.superseded_at.is_(None))
        spells = [s for s in work.session.scalars(known) if s.ended_on is None or s.ended_on > last_day]
        if last_day > at.day or any(spell.begun_on > last_day for spell in spells):
            raise BadInput(
                "Give the last day on which this child was on roll: not before the first, and not after today."
            )
        for spell in spells:
            spell.superseded_at = at.instant
            work.session.add(
                Enrolment(
                    pupil_id=pupil, begun_on=spell.begun_on, ended_on=last_day, year_group=spell.year_group,
                    form=spell.form, recorded_at=at.instant,
                )
            )  # fmt: skip
        found.done_at, found.done_by_id = at.instant, by.staff_id
        work.audit(Verb.MARKED_LEAVER, pupil=pupil, last_day=last_day.isoformat(), task=task)
