"""A school to measure: 1,200 pupils, or as many as are asked for, with a mark for each session so far and thirty points each, six hundred parents signed in.

It stands beside the ten families of the tests, who bring the calendar, the settings and the staff.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, insert, select

from portal_core.domain.people import AccountState, Responsibility
from portal_core.domain.records import PointKind
from portal_core.store import accounts, people, registers
from portal_core.store.base import open_engine
from portal_core.store.scope import Store
from tests.families import LONG_AGO, TODAY, Families, build_families, sign_in_as

PUPILS, PAGES, POINTS = 1200, 600, 30
FIRST = 10_000  # ids from here on, clear of the families'


@contextmanager
def served(pupils: int = PUPILS) -> Iterator[dict[str, Any]]:
    """Built anew and served from a process of its own (serving.py): the ports, and what `build` told."""
    with tempfile.TemporaryDirectory() as folder:
        told = build(folder, pupils)
        command = [sys.executable, "-m", "benchmarks.serving", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                assert server.stdout is not None
                yield told | json.loads(server.stdout.readline())
            finally:
                server.terminate()


def build(folder: str, pupils: int = PUPILS) -> dict[str, Any]:
    """The database portal.db in a folder; which child each of PAGES cookies may see, and one who may see none, with three to ask for."""
    engine = open_engine(f"sqlite:///{folder}/portal.db")
    families = build_families(engine)
    chance, numbers = Random(7), range(FIRST, FIRST + pupils)
    with engine.begin() as connection:
        people_of(connection, families, numbers)
        _marks(connection, families, chance, numbers)
        _points(connection, chance, numbers)
    store = Store(engine, clock=families.clock)
    told: dict[str, Any] = {"parents": [(n, sign_in_as(store, n)) for n in chance.sample(numbers, PAGES)]}
    children = {"another’s child": FIRST, "one’s own, a court order": families.pupils["Jude"], "none": FIRST - 1}
    told["refused"] = sign_in_as(store, families.accounts["court_order"]), children
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    return told


def people_of(connection: Connection, families: Families, numbers: range) -> None:
    """A pupil for each number, an adult of the same who has an account and sees them, every third one two of them."""
    since: dict[str, Any] = {"recorded_at": LONG_AGO}
    began, office = date(TODAY.year - 1, 9, 1), families.staff["office"]
    rows: dict[Any, list[dict[str, Any]]] = {
        people.Pupil: [{"id": n, "mis_id": f"B{n}", "forename": "Robin", "surname": f"Marsden{n}"} for n in numbers],
        people.Birth: [{"pupil_id": n, "born_on": date(2012, 1 + n % 12, 1 + n % 28), **since} for n in numbers],
        people.Enrolment: [
            {"pupil_id": n, "begun_on": began, "year_group": 7 + n % 5, "form": f"{7 + n % 5}{'ABCD'[n % 4]}", **since}
            for n in numbers
        ],
        people.Adult: [{"id": n, "title": "Ms", "forename": "Kim", "surname": f"Marsden{n}"} for n in numbers],
        people.Connection: [
            {
                "adult_id": n, "pupil_id": pupil, "relationship": "parent", "responsibility": Responsibility.YES,
                "verified_at": LONG_AGO, "verified_by_id": office, "begun_on": began, **since,
            }
            for n in numbers
            for pupil in ((n, FIRST + (n + 1) % len(numbers)) if n % 3 == 0 else (n,))
        ],
        accounts.Account: [{"id": n, "adult_id": n, "username": f"b{n}"} for n in numbers],
        accounts.AccountStatus: [{"account_id": n, "state": AccountState.ACTIVE, **since} for n in numbers],
        accounts.Acceptance: [{"adult_id": n, "version": 1, "accepted_at": LONG_AGO} for n in numbers],
    }  # fmt: skip
    for table, values in rows.items():
        connection.execute(insert(table), values)


def _marks(connection: Connection, families: Families, chance: Random, numbers: range) -> None:
    came = LONG_AGO + timedelta(1)
    for day in families.calendar.school_days(families.calendar.year_begins(TODAY), TODAY):
        connection.execute(
            insert(registers.Mark),
            [
                {
                    "pupil_id": n, "day": day, "half": half, "public_from": came, "run_id": 1, "minutes_late": None,
                    "code": ("/\\"[half]) if chance.random() < 0.93 else chance.choice("IILMNOVU"),
                }
                for n in numbers
                for half in ((0, 1) if day < TODAY else (0,))
            ],
        )  # fmt: skip


def _points(connection: Connection, chance: Random, numbers: range) -> None:
    found = connection.execute(select(registers.Category.__table__.c.id, registers.Category.__table__.c.kind)).all()
    began = LONG_AGO.replace(year=TODAY.year - 1)
    connection.execute(
        insert(registers.Point),
        [
            {
                "mis_id": f"B{n}-{k}", "pupil_id": n, "at": (at := began + timedelta(chance.randrange(180), k * 60)),
                "kind": PointKind((given := chance.choice(found)).kind), "amount": 1 + k % 2, "category_id": given.id,
                "in_lesson": k % 3 > 0, "subject": "Maths" if k % 3 else "", "place": "" if k % 3 else "Hall",
                "public_from": at, "run_id": 1, "teacher_id": None,
            }
            for n in numbers
            for k in range(POINTS)
        ],
    )  # fmt: skip
