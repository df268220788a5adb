"""The further pages about one child: attendance, lessons and points. The same road as the first page, a statement each.

Attendance and lessons are of a school year, so that an address of any stretch of it finds its half-terms, months and weeks.
"""

from dataclasses import dataclass, field
from datetime import date

from portal_core.domain.periods import Period, named_day, period, week_of, year_of
from portal_core.domain.records import LessonMark, Point, SessionMark, StaffContact
from portal_core.services.reading import (
    AboutChild,
    Asking,
    Registers,
    about,
    decided,
    fill_registers,
    manager_of,
    points_of,
)
from portal_core.store.road import Road


@dataclass(slots=True)
class ChildAttendance(Registers):
    """A school year's registers. `shown` is the stretch of it asked for, None where there is nothing to show of it."""

    year: Period = field(default_factory=lambda: year_of(date(2000, 9, 1)))
    shown: Period | None = None

    def marks_in(self, one: Period) -> list[SessionMark]:
        """The marks of a stretch, in order."""
        return [self.marks[key] for key in sorted(self.marks) if key[0] in one]


@dataclass(slots=True)
class ChildLessons(AboutChild):
    """The lesson marks of a stretch of a school year; `shown` None where there is nothing to show of it."""

    year: Period = field(default_factory=lambda: year_of(date(2000, 9, 1)))
    shown: Period | None = None
    lessons: list[LessonMark] = field(default_factory=list)  # by day and period


@dataclass(slots=True)
class ChildPoints(AboutChild):
    """Every point that is shown, newest first, and who is in charge of the child."""

    points: list[Point] = field(default_factory=list)
    manager: StaffContact | None = None


async def child_attendance(road: Road, asking: Asking, pupil_id: int, address: str) -> ChildAttendance:
    """Attendance of the stretch with this address; of the present school year for none. Raises NotPermitted."""
    year = _year(address, asking.at.day)
    decision, found = await decided(road, asking, pupil_id, "attendance", year.first, year.last)
    page = about(ChildAttendance, asking, pupil_id, decision, found)
    fill_registers(page, found)
    page.year, page.shown = year, period(address, page.calendar, asking.at.day)
    return page


async def child_lessons(road: Road, asking: Asking, pupil_id: int, address: str) -> ChildLessons:
    """Lesson marks of the stretch with this address; of the newest week that has any for none. Raises NotPermitted."""
    year = _year(address, asking.at.day)
    decision, found = await decided(road, asking, pupil_id, "lessons", year.first, year.last)
    page = about(ChildLessons, asking, pupil_id, decision, found)
    page.year = year
    lessons = sorted(
        (LessonMark(day, b, c, a, m) for _, m, day, _, _, _, a, b, c, *_ in found["lessons"]),
        key=lambda one: (one.day, one.period),
    )
    if not address and lessons:
        address = week_of(lessons[-1].day).address
    page.shown = period(address, page.calendar, asking.at.day)
    page.lessons = [one for one in lessons if page.shown is not None and one.day in page.shown]
    return page


async def child_points(road: Road, asking: Asking, pupil_id: int) -> ChildPoints:
    """Every point since the day from which the school shows them. Raises NotPermitted."""
    today = asking.at.day
    decision, found = await decided(road, asking, pupil_id, "points", today, today)
    page = about(ChildPoints, asking, pupil_id, decision, found)
    page.points, page.manager = points_of(found), manager_of(found["managers"], today)
    return page


def _year(address: str, today: date) -> Period:
    """The school year in which an address lies, or the present one."""
    named = named_day(address)
    return year_of(named[1] if named else today)
