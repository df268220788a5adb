"""The view of a child's attendance over a stretch of the school year: figures, calendar, each absence, lateness, corrections.

It knows no widget and no template, and holds nothing that services/child_views.py had not allowed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.components import signs
from dashboards.components.calendar import Cells, grid_html
from dashboards.components.signs import corrected, late_by, told
from dashboards.parent.figures import Figure, Row, by_term, by_weekday, figures, left_out, standing
from dashboards.parent.frame import Choice, Frame, choices, frame, neighbours
from dashboards.parent.register import HALVES, Contact, HalfDay, Register, SchoolDay, linked, short
from portal_core.domain.language import _, ngettext
from portal_core.domain.periods import Period, PeriodKind, name_of, terms_in, week_of
from portal_core.domain.records import SessionMark
from portal_core.domain.school import Half, newest_first
from portal_core.policy.attendance import attendance_of, register_code
from portal_core.policy.contact import about_absences
from portal_core.services.child_views import ChildAttendance

PLACE = "attendance"
ABSENT = (signs.AUTHORISED, signs.UNAUTHORISED, signs.AWAITED)
MOST_OPEN = 10
"""Sessions without a mark that a page lists; beyond that, something is wrong with the school's files and not with a child."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line about one day: when, and what is to be said of it."""

    day: str
    when: str
    half: HalfDay


@dataclass(frozen=True, slots=True)
class Late:
    """One time late: how late, and what it counts as."""

    day: str
    when: str
    minutes: str
    counts: str


@dataclass(frozen=True, slots=True)
class AttendanceView:
    """A stretch of the year in words."""

    frame: Frame
    period: Period
    name: str  # of the period
    choices: tuple[Choice, ...]
    before: Choice | None
    after: Choice | None
    figures: tuple[Figure, ...]
    left_out: str
    standing: str  # over the whole year, whatever the stretch
    days: tuple[SchoolDay, ...]  # each of a week or a month, oldest first
    calendar: Cells
    absences: tuple[Entry, ...]  # this and what follows: newest day first, morning before afternoon
    lates: tuple[Late, ...]
    late_in_all: str
    missing: tuple[Entry, ...]
    more_missing: int
    corrected: tuple[Entry, ...]
    by_term: tuple[Row, ...]
    by_weekday: tuple[Row, ...]
    contact: Contact

    @classmethod
    def of(cls, page: ChildAttendance) -> "AttendanceView | None":
        """The words for a page; None where there is nothing to show of the stretch asked for."""
        if (one := page.shown) is None:
            return None
        register, marks, whole = Register(page), page.marks_in(one), one.kind is PeriodKind.YEAR
        counted, latest = attendance_of(marks), sorted(marks, key=_session)
        days = register.school_days(one.first, one.last)
        settings, year = page.settings, page.marks_in(page.year)
        missing = list(_missing(register, page, one))
        before, after = neighbours(page, one, PLACE)
        return cls(
            frame=frame(page, PLACE),
            period=one,
            name=name_of(one),
            choices=choices(page, one, PLACE),
            before=before,
            after=after,
            figures=figures(counted),
            left_out=left_out(counted),
            standing=standing(attendance_of(year), settings.persistent_absence_percent, page.child.forename),
            days=tuple(map(register.day, days)) if one.kind in (PeriodKind.WEEK, PeriodKind.MONTH) else (),
            calendar=grid_html(days, register.sign, lambda day: _link(page, week_of(day))),
            absences=tuple(_absences(register, marks)),
            lates=tuple(_late(mark) for mark in latest if register_code(mark.code, mark.day).late),
            late_in_all=_in_all(marks),
            missing=tuple(missing[:MOST_OPEN]),
            more_missing=max(0, len(missing) - MOST_OPEN),
            corrected=tuple(_corrections(register, page, latest)),
            by_term=by_term(year, terms_in(page.year, page.calendar, page.at.day), lambda term: _link(page, term)) if whole else (),
            by_weekday=by_weekday(marks) if one.kind is not PeriodKind.WEEK else (),
            contact=linked(about_absences(settings)),
        )  # fmt: skip


def _link(page: ChildAttendance, one: Period) -> str:
    return f"/parent/{page.child.id}/{PLACE}?period={one.address}"


def _session(mark: SessionMark) -> tuple[int, Half]:
    return newest_first((mark.day, mark.half))


def _missing(register: Register, page: ChildAttendance, one: Period) -> Iterator[Entry]:
    """Sessions that should have a mark by now and have none."""
    for day in reversed(register.school_days(one.first, one.last)):
        for half in Half:
            if (day, half) not in page.marks or told(page.marks[day, half])[0] is signs.NO_MARK:
                told_of = register.half(day, half)
                if day != page.at.day or told_of.contact:
                    yield Entry(short(day), _(HALVES[half]), told_of)


def _absences(register: Register, marks: list[SessionMark]) -> Iterator[Entry]:
    """Absences; a whole day of the same is one line."""
    absent = {(mark.day, mark.half): register.half(mark.day, mark.half) for mark in marks if told(mark)[0] in ABSENT}
    for day, half in sorted(absent, key=newest_first):
        one, other = absent[day, half], absent.get((day, Half(1 - half)))
        same = other is not None and (one.sign, one.words, one.corrected) == (other.sign, other.words, other.corrected)
        if same and half is Half.PM:
            continue  # told with its morning
        yield Entry(short(day), _("All day") if same else _(HALVES[half]), one)


def _late(mark: SessionMark) -> Late:
    minutes = late_by(mark.minutes_late) if mark.minutes_late else _("minutes not recorded")
    counts = (
        _("before the register closed: present")
        if told(mark)[0] is signs.LATE
        else _("after the register had closed: absent")
    )
    return Late(short(mark.day), _(HALVES[mark.half]), minutes, counts)


def _in_all(marks: list[SessionMark]) -> str:
    lates = [mark.minutes_late for mark in marks if register_code(mark.code, mark.day).late]
    recorded = [minutes for minutes in lates if minutes]
    whole = sum(recorded)
    if not whole or len(lates) < 2:
        return ""
    words = ngettext("{minutes} minute in all.", "{minutes} minutes in all.", whole).format(minutes=whole)
    if without := len(lates) - len(recorded):
        words += " " + ngettext(
            "{number} time late has no minutes on record.",
            "{number} times late have no minutes on record.",
            without,
        ).format(number=without)
    return words


def _corrections(register: Register, page: ChildAttendance, marks: list[SessionMark]) -> Iterator[Entry]:
    """What was corrected to something else than an absence, whose own line tells of it."""
    for mark in marks:
        if corrected(mark, page.at) and told(mark)[0] not in ABSENT:
            yield Entry(short(mark.day), _(HALVES[mark.half]), register.half(mark.day, mark.half))
