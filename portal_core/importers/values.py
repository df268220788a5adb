"""What one cell says. Each function takes the cell's text, and raises Unreadable with words that follow "the row was left out: "."""

import re
import unicodedata
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from portal_core.domain.people import Responsibility
from portal_core.domain.school import Half

LONGEST = 200
"""Characters in a name, category or other short text."""

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls, among them those that reverse a line of writing and so make one name look like another."""

YES = frozenset({"t", "true", "y", "yes", "1"})
NO = frozenset({"f", "false", "n", "no", "0"})
_DAY = re.compile(
    r"(?:(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})-(\d{2})-(\d{2}))(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?", re.ASCII
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,7})?)?", re.ASCII)
_YEAR = re.compile(r"(?:year|yr|y)?\s*0?(\d{1,2})", re.ASCII | re.IGNORECASE)


class Unreadable(ValueError):
    """A cell that cannot be taken; its text says why."""


class MonthFirst(Unreadable):
    """A date that only makes sense with the month first: where one stands, no other of the file can be trusted."""


@lru_cache(4096)
def text(cell: str) -> str:
    """Words as typed, in any script, a formula too; refuses controls and what no name or label can be long enough for."""
    said = unicodedata.normalize("NFC", cell.strip())
    if len(said) > LONGEST:
        raise Unreadable(f"a cell holds {len(said):,} characters; {LONGEST} is the most that is taken")
    if UNPRINTABLE.search(said) or "\n" in said or "\r" in said:
        raise Unreadable("a cell holds a line break or control character")
    return said


def lines(cell: str) -> tuple[str, ...]:
    """An address: its lines, however the file breaks them."""
    return tuple(part for raw in cell.splitlines() if (part := text(raw)))


@lru_cache(65536)
def identifier(cell: str) -> str:
    """An id of the MIS, never blank."""
    said = text(cell)
    if not said:
        raise Unreadable("the id is blank")
    if len(said) > 64:
        raise Unreadable(f"an id of {len(said)} characters; 64 is the most that is taken")
    return said


@lru_cache(4096)
def day(cell: str) -> date:
    """A date as DD/MM/YYYY or YYYY-MM-DD, between 1900 and 2100."""
    found = _DAY.fullmatch(cell.strip())
    if found is None:
        raise Unreadable(f"“{brief(cell)}” is not a date like 31/12/2026 or 2026-12-31")
    d, m, y, iso_y, iso_m, iso_d = found.groups()
    if m and int(m) > 12 >= int(d) > 0 and int(m) <= 31:
        raise MonthFirst(f"“{brief(cell)}” puts the month first")
    try:
        said = date(int(y or iso_y), int(m or iso_m), int(d or iso_d))
    except ValueError:
        raise Unreadable(f"“{brief(cell)}” is no day of any year; dates are day/month/year") from None
    if not 1900 <= said.year <= 2100:
        raise Unreadable(f"the year {said.year} is not one that a school's records hold")
    return said


def day_or_none(cell: str) -> date | None:
    """A date, or None for a blank cell."""
    return day(cell) if cell.strip() else None


@lru_cache(4096)
def clock(cell: str) -> time:
    """A time of day: 9:05, 09:05 or 09:05:30."""
    found = _CLOCK.fullmatch(cell.strip())
    try:
        if found is not None:
            return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        pass
    raise Unreadable(f"“{brief(cell)}” is not a time like 09:05")


@lru_cache(65536)
def instant(cell: str, on: date | None, zone: ZoneInfo) -> datetime | None:
    """An instant in UTC from a date with a time, or a time alone where the row names the day; blank is None.

    The file gives the school's own clock, unless it ends in Z or an offset.
    """
    said = cell.strip()
    if not said:
        return None
    head, _, tail = said.replace("T", " ").partition(" ")
    if not tail and on is not None and ":" in head:
        return datetime.combine(on, clock(head), zone).astimezone(UTC)
    if tail.endswith("Z") or re.search(r"[+-]\d\d:\d\d$", tail):
        try:
            return datetime.fromisoformat(said).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Unreadable(f"“{brief(cell)}” is not a date and time") from None
    return datetime.combine(day(head), clock(tail), zone).astimezone(UTC)


@lru_cache(64)
def half(cell: str) -> Half:
    """AM or PM."""
    try:
        return Half[cell.strip().upper()]
    except KeyError:
        raise Unreadable(f"“{brief(cell)}” is not a session: AM or PM") from None


@lru_cache(256)
def minutes(cell: str) -> int | None:
    """Minutes late, up to a whole school day; blank is None."""
    return whole(cell, 0, 600)


def whole(cell: str, least: int, most: int) -> int | None:
    """A whole number between two bounds, both included; blank is None."""
    said = cell.strip()
    if not said:
        return None
    if not re.fullmatch(r"[+-]?\d{1,9}(?:\.0+)?", said, re.ASCII) or not least <= (n := int(float(said))) <= most:
        raise Unreadable(f"“{brief(cell)}” is not a whole number from {least} to {most}")
    return n


@lru_cache(256)
def year_group(cell: str) -> int | None:
    """A national curriculum year: 7, Y7, Year 7; reception is 0; blank is None."""
    said = cell.strip()
    if not said:
        return None
    if said.casefold() in {"r", "reception", "year r"}:
        return 0
    found = _YEAR.fullmatch(said)
    if found is None or int(found[1]) > 14:
        raise Unreadable(f"“{brief(cell)}” is not a year group")
    return int(found[1])


def yes_or_no(cell: str) -> bool | None:
    """T/F, true/false, Y/N, yes/no, 1/0 in any case; None for anything else, blank included."""
    said = cell.strip().casefold()
    return True if said in YES else False if said in NO else None


def responsibility(cell: str) -> Responsibility:
    """Parental responsibility; what is not plainly yes or no is unknown, and unknown is not yes (USER-1)."""
    said = yes_or_no(cell)
    return Responsibility.UNKNOWN if said is None else Responsibility.YES if said else Responsibility.NO


def brief(cell: str) -> str:
    """The start of a cell, fit to show in a report."""
    shown = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", " ".join(cell.split()))
    return shown if len(shown) <= 30 else shown[:29] + "…"
