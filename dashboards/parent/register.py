"""The register as a parent's pages tell it: sessions and days in words, each with what to do about it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from markupsafe import Markup

from dashboards.components import signs
from dashboards.components.signs import Sign, corrected, told
from portal_core.domain.language import N_, _, remembered, said
from portal_core.domain.records import ContactPoint
from portal_core.domain.school import DayKind, Half
from portal_core.policy.contact import Advice, about_missing_mark, about_unexplained_absence, in_words
from portal_core.services.reading import AboutChild, Registers, days_told

LATELY = 5
"""School days before today that the first page lists, counting those of this week."""
HALVES = {Half.AM: N_("Morning"), Half.PM: N_("Afternoon")}
WHY_CLOSED = {
    DayKind.HOLIDAY: N_("it is a holiday"),
    DayKind.BANK_HOLIDAY: N_("it is a bank holiday"),
    DayKind.INSET: N_("it is a training day for staff (INSET)"),
    DayKind.CLOSURE: N_("the school is closed"),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask, `named` as it begins a sentence, and the ways to them, linked."""

    who: str
    named: str
    ways: Markup


@remembered(256)
def linked(point: ContactPoint) -> Contact:
    """A contact as the page shows it."""
    ways = []
    if point.telephone:
        dial = point.telephone.replace(" ", "")
        ways.append(Markup('<a href="tel:{}">{}</a>').format(dial, point.telephone))
    if point.email:
        ways.append(Markup('<a href="mailto:{}">{}</a>').format(point.email, point.email))
    return Contact(point.who, point.who[:1].upper() + point.who[1:], Markup(" {} ").format(_("or")).join(ways))


@dataclass(frozen=True, slots=True)
class HalfDay:
    """One session: its sign, what it means, what was corrected, what to do about it and whom to ask if that is open."""

    name: str
    sign: Sign
    words: str
    corrected: str = ""
    advice: str = ""
    contact: Contact | None = None

    @property
    def line(self) -> Markup:
        """The session in a list of days: its name, its sign and what it means."""
        return _line(self.name, self.sign, self.words)


@remembered(1024)
def _line(name: str, shown: Sign, words: str) -> Markup:
    """Most are of a few kinds, and a page has many of them."""
    hint = Markup(' <span class="hint">{}</span>').format(words) if words else ""
    return Markup('<span class="half"><span>{}</span> <span>{}{}</span></span>').format(name, shown.badge, hint)


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """A day, its two sessions, and what to do about them: said once, if it is the same for both.

    A day without registers has no sessions, and `off` says why.
    """

    name: str
    halves: tuple[HalfDay, ...] = ()
    off: str = ""

    @property
    def advised(self) -> tuple[tuple[str, HalfDay], ...]:
        """What is to be said of the sessions: once if it is the same for both, else each after its session's name."""
        if not self.halves:
            return ()
        morning, afternoon = self.halves
        if (morning.advice, morning.corrected) == (afternoon.advice, afternoon.corrected):
            return (("", morning),) if morning.advice or morning.corrected else ()
        return tuple((f"{half.name}: ", half) for half in self.halves if half.advice or half.corrected)


