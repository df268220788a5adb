"""Stretches of a school year and their addresses."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_core.demo.year import school_year
from portal_core.domain.periods import (
    PeriodKind,
    beside,
    month_of,
    months_in,
    named_day,
    period,
    term_of,
    terms_in,
    week_of,
    year_of,
)
from portal_core.domain.school import Calendar

TODAY = date(2026, 3, 12)
CALENDAR = school_year(TODAY)


@pytest.mark.parametrize(
    ("address", "kind", "first", "last", "name"),
    [
        pytest.param("", "year", date(2025, 9, 1), date(2026, 8, 31), "School year 2025 to 2026", id="none"),
        pytest.param("2025-2026", "year", date(2025, 9, 1), date(2026, 8, 31), "School year 2025 to 2026", id="year"),
        pytest.param("term-2026-02-25", "term", date(2026, 2, 23), date(2026, 3, 27), "Spring, second half", id="term"),
        pytest.param("2026-02", "month", date(2026, 2, 1), date(2026, 2, 28), "February 2026", id="month"),
        pytest.param("2026-W11", "week", date(2026, 3, 9), date(2026, 3, 15), "Week of 9 March 2026", id="week"),
        pytest.param("2025-W36", "week", date(2025, 9, 1), date(2025, 9, 7), "Week of 1 September 2025", id="first week"),
    ],
)  # fmt: skip
def test_an_address_names_its_days(address, kind, first, last, name):
    """Both ends included; none is the year that is."""
    found = period(address, CALENDAR, TODAY)
    assert (found.kind, found.first, found.last, found.name) == (kind, first, last, name)
    assert first in found
    assert last + timedelta(1) not in found


NOTHING = [
    "2025-2027", "2025", "2026-2027", "2024-2025", "2026-13", "2026-00", "2026-04", "2026-3", "2026-W54", "2026-W00",
    "2026-W12", "2026-w11", "term-2026-02-30", "term-2026-02-18", "term-2026-04-20", "term-", "march", "2026-03 ", "0000-00",
    "２０２６-03", "9999-W52", "1-1", "../2026-03", "2026-03\n",
]  # fmt: skip


@pytest.mark.parametrize("address", NOTHING)
def test_other_addresses_name_nothing(address):
    """What has not begun, what the calendar does not know, and what means nothing: never an error."""
    assert period(address, CALENDAR, TODAY) is None


@given(st.text(max_size=20) | st.from_regex(r"(term-)?\d{1,5}-W?\d{1,5}(-\d{1,3})?", fullmatch=True))
def test_whatever_is_asked_there_is_an_answer(address):
    """A stretch that has begun, or none."""
    found = period(address, CALENDAR, TODAY)
    assert found is None or found.first <= TODAY
    named_day(address)


@given(st.dates(date(2025, 9, 1), TODAY))
def test_the_address_of_a_stretch_leads_back_to_it(day):
    """Of every kind: what a page links to is what the link shows."""
    terms = [term_of(term) for term in CALENDAR.terms if term.begins <= day <= term.ends]
    for one in (year_of(day), month_of(day), week_of(day), *terms):
        assert period(one.address, CALENDAR, TODAY) == one
        assert day in one


def test_the_week_in_which_school_begins_is_the_new_years():
    """Whatever weekday the first of September is: its days are found with the year that begins."""
    for year in range(2024, 2036):
        first = date(year, 9, 1)
        if first.weekday() < 5:
            assert year_of(named_day(week_of(first).address)[1]) == year_of(first)


def test_half_terms_and_months_are_those_begun():
    """In order; nobody is offered what has not come."""
    year = year_of(TODAY)
    assert [one.name for one in terms_in(year, CALENDAR, TODAY)] == [
        "Autumn, first half", "Autumn, second half", "Spring, first half", "Spring, second half",
    ]  # fmt: skip
    assert [one.address for one in months_in(year, TODAY)] == [
        "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03",
    ]  # fmt: skip
    assert [one.address for one in months_in(year, date(2026, 8, 20))][-1] == "2026-07"


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("2025-2026", None, None),
        ("term-2026-01-06", "term-2025-11-03", "term-2026-02-23"),
        ("term-2025-09-03", None, "term-2025-11-03"),
        ("2026-03", "2026-02", None),
        ("2025-09", None, "2025-10"),
        ("2026-W10", "2026-W09", "2026-W11"),
        ("2026-W11", "2026-W10", None),
        ("2026-W01", "2025-W52", "2026-W02"),
    ],
)
def test_the_stretches_beside_are_of_the_same_kind(address, before, after):
    """Where there is anything to show of them."""
    found = beside(period(address, CALENDAR, TODAY), CALENDAR, TODAY)
    assert tuple(one and one.address for one in found) == (before, after)


def test_a_school_without_a_calendar_still_has_its_year():
    """And nothing else."""
    empty = Calendar((), {})
    assert period("", empty, TODAY).kind is PeriodKind.YEAR
    assert period("2026-03", empty, TODAY) is None
