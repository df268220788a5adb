"""A school's files entering the store: a preview that keeps its word, one transaction or nothing, and stops that a night can trust."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal_core.domain.clauses import Clause
from portal_core.domain.people import Machine, Responsibility
from portal_core.errors import ImportRefused, ImportStopped, NotPermitted
from portal_core.importers import Files
from portal_core.services.imports import import_files
from portal_core.store import people, registers
from portal_core.store.school import AuditEntry, ImportRun, ReceivedRegister, Task, TaskKind
from tests.services.office import CONTACTS, MARKS, NOON, POINTS, PUPILS, STAFF, later


def test_a_whole_export_enters_once(office):
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


@pytest.mark.parametrize("full", [False, True], ids=["some", "full"])
def test_a_repeat_changes_nothing(office, full):
    """The same files again, under the same date or a later one, write no row anew."""
    office.enter(as_of=NOON.instant, full=full)
    before = office.everything()
    same = office.enter(as_of=NOON.instant, full=full)
    again = office.enter(at=later(1), full=full)

    assert (same.repeated, again.repeated, office.count(ImportRun)) == (True, False, 2)
    assert all((c.new, c.changed, c.leaving) == (0, 0, 0) for c in again.changes.values())
    assert office.everything() == before


def test_the_same_files_as_full_are_no_repeat(office):
    """What they say is then more: whom they do not name is missing."""
    office.enter(files=office.files(pupils=PUPILS))
    fewer = office.files(pupils=PUPILS.replace("P3,Zayn,Malik,2013-01-20,8,8B,2024-09-04,\n", ""))
    office.enter(files=fewer)
    assert not office.enter(files=fewer, full=True, most_leaving=None).repeated
    assert office.tasks() == [(TaskKind.MISSING_PUPIL, "P3")]


def test_a_preview_says_what_the_import_does_and_changes_nothing(office):
    files = office.files()
    told = office.preview(files=files)

    assert (office.count(people.Pupil), office.count(AuditEntry), office.count(ImportRun)) == (0, 0, 0)
    assert told.counts == office.enter(files=files).counts


def test_a_failed_audit_write_leaves_nothing(office):
    """The import and its entry are one: no record of it, no import."""
    before = office.everything()
    with office.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME TO audit_away"))
    with pytest.raises(DBAPIError, match="audit_entry"):
        office.enter()
    assert (office.everything(), office.count(ImportRun)) == (before, 0)


def test_only_who_imports_imports(office):
    with pytest.raises(NotPermitted):
        import_files(office.store, by=Machine("x", frozenset()), at=NOON, files=office.files())
    assert office.count(people.Pupil) == 0


@pytest.mark.parametrize("kind", ["contacts", "session"])
def test_files_older_than_those_of_their_kind_before_are_refused(office, kind):
    """An old export would undo what is newer; another kind's, given apart, is none of it."""
    office.enter(at=later(1))
    changed = {"contacts": CONTACTS.replace("Mother", "Carer"), "session": MARKS.replace("AM,N", "AM,I")}
    others = dict.fromkeys(("pupils", "staff", "contacts", "session", "lesson", "points"))
    before = office.everything()

    with pytest.raises(ImportRefused, match="are of 12 March 2026, 12:00 UTC; those entered before are of 13 March"):
        office.enter(at=later(2), files=office.files(**others | {kind: changed[kind]}), as_of=NOON.instant)
    assert office.everything() == before


def test_a_kind_that_came_at_another_time_has_its_own_age(office):
    others = dict.fromkeys(("pupils", "staff", "contacts", "session", "lesson", "points"))
    office.enter(files=office.files(session=None))
    office.enter(at=later(2), files=office.files(**others | {"points": POINTS}))
    office.enter(at=later(2), files=office.files(**others | {"session": MARKS}), as_of=later(1).instant)
    assert office.count(registers.Mark) == 4


def test_files_of_the_future_are_refused(office):
    with pytest.raises(ImportRefused, match="in the future"):
        office.enter(as_of=NOON.instant + timedelta(minutes=1))


@pytest.mark.clause(Clause.CONTACT_2)
def test_data_is_as_old_as_its_session_marks(office):
    """What parents read as the age of the data is not renewed by files without marks."""
    office.enter()
    office.enter(at=later(3), files=office.files(session=None, points=POINTS.replace("2,Kindness", "3,Kindness")))
    assert [run.data_as_of for run in office.rows(ImportRun)] == [NOON.instant] * 2
    office.enter(at=later(4))
    assert office.rows(ImportRun)[-1].data_as_of == later(4).instant


