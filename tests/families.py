"""Ten invented families in a school of their own: every state that a parent can find themselves in, small enough to know.

    families = build_families(engine)                 # 11:00 on a Thursday in March
    store = Store(engine, clock=families.clock)       # move it with families.now = …
    cookie = sign_in_as(store, families.accounts["two_children"])

Keys of `adults` and `accounts` say what the adult is; those of `pupils` are forenames; those of `staff` are roles.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from portal_core.demo.year import school_year
from portal_core.domain.clauses import Clause, Role
from portal_core.domain.people import AccountState, Responsibility
from portal_core.domain.records import PointKind
from portal_core.domain.school import Calendar, Half
from portal_core.security.credentials import hash_password, new_token
from portal_core.store import accounts, casework, people, registers, schema, school
from portal_core.store.scope import Store
from tests.families_kept import again, keep

TODAY = date(2026, 3, 12)
ZONE = ZoneInfo("Europe/London")
PASSWORD = "heron lantern biscuit 40"
LONG_AGO = datetime(2024, 9, 2, 8, tzinfo=UTC)

Child = tuple[str, str, int, str]  # forename, surname, year group, form
FAMILIES: dict[str, tuple[list[tuple[str, str]], list[Child]]] = {
    # the family: adults as (key, full name), children
    "everything": (
        [("two_children", "Mrs Ruth Ashworth"), ("grandmother", "Mrs Edna Ashworth")],
        [("Amelia", "Ashworth", 9, "9A"), ("Noah", "Ashworth", 7, "7C")],
    ),
    "one child": ([("one_child", "Mr Imran Malik")], [("Zayn", "Malik", 8, "8B")]),
    "court order": (
        [("court_order", "Mr Neil Holroyd"), ("breach", "Ms Karen Holroyd")],
        [("Jude", "Holroyd", 8, "8A")],
    ),
    "investigation": (
        [("investigated", "Mr Paul Redfern"), ("investigated_too", "Ms Tina Lomax")],
        [("Lily", "Redfern", 10, "10D")],
    ),
    "not yet activated": ([("unactivated", "Ms Zofia Nowak")], [("Maja", "Nowak", 7, "7A")]),
    "left": ([("left", "Mrs Grace Okafor")], [("Daniel", "Okafor", 9, "9B")]),
    "new": ([("new", "Mr Tom Yarwood")], [("Erin", "Yarwood", 7, "7B")]),
    "of age": ([("of_age", "Ms Anne Pilling")], [("Rory", "Pilling", 13, "13A")]),
    "unsettled": (
        [("unverified", "Mr Dev Chauhan"), ("unaccepted", "Mrs Meera Chauhan")],
        [("Priya", "Chauhan", 11, "11C")],
    ),
    "apart": (
        [("sees_both", "Ms Hannah Kershaw"), ("restricted_for_one", "Mr Luke Slater")],
        [("Toby", "Slater", 10, "10A"), ("Daisy", "Slater", 8, "8D")],
    ),
}
STAFF = {
    "office": ("Mrs", "Jean", "Birtwistle", [Role.OFFICE]),
    "lead": ("Ms", "Farah", "Siddiqui", [Role.SAFEGUARDING_LEAD]),
    "deputy_lead": ("Mr", "Colin", "Mather", [Role.SAFEGUARDING_LEAD]),
    "data_manager": ("Mr", "Adil", "Rahman", [Role.DATA_MANAGER]),
    "administrator": ("Ms", "Beth", "Turnbull", [Role.ADMINISTRATOR]),
    "second_administrator": ("Mr", "Owen", "Pritchard", [Role.ADMINISTRATOR]),
    "analyst": ("Dr", "Alicja", "Wójcik", [Role.ANALYST]),
    "french": ("Mme", "Claire", "Duval", []),
    "manager": ("Mrs", "Sana", "Hussain", []),
}
SETTINGS = {
    "name": "Millbrook High School",
    "email": "office@millbrook.example",
    "telephone": "01632 960 100",
    "address": "Mill Lane, Millbrook",
    "office_hours": "8.00 to 16.00 on school days",
    "privacy_contact": "privacy@millbrook.example",
}
CATEGORIES = {
    "Working well with others": (PointKind.ACHIEVEMENT, "Helping a group get its work done."),
    "Super effort": (PointKind.ACHIEVEMENT, "Trying hard and keeping at it."),
    "Kindness": (PointKind.ACHIEVEMENT, "Looking after somebody else without being asked."),
    "Homework late": (PointKind.BEHAVIOUR, "Homework handed in after the day it was due. One small thing."),
    "Equipment missing": (PointKind.BEHAVIOUR, "Came without a book, a pen or kit. One small thing."),
    "Corridor": (PointKind.BEHAVIOUR, "Running or being loud between lessons. One small thing."),
}
POINTS = {  # school days before today, hour, category, subject or place, amount
    "Amelia": [
        (0, 10, "Kindness", "the library", 1), (1, 11, "Super effort", "French", 2), (2, 9, "Homework late", "French", 1),
        (6, 12, "Corridor", "the hall", 1), (8, 14, "Working well with others", "Science", 2),
        (9, 10, "Super effort", "English", 1), (15, 9, "Super effort", "Maths", 1), (22, 11, "Kindness", "the yard", 2),
        (34, 10, "Equipment missing", "Art", 1), (60, 9, "Super effort", "History", 3), (105, 9, "Kindness", "the gate", 1),
    ],
    "Noah": [(3, 10, "Super effort", "Maths", 1), (20, 10, "Working well with others", "Science", 2)],
    "Zayn": [(4, 11, "Equipment missing", "French", 1)],
    "Toby": [(5, 10, "Super effort", "Maths", 1), (7, 13, "Corridor", "the hall", 1)],
}  # fmt: skip
MARKS = {  # school days before today: the codes of morning and afternoon; 0 is today, all else is present
    "Amelia": {3: ("L", "\\"), 6: ("V", "V"), 11: ("I", "I"), 12: ("I", "I"), 30: ("/", "M"), 45: ("O", "\\"), 71: ("U", "\\")},
    "Noah": {0: ("", ""), 2: ("/", "N"), 9: ("I", "I")},
    "Zayn": {0: ("L", ""), 1: ("N", "N"), 5: ("G", "G"), 18: ("R", "R")},
    "Toby": {0: ("N", ""), 8: ("E", "E"), 25: ("Y1", "\\")},
    "Daisy": {4: ("C", "C")},
}  # fmt: skip


@dataclass
class Families:
    """Ids by key, the school's calendar, and the clock that its stores should be given."""

    calendar: Calendar
    now: datetime
    adults: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)  # adults and staff alike
    pupils: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)

    def clock(self) -> datetime:
        """For Store(engine, clock=...)."""
        return self.now

    def at(self, clock: str, day: date = TODAY) -> None:
        """Moves the clock to a time of the school's day, such as "10:29"."""
        self.now = instant(day, time.fromisoformat(clock))


