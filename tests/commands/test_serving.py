"""`portal serve` as a school starts it: a process of its own, over TLS, and every way in which it refuses to start."""

import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from dashboards.cli import main
from portal_core.domain.clauses import Clause
from portal_core.services.installation import opened
from portal_core.store import schema
from portal_core.store.base import open_engine
from tests.commands.certificate import make_certificate
from tests.commands.conftest import ANSWERS
from tests.doors.running import free_port

PASSWORD = "orchard tin whistle 71"
LIMIT = 60


@dataclass
class School:
    """A running portal, what it wrote, and the code that `portal init` showed."""

    folder: Path
    port: int
    process: subprocess.Popen[str]
    code: str
    log: Path


@dataclass
class Browser:
    """Holds cookies, speaks TLS, trusts the school's certificate alone."""

    school: School
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path, form=None, **headers):
        context = ssl.create_default_context(cafile=str(self.school.folder / "tls.crt"))
        connection = http.client.HTTPSConnection("localhost", self.school.port, timeout=LIMIT, context=context)
        sent = {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())} | headers
        if form is not None:
            sent |= {
                "Origin": f"https://localhost:{self.school.port}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
        connection.request("GET" if form is None else "POST", path, form and urlencode(form), sent)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer

    def send(self, path, **fields):
        """Fill in the form of a page; the page that follows, by as many redirects as it takes."""
        page = self.ask(path).text.partition("<main")[2]
        for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', page):
            name, value = (re.search(rf'{key}="([^"]*)"', tag)[1] for key in ("name", "value"))
            fields.setdefault(name, unescape(value))
        answer = self.ask(path, fields)
        while answer.status in (302, 303):
            answer = self.ask(answer.headers["Location"])
        return answer


def start(folder, log, *more):
    command = [sys.executable, "-c", "from dashboards.cli import main; main()", "serve", "--data", str(folder), *more]
    with log.open("w") as err:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err, text=True)


def wait_until_serving(process, log):
    ends = time.monotonic() + LIMIT
    while "Serving https://" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.05)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """`portal init`, then `portal serve`, with a certificate of its own."""
    base, port = tmp_path_factory.mktemp("served"), free_port()
    certificate = make_certificate(base)
    tls = ("--certificate", str(certificate), "--key", str(base / "tls.key"))
    answers = [word for word in ANSWERS if word != "--proxy"]
    folder = base / "portal"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PORTAL_DATA", raising=False)
        made = CliRunner().invoke(
            main, ["init", "--data", str(folder), *answers, *tls, "--origin", f"https://localhost:{port}"]
        )
    assert made.exit_code == 0, made.output
    for name in ("tls.crt", "tls.key"):
        (base / name).rename(folder / name)
    told = (folder / "portal.toml").read_text().replace(f"{base}/", "")  # paths count from the data folder
    (folder / "portal.toml").write_text(told + f"port = {port}\n")
    code = re.search(r"code +(\S+)", made.output)[1]
    process = start(folder, base / "log")
    school = School(folder, port, process, code, base / "log")
    wait_until_serving(process, school.log)
    yield school
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) == 0


