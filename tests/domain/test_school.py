"""A school's clock and calendar."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_core.domain.language import speaking
from portal_core.domain.school import Calendar, DayKind, Moment, SchoolSettings, Term
from portal_core.locale import language

LONDON = ZoneInfo("Europe/London")
CALENDAR = Calendar(
    (Term("autumn", date(2025, 9, 3), date(2025, 12, 19)), Term("spring", date(2026, 1, 5), date(2026, 3, 27))),
    {date(2025, 9, 3): DayKind.INSET, date(2026, 1, 5): DayKind.CLOSURE},
)
days = st.dates(date(2025, 8, 1), date(2026, 5, 1))


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        pytest.param(date(2026, 3, 28), datetime(2026, 3, 28, 23, 30, tzinfo=UTC), id="winter"),
        pytest.param(date(2026, 3, 30), datetime(2026, 3, 29, 23, 30, tzinfo=UTC), id="summer"),
    ],
)
def test_the_day_is_the_schools_own(day, utc):
    """Half past eleven at night in UTC is tomorrow once the clocks have gone forward."""
    assert day == Moment(utc, LONDON).day


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1)), LONDON])
def test_a_moment_is_made_of_utc_alone(zone):
    """One way to write an instant, so that instants compare and are stored alike."""
    with pytest.raises(ValueError, match="UTC"):
        Moment(datetime(2026, 3, 28, 12, tzinfo=zone), LONDON)


@pytest.mark.parametrize(
    ("school", "day"),
    [
        pytest.param(True, date(2025, 9, 4), id="a Thursday in term"),
        pytest.param(False, date(2025, 9, 3), id="INSET"),
        pytest.param(False, date(2025, 9, 6), id="Saturday"),
        pytest.param(True, date(2025, 12, 19), id="last day of term"),
        pytest.param(False, date(2025, 12, 22), id="between terms"),
    ],
)
def test_school_days(school, day):
    """Weekdays within a term that are not closed, its first and last included."""
    assert school == CALENDAR.is_school_day(day)


@pytest.mark.parametrize(
    ("following", "day"),
    [
        pytest.param(date(2025, 9, 4), date(2025, 7, 1), id="over the first INSET day"),
        pytest.param(date(2025, 9, 8), date(2025, 9, 5), id="over a weekend"),
        pytest.param(date(2026, 1, 6), date(2025, 12, 19), id="over holidays and a closure"),
        pytest.param(None, date(2026, 3, 27), id="where the calendar ends"),
    ],
)
def test_the_next_school_day(following, day):
    """Never the day itself."""
    assert following == CALENDAR.next_school_day(day)


@given(days, days)
def test_school_days_are_those_between_and_the_next_is_the_first_of_them(first, last):
    """Three ways of asking the calendar agree."""
    between = list(CALENDAR.school_days(first, last))

    assert between == sorted(day for day in between if first <= day <= last)
    assert all(map(CALENDAR.is_school_day, between))
    after = [day for day in CALENDAR.school_days(first, date(2026, 12, 31)) if day > first]
    assert (after[0] if after else None) == CALENDAR.next_school_day(first)


@pytest.mark.parametrize(
    ("begins", "day"),
    [
        pytest.param(date(2025, 9, 1), date(2025, 9, 1), id="its first day"),
        pytest.param(date(2025, 9, 1), date(2026, 8, 31), id="its last day"),
        pytest.param(date(2025, 9, 1), date(2026, 1, 1), id="new year"),
    ],
)
def test_a_school_year_is_counted_from_september(begins, day):
    """The first of September on or before the day."""
    assert begins == CALENDAR.year_begins(day)


@pytest.mark.parametrize(
    ("settings", "english", "polish"),
    [
        pytest.param(SchoolSettings(""), "8.00 to 16.00 on school days", "od 8.00 do 16.00 w dni nauki", id="ours"),
        pytest.param(SchoolSettings("", office_hours="9 to 3"), "9 to 3", "9 to 3", id="the school's"),
        pytest.param(SchoolSettings("", office_hours=""), "", "", id="none"),
    ],
)
def test_our_own_hours_are_translated_and_a_schools_stay_as_written(settings, english, polish):
    assert settings.hours == english
    with speaking(language("pl")):
        assert settings.hours == polish
