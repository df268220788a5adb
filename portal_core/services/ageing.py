"""How old the school's data is. Old data refuses nobody: pages show its age, and staff find a task (CONTACT-2)."""

from datetime import datetime

from sqlalchemy import func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor, Machine
from portal_core.domain.school import Moment
from portal_core.services.calendar import calendar_of
from portal_core.store.school import ImportRun, Task, TaskKind
from portal_core.store.scope import Store, Work

WATCH = Machine("portal", frozenset({Duty.IMPORT}))
"""The portal itself, looking after its data."""


def note_age(store: Store, *, by: Actor, at: Moment) -> None:
    """Opens the task if the data has grown old since somebody last looked; asked by the server now and then."""
    with store.writing_as(by, at) as work:
        work.require(Duty.IMPORT)
        note_age_of(work)


def newest_data(work: Work) -> datetime | None:
    """When the MIS last gave session marks; None before any import."""
    return work.session.scalar(select(func.max(ImportRun.data_as_of)))


def note_age_of(work: Work) -> None:
    """Data as many school days old as the setting opens one task; that of older data goes once newer has come."""
    came = newest_data(work)
    if came is None:
        return
    day = came.astimezone(work.at.zone).date()
    subject = f"day:{day.isoformat()}"
    told = work.session.scalars(select(Task).where(Task.kind == TaskKind.OLD_DATA)).all()
    for task in told:
        if task.done_at is None and task.subject < subject:
            work.session.delete(task)
            work.audit(Verb.ENDED_TASK, kind=task.kind, subject=task.subject)
    age = calendar_of(work.session).school_days_since(day, work.at.day)
    if age >= work.settings.stale_after_school_days and subject not in {task.subject for task in told}:
        work.add(Task(kind=TaskKind.OLD_DATA, subject=subject, opened_at=work.at.instant))
        work.audit(Verb.OPENED_TASK, kind=TaskKind.OLD_DATA, subject=subject)