@pytest.mark.clause(Clause.SEC_1)
def test_a_page_comes_over_tls_with_its_promises(served):
    """HSTS, a cookie that only this host may set and only over TLS, and no server's name."""
    browser = Browser(served)
    page = browser.ask("/sign-in")

    assert page.status == 200
    assert "Millbrook High School" in page.text
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert page.headers["Server"] is None
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    [cookie] = page.headers.get_all("Set-Cookie")
    assert cookie.startswith("__Host-xsrf=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))


@pytest.mark.clause(Clause.PASS_1)
def test_the_first_administrator_comes_in_by_the_code_and_works(served):
    """From the code on the server's screen to the staff's page: own password, second factor, a login for this host alone."""
    browser = Browser(served)
    browser.send("/activate", username="bturnbull1", code=served.code, device="private")
    page = browser.send("/sign-in/next", password=PASSWORD, again=PASSWORD)
    secret = re.search(r"\b([A-Z2-7]{32})\b", page.text.replace(" ", ""))[1]
    page = browser.send("/sign-in/next", code=pyotp.TOTP(secret).now())

    assert page.status == 200, page.text
    assert browser.cookies.keys() == {"__Host-xsrf", "__Host-sid"}
    assert browser.ask("/staff").status == 200
    assert Browser(served).ask("/staff").status == 302
    with opened(served.folder) as one, one.store.engine.connect() as connection:
        verbs = connection.scalars(text("SELECT verb FROM audit_entry ORDER BY id")).all()
    assert verbs[:3] == ["created school", "added to staff", "invited staff"]
    assert {"activated account", "enrolled second factor"} < set(verbs)


def test_the_log_says_what_happened_and_nothing_that_was_typed(served):
    """A line of JSON for each event: no password, no name, no query."""
    browser = Browser(served)
    browser.send("/sign-in", username="Secretname", password="Secretpassword", device="private")
    browser.ask("/nothing/here?secretquery=1")
    browser.ask("/sign-in", {"username": "Secretname", "_xsrf": "Secrettoken"})

    lines = served.log.read_text().splitlines()
    assert lines[0].startswith("Serving https://localhost")
    events = [json.loads(line) for line in lines[1:]]
    assert any("/nothing/here: 404" in event["event"] for event in events)
    assert "secret" not in served.log.read_text().casefold()


def test_a_renewed_certificate_is_served_without_a_restart(served):
    """The browser here trusts what lies in the folder now, and that alone."""
    before = (served.folder / "tls.crt").read_bytes()
    make_certificate(served.folder)
    assert (served.folder / "tls.crt").read_bytes() != before
    assert Browser(served).ask("/sign-in").status == 200


def test_several_serve_one_folder_and_no_command_takes_it_from_under_them(portal, served, tmp_path):
    """A key rotated or a schema changed beneath a running server would lose what it writes meanwhile."""
    port = free_port()
    second = start(served.folder, tmp_path / "log", "--port", str(port))
    wait_until_serving(second, tmp_path / "log")
    second.send_signal(signal.SIGTERM)
    assert second.wait(LIMIT) == 0

    for command in ("rotate-key", "upgrade"):
        done = portal(command, "--data", served.folder)
        assert (done.exit_code, "`portal serve` is running" in done.output) == (1, True), done.output
    assert portal("backup", "--data", served.folder).exit_code == 0
    assert portal("audit", "verify", "--data", served.folder).exit_code == 0


def old_schema(folder):
    engine = open_engine(f"sqlite:///{folder}/portal.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    engine.dispose()


def no_school(folder):
    with opened(folder) as one, one.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM school_setting"))


def told(*lines):
    return lambda folder: (folder / "portal.toml").write_text("\n".join(lines) + "\n")


HTTPS = 'origin = "https://portal.example"'
TLS = ('certificate = "tls.crt"', 'key = "tls.key"')


def another_key(folder):
    make_certificate(folder)
    key = (folder / "tls.key").read_bytes()
    make_certificate(folder)
    (folder / "tls.key").write_bytes(key)
    told(HTTPS, *TLS)(folder)


def a_passphrase(folder):
    make_certificate(folder, passphrase=b"open sesame")
    told(HTTPS, *TLS)(folder)


@pytest.mark.parametrize(
    ("words", "harm"),
    [
        pytest.param("There is no secret key", lambda folder: (folder / "secret_key").unlink(), id="no key"),
        pytest.param("32 characters", lambda folder: (folder / "secret_key").write_text("short"), id="a short key"),
        pytest.param(f"at revision 0005; this program needs {schema.needed()}. Run `portal upgrade`", old_schema, id="older schema"),
        pytest.param("There is no portal.db", lambda folder: (folder / "portal.db").unlink(), id="no database"),
        pytest.param("no school in this database", no_school, id="an empty database"),
        pytest.param("Plain HTTP is for the demo", told(HTTPS), id="no TLS and no proxy"),
        pytest.param("Plain HTTP is for the demo", told(HTTPS, TLS[0]), id="a certificate without its key"),
        pytest.param("begins with https://", told('origin = "http://portal.example"', "proxy = true"), id="plain origin"),
        pytest.param("Set the origin", told("proxy = true"), id="no origin"),
        pytest.param("TLS cannot be served with", told(HTTPS, *TLS), id="no such certificate"),
        pytest.param("TLS cannot be served with", another_key, id="a certificate with another's key"),
        pytest.param("TLS cannot be served with", a_passphrase, id="a key that asks for a passphrase"),
        pytest.param("Unknown in", told(HTTPS, "proxy = true", "porte = 1"), id="an unknown setting"),
    ],
)  # fmt: skip
def test_half_an_installation_is_not_served(portal, school, words, harm):
    """One sentence that says what to do, without a trace."""
    harm(school)
    done = portal("serve", "--data", school)
    assert done.exit_code == 1
    [said] = done.output.splitlines()
    assert said.startswith("portal: ")
    assert words in said


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param("Cannot listen on 192.0.2.1:8443: ", ['address = "192.0.2.1"'], id="not our address"),
        pytest.param("Address already in use", [], id="a port that is taken"),
    ],
)
def test_where_it_cannot_listen_it_says_so_and_ends(school, tmp_path, words, lines):
    told(HTTPS, "proxy = true", *lines)(school)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        more = [] if lines else ["--port", str(taken.getsockname()[1])]
        process = start(school, tmp_path / "log", *more)
        assert process.wait(LIMIT) == 1
    said = (tmp_path / "log").read_text()
    assert (words in said, "Traceback" in said) == (True, False), said
