"""The first page's view: what it says of a child, as ready strings.

It knows no widget and no template, and holds nothing that services/reading.py had not allowed.
"""

from dataclasses import dataclass
from datetime import timedelta

from dashboards.parent.figures import Figure, figures, half_days, left_out, standing
from dashboards.parent.frame import Frame, first_day_words, frame
from dashboards.parent.points import Given, Points, delay, given, total
from dashboards.parent.register import Contact, HalfDay, Register, SchoolDay, linked, no_school
from portal_core.domain.language import _, ngettext, said
from portal_core.domain.periods import week_of
from portal_core.domain.records import PointKind
from portal_core.policy.contact import about_absences, in_words, learning_manager, office
from portal_core.services.reading import ChildPage

ONE_DAY = timedelta(1)
PLACES = {PointKind.ACHIEVEMENT: "achievements", PointKind.BEHAVIOUR: "behaviour"}
"""The section of the page that each kind has."""


@dataclass(frozen=True, slots=True)
class View:
    """One child's first page in words."""

    frame: Frame
    day: str
    no_school: str  # why there is none today, if so
    today: tuple[HalfDay, ...]
    week: tuple[SchoolDay, ...]
    before: tuple[SchoolDay, ...]
    last_week: str  # the address of the week before, "" if there is nothing to tell of it
    tiles: tuple[tuple[str, str, str], ...]  # the year in three figures: the section about it, how much, what
    counted: str
    figures: tuple[Figure, ...]
    standing: str
    achievement: Points
    behaviour: Points
    points_delay: str
    absences: Contact
    manager: Contact
    office: Contact
    hours: str

    @classmethod
    def of(cls, page: ChildPage) -> "View":
        """The words for a page, at its own moment."""
        at, settings, child = page.at, page.settings, page.child
        told = Register(page)
        latest: dict[PointKind, list[Given]] = {kind: [] for kind in PointKind}
        for point in page.points:
            latest[point.kind].append(given(point, page))
        return cls(
            frame=frame(page, ""),
            day=in_words(at.day),
            no_school=no_school(page),
            today=told.day(at.day).halves if page.calendar.is_school_day(at.day) else (),
            week=told.week(),
            before=told.before_this_week(),
            last_week=_last_week(page, told),
            tiles=_tiles(page),
            counted=_counted(page),
            figures=figures(page.attendance),
            standing=standing(page.attendance, settings.persistent_absence_percent, child.forename),
            achievement=_points(page, PointKind.ACHIEVEMENT, latest),
            behaviour=_points(page, PointKind.BEHAVIOUR, latest),
            points_delay=delay(settings.points_delay_minutes),
            absences=linked(about_absences(settings)),
            manager=linked(learning_manager(page.manager, child.forename, settings, at)),
            office=linked(office(settings)),
            hours=settings.hours,
        )


def _last_week(page: ChildPage, told: Register) -> str:
    one = week_of(week_of(page.at.day).first - ONE_DAY)
    return f"/parent/{page.child.id}/attendance?period={one.address}" if told.school_days(one.first, one.last) else ""


def _points(page: ChildPage, kind: PointKind, latest: dict[PointKind, list[Given]]) -> Points:
    times, points = page.totals.get(kind, (0, 0))
    return Points(total(kind, times, points, first_day_words(page)), tuple(latest[kind]), times > len(latest[kind]))


def _tiles(page: ChildPage) -> tuple[tuple[str, str, str], ...]:
    share = page.attendance.percent_words(page.attendance.attended) if page.attendance.possible else "–"
    attended = ("attendance", share, _("attendance"))
    return attended, *(_tile(page, kind) for kind in PointKind)


def _tile(page: ChildPage, kind: PointKind) -> tuple[str, str, str]:
    points = page.totals.get(kind, (0, 0))[1]
    if kind is PointKind.ACHIEVEMENT:
        return PLACES[kind], str(points), ngettext("achievement point", "achievement points", points)
    return PLACES[kind], str(points), ngettext("behaviour point", "behaviour points", points)


def _counted(page: ChildPage) -> str:
    counted, since = page.attendance, said("long", page.calendar.year_begins(page.at.day))
    words = _("Present for {attended} of {days} since {since}.").format(
        attended=counted.attended, days=half_days(counted.possible), since=since
    )
    if not counted.possible:
        words = _("No half-day has been registered for {child} since {since}.").format(
            child=page.child.forename, since=since
        )
    return f"{words} {left_out(counted)}".rstrip()
