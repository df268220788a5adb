"""A school's exports and the store that they enter: small enough to know every row."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Role, Verb
from portal_core.domain.people import AccountState, Machine, Principal
from portal_core.domain.school import Moment
from portal_core.importers import Files, read_folder
from portal_core.policy.access import may_see
from portal_core.security.credentials import new_token
from portal_core.services.accounts import replace
from portal_core.services.imports import Report, import_files, preview
from portal_core.store import accounts, people
from portal_core.store.base import Base
from portal_core.store.facts import about_adults, about_logins
from portal_core.store.school import Task, TaskKind
from portal_core.store.scope import Store

LONDON = ZoneInfo("Europe/London")
NOON = Moment(datetime(2026, 3, 12, 12, tzinfo=UTC), LONDON)
IMPORTER = Machine("import", frozenset({Duty.IMPORT}))

PUPILS = """MIS ID,Forename,Surname,DOB,NC Year,Reg Group,Enrolled From,Enrolled Until
P1,Amelia,Ashworth,2012-05-01,9,9A,2022-09-05,
P2,Noah,Ashworth,2014-02-11,7,7C,2025-09-03,
P3,Zayn,Malik,2013-01-20,8,8B,2024-09-04,
"""
STAFF = """Staff ID,Staff Code,Title,Forename,Surname,Post,Work Email,Learning Manager Of
S1,FER,Ms,Ann,Ferreday,Teacher of French,ferreday@school.example,9
S2,OKO,Mr,Sam,Okoro,Teacher,okoro@school.example,7
"""
CONTACTS = """MIS ID,Contact ID,Title,Contact Forename,Contact Surname,Relationship,Parental Responsibility,Court Order,Priority
P1,A1,Mrs,Ruth,Ashworth,Mother,T,F,1
P2,A1,Mrs,Ruth,Ashworth,Mother,T,F,1
P1,A2,Mrs,Edna,Ashworth,Grandmother,F,F,2
P3,A3,Mr,Imran,Malik,Father,,F,1
"""
MARKS = """MIS ID,Date,Session,Mark,Minutes Late,Register Taken,Original Mark,Amended At
P1,2026-03-11,AM,/,,2026-03-11 08:55,,
P1,2026-03-11,PM,I,,2026-03-11 13:35,N,2026-03-11 15:00
P1,2026-03-12,AM,L,7,2026-03-12 08:57,,
P2,2026-03-12,AM,N,,2026-03-12 08:57,,
"""
LESSONS = """MIS ID,Date,Period,Mark,Minutes Late,Subject,Staff Code
P1,2026-03-11,2,/,,French,FER
"""
POINTS = """Event ID,MIS ID,Type,Points,Category,Category Meaning,Date,Time,In Lesson,Subject,Staff Code
E1,P1,Achievement,2,Kindness,Went out of the way to help.,2026-03-10,11:05,Yes,French,FER
E2,P1,Behaviour,1,Equipment,A book was left at home.,2026-03-11,12:40,No,,OKO
"""
WHOLE = {
    "pupils.csv": PUPILS, "staff.csv": STAFF, "contacts.csv": CONTACTS, "session marks.csv": MARKS,
    "lesson marks.csv": LESSONS, "points.csv": POINTS,
}  # fmt: skip


@dataclass
class Office:
    """A school's store and the folder that exports are put in."""

    store: Store
    folder: Path

    def files(self, **changed: str | None) -> Files:
        """The whole export, with some files replaced or (None) left out; keys are the first word of a file's name."""
        for name, content in WHOLE.items():
            said = changed.get(name.split(".")[0].split()[0], content)
            (self.folder / name).write_text(said or "")
            if said is None:
                (self.folder / name).unlink()
        return read_folder(self.folder)

    def enter(self, at: Moment = NOON, **options: Any) -> Report:
        """An import, of the whole export unless files are given."""
        given = options.pop("files", None) or self.files()
        return import_files(self.store, by=IMPORTER, at=at, files=given, **options)

    def preview(self, at: Moment = NOON, **options: Any) -> Report:
        """What `enter` would do."""
        return preview(self.store, by=IMPORTER, at=at, **({"files": self.files()} | options))

    def rows(self, table: type, *where: object) -> list[Any]:
        """Every row of a table."""
        with self.store.reading_as(Machine("test", frozenset(Duty)), NOON) as session:
            return list(session.scalars(select(table).where(*where)))

    def count(self, table: type, *where: object) -> int:
        """How many rows there are."""
        return len(self.rows(table, *where))

    def ties(self) -> dict[tuple[str | None, str], people.Connection]:
        """Each connection as it is now, by the MIS ids of adult and pupil."""
        adults = {a.id: a.mis_id for a in self.rows(people.Adult)}
        pupils = {p.id: p.mis_id for p in self.rows(people.Pupil)}
        now = self.rows(people.Connection, people.Connection.superseded_at.is_(None))
        return {(adults[tie.adult_id], pupils[tie.pupil_id]): tie for tie in now}

    def tasks(self) -> list[tuple[TaskKind, str]]:
        """What waits for staff: of which kind, and about whom by MIS id."""
        names = {f"adult:{a.id}": str(a.mis_id) for a in self.rows(people.Adult)}
        names |= {f"pupil:{p.id}": p.mis_id for p in self.rows(people.Pupil)}
        names |= {f"staff:{p.id}": str(p.mis_id) for p in self.rows(people.Staff)}
        return sorted(
            (
                task.kind,
                " ".join(names.get(word, word) for word in task.subject.split() if not word.startswith("said:")),
            )
            for task in self.rows(Task, Task.done_at.is_(None))
        )

    def everything(self) -> dict[str, list[str]]:
        """Every row but those that tell of imports, to see whether anything changed."""
        with self.store.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(select(table)).all()))
                for table in Base.metadata.sorted_tables
                if table.name not in ("import_run", "audit_entry", "received_register")
            }

    def staff(self, role: Role) -> Principal:
        """A member of staff with a role, made for the purpose."""
        with self.store.counting() as session:
            one = people.Staff(surname=str(role))
            session.add(one)
            session.flush()
            session.add(people.StaffRole(staff_id=one.id, role=role, recorded_at=NOON.instant))
            account = accounts.Account(staff_id=one.id, username=f"staff{one.id}")
            session.add(account)
            session.flush()
            session.add(
                accounts.AccountStatus(account_id=account.id, state=AccountState.ACTIVE, recorded_at=NOON.instant)
            )
            login = accounts.Login(
                token_hash=new_token()[1], account_id=account.id, stage=accounts.Stage.COMPLETE, shared_device=False, begun_at=NOON.instant,
                seen_at=NOON.instant, idle_until=later(99).instant, expires_at=later(99).instant,
            )  # fmt: skip
            session.add(login)
            session.flush()
            asked = login.id
        with self.store.engine.connect() as connection:
            return about_logins(connection, [asked], NOON.instant).principals[asked]

    def lead(self) -> Principal:
        """A safeguarding lead."""
        return self.staff(Role.SAFEGUARDING_LEAD)

    def data_manager(self) -> Principal:
        """A data manager."""
        return self.staff(Role.DATA_MANAGER)

    def open_account(self, adult: str) -> None:
        """Verifies everything an adult is connected with and opens their account, as staff would have."""
        at = NOON.instant
        with self.store.writing_as(IMPORTER, NOON) as work:
            person = work.session.scalars(select(people.Adult).where(people.Adult.mis_id == adult)).one()
            clerk = work.session.scalars(select(people.Staff)).first()
            assert clerk is not None
            for tie in work.session.scalars(
                select(people.Connection).where(people.Connection.adult_id == person.id)
            ).all():
                replace(work, tie, verified_at=at, verified_by_id=clerk.id)
            account = work.add(accounts.Account(adult_id=person.id, username=adult.lower()))
            work.add(accounts.AccountStatus(account_id=account.id, state=AccountState.ACTIVE, recorded_at=at))
            if work.session.get(accounts.PolicyVersion, 1) is None:
                work.add(accounts.PolicyVersion(number=1, text="", published_at=at, must_accept=True))
            work.add(accounts.Acceptance(adult_id=person.id, version=1, accepted_at=at))
            work.audit(Verb.ISSUED_ACCOUNT, account=account.id)

    def sees(self, adult: str, at: Moment) -> set[str]:
        """The MIS ids of the pupils that an adult may see."""
        with self.store.engine.connect() as connection:
            person = next(a for a in self.rows(people.Adult) if a.mis_id == adult)
            known = about_adults(connection, [person.id], at.instant)
        names = {p.id: p.mis_id for p in self.rows(people.Pupil)}
        return {names[facts.pupil_id] for facts in known.facts.values() if may_see(facts, at)}


def later(days: int) -> Moment:
    """Noon, so many days after the first import."""
    return Moment(NOON.instant + timedelta(days), LONDON)
