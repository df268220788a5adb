"""What waits for a member of staff: tasks by duty, the last imports, who has an account. Each reader finds their own alone."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor, Principal
from portal_core.domain.records import AttendanceClass
from portal_core.domain.school import Half, Moment, newest_first
from portal_core.errors import BadInput, Stale
from portal_core.policy.attendance import NO_REASON_YET, SINCE_CUTOVER
from portal_core.services.accounts import staff_of
from portal_core.services.ageing import note_age_of
from portal_core.services.families import Person, named
from portal_core.services.import_changes import SAID
from portal_core.services.import_matches import SAME_UPN, UNDER
from portal_core.services.returned import write_again
from portal_core.store.people import Adult, Pupil, Staff
from portal_core.store.registers import Mark
from portal_core.store.school import ImportRun, ReceivedRegister, Task, TaskKind
from portal_core.store.scope import Store, Work

DUTY_OF: Mapping[TaskKind, Duty] = {
    TaskKind.VERIFY_RESPONSIBILITY: Duty.ISSUE_ACCOUNTS,
    TaskKind.RESPONSIBILITY_WITHDRAWN: Duty.ISSUE_ACCOUNTS,
    TaskKind.COURT_FLAG: Duty.RESTRICT,
    TaskKind.CHILD_LINKED_LATER: Duty.RESTRICT,
    TaskKind.MISSING_PUPIL: Duty.IMPORT,
    TaskKind.UNCLEAR_MATCH: Duty.IMPORT,
    TaskKind.OLD_DATA: Duty.IMPORT,
    TaskKind.SIGN_IN_DISOWNED: Duty.ISSUE_ACCOUNTS,
    TaskKind.STAFF_SIGN_IN_DISOWNED: Duty.KEEP_STAFF,
    TaskKind.EMAIL_CHANGED: Duty.ISSUE_ACCOUNTS,
    TaskKind.MAIL_CAME_BACK: Duty.ISSUE_ACCOUNTS,
    TaskKind.MAIL_UNSURE: Duty.ISSUE_ACCOUNTS,
    TaskKind.SHARED_SIGN_IN: Duty.ISSUE_ACCOUNTS,
    TaskKind.SHARED_STAFF_SIGN_IN: Duty.KEEP_STAFF,
    TaskKind.ENQUIRY: Duty.ANSWER_ENQUIRIES,
    TaskKind.SECOND_CHECK: Duty.ISSUE_ACCOUNTS,
    TaskKind.ACCESS_REQUEST: Duty.ISSUE_ACCOUNTS,
    TaskKind.WAY_IN_FOR_LEADS: Duty.READ_GROUNDS,
    TaskKind.WAY_IN_FOR_ADMINISTRATORS: Duty.KEEP_STAFF,
    TaskKind.COLLEAGUE_LEFT: Duty.KEEP_STAFF,
    TaskKind.INFORMATION: Duty.RELEASE_INFORMATION,
    TaskKind.BULK_EXPORT: Duty.READ_AUDIT,
}
"""Who a task waits for; what nobody else may know of is neither listed nor counted for them."""

TO_BE_SEEN = (
    TaskKind.RESPONSIBILITY_WITHDRAWN, TaskKind.MISSING_PUPIL, TaskKind.UNCLEAR_MATCH, TaskKind.OLD_DATA,
    TaskKind.SIGN_IN_DISOWNED, TaskKind.STAFF_SIGN_IN_DISOWNED, TaskKind.EMAIL_CHANGED,
    TaskKind.MAIL_CAME_BACK, TaskKind.MAIL_UNSURE,
    TaskKind.SHARED_SIGN_IN, TaskKind.SHARED_STAFF_SIGN_IN,
    TaskKind.WAY_IN_FOR_LEADS, TaskKind.WAY_IN_FOR_ADMINISTRATORS,
    TaskKind.BULK_EXPORT,
)  # fmt: skip
"""Tasks that end by being seen to elsewhere; the others end with the decision they ask for."""

MOST = 200
FOR = " for:"
"""Before the one colleague, by id, whom alone a task waits for."""
TAKEN = frozenset(code for code, one in SINCE_CUTOVER.items() if one.kind is AttendanceClass.ATTENDING) | {
    NO_REASON_YET
}
"""Codes that only a register brings: leave granted in advance stands there before it is taken."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One open task, with the people it is about as far as it names any."""

    id: int
    kind: TaskKind
    opened_at: datetime
    adult: Person | None
    pupil: Person | None
    about: str  # what else it is about: "day:2026-03-12"
    colleague: Person | None = None
    owner: Person | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One import: when, how old its data was, and what it did."""

    id: int
    started_at: datetime
    data_as_of: datetime
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A session's registers: how old the data was that first brought them, and that last changed one of their marks."""

    day: date
    half: Half
    first_came: datetime
    last_changed: datetime


def counts(store: Store, *, by: Principal, at: Moment) -> dict[TaskKind, int]:
    """How many open tasks of each kind wait for this reader."""
    with store.writing_as(by, at) as work:
        work.require(Duty.WORK)
        note_age_of(work)
        return dict(Counter(task.kind for task in _open(work)))


