"""What an open page asks while nobody does anything, and what is left behind when its time is over (USE-2)."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.store.accounts import Draft, Login
from portal_core.store.school import AuditEntry
from tests.doors.wire import until
from tests.families import PASSWORD
from tests.pages.site import hidden

CLEARS = '"cache", "cookies", "storage"'
EVERYTHING = ("/here", "/stay", "/drafts/keep", "/drafts/leave", "/drafts/take")
WANTS = {"/here": "here", "/stay": "stay"}


@pytest.fixture(autouse=True)
def at_eleven(portal):
    """Each test finds the clock where it began, and leaves no text behind."""
    portal.families.at("11:00")
    yield
    with portal.store.counting() as session:
        session.query(Draft).delete()


def asks(visitor, path, **fields):
    """As a script of ours sends it, but for what is changed."""
    headers = {"X_Portal": WANTS.get(path, "draft")} | {k: fields.pop(k) for k in list(fields) if k[0].isupper()}
    return visitor.post(path, fields, **headers)


def signed_in(visitor, **device):
    visitor.sign_in("one_child", PASSWORD, **device)
    return visitor


def login(portal):
    with portal.store.counting() as session:
        return session.scalars(select(Login).order_by(Login.id.desc()).limit(1)).one()


def entries(portal):
    with portal.store.engine.connect() as connection:
        return len(connection.execute(select(AuditEntry.__table__.c.id)).all())


@pytest.mark.clause(Clause.USE_2)
def test_a_tab_that_is_open_is_no_use_and_no_view(portal, visitor):
    """It says how long is left, to the second; nothing comes on record."""
    signed_in(visitor, device="shared", scripts="yes")
    before, audit = login(portal), entries(portal)
    portal.families.now += timedelta(minutes=2)
    assert asks(visitor, "/here").json == {"left": 180}
    until(lambda: login(portal).open_until > before.open_until, "it was not noted")
    portal.families.now += timedelta(minutes=1)
    assert asks(visitor, "/here").json == {"left": 120}
    assert (login(portal).idle_until, entries(portal)) == (before.idle_until, audit)
    assert asks(visitor, "/stay").json == {"left": 300}
    assert login(portal).idle_until == portal.families.now + timedelta(minutes=5)


@pytest.mark.clause(Clause.USE_2)
def test_ones_own_device_has_no_last_tab(portal, visitor):
    signed_in(visitor, scripts="yes")
    assert asks(visitor, "/here").json == {"left": 1200}
    assert login(portal).open_until is None


def test_a_sign_in_that_has_lasted_its_longest_is_not_put_off(portal, visitor):
    signed_in(visitor)
    with portal.store.counting() as session:
        session.get_one(Login, login(portal).id).expires_at = portal.families.now + timedelta(seconds=40)
    assert asks(visitor, "/stay").json == {"left": 40}


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize("path", EVERYTHING)
@pytest.mark.parametrize(
    ("status", "changed"),
    [
        pytest.param({200}, {}, id="as a page sends it"),
        pytest.param({403}, {"origin": "https://portal.attacker.example"}, id="another site"),
        pytest.param({403}, {"origin": "null"}, id="an opaque origin"),
        pytest.param({403}, {"Sec_Fetch_Site": "cross-site"}, id="the browser says cross-site"),
        pytest.param({403}, {"X_Portal": "join"}, id="another script's"),
    ],
)
def test_only_a_page_of_ours_asks(visitor, path, status, changed):
    signed_in(visitor)
    fields = {"form": "ask", "fields": "{}"} if path.startswith("/drafts") else {}
    headers = {"X_Portal": WANTS.get(path, "draft")} | changed
    assert {visitor.post(path, fields, **headers).status} == status


@pytest.mark.parametrize("path", EVERYTHING)
def test_nobody_gets_an_answer(visitor, path):
    assert asks(visitor, path, form="ask", fields="{}").status == 401


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        pytest.param("", "{}", id="no name"),
        pytest.param("/staff/adult/7#Restrict", "{}", id="a name of the staff's part"),
        pytest.param("ask", "[]", id="a list"),
        pytest.param("ask", "{", id="no JSON"),
        pytest.param("ask", json.dumps({"words": 4}), id="no text"),
        pytest.param("ask", json.dumps({f"f{n}": "x" for n in range(41)}), id="more fields than a form has"),
        pytest.param("ask", json.dumps({"words": "x" * 20_001}), id="more than a form can hold"),
    ],
)
def test_what_is_no_form_is_not_kept(portal, visitor, form, fields):
    signed_in(visitor)
    assert asks(visitor, "/drafts/keep", form=form, fields=fields).status == 400
    with portal.store.counting() as session:
        assert session.query(Draft).count() == 0


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize(
    ("path", "counts"), [("/drafts/keep", True), ("/drafts/leave", False), ("/drafts/take", False)]
)
def test_typing_is_use_and_leaving_is_not(portal, visitor, path, counts):
    signed_in(visitor)
    portal.families.now += timedelta(minutes=9)
    asks(visitor, path, form="ask", fields=json.dumps({"words": "x"}))
    asks(visitor, "/drafts/take", form="ask")
    portal.running.noted()
    assert (login(portal).seen_at == portal.families.now) is counts


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize(("device", "cleared"), [("shared", CLEARS), ("private", None)])
@pytest.mark.parametrize("path", ["/parent", "/idle", "/idle?next=/parent/7"])
def test_a_login_that_ran_out_leaves_nothing_on_a_shared_device(portal, visitor, device, cleared, path):
    """And leads to a page that says why, whatever was asked for next."""
    signed_in(visitor, device=device)
    portal.families.now += timedelta(minutes=21)
    answer = visitor.get(path)
    assert (answer.status, answer.headers.get("clear-site-data")) == (302, cleared)
    assert answer.headers["location"].startswith("/sign-in?after=idle&next=%2F")
    assert "You were signed out because the portal was not used" in visitor.get(answer.headers["location"]).text


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize("when", ["in time", "too late"])
def test_signing_out_leaves_nothing_on_a_shared_device(portal, visitor, when):
    """Even where the login had run out before the button was pressed."""
    signed_in(visitor, device="shared")
    form = hidden(visitor.get("/sign-out"))
    if when == "too late":
        portal.families.now += timedelta(minutes=6)
    assert visitor.post("/sign-out", form).headers["clear-site-data"] == CLEARS


def test_what_was_searched_for_is_not_in_the_address_that_a_shared_device_is_left_at(portal, visitor):
    signed_in(visitor, device="shared")
    portal.families.now += timedelta(minutes=6)
    assert "Holroyd" not in visitor.get("/parent?find=Holroyd").headers["location"]


def test_a_page_left_open_beside_one_in_use_leads_back_and_is_no_use(portal, visitor):
    signed_in(visitor)
    portal.families.now += timedelta(minutes=19)
    page = visitor.get("/idle?next=/parent/7")
    assert page.status == 200
    assert 'href="/parent/7"' in page.text
    assert "evil" not in visitor.get("/idle?next=//evil.example").text
    portal.families.now += timedelta(minutes=1, seconds=1)
    assert visitor.get("/parent").status == 302
