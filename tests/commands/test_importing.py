"""`portal import` and `portal explain`: previewed, locked, with exit codes that a night's job can act on."""

import subprocess
import sys
import textwrap

import pytest
from sqlalchemy import func, select, text

from portal_core.domain.clauses import Clause
from portal_core.services.installation import opened
from portal_core.store.people import Adult, Connection, Pupil
from portal_core.store.school import ImportRun
from tests.commands.test_keeping import filled

PUPILS = "Pupil ID,Forename,Surname,DOB,Year,Form\n1,John,Smith,1/2/2014,7,7A\n2,John,Smith,3/4/2014,7,7B\n"
CONTACTS = (
    "Pupil ID,Contact ID,Forename,Surname,Relationship,Parental Responsibility,Court Order\n"
    "1,C1,Ann,Smith,Mother,T,F\n2,C2,Ann,Smith,Mother,,F\n9,C3,Bo,Nobody,Father,T,F\n"
)


@pytest.fixture
def exports(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "pupils.csv").write_text(PUPILS)
    (folder / "contacts.csv").write_text(CONTACTS)
    return folder


def count(school, table):
    with opened(school) as one, one.store.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table.__table__))


def test_a_preview_says_what_would_change_and_changes_nothing(portal, school, exports):
    done = portal("import", "--data", school, exports, "--preview")
    assert done.exit_code == 0
    assert "pupils: 2 new" in done.output
    assert "contacts.csv, line 4: No pupil has the MIS id 9" in done.output
    assert (count(school, Pupil), count(school, ImportRun)) == (0, 0)


def test_it_asks_first_and_takes_no_for_an_answer(portal, school, exports):
    done = portal("import", "--data", school, exports, answers="n\n")
    assert (done.exit_code, "Nothing was changed" in done.output, count(school, Pupil)) == (0, True, 0)
    assert portal("import", "--data", school, exports, answers="y\n").exit_code == 3
    assert count(school, Pupil) == 2


@pytest.mark.clause(Clause.USER_1)
def test_two_of_one_name_stay_two_and_nobody_gains_sight(portal, school, exports):
    """Rows left for a person are the exit code 3; what came is evidence, for staff to verify."""
    done = portal("import", "--data", school, exports, "--yes")
    assert done.exit_code == 3
    assert (count(school, Pupil), count(school, Adult), count(school, Connection)) == (2, 2, 2)
    with opened(school) as one, one.store.engine.connect() as connection:
        assert connection.scalars(select(Connection.verified_at)).all() == [None, None]


def test_a_repeat_changes_nothing(portal, school, exports):
    given = ("import", "--data", school, exports, "--yes", "--as-of", "2026-11-02T06:30")
    portal(*given)
    done = portal(*given)
    assert (done.exit_code, "entered before" in done.output, count(school, ImportRun)) == (0, True, 1)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        pytest.param("pupils.csv", "Forename,Surname\nAna,Duval\n", "no column for", id="no id"),
        pytest.param(
            "pupils.csv",
            'Pupil ID,Forename,Surname,DOB\n1,"Ana,Duval,1/2/2014\n',
            "pupils.csv",
            id="a quotation mark left open",
        ),
        pytest.param("notes.txt", "hello\n", "There is no file that is recognised", id="no export"),
    ],
)
def test_a_bad_file_changes_nothing_and_says_why(portal, school, tmp_path, name, content, words):
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / name).write_text(content)
    done = portal("import", "--data", school, folder, "--yes")
    assert words in done.output
    assert "Traceback" not in done.output
    assert count(school, Pupil) == 0


def test_a_schools_own_headers_are_told_in_a_map(portal, school, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "pupils.csv").write_text("Nr,Rufname,Nachname,Geburtstag\n1,Ana,Duval,1/2/2014\n")
    told = tmp_path / "map.toml"
    told.write_text('[pupils]\npupil_id = "Nr"\nforename = "Rufname"\nsurname = 3\nborn_on = "Geburtstag"\n')
    assert portal("import", "--data", school, folder, "--yes").exit_code == 1
    done = portal("import", "--data", school, folder, "--yes", "--map", told)
    assert (done.exit_code, count(school, Pupil)) == (0, 1), done.output


def test_it_stops_where_too_many_would_leave(portal, school, exports):
    portal("import", "--data", school, exports, "--yes")
    (exports / "contacts.csv").write_text(CONTACTS.replace(",T,F", ",F,F").replace(",,F", ",F,F"))
    done = portal("import", "--data", school, exports, "--yes", "--most-leaving", "0.1")
    assert done.exit_code == 1 or "losing responsibility" in done.output


