"""When contact opens about a mark, and what an N says."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_core.domain.clauses import Clause
from portal_core.domain.records import ContactPoint
from portal_core.domain.school import Calendar, DayKind, Half, Moment, SchoolSettings, Term
from portal_core.policy.contact import (
    about_missing_mark,
    about_unexplained_absence,
    as_of,
    reason_due,
)

LONDON = ZoneInfo("Europe/London")
SCHOOL = SchoolSettings("Hollins Brook School", email="office@hollinsbrook.example", telephone="01632 960 001")
FRIDAY, MONDAY = date(2026, 3, 27), date(2026, 3, 30)  # the clocks go forward in between
CALENDAR = Calendar(
    (Term("spring", date(2026, 1, 5), date(2026, 4, 1)), Term("summer", date(2026, 4, 20), date(2026, 7, 21))),
    {
        date(2026, 2, 16): DayKind.HOLIDAY,
        date(2026, 3, 31): DayKind.INSET,
        date(2026, 5, 4): DayKind.BANK_HOLIDAY,
        date(2026, 6, 10): DayKind.CLOSURE,
    },
)
OFFICE = (ContactPoint("the school office", SCHOOL.email, SCHOOL.telephone),)


def moment(utc: str) -> Moment:
    return Moment(datetime.fromisoformat(utc).astimezone(UTC), LONDON)


def missing(day: date, half: Half, utc: str, received: str | None, last_came: str | None = None):
    return about_missing_mark(
        day,
        half,
        moment(utc),
        settings=SCHOOL,
        calendar=CALENDAR,
        received=received and moment(received).instant,
        last_came=last_came and moment(last_came).instant,
    )


@pytest.mark.clause(Clause.CONTACT_1)
@pytest.mark.parametrize(
    ("offered", "day", "half", "utc"),
    [
        pytest.param(False, FRIDAY, Half.AM, "2026-03-27T10:29:59Z", id="a second early"),
        pytest.param(True, FRIDAY, Half.AM, "2026-03-27T10:30Z", id="half past ten"),
        pytest.param(True, FRIDAY, Half.AM, "2026-03-28T08:00Z", id="on Saturday, of Friday morning"),
        pytest.param(False, MONDAY, Half.AM, "2026-03-30T09:29:59Z", id="a second early, in summer time"),
        pytest.param(True, MONDAY, Half.AM, "2026-03-30T09:30Z", id="half past ten, in summer time"),
        pytest.param(False, FRIDAY, Half.PM, "2026-03-27T17:00Z", id="of the afternoon, not that evening"),
        pytest.param(False, FRIDAY, Half.PM, "2026-03-29T12:00Z", id="of the afternoon, not on Sunday"),
        pytest.param(False, FRIDAY, Half.PM, "2026-03-30T09:29:59Z", id="of the afternoon, a second early on Monday"),
        pytest.param(True, FRIDAY, Half.PM, "2026-03-30T09:30Z", id="of the afternoon, on Monday"),
        pytest.param(False, MONDAY, Half.PM, "2026-03-31T12:00Z", id="of the afternoon, not on an INSET day"),
        pytest.param(True, MONDAY, Half.PM, "2026-04-01T09:30Z", id="of the afternoon, after the INSET day"),
        pytest.param(
            False, date(2026, 4, 1), Half.PM, "2026-04-10T12:00Z", id="of the last afternoon, not in holidays"
        ),
        pytest.param(True, date(2026, 4, 1), Half.PM, "2026-04-20T09:30Z", id="of the last afternoon, next term"),
        pytest.param(
            False, date(2026, 5, 1), Half.PM, "2026-05-04T12:00Z", id="of the afternoon, not on a bank holiday"
        ),
        pytest.param(
            True, date(2026, 5, 1), Half.PM, "2026-05-05T09:30Z", id="of the afternoon, after the bank holiday"
        ),
        pytest.param(True, date(2026, 6, 9), Half.PM, "2026-06-11T09:30Z", id="of the afternoon, after a closure"),
        pytest.param(False, date(2026, 7, 21), Half.PM, "2026-09-01T12:00Z", id="of the calendar's last afternoon"),
        pytest.param(True, date(2026, 7, 21), Half.AM, "2026-07-21T09:30Z", id="of the last morning of the year"),
        pytest.param(False, date(2026, 1, 5), Half.AM, "2026-01-05T10:29:59Z", id="a second early, on the first day"),
        pytest.param(True, date(2026, 1, 5), Half.AM, "2026-01-05T10:30Z", id="of the first morning of term"),
        pytest.param(False, date(2026, 1, 5), Half.PM, "2026-01-05T15:00Z", id="of its afternoon, not that day"),
        pytest.param(True, date(2026, 1, 5), Half.PM, "2026-01-06T10:30Z", id="of its afternoon, the day after"),
        pytest.param(False, date(2026, 2, 13), Half.PM, "2026-02-16T12:00Z", id="of a Friday before a single holiday"),
        pytest.param(True, date(2026, 2, 13), Half.PM, "2026-02-17T10:30Z", id="of it, after the holiday"),
        pytest.param(False, date(2026, 3, 28), Half.AM, "2026-03-28T12:00Z", id="never of a Saturday"),
        pytest.param(False, date(2026, 3, 31), Half.AM, "2026-04-01T12:00Z", id="never of an INSET day"),
        pytest.param(False, date(2026, 6, 10), Half.PM, "2026-06-12T12:00Z", id="never of a closure"),
    ],
)
def test_a_missing_mark_offers_contact_from_half_past_ten(offered, day, half, utc):
    """By the school's clock, on the day or the next school day; the registers having come."""
    advice = missing(day, half, utc, received=f"{day}T14:00Z")

    assert (OFFICE if offered else ()) == advice.contacts
    assert advice.clause is Clause.CONTACT_1


