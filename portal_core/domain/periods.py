"""Stretches of a school year that a page can be about: the year, a half-term, a month, a week; each has an address.

    2025-2026          the school year from 1 September 2025
    term-2026-02-23    the half-term of which that is a day
    2026-03            a month
    2026-W11           a week from Monday, numbered as ISO 8601 does

A link may be kept for years, so an address names dates and never "this" or "last".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal_core.domain.language import _, said
from portal_core.domain.school import Calendar, Term

_FORMS = {
    "year": re.compile(r"(20\d\d)-(\d{4})", re.ASCII),
    "term": re.compile(r"term-(20\d\d)-(\d{2})-(\d{2})", re.ASCII),
    "month": re.compile(r"(20\d\d)-(\d{2})", re.ASCII),
    "week": re.compile(r"(20\d\d)-W(\d{2})", re.ASCII),
}


class PeriodKind(StrEnum):
    """What kind of stretch it is."""

    YEAR = "year"
    TERM = "term"
    MONTH = "month"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both ends included, with its name and its address."""

    kind: PeriodKind
    name: str  # of a half-term, the school's own; else in English: name_of has it in the language that is spoken
    address: str
    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def name_of(one: Period) -> str:
    """What a stretch is called in the language that is spoken; a half-term as the school calls it."""
    match one.kind:
        case PeriodKind.YEAR:
            return _("School year {first} to {last}").format(first=one.first.year, last=one.last.year)
        case PeriodKind.MONTH:
            return said("month", one.first)
        case PeriodKind.WEEK:
            return _("Week of {day}").format(day=said("long", one.first))
        case _other:
            return one.name


def year_of(day: date) -> Period:
    """The school year in which a day lies."""
    begins = Calendar((), {}).year_begins(day)
    after = begins.year + 1
    last = begins.replace(year=after) - timedelta(1)
    return Period(PeriodKind.YEAR, f"School year {begins.year} to {after}", f"{begins.year}-{after}", begins, last)


def term_of(term: Term) -> Period:
    """A half-term of the calendar."""
    return Period(PeriodKind.TERM, term.name, f"term-{term.begins}", term.begins, term.ends)


def month_of(day: date) -> Period:
    """The month in which a day lies."""
    first = day.replace(day=1)
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    return Period(PeriodKind.MONTH, f"{day:%B} {day.year}", f"{day:%Y-%m}", first, last)


def week_of(day: date) -> Period:
    """The week, Monday to Sunday, in which a day lies."""
    monday = day - timedelta(day.weekday())
    year, number, _day = monday.isocalendar()
    name = f"Week of {monday.day} {monday:%B} {monday.year}"
    return Period(PeriodKind.WEEK, name, f"{year}-W{number:02}", monday, monday + timedelta(6))


def named_day(address: str) -> tuple[PeriodKind, date] | None:
    """What kind of stretch an address is of, and a day by which its school year is known; None for any other text."""
    for kind, form in _FORMS.items():
        if found := form.fullmatch(address):
            try:
                return PeriodKind(kind), _day(kind, *map(int, found.groups()))
            except ValueError:  # the thirtieth of February, the fifty-fourth week, 2025-2030
                return None
    return None


def _day(kind: str, year: int, second: int = 1, day: int = 1) -> date:
    if kind == "year":
        if second != year + 1:
            raise ValueError("a school year ends in the next")
        return date(year, 9, 1)
    if kind == "week":
        return date.fromisocalendar(year, second, 5)  # school begins in September: its first week is the new year's
    return date(year, second, day)


def period(address: str, calendar: Calendar, today: date) -> Period | None:
    """The stretch of that address, the present school year for none; None where there is nothing to show of it.

    That is so for what has not begun, for years of which the calendar has no term, and for an address that means nothing.
    """
    if not address:
        return year_of(today)
    if (named := named_day(address)) is None:
        return None
    kind, day = named
    year = year_of(day)
    if not any(term.begins in year for term in calendar.terms):
        return None
    found = _of_kind(kind, day, calendar)
    return found if found is not None and found.first <= today else None


def _of_kind(kind: PeriodKind, day: date, calendar: Calendar) -> Period | None:
    if kind is PeriodKind.TERM:
        return next((term_of(term) for term in calendar.terms if term.begins <= day <= term.ends), None)
    return {PeriodKind.YEAR: year_of, PeriodKind.MONTH: month_of, PeriodKind.WEEK: week_of}[kind](day)


def terms_in(year: Period, calendar: Calendar, today: date) -> list[Period]:
    """The half-terms of a school year that have begun, in order."""
    return [term_of(term) for term in calendar.terms if term.begins in year and term.begins <= today]


def months_in(year: Period, today: date) -> Iterator[Period]:
    """The months of a school year that have begun, in order; August is nobody's school month."""
    first = year.first
    while first < min(year.last.replace(day=1), today + timedelta(1)):
        month = month_of(first)
        yield month
        first = month.last + timedelta(1)


def beside(one: Period, calendar: Calendar, today: date) -> tuple[Period | None, Period | None]:
    """The stretch of the same kind before and the one after, where there is anything to show of them."""
    if one.kind is PeriodKind.TERM:
        terms = [term_of(term) for term in calendar.terms if term.begins <= today]
        place = next((n for n, term in enumerate(terms) if term.first == one.first), 0)
        return (terms[place - 1] if place else None), (terms[place + 1] if place + 1 < len(terms) else None)
    found = (_of_kind(one.kind, day, calendar) for day in (one.first - timedelta(1), one.last + timedelta(1)))
    before, after = (period(other.address, calendar, today) if other else None for other in found)
    return before, after
