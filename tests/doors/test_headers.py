"""What every answer carries, whoever it goes to: the demo's over plain HTTP, a school's behind its proxy."""

import re

import pytest

from dashboards.security.headers import ALWAYS, CONTENT_SECURITY_POLICY
from portal_core.domain.clauses import Clause
from tests.doors.wire import ask, form_token, join, token_of
from tests.families import PASSWORD, sign_in_as

TABLE = {name.lower(): value for name, value in ALWAYS.items()}
HANDSHAKE = {
    "Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


def answers(asks, cookies, child):
    """One answer of each status that there is, by what it is; `cookies` are those of a parent and of the office."""
    parent, office = cookies
    return {
        (200, "a child's page"): asks(f"/parent/{child}", parent),
        (200, "a page of staff"): asks(f"/staff/pupil/{child}", office),
        (200, "a page for all"): asks("/policy"),
        (302, "to the sign-in"): asks("/staff"),
        (302, "the icon"): asks("/favicon.ico"),
        (400, "a field twice"): asks("/policy?a=1&a=2"),
        (400, "not a form"): asks("/sign-in", verb="POST", form=b"x", Content_Type="multipart/form-data; boundary=y"),
        (403, "another's child"): asks("/parent/1000", parent),
        (403, "without the duty"): asks("/staff", parent),
        (403, "a form of another site"): asks("/sign-in", verb="POST", form={"username": "x"}, Origin="https://attacker.example"),
        (403, "a join of another site"): asks("/staff/app", office, verb="POST", form={}),
        (403, "no websocket"): asks("/staff/ws", office),
        (404, "no page"): asks("/nothing"),
        (404, "no file"): asks("/static/nothing.js"),
        (404, "another host"): asks("/", Host="portal.attacker.example"),
        (405, "another verb"): asks("/policy", verb="DELETE"),
        (405, "no verb at all"): asks("/policy", verb="BREW"),
        (413, "too large"): asks("/sign-in", verb="POST", Content_Length=str(5 << 20)),
    }  # fmt: skip


def kept_by_the_rules(answer):
    return {name: answer.headers.get(name) for name in TABLE} == TABLE and "server" not in answer.headers


@pytest.mark.clause(Clause.SEC_1, Clause.SEC_3)
def test_every_answer_of_the_demo_carries_the_whole_table(whole):
    """Nothing personal is kept by a browser; over plain HTTP no TLS is promised."""

    def asks(path, cookie=None, verb="GET", **sent):
        return ask(whole.url, path, verb, cookie=cookie, **sent)

    found = answers(asks, (whole.cookie("two_children"), whole.cookie("office")), whole.families.pupils["Amelia"])
    assert [status for status, _ in found] == [answer.status for answer in found.values()]
    for what, answer in found.items():
        assert kept_by_the_rules(answer), what
        assert answer.headers["cache-control"] == "no-store", what
        assert "strict-transport-security" not in answer.headers, what


@pytest.mark.clause(Clause.SEC_1)
def test_every_answer_of_a_school_promises_tls_as_well(school):
    whole = school.whole
    found = answers(school.ask, (whole.cookie("two_children"), whole.cookie("office")), whole.families.pupils["Amelia"])
    assert [status for status, _ in found] == [answer.status for answer in found.values()]
    for what, answer in found.items():
        assert kept_by_the_rules(answer), what
        assert (answer.headers["cache-control"], answer.headers["strict-transport-security"]) == (
            "no-store",
            "max-age=31536000",
        ), what


def test_so_do_answers_that_say_wait_sign_in_or_try_later(whole, monkeypatch):
    """429, 401 by a join and by a sign-in that failed, 503 and 304."""
    token, cookie = form_token(whole.url)
    form = {"username": "nobody-of-this-name", "password": "x", "_xsrf": token}
    tries = [ask(whole.url, "/sign-in", "POST", form=form, Cookie=cookie) for _ in range(11)]
    joined = join(whole.url, "/staff", None)
    tag = whole.get("/accessibility").headers["etag"]
    kept = whole.get("/accessibility", If_None_Match=tag)
    monkeypatch.setattr("dashboards.pages.signin.MOST_WAITING", 0)
    late = ask(whole.url, "/sign-in", "POST", form=form | {"username": "another"}, Cookie=cookie)
    found = [tries[0], tries[10], joined, late]
    assert [answer.status for answer in found] == [401, 429, 401, 503]
    assert all(kept_by_the_rules(answer) and answer.headers["cache-control"] == "no-store" for answer in found)
    assert (kept.status, kept.body, kept.headers["cache-control"]) in (
        (304, b"", "no-store"),
        (200, kept.body, "no-store"),
    )


def test_the_policy_allows_no_inline_script_no_evaluation_and_no_third_party():
    parts = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert parts["default-src"] == parts["base-uri"] == parts["frame-ancestors"] == "'none'"
    assert parts["script-src"] == parts["connect-src"] == parts["form-action"] == parts["font-src"] == "'self'"
    assert not {"unsafe-eval", "http", "*", "blob:", "nonce"} & set(
        re.findall(r"unsafe-eval|http|\*|blob:|nonce", CONTENT_SECURITY_POLICY)
    )


def attributes(answer, name):
    """What the one Set-Cookie of this name asks of a browser, its value apart."""
    [line] = [line for line in answer.cookies if line.startswith(name + "=")]
    return sorted(part.strip() for part in line.split(";")[1:])


@pytest.mark.clause(Clause.SEC_1)
def test_a_schools_cookies_are_for_this_host_and_for_tls_alone(school):
    """HttpOnly, Secure, no Domain, and gone with the browser; signing out takes the login's back."""
    page, token, held = school.form("/sign-in")
    answer = school.ask(
        "/sign-in", verb="POST", Cookie=held, Origin=school.origin,
        form={"username": "two_children", "password": PASSWORD, "device": "private", "_xsrf": token},
    )  # fmt: skip
    assert attributes(page, "__Host-xsrf") == ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]
    assert answer.status == 303
    assert attributes(answer, "__Host-sid") == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    cookie = re.match("__Host-sid=([^;]+)", answer.cookies[0])[1]
    assert school.ask("/parent", cookie).headers["location"].startswith("/parent/")
    out = school.ask(
        "/sign-out", verb="POST", Cookie=f"{held}; __Host-sid={cookie}", Origin=school.origin, form={"_xsrf": token}
    )
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} < set(attributes(out, "__Host-sid"))
    assert school.ask("/parent", cookie).headers["location"].startswith("/sign-in")


