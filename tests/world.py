"""A world: a few families with the records that decisions rest on, and the moments to ask at.

It is rows of the mapped tables. `facts` reads them in plain Python, apart from the store's own statements, and `seed` puts
them into a database: what any road answers can then be held to the rule.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, delete, insert

from portal_core.domain.people import Connection, Days, Facts, Ground, Principal, Span
from portal_core.domain.school import Moment
from portal_core.store import accounts, casework, people, registers, school
from portal_core.store.base import Base

ZONE = ZoneInfo("Europe/London")
STAFF, SECOND_STAFF = 901, 902
AGO, NEVER = datetime(2025, 1, 6, 9, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
Rows = dict[type[Base], list[dict[str, Any]]]


def token_hash(adult: int) -> bytes:
    """What the cookie of an adult's one login hashes to."""
    return bytes([adult]) * 32


def principal(adult: int) -> Principal:
    """An adult wholly signed in."""
    return Principal(login_id=adult + 600, account_id=adult + 300, adult_id=adult)


def _at(row: dict[str, Any], instant: datetime) -> bool:
    return row["recorded_at"] <= instant and (row["superseded_at"] is None or instant < row["superseded_at"])


def _days(row: dict[str, Any]) -> Days:
    return Days(row["begun_on"], row["ended_on"])


@dataclass(frozen=True)
class World:
    """Rows by mapped class, the people in them, and the moments to ask at."""

    adults: tuple[int, ...]
    pupils: tuple[int, ...]
    moments: tuple[Moment, ...]
    rows: Rows

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """A row a line, as Hypothesis prints a world that it found wanting."""
        asked = " ".join(at.instant.isoformat() for at in self.moments)
        told = (f"  {table.__name__} {row}" for table, rows in self.rows.items() for row in rows)
        printer.text("\n".join((f"World of adults {self.adults}, pupils {self.pupils}, asked at {asked}", *told)))

    def of(self, table: type[Base], at: datetime | None = None, **wanted: int) -> list[dict[str, Any]]:
        """Rows of a table with these values; with `at`, those known then."""
        return [
            row
            for row in self.rows.get(table, ())
            if all(row[name] == value for name, value in wanted.items()) and (at is None or _at(row, at))
        ]

    def facts(self, adult: int, pupil: int, at: Moment) -> Facts:
        """What was known then of an adult and a pupil."""
        now = at.instant
        ages = [json.loads(row["value"]) for row in self.of(school.SchoolSetting, now)]
        published = [v for v in self.of(accounts.PolicyVersion) if v["must_accept"] and v["published_at"] <= now]
        required = [version["number"] for version in published]
        accepted = [
            row["accepted_at"]
            for row in self.of(accounts.Acceptance, adult_id=adult)
            if required and row["version"] >= max(required) and row["accepted_at"] <= now
        ]
        births = {row["born_on"] for row in self.of(people.Birth, now, pupil_id=pupil)}
        return Facts(
            adult_id=adult,
            pupil_id=pupil,
            account=tuple(
                (row["state"], row["recorded_at"])
                for row in self.of(accounts.AccountStatus, now, account_id=principal(adult).account_id)
            ),
            policy_since=max((version["published_at"] for version in published), default=None),
            accepted_at=min(accepted, default=None),
            connections=tuple(
                Connection(r["responsibility"], r["verified_at"], _days(r), r["court_flag"], r["recorded_at"])
                for r in self.of(people.Connection, now, adult_id=adult, pupil_id=pupil)
            ),
            enrolment=tuple(_days(row) for row in self.of(people.Enrolment, now, pupil_id=pupil)),
            born_on=births.pop() if len(births) == 1 else None,
            ends_at_age=ages[0] if ages else 18,
            consented=tuple(_days(row) for row in self.of(people.PupilConsent, now, adult_id=adult, pupil_id=pupil)),
            grounds=tuple(
                Ground(row["clause"], Span(row["begins_at"], row["ends_at"]), self._covers(row, pupil, now))
                for row in self.of(casework.Restriction, now, adult_id=adult)
            ),
            investigations=tuple(
                Span(row["opened_at"], row["closed_at"])
                for concerned in self.of(casework.InvestigatedPupil, pupil_id=pupil)
                for row in self.of(casework.Investigation, id=concerned["investigation_id"])
                if row["opened_at"] <= now
            ),
        )

    def _covers(self, restriction: dict[str, Any], pupil: int, now: datetime) -> bool | None:
        if restriction["whole_account"]:
            return True
        listed = self.of(casework.RestrictedPupil, now, restriction_id=restriction["id"], pupil_id=pupil)
        return any(row["covered"] for row in listed) if listed else None

    def marks(self, admitted: Iterable[int], at: datetime) -> set[tuple[int, date, int]]:
        """Keys of the marks published by then of these pupils."""
        wanted = set(admitted)
        return {
            (row["pupil_id"], row["day"], row["half"])
            for row in self.of(registers.Mark)
            if row["pupil_id"] in wanted and row["public_from"] <= at
        }

    def seed(self, engine: Engine) -> None:
        """Makes this the database's whole content, in one transaction."""
        with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection, connection.begin():
            for table in reversed(TABLES):
                connection.execute(delete(table))
            for table in TABLES:
                if rows := self.rows.get(table):
                    connection.execute(insert(table), rows)


TABLES: tuple[type[Base], ...] = (
    people.Staff, people.Adult, people.Pupil, people.Birth, people.Enrolment, people.PupilConsent, people.Connection,
    accounts.Account, accounts.AccountStatus, accounts.Login, accounts.PolicyVersion, accounts.Acceptance,
    casework.Restriction, casework.RestrictedPupil, casework.Investigation, casework.InvestigatedPupil,
    school.SchoolSetting, school.ImportRun, registers.Category, registers.Mark, registers.Point,
)  # fmt: skip
"""In the order in which they may be filled."""
