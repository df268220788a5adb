"""What a parent's pages show, with the decision that let them: who is asking, then the rule, then that child's data.

What is read holds only what this reader may see at this moment. A refused child, another's child and one that never was
all raise the same NotPermitted. The first page is `child_page`; services/child_views.py has the others.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from portal_core.domain.people import Days, Facts, Principal
from portal_core.domain.records import Earlier, Point, PointKind, SessionMark, StaffContact
from portal_core.domain.school import Calendar, DayKind, Half, Moment, SchoolSettings, Term
from portal_core.errors import NotPermitted
from portal_core.policy.access import Decision, latest_birth_of_age, may_see
from portal_core.policy.attendance import Attendance, attendance
from portal_core.store.child_questions import BETWEEN, OLD
from portal_core.store.compiled import Row
from portal_core.store.facts import Known, known_from
from portal_core.store.road import Found, Road

_DAYS_BACK, _DAYS_AHEAD = 13, 75
A = TypeVar("A", bound="AboutChild")


@dataclass(frozen=True, slots=True)
class Asking:
    """A live login and everything that decides what it may see; asked anew for each request, never kept."""

    principal: Principal
    known: Known
    at: Moment

    def decision(self, facts: Facts) -> Decision:
        """The rule's answer on one pupil."""
        return may_see(facts, self.at)

    @property
    def children(self) -> tuple[int, ...]:
        """The pupils this reader may see now, by id."""
        if self.principal.adult_id is None or not self.principal.complete:
            return ()
        facts = self.known.children_of(self.principal.adult_id)
        return tuple(sorted(f.pupil_id for f in facts if self.decision(f)))


@dataclass(frozen=True, slots=True)
class Child:
    """A pupil as the page names them."""

    id: int
    forename: str
    surname: str
    form: str

    @property
    def name(self) -> str:
        """Forename and surname."""
        return f"{self.forename} {self.surname}"


Session = tuple[date, Half]


@dataclass(slots=True)
class AboutChild:
    """What every page about one child has, all of it allowed and published."""

    at: Moment
    settings: SchoolSettings
    decision: Decision
    child: Child
    children: tuple[Child, ...] = ()  # for the switcher: this one among them
    on_roll: tuple[Days, ...] = ()  # this child's spells
    data_as_of: datetime | None = None
    calendar: Calendar = field(default_factory=lambda: Calendar((), {}))


