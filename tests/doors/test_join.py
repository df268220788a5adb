"""The way into the real portal's applications, as an attacker would force it: each attempt beside the one that works."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from bokeh.util.token import generate_jwt_token, generate_session_id

from dashboards.security.join import Tokens
from portal_core.domain.clauses import Clause, Verb
from portal_core.domain.people import Standing
from portal_core.security import logins
from tests.doors.wire import SAME, Refused, ask, form_token, join, socket, token_of
from tests.fixtures_whole import KEY, Whole, serving


@dataclass(frozen=True)
class Try:
    """One opening of a websocket; what a test leaves alone is as the page of the right person sends it."""

    whole: Whole
    app: str
    cookie: str | None
    token: str
    origin: Any = SAME
    query: str = ""
    offered: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def opens(self) -> int:
        """101 if it opens, else the status of the refusal."""
        try:
            with socket(
                self.whole.url, self.app, self.token, cookie=self.cookie, origin=self.origin, query=self.query,
                offered=self.offered or None, **self.headers,
            ):  # fmt: skip
                return 101
        except Refused as refused:
            return refused.status


def own(whole, who, child=None):
    """Somebody's own way in, as it works."""
    app, cookie = "/parent" if child else "/staff", whole.cookie(who)
    return Try(whole, app, cookie, token_of(whole.url, app, cookie, child and whole.families.pupils[child]))


def standing(one, **changed):
    """What the right person's token stands for, with something changed."""
    return replace(Tokens(KEY).read(one.token, 0.0), **changed)


def unsigned(one):
    """Bokeh's own kind of token, as anybody can make it."""
    payload = {
        "headers": {},
        "cookies": {},
        "arguments": {},
        "login": 1,
        "app": one.app,
        "child": 1,
        "about": "",
        "roles": [],
    }
    return generate_jwt_token(generate_session_id(signed=False), signed=False, expiration=3600, extra_payload=payload)


def swapped(one):
    """Another child within, under the signature of the right one."""
    other = Tokens(KEY).sign(standing(one, pupil_id=one.whole.families.pupils["Zayn"]))
    return other.rpartition(".")[0] + "." + one.token.rpartition(".")[2]


def expired(one, monkeypatch):
    monkeypatch.setattr("dashboards.security.join.TOKEN_HOURS", -1)
    token = token_of(one.whole.url, "/parent", one.cookie, one.whole.families.pupils["Amelia"])
    monkeypatch.undo()
    return token


FORCED = {
    "on the socket of staff": lambda one, _: replace(one, app="/staff"),
    "on a notebook's socket": lambda one, _: replace(one, app="/notebooks/attendance"),
    "on the socket of staff, by staff": lambda one, _: replace(one, app="/staff", cookie=one.whole.cookie("office")),
    "by another parent": lambda one, _: replace(one, cookie=one.whole.cookie("one_child")),
    "by a parent without children": lambda one, _: replace(one, cookie=one.whole.cookie("unverified")),
    "by staff": lambda one, _: replace(one, cookie=one.whole.cookie("administrator")),
    "by another login of the same parent": lambda one, _: replace(one, cookie=one.whole.cookie("two_children")),
    "by nobody": lambda one, _: replace(one, cookie=None),
    "signed for another's child": lambda one, _: replace(
        one, token=Tokens(KEY).sign(standing(one, pupil_id=one.whole.families.pupils["Zayn"]))
    ),
    "signed for no child": lambda one, _: replace(one, token=Tokens(KEY).sign(standing(one, pupil_id=None))),
    "signed for a role": lambda one, _: replace(one, token=Tokens(KEY).sign(standing(one, roles=frozenset({"administrator"})))),
    "signed with another key": lambda one, _: replace(one, token=Tokens("q" * 64).sign(standing(one))),
    "not signed": lambda one, _: replace(one, token=unsigned(one)),
    "another child under its signature": lambda one, _: replace(one, token=swapped(one)),
    "without its signature": lambda one, _: replace(one, token=one.token.partition(".")[0]),
    "expired": lambda one, patch: replace(one, token=expired(one, patch)),
    "the cookie as the token": lambda one, _: replace(one, token=one.cookie),
    "from no page": lambda one, _: replace(one, origin=None),
    "from another site": lambda one, _: replace(one, origin="https://portal.attacker.example"),
    "from an opaque page": lambda one, _: replace(one, origin="null"),
    "from another port": lambda one, _: replace(one, origin="http://localhost:1"),
    "from a page over TLS": lambda one, _: replace(one, origin=one.whole.url.replace("http:", "https:")),
    "a session in the address": lambda one, _: replace(one, query="?bokeh-session-id=x"),
    "a token in the address": lambda one, _: replace(one, query=f"?bokeh-token={one.token}"),
    "a session in a header": lambda one, _: replace(one, headers={"Bokeh_Session_Id": "x"}),
    "another protocol": lambda one, _: replace(one, offered=("chat", one.token)),
    "a third protocol": lambda one, _: replace(one, offered=("bokeh", one.token, "x")),
    "no protocol": lambda one, _: replace(one, offered=("bokeh",)),
}  # fmt: skip


