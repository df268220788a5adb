"""A school of invented pupils, large enough that most groups may be shown and with one that may not."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from portal_core.demo.year import school_year
from portal_core.domain.clauses import Role
from portal_core.domain.school import Half
from portal_core.store import accounts, people, registers, school
from portal_core.store.scope import Store
from tests.analysis.school_points import give_points
from tests.families import sign_in_as

TODAY = date(2026, 3, 12)  # a Thursday
LAST = date(2026, 3, 8)  # the Sunday before
ZONE = ZoneInfo("Europe/London")
NOW = datetime.combine(TODAY, time(11), ZONE).astimezone(UTC)
LONG_AGO = datetime(2024, 9, 2, 8, tzinfo=UTC)
SIZES = {7: 45, 8: 25, 9: 35, 10: 3}
ROLES = {role.name.lower(): role for role in Role}


@dataclass
class School:
    """Its store, and ids by what they stand for."""

    store: Store
    accounts: dict[str, int] = field(default_factory=dict)
    pupils: list[int] = field(default_factory=list)
    words: set[str] = field(default_factory=set)  # names, MIS ids, UPNs, dates of birth: what no frame may hold

    def sign_in(self, key: str) -> str:
        """The cookie of a new login: of a role by its name, or of `parent`."""
        return sign_in_as(self.store, self.accounts[key])


def clock() -> datetime:
    """The moment at which all is asked."""
    return NOW


def build_school(engine: Engine, sizes: Mapping[int, int] = SIZES, seed: int = 7, naughty: int | None = None) -> School:
    """Fills an empty, migrated database with year groups of these sizes."""
    chance = random.Random(seed)
    made = School(Store(engine, clock=clock))
    calendar = school_year(TODAY)
    with Session(engine) as session, session.begin():
        settings = {"name": "Millbrook High School", "email": "office@millbrook.example"}
        session.add_all(
            school.SchoolSetting(key=k, value=json.dumps(v), recorded_at=LONG_AGO) for k, v in settings.items()
        )
        session.add_all(school.TermDates(name=t.name, begins=t.begins, ends=t.ends) for t in calendar.terms)
        session.add(accounts.PolicyVersion(number=1, text="Be kind.", published_at=LONG_AGO, must_accept=True))
        session.add(accounts.NoticeVersion(number=1, text="What we keep.", published_at=LONG_AGO))
        run = school.ImportRun(started_at=NOW, data_as_of=NOW - timedelta(hours=1), digest="", report="{}")
        session.add(run)
        session.flush()
        run_id = run.id
        _people(session, made)
        days = list(calendar.school_days(calendar.year_begins(TODAY), TODAY))
        number = 0
        for year, size in sizes.items():
            for _ in range(size):
                number += 1
                made.pupils.append(_pupil(session, made, number, year))
                marks = list(_marks(chance, made.pupils[-1], days, run_id))
                session.execute(insert(registers.Mark), marks)
        give_points(session, made.pupils, days, ZONE, run_id, seed, naughty)
    return made


def _people(session: Session, made: School) -> None:
    for key, role in ROLES.items():
        one = people.Staff(surname=f"Staffsurname{key}")
        session.add(one)
        session.flush()
        session.add(people.StaffRole(staff_id=one.id, role=role, recorded_at=LONG_AGO))
        made.accounts[key] = _account(session, key, staff_id=one.id)
    adult = people.Adult(forename="Parentforename", surname="Parentsurname")
    session.add(adult)
    session.flush()
    session.add(accounts.Acceptance(adult_id=adult.id, version=1, accepted_at=LONG_AGO))
    made.accounts["parent"] = _account(session, "parent", adult_id=adult.id)


def _account(session: Session, username: str, **whose: int) -> int:
    from portal_core.domain.people import AccountState

    one = accounts.Account(username=username, password_hash="none", **whose)
    session.add(one)
    session.flush()
    session.add(accounts.AccountStatus(account_id=one.id, state=AccountState.ACTIVE, recorded_at=LONG_AGO))
    return one.id


def _pupil(session: Session, made: School, number: int, year: int) -> int:
    born = date(2026 - 5 - year, 1 + number % 12, 1 + number % 28)
    one = people.Pupil(
        id=900_000 + number, mis_id=f"MIS{number:04}", upn=f"UPN{number:04}", forename=f"Forename{number}",
        surname=f"Surname{number}",
    )  # fmt: skip
    session.add(one)
    session.flush()
    session.add(people.Birth(pupil_id=one.id, born_on=born, recorded_at=LONG_AGO))
    session.add(
        people.Enrolment(
            pupil_id=one.id, begun_on=date(2025, 9, 1), ended_on=None, year_group=year, form=f"{year}A",
            recorded_at=LONG_AGO,
        )
    )  # fmt: skip
    made.words |= {one.mis_id, str(one.upn), one.forename, one.surname, born.isoformat(), str(one.id), f"{year}A"}
    return one.id


def _marks(chance: random.Random, pupil: int, days: list[date], run: int) -> list[dict[str, object]]:
    often = chance.choice((0.02, 0.04, 0.06, 0.2))
    rows: list[dict[str, object]] = []
    for day in days:
        away = chance.random() < often
        for half in Half:
            code = chance.choice("IIIMGONUY1" if half is Half.AM else "IIMGO") if away else "/\\"[half]
            if not away and chance.random() < 0.03:
                code = "L"
            rows.append(
                {
                    "pupil_id": pupil, "day": day, "half": half, "code": "Y1" if code in "Y1" else code, "minutes_late": None,
                    "public_from": datetime.combine(day, time(15), ZONE).astimezone(UTC), "run_id": run,
                }
            )  # fmt: skip
    return rows
