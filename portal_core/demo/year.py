"""The demo school's year: terms by rule, for whatever school year a date lies in, and which day the demo is on."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from portal_core.domain.school import Calendar, DayKind, Term

DAYS_IN = 60
"""How far into the school year, in days from 1 September, the demo is at least: enough to show."""

IMPORTS = (time(9, 20), time(13, 50), time(16, 30))
"""When the demo's school gives its files out on a school day: after each registration and at the end."""


def demo_day(real: date) -> date:
    """The date itself if it is a school day DAYS_IN days into the year, else the nearest earlier one that is."""
    day = real
    while (day - _september(day)).days < DAYS_IN or not school_year(day).is_school_day(day):
        day -= timedelta(1)
    return day


def last_import(calendar: Calendar, until: datetime) -> datetime | None:
    """The latest time at or before one by the school's clock at which files were given out; None early in September."""
    days = calendar.school_days(calendar.year_begins(until.date()), until.date())
    times = (datetime.combine(day, came, until.tzinfo) for day in reversed([*days]) for came in reversed(IMPORTS))
    return next((given for given in times if given <= until), None)


def school_year(day: date) -> Calendar:
    """The calendar of the school year, 1 September to 31 August, in which a date lies."""
    return _year_from(_september(day).year)


@lru_cache(8)
def _year_from(year: int) -> Calendar:
    """Six half-terms, five INSET days, the bank holidays of England; school begins in the first week of September."""
    import holidays  # slow, and for the demo alone

    bank = {
        day: str(name) for day, name in holidays.country_holidays("GB", subdiv="ENG", years=[year, year + 1]).items()
    }
    easter = next(day for day, name in bank.items() if name == "Good Friday" and day.year == year + 1) + timedelta(2)
    october = _monday_by(date(year, 10, 30))
    february = _monday_by(date(year + 1, 2, 18))
    may = _monday_by(date(year + 1, 5, 31))
    january = _monday_by(date(year + 1, 1, 8))
    terms = (
        Term("Autumn, first half", date(year, 9, 1), october - timedelta(3)),
        Term("Autumn, second half", october + timedelta(7), _monday_by(date(year, 12, 18)) + timedelta(4)),
        Term("Spring, first half", january, february - timedelta(3)),
        Term("Spring, second half", february + timedelta(7), easter - timedelta(9)),
        Term("Summer, first half", easter + timedelta(8), may - timedelta(3)),
        Term("Summer, second half", may + timedelta(7), _monday_by(date(year + 1, 7, 19)) + timedelta(2)),
    )
    first = next(day for day in _days(date(year, 9, 1)) if day.weekday() < 5)
    inset = (first, next(day for day in _days(first + timedelta(1)) if day.weekday() < 5),
             october - timedelta(3), january, _monday_by(date(year + 1, 6, 30)))  # fmt: skip
    closed = {
        day: DayKind.BANK_HOLIDAY
        for day in bank
        if day.weekday() < 5 and date(year, 9, 1) <= day < date(year + 1, 9, 1)
    }
    closed |= dict.fromkeys(inset, DayKind.INSET)
    for ended, begun in pairwise(terms):
        for day in _days(ended.ends + timedelta(1)):
            if day >= begun.begins:
                break
            if day.weekday() < 5:
                closed.setdefault(day, DayKind.HOLIDAY)
    return Calendar(terms, dict(sorted(closed.items())))


def _september(day: date) -> date:
    return date(day.year - (day.month < 9), 9, 1)


def _monday_by(day: date) -> date:
    """The last Monday on or before a date."""
    return day - timedelta(day.weekday())


def _days(first: date) -> Iterator[date]:
    while True:
        yield first
        first += timedelta(1)