@pytest.mark.clause(Clause.CONTACT_1)
@pytest.mark.parametrize(
    ("words", "day", "half", "utc"),
    [
        pytest.param(
            "Not registered yet; please look again after 10:30.",
            FRIDAY,
            Half.AM,
            "2026-03-27T09:00Z",
            id="that morning",
        ),
        pytest.param(
            "The afternoon begins at 13:30.",
            FRIDAY,
            Half.PM,
            "2026-03-27T13:29Z",
            id="before the afternoon",
        ),
        pytest.param(
            "Not registered yet; please look again after 10:30 on Monday 30 March 2026.",
            FRIDAY,
            Half.PM,
            "2026-03-27T13:30Z",
            id="that afternoon",
        ),
        pytest.param(
            "Not registered yet; please look again after 10:30.", FRIDAY, Half.PM, "2026-03-30T08:00Z", id="on Monday"
        ),
        pytest.param("No school on this day.", date(2026, 3, 28), Half.AM, "2026-03-28T12:00Z", id="Saturday"),
        pytest.param("No school on this day.", date(2026, 4, 8), Half.AM, "2026-04-08T12:00Z", id="between terms"),
        pytest.param("No school on this day (INSET day).", date(2026, 3, 31), Half.AM, "2026-03-31T12:00Z", id="INSET"),
        pytest.param("No school on this day (closure).", date(2026, 6, 10), Half.PM, "2026-06-11T12:00Z", id="closure"),
    ],
)
def test_before_contact_opens_the_page_says_when_to_look_again(words, day, half, utc):
    """The time alone where it is today's, else with its day."""
    advice = missing(day, half, utc, received=f"{day}T14:00Z")

    assert (words, ()) == (advice.words, advice.contacts)