def test_too_many_leaving_stops_the_import_whole(office):
    office.enter()
    none = CONTACTS.replace(",T,F", ",F,F")
    files = office.files(contacts=none, points=POINTS.replace("2,Kindness", "3,Kindness"))

    told = office.preview(at=later(1), files=files)
    assert told.stops == ["2 of 4 contacts would leave or lose responsibility, more than the share set."]
    with pytest.raises(ImportStopped, match="2 of 4 contacts would leave"):
        office.enter(at=later(1), files=files)
    yes = [tie for tie in office.ties().values() if tie.responsibility is Responsibility.YES]
    assert (len(yes), office.count(ImportRun)) == (2, 1)
    assert {p.amount for p in office.rows(registers.Point)} == {1, 2}
    office.enter(at=later(1), files=files, most_leaving=0.5)
    assert office.count(ImportRun) == 2


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        pytest.param("2 of 3 pupils", {"pupils": PUPILS.splitlines(keepends=True)[0]
                     + "P1,Amelia,Ashworth,2012-05-01,9,9A,2022-09-05,\n"}, id="pupils"),
        pytest.param("2 of 2 staff", {"staff": STAFF.splitlines()[0] + "\nS9,NEW,Dr,Eve,Moss,Teacher,,\n"}, id="staff"),
    ],
)  # fmt: skip
def test_a_full_file_that_lacks_too_many_stops(office, said, changed):
    office.enter()
    with pytest.raises(ImportStopped, match=f"{said} would leave"):
        office.enter(at=later(1), files=office.files(**changed), full=True)
    assert office.tasks() == []
    assert [person.left_on for person in office.rows(people.Staff)] == [None, None]


def test_too_much_changing_stops_the_import_whole(office):
    """As where a report's columns have been moved; a few changes are never too many."""

    def in_forms(*forms: str) -> Files:
        rows = (f"Q{n},Ann,Lee{n},2013-01-{1 + n:02},8,{form},2024-09-04," for n, form in enumerate(forms))
        return office.files(pupils="\n".join([*PUPILS.splitlines(), *rows]) + "\n")

    office.enter(files=in_forms(*["8A"] * 21))
    with pytest.raises(ImportStopped, match="21 of 24 pupils on record would change"):
        office.enter(at=later(1), files=in_forms(*["8B"] * 21))
    assert office.count(people.Enrolment) == 24
    office.enter(at=later(1), files=in_forms(*["8B"] * 20, "8A"))
    office.enter(at=later(2), files=in_forms(*["8C"] * 21), most_changing=None)
    assert office.count(people.Enrolment) == 24 + 20 + 21


def test_whom_an_unreadable_row_is_about_is_not_missing(office):
    """A full file names them, if not in a way that can be taken."""
    office.enter()
    office.open_account("A1")
    bad = {
        "pupils": PUPILS.replace("2013-01-20", "soon"),
        "contacts": CONTACTS.replace("P1,A1,Mrs,Ruth,Ashworth,", "P1,A1,Mrs,Ruth,,"),
    }

    report = office.enter(at=later(1), files=office.files(**bad), full=True)

    assert [(file, line) for file, line, _ in report.refused] == [("contacts.csv", 2), ("pupils.csv", 4)]
    assert (office.tasks(), office.sees("A1", later(1))) == ([], {"P1", "P2"})


def test_a_row_that_says_nothing_of_whom_it_is_about_leaves_nobody_missing(office):
    """Cut short, it might have been anyone's; the report says so."""
    office.enter()
    torn = PUPILS.replace("P3,Zayn,Malik,2013-01-20,8,8B,2024-09-04,", "P3,Za")

    report = office.enter(at=later(1), files=office.files(pupils=torn), full=True)

    assert office.tasks() == []
    assert any("nobody was taken as missing" in why for _, _, why in report.remarks)


def test_old_data_is_no_matter_any_more_once_newer_has_come(office):
    """The import takes its task away: no person has seen to it."""
    office.enter()
    with office.store.counting() as session:
        session.add(Task(kind=TaskKind.OLD_DATA, subject=f"day:{NOON.day}", opened_at=NOON.instant))
    office.enter(at=later(1), files=office.files(session=None))
    assert office.tasks() == [(TaskKind.OLD_DATA, "day:2026-03-12")]
    office.enter(at=later(1))
    assert office.tasks() == []