def instant(day: date, clock: time) -> datetime:
    """A time by the school's clock, in UTC."""
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


def sign_in_as(store: Store, account: int, *, shared: bool = False) -> str:
    """The cookie of a login of this account that is complete and lives."""
    token, kept = new_token()
    now = store.clock()
    with store.counting() as session:
        session.add(
            accounts.Login(
                token_hash=kept, account_id=account, stage=accounts.Stage.COMPLETE, shared_device=shared, begun_at=now,
                seen_at=now, idle_until=now + timedelta(minutes=5 if shared else 20), expires_at=now + timedelta(hours=12),
            )
        )  # fmt: skip
    return token


def build_families(engine: Engine, today: date = TODAY) -> Families:
    """Fills an empty database, migrating it first if need be; `today` is a school day."""
    if schema.found(engine) is None:
        schema.upgrade(engine)
    with engine.connect() as connection:  # whatever is done to a school is on record
        empty = connection.scalar(select(school.AuditEntry.id).limit(1)) is None
    if today == TODAY and empty and (kept := again(engine)) is not None:
        return kept
    made = Families(school_year(today), instant(today, time(11)))
    with Session(engine) as session, session.begin():
        run = _school(session, made, today)
        for adults, children in FAMILIES.values():
            _family(session, made, adults, children, today)
        _decisions(session, made, today)
        for name, pupil in made.pupils.items():
            if name != "Erin":  # joined this morning
                session.execute(insert(registers.Mark), list(_marks(made.calendar, name, pupil, run, today)))
        _points(session, made, run, today)
    if today == TODAY and empty:
        keep(engine, made)
    return made


