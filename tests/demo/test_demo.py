"""The demo as it is started: its people sign in and land where their note says, its folder is kept, its clock can be set."""

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from click.testing import CliRunner

from dashboards.commands import demo as demo_command
from dashboards.portal import put_together
from portal_core.demo.build import fill
from portal_core.store.registers import Mark
from tests.doors.running import free_port, running
from tests.doors.wire import ask
from tests.fixtures_demo import NOW
from tests.pages.site import hidden


@pytest.fixture(scope="module")
def served(demo):
    portal = put_together(demo.store, *demo.keys, authenticators=lambda: datetime.now(UTC))  # noqa: TID251  as people's telephones
    with running(portal.gate, portal.apps, portal.routes) as server:
        yield server
    portal.close()


def walk(served, one):
    """Signs in as any client would; where it lands and what is there."""
    cookies: dict[str, str] = {}

    def go(path, form=None):
        answer = ask(
            served.url,
            path,
            "POST" if form else "GET",
            form=form,
            Cookie="; ".join(f"{k}={v}" for k, v in cookies.items()),
        )
        for cookie in answer.cookies:
            name, _, value = cookie.split(";")[0].partition("=")
            cookies[name] = value
        return go(answer.headers["location"]) if answer.status in (302, 303) else (path, answer)

    form = hidden(go("/sign-in")[1]) | {"username": one.username, "password": one.password, "device": "private"}
    path, answer = go("/sign-in", form)
    if one.totp_secret:
        assert path == "/sign-in/next"
        path, answer = go(path, hidden(answer) | {"code": pyotp.TOTP(one.totp_secret).now()})
    return path, answer


@pytest.mark.parametrize(
    ("role", "number", "path", "words"),
    [
        ("parent", 0, r"/parent/\d+", "Amelia Ashworth"),
        ("parent", 1, r"/parent/\d+", "Zayn Malik"),
        ("parent", 2, "/parent", "There is nothing to show you here"),
        ("parent", 3, "/parent", "There is nothing to show you here"),
        ("office", 0, "/staff", "Staff"),
        ("safeguarding lead", 0, "/staff", "Staff"),
        ("safeguarding lead", 1, "/staff", "Staff"),
        ("data manager", 0, "/staff", "Staff"),
        ("administrator", 0, "/staff", "Staff"),
        ("administrator", 1, "/staff", "Staff"),
        ("analyst", 0, "/notebooks/", "Attendance by group"),
    ],
)
def test_each_of_the_list_lands_on_their_own_page(served, demo, role, number, path, words):
    landed, answer = walk(served, demo.person(role, number))
    assert re.fullmatch(path, landed)
    assert words in answer.text


def test_the_first_parents_page_shows_everything(served, demo):
    """Two children, both kinds of points, late, authorised and unauthorised, a correction; with the sibling, a reason awaited."""
    _, answer = walk(served, demo.person("parent", 0))
    for words in ("Noah", "Super effort", "Homework late", "Late", "Corrected at", "Present"):
        assert words in answer.text, words
    for figure in ("authorised absences", "unauthorised absences", "times late"):
        assert re.search(rf"<dt>{figure}[^<]*</dt><dd>[1-9]\d*</dd>", answer.text), figure
    noah = re.search(r'href="(/parent/\d+)">Noah', answer.text)
    assert noah is not None


def test_the_one_who_is_not_yet_activated_has_a_code_that_works(served, demo):
    one = demo.person("parent", 4)
    assert one.password == ""
    token = next(c.split(";")[0] for c in ask(served.url, "/activate").cookies if c.startswith("xsrf"))
    page = ask(served.url, "/activate", Cookie=token)
    answer = ask(
        served.url,
        "/activate",
        "POST",
        form=hidden(page) | {"username": one.username, "code": one.activation_code},
        Cookie=token,
    )
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in/next")


def test_the_next_day_is_imported_at_the_next_start(demo):
    """What came since, as every morning; what was there stays."""
    with demo.store.counting() as session:
        before = session.query(Mark).count()
    fill(demo.store.engine, demo.folder / "exports", demo.told, now=NOW + timedelta(days=1))
    with demo.store.counting() as session:
        assert session.query(Mark).count() > before


SMALL = """
from portal_core.demo import build, families, files
build.ISSUED_ALSO, build.ACTIVE_ALSO = 8, 2
files.FORM_SIZE = families.FORM_SIZE = 8
from dashboards.cli import main
main()
"""
"""The command's own program, with smaller forms: it takes as long to build as there are children."""


def start(folder, *options):
    """The command in a process of its own; its line of JSON and the process."""
    command = [
        sys.executable,
        "-c",
        SMALL,
        "demo",
        "--data",
        str(folder),
        "--json",
        "--port",
        str(free_port()),
        *options,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "it ended without a word"
    return json.loads(line), process


def stop(process):
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, ""), "more than one line on standard output"


def test_the_command_prints_one_line_keeps_its_folder_and_sets_its_clock(tmp_path):
    """Every form of the school, started twice: built, and gone on with a little later."""
    folder = tmp_path / "data"
    first, process = start(folder, "--at", "2026-03-12T10:35")
    assert set(first) == {"url", "signins"}
    assert [one["role"] for one in first["signins"]] == ["parent"] * 6 + ["safeguarding lead"] * 2 + [
        "office", "data manager", "administrator", "administrator", "analyst",
    ]  # fmt: skip
    for one in first["signins"]:
        assert {"role", "username", "password", "note"} <= set(one) | (
            {"password"} if "activation_code" in one else set()
        )
        assert ("totp_secret" in one) == (one["role"] != "parent")
    assert ask(first["url"], "/").status == 200
    stop(process)
    assert (
        all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir() if path.suffix != ".csv") or os.name == "nt"
    )
    again, process = start(folder, "--at", "2026-03-12T10:50")
    assert again["signins"] == first["signins"]
    stop(process)


def test_what_is_asked_of_the_command_is_asked_of_the_folder(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(demo_command, "ready", lambda folder, **how: asked.append((folder, how)) or sys.exit(3))
    options = ["--data", str(tmp_path), "--fresh", "--at", "2026-03-14T09:00", "--port", str(free_port())]
    assert CliRunner().invoke(demo_command.demo, options).exit_code == 3
    [(folder, how)] = asked
    assert (folder, how["fresh"], how["asked"]) == (tmp_path, True, datetime(2026, 3, 14, 9, tzinfo=UTC))


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    command = [sys.executable, "-m", "dashboards.cli", "demo", "--data", str(tmp_path), "--fresh"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "holds no demo" in done.stderr, (tmp_path / "thesis.txt").read_text()) == (1, True, "mine")