def waiting(store: Store, *, by: Principal, at: Moment) -> list[Waiting]:
    """The open tasks that wait for this reader, the oldest first; at most MOST."""
    with store.writing_as(by, at) as work:
        work.require(Duty.WORK)
        tasks = _open(work)[:MOST]
        work.audit(Verb.VIEWED, what="tasks", found=len(tasks))
        return with_people(work, tasks)


def with_people(work: Work, tasks: Sequence[Task]) -> list[Waiting]:
    """Tasks with the people they are about and their owners, by name."""
    subjects = [dict(re.findall(r"(adult|pupil|staff):(\d{1,18})", task.subject.partition(UNDER)[0])) for task in tasks]
    adults = named(work, Adult, {int(s["adult"]) for s in subjects if "adult" in s})
    pupils = named(work, Pupil, {int(s["pupil"]) for s in subjects if "pupil" in s})
    staff = named(
        work,
        Staff,
        {int(s["staff"]) for s in subjects if "staff" in s} | {one.owner_id for one in tasks if one.owner_id},
    )
    return [
        Waiting(
            task.id, task.kind, task.opened_at, adults.get(int(said.get("adult", 0))),
            pupils.get(int(said.get("pupil", 0))), task.subject.partition(SAID)[0],
            staff.get(int(said.get("staff", 0))), staff.get(task.owner_id or 0),
        )
        for task, said in zip(tasks, subjects, strict=True)
    ]  # fmt: skip


def see_to(store: Store, *, by: Principal, at: Moment, task: int) -> None:
    """Marks a task as done that asks for no decision here. Raises BadInput for one that does."""
    with store.writing_as(by, at) as work:
        work.require(Duty.WORK)
        found = own_task(work, task)
        if found.kind not in TO_BE_SEEN or SAME_UPN + UNDER in found.subject:
            raise BadInput("This task ends with the decision that it asks for.")
        found.done_at, found.done_by_id = at.instant, staff_of(by)
        if found.kind is TaskKind.MAIL_CAME_BACK:
            write_again(work, found.subject)
        work.audit(Verb.ENDED_TASK, task=task, kind=found.kind)


def own_task(work: Work, task: int) -> Task:
    """An open task that waits for this actor, held. Raises Stale for any other."""
    found = work.session.get(Task, task, with_for_update={"key_share": True})
    if found is None or not _is_for(work, found):
        raise Stale("This task does not wait for you any more. Please look again.")
    if found.done_at is not None:
        raise Stale("Somebody has seen to this already.")
    return found


def last_runs(store: Store, *, by: Actor, at: Moment, most: int = 20) -> list[Run]:
    """The latest imports, the newest first."""
    with store.writing_as(by, at) as work:
        work.require(Duty.IMPORT)
        runs = work.session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(most)).all()
        work.audit(Verb.VIEWED, what="imports", found=len(runs))
        return [Run(run.id, run.started_at, run.data_as_of, json.loads(run.report)) for run in runs]


def registers(store: Store, *, by: Actor, at: Moment, most: int = 6) -> list[Arrival]:
    """The latest sessions for which registers came: how old their first marks are, and the newest change to one (CONTACT-1).

    An import brings every session again, most as they were; only what changed a mark tells when a register came.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.IMPORT)
        newest = work.session.execute(
            select(ReceivedRegister.day, ReceivedRegister.half)
            .order_by(ReceivedRegister.day.desc(), ReceivedRegister.half.desc())
            .limit(most)
        ).all()
        entered = work.session.execute(
            select(Mark.day, Mark.half, func.min(ImportRun.data_as_of), func.max(ImportRun.data_as_of))
            .join(ImportRun, ImportRun.id == Mark.run_id)
            .where(Mark.day.in_({day for day, _ in newest}), Mark.code.in_(TAKEN))
            .group_by(Mark.day, Mark.half)
        )
        times = {(day, half): (first, last) for day, half, first, last in entered}
        work.audit(Verb.VIEWED, what="registers", found=len(newest))
        shown = sorted(((day, Half(half)) for day, half in newest if (day, half) in times), key=newest_first)
        return [Arrival(day, half, *times[day, half]) for day, half in shown]


def _open(work: Work) -> Sequence[Task]:
    return work.session.scalars(select(Task).where(*waits_for(work)).order_by(Task.opened_at, Task.id)).all()


def waits_for(work: Work) -> tuple[ColumnElement[bool], ...]:
    """What of the tasks is open and waits for this reader: by their duties, or because they are named whom alone it is for.

    What is for them alone stays theirs if the duty is taken from them: else it could be taken so that they do not read it.
    """
    mine = [kind for kind, duty in DUTY_OF.items() if duty in work.held]
    by_duty = and_(Task.kind.in_(mine), ~Task.subject.contains(FOR))
    return Task.done_at.is_(None), by_duty | Task.subject.endswith(f"{FOR}{staff_of(work.by)}")


def _is_for(work: Work, task: Task) -> bool:
    """The same of one task."""
    _, _, whom = task.subject.partition(FOR)
    return whom == str(staff_of(work.by)) if whom else DUTY_OF[task.kind] in work.held