@lru_cache(1)
def hashed_once() -> str:
    """Everybody's password: hashing it is meant to be slow."""
    return hash_password(PASSWORD)


def _school(session: Session, made: Families, today: date) -> int:
    hashed = hashed_once()
    session.add_all(
        school.SchoolSetting(key=key, value=json.dumps(value), recorded_at=LONG_AGO) for key, value in SETTINGS.items()
    )
    session.add_all(school.TermDates(name=t.name, begins=t.begins, ends=t.ends) for t in made.calendar.terms)
    session.add_all(school.ClosedDay(day=day, kind=kind) for day, kind in made.calendar.closed.items())
    session.add(accounts.PolicyVersion(number=1, text="Be kind.", published_at=LONG_AGO, must_accept=True))
    session.add(accounts.NoticeVersion(number=1, text="What we keep.", published_at=LONG_AGO))
    for key, (title, forename, surname, roles) in STAFF.items():
        email = f"{key.replace('_', '.')}@millbrook.example"
        one = people.Staff(title=title, forename=forename, surname=surname, email=email, telephone="01632 960 101")
        session.add(one)
        session.flush()
        made.staff[key] = one.id
        session.add_all(people.StaffRole(staff_id=one.id, role=role, recorded_at=LONG_AGO) for role in roles)
        if roles:
            made.accounts[key] = _account(session, key, hashed, staff_id=one.id)
    for year in range(7, 14):
        session.add(people.PastoralCharge(staff_id=made.staff["manager"], year_group=year, begun_on=LONG_AGO.date()))
    run = school.ImportRun(
        started_at=instant(today, time(9, 41)), data_as_of=instant(today, time(9, 40)), digest="", report="{}"
    )
    session.add(run)
    session.flush()
    days = list(made.calendar.school_days(today - timedelta(20), today))
    for day in days:
        for half, came in ((Half.AM, time(9, 40)), (Half.PM, time(14, 10))):
            if (day, half) != (today, Half.PM):
                session.add(school.ReceivedRegister(day=day, half=half, received_at=instant(day, came), run_id=run.id))
    return run.id


def _account(
    session: Session, username: str, hashed: str, *, adult_id: int | None = None, staff_id: int | None = None
) -> int:
    active = username != "unactivated"
    one = accounts.Account(
        adult_id=adult_id, staff_id=staff_id, username=username, password_hash=hashed if active else None
    )
    session.add(one)
    session.flush()
    state = AccountState.ACTIVE if active else AccountState.ISSUED
    session.add(accounts.AccountStatus(account_id=one.id, state=state, recorded_at=LONG_AGO))
    return one.id


