"""What a shared device is left with, and the question before the idle limit, in Chromium (USE-2, WCAG 2.2.1)."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from portal_core.domain.clauses import Clause
from portal_core.store.accounts import Login
from tests.browser.staying import QUESTION, SIZES, login, passes, settles, signed_in, sound, stays_open
from tests.doors.wire import until
from tests.fixtures_whole import Whole

Open = Callable[..., Page]
SIGNED_OUT = re.compile(r"/sign-in\?after=idle")


@pytest.fixture
def browse(chromium: Browser, fresh_whole: Whole) -> Iterator[Open]:
    """Call it for a browser of somebody's own, its timers in the test's hand."""
    contexts = []

    def opened(size: str = "desktop", **more: object) -> Page:
        width, height = SIZES[size]
        given = {"base_url": fresh_whole.url, "viewport": {"width": width, "height": height}} | more
        contexts.append(context := chromium.new_context(**given))
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.clock.install()
        return page

    yield opened
    for context in contexts:
        context.close()


def question(page: Page):
    return page.get_by_role("alertdialog", name=QUESTION)


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize(("size", "key"), [("desktop", "Enter"), ("small telephone", "Escape")])
def test_a_page_asks_a_minute_before_the_end_and_a_key_stays(browse, fresh_whole, size, key):
    """It has the focus, says nothing of anybody, and gives the focus back; the login then has its full time again."""
    page = signed_in(browse(size), shared=False)
    link = page.get_by_role(
        "link", name="Millbrook High School"
    )  # further down the interactive part would join, which is use
    link.focus()
    passes(fresh_whole, page, minutes=18, seconds=55)
    expect(question(page)).to_have_count(0)
    passes(fresh_whole, page, seconds=10)
    expect(question(page)).to_be_visible()
    expect(question(page)).to_have_accessible_description("You will be signed out in about 1 minute. Stay signed in?")
    assert not re.search("Zayn|Malik|Imran", question(page).inner_text())
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    sound(page)

    page.keyboard.press(key)
    expect(question(page)).to_have_count(0)
    expect(link).to_be_focused()
    assert login(fresh_whole.store).idle_until == fresh_whole.families.now + timedelta(minutes=20)
    passes(fresh_whole, page, minutes=15)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zayn")


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "private"])
def test_after_the_end_nothing_stays_on_the_screen_or_behind_it(browse, fresh_whole, shared):
    """Nobody answers: the page goes, the way back too, and on a shared device what the browser held of us."""
    page = signed_in(browse(), shared=shared)
    limit = 5 if shared else 20
    if shared:
        stays_open(fresh_whole, page, minutes=limit - 1, seconds=5)
    else:
        passes(fresh_whole, page, minutes=limit - 1, seconds=5)
    expect(question(page)).to_be_visible()
    passes(fresh_whole, page, minutes=1)
    page.wait_for_url(SIGNED_OUT)
    expect(page.get_by_role("status")).to_contain_text("You were signed out because the portal was not used")
    sound(page)
    cookies = {cookie["name"] for cookie in page.context.cookies()}
    assert ("sid" in cookies) is not shared

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert "Zayn" not in page.content()


@pytest.mark.clause(Clause.USE_2)
def test_signing_out_from_the_question_works_as_elsewhere(browse, fresh_whole):
    page = signed_in(browse(), shared=False)
    passes(fresh_whole, page, minutes=19, seconds=5)
    question(page).get_by_role("button", name="Sign out now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")


@pytest.mark.clause(Clause.USE_2)
def test_a_tab_in_use_answers_for_the_one_beside_it(browse, fresh_whole):
    """The idle limit is the login's, not the page's: the older tab asks the server before it asks anybody."""
    page = signed_in(browse(), shared=False)
    passes(fresh_whole, page, minutes=15)
    other = page.context.new_page()
    other.goto("/parent")
    until(lambda: login(fresh_whole.store).seen_at == fresh_whole.families.now, "the page was not noted")
    with page.expect_response("**/here"):
        passes(fresh_whole, page, minutes=4, seconds=30)
    expect(question(page)).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zayn")


@pytest.mark.clause(Clause.USE_2)
def test_a_question_that_another_tab_has_answered_goes_away(browse, fresh_whole):
    page = signed_in(browse(), shared=False)
    passes(fresh_whole, page, minutes=19, seconds=5)
    expect(question(page)).to_be_visible()
    other = page.context.new_page()
    other.goto("/parent")
    until(lambda: login(fresh_whole.store).seen_at == fresh_whole.families.now, "the page was not noted")
    passes(fresh_whole, page, seconds=10)
    expect(question(page)).to_have_count(0)


@pytest.mark.clause(Clause.USE_2)
def test_a_sign_in_that_has_lasted_its_longest_says_that_it_cannot_be_put_off(browse, fresh_whole):
    page = signed_in(browse(), shared=False)
    end(fresh_whole, fresh_whole.families.now + timedelta(minutes=10))
    page.reload()
    passes(fresh_whole, page, minutes=9, seconds=5)
    page.get_by_role("button", name="Stay signed in").click()
    expect(question(page)).to_contain_text("You have been signed in for as long as one sign-in lasts.")


@pytest.mark.clause(Clause.USE_2)
def test_an_open_tab_keeps_a_shared_login_and_is_no_use_of_it(browse, fresh_whole):
    """For longer than three minutes; then the last tab closes, and three minutes later the cookie opens nothing."""
    whole, page = fresh_whole, signed_in(browse())
    before = login(whole.store).idle_until
    stays_open(whole, page, minutes=3, seconds=45)
    assert login(whole.store).idle_until == before
    other = page.context.new_page()
    other.goto("/parent")
    expect(other.get_by_role("heading", level=1)).to_contain_text("Zayn")
    page.close()
    context = other.context
    other.close()
    settles(whole)

    whole.families.now += timedelta(minutes=3)
    again = context.new_page()
    again.goto("/parent")
    assert SIGNED_OUT.search(again.url)


@pytest.mark.clause(Clause.USE_2)
def test_without_a_script_the_page_goes_by_itself(scriptless, fresh_whole):
    """And says beforehand how long one may leave it; a login near its end stands for five minutes of waiting."""
    page = signed_in(scriptless.new_page(base_url=fresh_whole.url))
    assert "You are signed out after 5 minutes without use." in page.inner_text("body")
    end(fresh_whole, fresh_whole.families.now + timedelta(seconds=1))
    page.reload()
    fresh_whole.families.now += timedelta(seconds=2)
    page.wait_for_url(SIGNED_OUT)
    assert "Zayn" not in page.content()


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "private"])
def test_back_after_signing_out_shows_nothing(browse, fresh_whole, shared):
    """From the child's page over another one, so that there is more than one step back; forward as well."""
    page = signed_in(browse(), shared=shared)
    page.get_by_role("link", name="Contact", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert "Zayn" not in page.content()
        expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def end(whole: Whole, at) -> None:
    """The newest login lasts until then and no longer."""
    newest = login(whole.store).id
    with whole.store.counting() as session:
        session.execute(update(Login).where(Login.id == newest).values(expires_at=at))
