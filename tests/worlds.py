"""Random worlds: records of every kind in every state, gathered on a few instants and days so that boundaries meet."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from portal_core.domain.clauses import GROUNDS
from portal_core.domain.people import AccountState, Responsibility
from portal_core.domain.records import PointKind
from portal_core.domain.school import Moment
from portal_core.store import accounts, casework, people, registers, school
from portal_core.store.base import Base
from tests.world import AGO, NEVER, SECOND_STAFF, STAFF, TABLES, ZONE, Rows, World, principal, token_hash

TICKS = (
    datetime(2026, 2, 27, 12, tzinfo=UTC),
    datetime(2026, 2, 28, 23, 30, tzinfo=UTC),
    datetime(2026, 3, 1, tzinfo=UTC),  # midnight, by the school's clock as well
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # the clocks go forward
    datetime(2026, 3, 29, 23, tzinfo=UTC),  # midnight by the school's clock alone
    datetime(2026, 3, 30, 9, 30, 0, 1, tzinfo=UTC),
)
LONG_AGO = date(2024, 9, 2)
DAYS = (date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 29), date(2026, 3, 30))
BIRTHS = (
    date(2008, 2, 28),
    date(2008, 2, 29),  # 18 on 1 March 2026
    date(2008, 3, 1),
    date(2008, 3, 30),
    date(2010, 2, 28),  # 18 the day before 29 February 2028
    date(2010, 3, 1),
    date(2004, 5, 5),
)
TICK = timedelta(microseconds=1)


def _mostly(usual: Any, *others: Any, times: int = 6) -> st.SearchStrategy[Any]:
    return st.sampled_from((usual,) * times + others)


_TICK = st.sampled_from(TICKS)
_RECORDED = _mostly("once", "corrected", "contradicted", "withdrawn", "never", times=20)
_BEGUN = _mostly(LONG_AGO, *DAYS, times=40)
_END = _mostly(None, *DAYS, times=30)
_ACCEPTED = _mostly(AGO, *TICKS, times=20)
_VERIFIED = _mostly(AGO, None, *TICKS, times=50)
_RESPONSIBILITY = _mostly(Responsibility.YES, Responsibility.NO, Responsibility.UNKNOWN, times=30)
_RARELY = _mostly(False, True, times=24)
_BORN = _mostly(date(2013, 5, 5), *BIRTHS, times=10)
_STATE = _mostly(AccountState.ACTIVE, AccountState.ISSUED, AccountState.CLOSED, times=16)
_FROM = st.sampled_from((AGO, *TICKS))
_UNTIL = st.sampled_from((None, *TICKS))


@st.composite
def _recorded(draw: st.DrawFn) -> Sequence[dict[str, Any]]:
    """When each row of a fact was known: one that stands, a correction, two at once, none any more, none ever."""
    kind = draw(_RECORDED)
    if kind == "never":
        return ()
    first: dict[str, Any] = {"recorded_at": AGO, "superseded_at": None}
    if kind == "once":
        return (first,)
    turn = draw(_TICK)
    first["superseded_at"] = turn if kind != "contradicted" else turn + timedelta(days=1)
    return (first,) if kind == "withdrawn" else (first, {"recorded_at": turn, "superseded_at": None})


@st.composite
def _spell(draw: st.DrawFn) -> dict[str, Any]:
    begun, ended = draw(_BEGUN), draw(_END)
    return {"begun_on": begun, "ended_on": None if ended is None else max(begun, ended)}


class _Drawing:
    """Rows as they are drawn, numbered where they have an id."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.rows: Rows = {table: [] for table in TABLES}

    def put(self, table: type[Base], **values: Any) -> None:
        self.rows[table].append(values)

    def add(self, table: type[Base], **values: Any) -> int:
        self.put(table, id=len(self.rows[table]) + 1, **values)
        return len(self.rows[table])

    def school(self) -> None:
        for staff in (STAFF, SECOND_STAFF):
            self.put(people.Staff, id=staff, surname="Okafor")
        self.put(school.ImportRun, id=1, started_at=AGO, data_as_of=AGO, digest="", report="{}")
        self.put(registers.Category, id=1, name="Homework", kind=PointKind.ACHIEVEMENT)
        if self.draw(_RARELY):
            turn = self.draw(_TICK)
            for since, until, age in ((AGO, turn, 19), (turn, None, self.draw(st.sampled_from((16, 18, 20))))):
                self.add(school.SchoolSetting, key="responsibility_ends_at", value=json.dumps(age), recorded_at=since,
                         superseded_at=until)  # fmt: skip
        for number in range(1, 1 + self.draw(_mostly(1, 2, 3, 0, times=9))):
            self.put(accounts.PolicyVersion, number=number, text="", must_accept=self.draw(_mostly(True, False)),
                     published_at=AGO if number == 1 else self.draw(_FROM))  # fmt: skip

    def pupil(self, pupil: int) -> None:
        self.put(people.Pupil, id=pupil, mis_id=f"P{pupil}", forename="Ana", surname=f"Of{pupil}")
        for known in self.draw(_recorded()):
            self.add(people.Birth, pupil_id=pupil, born_on=self.draw(_BORN), **known)
        for known in self.draw(_recorded()):
            self.add(people.Enrolment, pupil_id=pupil, year_group=9, form="9A", **self.draw(_spell()), **known)
        for half, public in enumerate((AGO, self.draw(_FROM))):
            self.put(registers.Mark, pupil_id=pupil, day=DAYS[1], half=half, code="/", public_from=public, run_id=1)
        self.add(registers.Point, mis_id=f"{pupil}", pupil_id=pupil, at=TICKS[0], kind=PointKind.ACHIEVEMENT, amount=1,
                 category_id=1, in_lesson=True, public_from=self.draw(_FROM), run_id=1)  # fmt: skip

    def adult(self, adult: int, pupils: Sequence[int]) -> None:
        me = principal(adult)
        self.put(people.Adult, id=adult, mis_id=f"A{adult}", forename="Bo", surname=f"No{adult}")
        if not self.draw(_RARELY):
            self.put(accounts.Account, id=me.account_id, adult_id=adult, username=f"bo{adult}")
            self.put(accounts.Login, id=me.login_id, token_hash=token_hash(adult), account_id=me.account_id,
                     stage=accounts.Stage.COMPLETE, shared_device=False, begun_at=AGO, seen_at=AGO,
                     idle_until=NEVER, expires_at=NEVER)  # fmt: skip
            for known in self.draw(_recorded()):
                self.add(accounts.AccountStatus, account_id=me.account_id, state=self.draw(_STATE), **known)
        for version in self.rows[accounts.PolicyVersion]:
            if self.draw(_mostly(True, False, times=9)):
                self.put(
                    accounts.Acceptance, adult_id=adult, version=version["number"], accepted_at=self.draw(_ACCEPTED)
                )
        for pupil in pupils:
            self.connection(adult, pupil)
        for _ in range(self.draw(_mostly(0, 1, 2, times=2))):
            self.restriction(adult, pupils)

    def connection(self, adult: int, pupil: int) -> None:
        for known in self.draw(_recorded()):
            kind = self.draw(_RESPONSIBILITY)
            verified = self.draw(_VERIFIED) if kind is Responsibility.YES else None
            self.add(people.Connection, adult_id=adult, pupil_id=pupil, relationship="parent", responsibility=kind,
                     verified_at=verified, verified_by_id=STAFF if verified else None, court_flag=self.draw(_RARELY),
                     **self.draw(_spell()), **known)  # fmt: skip
        if self.draw(st.booleans()):
            for known in self.draw(_recorded()):
                self.add(people.PupilConsent, pupil_id=pupil, adult_id=adult, **self.draw(_spell()), **known)

    def restriction(self, adult: int, pupils: Sequence[int]) -> None:
        begins, ends, lifted = self.draw(_FROM), self.draw(_UNTIL), self.draw(_UNTIL)
        made = self.add(
            casework.Restriction, adult_id=adult, clause=self.draw(st.sampled_from(GROUNDS)), evidence="",
            whole_account=self.draw(_mostly(False, True, times=3)), begins_at=begins,
            ends_at=None if ends is None or ends <= begins else ends, review_on=DAYS[-1], made_by_id=STAFF,
            recorded_at=AGO, superseded_at=lifted, lifted_by_id=SECOND_STAFF if lifted else None,
        )  # fmt: skip
        for pupil in pupils:
            if self.draw(st.booleans()):
                for known in self.draw(_recorded()):
                    self.add(casework.RestrictedPupil, restriction_id=made, pupil_id=pupil,
                             covered=self.draw(st.booleans()), **known)  # fmt: skip

    def investigation(self, pupils: Sequence[int]) -> None:
        opened, closed = self.draw(_FROM), self.draw(_UNTIL)
        closed = None if closed is None or closed <= opened else closed
        made = self.add(casework.Investigation, reference="SG-1", opened_at=opened, opened_by_id=STAFF,
                        closed_at=closed, closed_by_id=SECOND_STAFF if closed else None)  # fmt: skip
        for pupil in self.draw(st.lists(st.sampled_from(pupils), min_size=1, max_size=2, unique=True)):
            self.put(casework.InvestigatedPupil, pupil_id=pupil, investigation_id=made)


