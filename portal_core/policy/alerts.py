"""When a parent may be written to about a child: only once they could ask the school about it (CONTACT-1, CONTACT-2).

On Thursday 12 March a morning is marked N. Its register closes at 9:20; one that came at 9:40 says so still; from 10:30 the
alert may leave. That of Wednesday's afternoon leaves at 10:30 on Thursday as well, the first time contact is open about it.
"""

from datetime import UTC, date, datetime, timedelta

from portal_core.domain.school import Calendar, Half, Moment, SchoolSettings
from portal_core.policy.contact import about_missing_mark, about_unexplained_absence

LOOK_BACK = timedelta(days=14)
"""An afternoon before a longer holiday is not written about after it."""


def absence_may_be_told(
    day: date, half: Half, at: Moment, *, settings: SchoolSettings, calendar: Calendar, received: datetime | None
) -> bool:
    """CONTACT-1, CONTACT-2: whether a session's absence without a reason may be written about at this moment.

    The register has closed and has been received since it closed, contact about the session is open, and was opened today:
    what is older has been on the page for a day and more. `received` is as in `about_missing_mark`.
    """
    begins = settings.morning_begins if half is Half.AM else settings.afternoon_begins
    closes = datetime.combine(day, begins, at.zone).astimezone(UTC) + timedelta(minutes=settings.register_open_minutes)
    if at.instant < closes or received is None or received < closes:
        return False
    missing = about_missing_mark(day, half, at, settings=settings, calendar=calendar, received=received)
    absent = about_unexplained_absence(day, at, settings=settings, calendar=calendar)
    if not missing.contacts or not absent.contacts or missing.opens_at is None:
        return False
    return missing.opens_at.astimezone(at.zone).date() == at.day


def sessions_to_tell(at: Moment, calendar: Calendar) -> list[tuple[date, Half]]:
    """The sessions that may be written about on a day: its morning, and the afternoon of the school day before."""
    if not calendar.is_school_day(at.day):
        return []
    before = list(calendar.school_days(at.day - LOOK_BACK, at.day - timedelta(1)))
    return [(at.day, Half.AM), *((day, Half.PM) for day in before[-1:])]


def digest_week(at: Moment, *, settings: SchoolSettings, calendar: Calendar) -> str | None:
    """The week whose digest is due, such as 2026-W11: from a time on its last school day until Sunday; None otherwise."""
    monday = at.day - timedelta(at.day.weekday())
    days = list(calendar.school_days(monday, monday + timedelta(6)))
    if not days or at.local < datetime.combine(days[-1], settings.digest_from, at.zone):
        return None
    year, week, _ = at.day.isocalendar()
    return f"{year}-W{week:02}"
