"""Text that was typed and not sent comes back, once, to whoever typed it; and a page that outlives a restart goes on (USE-2)."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from jinja2 import ChoiceLoader, DictLoader
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select

from dashboards.portal import put_together
from dashboards.security.handlers import PortalHandler
from portal_core.domain.clauses import Clause, Duty
from portal_core.store.accounts import Draft
from portal_core.store.enquiries import Enquiry
from portal_core.store.scope import Store
from tests.browser.staying import QUESTION, READER, passes, signed_in
from tests.doors.running import Running, free_port, running
from tests.doors.wire import until
from tests.families import Families, build_families, sign_in_as
from tests.fixtures_whole import KEY

LETTER = "Could we talk about the trip?\nZayn isn’t sure."
SECRETS = """{% extends "shell.html" %}{% from "draft.html" import draft_field, draft_head with context %}
{% block title %}Secrets{% endblock %}{% block head %}{{ draft_head() }}{% endblock %}
{% block main %}<h1>Secrets</h1>
<form method="post">{{ xsrf() }}{{ draft_field("secrets") }}
<label for="words">Words</label><textarea id="words" name="words"></textarea>
<label for="pin">Code</label><input id="pin" name="pin" autocomplete="one-time-code">
<label for="secret">Password</label><input type="password" id="secret" name="secret"></form>{% endblock %}"""


class Secrets(PortalHandler):
    """A form with all that must not be kept beside its text; the portal has none."""

    duty = Duty.KEEP_ACCOUNT

    def get(self) -> None:
        self.show("secrets.html")


@dataclass
class School:
    """A portal that can be started again at the same address, on the same records."""

    engine: Engine
    families: Families
    port: int = field(default_factory=free_port)
    up: ExitStack = field(default_factory=ExitStack)
    server: Running | None = None

    def __post_init__(self) -> None:
        self.store = Store(self.engine, clock=self.families.clock)
        self.url = f"http://localhost:{self.port}"

    def start(self) -> None:
        portal = put_together(self.store, KEY)
        self.up.callback(portal.close)
        given = {"port": self.port, "origin": self.url, "watch_seconds": 0.1}
        served = running(portal.gate, portal.apps, [*portal.routes, (r"/secrets", Secrets)], **given)
        self.server = self.up.enter_context(served)
        pages = self.server.server.portal.pages
        pages.loader = ChoiceLoader([DictLoader({"secrets.html": SECRETS}), pages.loader])

    def stop(self) -> None:
        self.up.close()

    def kept(self) -> list[tuple[int, str]]:
        with self.store.reading_as(READER, self.store.moment()) as session:
            return [(one.account_id, one.fields) for one in session.scalars(select(Draft))]


@pytest.fixture
def school(migrated: Callable[[str], Engine]) -> Iterator[School]:
    engine = migrated("sqlite")
    one = School(engine, build_families(engine))
    one.start()
    yield one
    one.stop()


@pytest.fixture
def browse(chromium: Browser, school: School) -> Iterator[Callable[..., Page]]:
    contexts = []

    def opened(who: str | None = None, *, clock: bool = True) -> Page:
        contexts.append(context := chromium.new_context(base_url=school.url))
        if who:
            cookie = sign_in_as(school.store, school.families.accounts[who])
            context.add_cookies([{"name": "sid", "value": cookie, "url": school.url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        if clock:
            page.clock.install()
        return page

    yield opened
    for context in contexts:
        context.close()


def typed(page: Page, school: School) -> Page:
    """A question half written, as the server has it."""
    page.goto("/enquiries")
    page.get_by_label("Your question").press_sequentially(LETTER[:20])
    page.get_by_label("Your question").fill(LETTER)
    page.clock.fast_forward(3_000)
    until(lambda: "sure" in str(school.kept()), "what was typed was not kept")
    return page


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "private"])
def test_text_comes_back_once_after_an_idle_sign_out(school, browse, shared):
    """In its form, with a word that it has not been sent; nothing in the browser."""
    page = typed(signed_in(browse(), shared=shared), school)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert [account for account, _ in school.kept()] == [school.families.accounts["one_child"]]
    passes(school, page, minutes=21)
    page.wait_for_url("**/sign-in?after=idle*")

    signed_in(page, shared=shared)
    page.goto("/enquiries")
    expect(page.get_by_label("Your question")).to_have_value(LETTER)
    expect(page.get_by_role("status")).to_have_text("What you typed before is here again. It has not been sent yet.")
    assert school.kept() == []
    with page.expect_response("**/drafts/take"):
        page.reload()
    expect(page.get_by_label("Your question")).to_have_value("")


@pytest.mark.clause(Clause.PASS_3, Clause.USE_2)
def test_codes_and_passwords_are_not_kept_with_the_text_beside_them(school, browse):
    page = signed_in(browse())
    page.goto("/secrets")
    for label, text in (("Code", "123456"), ("Password", "a secret"), ("Words", LETTER)):
        page.get_by_label(label).fill(text)
    page.clock.fast_forward(3_000)
    until(lambda: "sure" in str(school.kept()), "what was typed was not kept")
    assert not re.search("123456|secret", str([fields for _account, fields in school.kept()]))


@pytest.mark.clause(Clause.USE_2)
def test_an_answer_half_written_comes_back_in_its_own_form(school, browse):
    """Two enquiries wait, each with a form; the text is with the one that it was typed for."""
    account, now = school.families.accounts["one_child"], school.families.now
    with school.store.counting() as session:
        session.add_all(Enquiry(account_id=account, asked_at=now, text=text) for text in ("The first.", "The second."))
    page = browse("office")
    page.goto("/staff/enquiries")
    second = page.locator("article", has_text="The second.").get_by_label("Answer")
    second.fill(LETTER)
    page.clock.fast_forward(3_000)
    until(lambda: "sure" in str(school.kept()), "what was typed was not kept")
    page.goto("/staff")
    page.goto("/staff/enquiries")
    expect(second).to_have_value(LETTER)
    expect(page.locator("article", has_text="The first.").get_by_label("Answer")).to_have_value("")


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize(
    ("path", "opens", "label"),
    [
        ("/staff/requests", "Put one down that came by telephone, letter or in person", "Notes"),
        ("/staff/information", "Put a request down", "Who asks"),
    ],
)
def test_what_is_being_put_down_comes_back_where_it_was_folded_away(school, browse, path, opens, label):
    page = browse("office")
    page.goto(path)
    page.get_by_text(opens).click()
    page.get_by_label(label, exact=True).fill("I am quite sure")
    page.clock.fast_forward(3_000)
    until(lambda: "sure" in str(school.kept()), "what was typed was not kept")
    page.goto("/staff")
    page.goto(path)
    expect(page.get_by_label(label, exact=True)).to_be_visible()
    expect(page.get_by_label(label, exact=True)).to_have_value("I am quite sure")


@pytest.mark.clause(Clause.USE_2)
def test_text_is_its_owners_alone(school, browse):
    """Whoever signs in next at the same browser finds the form empty, and the owner theirs at another."""
    page = typed(signed_in(browse()), school)
    passes(school, page, minutes=6)
    page.wait_for_url("**/sign-in?after=idle*")
    signed_in(page, "sees_both", sees="Toby")
    with page.expect_response("**/drafts/take"):
        page.goto("/enquiries")
    expect(page.get_by_label("Your question")).to_have_value("")
    own = signed_in(browse())
    own.goto("/enquiries")
    expect(own.get_by_label("Your question")).to_have_value(LETTER)


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize("how", ["sent", "signed out"])
def test_text_that_was_sent_or_given_up_does_not_come_back(school, browse, how):
    page = typed(signed_in(browse()), school)
    if how == "sent":
        page.get_by_role("button", name="Send it to the school").click()
        expect(page.get_by_role("status").filter(has_text="with the school")).to_be_visible()
    else:
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    until(lambda: school.kept() == [], "it is still kept")


@pytest.mark.clause(Clause.USE_2)
def test_text_that_came_back_is_kept_again_when_nobody_answers(school, browse):
    """Untouched, and the telephone rings a second time."""
    page = typed(signed_in(browse(), shared=False), school)
    passes(school, page, minutes=21)
    page.wait_for_url("**/sign-in?after=idle*")
    signed_in(page, shared=False)
    page.goto("/enquiries")
    expect(page.get_by_label("Your question")).to_have_value(LETTER)
    passes(school, page, minutes=19, seconds=10)
    expect(page.get_by_role("alertdialog", name=QUESTION)).to_be_visible()
    until(lambda: len(school.kept()) == 1, "it was not kept again")


@pytest.mark.clause(Clause.USE_2)
def test_a_form_sent_too_late_keeps_its_text_without_a_script(school, scriptless):
    """The login ran out while it was being filled in; the text is there for the next."""
    page = signed_in(scriptless.new_page(base_url=school.url))
    page.goto("/enquiries")
    page.get_by_label("Your question").fill(LETTER)
    school.families.now += timedelta(minutes=6)
    page.get_by_role("button", name="Send it to the school").click()
    page.wait_for_url("**/sign-in?after=idle*")
    assert [account for account, _ in school.kept()] == [school.families.accounts["one_child"]]


@pytest.mark.clause(Clause.USE_2)
def test_what_staff_typed_in_the_interactive_part_comes_back(school, browse):
    """Left in a field when the question came up, which takes the focus: that is no use, and the login ends when it should."""
    path = f"/staff/adult/{school.families.adults['unverified']}"
    page = at_work(browse("office"), path)
    reference(page).press_sequentially("file 71")
    until(lambda: "file 71" in fields(school), "the keys have not arrived")
    passes(school, page, minutes=19, seconds=10)
    expect(page.get_by_role("alertdialog", name=QUESTION)).to_be_visible()
    until(lambda: "file 71" in str(school.kept()), "it was not kept")
    passes(school, page, minutes=1)
    page.wait_for_url("**/sign-in?after=idle*")

    again = at_work(browse("office"), path)
    expect(reference(again)).to_have_value("file 71")
    assert school.kept() == []


def at_work(page: Page, path: str) -> Page:
    page.goto(path)
    page.locator("section[data-app]").scroll_into_view_if_needed()
    expect(reference(page)).to_be_visible(timeout=60_000)
    return page


def fields(school: School) -> list[str]:
    """What the text fields of the open pages hold so far, on the server."""

    def held() -> list[str]:
        documents = [one.connection.session.document for one in school.server.server.portal.sockets if one.connection]
        return [getattr(model, "value_input", "") for document in documents for model in document.models]

    return school.server.on_loop(held)


def reference(page: Page):
    return page.locator("section[data-app]").get_by_role("textbox").first


@pytest.mark.parametrize("who", ["two_children", "office"])
def test_an_open_page_goes_on_after_a_restart_without_a_sign_in(school, browse, who):
    """The interactive part joins again by itself, with the login that it had; a click reaches the new server."""
    page = browse(who, clock=False)
    page.goto("/parent" if who == "two_children" else f"/staff/adult/{school.families.adults['one_child']}")
    page.locator("section[data-app]").scroll_into_view_if_needed()
    page.locator("section[data-joined]").wait_for(timeout=60_000)
    before = page.locator("[data-root]").inner_text()
    school.stop()
    expect(page.locator("[data-status]")).to_contain_text("connection was lost")
    school.start()
    expect(page.locator("[data-status]")).to_have_text("", timeout=60_000)
    expect(page.locator("[data-root]")).to_have_text(re.compile(r"\S"), timeout=60_000)
    assert page.locator("[data-root]").inner_text() == before
    assert len(school.server.on_loop(lambda: list(school.server.server.portal.sockets))) == 1


def test_a_page_whose_way_back_breaks_off_is_joined_anew(school, browse):
    """The server is there again and answers, and the page cannot take the answer: it does not try for ever."""
    page = browse("two_children", clock=False)
    page.goto("/parent")
    page.locator("section[data-app]").scroll_into_view_if_needed()
    page.locator("section[data-joined]").wait_for(timeout=60_000)
    before = page.locator("[data-root]").inner_text()
    page.evaluate("() => { Bokeh.documents.at(-1).replace_with_json = () => { throw new Error('broken off') } }")
    school.stop()
    expect(page.locator("[data-status]")).to_contain_text("connection was lost")
    school.start()
    expect(page.locator("[data-status]")).to_have_text("", timeout=60_000)
    expect(page.locator("[data-root]")).to_have_text(before, use_inner_text=True, timeout=60_000)
    assert page.evaluate("Bokeh.documents.length") == 2
