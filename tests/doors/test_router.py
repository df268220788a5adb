"""The routing table of the whole portal: every door declares its duty, and each is tried by everyone, with every verb."""

import re

import pytest
from tornado.web import RequestHandler

from dashboards.portal import put_together
from dashboards.security.join import Join
from dashboards.security.sockets import Socket
from dashboards.server import declared_rules
from portal_core.domain.clauses import Clause, Duty, Role
from portal_core.errors import NotConfigured
from portal_core.policy.duties import DUTIES_OF
from portal_core.store.accounts import Login, Stage
from tests.doors.running import running
from tests.doors.wire import ask

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PARENT = frozenset({Duty.VISIT, Duty.KEEP_ACCOUNT, Duty.SEE_OWN_CHILDREN})
STAFF = frozenset({Duty.VISIT, Duty.KEEP_ACCOUNT, Duty.WORK})
HOLDS = {
    None: frozenset({Duty.VISIT}),
    "unaccepted": frozenset({Duty.VISIT, Duty.PROVE}),
    "two_children": PARENT,
    "one_child": PARENT,
    "unverified": PARENT,  # an account that sees no child
    "court_order": PARENT,
    "office": STAFF | DUTIES_OF[Role.OFFICE],
    "lead": STAFF | DUTIES_OF[Role.SAFEGUARDING_LEAD],
    "data_manager": STAFF | DUTIES_OF[Role.DATA_MANAGER],
    "analyst": STAFF | DUTIES_OF[Role.ANALYST],
    "administrator": STAFF | DUTIES_OF[Role.ADMINISTRATOR],
}
"""Who tries the doors, and the duties that each of them holds."""


def rules(whole):
    return whole.server.on_loop(lambda: declared_rules(whole.server.server.portal))


def address(pattern, child):
    """One address that a rule's pattern matches; Amelia's where it names a child."""
    path = re.sub(r"\(\\d[^)]*\)", str(child), pattern.removesuffix("$"))
    return path.replace("([a-z0-9_-]+)", "attendance").replace(r"\.", ".").replace(".*", "portal.css")


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


@pytest.mark.clause(Clause.SEC_1, Clause.SEC_3)
@pytest.mark.parametrize("who", HOLDS, ids=str)
def test_each_door_opens_to_those_with_its_duty_alone(whole, who):
    """Route by verb, generated from the table: a verb that is not there is 405, a duty that is lacking never 200."""
    cookie = whole.cookie(who) if who else None
    child = whole.families.pupils["Amelia"]
    wrong = []
    for rule in rules(whole):
        if rule.pattern == "otherwise" or "static" in rule.pattern:
            continue
        path = address(rule.pattern, child)
        for verb in VERBS:
            answer = ask(whole.url, path, verb, cookie=cookie, form={} if verb in ("POST", "PUT", "PATCH") else None)
            if not sound(rule, verb, answer.status, HOLDS[who]):
                wrong.append((verb, path, rule.duty, answer.status))
            if answer.status == 200 and child and who != "two_children" and "Ashworth" in answer.text:
                staff_page = path.startswith("/staff") and Duty.FIND_PEOPLE in HOLDS[who]
                if not staff_page:
                    wrong.append((verb, path, "shows another's child", answer.status))
    assert wrong == []


def sound(rule, verb, status, held):
    """Whether this answer may be given to somebody with these duties."""
    if verb not in rule.handler.SUPPORTED_METHODS:
        return status == 405
    if verb == "POST":
        return status in (400, 401, 403)  # no form token, or not sent by portal-join.js
    if issubclass(rule.handler, Socket):
        return status in (400, 403)
    assert not issubclass(rule.handler, Join)
    if rule.duty not in held:
        return status in (302, 403)
    return status in (200, 302, 403, 404)  # 403 and 404: a child or record that is not theirs


def test_the_walk_has_positive_controls(whole):
    """Each page of the matrix that shows anything opens to somebody: else its refusals would prove nothing."""
    pupil, adult = whole.families.pupils["Amelia"], whole.families.adults["two_children"]
    opened = {
        f"/parent/{pupil}": "two_children", "/staff": "data_manager", f"/staff/pupil/{pupil}": "office",
        f"/staff/adult/{adult}": "lead", "/notebooks/": "analyst", "/notebooks/attendance": "analyst",
        "/policy": None, "/privacy": None, "/contact": None, "/accessibility": None, "/sign-in": None, "/activate": None,
    }  # fmt: skip
    assert dict.fromkeys(opened, 200) == {path: whole.get(path, who).status for path, who in opened.items()}


@pytest.mark.clause(Clause.PASS_1)
def test_a_login_short_of_its_last_step_opens_nothing(whole):
    """Whatever step it is at, and whoever's it is; the way on is all it gets."""
    for who in ("two_children", "lead", "analyst"):
        cookie = whole.cookie(who)
        for stage in set(Stage) - {Stage.COMPLETE}:
            with whole.store.counting(whole.store.clock()) as session:
                session.query(Login).filter_by(account_id=whole.families.accounts[who]).update({"stage": stage})
            for path in (f"/parent/{whole.families.pupils['Amelia']}", "/staff", "/notebooks/attendance"):
                answer = ask(whole.url, path, cookie=cookie)
                assert (answer.status, answer.headers["location"]) == (302, "/sign-in/next")
