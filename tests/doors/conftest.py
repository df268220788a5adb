"""A server with one application for each kind of person, all on the stand-in gate; and the whole portal as a school serves it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import panel as pn
import pytest
from bokeh.plotting import figure
from sqlalchemy import Engine

from dashboards.security.handlers import PortalHandler, local_path
from dashboards.security.sockets import visitor
from portal_core.domain.clauses import Duty, Role
from portal_core.errors import BadInput, NotPermitted
from tests.doors.running import Running, running
from tests.doors.stand_in import StandInGate
from tests.doors.wire import Answer, ask, token_of
from tests.fixtures_whole import Whole, serving

REACHED: list[list[tuple[str, object]]] = [[]]
"""What this test's pages were told, last; a click that an earlier test's page handles late goes to that test's own list."""


def parent_app() -> pn.Column:
    """Widgets within reach and out of it, a plot, and a long table."""
    who = visitor()
    widgets = {
        "term": pn.widgets.Select(label="Term", options=["Autumn", "Spring"]),
        "view": pn.widgets.RadioButtonGroup(label="View", options={"Marks": 1, "Points": 2}),
        "weeks": pn.widgets.IntInput(label="Weeks", value=1, start=1, end=12),
        "span": pn.widgets.IntSlider(label="Span", value=2, start=1, end=5),
        "note": pn.widgets.TextInput(label="Note", max_length=5),
        "locked": pn.widgets.TextInput(label="Locked", value="as it was", disabled=True),
    }
    buttons = {
        "open": pn.widgets.Button(label="Open"),
        "hidden": pn.widgets.Button(label="Hidden", visible=False),
        "disabled": pn.widgets.Button(label="Disabled", disabled=True),
        "within": pn.widgets.Button(label="Within"),
    }
    for name, widget in widgets.items():
        widget.param.watch(lambda event, name=name, into=REACHED[-1]: into.append((name, event.new)), "value")
    for name, button in buttons.items():
        button.on_click(lambda _, name=name, into=REACHED[-1]: into.append((name, "clicked")))
    out = pn.pane.HTML("<p>Autumn</p>")
    widgets["term"].param.watch(lambda event: setattr(out, "object", f"<p>{event.new} chosen</p>"), "value")
    plot = figure(width=280, height=120, tools="", toolbar_location=None)
    plot.rect([1, 2, 3], [1, 1, 1], 0.9, 0.9)
    rows = "".join(f"<tr><th scope='row'>Day {n}</th><td>Present</td></tr>" for n in range(200))
    table = (
        "<table><caption>Marks by day</caption><thead><tr><th scope='col'>Day</th><th scope='col'>Mark</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
    return pn.Column(
        pn.pane.HTML(f"<p>Login {who.principal.login_id}, child {who.pupil_id}</p>"),
        *widgets.values(), buttons["open"], buttons["hidden"], buttons["disabled"],
        pn.Column(buttons["within"], visible=False), out, pn.pane.Bokeh(plot), pn.pane.HTML(table),
    )  # fmt: skip


def staff_app() -> pn.Column:
    return pn.Column(pn.pane.HTML(f"<p>Staff only, login {visitor().principal.login_id}</p>"))


def notebook_app() -> pn.Column:
    return pn.Column(pn.pane.HTML("<p>Pseudonyms only</p>"))


def broken_app() -> pn.Column:
    raise ZeroDivisionError("a secret in a trace")


class Front(PortalHandler):
    duty = Duty.VISIT

    def get(self) -> None:
        self.show("error.html", status=200, title="Front page", text=self.query("said", ""))

    def post(self) -> None:
        REACHED[-1].append(("form", self.field("said")))
        self.go(local_path(self.field("next", "/")))


class Parent(PortalHandler):
    duty = Duty.SEE_OWN_CHILDREN

    def get(self, pupil: str) -> None:
        self.show("probe.html", child=int(pupil))


class Staff(PortalHandler):
    duty = Duty.WORK

    def get(self) -> None:
        self.show("error.html", status=200, title="Staff page", text="")


class Step(PortalHandler):
    duty = Duty.PROVE

    def get(self) -> None:
        self.show("error.html", status=200, title="One more step", text="")


class Faulty(PortalHandler):
    duty = Duty.VISIT

    def get(self, kind: str) -> None:
        raise {"refused": NotPermitted, "bad": BadInput}.get(kind, ZeroDivisionError)("a sentence of the error")


APPS = {
    "/parent": parent_app,
    "/staff": staff_app,
    "/notebooks/attendance": notebook_app,
    "/notebooks/broken": broken_app,
}
ROUTES = [
    (r"/", Front),
    (r"/parent/(\d+)", Parent),
    (r"/staff", Staff),
    (r"/sign-in/next", Step),
    (r"/faulty/(\w+)", Faulty),
]


@pytest.fixture
def reached() -> list[tuple[str, object]]:
    REACHED.append([])
    return REACHED[-1]


@pytest.fixture
def gate() -> StandInGate:
    return StandInGate()


@pytest.fixture(scope="module")
def shared_gate() -> StandInGate:
    return StandInGate()


@pytest.fixture(scope="module")
def doors(shared_gate: StandInGate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for a module; people sign in at `shared_gate` anew in each test."""
    with running(shared_gate, APPS, ROUTES, watch_seconds=0.05, joins_a_minute=1000, sockets_a_login=5) as server:
        server.server.portal.pages.loader = probe_loader(server.server.portal.pages.loader)
        yield server


def probe_loader(pages: object) -> object:
    """The portal's templates, and one page for the join."""
    from jinja2 import ChoiceLoader, DictLoader

    probe = """{% extends "shell.html" %}{% from "app.html" import app_section, app_head with context %}
{% block title %}Attendance{% endblock %}{% block head %}{{ app_head() }}{% endblock %}
{% block main %}<h1>Amelia</h1><p>93.2% attendance</p>
<details><summary>The year in detail</summary>
{% call app_section("/parent", "explore", "Explore the year", child=child) %}<p>The table below says the same.</p>{% endcall %}
</details>{% endblock %}"""
    return ChoiceLoader([DictLoader({"probe.html": probe}), pages])


@pytest.fixture
def alice(shared_gate: StandInGate) -> str:
    """The cookie of a parent who sees pupils 7 and 8."""
    return shared_gate.sign_in(adult=1, sees=(7, 8))


@pytest.fixture
def bob(shared_gate: StandInGate) -> str:
    """Another parent, who sees pupil 9, and 7 as well."""
    return shared_gate.sign_in(adult=2, sees=(7, 9))


@pytest.fixture
def olga(shared_gate: StandInGate) -> str:
    """A member of the office."""
    return shared_gate.sign_in(roles={Role.OFFICE})


@dataclass(frozen=True)
class School:
    """The whole portal as a school serves it: behind a proxy that ends TLS, which the tests stand in for."""

    whole: Whole
    origin: str

    def ask(self, path: str, cookie: str | None = None, *, verb: str = "GET", **sent: Any) -> Answer:
        """One request as the proxy hands it on; `cookie` is the login's."""
        held = [f"__Host-sid={cookie}"] if cookie else []
        given = {"Host": urlsplit(self.origin).netloc, "X_Forwarded_For": "203.0.113.9"} | sent
        given["Cookie"] = "; ".join([*held, *filter(None, [sent.get("Cookie")])])
        return ask(f"http://127.0.0.1:{self.whole.server.settings.port}", path, verb, **given)

    def form(self, path: str) -> tuple[Answer, str, str]:
        """A page with a form, its token, and the cookie that it belongs to."""
        page = self.ask(path)
        [token] = re.findall(r'name="_xsrf" value="([^"]+)"', page.text.partition("<main")[2])
        [cookie] = [line.partition(";")[0] for line in page.cookies]
        return page, token, cookie


@pytest.fixture(scope="module")
def school(migrated: Callable[[str], Engine]) -> Iterator[School]:
    """One for a module."""
    origin = "https://portal.example"
    with serving(migrated("sqlite"), demo=False, proxy=True, origin=origin) as whole:
        yield School(whole, origin)


@pytest.fixture
def alices_token(doors: Running, alice: str) -> str:
    """For pupil 7."""
    return token_of(doors.url, "/parent", alice, 7)
