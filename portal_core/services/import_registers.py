"""Marks and points from the MIS, by the hundred thousand: the one place that drops to the driver, inside the transaction.

Rows go to a temporary table first; then what differs is amended, with what it said before kept, and what is new is added.
Unchanged rows are never written again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Insert,
    Integer,
    Interval,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Update,
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

from portal_core.importers import LessonMarkRow, MarkRow, PointRow
from portal_core.services.import_people import Changes
from portal_core.store.base import UtcDateTime
from portal_core.store.people import Pupil, Staff
from portal_core.store.registers import Category, LessonMark, Mark, MarkAmendment, Point
from portal_core.store.school import ReceivedRegister
from portal_core.store.scope import Work

Progress = Callable[[int], None]
_CHUNK = 20_000
_MARKS = Table(
    "incoming_mark",
    MetaData(),
    Column("pupil_id", Integer),
    Column("day", Date),
    Column("half", SmallInteger),
    Column("code", String),
    Column("minutes_late", SmallInteger),
    Column("public_from", UtcDateTime),
    Column("original", String),
    Column("amended_at", UtcDateTime),
    PrimaryKeyConstraint("pupil_id", "day", "half"),
    prefixes=["TEMPORARY"],
)
_LESSONS = Table(
    "incoming_lesson",
    MetaData(),
    Column("pupil_id", Integer),
    Column("day", Date),
    Column("period", String),
    Column("subject", String),
    Column("code", String),
    Column("minutes_late", SmallInteger),
    Column("public_from", UtcDateTime),
    PrimaryKeyConstraint("pupil_id", "day", "period"),
    prefixes=["TEMPORARY"],
)


def _no_progress(rows: int) -> None:
    return None


def enter_marks(
    work: Work, rows: Sequence[MarkRow], *, run: int, as_of: datetime, progress: Progress = _no_progress
) -> Changes:
    """Session marks: new, amended (the former kept as MarkAmendment), unchanged; and which registers have come."""
    changes, delay = Changes(), timedelta(minutes=work.settings.marks_delay_minutes)
    pupils = _pupils(work)

    def incoming() -> Iterator[tuple[Any, ...]]:
        for row in rows:
            if (pupil := pupils.get(row.pupil_id)) is None:
                changes.refuse(row, f"No pupil has the MIS id {row.pupil_id}. Import the pupils first.")
                continue
            public = min(row.taken_at or as_of, work.at.instant) + delay
            amended = (row.original_code, row.amended_at or work.at.instant) if row.original_code else (None, None)
            yield pupil, row.day, int(row.half), row.code, row.minutes_late, public, *amended

    _stage(work, _MARKS, "COPY incoming_mark FROM STDIN", incoming(), progress)
    i = _MARKS.c
    matching = (Mark.pupil_id == i.pupil_id) & (Mark.day == i.day) & (Mark.half == i.half)
    differing = or_(Mark.code != i.code, Mark.minutes_late.is_distinct_from(i.minutes_late))
    new = ~exists().where(matching)
    kept = ["pupil_id", "day", "half", "code", "minutes_late", "public_from", "replaced_at", "run_id"]
    now, this_run = literal(work.at.instant, UtcDateTime()), literal(run)
    former = select(
        Mark.pupil_id, Mark.day, Mark.half, Mark.code, Mark.minutes_late, Mark.public_from, now, this_run
    ).join(_MARKS, matching)
    first_entries = select(i.pupil_id, i.day, i.half, i.original, null(), i.public_from, i.amended_at, this_run)
    _run(work, insert(MarkAmendment).from_select(kept, former.where(differing)))
    changes.changed = _run(
        work,
        update(Mark).where(matching, differing).values(code=i.code, minutes_late=i.minutes_late, run_id=run),
    )
    _run(work, insert(MarkAmendment).from_select(kept, first_entries.where(i.original.is_not(None), new)))
    changes.new = _run(
        work,
        insert(Mark).from_select(
            ["pupil_id", "day", "half", "code", "minutes_late", "public_from", "run_id"],
            select(i.pupil_id, i.day, i.half, i.code, i.minutes_late, i.public_from, this_run).where(new),
        ),
    )
    changes.unchanged = len(rows) - len(changes.refused) - changes.new - changes.changed
    _note_received(work, {(row.day, int(row.half)) for row in rows}, run, as_of)
    _MARKS.drop(work.session.connection())
    return changes


def enter_lesson_marks(
    work: Work, rows: Sequence[LessonMarkRow], *, run: int, as_of: datetime, progress: Progress = _no_progress
) -> Changes:
    """Lesson marks, apart from session marks and in no percentage."""
    changes, delay = Changes(), timedelta(minutes=work.settings.marks_delay_minutes)
    pupils, public = _pupils(work), min(as_of, work.at.instant) + delay

    def incoming() -> Iterator[tuple[Any, ...]]:
        for row in rows:
            if (pupil := pupils.get(row.pupil_id)) is None:
                changes.refuse(row, f"No pupil has the MIS id {row.pupil_id}. Import the pupils first.")
            else:
                yield pupil, row.day, row.period, row.subject, row.code, row.minutes_late, public

    _stage(work, _LESSONS, "COPY incoming_lesson FROM STDIN", incoming(), progress)
    i = _LESSONS.c
    matching = (LessonMark.pupil_id == i.pupil_id) & (LessonMark.day == i.day) & (LessonMark.period == i.period)
    differing = or_(
        LessonMark.code != i.code,
        LessonMark.subject != i.subject,
        LessonMark.minutes_late.is_distinct_from(i.minutes_late),
    )
    changes.changed = _run(
        work,
        update(LessonMark)
        .where(matching, differing)
        .values(code=i.code, subject=i.subject, minutes_late=i.minutes_late, run_id=run),
    )
    columns = [column.name for column in _LESSONS.columns]
    changes.new = _run(
        work,
        insert(LessonMark).from_select(
            [*columns, "run_id"], select(*_LESSONS.columns, literal(run)).where(~exists().where(matching))
        ),
    )
    changes.unchanged = len(rows) - len(changes.refused) - changes.new - changes.changed
    _LESSONS.drop(work.session.connection())
    return changes


def enter_points(work: Work, rows: Sequence[PointRow], *, run: int, as_of: datetime) -> Changes:
    """Achievement and behaviour points by the MIS's id; categories as they come; teachers by their code."""
    changes, delay = Changes(), timedelta(minutes=work.settings.points_delay_minutes)
    pupils = _pupils(work)
    teachers = {code: id_ for id_, code in work.session.execute(select(Staff.id, Staff.code)) if code}
    categories = {c.name: c for c in work.session.scalars(select(Category))}
    for row in rows:
        category = categories.get(row.category)
        if category is None:
            category = categories[row.category] = work.add(
                Category(name=row.category, kind=row.kind, meaning=row.meaning)
            )
        elif row.meaning and not category.meaning:
            category.meaning = row.meaning  # once the school has its own wording, the MIS no longer changes it
    known = {p.mis_id: p for p in work.session.scalars(select(Point))}
    fresh = []
    for row in rows:
        if (pupil := pupils.get(row.pupil_id)) is None:
            changes.refuse(row, f"No pupil has the MIS id {row.pupil_id}. Import the pupils first.")
            continue
        values = {
            "pupil_id": pupil, "at": row.given_at, "kind": row.kind, "amount": row.amount,
            "category_id": categories[row.category].id, "in_lesson": row.in_lesson, "subject": row.subject,
            "teacher_id": teachers.get(row.staff_code), "place": row.place,
        }  # fmt: skip
        point = known.get(row.point_id)
        if point is None:
            public = min(row.recorded_at or row.given_at, work.at.instant) + delay
            fresh.append(Point(mis_id=row.point_id, public_from=public, run_id=run, **values))
        elif any(getattr(point, key) != value for key, value in values.items()):
            for key, value in values.items():
                setattr(point, key, value)
            point.run_id = run
            changes.changed += 1
        else:
            changes.unchanged += 1
    work.session.add_all(fresh)
    work.session.flush()
    changes.new = len(fresh)
    return changes