@pytest.mark.clause(Clause.SEC_1, Clause.PASS_3, Clause.USER_1)
@pytest.mark.parametrize("how", FORCED)
def test_a_parents_token_opens_that_parents_page_and_nothing_else(whole, monkeypatch, how):
    """Refused before the handshake; the same token as its owner's page sends it opens."""
    one = own(whole, "two_children", "Amelia")
    assert (FORCED[how](one, monkeypatch).opens(), one.opens()) == (403, 101)


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize("who", ["two_children", "data_manager", "administrator", "analyst"])
def test_a_token_of_staff_opens_nothing_to_others(whole, who):
    """Nor a page about a pupil, with the token of whoever may open it."""
    one = own(whole, "lead")
    about = Tokens(KEY).sign(standing(one, about=f"pupil:{whole.families.pupils['Lily']}"))
    assert replace(one, cookie=whole.cookie(who)).opens() == 403
    assert replace(one, cookie=whole.cookie(who), token=about).opens() == 403
    assert replace(one, app="/parent").opens() == 403
    assert (one.opens(), replace(one, token=about).opens()) == (101, 101)


def test_a_token_is_void_once_its_login_is_over(whole):
    """Signed out by its own form, or at a step short of the last."""
    one, other = own(whole, "two_children", "Amelia"), own(whole, "two_children", "Noah")
    token, cookie = form_token(whole.url)
    out = ask(whole.url, "/sign-out", "POST", cookie=one.cookie, origin=whole.url, form={"_xsrf": token}, Cookie=cookie)
    assert (out.status, one.opens()) == (303, 403)
    assert replace(one, cookie=whole.cookie("two_children")).opens() == 403
    assert other.opens() == 101


@pytest.mark.clause(Clause.SEC_1)
def test_a_token_is_void_under_another_secret_key(whole):
    """As after a rotation, though the login lives on."""
    one = own(whole, "two_children", "Amelia")
    older = Tokens("an older key of this very school").sign(standing(one))
    assert (replace(one, token=older).opens(), one.opens()) == (403, 101)


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize(
    ("status", "changed"),
    [
        pytest.param(200, {}, id="as the page sends it"),
        pytest.param(403, {"origin": None}, id="no origin"),
        pytest.param(403, {"origin": "null"}, id="an opaque origin"),
        pytest.param(403, {"origin": "https://portal.attacker.example"}, id="another site"),
        pytest.param(403, {"origin": "http://localhost:1"}, id="another port"),
        pytest.param(403, {"X_Portal": None}, id="no header"),
        pytest.param(403, {"X_Portal": "Join"}, id="another header"),
        pytest.param(403, {"Sec_Fetch_Site": "cross-site"}, id="the browser says cross-site"),
        pytest.param(403, {"Sec_Fetch_Site": "same-site"}, id="the browser says same-site"),
        pytest.param(403, {"Sec_Fetch_Site": "none"}, id="the browser says that nobody sent it"),
        pytest.param(200, {"Sec_Fetch_Site": "same-origin"}, id="the browser says same-origin"),
    ],
)
@pytest.mark.parametrize(("app", "who", "child"), [("/parent", "two_children", "Amelia"), ("/staff", "office", None), ("/notebooks/attendance", "analyst", None)])  # fmt: skip
def test_a_join_comes_from_a_page_of_ours(whole, app, who, child, status, changed):
    """No other site can send our header with our Origin; a form token is not asked for."""
    pupil = child and whole.families.pupils[child]
    assert join(whole.url, app, whole.cookie(who), pupil, **changed).status == status