@pytest.mark.clause(Clause.CONTACT_1)
@pytest.mark.parametrize(
    ("offered", "said", "half", "received", "last_came"),
    [
        pytest.param(
            False, "Registers last came 18:00 on Thursday 26 March", Half.AM, None, "2026-03-26T18:00Z", id="night"
        ),
        pytest.param(False, "No registers have come yet", Half.AM, None, None, id="never"),
        pytest.param(
            False, "last came 08:49 today", Half.AM, "2026-03-27T08:49Z", "2026-03-27T08:49Z", id="before the session"
        ),
        pytest.param(True, "without a mark", Half.AM, "2026-03-27T08:50Z", "2026-03-27T08:50Z", id="as it began"),
    ],
)
def test_no_contact_while_the_registers_have_not_come(offered, said, half, received, last_came):
    """A school that imports at night is not rung by every parent at half past ten."""
    advice = missing(FRIDAY, half, "2026-03-27T11:00Z", received, last_came)

    assert offered == bool(advice.contacts)
    assert said in advice.words


@pytest.mark.clause(Clause.CONTACT_1)
@pytest.mark.parametrize(
    ("offered", "day", "half", "utc"),
    [
        pytest.param(False, 23, Half.AM, "2026-10-23T09:29:59Z", id="a second early, in summer time"),
        pytest.param(True, 23, Half.AM, "2026-10-23T09:30Z", id="half past ten, in summer time"),
        pytest.param(False, 23, Half.PM, "2026-10-26T10:29:59Z", id="of Friday afternoon, a second early on Monday"),
        pytest.param(True, 23, Half.PM, "2026-10-26T10:30Z", id="of Friday afternoon, on Monday"),
        pytest.param(False, 26, Half.AM, "2026-10-26T09:30Z", id="half past nine, which was half past ten on Friday"),
    ],
)
def test_half_past_ten_is_by_the_clock_when_it_goes_back(offered, day, half, utc):
    """On the last weekend of October."""
    autumn = Calendar((Term("autumn", date(2026, 9, 2), date(2026, 12, 18)),), {})
    session = date(2026, 10, day)
    advice = about_missing_mark(
        session, half, moment(utc), settings=SCHOOL, calendar=autumn, received=moment(f"{session}T15:00Z").instant
    )

    assert (OFFICE if offered else ()) == advice.contacts


@pytest.mark.clause(Clause.CONTACT_1)
def test_the_registers_of_one_session_say_nothing_of_another():
    """The morning's came, the afternoon's did not: nobody is asked about the afternoon, not even days later."""
    morning = missing(FRIDAY, Half.AM, "2026-03-30T10:00Z", "2026-03-27T09:40Z", "2026-03-27T09:40Z")
    afternoon = missing(FRIDAY, Half.PM, "2026-04-01T10:00Z", None, "2026-03-27T09:40Z")

    assert (morning.contacts, afternoon.contacts) == (OFFICE, ())
    assert "Registers last came 09:40 on Friday 27 March 2026." in afternoon.words


@pytest.mark.clause(Clause.CONTACT_1)
def test_an_afternoon_needs_registers_from_after_it_began():
    """What came at noon cannot cover the afternoon, however late one asks."""
    noon, later = (missing(FRIDAY, Half.PM, "2026-03-30T10:00Z", f"2026-03-27T{hour}Z") for hour in ("12:00", "13:30"))

    assert (noon.contacts, later.contacts) == ((), OFFICE)


@pytest.mark.clause(Clause.CONTACT_1)
def test_a_school_may_open_contact_at_another_time():
    """The time is a setting."""
    settings = replace(SCHOOL, contact_from=time(11, 15))
    advice = about_missing_mark(
        FRIDAY, Half.AM, moment("2026-03-27T11:00Z"), settings=settings, calendar=CALENDAR, received=None
    )

    assert advice.words.endswith("after 11:15.")
    assert moment("2026-03-27T11:15Z").instant == advice.opens_at


instants = st.integers(0, 340_000).map(lambda n: datetime(2025, 12, 20, tzinfo=UTC) + timedelta(minutes=n))


