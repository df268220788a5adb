"""Requests that are wrong, and faults of ours: a page of ours or a bare refusal, and nothing of what is within."""

import io
import json
import logging
import re
import socket
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from dashboards.logs import log_to_stderr
from dashboards.security.handlers import NoSuchPage, PortalHandler
from dashboards.security.refusals import WORDS
from dashboards.server import LARGEST_BODY, declared_rules
from portal_core.domain.clauses import Clause
from tests.doors.wire import LIMIT, ask, form_token, join

INSIDES = re.compile(
    r"Traceback|sqlite|psycopg|SELECT|INSERT|tornado|bokeh|panel|\.py\b|line \d+|site-packages|Error\b|Exception", re.I
)


def raw(whole, sent):
    """What comes back for these very bytes, until the server ends it."""
    with socket.create_connection(("127.0.0.1", whole.server.settings.port), timeout=LIMIT) as connection:
        connection.sendall(sent)
        answer = b""
        while part := connection.recv(1 << 16):
            answer += part
        return answer


HOST = b"Host: localhost\r\nConnection: close\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
PAGES = {  # what is understood and refused gets a page
    "no such verb": (405, b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a verb in small letters": (405, b"get / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "TRACE": (405, b"TRACE / HTTP/1.1\r\n" + HOST + b"Cookie: sid=secret\r\n\r\n"),
    "CONNECT": (405, b"CONNECT attacker.example:443 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "another site's address": (404, b"GET http://attacker.example/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "our own in full": (404, b"GET http://localhost/parent HTTP/1.1\r\n" + HOST + b"\r\n"),
    "all": (404, b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
    "another host": (404, b"GET / HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n"),
    "a way up": (404, b"GET /static/../secret_key HTTP/1.1\r\n" + HOST + b"\r\n"),
    "other letters": (404, b"GET /caf\xe9 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a digit of another script": (404, "GET /parent/١ HTTP/1.1\r\n".encode() + HOST + b"\r\n"),
    "a line end in the address": (404, b"GET /parent/1%0a HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a cookie of noise": (302, b"GET /parent HTTP/1.1\r\n" + HOST + b"Cookie: \xff\xfe=; sid=\"a\\012b\"; ;; =x\r\n\r\n"),
    "an upgrade to nothing we speak": (302, b"GET /parent HTTP/1.1\r\n" + HOST + b"Upgrade: h2c\r\n\r\n"),
    "parts without an end": (400, b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n\r\nabcde"),
    "a packed body": (400, b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde"),
    "too many fields": (400, b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 20000\r\n\r\n" + b"a=1&" * 5000),
    "a length beyond the limit": (413, b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: 1048577\r\n\r\n"),
    "the same for a join": (413, b"POST /parent/app HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999\r\n\r\n"),
    "the same with a page": (413, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 9999999\r\n\r\n"),
}  # fmt: skip
BARE = {  # what is no HTTP gets none back but its status, or is cut off
    "noise": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no verb": b"/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "another version": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: attacker.example\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a space in a name": b"GET / HTTP/1.1\r\n" + HOST + b"Cookie : sid=x\r\n\r\n",
    "a zero byte": b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "two lengths": b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "length and chunks": b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length below nought": b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "a length in another script": b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: 1_0\r\n\r\n",
    "an odd encoding": b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks without end": b"POST /sign-in HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n" + 2 * (b"80000\r\n" + b"x" * 0x80000 + b"\r\n") + b"1\r\nx\r\n0\r\n\r\n",
    "a header beyond all bounds": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
    "an address beyond all bounds": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
}  # fmt: skip


@pytest.mark.parametrize("what", PAGES)
def test_what_is_understood_and_refused_gets_a_page_of_ours(whole, what):
    """With our headers; the words are those of its status, and nothing of what was sent comes back."""
    status, sent = PAGES[what]
    head, _, page = raw(whole, sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nContent-Security-Policy: default-src 'none'; script-src 'self';" in head
    assert b"\r\nServer:" not in head
    assert not INSIDES.search(page.decode())
    assert b"attacker" not in head + page
    assert b"HTTP/1.1" not in page, "one answer, and not Tornado's after it"
    if status >= 400:
        assert WORDS[status][0] in page.decode()


@pytest.mark.parametrize("what", BARE)
def test_what_is_no_http_is_cut_off(whole, what):
    """And the next who asks is answered."""
    assert raw(whole, BARE[what]) in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"")
    assert whole.get("/contact").status == 200


@pytest.mark.clause(Clause.SEC_1)
def test_a_body_at_the_limit_is_read_and_one_beyond_it_is_not(whole):
    """Whatever is in it: the limit is on what is announced."""
    token, cookie = form_token(whole.url)
    field = f"_xsrf={token.replace('|', '%7C')}&username=x&password=".encode()
    fits = field + b"y" * (LARGEST_BODY - len(field))
    assert ask(whole.url, "/sign-in", "POST", form=fits, Cookie=cookie).status == 401
    with pytest.raises((ConnectionError, AssertionError)):
        assert ask(whole.url, "/sign-in", "POST", form=fits + b"y", Cookie=cookie).status == 401


@contextmanager
def without(whole, table):
    """The records without one of their tables, until the block ends."""

    def rename(old, new):
        with whole.store.engine.begin() as connection:
            connection.execute(text("PRAGMA legacy_alter_table=1"))  # else what refers to it would be changed with it
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename(table, "away")
    try:
        yield
    finally:
        rename("away", table)


def pages(whole):
    """Every page that asks who is there, as its address."""
    for rule in whole.server.on_loop(lambda: declared_rules(whole.server.server.portal)):
        page = issubclass(rule.handler, PortalHandler) and not issubclass(rule.handler, NoSuchPage)
        if page and rule.handler.asks_who and "GET" in rule.handler.SUPPORTED_METHODS:
            yield re.sub(r"\(\[[^)]*\)", "attendance", re.sub(r"\(\\d[^)]*\)", "1", rule.pattern.removesuffix("$")))


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize("who", ["two_children", "lead"])
def test_without_the_records_every_page_says_that_it_is_our_fault(whole, who, caplog):
    """Each door, by the router: none open, no trace, nothing of the database; then all is as before."""
    cookie, child = whole.cookie(who), whole.families.pupils["Amelia"]
    before = {path: ask(whole.url, path, cookie=cookie).status for path in pages(whole)}
    with without(whole, "login"):
        for path in before:
            answer = ask(whole.url, path, cookie=cookie)
            assert (answer.status, WORDS[500][0] in answer.text) == (500, True), path
            assert not INSIDES.search(answer.text), path
        refused = join(whole.url, "/parent", cookie, child)
        assert (refused.status, refused.json) == (500, {"error": ". ".join(WORDS[500])})
        assert whole.get("/contact").status == 200
    assert cookie not in caplog.text
    assert before == {path: ask(whole.url, path, cookie=cookie).status for path in before}


@pytest.fixture
def logged():
    """What a school's log holds, set up as `portal serve` does it."""
    root = logging.getLogger()
    before, level, held = root.handlers[:], root.level, io.StringIO()
    log_to_stderr("info")
    root.handlers[0].setStream(held)
    yield held.getvalue
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.clause(Clause.SEC_1, Clause.SEC_3)
def test_the_log_of_a_fault_holds_no_name_and_nothing_that_was_sent(whole, logged):
    """A search by name that fails in the database: neither page nor log tells whom it was for."""
    cookie = whole.cookie("office")
    with without(whole, "adult"):
        answer = ask(whole.url, "/staff?find=Ashworth", cookie=cookie)
    lines = logged().splitlines()
    assert answer.status == 500
    assert not INSIDES.search(answer.text)
    events = [json.loads(line) for line in lines]
    assert any(event["event"] == "GET /staff" and event["level"] == "error" for event in events), lines
    assert "ashworth" not in "".join(lines).casefold()
    assert cookie not in "".join(lines)


@pytest.mark.clause(Clause.SEC_1)
def test_no_page_of_ours_names_what_it_is_made_of(whole):
    """Neither in its headers nor in its text, refusals included."""
    for path in (*pages(whole), "/nothing", "/static/nothing"):
        for who in (None, "two_children", "administrator"):
            answer = whole.get(path, who)
            told = " ".join(f"{name}: {value}" for name, value in answer.headers.items() if name != "set-cookie")
            assert not re.search(r"tornado|bokeh/|panel/|python|x-powered", told, re.I)
            assert not re.search(r"Tornado|Python|SQLAlchemy|Traceback", answer.text), path