@dataclass(slots=True)
class Registers(AboutChild):
    """And session marks, with the registers that have come."""

    marks: dict[Session, SessionMark] = field(default_factory=dict)
    received: dict[Session, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class ChildPage(Registers):
    """One child's first page: of the marks those of the last fortnight, of the points the latest; the calendar of now."""

    attendance: Attendance = field(default_factory=Attendance)  # this school year, sessions
    points: list[Point] = field(default_factory=list)  # newest first
    totals: dict[PointKind, tuple[int, int]] = field(default_factory=dict)  # how often, points in all
    manager: StaffContact | None = None


def days_told(
    calendar: Calendar, on_roll: Collection[Days], marked: Collection[date], first: date, last: date, today: date
) -> list[date]:
    """The days between two, up to today, of which a child's register tells: school days while on roll, and days with marks.

    None before the first mark there is: nothing is missing from before the records begin.
    """
    begins, last = max(first, min(marked, default=today)), min(last, today)
    days = {day for day in calendar.school_days(begins, last) if any(day in spell for spell in on_roll)}
    return sorted(days | {day for day in marked if first <= day <= last})


async def ask(road: Road, token_hash: bytes, at: Moment) -> Asking | None:
    """Who holds the cookie that hashes to this, and what decides; None where no login lives."""
    known = known_from(await road.access(token=token_hash, at=at.instant), at.instant)
    principal = next(iter(known.principals.values()), None)
    return Asking(principal, known, at) if principal else None


async def child_page(road: Road, asking: Asking, pupil_id: int) -> ChildPage:
    """The first page of one child for this reader. Raises NotPermitted, alike for every cause (USER-1, REVOKE-1 to 4)."""
    today = asking.at.day
    decision, found = await decided(
        road, asking, pupil_id, "overview", today - timedelta(_DAYS_BACK), today + timedelta(_DAYS_AHEAD)
    )
    page = about(ChildPage, asking, pupil_id, decision, found)
    page.attendance = attendance(_counted(found["year"]))
    fill_registers(page, found)
    page.totals = {PointKind(a): (n, m) for n, m, _, _, _, _, a, *_ in found["totals"]}
    page.points, page.manager = points_of(found), manager_of(found["managers"], today)
    return page


def _counted(rows: Iterable[Row]) -> Iterator[tuple[str, bool, int]]:
    """How often each code stands in the year, those of before the cutover apart."""
    for _, _, _, _, _, _, codes, *_ in rows:
        for code, times in Counter(codes.split(BETWEEN) if codes else ()).items():
            yield code.removesuffix(OLD), code.endswith(OLD), times


async def decided(
    road: Road, asking: Asking, pupil_id: int, what: str, first: date, last: date
) -> tuple[Decision, Found]:
    """The one place where a parent's page comes by a child's data: the decision, and only then the question.

    `what` is one of store.child_questions.QUESTIONS, about these days. Raises NotPermitted, alike for every cause.
    """
    adult, at = asking.principal.adult_id, asking.at
    facts = asking.known.facts.get((adult, pupil_id)) if adult is not None and asking.principal.complete else None
    weighed = facts or next(iter(asking.known.facts.values()), None)  # another's child takes as long as one's own
    decision = asking.decision(weighed) if weighed is not None else Decision(())
    if adult is None or facts is None or not decision:
        raise NotPermitted("This page is not available to you.")
    settings = asking.known.settings
    year_group, form = asking.known.forms.get(pupil_id, (0, ""))
    return decision, await road.child(
        what,
        (adult, at.instant, at.day, latest_birth_of_age(at.day, settings.responsibility_ends_at)),
        child=pupil_id,
        adult=adult,
        at=at.instant,
        marks_at=at.instant - timedelta(minutes=settings.marks_delay_minutes),
        points_at=datetime.combine(settings.points_shown_from(at.day), time(), at.zone).astimezone(UTC),
        year=Calendar((), {}).year_begins(at.day),
        today=at.day,
        first=first,
        last=last,
        year_group=year_group,
        form=form,
    )


def about(kind: type[A], asking: Asking, pupil_id: int, decision: Decision, found: Found) -> A:
    """A page of that kind with what every page has."""
    _, form = asking.known.forms.get(pupil_id, (0, ""))
    page = kind(asking.at, asking.known.settings, decision, Child(pupil_id, "", "", form))
    admitted, names = set(asking.children), {}
    for n, _, _, _, _, _, a, b, c, *_ in sorted(found["names"], key=lambda r: r[2]):  # the last spell's form
        if n in admitted:
            names[n] = Child(n, a, b, c)
    page.children = tuple(sorted(names.values(), key=lambda child: (child.forename, child.id)))
    page.child = names.get(pupil_id, page.child)
    page.on_roll = tuple(Days(begun, ended) for n, _, begun, ended, *_ in found["names"] if n == pupil_id)
    for _, _, _, _, at, *_ in found["newest"]:
        page.data_as_of = at
    terms = frozenset((begins, ends, a) for _, _, begins, ends, _, _, a, *_ in found["terms"])
    page.calendar = _calendar(terms, "".join(row[6] or "" for row in found["closed"]))
    return page


@lru_cache(64)
def _calendar(terms: frozenset[tuple[date, date, str]], closed: str) -> Calendar:
    """What the rows say, which is the same for most pages: nothing is remembered but how they were read."""
    days = closed.split(BETWEEN) if closed else ()
    return Calendar(
        tuple(Term(name, begins, ends) for begins, ends, name in sorted(terms)),
        MappingProxyType({date.fromisoformat(one[:10]): DayKind(one[10:]) for one in days}),
    )


def fill_registers(page: Registers, found: Found) -> None:
    """Marks with their corrections, and which registers have come."""
    earlier: dict[Session, list[Earlier]] = defaultdict(list)
    half, now = tuple(Half), page.at.instant  # by place: asking the enumeration takes as long as all the rest
    for n, m, day, _, at, _, a, *_ in sorted(found["amended"], key=lambda row: row[4]):
        earlier[day, half[n]].append(Earlier(a, m, at))
    page.received = {(day, half[n]): at for n, _, day, _, at, *_ in found["received"]}
    for n, m, day, _, at, _, a, *_ in found["marks"]:
        key = (day, half[n])
        page.marks[key] = SessionMark(day, half[n], a, m, now, tuple(earlier.get(key, ())))
        if at is not None:
            page.received[key] = at


def points_of(found: Found) -> list[Point]:
    """Points with their teachers, newest first."""
    points = []
    for n, m, _, left, at, flag, a, b, c, d, e, f, g in found["points"]:
        teacher = StaffContact(f, g or "", "", left) if f else None
        points.append(Point(n, at, PointKind(a), m, b, c, bool(flag), d or None, teacher, e or None))
    points.sort(key=lambda point: (point.at, point.id), reverse=True)
    return points


def manager_of(rows: Iterable[Row], today: date) -> StaffContact | None:
    """Who is in charge of the child: of those in post whoever has the form before whoever has the year."""
    charges = [(bool(flag), StaffContact(a, b, c, left)) for _, _, _, left, _, flag, a, b, c, *_ in rows]
    present = sorted((not of_form, who.name, who.email, who) for of_form, who in charges if who.in_post(today))
    return present[0][-1] if present else None
