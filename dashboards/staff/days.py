"""Days as people type them into a field of staff's pages."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal_core.errors import BadInput
from portal_core.importers.values import MonthFirst, Unreadable, day_or_none

LONGEST_DAY = 60
"""Characters: what is typed in place of a day is quoted back whole."""
LIKE = "31/01/2027"
WRITTEN = f"day/month/year, such as {LIKE}"
"""In the label of a field for a day, which is typed: the input that Panel’s DatePicker shows is read-only and has no label."""


def typed_day(typed: str) -> date | None:
    """The day; None if nothing was typed. Raises BadInput, which quotes what was typed."""
    try:
        return day_or_none(typed)
    except MonthFirst:
        raise BadInput(f"“{typed.strip()}” puts the month first. Please write the day like {LIKE}.") from None
    except Unreadable:
        raise BadInput(f"“{typed.strip()}” is not a day. Please write it like {LIKE}.") from None


def gone_by(day: str, clock: str, zone: ZoneInfo) -> datetime:
    """An instant of the school's clock as a browser's fields give it. Raises BadInput, also for an hour that was left out.

    Of an hour that came twice, when clocks went back, the first is meant.
    """
    try:
        local = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
        instant = local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput("Please give a day and a time, such as 2026-03-12 and 10:35.") from None
    if instant.astimezone(zone).replace(tzinfo=None) != local:
        raise BadInput("There was no such time on that day: the clocks went forward. Give another.")
    return instant


def at_start(first: date | None, zone: ZoneInfo) -> datetime | None:
    """The instant at which a day of the school's begins."""
    return first and datetime.combine(first, time(), zone).astimezone(UTC)


def after(last: date | None, zone: ZoneInfo) -> datetime | None:
    """The instant at which a day of the school's is over."""
    return last and datetime.combine(last + timedelta(1), time(), zone).astimezone(UTC)
