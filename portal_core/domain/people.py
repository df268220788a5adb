"""The people, and all that an access decision may know of one adult and one pupil.

Ids are the portal's own integers. Facts hold no names: nothing a decision needs is worth reading aloud.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from portal_core.domain.clauses import Clause, Duty, Role


class Responsibility(StrEnum):
    """Parental responsibility as recorded (Children Act 1989 ss 2-4A). Unknown is not yes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class AccountState(StrEnum):
    """Where an account stands (PASS-1)."""

    ISSUED = "issued"
    ACTIVE = "active"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Days:
    """A spell of school dates, both ends included; no end is still running."""

    begins: date
    ends: date | None = None

    def __contains__(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time from an instant up to, not including, another; no end is still running."""

    begins: datetime
    ends: datetime | None = None

    def __contains__(self, instant: datetime) -> bool:
        return self.begins <= instant and (self.ends is None or instant < self.ends)


@dataclass(frozen=True, slots=True)
class Connection:
    """One adult's tie to one pupil as the records hold it."""

    responsibility: Responsibility
    verified_at: datetime | None  # by a member of staff, on evidence; an import never sets it
    in_force: Days
    court_flag: bool  # the MIS says there is an order, and nobody has yet looked
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Ground:
    """A restriction of one adult that reaches this pupil or might."""

    clause: Clause
    span: Span
    covers: bool | None  # this pupil is listed as covered, listed as not, or (None) was never decided on


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a decision about one adult and one pupil may rest on, as known at the instant asked about.

    `born_on` None is unknown, and refuses. `policy_since` is when the version of the policy in force was published,
    `accepted_at` when the adult accepted it; None means not accepted. `consented` are spells in which a pupil of age agreed
    to be seen.
    """

    adult_id: int
    pupil_id: int
    account: tuple[tuple[AccountState, datetime], ...] = ()
    policy_since: datetime | None = None
    accepted_at: datetime | None = None
    connections: tuple[Connection, ...] = ()
    enrolment: tuple[Days, ...] = ()
    born_on: date | None = None
    ends_at_age: int = 18
    consented: tuple[Days, ...] = ()
    grounds: tuple[Ground, ...] = ()
    investigations: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, as a live login proves it: one adult or one member of staff, never both.

    `login_id` survives the rotation of the cookie. `shared_device` is what was said at sign-in (USE-2). `idle_until` is
    when the login ends without further use, as this question found it; `expires_at` when it ends in any case.
    """

    login_id: int
    account_id: int
    adult_id: int | None = None
    staff_id: int | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    complete: bool = True  # False between the password and the second factor, activation or acceptance
    shared_device: bool = False
    idle_until: datetime | None = None
    expires_at: datetime | None = None
    language: str | None = None  # as chosen on the account's page

    def __str__(self) -> str:
        """As the audit names an actor: by id."""
        return f"staff:{self.staff_id}" if self.staff_id is not None else f"adult:{self.adult_id}"


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A login that lives no more: whose it was, whether on a shared device, and whether time alone ended it."""

    account_id: int
    shared_device: bool
    by_itself: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """The portal itself at work, or whoever holds the server's command line; can do what it is started for, no more."""

    name: str
    duties: frozenset[Duty]

    def __str__(self) -> str:
        return self.name


Actor = Principal | Machine


@dataclass(frozen=True, slots=True)
class Standing:
    """What one open page rests on: a login, the application it shows, and for a parent the pupil it is about.

    `app` is the application's path, as in policy/duties.py's `duty_for`. A page is closed once its standing is lost.
    `about` is whom a page of staff is about, as its address said: nothing is decided by it. `roles` are those that a page
    of staff was made for: what it shows goes when one of them does.
    """

    login_id: int
    app: str
    pupil_id: int | None = None
    about: str = ""
    roles: frozenset[Role] = frozenset()
