"""The parent's view: what one child's page says, as ready strings, for the HTML page and the interactive part alike.

It knows no widget and no template, and holds nothing that services/reading.py had not allowed.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from markupsafe import Markup

from dashboards.components import signs
from dashboards.components.signs import Sign, sign
from portal_core.domain.records import ContactPoint, Point, PointKind, SessionMark
from portal_core.domain.school import Half
from portal_core.policy.attendance import register_code
from portal_core.policy.contact import (
    Advice,
    about_missing_mark,
    about_point,
    about_unexplained_absence,
    as_of,
    in_words,
    learning_manager,
    office,
    when,
)
from portal_core.services.reading import ChildPage

LATELY = 5
"""School days before today that the page lists."""
WISH = {
    PointKind.ACHIEVEMENT: "If you would like to know more",
    PointKind.BEHAVIOUR: "If you would still like to discuss it",
}
WORDS = {signs.PRESENT: "", signs.LATE: "before the register closed"}
"""What a sign has not said yet, where that is not the code's own words."""
HALVES = {Half.AM: "Morning", Half.PM: "Afternoon"}


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask, `named` as it begins a sentence, and the ways to them, linked."""

    who: str
    named: str
    ways: Markup


@lru_cache(256)
def _contact(point: ContactPoint) -> Contact:
    ways = []
    if point.telephone:
        dial = point.telephone.replace(" ", "")
        ways.append(Markup('<a href="tel:{}">{}</a>').format(dial, point.telephone))
    if point.email:
        ways.append(Markup('<a href="mailto:{}">{}</a>').format(point.email, point.email))
    return Contact(point.who, point.who[:1].upper() + point.who[1:], Markup(" or ").join(ways))


@dataclass(frozen=True, slots=True)
class HalfDay:
    """One session: its sign, what it means, what to do about it and whom to ask if that is open."""

    name: str
    sign: Sign
    words: str
    advice: str = ""
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """A day, its two sessions, and what to do about them: said once, if it is the same for both."""

    name: str
    halves: tuple[HalfDay, HalfDay]

    @property
    def advised(self) -> tuple[tuple[str, HalfDay], ...]:
        """What is to be said of the sessions: once if it is the same for both, else each after its session's name."""
        morning, afternoon = self.halves
        if morning.advice == afternoon.advice:
            return (("", morning),) if morning.advice else ()
        return tuple((f"{half.name}: ", half) for half in self.halves if half.advice)


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
    percent: str
    how: str
    figures: tuple[tuple[str, int], ...]
    achievement: Points
    behaviour: Points
    points_delay: str
    office: Contact
    manager_title: str
    manager: Contact
    hours: str
    children: tuple[tuple[int, str], ...]  # none for a parent of one
    printed: str

    @classmethod
    def of(cls, page: ChildPage) -> "View":
        """The words for a page, at its own moment."""
        at, settings, child = page.at, page.settings, page.child
        told = _Register(page)
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
            no_school=_no_school(page),
            today=told.day(at.day).halves if page.calendar.is_school_day(at.day) else (),
            lately=tuple(map(told.day, told.days())),
            percent=page.attendance.percent_words(page.attendance.attended),
            how=_how(page),
            figures=_figures(page),
            achievement=_points(page, PointKind.ACHIEVEMENT, latest),
            behaviour=_points(page, PointKind.BEHAVIOUR, latest),
            points_delay=_delay(settings.points_delay_minutes),
            office=_contact(office(settings)),
            manager_title=settings.manager_title,
            manager=_contact(learning_manager(page.manager, child.forename, settings, at)),
            hours=settings.office_hours,
            children=tuple((one.id, one.forename) for one in page.children) if len(page.children) > 1 else (),
            printed=when(at.instant, at),
        )


class _Register:
    """The fortnight's sessions of a page, told one by one."""

    def __init__(self, page: ChildPage) -> None:
        self.page = page
        self.last_came = max(page.received.values(), default=page.data_as_of)

    def days(self) -> list[date]:
        """The school days to list, newest first: none before the first mark, when the child may not have been here."""
        marks, at = self.page.marks, self.page.at
        if not marks:
            return []
        days = list(self.page.calendar.school_days(min(day for day, _ in marks), at.day))
        return [day for day in reversed(days) if day != at.day][:LATELY]

    def day(self, day: date) -> SchoolDay:
        return SchoolDay(_short(day), (self.half(day, Half.AM), self.half(day, Half.PM)))

    def half(self, day: date, half: Half) -> HalfDay:
        page, mark = self.page, self.page.marks.get((day, half))
        code = register_code(mark.code, day) if mark else None
        if mark is None or code is None or (shown := sign(code)) is signs.NO_MARK:
            received = page.received.get((day, half))
            advice = about_missing_mark(
                day, half, page.at, settings=page.settings, calendar=page.calendar, received=received,
                last_came=self.last_came,
            )  # fmt: skip
            return _advised(half, signs.NO_MARK if advice.contacts else signs.NOT_YET, "", advice)
        if shown is signs.AWAITED:
            advice = about_unexplained_absence(day, page.at, settings=page.settings, calendar=page.calendar)
            return _advised(half, shown, _corrected(mark), advice)
        words = [WORDS.get(shown, code.words)]
        if mark.minutes_late:
            words.append(f"{mark.minutes_late} minutes" if mark.minutes_late > 1 else "1 minute")
        return _half_day(half, shown, ", ".join(filter(None, [*words, _corrected(mark)])))


