"""What surrounds every view of a child: whose it is, how old it is, the ways to the other views and other stretches of time."""

from dataclasses import dataclass

from portal_core.domain.language import N_, _, ngettext, remembered
from portal_core.domain.periods import Period, beside, months_in, name_of, terms_in, year_of
from portal_core.policy.contact import as_of, in_words, when
from portal_core.services.child_views import ChildAttendance, ChildLessons
from portal_core.services.reading import AboutChild

VIEWS = (("", N_("Overview")), ("attendance", N_("Attendance")), ("lessons", N_("Lessons")), ("points", N_("Points")))
"""A child's views: the end of each one's address, and its name."""


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page; `here` if it is this one."""

    address: str
    name: str
    here: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A stretch of time with its page."""

    kind: str
    name: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """The head of a view."""

    id: int
    name: str
    forename: str
    form: str
    as_of: str
    old: str  # how old the data is, if it is so old that it must be said
    children: tuple[Link, ...]  # none for a parent of one
    views: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """A page for an address at which there is nothing, with what there is instead."""

    frame: Frame
    words: str
    choices: tuple[Choice, ...] = ()


def no_such_time(page: ChildAttendance | ChildLessons, place: str) -> Nothing:
    """For a stretch of time of which there is nothing to show."""
    return Nothing(
        frame(page, place),
        _(
            "This time has not begun, lies before the records that are kept here, or the address was mistyped. These can be opened:"
        ),
        choices(page, None, place, year_of(page.at.day)),
    )


def no_such_point(page: AboutChild) -> Nothing:
    """For a point that is not shown."""
    return Nothing(
        frame(page, "points"),
        _(
            "No such point is shown here. It may have been taken back, or lie before the day from which points are shown."
            " All that are shown are on the page Points."
        ),
    )


def frame(page: AboutChild, place: str) -> Frame:
    """The head of the view that has this end of its address; links to other children lead to the same view of theirs."""
    child, end = page.child, f"/{place}" if place else ""
    children = tuple(Link(f"/parent/{one.id}{end}", one.forename, one.id == child.id) for one in page.children)
    return Frame(
        child.id,
        child.name,
        child.forename,
        child.form,
        as_of(page.data_as_of, page.at),
        _old(page),
        children if len(children) > 1 else (),
        _views(child.id, place),
    )


@remembered(256)
def _views(child: int, place: str) -> tuple[Link, ...]:
    return tuple(Link(f"/parent/{child}/{one}".rstrip("/"), _(name), one == place) for one, name in VIEWS)


def _old(page: AboutChild) -> str:
    """CONTACT-2: says so once the newest data is as many school days old as the setting."""
    at, came = page.at, page.data_as_of
    if came is None:
        return _("No data has come from the school’s records yet. Please look again later.")
    days = page.calendar.school_days_since(came.astimezone(at.zone).date(), at.day)
    if days < page.settings.stale_after_school_days:
        return ""
    return ngettext(
        "The newest information here is {days} school day old: it came at {when}. What has happened since is not on this page yet.",
        "The newest information here is {days} school days old: it came at {when}. What has happened since is not on this page yet.",
        days,
    ).format(days=days, when=when(came, at))


def choices(
    page: ChildAttendance | ChildLessons, one: Period | None, place: str, year: Period | None = None
) -> tuple[Choice, ...]:
    """The school years there are, and the half-terms and months of one, the page's own if none is given."""
    year = year or page.year
    today, calendar = page.at.day, page.calendar
    years = {year_of(term.begins).address: year_of(term.begins) for term in calendar.terms if term.begins <= today}
    found = [*years.values(), *terms_in(year, calendar, today), *months_in(year, today)]
    return tuple(_choice(page, other, place, one) for other in found)


def neighbours(page: ChildAttendance | ChildLessons, one: Period, place: str) -> tuple[Choice | None, Choice | None]:
    """The stretch before and the one after, of the same kind."""
    before, after = beside(one, page.calendar, page.at.day)
    return (_choice(page, before, place) if before else None), (_choice(page, after, place) if after else None)


def _choice(page: AboutChild, one: Period, place: str, here: Period | None = None) -> Choice:
    return Choice(one.kind, name_of(one), f"/parent/{page.child.id}/{place}?period={one.address}", one == here)


def first_day_words(page: AboutChild) -> str:
    """From when points are shown: "this school year", or "since" the day that the school has chosen."""
    first = page.settings.points_shown_from(page.at.day)
    if first == page.calendar.year_begins(page.at.day):
        return _("this school year")
    return _("since {day}").format(day=in_words(first))
