"""The routing table of the whole portal: every door is ours and declares its duty; who gets through is in test_matrix.py."""

import pytest
from tornado.web import RequestHandler

from dashboards.portal import put_together
from dashboards.server import declared_rules
from portal_core.domain.clauses import Clause
from portal_core.errors import NotConfigured
from portal_core.store.accounts import Login, Stage
from tests.doors.running import running
from tests.doors.wire import ask


def rules(whole):
    return whole.server.on_loop(lambda: declared_rules(whole.server.server.portal))


def test_a_handler_without_a_declared_duty_keeps_the_server_from_starting(whole):
    class Forgotten(RequestHandler):
        def get(self):
            self.write("open")

    portal = put_together(whole.store, "k" * 64)
    with (
        pytest.raises(NotConfigured, match="declares no duty"),
        running(portal.gate, portal.apps, [*portal.routes, ("/x", Forgotten)]),
    ):
        pass
    portal.close()


def test_every_door_is_one_of_ours_and_names_its_duty(whole):
    found = {rule.pattern: rule for rule in rules(whole)}
    assert {"/parent/app$", "/staff/app$", "/notebooks/attendance/app$"} <= set(found)
    assert {rule.handler.__module__.split(".")[0] for rule in found.values()} == {"dashboards"}


@pytest.mark.parametrize(
    "path",
    [
        "/components/this/x/_css/y", "/liveness", "/metadata", "/parent/metadata", "/parent/autoload.js", "/autoload.js",
        "/staff/autoload.js", "/notebooks/attendance/autoload.js", "/static/js/bokeh.min.js", "/static/../portal.toml",
        "/static/extensions/panel/panel.min.js", "/ws", "/index.html", "/login", "/logout", "/%2e%2e/etc/passwd", "//x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", [None, "two_children", "administrator"])
def test_the_frameworks_own_routes_do_not_exist(whole, path, who):
    assert whole.get(path, who).status == 404


@pytest.mark.clause(Clause.PASS_1)
def test_a_login_short_of_its_last_step_opens_nothing(whole):
    """Whatever step it is at, and whoever's it is; the way on is all it gets."""
    for who in ("two_children", "lead", "analyst"):
        cookie = whole.cookie(who)
        for stage in set(Stage) - {Stage.COMPLETE}:
            with whole.store.counting() as session:
                session.query(Login).filter_by(account_id=whole.families.accounts[who]).update({"stage": stage})
            for path in (f"/parent/{whole.families.pupils['Amelia']}", "/staff", "/notebooks/attendance"):
                answer = ask(whole.url, path, cookie=cookie)
                assert (answer.status, answer.headers["location"]) == (302, "/sign-in/next")