@pytest.mark.clause(Clause.USER_1)
@pytest.mark.parametrize(
    ("status", "child"),
    [
        pytest.param(200, "Amelia", id="own child"),
        pytest.param(200, "Noah", id="the other one"),
        pytest.param(403, "Zayn", id="another's child"),
        pytest.param(403, 999_999_999, id="no such child"),
        pytest.param(403, 0, id="nought"),
        pytest.param(400, 10**9, id="more than any id"),
        pytest.param(400, "1e0", id="a number of another kind"),
        pytest.param(400, "-1", id="below nought"),
        pytest.param(400, " 1", id="a space"),
        pytest.param(400, "1 or 1=1", id="a condition"),
        pytest.param(400, "%00", id="a sign"),
        pytest.param(400, "١", id="a digit of another script"),
        pytest.param(400, "", id="nothing"),
        pytest.param(400, None, id="no field"),
        pytest.param(400, [1, 1], id="twice"),
    ],
)
def test_a_join_of_a_parent_names_a_child_whom_they_may_see(whole, status, child):
    pupil = whole.families.pupils.get(child, child) if isinstance(child, str) else child
    assert join(whole.url, "/parent", whole.cookie("two_children"), pupil).status == status


@pytest.mark.clause(Clause.REVOKE_2, Clause.REVOKE_4)
def test_no_refused_join_tells_why_and_each_is_on_record(whole):
    """Own child withheld on any ground, another's, one that never was: equal bytes, no token, an entry each."""
    asked = [
        ("court_order", "Jude"),
        ("breach", "Jude"),
        ("investigated", "Lily"),
        ("left", "Daniel"),
        ("court_order", "Amelia"),
        ("court_order", 999_999_999),
    ]
    answers = set()
    for who, child in asked:
        pupil = whole.families.pupils.get(child, child)
        answer = join(whole.url, "/parent", whole.cookie(who), pupil)
        headers = {name: value for name, value in answer.headers.items() if name not in ("date", "set-cookie")}
        answers.add((answer.status, str(headers), answer.body))
        assert whole.audit()[-1] == (
            Verb.WAS_REFUSED,
            f"adult:{whole.families.adults[who]}",
            pupil,
            '{"what":"/parent/app"}',
        )
    [(status, _, body)] = answers
    assert (status, b"token" in body) == (403, False)
    assert join(whole.url, "/parent", whole.cookie("one_child"), whole.families.pupils["Zayn"]).json["token"]


@pytest.mark.clause(Clause.SEC_1)
def test_one_login_joins_only_so_often(migrated):
    """Counted by login: whoever sits at another device is not kept waiting."""
    with serving(migrated("sqlite"), joins_a_minute=3) as whole:
        cookie, pupil = whole.cookie("two_children"), whole.families.pupils["Amelia"]
        statuses = [join(whole.url, "/parent", cookie, pupil).status for _ in range(7)]  # a minute may end in between
        assert statuses[:3] == [200, 200, 200]
        assert set(statuses) == {200, 429}
        assert join(whole.url, "/parent", whole.cookie("two_children"), pupil).status == 200


@pytest.mark.clause(Clause.SEC_1)
def test_a_login_holds_only_so_many_sockets_however_many_it_opens_at_once(migrated):
    """Those that arrive together are counted one after the other; another login has its own."""
    with serving(migrated("sqlite"), sockets_a_login=3) as whole, ExitStack() as held:
        one = own(whole, "two_children", "Amelia")

        def is_open(_):
            try:
                held.enter_context(socket(whole.url, "/parent", one.token, cookie=one.cookie))
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(12) as threads:
            assert sum(threads.map(is_open, range(12))) == 3
        assert own(whole, "two_children", "Amelia").opens() == 101


def test_the_login_that_a_token_names_survives_its_cookie(whole):
    """The cookie may rotate: what a socket rests on is the login's id, and an old cookie opens nothing."""
    one = own(whole, "two_children", "Amelia")
    by, at = whole.principal("two_children"), whole.store.moment()
    with whole.store.writing_as(by, at) as work:
        login = work.get(logins.Login, whole.login_of(one.cookie))
        step = logins.move_on(work, login, login.stage)
    assert (one.opens(), replace(one, cookie=step.token).opens()) == (403, 101)
    assert Standing(login.id, "/parent", whole.families.pupils["Amelia"]) == standing(one)