def shift_publication(work: Work, table: type[Mark | MarkAmendment | LessonMark | Point], minutes: int) -> None:
    """Moves when marks or points become public, after the school changed its delay (CONTACT-2)."""
    shifted = (
        func.strftime("%Y-%m-%d %H:%M:%f000", table.public_from, f"{minutes:+d} minutes")
        if work.session.get_bind().dialect.name == "sqlite"
        else table.public_from + literal(timedelta(minutes=minutes), Interval())
    )
    _run(work, update(table).values(public_from=type_coerce(shifted, UtcDateTime())))


def _pupils(work: Work) -> dict[str, int]:
    return {mis_id: id_ for id_, mis_id in work.session.execute(select(Pupil.id, Pupil.mis_id))}


def _note_received(work: Work, sessions: set[tuple[date, int]], run: int, as_of: datetime) -> None:
    """CONTACT-1: marks of these sessions have come; data from before a session began says nothing about it."""
    upsert = sqlite.insert if work.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for day, half in sorted(sessions):
        statement = upsert(ReceivedRegister).values(day=day, half=half, received_at=as_of, run_id=run)
        work.session.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "half"],
                set_={"received_at": as_of, "run_id": run},
                where=ReceivedRegister.received_at < as_of,
            )
        )


def _run(work: Work, statement: Insert | Update) -> int:
    """One statement over many rows; how many it touched."""
    found = work.session.connection().execute(statement, execution_options={"preserve_rowcount": True})
    return found.rowcount


def _stage(work: Work, table: Table, copy_in: str, rows: Iterable[tuple[Any, ...]], progress: Progress) -> None:
    """Fills a temporary table in this transaction: by COPY on PostgreSQL, which is five times as fast there."""
    connection = work.session.connection()
    table.create(connection)
    names = [column.name for column in table.columns]
    driver: Any = connection.connection.driver_connection
    stream = iter(rows)
    while chunk := list(islice(stream, _CHUNK)):
        if connection.dialect.name == "postgresql":
            with driver.cursor().copy(copy_in) as copy:
                for row in chunk:
                    copy.write_row(row)
        else:
            connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in chunk])
        progress(len(chunk))
