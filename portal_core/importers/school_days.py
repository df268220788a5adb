"""Rows of what happened at school: session marks, lesson marks, points."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from portal_core.domain.records import AttendanceClass, PointKind
from portal_core.importers import values
from portal_core.importers.reading import R, Reading
from portal_core.importers.rows import LessonMarkRow, MarkRow, PointRow
from portal_core.importers.values import Unreadable, text
from portal_core.policy.attendance import register_code

_ACHIEVEMENT = frozenset({"a", "achievement", "achievements", "positive", "reward", "merit", "praise", "+"})
_BEHAVIOUR = frozenset({"b", "behaviour", "behavior", "negative", "sanction", "demerit", "-"})
_IN_LESSON = frozenset({"lesson", "in lesson", "in a lesson"})
_OUTSIDE = frozenset({"outside", "outside lesson", "outside a lesson", "outside lessons"})


@lru_cache(1024)
def _code(cell: str, on: date) -> tuple[str, bool]:
    """A register code as written, and whether it means anything on that day; never guessed from a part of it."""
    code = text(cell)
    if len(code) > 3:
        raise Unreadable(f"“{values.brief(code)}” is too long for a register code")
    return code, register_code(code, on).kind is not AttendanceClass.NO_MARK


def _note_unknown(reading: Reading[R], line: int, code: str) -> None:
    if code not in reading.unknown_codes:
        reading.remark(line, f"“{code}” is no register code on that day: such marks are kept, and count in no figure")
    reading.unknown_codes[code] += 1


def mark(reading: Reading[MarkRow], line: int, cells: Sequence[str]) -> MarkRow | None:
    """A session mark; None where none is entered yet. An unknown code is kept as it stands, counted, and means no mark."""
    pupil_id, on, half, code, late, taken, original, amended = cells
    day = values.day(on)
    said, known = _code(code, day)
    if not said:
        reading.blank_marks += 1
        return None
    if not known:
        _note_unknown(reading, line, said)
    return MarkRow(
        values.identifier(pupil_id),
        day,
        values.half(half),
        said,
        values.minutes(late),
        values.instant(taken, day, reading.zone),
        _code(original, day)[0],
        values.instant(amended, None, reading.zone),
        reading.file,
        line,
    )


def lesson_mark(reading: Reading[LessonMarkRow], line: int, cells: Sequence[str]) -> LessonMarkRow | None:
    """A lesson mark; None where none is entered yet."""
    pupil_id, on, period, code, late, subject = cells
    day = values.day(on)
    said, known = _code(code, day)
    if not said:
        reading.blank_marks += 1
        return None
    if not known:
        _note_unknown(reading, line, said)
    return LessonMarkRow(
        values.identifier(pupil_id),
        day,
        values.identifier(period),
        said,
        values.minutes(late),
        text(subject),
        reading.file,
        line,
    )


def point(reading: Reading[PointRow], line: int, cells: Sequence[str]) -> PointRow:
    """A point. Without a column for its kind, a negative amount is behaviour; without an amount it is one point."""
    point_id, pupil_id, kind, amount, category, meaning, on, at, recorded, lesson, subject, period, teacher, place = (
        cells
    )
    signed = values.whole(amount, -1000, 1000)
    return PointRow(
        values.identifier(point_id),
        values.identifier(pupil_id),
        _kind(kind, signed),
        1 if signed is None else abs(signed),
        values.identifier(category),
        text(meaning),
        _given(on, at, reading.zone),
        values.instant(recorded, None, reading.zone),
        _in_lesson(lesson, subject, period),
        text(subject),
        text(teacher),
        text(place),
        reading.file,
        line,
    )


def _kind(cell: str, signed: int | None) -> PointKind:
    said = cell.strip().casefold()
    if said in _ACHIEVEMENT or (not said and signed is not None and signed > 0):
        return PointKind.ACHIEVEMENT
    if said in _BEHAVIOUR or (not said and signed is not None and signed < 0):
        return PointKind.BEHAVIOUR
    raise Unreadable(f"“{values.brief(cell)}” does not say whether the point is for achievement or behaviour")


def _given(on: str, at: str, zone: ZoneInfo) -> datetime:
    """When it was given; midnight, by the school's clock, where the file gives the day alone."""
    head, _, tail = on.strip().replace("T", " ").partition(" ")
    said = values.instant(f"{head} {at.strip() or tail or '00:00'}", None, zone)
    if not head or said is None:
        raise Unreadable("the date is blank")
    return said


def _in_lesson(cell: str, subject: str, period: str) -> bool:
    said = cell.strip().casefold()
    if said in _IN_LESSON or said in values.YES:
        return True
    if said in _OUTSIDE or said in values.NO:
        return False
    if said:
        raise Unreadable(f"“{values.brief(cell)}” does not say whether it was in a lesson")
    return bool(subject.strip() or period.strip())
