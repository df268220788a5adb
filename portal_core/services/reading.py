"""What a parent's page shows, with the decision that let it: who is asking, then the rule, then that child's data.

`ChildPage` holds only what this reader may see at this moment. A refused child, another's child and one that never was
all raise the same NotPermitted.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from portal_core.domain.people import Facts, Principal
from portal_core.domain.records import Point, PointKind, SessionMark, StaffContact
from portal_core.domain.school import Calendar, DayKind, Half, Moment, SchoolSettings, Term
from portal_core.errors import NotPermitted
from portal_core.policy.access import Decision, latest_birth_of_age, may_see
from portal_core.policy.attendance import Attendance, attendance
from portal_core.store.facts import Known, known_from
from portal_core.store.road import Road, Row

_DAYS_BACK, _DAYS_AHEAD = 13, 75


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


@dataclass(slots=True)
class ChildPage:
    """One child's page: the facts a template or the interactive part may show, all of them allowed and published."""

    at: Moment
    settings: SchoolSettings
    decision: Decision
    child: Child
    children: tuple[Child, ...] = ()  # for the switcher: this one among them
    attendance: Attendance = field(default_factory=Attendance)  # this school year, sessions
    marks: dict[tuple[date, Half], SessionMark] = field(default_factory=dict)  # the last fortnight
    received: dict[tuple[date, Half], datetime] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)  # newest first
    totals: dict[PointKind, tuple[int, int]] = field(default_factory=dict)  # how often, points in all
    manager: StaffContact | None = None
    data_as_of: datetime | None = None
    calendar: Calendar = field(default_factory=lambda: Calendar((), {}))  # around today


async def ask(road: Road, token_hash: bytes, at: Moment) -> Asking | None:
    """Who holds the cookie that hashes to this, and what decides; None where no login lives."""
    known = known_from(await road.access(token=token_hash, at=at.instant), at.instant)
    principal = next(iter(known.principals.values()), None)
    return Asking(principal, known, at) if principal else None


async def child_page(road: Road, asking: Asking, pupil_id: int) -> ChildPage:
    """The page of one child for this reader. Raises NotPermitted, alike for every cause (USER-1, REVOKE-1 to 4)."""
    adult, at = asking.principal.adult_id, asking.at
    facts = asking.known.facts.get((adult, pupil_id)) if adult is not None and asking.principal.complete else None
    decision = asking.decision(facts) if facts is not None else Decision(())
    if adult is None or not decision:
        raise NotPermitted("This page is not available to you.")
    settings = asking.known.settings
    year = Calendar((), {}).year_begins(at.day)
    year_group, form = asking.known.forms.get(pupil_id, (0, ""))
    rows = await road.child(
        (adult, at.instant, at.day, latest_birth_of_age(at.day, settings.responsibility_ends_at)),
        child=pupil_id,
        adult=adult,
        at=at.instant,
        marks_at=at.instant - timedelta(minutes=settings.marks_delay_minutes),
        year=year,
        year_at=datetime.combine(year, time(), at.zone).astimezone(UTC),
        today=at.day,
        week=at.day - timedelta(_DAYS_BACK),
        soon=at.day + timedelta(_DAYS_AHEAD),
        year_group=year_group,
        form=form,
    )
    page = ChildPage(at, settings, decision, Child(pupil_id, "", "", form))
    arms: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        arms[row[0]].append(row)
    _fill(page, arms, set(asking.children))
    return page


def _fill(page: ChildPage, rows: Mapping[int, list[Row]], admitted: set[int]) -> None:
    """Reads the arms of questions.child_page, by their place there."""
    page.attendance = attendance((a, bool(flag), n) for _, n, _, _, _, _, flag, a, *_ in rows.get(0, ()))
    amended = {
        (day, Half(n)): a
        for _, n, _, day, _, at, _, a, *_ in sorted(
            rows.get(2, ()), key=lambda r: r[5], reverse=True
        )  # the first entry last
    }
    for _, n, m, day, _, _, _, a, *_ in rows.get(1, ()):
        key = (day, Half(n))
        page.marks[key] = SessionMark(day, Half(n), a, m, page.at.instant, amended.get(key))
    page.received = {(day, Half(n)): at for _, n, _, day, _, at, *_ in rows.get(3, ())}
    page.totals = {PointKind(a): (n, m) for _, n, m, _, _, _, _, a, *_ in rows.get(4, ())}
    for _, n, m, _, _, at, flag, a, b, c, d, e, f, g in rows.get(5, ()):
        teacher = StaffContact(f, g or "") if f else None
        page.points.append(Point(n, at, PointKind(a), m, b, c, bool(flag), d or None, teacher, e or None))
    page.points.sort(key=lambda point: (point.at, point.id), reverse=True)
    names = {}
    for _, n, _, _, _, _, _, a, b, c, *_ in sorted(rows.get(6, ()), key=lambda r: r[3]):
        if n in admitted:
            names[n] = Child(n, a, b, c)
    page.children = tuple(sorted(names.values(), key=lambda child: (child.forename, child.id)))
    page.child = names.get(page.child.id, page.child)
    for *_, a, b, c, _, _, _, _ in sorted(
        rows.get(7, ()), key=lambda r: r[10] is not None
    ):  # a form's own goes before a year's
        page.manager = StaffContact(a, b, c)
    for _, _, _, _, _, at, *_ in rows.get(8, ()):
        page.data_as_of = at
    page.calendar = Calendar(
        tuple(
            sorted(
                (Term(a, day, until) for _, _, _, day, until, _, _, a, *_ in rows.get(9, ())), key=lambda t: t.begins
            )
        ),
        {day: DayKind(a) for _, _, _, day, _, _, _, a, *_ in rows.get(10, ())},
    )
