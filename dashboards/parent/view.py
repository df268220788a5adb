"""The parent's view: what one child's page says, as ready strings, for the HTML page and the interactive part alike.

It knows no widget and no template, and holds nothing that services/reading.py had not allowed.
"""

from dataclasses import dataclass

from dashboards.components.words import amount, where
from dashboards.parent.register import Contact, HalfDay, Register, SchoolDay, linked, no_school, short
from portal_core.domain.records import Point, PointKind
from portal_core.policy.contact import (
    about_point,
    as_of,
    in_words,
    learning_manager,
    office,
    when,
)
from portal_core.services.reading import ChildPage

WISH = {
    PointKind.ACHIEVEMENT: "If you would like to know more",
    PointKind.BEHAVIOUR: "If you would still like to discuss it",
}

PLACES = {PointKind.ACHIEVEMENT: "achievements", PointKind.BEHAVIOUR: "behaviour"}
"""The section of the page that each kind has."""


@dataclass(frozen=True, slots=True)
class Given:
    """A point: when, for what, where, how many; what to do first and whom to ask then (CONTACT-3 to CONTACT-6)."""

    day: str
    category: str
    where: str
    amount: str
    meaning: str
    first: str
    wish: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one kind: how many this year, and the latest."""

    total: str
    latest: tuple[Given, ...]
    more: bool  # there are others this year


@dataclass(frozen=True, slots=True)
class View:
    """One child's page in words."""

    id: int
    name: str
    forename: str
    form: str
    as_of: str
    old: str  # how old the data is, if it is so old that it must be said
    day: str
    no_school: str  # why there is none today, if so
    today: tuple[HalfDay, ...]
    lately: tuple[SchoolDay, ...]
    tiles: tuple[tuple[str, str, str], ...]  # the year in three figures: the section about it, how much, what
    counted: str
    figures: tuple[tuple[str, str], ...]
    achievement: Points
    behaviour: Points
    points_delay: str
    office: Contact
    manager: Contact
    hours: str
    children: tuple[tuple[int, str], ...]  # none for a parent of one

    @classmethod
    def of(cls, page: ChildPage) -> "View":
        """The words for a page, at its own moment."""
        at, settings, child = page.at, page.settings, page.child
        told = Register(page)
        latest: dict[PointKind, list[Given]] = {kind: [] for kind in PointKind}
        for point in page.points:
            latest[point.kind].append(_given(point, page))
        return cls(
            id=child.id,
            name=child.name,
            forename=child.forename,
            form=child.form,
            as_of=as_of(page.data_as_of, at),
            old=_old(page),
            day=in_words(at.day),
            no_school=no_school(page),
            today=told.day(at.day).halves if page.calendar.is_school_day(at.day) else (),
            lately=tuple(map(told.day, told.days())),
            tiles=_tiles(page),
            counted=_counted(page),
            figures=_figures(page),
            achievement=_points(page, PointKind.ACHIEVEMENT, latest),
            behaviour=_points(page, PointKind.BEHAVIOUR, latest),
            points_delay=_delay(settings.points_delay_minutes),
            office=linked(office(settings)),
            manager=linked(learning_manager(page.manager, child.forename, settings, at)),
            hours=settings.office_hours,
            children=tuple((one.id, one.forename) for one in page.children) if len(page.children) > 1 else (),
        )


def _given(point: Point, page: ChildPage) -> Given:
    local = point.at.astimezone(page.at.zone)
    advice = about_point(point, child=page.child.forename, settings=page.settings, manager=page.manager, at=page.at)
    place = where(point)
    return Given(
        short(local.date()),
        point.category,
        place[0].upper() + place[1:],
        amount(point),
        point.meaning,
        advice.first,
        WISH[point.kind],
        linked(advice.contacts[0]),
    )


def _points(page: ChildPage, kind: PointKind, latest: dict[PointKind, list[Given]]) -> Points:
    times, points = page.totals.get(kind, (0, 0))
    if not times:
        return Points(f"No {kind} points so far this school year.", (), False)
    given = "once" if times == 1 else "twice" if times == 2 else f"{times} times"
    total = f"{points} {kind} point{'' if points == 1 else 's'} this school year, given {given}."
    return Points(total, tuple(latest[kind]), times > len(latest[kind]))


def _tiles(page: ChildPage) -> tuple[tuple[str, str, str], ...]:
    share = page.attendance.percent_words(page.attendance.attended) if page.attendance.possible else "–"
    attended = ("attendance", share, "attendance")
    return attended, *(_tile(page, kind) for kind in PointKind)


def _tile(page: ChildPage, kind: PointKind) -> tuple[str, str, str]:
    _, points = page.totals.get(kind, (0, 0))
    return PLACES[kind], str(points), f"{kind} point{'' if points == 1 else 's'}"


def _figures(page: ChildPage) -> tuple[tuple[str, str], ...]:
    counted = page.attendance
    figures = [
        ("attendance", counted.percent_words(counted.attended)),
        ("half-days present", str(counted.attended)),
        ("authorised absences", str(counted.authorised)),
        ("unauthorised absences", str(counted.unauthorised)),
        ("times late", str(counted.lates)),
    ]
    return tuple(figures) if counted.possible else ()


def _counted(page: ChildPage) -> str:
    counted, since = page.attendance, f"1 September {page.calendar.year_begins(page.at.day).year}"
    words = f"Present for {counted.attended} of {counted.possible} half-days since {since}."
    if not counted.possible:
        words = f"No half-day has been registered for {page.child.forename} since {since}."
    if counted.unknown:
        words += f" {counted.unknown} half-day{' has' if counted.unknown == 1 else 's have'} no mark that counts."
    return words


def _old(page: ChildPage) -> str:
    """CONTACT-2: says so once the newest data is as many school days old as the setting."""
    at, came = page.at, page.data_as_of
    if came is None:
        return "No data has come from the school’s records yet. Please look again later."
    days = page.calendar.school_days_since(came.astimezone(at.zone).date(), at.day)
    if days < page.settings.stale_after_school_days:
        return ""
    return (
        f"The newest information here is {days} school days old: it came at {when(came, at)}."
        " What has happened since is not on this page yet."
    )


def _delay(minutes: int) -> str:
    return f"A point appears here {minutes} minutes after it is entered." if minutes else ""
