"""When an absence may be written about, and when the week's digest is due: by the school's clock, never before contact is open."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from portal_core.domain.clauses import Clause
from portal_core.domain.school import Calendar, DayKind, Half, Moment, SchoolSettings, Term
from portal_core.policy.alerts import absence_may_be_told, digest_week, sessions_to_tell

SCHOOL = SchoolSettings("Millbrook High School")
CALENDAR = Calendar(
    (Term("Spring", date(2026, 1, 5), date(2026, 3, 31)), Term("Summer", date(2026, 4, 14), date(2026, 7, 21))),
    {date(2026, 3, 20): DayKind.INSET, date(2026, 5, 4): DayKind.BANK_HOLIDAY},
)


def moment(text: str) -> Moment:
    return Moment(datetime.fromisoformat(text).astimezone(UTC), ZoneInfo("Europe/London"))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.clause(Clause.CONTACT_1, Clause.CONTACT_2)
@pytest.mark.parametrize(
    ("session", "at", "received", "told"),
    [
        pytest.param("2026-03-12 AM", "2026-03-12T10:29:59Z", "2026-03-12T09:40Z", False, id="a second early"),
        pytest.param("2026-03-12 AM", "2026-03-12T10:30Z", "2026-03-12T09:40Z", True, id="half past ten"),
        pytest.param("2026-03-12 AM", "2026-03-12T23:00Z", "2026-03-12T09:40Z", True, id="later the same day"),
        pytest.param("2026-03-12 AM", "2026-03-13T10:30Z", "2026-03-12T09:40Z", False, id="a day late"),
        pytest.param("2026-03-12 AM", "2026-03-12T10:30Z", None, False, id="no register came"),
        pytest.param("2026-03-12 AM", "2026-03-12T10:30Z", "2026-03-11T19:00Z", False, id="that of the night before"),
        pytest.param(
            "2026-03-12 AM", "2026-03-12T10:30Z", "2026-03-12T09:19Z", False, id="while the register was open"
        ),
        pytest.param("2026-03-12 AM", "2026-03-12T10:30Z", "2026-03-12T09:20Z", True, id="as it closed"),
        pytest.param(
            "2026-03-12 PM", "2026-03-12T15:00Z", "2026-03-12T14:10Z", False, id="afternoon: not the same day"
        ),
        pytest.param("2026-03-12 PM", "2026-03-13T10:29Z", "2026-03-12T14:10Z", False, id="afternoon: a minute early"),
        pytest.param(
            "2026-03-12 PM", "2026-03-13T10:30Z", "2026-03-12T14:10Z", True, id="afternoon: the next school day"
        ),
        pytest.param(
            "2026-03-19 PM", "2026-03-23T10:30Z", "2026-03-19T14:10Z", True, id="over an INSET day and a weekend"
        ),
        pytest.param("2026-03-19 PM", "2026-03-20T10:30Z", "2026-03-19T14:10Z", False, id="not on the INSET day"),
        pytest.param(
            "2026-03-30 AM", "2026-03-30T09:29Z", "2026-03-30T08:40Z", False, id="clocks forward: a minute early"
        ),
        pytest.param(
            "2026-03-30 AM", "2026-03-30T09:30Z", "2026-03-30T08:40Z", True, id="clocks forward: half past ten"
        ),
        pytest.param("2026-03-14 AM", "2026-03-14T10:30Z", "2026-03-14T09:40Z", False, id="a Saturday"),
        pytest.param("2026-03-20 AM", "2026-03-20T10:30Z", "2026-03-20T09:40Z", False, id="an INSET day"),
    ],
)
def test_an_absence_is_told_once_contact_about_it_is_open(session, at, received, told):
    """After the register has closed and was received, from 10:30; an afternoon on the next school day."""
    day, half = session.split()
    answer = absence_may_be_told(
        date.fromisoformat(day), Half[half], moment(at), settings=SCHOOL, calendar=CALENDAR,
        received=received and instant(received),
    )  # fmt: skip
    assert answer is told


@pytest.mark.parametrize(
    ("at", "sessions"),
    [
        pytest.param("2026-03-12T10:30Z", ["2026-03-12 AM", "2026-03-11 PM"], id="an ordinary day"),
        pytest.param("2026-03-23T10:30Z", ["2026-03-23 AM", "2026-03-19 PM"], id="after a long weekend"),
        pytest.param("2026-04-14T10:30Z", ["2026-04-14 AM", "2026-03-31 PM"], id="after a holiday of two weeks"),
        pytest.param("2026-01-05T10:30Z", ["2026-01-05 AM"], id="the first day of all"),
        pytest.param("2026-03-14T10:30Z", [], id="no school today"),
    ],
)
def test_this_morning_and_the_last_afternoon_are_looked_at(at, sessions):
    found = sessions_to_tell(moment(at), CALENDAR)
    assert [f"{day} {half.name}" for day, half in found] == sessions


@pytest.mark.parametrize(
    ("at", "week"),
    [
        pytest.param("2026-03-13T15:59Z", None, id="a minute early"),
        pytest.param("2026-03-13T16:00Z", "2026-W11", id="Friday at four"),
        pytest.param("2026-03-15T23:59Z", "2026-W11", id="until Sunday night"),
        pytest.param("2026-03-16T00:00Z", None, id="not on Monday"),
        pytest.param("2026-03-19T16:00Z", "2026-W12", id="a Thursday, for Friday is an INSET day"),
        pytest.param("2026-03-29T15:00Z", "2026-W13", id="the Sunday on which the clocks change"),
        pytest.param("2026-04-10T16:00Z", None, id="a week of holiday"),
        pytest.param("2026-05-08T14:59Z", None, id="summer time: a minute early"),
        pytest.param("2026-05-08T15:00Z", "2026-W19", id="summer time: four by the school's clock"),
    ],
)
def test_the_digest_is_due_when_the_school_week_is_over(at, week):
    assert digest_week(moment(at), settings=SCHOOL, calendar=CALENDAR) == week
