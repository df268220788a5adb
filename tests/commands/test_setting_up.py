"""`portal init` and an installation's settings: what is made, for whom, and what is refused."""

import os
import stat
import subprocess
import sys

import pytest

from portal_core.domain.clauses import Clause
from portal_core.errors import NotConfigured
from portal_core.settings import load
from tests.commands.conftest import ANSWERS


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
    ],
)
def test_bad_answers_leave_nothing_behind(portal, tmp_path, changed, words):
    made = portal("init", "--data", tmp_path / "p", *ANSWERS, *changed)
    assert made.exit_code != 0
    assert words in made.output
    assert not (tmp_path / "p").exists() or list((tmp_path / "p").iterdir()) == []


def test_a_second_init_changes_nothing(portal, school):
    before = {path.name: path.read_bytes() for path in school.iterdir()}
    again = portal("init", "--data", school, *ANSWERS)
    assert (again.exit_code, "holds an installation already" in again.output) == (1, True)
    assert {path.name: path.read_bytes() for path in school.iterdir()} == before


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
    ],
)
def test_a_value_that_does_not_fit_is_named(portal, school, told, words):
    (school / "portal.toml").write_text(told)
    done = portal("audit", "verify", "--data", school)
    assert (done.exit_code, words in done.output, "Traceback" in done.output) == (1, True, False)


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
