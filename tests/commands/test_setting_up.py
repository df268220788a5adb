"""`portal init` and an installation's settings: what is made, for whom, and what is refused."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from portal_core.domain.clauses import Clause
from portal_core.errors import NotConfigured
from portal_core.services import published
from portal_core.services.installation import opened, write_private
from portal_core.settings import load
from portal_core.store import schema
from portal_core.store.base import open_engine
from tests.commands.conftest import ANSWERS
from tests.doors.running import free_port
from tests.fixtures_postgres import administering


def test_help_needs_neither_the_server_nor_the_store():
    """Else it would take seconds."""
    code = "import sys; from dashboards.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n" \
           "assert not {'panel', 'bokeh', 'sqlalchemy'} & set(sys.modules), 'imported'"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, "Serve the portal." in done.stdout) == (0, True), done.stderr


def test_every_command_that_is_listed_is_there(portal):
    from dashboards.cli import COMMANDS

    for name in COMMANDS:
        assert portal(name, "--help").exit_code == 0, name


def test_a_school_is_made_for_one_account_alone(portal, school):
    """Files nobody else may read, and no password anywhere."""
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in school.iterdir()}
    assert {name: mode & 0o077 for name, mode in modes.items()} == dict.fromkeys(modes, 0)
    assert stat.S_IMODE(school.stat().st_mode) == 0o700
    assert len(load(school).keys[0]) >= 32


@pytest.mark.clause(Clause.PASS_1)
def test_the_first_administrator_gets_a_code_that_is_shown_once(portal, tmp_path):
    made = portal("init", "--data", tmp_path / "p", *ANSWERS)
    code = next(line.split()[-1] for line in made.output.splitlines() if line.strip().startswith("code"))
    assert len(code) == 19
    everything = b"".join(path.read_bytes() for path in (tmp_path / "p").iterdir())
    assert code.encode() not in everything


def test_it_asks_for_what_it_was_not_told(portal, tmp_path):
    answers = "\n".join([
        "Millbrook High School", "", "office@millbrook.example", "01632 960 100", "https://portal.millbrook.example", "Beth",
        "Turnbull", "Autumn", "2026-09-01", "2026-12-18", "",
    ])  # fmt: skip
    made = portal("init", "--data", tmp_path / "p", answers=answers + "\n")
    assert (made.exit_code, "is set up in" in made.output) == (0, True), made.output


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param(
            ("--term", "Autumn", "2026-09-01", "2026-08-01"), "ends before it begins", id="a term that ends first"
        ),
        pytest.param(("--zone", "Europe/Lundon"), "no such time zone", id="no zone"),
        pytest.param(("--school", " "), "Please give the school's name", id="no name"),
        pytest.param(("--email", "nope"), "email: Write an e-mail address", id="no e-mail address"),
        pytest.param(("--telephone", "ring us"), "telephone: Write a telephone number", id="no telephone number"),
        pytest.param(("--origin", "http://portal.example"), "begins with https://", id="plain HTTP"),
        pytest.param(
            ("--origin", "https://portal.example/x"), "give what a browser shows", id="an address with a path"
        ),
        pytest.param(("--administrator", "Beth", " "), "administrator's name", id="nobody"),
        pytest.param(("--database", "mysql://host/x"), "postgresql://", id="another database"),
    ],
)
def test_bad_answers_leave_nothing_behind(portal, tmp_path, changed, words):
    made = portal("init", "--data", tmp_path / "p", *ANSWERS, *changed)
    assert made.exit_code != 0
    assert words in made.output
    assert not (tmp_path / "p").exists() or list((tmp_path / "p").iterdir()) == []


def test_a_private_file_is_private_whatever_the_account_makes_otherwise(tmp_path):
    before = os.umask(0o000)
    try:
        write_private(tmp_path / "secret_key", "k")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_second_init_changes_nothing(portal, school):
    before = {path.name: path.read_bytes() for path in school.iterdir()}
    again = portal("init", "--data", school, *ANSWERS)
    assert (again.exit_code, "holds an installation already" in again.output) == (1, True)
    assert {path.name: path.read_bytes() for path in school.iterdir()} == before


def test_a_database_that_is_there_already_is_never_taken_away(portal, tmp_path):
    (tmp_path / "portal.db").write_bytes(b"somebody's records")
    made = portal("init", "--data", tmp_path, *ANSWERS)
    assert (made.exit_code, "holds an installation already" in made.output) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["portal.db"]


def tables(url):
    engine = open_engine(url)
    with engine.connect() as connection:
        found = schema.tables(connection).tables
    engine.dispose()
    return set(found)


def test_a_first_try_that_fails_leaves_no_table_and_the_second_succeeds(portal, tmp_path, fresh_postgres):
    """Found out late: after the tables were made."""
    url, folder = fresh_postgres(), tmp_path / "p"
    told = ("--data", folder, *ANSWERS, "--database", url)
    made = portal("init", *told, "--administrator", "Beth", " ")
    assert (made.exit_code, "administrator's name" in made.output) == (1, True), made.output
    assert (tables(url), list(folder.iterdir())) == (set(), [])
    assert portal("init", *told).exit_code == 0
    assert "school_setting" in tables(url)


def test_an_account_of_postgresql_without_privileges_says_what_to_grant_and_then_works(
    portal, tmp_path, fresh_postgres
):
    """No superuser runs a school's portal: owner of its database, and a member of the role that parents are read as."""
    server = make_url(fresh_postgres())
    name = f"plain_{server.database}"
    with administering(server.render_as_string(hide_password=False)) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = 'portal_parent'").fetchall():
            connection.execute("CREATE ROLE portal_parent NOLOGIN")
        connection.execute(f"CREATE ROLE {name} LOGIN")
        connection.execute(f"ALTER DATABASE {server.database} OWNER TO {name}")
        url = server.set(username=name).render_as_string(hide_password=False)
        told = ("--data", tmp_path / "p", *ANSWERS, "--database", url)
        refused = portal("init", *told)
        assert (refused.exit_code, f"GRANT portal_parent TO {name}" in refused.output) == (1, True), refused.output
        assert tables(url) == set()
        connection.execute(f"GRANT portal_parent TO {name}")
        assert portal("init", *told).exit_code == 0
    with opened(tmp_path / "p") as one, one.store.engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE portal_parent"))
        assert connection.scalars(text("SELECT id FROM pupil")).all() == []


