"""The view of a child's lesson marks: the school's own, apart from the register and in no percentage."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from dashboards.components import signs
from dashboards.components.signs import Sign, late_by, sign
from dashboards.parent.frame import Choice, Frame, choices, frame, neighbours
from dashboards.parent.register import short
from portal_core.domain.language import N_, _
from portal_core.domain.periods import Period, PeriodKind, name_of, week_of
from portal_core.domain.records import LessonMark
from portal_core.policy.attendance import register_code
from portal_core.services.child_views import ChildLessons

PLACE = "lessons"
NOT_THERE = signs.Sign(N_("Not in the lesson"), "settled", "–", "#d5dff2", "authorised")
_HERE = (signs.PRESENT, signs.LATE, signs.ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson's mark."""

    period: str
    subject: str
    sign: Sign
    words: str


@dataclass(frozen=True, slots=True)
class LessonDay:
    """A day's lessons, in order."""

    name: str
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class LessonsView:
    """A stretch of lessons in words."""

    frame: Frame
    period: Period
    name: str  # of the period
    choices: tuple[Choice, ...]
    before: Choice | None
    after: Choice | None
    week: Choice | None  # the last week with lessons, for stretches too long to list
    days: tuple[LessonDay, ...]  # of a week or a month, newest first
    subjects: tuple[tuple[str, int, int, int], ...]  # name, in the lesson, late, not there

    @classmethod
    def of(cls, page: ChildLessons) -> "LessonsView | None":
        """The words for a page; None where there is nothing to show of the stretch asked for."""
        if (one := page.shown) is None:
            return None
        before, after = neighbours(page, one, PLACE)
        listed = one.kind in (PeriodKind.WEEK, PeriodKind.MONTH)
        week = week_of(page.lessons[-1].day) if page.lessons and not listed else None
        days = [(day, list(given)) for day, given in groupby(page.lessons, key=lambda lesson: lesson.day)]
        return cls(
            frame(page, PLACE),
            one,
            name_of(one),
            choices(page, one, PLACE),
            before,
            after,
            Choice(week.kind, name_of(week), f"/parent/{page.child.id}/{PLACE}?period={week.address}", False) if week else None,
            tuple(LessonDay(short(day), tuple(map(told, given))) for day, given in reversed(days)) if listed else (),
            _subjects(page.lessons),
        )  # fmt: skip


def told(lesson: LessonMark) -> Lesson:
    """A lesson's mark in words; nobody is asked for a reason, which the register alone has."""
    code = register_code(lesson.code, lesson.day)
    found = sign(code)
    if found is signs.LATE or (found is signs.UNAUTHORISED and code.late):
        found = signs.LATE
        words = late_by(lesson.minutes_late) if lesson.minutes_late else ""
    elif found in (signs.AUTHORISED, signs.UNAUTHORISED, signs.AWAITED):
        words = "" if found is signs.AWAITED else _(code.words)
        found = NOT_THERE
    else:
        words = "" if found in (signs.PRESENT, signs.NO_MARK) else _(code.words)
    return Lesson(lesson.period, lesson.subject or _("Lesson"), found, words)


def _subjects(lessons: Iterable[LessonMark]) -> tuple[tuple[str, int, int, int], ...]:
    counted: Counter[tuple[str, str]] = Counter()
    for lesson in map(told, lessons):
        kind = "late" if lesson.sign is signs.LATE else "away" if lesson.sign is NOT_THERE else "here"
        counted[lesson.subject, kind] += lesson.sign in _HERE or lesson.sign is NOT_THERE
    names = sorted({name for name, _kind in counted})
    return tuple(
        (name, counted[name, "here"] + counted[name, "late"], counted[name, "late"], counted[name, "away"])
        for name in names
    )