@pytest.mark.clause(Clause.CONTACT_1)
@given(
    day=st.dates(date(2026, 1, 1), date(2026, 7, 31)),
    half=st.sampled_from(Half),
    asked=st.one_of(instants, st.integers(-90, 90).map(lambda n: timedelta(minutes=n))),
    received=st.none() | instants,
    zone=st.sampled_from(["Europe/London", "Pacific/Auckland", "America/St_Johns", "UTC"]).map(ZoneInfo),
)
def test_contact_never_opens_early_and_there_are_always_words(day, half, asked, received, zone):
    """Whenever one asks: words; and a contact only on data since the session began, from half past ten on a school day."""
    opening = datetime.combine(day, time(10, 30), zone).astimezone(UTC)
    at = Moment(asked if isinstance(asked, datetime) else opening + asked, zone)
    advice = about_missing_mark(
        day, half, at, settings=SCHOOL, calendar=CALENDAR, received=received, last_came=received
    )

    assert advice.words
    if advice.contacts:
        local = advice.opens_at.astimezone(zone)
        assert advice.opens_at <= at.instant
        assert (local.hour, local.minute) == (10, 30)
        assert CALENDAR.is_school_day(day)
        assert CALENDAR.is_school_day(local.date())
        assert local.date() == day if half is Half.AM else local.date() > day
        assert received.astimezone(zone) >= datetime.combine(
            day, time(8, 50) if half is Half.AM else time(13, 30), zone
        )


@pytest.mark.clause(Clause.CONTACT_2)
@pytest.mark.parametrize(
    ("due", "day"),
    [
        pytest.param(date(2026, 3, 16), date(2026, 3, 9), id="a week"),
        pytest.param(date(2026, 4, 22), FRIDAY, id="over an INSET day and the holidays"),
        pytest.param(None, date(2026, 7, 16), id="the calendar ends before"),
    ],
)
def test_a_reason_is_due_within_five_school_days(due, day):
    """School days are counted, not working days."""
    assert due == reason_due(day, CALENDAR)


@pytest.mark.clause(Clause.CONTACT_2)
@pytest.mark.parametrize(
    ("said", "offered", "day", "utc"),
    [
        pytest.param(
            "will record the reason by Wednesday 22 April 2026", False, FRIDAY, "2026-03-27T09:30Z", id="early"
        ),
        pytest.param("If you know the reason, please tell", True, FRIDAY, "2026-03-27T10:30Z", id="half past ten"),
        pytest.param("will record the reason by", True, FRIDAY, "2026-04-22T22:00Z", id="the last day"),
        pytest.param("was to be recorded by Wednesday 22 April", True, FRIDAY, "2026-04-22T23:00Z", id="the day after"),
        pytest.param("five school days", True, date(2026, 7, 20), "2026-07-20T12:00Z", id="no day known"),
    ],
)
def test_an_unexplained_absence_says_what_happens_next(said, offered, day, utc):
    """Never an accusation: a reason not yet established, who settles it and until when."""
    advice = about_unexplained_absence(day, moment(utc), settings=SCHOOL, calendar=CALENDAR)

    assert advice.words.startswith("Reason not yet established. ")
    assert said in advice.words
    assert (OFFICE if offered else ()) == advice.contacts
    assert advice.clause is Clause.CONTACT_2


@pytest.mark.clause(Clause.CONTACT_2)
@pytest.mark.parametrize(
    ("said", "came"),
    [
        pytest.param("As of 09:05 today", "2026-03-30T08:05Z", id="today"),
        pytest.param("As of 18:30 on Friday 27 March 2026", "2026-03-27T18:30Z", id="before the clocks changed"),
        pytest.param("No data has come yet", None, id="never"),
    ],
)
def test_every_view_says_as_of_when(said, came):
    """By the clock of the day it came."""
    assert said == as_of(came and moment(came).instant, moment("2026-03-30T11:00Z"))
