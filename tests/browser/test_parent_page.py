"""The parent's page as people meet it: on every screen, by keyboard, without scripts, on paper, on good days and bad."""

import io
import re
from datetime import date

import pypdf
import pytest
from playwright.sync_api import expect

from portal_core.domain.clauses import Clause
from portal_core.domain.school import DayKind
from portal_core.store.school import ClosedDay
from tests.browser import parents
from tests.browser.parents import DETAIL, SIZES, focused, looked_at_everywhere
from tests.families import TODAY
from tests.parent import conftest

served, portal, open_page = conftest.served, conftest.portal, parents.open_page

FIRST_DAY, INSET, HOLIDAY = date(2025, 9, 3), date(2026, 1, 5), date(2026, 2, 17)
SATURDAY, THREE_DAYS_ON, CLOSURE = date(2026, 3, 14), date(2026, 3, 17), date(2026, 3, 26)
STATES = {  # who, which child, when, what the page then says
    "all there is": ("two_children", "Amelia", "11:00", TODAY, "As of 09:40 today"),
    "a missing mark": ("two_children", "Noah", "11:00", TODAY, "The register came without a mark for this session."),
    "before half past ten": ("two_children", "Noah", "10:00", TODAY, "Not registered yet; please look again after 10:30."),
    "late, and a reason awaited": ("one_child", "Zayn", "11:00", TODAY, "Reason not yet established."),
    "no marks yet": ("new", "Erin", "11:00", TODAY, "No half-day has been registered for Erin"),
    "first day of the year": ("one_child", "Zayn", "09:00", FIRST_DAY, "No half-day has been registered for Zayn"),
    "Saturday": ("one_child", "Zayn", "11:00", SATURDAY, "No school today: it is Saturday."),
    "holiday": ("one_child", "Zayn", "11:00", HOLIDAY, "No school today: it is a holiday."),
    "training day": ("one_child", "Zayn", "11:00", INSET, "No school today: it is a training day for staff (INSET)."),
    "closure": ("one_child", "Zayn", "11:00", CLOSURE, "No school today: the school is closed."),
    "data three days old": ("one_child", "Zayn", "11:00", THREE_DAYS_ON, "The newest information here is 3 school days old"),
    "access refused": ("court_order", "Jude", "11:00", TODAY, "There is nothing to show you here"),
    "child has left": ("left", "Daniel", "11:00", TODAY, "There is nothing to show you here"),
    "no children": ("unverified", None, "11:00", TODAY, "There is nothing to show you here"),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def closure(served: conftest.Portal) -> None:
    """The school is closed on a day to come, for snow."""
    with served.store.counting() as session:
        session.add(ClosedDay(day=CLOSURE, kind=DayKind.CLOSURE))


@pytest.mark.parametrize("state", STATES)
def test_every_state_says_what_is_so_and_is_accessible_on_every_screen(portal, open_page, state):
    """No finding and nothing to scroll sideways for, by day and by night."""
    who, child, clock, day, words = STATES[state]
    portal.families.at(clock, day)
    page = open_page(who, child)
    expect(page.get_by_text(words).first).to_be_visible()
    looked_at_everywhere(page)


def test_the_first_screen_of_a_telephone_answers_who_how_and_whom_to_ask(open_page):
    """Which child, in school today, how the year goes, and a number to ring: without scrolling."""
    page = open_page("two_children", "Amelia", size="telephone")
    today, year, ask = (page.get_by_role("region", name=name) for name in ("Today", "This year so far", "Whom to ask"))
    for answer in (
        page.get_by_role("heading", name="Amelia Ashworth"),
        today.get_by_text("Present"),
        year.get_by_role("link", name="96.9% attendance"),
        year.get_by_role("link", name="12 achievement points"),
        year.get_by_role("link", name="3 behaviour points"),
        ask.get_by_role("link", name="01632 960 100").first,
    ):
        box = answer.bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= box["y"] + box["height"] <= SIZES["telephone"][1], answer


def test_what_a_parent_wants_to_know_stands_in_its_section(open_page):
    """By its heading: the three answers first, achievements before behaviour."""
    page = open_page("two_children", "Amelia")
    assert page.get_by_role("heading", level=2).all_inner_texts() == [
        "Today", "This year so far", "Whom to ask", "This week at a glance", "Attendance this year", "Achievements",
        "Behaviour", DETAIL,
    ]  # fmt: skip
    attendance = page.get_by_role("region", name="Attendance this year").inner_text()
    for figure in ("96.9%", "222", "authorised absences", "unauthorised absences", "times late"):
        assert figure in attendance


def test_a_figure_leads_to_what_it_is_made_of(open_page):
    page = open_page("two_children", "Amelia", size="telephone")
    page.get_by_role("link", name="3 behaviour points").click()
    expect(page.get_by_role("heading", name="Behaviour")).to_be_in_viewport()


@pytest.mark.clause(Clause.CONTACT_3, Clause.CONTACT_5)
def test_contact_about_a_point_goes_through_a_talk_with_the_child(open_page):
    """First what it means, then the question, only then the contact; Back leads the same way home."""
    page = open_page("two_children", "Amelia")
    page.get_by_role("region", name="Behaviour").get_by_text("Homework late").click()
    page.get_by_role("region", name="Behaviour").get_by_role("link", name="Talk about it").first.click()
    expect(page.get_by_text("Have you talked with Amelia about it?")).to_be_visible()
    assert "mailto:office@millbrook.example?" not in page.content()
    page.get_by_role("link", name="Yes, we have talked").click()
    expect(page.get_by_text("the first to ask is Amelia’s French teacher")).to_be_visible()
    letter = page.get_by_role("link", name="Begin an e-mail").get_attribute("href")
    assert letter.startswith("mailto:office@millbrook.example?subject=For%20Amelia%E2%80%99s%20French%20teacher")
    expect(page.get_by_role("link", name="01632 960 100").first).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Have you talked with Amelia about it?")).to_be_visible()
    page.get_by_role("link", name="Not yet").click()
    expect(page.get_by_text("Find a quiet moment and ask Amelia what happened.")).to_be_visible()
    assert "mailto:office@millbrook.example?" not in page.content()
    page.get_by_role("link", name="We have talked now").click()
    expect(page.get_by_text("the first to ask is Amelia’s French teacher")).to_be_visible()


def test_a_card_is_as_tall_as_what_it_says(open_page):
    """Today and the year below each other, whom to ask beside both: no card is stretched, and neither column is much longer."""
    page = open_page("two_children", "Amelia")
    today, year, ask = page.locator(".glance > .card").all()
    for card in (today, year, ask):
        box, last = card.bounding_box(), card.locator(":scope > :last-child").bounding_box()
        assert box["y"] + box["height"] - last["y"] - last["height"] < 40
    first, second, third = (card.bounding_box() for card in (today, year, ask))
    assert (first["x"], first["y"]) == (second["x"], third["y"])
    assert third["x"] > first["x"] + first["width"]
    assert abs(second["y"] + second["height"] - third["y"] - third["height"]) < 120


def test_without_scripts_all_of_it_can_be_read(open_page):
    """The switcher works, points open, and the last section says that the page stands without it."""
    page = open_page("two_children", "Amelia", java_script_enabled=False)
    page.get_by_role("link", name="Noah").click()
    expect(page.get_by_role("heading", name="Noah Ashworth")).to_be_visible()
    expect(page.get_by_text("Super effort")).to_be_visible()
    expect(page.get_by_text("say the same")).to_be_visible()
    page.get_by_text("Super effort").click()
    page.get_by_role("link", name="Talk about it").and_(page.locator(":visible")).click()
    expect(page.get_by_text("Have you talked with Noah about it?").first).to_be_visible()


def test_the_keyboard_alone_reaches_and_opens_everything(open_page):
    """In the order of reading; a point opens with Enter, its contact with another."""
    page = open_page("two_children", "Amelia")
    reached: list[str] = []
    while reached[-1:] != ["Contact"] and len(reached) < 80:
        page.keyboard.press("Tab")
        reached.append(where := focused(page))
        if where.startswith("Homework late"):
            page.keyboard.press("Enter")
    inner = [re.split(r" \d point", name)[0].strip() for name in reached]
    order = ["Skip to the page", "Millbrook High School", "Sign out", "Amelia", "Noah", "Overview", "Attendance", "Lessons", "Points",
             "96.9% attendance", "01632 960 100", "How these figures are worked out", "Super effort", "Homework late",
             "Talk about it", "Corridor", "Equipment missing", "Contact"]  # fmt: skip
    places = [inner.index(name) for name in order]
    assert places == sorted(places)


@pytest.mark.clause(Clause.USE_1, Clause.SEC_3)
def test_each_sheet_of_paper_says_whose_it_is_from_when_and_that_it_is_confidential(portal, open_page):
    """Only with whom it may be shared; not what a screen alone can do."""
    page = open_page("two_children", "Amelia")
    line = page.get_by_text("From the parent portal of Millbrook High School")
    expect(line).to_be_hidden()
    sheets = [paper(sheet) for sheet in pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages]
    assert len(sheets) > 1
    account = portal.families.accounts["two_children"]
    for sheet in sheets:
        assert f"opened at 11:00 on Thursday 12 March 2026 by account {account}." in sheet
        assert "share it only with Amelia, or with others who hold parental responsibility for Amelia." in sheet
    whole = " ".join(sheets)
    assert "96.9%" in whole
    assert "Sign out" not in whole
    assert "Ruth" not in whole  # nor is any adult named


def paper(sheet: pypdf.PageObject) -> str:
    """The words on a sheet, in one line and without the ligatures of its font."""
    words = sheet.extract_text().replace("ﬁ", "fi").replace("ﬃ", "ffi")
    return " ".join(words.split())


@pytest.mark.clause(Clause.PURPOSE, Clause.CONTACT_7)
@pytest.mark.parametrize(("who", "child"), [("two_children", "Amelia"), ("court_order", "Jude"), ("left", None)])
def test_every_page_of_a_parent_says_what_the_portal_is_for_and_whom_to_ask_about_it(open_page, who, child):
    """At its foot, for the refused as well; the policy that was accepted is a link away."""
    foot = open_page(who, child).get_by_role("contentinfo")
    expect(foot).to_contain_text("The portal helps home and school talk")
    expect(foot.get_by_role("link", name="office@millbrook.example")).to_be_visible()
    expect(foot.get_by_role("link", name="01632 960 100")).to_be_visible()
    expect(foot.get_by_role("link", name="policy", exact=True)).to_have_attribute("href", "/policy")