@pytest.mark.clause(Clause.SEC_1)
def test_a_school_takes_no_cookie_that_a_neighbour_or_plain_http_could_have_set(school):
    """By the demo's name or its own in other letters; by its own name it is taken, whatever comes with it."""
    cookie = school.whole.cookie("two_children")
    other = school.whole.cookie("one_child")
    assert school.ask("/parent", Cookie=f"sid={cookie}").headers["location"].startswith("/sign-in")
    assert school.ask("/parent", Cookie=f"__host-sid={cookie}").headers["location"].startswith("/sign-in")
    assert (
        school.ask("/parent", cookie, Cookie=f"sid={other}").headers["location"]
        == f"/parent/{school.whole.families.pupils['Amelia']}"
    )


@pytest.mark.clause(Clause.SEC_1)
def test_a_school_is_reached_by_its_own_name_and_origin_alone(school):
    """Loopback's names, which the demo answers to, are strangers there; so is its name over plain HTTP."""
    whole, cookie = school.whole, school.whole.cookie("two_children")
    child = whole.families.pupils["Amelia"]

    def joined(origin, **sent):
        return school.ask(
            "/parent/app", cookie, verb="POST", Origin=origin, X_Portal="join", form={"child": child}, **sent
        )

    token = joined(school.origin).json["token"]

    def shakes(origin):
        return school.ask(
            "/parent/ws", cookie, Origin=origin, Sec_WebSocket_Protocol=f"bokeh, {token}", **HANDSHAKE
        ).status

    port = whole.server.settings.port
    assert shakes(school.origin) == 101
    for origin in (
        f"http://localhost:{port}",
        f"http://127.0.0.1:{port}",
        "http://portal.example",
        "https://portal.example:8443",
        "https://portal.example.attacker.example",
    ):
        assert (joined(origin).status, shakes(origin)) == (403, 403), origin
    for host in ("localhost", "127.0.0.1", "portal.example.", "xportal.example", "portal-example", "[::1]", ""):
        assert school.ask(f"/parent/{child}", cookie, Host=host).status in (400, 404), host
    assert school.ask(f"/parent/{child}", cookie, Host="PORTAL.example:443").status == 200


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize("shared", [True, False])
def test_signing_out_clears_what_a_shared_device_holds(whole, shared):
    """And leaves a person's own device as it is."""
    cookie = sign_in_as(whole.store, whole.families.accounts["two_children"], shared=shared)
    token, held = form_token(whole.url)
    out = ask(whole.url, "/sign-out", "POST", cookie=cookie, origin=whole.url, form={"_xsrf": token}, Cookie=held)
    assert out.status == 303
    assert out.headers.get("clear-site-data") == ('"cache", "cookies", "storage"' if shared else None)
    assert any(line.startswith('sid="";') for line in out.cookies)


@pytest.mark.clause(Clause.SEC_3)
def test_a_page_is_compressed_for_those_who_can_read_it(whole):
    child = whole.families.pupils["Amelia"]
    for path, who in ((f"/parent/{child}", "two_children"), (f"/staff/pupil/{child}", "office"), ("/policy", None)):
        assert whole.get(path, who, Accept_Encoding="gzip, br").headers["content-encoding"] == "gzip"
        assert "content-encoding" not in whole.get(path, who).headers


@pytest.mark.clause(Clause.SEC_3)
def test_a_join_is_not_kept_either(whole):
    answer = join(whole.url, "/parent", whole.cookie("two_children"), whole.families.pupils["Amelia"])
    assert (answer.status, answer.headers["cache-control"], kept_by_the_rules(answer)) == (200, "no-store", True)
    assert token_of(whole.url, "/staff", whole.cookie("office"))
