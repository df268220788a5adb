"""An open page is closed as soon as what it rests on is gone, and nothing it still sends reaches Python."""

import threading
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from dashboards.security.sockets import NO_LONGER_ALLOWED, TRY_AGAIN
from portal_core.domain.clauses import Clause
from tests.doors.conftest import APPS, ROUTES
from tests.doors.running import running
from tests.doors.wire import Refused, changed, clicked, socket, token_of, until


def sessions(server):
    return server.on_loop(lambda: sum(len(list(c.sessions)) for c in server.server.portal.applications.values()))


@pytest.mark.clause(Clause.REVOKE_4, Clause.REVOKE_2)
def test_losing_sight_of_the_child_closes_the_page_and_its_document(doors, shared_gate, alice, bob, alices_token):
    """Another parent's page about the same child stays."""
    until(lambda: sessions(doors) == 0 or True, "")
    bobs = token_of(doors.url, "/parent", bob, 7)
    with (
        socket(doors.url, "/parent", alices_token, cookie=alice) as page,
        socket(doors.url, "/parent", bobs, cookie=bob) as other,
    ):
        before = sessions(doors)
        shared_gate.sights.discard((1, 7))
        assert page.closed() == NO_LONGER_ALLOWED
        until(lambda: sessions(doors) == before - 1, "the document is discarded")
        assert "child 7" in other.pull().text
    with pytest.raises(Refused), socket(doors.url, "/parent", alices_token, cookie=alice):
        pass


def test_signing_out_closes_every_page_of_the_login(doors, shared_gate, alice, alices_token):
    second = token_of(doors.url, "/parent", alice, 8)
    with (
        socket(doors.url, "/parent", alices_token, cookie=alice) as one,
        socket(doors.url, "/parent", second, cookie=alice) as two,
    ):
        shared_gate.sign_out(alice)
        assert (one.closed(), two.closed()) == (NO_LONGER_ALLOWED, NO_LONGER_ALLOWED)


def test_all_open_sockets_are_asked_about_in_one_question(doors, shared_gate, alice, bob, alices_token):
    with (
        socket(doors.url, "/parent", alices_token, cookie=alice),
        socket(doors.url, "/parent", token_of(doors.url, "/parent", bob, 9), cookie=bob),
    ):
        asked = []
        standing = shared_gate.standing
        shared_gate.standing = lambda some, at: asked.append(len(some)) or standing(some, at)
        try:
            until(lambda: len(asked) >= 2, "the watcher looks again")
        finally:
            del shared_gate.standing
        assert set(asked) == {2}


@pytest.mark.clause(Clause.REVOKE_4)
def test_no_click_reaches_python_after_sight_is_lost(gate, reached):
    """With the watcher out of the way: each message is asked about before it is handled."""
    cookie = gate.sign_in(adult=1, sees=(7,))
    with running(gate, APPS, ROUTES, watch_seconds=3600.0) as server:
        with socket(server.url, "/parent", token_of(server.url, "/parent", cookie, 7), cookie=cookie) as page:
            button = page.pull().find("Button", "Open")
            page.patch(clicked(button))
            until(lambda: reached == [("open", "clicked")], "a click of one who may reaches Python")
            gate.sights.clear()
            with suppress(ConnectionClosed):  # the first may have closed it already
                for _ in range(3):
                    page.send("PATCH-DOC", {"events": [clicked(button)]})
            assert page.closed() == NO_LONGER_ALLOWED
            until(lambda: sessions(server) == 0, "the document is discarded")
        assert reached == [("open", "clicked")]


def test_nothing_is_shown_after_sight_is_lost(gate):
    cookie = gate.sign_in(adult=1, sees=(7,))
    with (
        running(gate, APPS, ROUTES, watch_seconds=3600.0) as server,
        socket(server.url, "/parent", token_of(server.url, "/parent", cookie, 7), cookie=cookie) as page,
    ):
        gate.sights.clear()
        page.send("PULL-DOC-REQ", {})
        assert page.closed() == NO_LONGER_ALLOWED


def test_if_the_store_cannot_be_asked_every_page_is_closed(doors, shared_gate, alice, alices_token):
    """And none opens, until it answers again."""
    with socket(doors.url, "/parent", alices_token, cookie=alice) as page:
        shared_gate.failing = True
        try:
            assert page.closed() == TRY_AGAIN
            with pytest.raises(Refused), socket(doors.url, "/parent", alices_token, cookie=alice):
                pass
        finally:
            shared_gate.failing = False
    with socket(doors.url, "/parent", alices_token, cookie=alice) as page:
        assert "child 7" in page.pull().text


def test_a_store_that_never_answers_closes_every_page_as_well(gate):
    cookie = gate.sign_in(adult=1, sees=(7,))
    answered = threading.Event()
    with running(gate, APPS, ROUTES, watch_seconds=0.05) as server:
        server.server.portal.watcher._patience = 0.2
        token = token_of(server.url, "/parent", cookie, 7)
        with socket(server.url, "/parent", token, cookie=cookie) as page:
            gate.standing = lambda some, at: answered.wait(30) and set(some)
            try:
                assert page.closed() == TRY_AGAIN
            finally:
                answered.set()


def test_what_a_person_does_counts_against_idleness_and_what_a_browser_does_alone_does_not(
    doors, shared_gate, alice, alices_token
):
    login = max(principal.login_id for principal in shared_gate.logins.values())
    with socket(doors.url, "/parent", alices_token, cookie=alice) as page:
        until(lambda: login in shared_gate.active, "the join itself was noted")
        shared_gate.active.clear()
        document = page.pull()
        page.wire.ping().wait(10)
        asked = shared_gate.asked
        until(lambda: shared_gate.asked > asked + 2, "the watcher has looked again")
        assert login not in shared_gate.active
        page.patch(changed(document.find("TextInput", "Note"), "value", "x"))
        until(lambda: login in shared_gate.active, "the change is noted")
