"""Session marks and lesson marks from the MIS, by the hundred thousand.

Rows go to a temporary table first; then what differs is amended, with what it said before kept, and what is new is added.
Unchanged rows are never written again.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Integer,
    Interval,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from portal_core.domain.records import AttendanceClass
from portal_core.importers import LessonMarkRow, MarkRow
from portal_core.policy.attendance import NO_REASON_YET, register_code
from portal_core.services.import_changes import Changes
from portal_core.services.import_matches import pupil_ids
from portal_core.services.import_staging import Progress, run, small, stage, staging, words
from portal_core.store.base import UtcDateTime
from portal_core.store.registers import LessonMark, Mark, MarkAmendment, Point
from portal_core.store.school import ReceivedRegister
from portal_core.store.scope import Work

_MARKS = staging(
    "incoming_mark", Column("pupil_id", Integer), Column("day", Date), small("half"), words("code"), small("minutes_late"),
    Column("public_from", UtcDateTime), words("original"), Column("amended_at", UtcDateTime),
    key=("pupil_id", "day", "half"),
)  # fmt: skip
_LESSONS = staging(
    "incoming_lesson", Column("pupil_id", Integer), Column("day", Date), words("period"), words("subject"), words("code"),
    small("minutes_late"), Column("public_from", UtcDateTime),
    key=("pupil_id", "day", "period"),
)  # fmt: skip


def enter_marks(work: Work, rows: Sequence[MarkRow], *, run_id: int, as_of: datetime, progress: Progress) -> Changes:
    """Session marks: new, amended (the former kept as MarkAmendment), unchanged; and which registers have come."""
    changes, delay = Changes(), timedelta(minutes=work.settings.marks_delay_minutes)

    def incoming() -> Iterator[tuple[Any, ...]]:
        for pupil, row in _of_known_pupils(work, rows, changes, lambda row: (row.day, row.half)):
            public = min(row.taken_at or as_of, work.at.instant) + delay
            amended = (row.original_code, row.amended_at or work.at.instant) if row.original_code else (None, None)
            yield pupil, row.day, int(row.half), row.code, row.minutes_late, public, *amended

    stage(work, _MARKS, incoming(), progress)
    i = _MARKS.c
    matching = (Mark.pupil_id == i.pupil_id) & (Mark.day == i.day) & (Mark.half == i.half)
    differing = or_(Mark.code != i.code, Mark.minutes_late.is_distinct_from(i.minutes_late))
    new = ~exists().where(matching)
    kept = ["pupil_id", "day", "half", "code", "minutes_late", "public_from", "replaced_at", "run_id"]
    now, this_run = literal(work.at.instant, UtcDateTime()), literal(run_id)
    former = select(
        Mark.pupil_id, Mark.day, Mark.half, Mark.code, Mark.minutes_late, Mark.public_from, now, this_run
    ).join(_MARKS, matching)
    first_entries = select(i.pupil_id, i.day, i.half, i.original, null(), i.public_from, i.amended_at, this_run)
    run(work, insert(MarkAmendment).from_select(kept, former.where(differing)))
    changes.changed = run(
        work,
        update(Mark).where(matching, differing).values(code=i.code, minutes_late=i.minutes_late, run_id=run_id),
    )
    run(work, insert(MarkAmendment).from_select(kept, first_entries.where(i.original.is_not(None), new)))
    changes.new = run(
        work,
        insert(Mark).from_select(
            ["pupil_id", "day", "half", "code", "minutes_late", "public_from", "run_id"],
            select(i.pupil_id, i.day, i.half, i.code, i.minutes_late, i.public_from, this_run).where(new),
        ),
    )
    changes.unchanged = len(rows) - len(changes.refused) - changes.new - changes.changed
    _note_received(work, rows, run_id, as_of)
    _MARKS.drop(work.session.connection())
    return changes


def enter_lesson_marks(
    work: Work, rows: Sequence[LessonMarkRow], *, run_id: int, as_of: datetime, progress: Progress
) -> Changes:
    """Lesson marks, apart from session marks and in no percentage."""
    changes, delay = Changes(), timedelta(minutes=work.settings.marks_delay_minutes)
    public = min(as_of, work.at.instant) + delay

    def incoming() -> Iterator[tuple[Any, ...]]:
        for pupil, row in _of_known_pupils(work, rows, changes, lambda row: (row.day, row.period)):
            yield pupil, row.day, row.period, row.subject, row.code, row.minutes_late, public

    stage(work, _LESSONS, incoming(), progress)
    i = _LESSONS.c
    matching = (LessonMark.pupil_id == i.pupil_id) & (LessonMark.day == i.day) & (LessonMark.period == i.period)
    differing = or_(
        LessonMark.code != i.code,
        LessonMark.subject != i.subject,
        LessonMark.minutes_late.is_distinct_from(i.minutes_late),
    )
    changes.changed = run(
        work,
        update(LessonMark)
        .where(matching, differing)
        .values(code=i.code, subject=i.subject, minutes_late=i.minutes_late, run_id=run_id),
    )
    columns = [column.name for column in _LESSONS.columns]
    changes.new = run(
        work,
        insert(LessonMark).from_select(
            [*columns, "run_id"], select(*_LESSONS.columns, literal(run_id)).where(~exists().where(matching))
        ),
    )
    changes.unchanged = len(rows) - len(changes.refused) - changes.new - changes.changed
    _LESSONS.drop(work.session.connection())
    return changes


def shift_publication(work: Work, table: type[Mark | MarkAmendment | LessonMark | Point], minutes: int) -> None:
    """Moves when marks or points become public, after the school changed its delay (CONTACT-2)."""
    shifted = (
        func.strftime("%Y-%m-%d %H:%M:%f000", table.public_from, f"{minutes:+d} minutes")
        if work.session.get_bind().dialect.name == "sqlite"
        else table.public_from + literal(timedelta(minutes=minutes), Interval())
    )
    run(work, update(table).values(public_from=type_coerce(shifted, UtcDateTime())))


def _of_known_pupils(work: Work, rows: Iterable[Any], changes: Changes, order: Any) -> Iterable[tuple[int, Any]]:
    """Each row with its pupil's id, in the order of the tables' keys; the rows of unknown or unclear pupils are refused."""
    pupils = pupil_ids(work)
    known = []
    for row in rows:
        if why := pupils.why_not(row.pupil_id):
            changes.refuse(row, why)
        else:
            known.append((pupils.known[row.pupil_id], row))
    return sorted(known, key=lambda one: (one[0], *order(one[1])))


def _note_received(work: Work, rows: Iterable[MarkRow], run_id: int, as_of: datetime) -> None:
    """CONTACT-1: registers of these sessions have come; data from before a session began says nothing about it.

    A session of which nobody is present has not been registered: leave granted in advance stands there before it begins.
    """
    taken = {
        (row.day, int(row.half))
        for row in rows
        if _of_a_register(row.code, row.day) or (row.original_code and _of_a_register(row.original_code, row.day))
    }
    if not taken:
        return
    upsert = sqlite.insert if work.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = upsert(ReceivedRegister)
    came = statement.excluded
    work.session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["day", "half"],
            set_={"received_at": came.received_at, "run_id": came.run_id},
            where=ReceivedRegister.received_at < came.received_at,
        ),
        [{"day": day, "half": half, "received_at": as_of, "run_id": run_id} for day, half in sorted(taken)],
    )


@lru_cache(4096)
def _of_a_register(code: str, day: date) -> bool:
    return code == NO_REASON_YET or register_code(code, day).kind is AttendanceClass.ATTENDING