class Register:
    """A child's sessions, told one by one."""

    def __init__(self, page: Registers) -> None:
        self.page = page
        self.last_came = max(page.received.values(), default=page.data_as_of)
        self._told: dict[date, SchoolDay] = {}

    def school_days(self, first: date, last: date) -> list[date]:
        """The days between two that are told."""
        page, marked = self.page, {day for day, _half in self.page.marks}
        return days_told(page.calendar, page.on_roll, marked, first, last, page.at.day)

    def sign(self, day: date, half: Half) -> Sign:
        """How a session looks, in a list and in the calendar alike."""
        return self.day(day).halves[half].sign

    def on_roll(self, day: date) -> bool:
        """Whether the child was on roll on a day."""
        return any(day in spell for spell in self.page.on_roll)

    def week(self) -> tuple[SchoolDay, ...]:
        """Monday to Friday of this week, or on a weekend of the one that is over; what to do about today stands elsewhere.

        None where there is no school in all of it.
        """
        monday = self.page.at.day - timedelta(self.page.at.day.weekday())
        days = [monday + timedelta(n) for n in range(5)]
        if not any(map(self._is_told, days)):
            return ()
        return tuple(map(self.any_day, days))

    def _is_told(self, day: date) -> bool:
        return (day, Half.AM) in self.page.marks or self.page.calendar.is_school_day(day)

    def before_this_week(self) -> tuple[SchoolDay, ...]:
        """As many school days before this week, newest first, as make LATELY with those of it before today."""
        today = self.page.at.day
        monday = today - timedelta(today.weekday())
        days = [day for day in self.school_days(date.min, today) if day != today]
        return tuple(self.day(day) for day in reversed(days[-LATELY:]) if day < monday)

    def any_day(self, day: date) -> SchoolDay:
        """A day of any kind: with its sessions, without school, or still to come."""
        page = self.page
        if not self._is_told(day):
            return SchoolDay(short(day), off=_("No school: {why}.").format(why=off(page, day)))
        if day > page.at.day:
            return SchoolDay(short(day), off=_("Still to come."))
        if not self.on_roll(day):
            return SchoolDay(short(day), off=_("Not on roll here on this day."))
        told = self.day(day)
        if day != page.at.day or not any(half.advice for half in told.halves):
            return told
        return replace(told, halves=tuple(replace(half, advice="", contact=None) for half in told.halves))

    def day(self, day: date) -> SchoolDay:
        """Both sessions of a school day, told once."""
        if day not in self._told:
            self._told[day] = SchoolDay(short(day), (self.half(day, Half.AM), self.half(day, Half.PM)))
        return self._told[day]

    def half(self, day: date, half: Half) -> HalfDay:
        """One session, with the advice of the policy where there is no mark or no reason yet."""
        page, mark = self.page, self.page.marks.get((day, half))
        shown, words = told(mark) if mark else (signs.NO_MARK, "")
        if mark is None or shown is signs.NO_MARK:
            received = page.received.get((day, half))
            advice = about_missing_mark(
                day, half, page.at, settings=page.settings, calendar=page.calendar, received=received,
                last_came=self.last_came,
            )  # fmt: skip
            return _advised(half, signs.missing(may_be_asked=bool(advice.contacts)), "", advice)
        before = corrected(mark, page.at)
        if shown is signs.AWAITED:
            advice = about_unexplained_absence(day, page.at, settings=page.settings, calendar=page.calendar)
            return _advised(half, shown, before, advice)
        return HalfDay(_(HALVES[half]), shown, words, before) if before else _half_day(half, shown, words)


@remembered(512)
def _half_day(half: Half, shown: Sign, words: str) -> HalfDay:
    return HalfDay(_(HALVES[half]), shown, words)


def _advised(half: Half, shown: Sign, before: str, advice: Advice) -> HalfDay:
    contact = linked(advice.contacts[0]) if advice.contacts else None
    return HalfDay(_(HALVES[half]), shown, "", before, advice.words, contact)


def off(page: AboutChild, day: date) -> str:
    """Why there is no school on a day."""
    if day.weekday() >= 5:
        return _("it is {weekday}").format(weekday=said("weekday", day))
    return _(WHY_CLOSED[page.calendar.closed.get(day, DayKind.HOLIDAY)])


def no_school(page: AboutChild) -> str:
    """Why there is no school today and when there is again; nothing on a school day."""
    day, calendar = page.at.day, page.calendar
    if calendar.is_school_day(day):
        return ""
    following = calendar.next_school_day(day)
    words = _("No school today: {why}.").format(why=off(page, day))
    return words + (" " + _("School is next on {day}.").format(day=in_words(following)) if following else "")


def short(day: date) -> str:
    """A date within the year: Thursday 12 March."""
    return said("day", day)
