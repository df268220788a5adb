"""The register as the parent's page tells it: today's sessions and the days before, each with what to do about it."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from markupsafe import Markup

from dashboards.components import signs
from dashboards.components.signs import Sign, sign, told
from portal_core.domain.records import ContactPoint, SessionMark
from portal_core.domain.school import DayKind, Half
from portal_core.policy.attendance import register_code
from portal_core.policy.contact import Advice, about_missing_mark, about_unexplained_absence, in_words
from portal_core.services.reading import ChildPage

LATELY = 5
"""School days before today that the page lists."""
HALVES = {Half.AM: "Morning", Half.PM: "Afternoon"}
WHY_CLOSED = {
    DayKind.HOLIDAY: "it is a holiday",
    DayKind.BANK_HOLIDAY: "it is a bank holiday",
    DayKind.INSET: "it is a training day for staff (INSET)",
    DayKind.CLOSURE: "the school is closed",
}


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask, `named` as it begins a sentence, and the ways to them, linked."""

    who: str
    named: str
    ways: Markup


@lru_cache(256)
def linked(point: ContactPoint) -> Contact:
    """A contact as the page shows it."""
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


class Register:
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
        """Both sessions of a school day."""
        return SchoolDay(short(day), (self.half(day, Half.AM), self.half(day, Half.PM)))

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
            return _advised(half, signs.NO_MARK if advice.contacts else signs.NOT_YET, "", advice)
        if shown is signs.AWAITED:
            advice = about_unexplained_absence(day, page.at, settings=page.settings, calendar=page.calendar)
            return _advised(half, shown, _corrected(mark), advice)
        return _half_day(half, shown, ", ".join(filter(None, (words, _corrected(mark)))))


@lru_cache(512)
def _half_day(half: Half, shown: Sign, words: str) -> HalfDay:
    return HalfDay(HALVES[half], shown, words)


def _advised(half: Half, shown: Sign, words: str, advice: Advice) -> HalfDay:
    contact = linked(advice.contacts[0]) if advice.contacts else None
    return HalfDay(HALVES[half], shown, words, advice.words, contact)


def _corrected(mark: SessionMark) -> str:
    """Tells of a correction, not of a first entry after nothing."""
    before = register_code(mark.amended, mark.day) if mark.amended and mark.amended != mark.code else None
    return f"corrected; first entered as “{before.words}”" if before and sign(before) is not signs.NO_MARK else ""


def no_school(page: ChildPage) -> str:
    """Why there is no school today and when there is again; nothing on a school day."""
    day, calendar = page.at.day, page.calendar
    if calendar.is_school_day(day):
        return ""
    reason = f"it is {day:%A}" if day.weekday() >= 5 else WHY_CLOSED[calendar.closed.get(day, DayKind.HOLIDAY)]
    following = calendar.next_school_day(day)
    return f"No school today: {reason}." + (f" School is next on {in_words(following)}." if following else "")


@lru_cache(512)
def short(day: date) -> str:
    """A date within the year: Thursday 12 March."""
    return f"{day:%A} {day.day} {day:%B}"
