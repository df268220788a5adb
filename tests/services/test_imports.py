"""A school's files entering the store: a preview that keeps its word, one transaction, and never a child shown by an import."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select

from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import AccountState, Machine, Responsibility
from portal_core.domain.school import Moment
from portal_core.errors import ImportRefused, NotPermitted
from portal_core.importers import Files, read_folder
from portal_core.policy.access import may_see
from portal_core.services.import_registers import shift_publication
from portal_core.services.imports import Report, import_files, preview
from portal_core.store import accounts, people, registers
from portal_core.store.facts import about_adults
from portal_core.store.school import AuditEntry, ImportRun, ReceivedRegister, Task, TaskKind
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

    def files(self, **changed: str) -> Files:
        """The whole export, with some files replaced (keys are the first word of a file's name)."""
        for name, content in WHOLE.items():
            (self.folder / name).write_text(changed.get(name.split(".")[0].split()[0], content))
        return read_folder(self.folder)

    def enter(self, at: Moment = NOON, **options: Any) -> Report:
        """An import, of the whole export unless files are given."""
        given = options.pop("files", None) or self.files()
        return import_files(self.store, by=IMPORTER, at=at, files=given, **options)

    def rows(self, table: type, *where: object) -> list[Any]:
        """Every row of a table."""
        with self.store.reading_as(Machine("test", frozenset(Duty)), NOON) as session:
            return list(session.scalars(select(table).where(*where)))

    def count(self, table: type, *where: object) -> int:
        """How many rows there are."""
        return len(self.rows(table, *where))

    def open_account(self, adult: str) -> None:
        """Verifies everything an adult is connected with and opens their account, as staff would have."""
        at = datetime(2025, 9, 1, tzinfo=UTC)
        with self.store.writing_as(IMPORTER, NOON) as work:
            person = work.session.scalars(select(people.Adult).where(people.Adult.mis_id == adult)).one()
            clerk = work.session.scalars(select(people.Staff)).first()
            assert clerk is not None
            for tie in work.session.scalars(select(people.Connection).where(people.Connection.adult_id == person.id)):
                tie.verified_at, tie.verified_by_id, tie.recorded_at, tie.begun_on = at, clerk.id, at, at.date()
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


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    return Office(Store(engine, clock=lambda: NOON.instant), tmp_path)


def later(days: int) -> Moment:
    return Moment(NOON.instant + timedelta(days), LONDON)


def test_a_whole_export_enters_once(office: Office) -> None:
    """Every row of every kind is there, with its history, and the run is on record without a name."""
    report = office.enter()

    assert {kind: changes.new for kind, changes in report.changes.items()} == {
        "pupils": 3, "staff": 2, "contacts": 4, "session marks": 4, "lesson marks": 1, "points": 2,
    }  # fmt: skip
    amended = office.rows(registers.MarkAmendment)
    assert [(a.code, a.replaced_at) for a in amended] == [("N", datetime(2026, 3, 11, 15, tzinfo=UTC))]
    assert office.count(ReceivedRegister) == 3
    [entry] = office.rows(AuditEntry)
    assert "Ashworth" not in entry.detail
    assert "new" in entry.detail
    late = next(m for m in office.rows(registers.Mark) if m.code == "L")
    assert (late.minutes_late, late.public_from) == (7, datetime(2026, 3, 12, 8, 57, tzinfo=UTC))


def test_a_repeat_changes_nothing(office: Office) -> None:
    """The same files again, under the same date or a later one, write no row anew."""
    office.enter(as_of=NOON.instant)
    marks = [(m.pupil_id, m.day, m.half, m.code, m.run_id) for m in office.rows(registers.Mark)]
    same = office.enter(as_of=NOON.instant)
    again = office.enter(at=later(1))

    assert same.repeated
    assert all((c.new, c.changed, c.leaving) == (0, 0, 0) for c in again.changes.values())
    assert marks == [(m.pupil_id, m.day, m.half, m.code, m.run_id) for m in office.rows(registers.Mark)]


def test_a_preview_says_what_the_import_does_and_changes_nothing(office: Office) -> None:
    files = office.files()
    told = preview(office.store, by=IMPORTER, at=NOON, files=files)

    assert (office.count(people.Pupil), office.count(AuditEntry), office.count(ImportRun)) == (0, 0, 0)
    assert told.counts == office.enter(files=files).counts


@pytest.mark.clause(Clause.USER_1)
def test_an_import_verifies_nobody(office: Office) -> None:
    """A flag in a file is evidence; blank is not yes."""
    office.enter()

    ties = office.rows(people.Connection)
    assert [t.verified_at for t in ties] == [None] * 4
    assert sorted(t.responsibility for t in ties) == ["no", "unknown", "yes", "yes"]


@pytest.mark.clause(Clause.USER_1)
@pytest.mark.parametrize("said", ["F", ""], ids=["withdrawn", "left blank"])
def test_responsibility_withdrawn_refuses_at_once_and_its_return_restores_nothing(office: Office, said: str) -> None:
    office.enter()
    office.open_account("A1")
    assert office.sees("A1", NOON) == {"P1", "P2"}

    gone = CONTACTS.replace("P1,A1,Mrs,Ruth,Ashworth,Mother,T", f"P1,A1,Mrs,Ruth,Ashworth,Mother,{said}")
    report = office.enter(at=later(1), files=office.files(contacts=gone))
    assert (office.sees("A1", later(1)), report.losing) == ({"P2"}, [("A1", "P1")])
    assert office.count(Task, Task.kind == TaskKind.RESPONSIBILITY_WITHDRAWN) == 1

    office.enter(at=later(2))
    assert office.sees("A1", later(2)) == {"P2"}
    assert office.sees("A1", NOON) == {"P1", "P2"}  # what was decided then can still be told


@pytest.mark.clause(Clause.REVOKE_2)
def test_a_court_flag_refuses_at_once_and_once_settled_stays_settled(office: Office) -> None:
    office.enter()
    office.open_account("A1")
    flagged = CONTACTS.replace("P1,A1,Mrs,Ruth,Ashworth,Mother,T,F", "P1,A1,Mrs,Ruth,Ashworth,Mother,T,T")

    office.enter(at=later(1), files=office.files(contacts=flagged))
    assert office.sees("A1", later(1)) == {"P2"}
    assert office.count(Task, Task.kind == TaskKind.COURT_FLAG) == 1

    office.enter(at=later(2))
    assert office.sees("A1", later(2)) == {"P2"}  # a flag that vanishes restores nothing

    office.enter(at=later(3), files=office.files(contacts=flagged))
    assert office.count(Task, Task.kind == TaskKind.COURT_FLAG) == 1


def test_who_comes_back_on_roll_is_verified_anew(office: Office) -> None:
    """Leaving ends sight, and no import ever restores it."""
    office.enter()
    office.open_account("A1")
    left = PUPILS.replace(
        "P1,Amelia,Ashworth,2012-05-01,9,9A,2022-09-05,", "P1,Amelia,Ashworth,2012-05-01,9,9A,2022-09-05,2026-03-12"
    )

    office.enter(at=later(1), files=office.files(pupils=left))
    assert office.sees("A1", later(1)) == {"P2"}
    report = office.enter(at=later(2))

    assert office.sees("A1", later(2)) == {"P2"}
    assert report.gaining == []
    assert office.count(Task, Task.kind == TaskKind.VERIFY_RESPONSIBILITY) == 1


def test_a_corrected_birth_that_would_open_a_record_does_not(office: Office) -> None:
    """Whatever the cause, sight that an import would give loses its verification in the same transaction."""
    grown = PUPILS.replace("2012-05-01", "2006-05-01")
    office.enter(files=office.files(pupils=grown))
    office.open_account("A1")
    assert office.sees("A1", NOON) == {"P2"}

    report = office.enter(at=later(1))
    assert (office.sees("A1", later(1)), report.gaining) == ({"P2"}, [("A1", "P1")])


def test_a_full_file_proposes_who_is_missing_and_withdraws_whom_it_no_longer_names(office: Office) -> None:
    office.enter()
    office.open_account("A1")
    fewer = "\n".join(line for line in PUPILS.splitlines() if not line.startswith("P3")) + "\n"
    alone = CONTACTS.replace("P1,A1,Mrs,Ruth,Ashworth,Mother,T,F,1\n", "")

    office.enter(at=later(1), files=office.files(pupils=fewer, contacts=alone), full=True, most_leaving=None)

    assert office.count(Task, Task.kind == TaskKind.MISSING_PUPIL) == 1
    assert office.sees("A1", later(1)) == {"P2"}


def test_too_many_leaving_stops_the_import_whole(office: Office) -> None:
    office.enter()
    none = CONTACTS.replace(",T,F", ",F,F")

    with pytest.raises(ImportRefused, match="would leave or lose"):
        office.enter(at=later(1), files=office.files(contacts=none, points=POINTS.replace("2,Kindness", "3,Kindness")))
    yes = [t for t in office.rows(people.Connection) if t.responsibility is Responsibility.YES]
    assert (len(yes), office.count(ImportRun)) == (2, 1)
    assert {p.amount for p in office.rows(registers.Point)} == {1, 2}


def test_a_mark_that_differs_is_amended_and_says_what_it_said(office: Office) -> None:
    office.enter()
    report = office.enter(
        at=later(1), files=office.files(session=MARKS.replace("P2,2026-03-12,AM,N,,", "P2,2026-03-12,AM,M,,"))
    )

    assert (report.changes["session marks"].changed, report.changes["session marks"].unchanged) == (1, 3)
    former = [a for a in office.rows(registers.MarkAmendment) if a.day == date(2026, 3, 12)]
    assert [(a.code, a.replaced_at) for a in former] == [("N", later(1).instant)]


def test_names_match_nobody(office: Office) -> None:
    """Two of one name stay two; an id whose name changed altogether waits for a person."""
    twins = CONTACTS + "P3,A4,Mr,Imran,Malik,Uncle,F,F,3\nP3,A1,Mr,Peter,Voss,Father,T,F,1\n"
    office.enter()
    report = office.enter(at=later(1), files=office.files(contacts=twins))

    assert office.count(people.Adult, people.Adult.surname == "Malik") == 2
    assert [why for _, _, why in report.refused] == [
        "This MIS id belonged to another adult. Is it used again? A person must decide."
    ]
    assert office.count(Task, Task.kind == TaskKind.UNCLEAR_MATCH) == 1


def test_only_who_imports_imports(office: Office) -> None:
    with pytest.raises(NotPermitted):
        import_files(office.store, by=Machine("x", frozenset()), at=NOON, files=office.files())
    assert office.count(people.Pupil) == 0


def test_a_changed_delay_moves_what_was_published(office: Office) -> None:
    office.enter()
    with office.store.writing_as(IMPORTER, NOON) as work:
        shift_publication(work, registers.Mark, 90)
        work.audit(Verb.SET, key="marks_delay_minutes")

    late = next(m for m in office.rows(registers.Mark) if m.code == "L")
    assert late.public_from == datetime(2026, 3, 12, 10, 27, tzinfo=UTC)
    assert office.store.engine.connect().scalar(select(func.count()).select_from(registers.Mark)) == 4