@lru_cache(512)
def _half_day(half: Half, shown: Sign, words: str) -> HalfDay:
    return HalfDay(HALVES[half], shown, words)


def _advised(half: Half, shown: Sign, words: str, advice: Advice) -> HalfDay:
    contact = _contact(advice.contacts[0]) if advice.contacts else None
    return HalfDay(HALVES[half], shown, words, advice.words, contact)


def _corrected(mark: SessionMark) -> str:
    """Tells of a correction, not of a first entry after nothing."""
    before = register_code(mark.amended, mark.day) if mark.amended and mark.amended != mark.code else None
    return f"corrected; first entered as “{before.words}”" if before and sign(before) is not signs.NO_MARK else ""


def _given(point: Point, page: ChildPage) -> Given:
    local = point.at.astimezone(page.at.zone)
    advice = about_point(
        point, child=page.child.forename, settings=page.settings, manager=page.manager, at=page.at
    )
    where = point.subject or "in a lesson" if point.in_lesson else point.place or "outside lessons"
    return Given(
        _short(local.date()),
        point.category,
        where[0].upper() + where[1:],
        "1 point" if point.amount == 1 else f"{point.amount} points",
        point.meaning,
        advice.first,
        WISH[point.kind],
        _contact(advice.contacts[0]),
    )


def _points(page: ChildPage, kind: PointKind, latest: dict[PointKind, list[Given]]) -> Points:
    times, amount = page.totals.get(kind, (0, 0))
    if not times:
        return Points(f"No {kind} points so far this school year.", (), False)
    given = "once" if times == 1 else "twice" if times == 2 else f"{times} times"
    total = f"{amount} {kind} point{'' if amount == 1 else 's'} this school year, given {given}."
    return Points(total, tuple(latest[kind]), times > len(latest[kind]))


def _figures(page: ChildPage) -> tuple[tuple[str, int], ...]:
    counted = page.attendance
    figures = [
        ("present", counted.attended),
        ("times late", counted.lates),
        ("absent, authorised", counted.authorised),
        ("absent, unauthorised", counted.unauthorised),
    ]
    return tuple(figures) if counted.possible else ()


def _how(page: ChildPage) -> str:
    counted = page.attendance
    since = f"1 September {page.calendar.year_begins(page.at.day).year}"
    if not counted.possible:
        return f"No half-day has been registered for {page.child.forename} since {since}."
    how = (
        f"Present for {counted.attended} of {counted.possible} half-days since {since}. Late before the register closed"
        " counts as present, late after it as absent; a half-day on which nobody could attend is left out."
    )
    if counted.unknown:
        how += f" {counted.unknown} half-day{' has' if counted.unknown == 1 else 's have'} no mark that counts."
    return how


def _old(page: ChildPage) -> str:
    """CONTACT-2: says so once the newest data is as many school days old as the setting."""
    at, came = page.at, page.data_as_of
    if came is None:
        return "No data has come from the school’s records yet. Please look again later."
    days = len(page.calendar.school_days(came.astimezone(at.zone).date(), at.day)) - 1
    if days < page.settings.stale_after_school_days:
        return ""
    return (
        f"The newest information here is {days} school days old: it came at {when(came, at)}."
        " What has happened since is not on this page yet."
    )


def _no_school(page: ChildPage) -> str:
    day, calendar = page.at.day, page.calendar
    if calendar.is_school_day(day):
        return ""
    why = calendar.closed.get(day)
    reason = f"it is {day:%A}" if day.weekday() >= 5 else f"{'an' if why == 'INSET day' else 'a'} {why}" if why else "a holiday"
    following = calendar.next_school_day(day)
    return f"No school today: {reason}." + (f" School is next on {in_words(following)}." if following else "")


def _delay(minutes: int) -> str:
    return f"A point appears here {minutes} minutes after it is entered." if minutes else ""


@lru_cache(512)
def _short(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
