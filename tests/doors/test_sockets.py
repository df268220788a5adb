"""Every way into an application's websocket that is not one's own is refused; one's own works, so the refusals bite."""

import pytest

from dashboards.security.join import Tokens
from portal_core.domain.clauses import Clause, Role
from portal_core.domain.people import Standing
from tests.doors.wire import Refused, join, socket, token_of


def refused(*given, **named):
    with pytest.raises(Refused) as caught, socket(*given, **named):
        pass
    return caught.value.status


def test_ones_own_token_opens_and_shows_ones_own_document(doors, alice, alices_token):
    with socket(doors.url, "/parent", alices_token, cookie=alice) as page:
        assert "child 7" in page.pull().text


@pytest.mark.clause(Clause.SEC_1)
def test_a_parents_token_does_not_open_the_staff_socket(doors, alice, alices_token):
    assert refused(doors.url, "/staff", alices_token, cookie=alice) == 403


def test_a_parents_token_does_not_open_the_staff_socket_for_staff_either(doors, olga, alices_token):
    assert refused(doors.url, "/staff", alices_token, cookie=olga) == 403
    with socket(doors.url, "/staff", token_of(doors.url, "/staff", olga), cookie=olga) as page:
        assert "Staff only" in page.pull().text


def test_staff_without_the_duty_cannot_open_a_notebook(doors, shared_gate, olga):
    token = token_of(doors.url, "/staff", olga)
    assert refused(doors.url, "/notebooks/attendance", token, cookie=olga) == 403
    ana = shared_gate.sign_in(roles={Role.ANALYST})
    with socket(doors.url, "/notebooks/attendance", token_of(doors.url, "/notebooks/attendance", ana), cookie=ana):
        assert refused(doors.url, "/staff", token_of(doors.url, "/notebooks/attendance", ana), cookie=ana) == 403


@pytest.mark.clause(Clause.PASS_3)
def test_another_users_token_is_worth_nothing(doors, bob, alices_token):
    """Though both may see the child."""
    assert refused(doors.url, "/parent", alices_token, cookie=bob) == 403


def test_a_token_is_worth_nothing_without_a_cookie(doors, alices_token):
    assert refused(doors.url, "/parent", alices_token, cookie=None) == 403


def test_a_token_of_the_same_users_other_login_is_worth_nothing(doors, shared_gate, alices_token):
    other = shared_gate.sign_in(adult=1, sees=(7, 8))
    assert refused(doors.url, "/parent", alices_token, cookie=other) == 403
    with socket(doors.url, "/parent", token_of(doors.url, "/parent", other, 7), cookie=other) as page:
        assert "child 7" in page.pull().text


@pytest.mark.clause(Clause.USER_1)
def test_a_token_for_a_child_who_may_not_be_seen_does_not_open(doors, shared_gate, alice):
    """Even one that we signed: the decision is asked again at the socket."""
    login = max(principal.login_id for principal in shared_gate.logins.values())
    tokens = Tokens(doors.settings.secret_key)
    assert refused(doors.url, "/parent", tokens.sign(Standing(login, "/parent", 9)), cookie=alice) == 403
    assert refused(doors.url, "/parent", tokens.sign(Standing(login, "/parent")), cookie=alice) == 403
    with socket(doors.url, "/parent", tokens.sign(Standing(login, "/parent", 8)), cookie=alice) as page:
        assert "child 8" in page.pull().text


def test_forged_tokens_are_refused(doors, alice, alices_token):
    body, mark, signature = alices_token.partition(".")
    forged = Tokens("another key" * 5).sign(Standing(1, "/parent", 7))
    swapped = "".join((body[:-2], "AA" if body[-2:] != "AA" else "BB", mark, signature))
    for token in (forged, body, body + ".", swapped, signature, "x", "e30", "e30.e30", "."):
        assert refused(doors.url, "/parent", token, cookie=alice) == 403, token


def test_an_expired_token_is_refused(doors, alice, shared_gate, monkeypatch):
    monkeypatch.setattr("dashboards.security.join.TOKEN_HOURS", -1)
    token = token_of(doors.url, "/parent", alice, 7)
    assert refused(doors.url, "/parent", token, cookie=alice) == 403


def test_a_token_is_void_after_signing_out(doors, shared_gate, alice, alices_token):
    """And after signing in again."""
    shared_gate.sign_out(alice)
    assert refused(doors.url, "/parent", alices_token, cookie=alice) == 403
    again = shared_gate.sign_in(adult=1)
    assert refused(doors.url, "/parent", alices_token, cookie=again) == 403


