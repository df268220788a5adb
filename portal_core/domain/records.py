"""What a school records of a pupil's days: marks, points, and the staff to ask about them.

A session mark is the statutory one (SI 2024/208) and alone enters a percentage; it is known by pupil, day and half.
A lesson mark is the school's own and stays apart from it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal_core.domain.school import Half


class AttendanceClass(StrEnum):
    """What a register code counts as in attendance figures."""

    ATTENDING = "attending"
    APPROVED_ACTIVITY = "approved educational activity"  # counts as attending
    AUTHORISED = "authorised absence"
    UNAUTHORISED = "unauthorised absence"
    NOT_POSSIBLE = "not a possible attendance"
    ADMINISTRATIVE = "administrative"
    NO_MARK = "no mark"  # a school's own sign, a withdrawn or an unknown code: in no figure


class PointKind(StrEnum):
    """Points are given for achievement and for behaviour; their amounts are never set off against each other."""

    ACHIEVEMENT = "achievement"
    BEHAVIOUR = "behaviour"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a register said before it was corrected, and until when, in UTC."""

    code: str
    minutes_late: int | None
    until: datetime


@dataclass(frozen=True, slots=True)
class SessionMark:
    """The register's entry for one pupil in one session, as it stands now.

    `public_from` is the instant, in UTC, from which a parent may see it (CONTACT-2). `earlier` is what it said before,
    the first entry first.
    """

    day: date
    half: Half
    code: str
    minutes_late: int | None
    public_from: datetime
    earlier: tuple[Earlier, ...] = ()


@dataclass(frozen=True, slots=True)
class LessonMark:
    """A teacher's mark for one lesson; not statutory, in no percentage."""

    day: date
    period: str
    subject: str
    code: str
    minutes_late: int | None = None


@dataclass(frozen=True, slots=True)
class StaffContact:
    """A member of staff a parent may be sent to; `name` as pupils say it, `left_on` the last day in post."""

    name: str
    email: str = ""
    telephone: str = ""
    left_on: date | None = None

    def in_post(self, day: date) -> bool:
        """Whether they still work at the school on that day."""
        return self.left_on is None or day <= self.left_on


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """Whom to ask and how, ready to be shown: `who` may be a person, a role or an office."""

    who: str
    email: str
    telephone: str


@dataclass(frozen=True, slots=True)
class Point:
    """Points given once, for one thing. `amount` is not negative; `meaning` says what the category covers (CONTACT-4).

    `at` is in UTC. `teacher` is who gave it, None where the records do not say. No free text: what was written about it
    may speak of other children.
    """

    id: int
    at: datetime
    kind: PointKind
    amount: int
    category: str
    meaning: str
    in_lesson: bool
    subject: str | None = None
    teacher: StaffContact | None = None
    place: str | None = None