def _family(
    session: Session, made: Families, adults: list[tuple[str, str]], children: list[Child], today: date
) -> None:
    hashed = hashed_once()
    for forename, surname, year, form in children:
        pupil = people.Pupil(mis_id=f"P-{forename}", forename=forename, surname=surname)
        session.add(pupil)
        session.flush()
        made.pupils[forename] = pupil.id
        born = date(today.year - (18 if forename == "Rory" else year + 5), today.month, today.day)
        joined = today if forename == "Erin" else date(today.year - 1, 9, 1)
        left = today - timedelta(30) if forename == "Daniel" else None
        session.add(people.Birth(pupil_id=pupil.id, born_on=born, recorded_at=LONG_AGO))
        session.add(
            people.Enrolment(
                pupil_id=pupil.id, begun_on=joined, ended_on=left, year_group=year, form=form, recorded_at=LONG_AGO
            )
        )
    for key, name in adults:
        title, forename, surname = name.split()
        adult = people.Adult(title=title, forename=forename, surname=surname, email=f"{key}@family.example")
        session.add(adult)
        session.flush()
        made.adults[key] = adult.id
        made.accounts[key] = _account(session, key, hashed, adult_id=adult.id)
        if key != "unaccepted":
            session.add(accounts.Acceptance(adult_id=adult.id, version=1, accepted_at=LONG_AGO))
        verified = key not in ("unverified", "grandmother")
        for child in children:
            session.add(
                people.Connection(
                    adult_id=adult.id, pupil_id=made.pupils[child[0]],
                    relationship="grandparent" if key == "grandmother" else "parent",
                    responsibility=Responsibility.NO if key == "grandmother" else Responsibility.YES,
                    verified_at=LONG_AGO if verified else None,
                    verified_by_id=made.staff["office"] if verified else None,
                    begun_on=LONG_AGO.date(), recorded_at=LONG_AGO,
                )
            )  # fmt: skip


def _decisions(session: Session, made: Families, today: date) -> None:
    lead, since = made.staff["lead"], instant(today - timedelta(7), time(12))

    def restrict(adult: str, clause: Clause, *pupils: str) -> None:
        one = casework.Restriction(
            adult_id=made.adults[adult], clause=clause, whole_account=not pupils, begins_at=since,
            review_on=today + timedelta(7), evidence="file 12", made_by_id=lead, recorded_at=since,
        )  # fmt: skip
        session.add(one)
        session.flush()
        for pupil in pupils:
            session.add(
                casework.RestrictedPupil(
                    restriction_id=one.id, pupil_id=made.pupils[pupil], covered=True, recorded_at=since
                )
            )

    restrict("court_order", Clause.REVOKE_2, "Jude")
    restrict("breach", Clause.REVOKE_3)
    restrict("restricted_for_one", Clause.REVOKE_1, "Toby")
    opened = casework.Investigation(reference="file 14", opened_at=since, opened_by_id=lead)
    session.add(opened)
    session.flush()
    session.add(casework.InvestigatedPupil(pupil_id=made.pupils["Lily"], investigation_id=opened.id))


def _marks(calendar: Calendar, name: str, pupil: int, run: int, today: date) -> Iterator[dict[str, object]]:
    days = list(calendar.school_days(calendar.year_begins(today), today))
    for ago, day in enumerate(reversed(days)):
        if name == "Daniel" and day > today - timedelta(30):
            continue
        codes = MARKS.get(name, {}).get(ago, ("/", "\\"))
        for half, code, came in zip(Half, codes, (time(9, 40), time(14, 10)), strict=True):
            if code and (ago, half) != (0, Half.PM):
                yield {
                    "pupil_id": pupil, "day": day, "half": half, "code": code, "run_id": run,
                    "minutes_late": {"L": 7, "U": 45}.get(code), "public_from": instant(day, came),
                }  # fmt: skip


def _points(session: Session, made: Families, run: int, today: date) -> None:
    ids = {}
    for name, (kind, meaning) in CATEGORIES.items():
        category = registers.Category(name=name, kind=kind, meaning=meaning)
        session.add(category)
        session.flush()
        ids[name] = category.id
    days = list(reversed(list(made.calendar.school_days(made.calendar.year_begins(today), today))))
    for name, given in POINTS.items():
        for number, (ago, hour, category, where, amount) in enumerate(given):
            at, in_lesson = instant(days[ago], time(hour, 20)), not where.startswith("the ")
            session.add(
                registers.Point(
                    mis_id=f"{name}-{number}", pupil_id=made.pupils[name], at=at, kind=CATEGORIES[category][0],
                    amount=amount, category_id=ids[category], in_lesson=in_lesson, subject=where if in_lesson else "",
                    place="" if in_lesson else where, teacher_id=made.staff["french"] if where == "French" else None,
                    public_from=at + timedelta(hours=1), run_id=run,
                )
            )  # fmt: skip
