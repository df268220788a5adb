"""The parent's page on a bad day: two children in two tabs, time that passes while it is open, a link on which scripts never come."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from portal_core.domain.clauses import Clause
from portal_core.store.casework import RestrictedPupil, Restriction
from tests.browser import parents
from tests.browser.parents import joined
from tests.families import TODAY
from tests.parent import conftest

served, portal, open_page = conftest.served, conftest.portal, parents.open_page
LAST_OF_AUGUST = date(2026, 8, 31)


def choose(page, kind):
    """Something of the interactive part, which is then read anew."""
    page.get_by_label("Points", exact=True).select_option(kind)
    expect(page.get_by_text("Loading…")).to_have_count(0)
    expect(page.get_by_text("could not be read")).to_have_count(0)


@pytest.mark.clause(Clause.REVOKE_1, Clause.SEC_3)
def test_two_tabs_keep_two_children_apart(portal, open_page):
    """Each its own, in the interactive part as well; what ends for one child ends in that tab alone."""
    first = joined(open_page("two_children", "Amelia"))
    second = first.context.new_page()
    second.set_default_timeout(60_000)
    second.goto(f"{portal.url}/parent/{portal.families.pupils['Noah']}")
    joined(second)
    for page, name, other in ((first, "Amelia", "Noah"), (second, "Noah", "Amelia"), (first, "Amelia", "Noah")):
        choose(page, "Achievement")
        choose(page, "All points")
        expect(page.get_by_role("table")).to_contain_text(f"{name}’s marks")
        expect(page.get_by_role("table")).not_to_contain_text(other)

    adult, now = portal.families.adults["two_children"], portal.families.now
    with portal.store.counting() as session:
        made = Restriction(
            adult_id=adult, clause=Clause.REVOKE_1, whole_account=False, begins_at=now, review_on=TODAY, evidence="file 9",
            made_by_id=portal.families.staff["lead"], recorded_at=now,
        )  # fmt: skip
        session.add(made)
        session.flush()
        for child, covered in (("Noah", True), ("Amelia", False)):
            pupil = portal.families.pupils[child]
            session.add(RestrictedPupil(restriction_id=made.id, pupil_id=pupil, covered=covered, recorded_at=now))
    expect(second.get_by_role("table")).to_have_count(0)
    expect(second.get_by_text("There is nothing to show you here").or_(second.get_by_text("no longer"))).to_be_visible()
    choose(first, "Achievement")
    expect(first.get_by_role("table")).to_contain_text("Amelia’s marks")
    with portal.store.counting() as session:
        lifted = session.get_one(Restriction, made.id)
        lifted.superseded_at, lifted.lifted_by_id = now, portal.families.staff["lead"]


@pytest.mark.clause(Clause.REVOKE_1, Clause.SEC_3)
def test_a_page_whose_live_part_is_refused_shows_nothing_more(portal, open_page):
    """Access was withdrawn before the reader came to that part: the whole page goes, not only what did not load."""
    page, now = open_page("one_child", "Zayn"), portal.families.now
    expect(page.get_by_role("heading", name="Zayn Malik")).to_be_visible()
    with portal.store.counting() as session:
        made = Restriction(
            adult_id=portal.families.adults["one_child"], clause=Clause.REVOKE_1, whole_account=True, begins_at=now,
            review_on=TODAY, evidence="file 9", made_by_id=portal.families.staff["lead"], recorded_at=now,
        )  # fmt: skip
        session.add(made)
        session.flush()
    page.get_by_role("region", name="The year in detail").scroll_into_view_if_needed()
    expect(page.get_by_text("There is nothing to show you here").or_(page.get_by_text("no longer"))).to_be_visible()
    expect(page.get_by_text("Zayn")).to_have_count(0)
    with portal.store.counting() as session:
        lifted = session.get_one(Restriction, made.id)
        lifted.superseded_at, lifted.lifted_by_id = now, portal.families.staff["lead"]


@pytest.mark.clause(Clause.CONTACT_1)
def test_half_past_ten_passes_while_the_page_is_open(portal, open_page):
    """What stands there stays true: it says when to look again. The interactive part, read later, knows what time it is."""
    portal.families.at("10:20")
    page = open_page("two_children", "Noah")
    expect(page.get_by_text("please look again after 10:30").first).to_be_visible()
    portal.families.at("10:31")
    joined(page)
    today = page.get_by_role("row").filter(has_text="Thu 12 Mar")
    expect(today).to_contain_text("No mark")
    page.reload()
    expect(page.get_by_text("The register came without a mark for this session.").first).to_be_visible()


def test_midnight_passes_while_the_page_is_open(portal, open_page):
    portal.families.at("23:50")
    page = joined(open_page("two_children", "Amelia"))
    expect(page.get_by_text("Thursday 12 March").first).to_be_visible()  # the page says of which day it is
    portal.families.at("00:05", TODAY + timedelta(1))
    choose(page, "Achievement")
    expect(page.get_by_role("table")).to_contain_text("Fri 13 Mar")
    page.reload()
    expect(page.get_by_text("Friday 13 March").first).to_be_visible()


def test_the_school_year_ends_while_the_page_is_open(portal, open_page):
    """From 31 August to 1 September: nothing of last year stands for this one."""
    portal.families.at("23:50", LAST_OF_AUGUST)
    page = joined(open_page("one_child", "Zayn"))
    expect(page.get_by_text("No school today").first).to_be_visible()
    portal.families.at("00:05", LAST_OF_AUGUST + timedelta(1))
    choose(page, "Achievement")
    expect(page.get_by_text("No school days in this time.")).to_be_visible()
    for view, words in (
        ("", "No half-day has been registered for Zayn since 1 September 2026."),
        ("/attendance", "School year 2026 to 2027"),
        ("/lessons", "No lesson marks"),
        ("/points", "No achievement points so far"),
    ):
        page.goto(f"{portal.url}/parent/{portal.families.pupils['Zayn']}{view}")
        expect(page.get_by_text(words).first).to_be_visible()


def test_the_first_view_is_read_before_any_script_has_come(portal, open_page):
    """On a slow link they come last, and on a broken one never."""
    page, held = open_page("court_order"), []
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sid", "value": portal.cookie("two_children"), "url": portal.url}])
    page.route("**/*.js", lambda route: held.append(route))
    page.goto(f"{portal.url}/parent/{portal.families.pupils['Amelia']}", wait_until="commit")
    expect(page.get_by_role("heading", name="Amelia Ashworth")).to_be_visible()
    expect(page.get_by_role("region", name="Today")).to_contain_text("Present")
    expect(page.get_by_role("link", name="01632 960 100").first).to_be_visible()
    assert held
    for script in held:
        script.abort()


def test_nothing_moves_for_whoever_asks_for_less_motion(open_page):
    page = open_page("two_children", "Amelia", reduced_motion="reduce")
    page.keyboard.press("Tab")  # the way past the head comes into view, which it does by sliding else
    joined(page)
    assert page.evaluate("document.getAnimations().length") == 0
    moving = "[...document.querySelectorAll('body *')].filter(one => parseFloat(getComputedStyle(one).transitionDuration) > 0)"
    assert page.evaluate(f"{moving}.map(one => one.outerHTML.slice(0, 60))") == []
