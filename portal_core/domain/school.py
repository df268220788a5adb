"""A school's time: the moment a question is asked, its calendar, its dated settings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from portal_core.domain.language import N_, _


@dataclass(frozen=True, slots=True)
class Moment:
    """When a question is asked: the instant in UTC, and the school's own clock and date then. Worked out once, at the edge."""

    instant: datetime
    zone: ZoneInfo
    local: datetime = field(init=False, repr=False, compare=False)
    day: date = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.instant.tzinfo is not UTC:
            raise ValueError("a Moment's instant is in UTC")
        object.__setattr__(self, "local", self.instant.astimezone(self.zone))
        object.__setattr__(self, "day", self.local.date())


class Half(IntEnum):
    """A session is half a school day (SI 2024/208 reg 10)."""

    AM = 0
    PM = 1


def newest_first(session: tuple[date, Half]) -> tuple[int, Half]:
    """Sorts sessions as every list of them runs: the newest day first, and within a day morning before afternoon."""
    day, half = session
    return -day.toordinal(), half


class DayKind(StrEnum):
    """Why a weekday is not a school day."""

    HOLIDAY = "holiday"
    BANK_HOLIDAY = "bank holiday"
    INSET = "INSET day"
    CLOSURE = "closure"


@dataclass(frozen=True, slots=True)
class Term:
    """A term or half-term with pupils in school, first and last day included."""

    name: str
    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are school days: weekdays within a term that are not closed."""

    terms: tuple[Term, ...]
    closed: Mapping[date, DayKind]

    def is_school_day(self, day: date) -> bool:
        """Whether registers are taken on that day."""
        return day.weekday() < 5 and day not in self.closed and any(t.begins <= day <= t.ends for t in self.terms)

    def next_school_day(self, after: date) -> date | None:
        """The first school day after a date; None where the calendar ends."""
        last = max((t.ends for t in self.terms), default=after)
        day = after + timedelta(1)
        while day <= last:
            if self.is_school_day(day):
                return day
            day += timedelta(1)
        return None

    def school_days(self, first: date, last: date) -> Collection[date]:
        """The school days between two dates, both included, in order."""
        return [day for n in range((last - first).days + 1) if self.is_school_day(day := first + timedelta(n))]

    def school_days_since(self, day: date, today: date) -> int:
        """How many school days have begun since a day: the age of what was known on it."""
        return len(self.school_days(day + timedelta(1), today))

    def year_begins(self, day: date) -> date:
        """The first of September on or before a date: where a school year is counted from."""
        return date(day.year - (day.month < 9), 9, 1)


OFFICE_HOURS = N_("8.00 to 16.00 on school days")


@dataclass(frozen=True, slots=True)
class SchoolSettings:
    """A school's own figures and words in force at an instant; each default is the policy's (policy-clauses, Defaults)."""

    name: str
    zone: str = "Europe/London"
    email: str = ""
    telephone: str = ""
    address: str = ""
    office_hours: str = OFFICE_HOURS
    privacy_contact: str = ""
    manager_title: str = "Learning Manager"  # CONTACT-6
    contact_from: time = time(10, 30)  # CONTACT-1
    morning_begins: time = time(8, 50)
    afternoon_begins: time = time(13, 30)
    register_open_minutes: int = 30  # SI 2024/208: not longer than 30
    marks_delay_minutes: int = 0  # CONTACT-2
    points_delay_minutes: int = 60  # CONTACT-2
    show_staff_names: bool = False  # CONTACT-5
    points_from: date | None = None  # none is the start of the school year
    points_email: str = ""  # through which teachers and Learning Managers are asked; none is the school's own
    points_telephone: str = ""
    absence_contact: str = ""  # whom to tell of an absence, such as "the attendance officer"; none is the office
    absence_email: str = ""
    absence_telephone: str = ""
    stale_after_school_days: int = 3
    persistent_absence_percent: int = 10
    mail_names_children: bool = False  # else a message says no more than that there is something to look at
    language: str = "en"  # for whoever has chosen none and whose browser asks for none there is: en or pl
    digest_from: time = time(16, 0)  # on the last school day of a week
    small_number: int = 5
    review_after_school_days: int = 10  # REVOKE-1
    idle_minutes_private: int = 20  # USE-2
    idle_minutes_shared: int = 5
    longest_login_hours: int = 12
    sharing_minutes: int = 10  # SEC-2: two logins active within so long, from different places and browsers
    code_days_letter: int = 28  # PASS-1
    code_days_email: int = 7
    throttle_after_failures: int = 10
    responsibility_ends_at: int = 18  # USER-1
    retain_addresses_days: int = 90
    retain_leavers_years: int = 7  # after leaving; SI 2024/208 asks for six at least
    retain_requests_days: int = 365  # of requests for access and for information, once they ended
    educational_record_days: int = 15  # REVOKE-5: school days, for maintained schools
    audit_rows_a_day: int = 10_000  # SEC-4: what one person may take away of the audit
    audit_rows_alarm: int = 500  # from so many rows a day on, everybody else who reads it is told

    @property
    def hours(self) -> str:
        """The office's hours as they are said: our own default in the language that is spoken, a school's text as written."""
        return _(OFFICE_HOURS) if self.office_hours == OFFICE_HOURS else self.office_hours

    def points_shown_from(self, today: date) -> date:
        """The first day whose points a parent sees: the one set, or else the first of the school year."""
        return self.points_from or Calendar((), {}).year_begins(today)


def utc_now() -> datetime:
    """The clock, for the edge alone: policy takes a Moment and never asks."""
    return datetime.now(UTC)