def _comes_of_age(born: date) -> date:
    return date(born.year + 18, 3, 1) if (born.month, born.day) == (2, 29) else born.replace(year=born.year + 18)


def _turns(rows: Rows) -> list[datetime]:
    """Every instant at which something in these rows begins or ends, the tick before it and the tick after."""
    found = {*TICKS, datetime(2028, 2, 29, 12, tzinfo=UTC)}
    for row in (row for of_table in rows.values() for row in of_table):
        for name, value in row.items():
            if isinstance(value, datetime):
                found.add(value)
            elif isinstance(value, date):
                day = _comes_of_age(value) if name == "born_on" else value + timedelta(name == "ended_on")
                found.add(datetime.combine(day, time(), ZONE).astimezone(UTC))
    return sorted({turn + step for turn in found - {NEVER} for step in (-TICK, timedelta(), TICK)})


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A world of one to three adults and one to four pupils, asked at up to eight moments."""
    adults = tuple(range(1, 1 + draw(_mostly(3, 2, 1, times=3))))
    pupils = tuple(range(101, 101 + draw(_mostly(4, 3, 1, times=3))))
    drawing = _Drawing(draw)
    drawing.school()
    for pupil in pupils:
        drawing.pupil(pupil)
    for adult in adults:
        drawing.adult(adult, pupils)
    for _ in range(draw(_mostly(0, 1, 2, times=3))):
        drawing.investigation(pupils)
    asked = draw(st.lists(st.sampled_from(_turns(drawing.rows)), min_size=4, max_size=8, unique=True))
    return World(adults, pupils, tuple(Moment(instant, ZONE) for instant in asked), drawing.rows)
