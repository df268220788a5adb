"""First use over the wire, and the steps that a login owes: none can be left out, repeated or taken by another."""

import re
from html import unescape

import pytest

from portal_core.domain.clauses import Clause
from portal_core.store.accounts import Acceptance
from tests.doors.wire import ask
from tests.families import PASSWORD
from tests.pages.site import NEW_PASSWORD, Site, Visitor, hidden

CHOSEN = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}


def begin(visitor: Visitor, portal: Site, key: str) -> str:
    """The code used; where it leads."""
    answer = visitor.send("/activate", username=key, code=portal.code_for(key).lower(), device="private")
    assert answer.status == 303, answer.text
    return answer.headers["location"]


@pytest.mark.clause(Clause.PASS_1, Clause.SEC_4, Clause.SEC_5)
def test_a_parent_comes_from_the_letter_to_their_page(visitor, portal):
    """Password, policy and notice as they are in force, each by a form that works without a script."""
    assert begin(visitor, portal, "unaccepted") == "/sign-in/next"
    page = visitor.get("/sign-in/next").text
    assert page.count('autocomplete="new-password"') == 2
    assert 'autocomplete="username" readonly value="unaccepted"' in page

    assert visitor.send("/sign-in/next", **CHOSEN).headers["location"] == "/sign-in/next"
    page = visitor.get("/sign-in/next").text
    assert "Be kind." in page
    assert "What we keep." in page
    assert "Version 1, published 2 September 2024." in page
    assert "has changed" not in page

    assert visitor.send("/sign-in/next", accept="yes").headers["location"] == "/parent"
    assert visitor.get("/sign-in/next").headers["location"] == "/"
    visitor.send("/sign-out")
    assert visitor.sign_in("unaccepted", NEW_PASSWORD).headers["location"] == "/parent"


@pytest.mark.clause(Clause.PASS_2)
def test_staff_are_shown_the_secret_as_picture_and_text_once(visitor, portal):
    """Drawn in the page itself; after the first right code it is shown no more."""
    begin(visitor, portal, "office")
    visitor.send("/sign-in/next", **CHOSEN)
    page = visitor.get("/sign-in/next").text
    secret = re.search(r'class="secret"><code>([^<]+)<', page)[1].replace(" ", "")
    assert "<svg" in page
    assert "<title>QR code</title>" in page
    assert f"secret={secret}" in unescape(page)
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page

    wrong = visitor.send("/sign-in/next", code="000000")
    assert (wrong.status, wrong.text.count(secret[:4])) == (401, page.count(secret[:4]))
    assert visitor.send("/sign-in/next", code=portal.totp(secret)).headers["location"] == "/staff"
    visitor.send("/sign-out")
    visitor.sign_in("office", NEW_PASSWORD)
    assert "<svg" not in visitor.get("/sign-in/next").text


@pytest.mark.parametrize(
    ("says", "fields"),
    [
        pytest.param("easy to guess", {"password": "password1234", "again": "password1234"}, id="weak"),
        pytest.param("at least 12", {"password": "short", "again": "short"}, id="short"),
        pytest.param("not the same", {"password": NEW_PASSWORD, "again": NEW_PASSWORD + "!"}, id="not twice the same"),
    ],
)
def test_a_password_that_is_not_taken_may_be_chosen_again(visitor, portal, says, fields):
    """The problem comes first; nothing that was typed comes back."""
    begin(visitor, portal, "new")
    answer = visitor.send("/sign-in/next", **fields)

    assert answer.status == 400
    assert says in answer.text
    assert "autofocus" in answer.text
    assert fields["password"] not in answer.text
    assert visitor.send("/sign-in/next", **CHOSEN).status == 303


@pytest.mark.clause(Clause.PASS_1)
def test_every_code_that_is_no_good_gets_one_page(visitor, portal):
    """Used up, another's, mistyped, of nobody: not a byte differs but the name."""
    code = portal.code_for("new")
    tries = {"new": code[:-1], "one_child": code, "nobody": code, "two_children": ""}
    pages = set()
    for name, typed in tries.items():
        answer = visitor.send("/activate", username=name, code=typed, device="private")
        assert answer.status == 401
        page = re.sub(r'name="_xsrf" value="[^"]+"', "", answer.text)
        pages.add(page.replace(f'value="{name}"', ""))
        assert code not in page

    assert len(pages) == 1


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize("name", ["left", "no-such-name"])
def test_guessing_codes_is_slowed_down_alike_for_any_name(visitor, portal, name):
    for _ in range(10):
        visitor.send("/activate", username=name, code="guess")
    answer = visitor.send("/activate", username=name, code="guess")

    assert (answer.status, answer.headers["retry-after"]) == (429, "1")


