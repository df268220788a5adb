"""The pages that everyone may read."""

import re

import pytest

from dashboards.pages.public import home
from portal_core.domain.clauses import Clause, Role
from portal_core.domain.people import Principal
from tests.doors.wire import ask
from tests.families import PASSWORD

PAGES = ["/", "/sign-in", "/activate", "/sign-out", "/policy", "/privacy", "/accessibility", "/contact"]


@pytest.mark.clause(Clause.CONTACT_7, Clause.PURPOSE)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_what_the_portal_is_for_and_how_to_reach_the_school(visitor, path):
    """Before sign-in too; one main heading, in the language of the page."""
    answer = visitor.get(path)

    assert answer.status == 200
    assert 'href="mailto:office@millbrook.example"' in answer.text
    assert 'href="tel:01632960100"' in answer.text
    assert "helps home and school talk" in answer.text
    assert answer.text.count("<h1>") == 1
    assert '<html lang="en-GB">' in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_another_host_for_anything(visitor, path):
    """Nor has a script or a style within it."""
    page = visitor.get(path).text

    assert "//" not in page.replace("<!--", "").replace("http://www.w3.org/2000/svg", "")
    assert "<script>" not in page
    assert "style=" not in page


def test_the_front_page_has_the_form_in_it(visitor):
    answer = visitor.send("/sign-in", form_on="/", username="one_child", password=PASSWORD)

    assert answer.headers["location"] == "/parent"


@pytest.mark.parametrize(
    ("expected", "principal"),
    [
        pytest.param("/parent", Principal(1, 1, adult_id=1), id="a parent"),
        pytest.param("/staff", Principal(1, 1, staff_id=1, roles=frozenset({Role.OFFICE})), id="the office"),
        pytest.param(
            "/notebooks/", Principal(1, 1, staff_id=1, roles=frozenset({Role.ANALYST})), id="an analyst alone"
        ),
        pytest.param(
            "/staff",
            Principal(1, 1, staff_id=1, roles=frozenset({Role.ANALYST, Role.OFFICE})),
            id="with other work too",
        ),
        pytest.param(None, Principal(1, 1, staff_id=1), id="staff without a role"),
    ],
)
def test_everyone_begins_at_what_they_are(expected, principal):
    assert expected == home(principal)


@pytest.mark.clause(Clause.SEC_5)
def test_policy_and_notice_are_shown_in_their_newest_published_version(visitor, portal):
    """Corrections too; with number and day, and none of the writer's HTML."""
    portal.publish(7, "## Wording\n\n[ask](javascript:x) <img src=x> **now**", must_accept=False)
    portal.publish(7, "# Notice seven", notice=True)

    page = visitor.get("/policy").text
    assert "<h2>Wording</h2>" in page
    assert "<strong>now</strong>" in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "Version 7, published 2 September 2024." in page
    assert "<h2>Notice seven</h2>" in visitor.get("/privacy").text


@pytest.mark.clause(Clause.SEC_5)
@pytest.mark.parametrize("path", ["/policy", "/privacy"])
def test_the_schools_own_text_is_called_english_on_a_polish_page(portal, path):
    """For who reads it and for who has it read aloud."""
    polish, english = (ask(portal.url, path, Accept_Language=tag).text.partition("<main")[2] for tag in ("pl", "en"))
    assert "po angielsku" in polish
    assert re.search(r'<div lang="en-GB">\s*<h2>', polish)
    assert "lang=" not in english.partition("</main>")[0]


@pytest.mark.clause(Clause.CONTACT_7)
def test_the_contact_page_has_all_ways_to_the_school(visitor):
    page = visitor.get("/contact").text

    for way in ("office@millbrook.example", "01632 960 100", "8.00 to 16.00", "Mill Lane", "privacy@millbrook.example"):
        assert way in page
    assert "after 10:30" in page


def test_the_icon_is_found_where_browsers_look(portal):
    led = ask(portal.url, "/favicon.ico")
    icon = ask(portal.url, led.headers["location"])

    assert (led.status, icon.status, icon.headers["content-type"]) == (302, 200, "image/svg+xml")


@pytest.mark.parametrize("path", ["/", "/policy", "/privacy", "/accessibility", "/contact"])
def test_pages_for_reading_take_no_forms(visitor, path):
    visitor.get("/sign-in")

    assert visitor.post(path, {"x": "y"}).status == 405
