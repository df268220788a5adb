"""What every answer carries, whoever it goes to: headers, caching, cookies, errors that tell nothing."""

import http.client
import re
from urllib.parse import urlsplit

import pytest

from dashboards.security.headers import CONTENT_SECURITY_POLICY
from portal_core.domain.clauses import Clause
from portal_core.services import families as family_services
from tests.doors.wire import ask

ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def answers(whole):
    """One answer of each status that there is, by what it is."""
    child = whole.families.pupils["Amelia"]
    return {
        "page": whole.get(f"/parent/{child}", "two_children"),
        "staff": whole.get("/staff", "office"),
        "public": whole.get("/policy"),
        "to sign in": whole.get("/staff"),
        "join refused": ask(whole.url, "/staff/app", "POST", form={}),
        "refused": whole.get(f"/parent/{child}", "one_child"),
        "without the duty": whole.get("/staff", "one_child"),
        "missing": whole.get("/nothing"),
        "wrong verb": ask(whole.url, "/policy", "PUT", form={}),
        "form refused": ask(whole.url, "/sign-in", "POST", form={"username": "x"}),
        "wrong host": whole.get("/", Host="portal.attacker.example"),
    }


@pytest.mark.clause(Clause.SEC_1, Clause.SEC_3)
def test_every_answer_carries_the_whole_table(whole):
    found = answers(whole)
    assert [answer.status for answer in found.values()] == [200, 200, 200, 302, 403, 403, 403, 404, 405, 403, 404]
    for what, answer in found.items():
        assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS, what
        assert answer.headers["cache-control"] == "no-store", what
        assert "server" not in answer.headers, what
        assert "strict-transport-security" not in answer.headers, "the demo speaks plain HTTP"


def test_the_policy_allows_no_inline_script_and_no_third_party():
    assert "unsafe-eval" not in CONTENT_SECURITY_POLICY
    assert "script-src 'self';" in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY


def test_no_page_names_a_third_party_or_runs_a_script_of_its_own(whole):
    """Error pages included: every address is ours, every script a file."""
    for what, answer in answers(whole).items():
        page = answer.text
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*', page) == [], what
        assert re.findall(r"<script(?![^>]* src=)", page) == [], what
        assert re.findall(r"\son\w+=", page) == [], what


def test_a_file_with_its_content_in_its_name_may_be_kept_for_ever_and_is_compressed(whole):
    [address] = re.findall(r'href="(/static/portal\.[0-9a-f]{16}\.css)"', whole.get("/policy").text)
    answer = whole.get(address, Accept_Encoding="gzip")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert whole.get(re.sub(r"\.[0-9a-f]{16}", ".0123456789abcdef", address)).status == 404


def test_a_page_is_compressed_for_those_who_ask(whole):
    child = whole.families.pupils["Amelia"]
    assert whole.get(f"/parent/{child}", "two_children", Accept_Encoding="gzip").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in whole.get(f"/parent/{child}", "two_children").headers


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET /parent/1 HTTP/1.1\r\nHost: localhost\r\nCookie: sid=%00; sid=../../x\r\n\r\n", 302, id="a cookie that is none"),
        pytest.param(b"GET /staff?find=%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", 302, id="no UTF-8"),
        pytest.param(b"GET /parent/999999999 HTTP/1.1\r\nHost: localhost\r\n\r\n", 302, id="signed out"),
        pytest.param(b"GET /parent/9999999999999999999999 HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, id="no such id"),
        pytest.param(b"GET /sign-in?next=a&next=b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, id="said twice"),
    ],
)  # fmt: skip
def test_odd_requests_get_a_page_of_ours(whole, sent, status):
    place = urlsplit(whole.url)
    connection = http.client.HTTPConnection(place.netloc, timeout=10)
    connection.connect()
    connection.sock.sendall(sent)
    answer = http.client.HTTPResponse(connection.sock, method="GET")
    answer.begin()
    text = answer.read().decode()
    connection.close()
    assert status == answer.status
    assert "Traceback" not in text


def test_a_body_that_is_too_large_is_refused(whole):
    """By the length that it says it has, before any of it is read."""
    place = urlsplit(whole.url)
    connection = http.client.HTTPConnection(place.netloc, timeout=10)
    connection.putrequest("POST", "/sign-in")
    connection.putheader("Content-Length", str(2 << 20))
    connection.endheaders()
    assert connection.getresponse().status in (400, 413)
    connection.close()


def test_a_fault_shows_our_page_and_no_trace(whole, monkeypatch, caplog):
    """Neither what broke nor what was searched for: not on the page and not in the log."""

    def broken(*_, **__):
        raise RuntimeError("SELECT secret FROM adult")

    monkeypatch.setattr(family_services, "find", broken)
    answer = whole.get("/staff?find=Ashworth", "office")
    assert answer.status == 500
    for told in ("SELECT", "RuntimeError", "Traceback", "dashboards/"):
        assert told not in answer.text
    assert "Ashworth" not in caplog.text
    monkeypatch.undo()
    assert whole.get("/staff?find=Ashworth", "office").status == 200


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "X-Real-Ip", "X-Http-Method-Override", "X-Original-Url", "X-Rewrite-Url"]
)
def test_no_header_of_a_caller_changes_who_or_what_it_is(whole, name):
    child = whole.families.pupils["Amelia"]
    assert whole.get(f"/parent/{child}", "one_child", **{name.replace("-", "_"): f"/parent/{child}"}).status == 403
    assert whole.get(f"/parent/{child}", "two_children", **{name.replace("-", "_"): "x"}).status == 200
