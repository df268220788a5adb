"""/parent and /parent/<id> over HTTP: who sees what, what is on record first, and what the refused get."""

import gzip
from threading import current_thread

import pytest
from sqlalchemy import event, text

from portal_core.domain.clauses import Clause, Verb
from tests.doors.running import running
from tests.doors.wire import ask
from tests.parent.conftest import ROUTES, masked

REFUSED = (
    "court_order", "breach", "investigated", "investigated_too", "left", "of_age", "unverified", "grandmother",
)  # fmt: skip


def test_a_parent_of_two_lands_on_the_first_and_can_switch(portal):
    """Both by name, the one on show marked."""
    answer = portal.page("two_children")
    assert (answer.status, answer.headers["location"]) == (302, f"/parent/{portal.families.pupils['Amelia']}")
    page = portal.page("two_children", "Noah").text
    assert "<h1>Noah Ashworth</h1>" in page
    assert f'<a href="/parent/{portal.families.pupils["Amelia"]}">Amelia</a>' in page
    assert f'<a href="/parent/{portal.families.pupils["Noah"]}" aria-current="page">Noah</a>' in page


def test_a_parent_of_one_sees_no_switcher(portal):
    """Nothing to choose, nothing to read past."""
    page = portal.page("one_child", "Zayn").text
    assert "<h1>Zayn Malik</h1>" in page
    assert "Your children" not in page


@pytest.mark.clause(Clause.REVOKE_1)
def test_a_restriction_for_one_child_leaves_the_other_and_no_trace(portal):
    """The switcher names only those whom this reader may see."""
    page = portal.page("restricted_for_one", "Daisy").text
    assert "<h1>Daisy Slater</h1>" in page
    assert "Toby" not in page
    assert portal.page("restricted_for_one", "Toby").status == 403
    assert "<h1>Toby Slater</h1>" in portal.page("sees_both", "Toby").text


@pytest.mark.clause(Clause.USER_1, Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
def test_the_neutral_page_is_the_same_whatever_the_cause(portal):
    """Another's child, one's own that is withheld for any ground, one that never was, and none at all: equal bytes."""
    asked = [(who, child) for who in REFUSED for child in ("Amelia", "Jude", "Lily", 999_999_999, None)]
    asked += [("restricted_for_one", "Toby"), ("restricted_for_one", "Zayn"), ("one_child", 4040)]
    answers = {str(masked(portal.page(who, child))) for who, child in asked}
    assert len(answers) == 1
    assert "There is nothing to show you here" in answers.pop()


@pytest.mark.clause(Clause.SEC_4)
def test_whoever_has_not_accepted_the_policy_is_led_to_it(portal):
    """Nothing of a child's before that."""
    answer = portal.page("unaccepted", "Priya")
    assert (answer.status, answer.headers["location"]) == (302, "/sign-in/next")


@pytest.mark.clause(Clause.SEC_4)
def test_a_view_and_a_refusal_are_both_on_record(portal):
    """By whom, of which child, before the answer came."""
    adult = portal.families.adults["one_child"]
    zayn, toby = portal.families.pupils["Zayn"], portal.families.pupils["Toby"]
    portal.page("one_child", "Zayn")
    assert portal.audit()[-1] == (Verb.VIEWED, f"adult:{adult}", zayn, '{"what":"/parent"}')
    portal.page("one_child", "Toby")
    assert portal.audit()[-1] == (Verb.WAS_REFUSED, f"adult:{adult}", toby, '{"what":"/parent"}')


@pytest.mark.clause(Clause.SEC_4)
@pytest.mark.parametrize("who", ["two_children", "court_order"])
def test_what_cannot_be_recorded_is_not_shown(portal, who):
    """With the audit broken there is our error page, and nothing of a child's; mended, all is as before."""
    before = portal.page(who, "Amelia").status
    with portal.store.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER broken BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(FAIL, 'full'); END")
        )
    try:
        answer = portal.page(who, "Amelia")
    finally:
        with portal.store.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER broken"))
    assert answer.status == 500
    assert "Something went wrong on our side" in answer.text
    assert "Amelia" not in answer.text
    assert portal.page(who, "Amelia").status == before


def test_a_page_takes_two_statements_and_its_record(portal, traced):
    """Who is asking with what decides, then the child's data; a refused reader's second is never asked."""
    gate, road = traced
    beside = []

    def note(connection, *_):
        if current_thread().name == "views":
            connection.set_trace_callback(beside.append)

    path = f"/parent/{portal.families.pupils['Amelia']}"
    allowed, refused = portal.cookie("two_children"), portal.cookie("court_order")
    with running(gate, {}, ROUTES, watch_seconds=3600.0) as server:
        road.clear()
        event.listen(portal.store.engine, "checkout", note)
        assert ask(server.url, path, cookie=allowed).status == 200
        event.remove(portal.store.engine, "checkout", note)
        assert [statement.split()[0] for statement in road] == ["WITH", "SELECT"]
        assert [statement.split()[0] for statement in beside] == ["BEGIN", "UPDATE", "SELECT", "INSERT", "COMMIT"]
        assert "audit_entry" in beside[2]
        road.clear()
        assert ask(server.url, path, cookie=refused).status == 403
        assert [statement.split()[0] for statement in road] == ["WITH"]


@pytest.mark.clause(Clause.SEC_3)
def test_the_page_is_compressed_and_kept_by_no_browser(portal):
    """By us, once, for those who can read it; with no tag to ask again by."""
    packed = portal.page("two_children", "Amelia", Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert b"<h1>Amelia Ashworth</h1>" in gzip.decompress(packed.body)
    assert len(packed.body) < 5000
    assert packed.headers["cache-control"] == "no-store"
    assert "etag" not in packed.headers
    assert "content-encoding" not in portal.page("two_children", "Amelia").headers


@pytest.mark.parametrize(
    "path", ["/parent/0x1", "/parent/-1", "/parent/1/", "/parent/9999999999", "/parent/%20", "/parent/"]
)
def test_other_addresses_are_no_pages(portal, path):
    """Nothing is guessed from an address that is not one."""
    assert ask(portal.url, path, cookie=portal.cookie("two_children")).status == 404


@pytest.mark.parametrize("who", ["office", "lead", "administrator", "analyst"])
def test_staff_have_no_parents_page(portal, who):
    """Whatever their role."""
    assert portal.page(who, "Amelia").status == 403


def test_a_stranger_is_led_to_the_sign_in_and_back(portal):
    """Without a word about the child."""
    answer = ask(portal.url, "/parent/1")
    assert (answer.status, answer.headers["location"]) == (302, "/sign-in?next=%2Fparent%2F1")


@pytest.mark.clause(Clause.PURPOSE, Clause.CONTACT_7)
@pytest.mark.parametrize("who", ["two_children", "court_order"])
def test_every_page_says_what_the_portal_is_for_and_whom_to_ask(portal, who):
    """To the refused as well."""
    page = portal.page(who, "Amelia").text
    assert "helps home and school talk" in page
    assert "mailto:office@millbrook.example" in page
    assert "tel:01632960100" in page
