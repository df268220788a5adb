"""What comes out of a file: typed rows of six kinds, each knowing its file and line, and what could not be read.

Ids are the MIS's own, as text: leading zeros count, and nothing else may match a person. A text that the file does
not give is "", a figure or date None. Instants are in UTC. `line` is where the row begins in the file, from 1.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from portal_core.domain.people import Responsibility
from portal_core.domain.records import PointKind
from portal_core.domain.school import Half


@dataclass(frozen=True, slots=True)
class PupilRow:
    """One spell of a pupil on roll: a pupil who left and came back has a row for each."""

    pupil_id: str
    upn: str  # as written; a faulty one is warned about, not refused
    forename: str
    surname: str
    born_on: date | None
    year: int | None  # national curriculum year, reception 0
    form: str
    enrolled_from: date | None  # None: the report does not say
    enrolled_until: date | None  # the last day on roll; None: still on roll
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One member of staff."""

    staff_id: str
    code: str  # what lesson marks and points call the person
    title: str
    forename: str
    surname: str
    post: str  # as the school calls it: "Teacher of French"
    email: str
    telephone: str
    manages: tuple[str, ...]  # CONTACT-6: years ("7") and forms ("7A") this person is Learning Manager of
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One adult's tie to one pupil, as the MIS has it: evidence of responsibility, never proof (USER-1)."""

    pupil_id: str
    adult_id: str
    title: str
    forename: str
    surname: str
    relationship: str
    responsibility: Responsibility  # blank or unreadable is UNKNOWN
    court_order: bool | None  # a value nobody can read counts as a flag (REVOKE-2); None: no column tells of it
    email: str
    telephone: str
    address: tuple[str, ...]  # postal lines, the postcode last
    file: str
    line: int


class MarkRow(NamedTuple):
    """One statutory session mark. A tuple, since a school has half a million of them in a year."""

    pupil_id: str
    day: date
    half: Half
    code: str  # known on that day (policy/attendance.py)
    minutes_late: int | None
    taken_at: datetime | None  # when the register was taken
    original_code: str  # before it was amended; "" if it never was
    amended_at: datetime | None
    file: str
    line: int


class LessonMarkRow(NamedTuple):
    """One mark in a lesson; not statutory, in no percentage."""

    pupil_id: str
    day: date
    period: str
    code: str
    minutes_late: int | None
    subject: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class PointRow:
    """An achievement or behaviour point. Comments are left in the MIS: they name other pupils."""

    point_id: str
    pupil_id: str
    kind: PointKind
    amount: int  # how many, never negative
    category: str
    meaning: str  # what the category stands for, in the school's words (CONTACT-4)
    given_at: datetime
    recorded_at: datetime | None
    in_lesson: bool  # from its own column; without one, a subject or period makes it a lesson
    subject: str
    staff_code: str
    place: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was left out, and why."""

    file: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should look at; the row was taken all the same."""

    file: str
    line: int
    why: str
