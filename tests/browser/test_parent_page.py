"""The parent's page as people meet it: in a browser, at three widths, by keyboard, without scripts, on bad days."""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboards.pages.parent import ROUTES
from dashboards.parent.app import parent_app
from portal_core.services.gate import Gate
from tests.doors.running import running
from tests.families import TODAY
from tests.parent import conftest as parents

served, portal = parents.served, parents.portal

WIDTHS = {"desktop": (1280, 800), "telephone": (390, 844), "small telephone": (320, 640)}
SATURDAY, TUESDAY_AFTER = date(2026, 3, 14), date(2026, 3, 17)
STATES = {  # who, which child, when
    "all there is": ("two_children", "Amelia", "11:00", TODAY),
    "a missing mark": ("two_children", "Noah", "11:00", TODAY),
    "before half past ten": ("two_children", "Noah", "10:00", TODAY),
    "unexplained and late": ("one_child", "Zayn", "11:00", TODAY),
    "no marks yet": ("new", "Erin", "11:00", TODAY),
    "a weekend": ("one_child", "Zayn", "11:00", SATURDAY),
    "old data": ("one_child", "Zayn", "11:00", TUESDAY_AFTER),
    "refused": ("court_order", "Jude", "11:00", TODAY),
    "no children": ("left", None, "11:00", TODAY),
}

Open = Callable[..., Page]


@pytest.fixture
def open_page(portal: parents.Portal, chromium: Browser) -> Iterator[Open]:
    """Call it with who and which child for a page that this person has just opened."""
    contexts = []

    def opened(who: str, child: str | None = None, *, url: str = portal.url, **options: object) -> Page:
        contexts.append(context := chromium.new_context(**options))  # type: ignore[arg-type]
        context.add_cookies([{"name": "sid", "value": portal.cookie(who), "url": url}])
        page = context.new_page()
        page.goto(f"{url}/parent/{portal.families.pupils[child]}" if child else f"{url}/parent")
        return page

    yield opened
    for context in contexts:
        context.close()


def joined(page: Page) -> Page:
    """The page with its interactive part there and filled."""
    page.get_by_role("heading", name="The year in detail").scroll_into_view_if_needed()
    expect(page.get_by_role("table")).to_contain_text("marks, newest first", timeout=20_000)
    return page