def test_a_step_opens_nothing_but_itself(visitor, portal):
    """With the cookie of the code alone: no page, no other step."""
    begin(visitor, portal, "new")
    child = portal.families.pupils["Erin"]
    led = {path: visitor.get(path).headers.get("location") for path in ("/", "/parent", f"/parent/{child}", "/staff")}
    assert set(led.values()) == {"/sign-in/next"}

    form = hidden(visitor.get("/sign-in/next"))
    for step in ("accept policy", "show second factor", "complete", "", "no such step"):
        answer = visitor.post("/sign-in/next", form | CHOSEN | {"step": step, "accept": "yes", "code": "000000"})
        assert (answer.status, answer.headers["location"]) == (303, "/sign-in/next")
    assert "Choose a password" in visitor.get("/sign-in/next").text


def test_the_cookie_of_a_step_is_worthless_after_it(visitor, portal):
    begin(visitor, portal, "new")
    before = visitor.sid
    visitor.send("/sign-in/next", **CHOSEN)

    assert visitor.sid != before
    assert ask(portal.url, "/sign-in/next", cookie=before).headers["location"].startswith("/sign-in?next=")


def test_a_form_sent_twice_does_no_harm(visitor, portal):
    """The second leads to what is due now."""
    begin(visitor, portal, "second_administrator")
    form = hidden(visitor.get("/sign-in/next")) | CHOSEN
    assert visitor.post("/sign-in/next", form).status == 303

    assert visitor.post("/sign-in/next", form).headers["location"] == "/sign-in/next"


def test_nobody_has_a_next_step_without_a_first(visitor):
    assert visitor.get("/sign-in/next").headers["location"] == "/sign-in?next=%2Fsign-in%2Fnext"


@pytest.mark.clause(Clause.SEC_4)
class TestTheNewPolicy:
    @pytest.fixture
    def signed_in(self, portal, visitor):
        """A parent at their page when a new policy is published; the school returns to the old one afterwards."""
        visitor.sign_in("two_children", PASSWORD)
        child = visitor.get("/parent").headers["location"]
        portal.publish(2, "# Be kinder\n\nTo <b>all</b>.")
        yield child
        with portal.store.counting() as session:
            session.query(Acceptance).filter_by(version=2).delete()
            session.execute(Acceptance.metadata.tables["policy_version"].delete().where(
                Acceptance.metadata.tables["policy_version"].c.number == 2))  # fmt: skip

    def test_it_leads_whoever_is_signed_in_to_it_and_back(self, visitor, signed_in):
        assert visitor.get(signed_in).headers["location"] == "/sign-in/next"
        page = visitor.get("/sign-in/next").text
        assert re.search(
            r"The policy has changed since you accepted it on \d+ \w+ 20\d\d\. Below is the new one, published \d+",
            page,
        )
        assert "<h3>Be kinder</h3>" in page
        assert "To &lt;b&gt;all&lt;/b&gt;." in page

        assert visitor.send("/sign-in/next", accept="yes").headers["location"] == "/parent"
        assert visitor.get(signed_in).status == 200

    def test_without_the_tick_nothing_is_accepted(self, visitor, signed_in):
        answer = visitor.send("/sign-in/next")

        assert answer.status == 400
        assert "Please tick the box" in answer.text
        assert visitor.get(signed_in).headers["location"] == "/sign-in/next"

    @pytest.mark.parametrize("version", ["1", "3", "", "x", "-2", "9" * 40])
    def test_only_the_version_shown_is_accepted(self, visitor, signed_in, version):
        answer = visitor.send("/sign-in/next", accept="yes", version=version)

        assert answer.status == 400
        assert "has changed" in answer.text
        assert visitor.get(signed_in).headers["location"] == "/sign-in/next"

    def test_whoever_declines_can_still_read_and_leave(self, visitor, signed_in):
        assert [visitor.get(path).status for path in ("/policy", "/privacy", "/contact", "/accessibility")] == [200] * 4
        assert visitor.send("/sign-out").headers["location"] == "/sign-out"
