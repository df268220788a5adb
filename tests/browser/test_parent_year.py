"""The year in detail, joined to the parent's page: a plot with its legend, a long table that anyone can read, choices."""

import re

import pytest
from playwright.sync_api import expect

from dashboards.pages.parent import ROUTES
from dashboards.parent.app import parent_app
from portal_core.services.gate import Gate
from tests.browser import parents
from tests.browser.parents import DETAIL, focused, joined, looked_at_everywhere
from tests.doors.running import running
from tests.parent import conftest

served, portal, open_page = conftest.served, conftest.portal, parents.open_page


@pytest.mark.parametrize("size", ["desktop", "small telephone"])
def test_it_is_accessible_on_every_screen(open_page, size):
    """Opened on one and turned into each other; nothing in it is cut off or needs a sideways scroll."""
    looked_at_everywhere(joined(open_page("two_children", "Amelia", size=size)))


def test_it_takes_the_colours_of_the_page_around_it(open_page):
    """Of the night too: its words are as light as the page's own, its card as dark."""
    page = joined(open_page("two_children", "Amelia", color_scheme="dark"))
    colour = "one => getComputedStyle(one).color"
    assert page.get_by_role("table").evaluate(colour) == page.locator("h1").evaluate(colour) == "rgb(233, 238, 243)"
    root = page.locator("[data-root]")
    assert root.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(27, 35, 44)"


def test_the_long_table_is_a_table_in_a_region_that_the_keyboard_scrolls(open_page):
    """With a caption, a heading for each column and each row; a screen reader and a keyboard get all of it."""
    page = joined(open_page("two_children", "Amelia"))
    table = page.get_by_role("table", name="Amelia’s marks, newest first")
    assert table.get_by_role("columnheader").all_inner_texts() == ["Day", "Morning", "Afternoon"]
    assert table.get_by_role("rowheader").count() == table.get_by_role("row").count() - 1 > 100
    region = page.get_by_role("region", name="Marks by day")
    while focused(page) != "Marks by day":
        page.keyboard.press("Tab")
    assert region.evaluate("one => one.scrollTop") == 0
    page.keyboard.press("End")
    expect(table.get_by_role("row").last).to_be_in_viewport()
    assert "Wed 3 Sep" in table.get_by_role("row").last.inner_text()


def test_the_legend_names_every_letter_of_the_plot(open_page):
    """Colour is never the only sign."""
    page = joined(open_page("two_children", "Amelia"))
    legend = page.get_by_role("list").filter(has_text="Present, learning elsewhere")
    letters = [re.sub(r"\s+", " ", item).strip() for item in legend.get_by_role("listitem").all_inner_texts()]
    assert letters == [
        "P Present", "L Late", "E Present, learning elsewhere", "A Absent, authorised", "U Absent, unauthorised",
        "? Absent, reason awaited", "– Not counted", "○ No mark", "… Not taken yet",
    ]  # fmt: skip


def test_it_follows_what_is_chosen_by_keyboard_alone(open_page):
    """By the labels of the choices; what it is doing is said."""
    page = joined(open_page("two_children", "Amelia"))
    table = page.get_by_role("table")
    expect(table).to_contain_text("Thu 12 Mar")
    while focused(page) != "Term":
        page.keyboard.press("Tab")
    page.keyboard.type("Spring, first half")
    expect(table).not_to_contain_text("Thu 12 Mar")
    expect(table).to_contain_text("Medical or dental appointment")
    page.keyboard.press("Tab")
    assert focused(page) == "Points"
    page.keyboard.type("Achievement")
    expect(page.get_by_text("Equipment missing, 1 point")).to_have_count(0)
    expect(page.get_by_text("Loading…")).to_have_count(0)


def test_if_it_does_not_load_the_page_stands(open_page, portal):
    """It says so, and offers to try again; then it comes."""
    page = open_page("court_order")
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sid", "value": portal.cookie("two_children"), "url": portal.url}])
    page.route(re.compile(r"/static/panel\."), lambda route: route.abort())
    page.goto(f"{portal.url}/parent/{portal.families.pupils['Amelia']}")
    page.get_by_role("heading", name=DETAIL).scroll_into_view_if_needed()
    expect(page.get_by_text("This part could not be loaded. All else on the page stands.")).to_be_visible()
    expect(page.get_by_role("heading", name="Amelia Ashworth")).to_be_visible()
    looked_at_everywhere(page)
    page.unroute_all()
    page.get_by_role("button", name="Load again").click()
    joined(page)


def test_if_it_fails_on_the_server_the_page_stands(open_page, portal):
    """Whatever raises in the application: the reader is told in words, and nothing half done is shown."""

    def broken() -> None:
        raise ZeroDivisionError("a fault of ours")

    gate = Gate(portal.store)
    with running(gate, {"/parent": broken}, ROUTES) as server:
        page = open_page("two_children", "Amelia", url=server.url)
        page.get_by_role("heading", name=DETAIL).scroll_into_view_if_needed()
        expect(page.get_by_text("This part could not be loaded. All else on the page stands.")).to_be_visible()
        expect(page.locator("[data-root]")).to_be_empty()
        expect(page.get_by_role("region", name="Today")).to_be_visible()
    gate.close()


def test_a_server_that_goes_away_leaves_the_page_readable(open_page, portal):
    """It says that the connection is lost; what was read stays."""
    gate = Gate(portal.store)
    with running(gate, {"/parent": parent_app(gate)}, ROUTES) as server:
        page = joined(open_page("two_children", "Amelia", url=server.url))
    expect(page.get_by_text("The connection was lost")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("region", name="Today")).to_be_visible()
    gate.close()


def test_a_server_that_comes_back_gives_the_same_year_again(open_page, portal):
    """Restarted in the middle of a view: the logins are in the store, so the reader need not sign in again."""
    gate = Gate(portal.store)
    with running(gate, {"/parent": parent_app(gate)}, ROUTES) as server:
        port = server.settings.port
        page = joined(open_page("two_children", "Amelia", url=server.url))
        expect(page.get_by_text("Loading…")).to_have_count(0)
    expect(page.get_by_text("The connection was lost")).to_be_visible(timeout=60_000)
    with running(gate, {"/parent": parent_app(gate)}, ROUTES, port=port, origin=f"http://localhost:{port}"):
        expect(page.get_by_text("The connection was lost")).to_have_count(0, timeout=60_000)
        page.get_by_label("Points").select_option("Achievement")
        expect(page.get_by_role("table")).to_contain_text("marks, newest first")
    gate.close()


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