def test_an_incomplete_login_opens_nothing(doors, shared_gate, alices_token):
    half = shared_gate.sign_in(roles={Role.OFFICE}, complete=False)
    assert refused(doors.url, "/staff", alices_token, cookie=half) == 403


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://localhost", "https://localhost:{port}"]
)
def test_a_socket_needs_our_origin(doors, alice, alices_token, origin):
    origin = origin and origin.format(port=doors.settings.port)
    assert refused(doors.url, "/parent", alices_token, cookie=alice, origin=origin) == 403


@pytest.mark.parametrize("name", ["bokeh-session-id", "bokeh-token"])
def test_a_session_is_not_chosen_by_the_address(doors, alice, alices_token, name):
    assert refused(doors.url, "/parent", alices_token, cookie=alice, query=f"?{name}={alices_token}") == 403
    with socket(doors.url, "/parent", alices_token, cookie=alice, query="?month=3") as page:
        assert "month" not in page.pull().text


def test_a_session_is_not_chosen_by_a_header(doors, alice, alices_token):
    assert refused(doors.url, "/parent", alices_token, cookie=alice, Bokeh_Session_Id="x") == 403


def test_one_login_holds_only_so_many_sockets(doors, alice):
    tokens = [token_of(doors.url, "/parent", alice, 7) for _ in range(6)]
    open_now = [socket(doors.url, "/parent", token, cookie=alice) for token in tokens[:5]]
    for opened in open_now:
        opened.__enter__()
    try:
        assert refused(doors.url, "/parent", tokens[5], cookie=alice) == 403
    finally:
        for opened in open_now:
            opened.__exit__(None, None, None)


def test_an_application_that_cannot_be_built_closes_the_socket(doors, shared_gate):
    """With a code after which a browser offers to load again, twice, and without the trace."""
    ana = shared_gate.sign_in(roles={Role.ANALYST})
    token = token_of(doors.url, "/notebooks/broken", ana)
    for _ in range(2):
        with (
            pytest.raises(Exception, match="failed") as caught,
            socket(doors.url, "/notebooks/broken", token, cookie=ana),
        ):
            pass
        assert caught.value.rcvd.code == 1013
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        pytest.param(200, {}, id="as the page sends it"),
        pytest.param(403, {"origin": None}, id="no origin"),
        pytest.param(403, {"origin": "http://evil.example"}, id="foreign origin"),
        pytest.param(403, {"X_Portal": None}, id="no header"),
        pytest.param(403, {"X_Portal": "x"}, id="another header"),
        pytest.param(403, {"Sec_Fetch_Site": "cross-site"}, id="cross-site by the browser's word"),
        pytest.param(403, {"Sec_Fetch_Site": "same-site"}, id="from a neighbour"),
    ],
)
def test_a_join_comes_from_our_page(doors, alice, status, sent):
    assert join(doors.url, "/parent", alice, 7, **sent).status == status


@pytest.mark.parametrize(
    ("status", "child"),
    [
        pytest.param(200, 7, id="own child"),
        pytest.param(403, 9, id="another's child"),
        pytest.param(403, 4711, id="no such child"),
        pytest.param(400, None, id="none"),
        pytest.param(400, "7 or 9", id="no number"),
        pytest.param(400, "９", id="a digit, but not one of ours"),
        pytest.param(400, "9" * 19, id="longer than any id"),
        pytest.param(400, [7, 9], id="two"),
    ],
)
def test_a_join_names_a_child_who_may_be_seen(doors, alice, status, child):
    assert join(doors.url, "/parent", alice, child).status == status


def test_refusals_of_a_join_do_not_tell_children_apart(doors, alice):
    assert join(doors.url, "/parent", alice, 9).body == join(doors.url, "/parent", alice, 4711).body


def test_a_join_by_nobody_is_401_and_without_the_duty_403(doors, alice, olga):
    assert join(doors.url, "/parent", None, 7).status == 401
    assert join(doors.url, "/staff", alice).status == 403
    assert join(doors.url, "/parent", olga, 7).status == 403
    assert join(doors.url, "/staff", olga).status == 200


def test_a_token_carries_no_cookie_and_no_header(doors, alice, alices_token):
    from bokeh.util.token import get_token_payload

    payload = get_token_payload(alices_token)
    assert alice not in str(payload)
    assert set(payload) == {
        "headers",
        "cookies",
        "arguments",
        "login",
        "app",
        "child",
        "about",
        "roles",
        "session_expiry",
    }
    assert payload["headers"] == payload["cookies"] == payload["arguments"] == {}