@pytest.mark.clause(Clause.REVOKE_2)
def test_a_report_that_has_lost_its_column_of_orders_is_noticed_by_cron(portal, school, exports):
    """The file and line are named; files that name no order at all are no matter."""
    (exports / "contacts.csv").write_text(CONTACTS.replace("9,C3,Bo,Nobody,Father,T,F\n", "").replace("T,F\n", "T,T\n"))
    assert portal("import", "--data", school, exports, "--yes").exit_code == 0
    lost = "\n".join(line.rpartition(",")[0] for line in CONTACTS.splitlines()[:3])
    (exports / "contacts.csv").write_text(lost)
    done = portal("import", "--data", school, exports, "--yes")
    assert (done.exit_code, "contacts.csv, line 1: no column tells of court orders, though" in done.output) == (3, True)


@pytest.mark.parametrize("how", ["--yes", "--preview"])
def test_a_change_of_mis_is_stopped_with_what_to_do(portal, school, exports, how):
    portal("import", "--data", school, exports, "--yes")
    (exports / "pupils.csv").write_text(PUPILS.replace("\n1,", "\n91,").replace("\n2,", "\n92,"))
    done = portal("import", "--data", school, exports, how, "--most-leaving", "1", "--most-changing", "1")
    assert (done.exit_code, "2 of 2 pupils on record have come under other MIS ids" in done.output) == (5, True)
    assert count(school, Pupil) == 2


def test_a_second_import_at_once_waits_for_nobody_and_says_so(portal, school, exports):
    """Another process holds the lock; the exit code is its own."""
    holding = textwrap.dedent(f"""
        import fcntl, sys
        file = open({str(school / "import.lock")!r}, "a")
        fcntl.flock(file, fcntl.LOCK_EX)
        print("held", flush=True)
        sys.stdin.read()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        done = portal("import", "--data", school, exports, "--yes")
        assert (done.exit_code, "Another import is running" in done.output) == (4, True)
        other.stdin.close()
    assert portal("import", "--data", school, exports, "--yes").exit_code == 3


@pytest.mark.clause(Clause.REVOKE_2, Clause.REVOKE_4)
@pytest.mark.parametrize(
    ("staff", "adult", "child", "said", "unsaid"),
    [
        pytest.param(
            "lead",
            "court_order",
            "Jude",
            "REVOKE-2  court ruling",
            "withheld by a decision",
            id="the lead reads the ground",
        ),
        pytest.param("office", "court_order", "Jude", "unless access was withheld", "court", id="the office does not"),
        pytest.param("office", "investigated", "Lily", "unless access was withheld", "May not", id="nor another"),
        pytest.param("lead", "two_children", "Amelia", "May see the child", "against", id="one who may"),
    ],
)
def test_a_decision_is_explained_to_whom_it_may_be(portal, school, staff, adult, child, said, unsaid):
    """And that it was asked is on record, in whose name."""
    families = filled(school)
    done = portal(
        "explain",
        "--data",
        school,
        "--as",
        staff,
        "--adult",
        families.adults[adult],
        "--child",
        f"mis:P-{child}",
        "--at",
        "2026-03-12T11:00",
    )
    assert done.exit_code == 0, done.output
    assert said in done.output
    assert unsaid not in done.output
    with opened(school) as one, one.store.engine.connect() as connection:
        actor, verb = connection.execute(text("SELECT actor, verb FROM audit_entry ORDER BY id DESC LIMIT 1")).one()
    assert (actor, verb) == (f"command line as staff:{families.staff[staff]}", "explained access")


def test_whoever_lacks_the_duty_is_told_nothing(portal, school):
    families = filled(school)
    done = portal(
        "explain",
        "--data",
        school,
        "--as",
        "analyst",
        "--adult",
        families.adults["court_order"],
        "--child",
        "mis:P-Jude",
    )
    assert (done.exit_code, "You are not able to do this" in done.output) == (1, True)


@pytest.mark.parametrize(
    ("option", "value"), [("--at", "2199-01-01T10:00"), ("--at", "noon"), ("--child", "mis:nobody"), ("--adult", "x")]
)
def test_a_question_about_nobody_or_the_future_is_refused(portal, school, option, value):
    families = filled(school)
    given = {"--as": "lead", "--adult": families.adults["court_order"], "--child": "mis:P-Jude", option: value}
    done = portal("explain", "--data", school, *(word for pair in given.items() for word in pair))
    assert (done.exit_code, "Traceback" in done.output) == (1, False)
