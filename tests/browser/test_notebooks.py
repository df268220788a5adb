"""An analyst reads a notebook in Chromium: figures in words beside each plot, on a telephone too, without a mouse."""

import pytest
from playwright.sync_api import expect

from dashboards.portal import put_together
from portal_core.store.accounts import Account
from tests.browser.looking import fits, joined, sound_on_every_screen
from tests.doors.running import running
from tests.families import sign_in_as

FOCUSED = """() => {
  let one = document.activeElement;
  while (one.shadowRoot && one.shadowRoot.activeElement) one = one.shadowRoot.activeElement;
  const label = one.labels && one.labels[0];
  const name = label ? label.innerText.trim() : one.getAttribute("aria-label") || one.innerText;
  return [name, one.getAttribute("role") || one.localName, getComputedStyle(one).outlineStyle];
}"""
"""What has the focus: its name, its role, and how it is marked."""
NOTEBOOKS = pytest.mark.parametrize("name", ["attendance", "points"])


@pytest.fixture(scope="module")
def portal(demo):
    """A school of a few forms, served."""
    one = put_together(demo.store, *demo.keys)
    with running(one.gate, one.apps, one.routes, joins_a_minute=10_000, sockets_a_login=50) as server:
        yield server.url
    one.close()


@pytest.fixture
def visit(portal, demo, chromium):
    """Opens a notebook as somebody who may; whatever the page complains of, or asks elsewhere, fails the test."""
    opened, complaints = [], []

    def at(name, width, height):
        reader = "safeguarding lead" if name == "portal_use" else "analyst"
        cookie = sign_in_as(demo.store, account_of(demo, reader))
        context = chromium.new_context(viewport={"width": width, "height": height})
        context.add_cookies([{"name": "sid", "value": cookie, "url": portal}])
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith((portal, "data:", "ws://localhost", "blob:"))
                else complaints.append(sent.url)
            ),
        )
        page.goto(f"{portal}/notebooks/{name}")
        joined(page)
        page.get_by_role("table").first.wait_for()
        return page

    yield at
    for context in opened:
        context.close()
    assert complaints == []


def account_of(demo, role):
    with demo.store.counting() as session:
        return session.query(Account.id).filter_by(username=demo.person(role).username).scalar()


@pytest.mark.parametrize("name", ["attendance", "points", "portal_use"])
def test_a_notebook_fits_the_screen_and_axe_has_nothing_to_say(visit, name):
    """Every plot has its table, and every choice its label."""
    page = visit(name, 320, 640)
    page.locator(".bk-Figure").first.wait_for()
    assert page.get_by_role("table").count() >= page.locator(".bk-Figure").count()
    fits(page)
    sound_on_every_screen(page)


@NOTEBOOKS
def test_a_measure_is_chosen_and_its_table_scrolled_by_keyboard(visit, name):
    """Tab reaches each choice and each table, and shows where it is."""
    page = visit(name, 390, 844)
    page.locator("h1").evaluate("one => { one.tabIndex = -1; one.focus() }")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
        if reached[-1][0] == "Measure":
            caption = page.locator("caption").first
            before = caption.inner_text()
            page.keyboard.press("ArrowDown")
            expect(caption).not_to_have_text(before)
    names = [name for name, *_ in reached]
    assert names[names.index("Group by") :][:2] == ["Group by", "Measure"]
    assert "region" in [role for _, role, _ in reached]
    assert [one for one in reached if one[2] == "none"] == []