def findings(page: Page) -> list[str]:
    """What axe finds wrong, by rule."""
    return [f"{found['id']}: {found['help']}" for found in Axe().run(page).response["violations"]]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")  # type: ignore[no-any-return]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_at_every_width(portal, open_page, state, width):
    """No finding, nothing to scroll sideways for."""
    who, child, clock, day = STATES[state]
    portal.families.at(clock, day)
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    page = open_page(who, child, viewport=size)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert (findings(page), sideways(page)) == ([], 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_year_in_detail_is_accessible_at_every_width(open_page, width, scheme):
    """Once joined as well, by day and by night."""
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    page = joined(open_page("two_children", "Amelia", viewport=size, color_scheme=scheme))
    assert (findings(page), sideways(page)) == ([], 0)


def test_what_a_parent_wants_to_know_stands_in_its_section(open_page):
    """By its heading: today, attendance, achievements before behaviour, the last days, whom to ask."""
    page = open_page("two_children", "Amelia")
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert headings == [
        "Today", "Attendance this year", "Achievements", "Behaviour", "The last school days", "Whom to ask",
        "The year in detail",
    ]  # fmt: skip
    assert "Present" in page.get_by_role("region", name="Today").inner_text()
    assert "96.9%" in page.get_by_role("region", name="Attendance this year").inner_text()
    expect(page.get_by_text("As of 09:40 today")).to_be_visible()


def test_contact_about_a_point_goes_through_a_talk_with_the_child(open_page):
    """First what it means and the question; the contact only after that."""
    behaviour = open_page("two_children", "Amelia").get_by_role("region", name="Behaviour")
    contact = behaviour.get_by_text("please ask the French teacher of Amelia")
    question = behaviour.get_by_text("Have you talked with Amelia about it?").first
    expect(question).to_be_hidden()
    behaviour.get_by_text("Homework late").click()
    expect(question).to_be_visible()
    expect(contact).to_be_hidden()
    behaviour.get_by_text("Yes, we have talked").first.click()
    expect(contact).to_be_visible()


def test_without_scripts_all_of_it_can_be_read(open_page):
    """The switcher works, points open, and the last section says that the page stands without it."""
    page = open_page("two_children", "Amelia", java_script_enabled=False)
    page.get_by_role("link", name="Noah").click()
    expect(page.get_by_role("heading", name="Noah Ashworth")).to_be_visible()
    expect(page.get_by_text("Super effort")).to_be_visible()
    expect(page.get_by_text("all of the page above still")).to_be_visible()
    page.get_by_text("Super effort").click()
    expect(page.get_by_text("Have you talked with Noah about it?").first).to_be_visible()


def test_the_keyboard_alone_reaches_and_opens_everything(open_page):
    """In the order of reading; a point opens with Enter, its contact with another."""
    page = open_page("two_children", "Amelia")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(where := focused(page))
        if where.startswith(("Homework late", "Yes")):
            page.keyboard.press("Enter")
        if where == "Contact":
            break
    inner = [re.split(r"\d point", name)[0].strip() for name in reached]
    order = ["Skip to the page", "My children", "Sign out", "Amelia", "Noah", "Super effort", "Homework late",
             "Yes, we have talked", "01632 960 100", "Corridor", "Equipment missing", "Contact"]  # fmt: skip
    places = [inner.index(name) for name in order]
    assert places == sorted(places)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.innerText.trim().replace(/\\s+/g, ' ')")  # type: ignore[no-any-return]


def test_the_year_in_detail_follows_what_is_chosen(open_page):
    """By its labels; the table beside the plot says the same in words."""
    page = joined(open_page("two_children", "Amelia"))
    table = page.get_by_role("table")
    expect(table).to_contain_text("Thu 12 Mar")
    page.get_by_label("Term").select_option("Spring, first half")
    expect(table).not_to_contain_text("Thu 12 Mar")
    expect(table).to_contain_text("Medical or dental appointment")
    page.get_by_label("Points").select_option("Achievement")
    expect(page.get_by_text("Equipment missing, 1 point")).to_have_count(0)
    expect(page.get_by_text("Loading…")).to_have_count(0)


def test_if_the_year_in_detail_does_not_load_the_page_stands(open_page, portal):
    """It says so, and offers to try again; then it comes."""
    page = open_page("court_order")
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sid", "value": portal.cookie("two_children"), "url": portal.url}])
    page.route(re.compile(r"/static/panel\."), lambda route: route.abort())
    page.goto(f"{portal.url}/parent/{portal.families.pupils['Amelia']}")
    page.get_by_role("heading", name="The year in detail").scroll_into_view_if_needed()
    expect(page.get_by_text("This part could not be loaded. All else on the page stands.")).to_be_visible()
    expect(page.get_by_role("heading", name="Amelia Ashworth")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Load again").click()
    joined(page)


def test_a_server_that_goes_away_leaves_the_page_readable(open_page, portal):
    """It says that the connection is lost; what was read stays."""
    gate = Gate(portal.store)
    with running(gate, {"/parent": parent_app(gate)}, ROUTES) as server:
        page = joined(open_page("two_children", "Amelia", url=server.url))
    expect(page.get_by_text("The connection was lost")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("region", name="Today")).to_be_visible()
    gate.views.close()


def test_no_page_asks_anyone_else_and_breaks_no_rule_of_its_policy(open_page):
    """Not one request to another host, not one complaint on the console, the interactive part included."""
    page = open_page("two_children", "Amelia")
    asked: list[str] = []
    said: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.reload()
    joined(page)
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {page.url.split("/")[2]}
    assert said == []