def test_a_database_of_something_else_stays_as_it_is(portal, tmp_path, fresh_postgres):
    url = fresh_postgres()
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE recipe (id integer primary key)"))
    engine.dispose()
    made = portal("init", "--data", tmp_path / "p", *ANSWERS, "--database", url)
    assert (made.exit_code, "not empty" in made.output) == (1, True)
    assert tables(url) == {"recipe"}


def test_a_database_that_does_not_answer_is_said_without_its_password(portal, tmp_path):
    folder, url = tmp_path / "p", f"postgresql://portal:s3cret@127.0.0.1:{free_port()}/portal"
    made = portal("init", "--data", folder, *ANSWERS, "--database", url)
    assert made.exit_code == 1
    assert "The database at 127.0.0.1 cannot be opened" in made.output
    assert "s3cret" not in made.output
    assert list(folder.iterdir()) == []


@pytest.mark.clause(Clause.PURPOSE)
def test_the_first_wordings_are_in_the_schools_name_with_its_figures(portal, school):
    """Nothing is left to be filled in, and every subject of the policy has its place."""
    with opened(school) as one:
        at = one.store.moment()
        policy, notice = published.policy(one.store, at).text, published.notice(one.store, at).text
    for words in (
        "Millbrook High School", "parental responsibility", "10:30", "Learning Manager", "Never use another person's",
        "court", "child's protection", "broken this policy", "responsible for how you use", "by e-mail or telephone",
    ):  # fmt: skip
        assert words in policy
    assert "Millbrook High School" in notice
    assert "{" not in policy + notice


def test_an_unknown_setting_is_an_error_wherever_it_stands(school, monkeypatch):
    """In the file and in the environment; the message names it and never its value."""
    monkeypatch.setenv("PORTAL_PROT", "s3cret")
    with pytest.raises(NotConfigured, match="PORTAL_PROT") as unknown:
        load(school)
    assert "s3cret" not in str(unknown.value)
    monkeypatch.delenv("PORTAL_PROT")
    (school / "portal.toml").write_text('prot = "s3cret"\n')
    with pytest.raises(NotConfigured, match="prot") as unknown:
        load(school)
    assert "s3cret" not in str(unknown.value)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param("port = 99999", "port", id="out of bounds"),
        pytest.param("port = ", "cannot be read", id="no TOML"),
        pytest.param('proxy = "perhaps"', "proxy", id="no truth"),
        pytest.param('origin = "portal.example"', "origin", id="no origin"),
        pytest.param('database = "mysql://u:s3cret@host/x"', "database: give postgresql://", id="another database"),
        pytest.param('database = "s3cret"', "database: give postgresql://", id="no address of a database"),
        pytest.param('secret_key = "s3cret"', "stands in the file secret_key", id="a key in the settings"),
        pytest.param('folder = "elsewhere"', "folder", id="a folder in the settings"),
    ],
)
def test_a_value_that_does_not_fit_is_named(portal, school, told, words):
    (school / "portal.toml").write_text(told)
    done = portal("audit", "verify", "--data", school)
    assert (done.exit_code, words in done.output, "Traceback" in done.output) == (1, True, False)
    assert "s3cret" not in done.output


def test_settings_that_are_no_text_are_named(portal, school):
    (school / "portal.toml").write_bytes(b'origin = "\xff"')
    done = portal("audit", "verify", "--data", school)
    assert (done.exit_code, "cannot be read" in done.output) == (1, True)


def test_a_key_is_never_taken_from_the_environment(school, monkeypatch):
    """It is shown there to whoever lists processes."""
    monkeypatch.setenv("PORTAL_SECRET_KEY", "s3cret")
    with pytest.raises(NotConfigured, match="stands in the file secret_key"):
        load(school)


def test_a_file_in_the_folder_that_is_named_like_a_setting_is_none(school):
    for name in ("port", "log", "key"):
        (school / name).write_text("9")
    assert (load(school).port, load(school).log, load(school).key) == (8443, "info", None)


def test_paths_count_from_the_data_folder(school):
    (school / "portal.toml").write_text('certificate = "tls.crt"\nbackup_folder = "/somewhere/else"\n')
    told = load(school)
    assert (told.certificate, told.backup_folder) == (school / "tls.crt", Path("/somewhere/else"))


def test_settings_show_no_secret(school):
    """In a log or a trace."""
    (school / "portal.toml").write_text('database = "postgresql://portal:s3cret@host/portal"\n')
    shown = repr(load(school))
    assert ("s3cret" in shown, load(school).keys[0] in shown) == (False, False)


def test_the_environment_wins_over_the_file(school, monkeypatch):
    monkeypatch.setenv("PORTAL_PORT", "9443")
    assert load(school).port == 9443


def test_without_a_secret_key_nothing_is_served(portal, school):
    os.unlink(school / "secret_key")
    done = portal("serve", "--data", school)
    assert (done.exit_code, "no secret key" in done.output) == (1, True)


def test_a_folder_that_holds_no_portal_says_so(portal, tmp_path):
    done = portal("doctor", "--data", tmp_path)
    assert (done.exit_code, "`portal init` makes one" in done.output) == (1, True)
