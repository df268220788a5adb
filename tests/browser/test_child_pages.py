"""A child's further pages as people meet them: on every screen, by day and night, by keyboard, on paper, by links and Back."""

import io
from datetime import date, time, timedelta

import pypdf
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.store.registers import LessonMark, MarkAmendment, Point
from portal_core.store.school import ImportRun
from tests.browser import parents
from tests.browser.parents import focused, looked_at_everywhere
from tests.browser.test_parent_page import paper
from tests.families import TODAY, instant
from tests.parent import conftest

served, portal, open_page = conftest.served, conftest.portal, parents.open_page
FIRST_DAY, SATURDAY, SUMMER = date(2025, 9, 3), date(2026, 3, 14), date(2026, 8, 3)
STATES = {  # who, which child, the end of the address, when, what the page then says
    "the year": ("two_children", "Amelia", "/attendance", "11:00", TODAY, "divided by 229 possible"),
    "a half-term": ("two_children", "Amelia", "/attendance?period=term-2026-01-06", "11:00", TODAY, "Medical or dental"),
    "a month": ("two_children", "Amelia", "/attendance?period=2026-02", "11:00", TODAY, "Corrected at 16:00"),
    "a week": ("one_child", "Zayn", "/attendance?period=2026-W11", "11:00", TODAY, "Reason not yet established."),
    "a missing mark": ("two_children", "Noah", "/attendance", "11:00", TODAY, "These are not absences."),
    "no marks yet": ("new", "Erin", "/attendance", "11:00", TODAY, "No half-day has been registered in this time."),
    "the first day of the year": ("one_child", "Zayn", "/attendance", "08:55", FIRST_DAY, "No half-day has been registered"),
    "the summer": ("one_child", "Zayn", "/attendance", "11:00", SUMMER, "School year 2025 to 2026"),
    "no such time": ("two_children", "Amelia", "/attendance?period=march", "11:00", TODAY, "There is nothing at this address"),
    "lessons": ("two_children", "Amelia", "/lessons", "11:00", TODAY, "Computing"),
    "no lessons": ("two_children", "Noah", "/lessons", "11:00", TODAY, "No lesson marks have come"),
    "points": ("two_children", "Amelia", "/points", "11:00", TODAY, "achievement points this school year"),
    "no points": ("new", "Erin", "/points", "11:00", TODAY, "No achievement points so far"),
    "before talking": ("two_children", "Amelia", "/points/{point}", "11:00", TODAY, "Have you talked with Amelia"),
    "whom to ask": ("two_children", "Amelia", "/points/{point}?talked=yes", "11:00", TODAY, "Begin an e-mail"),
    "a closed school": ("two_children", "Amelia", "/points/{point}?talked=yes", "11:00", SATURDAY, "opens again on Monday 16 March"),
    "no such point": ("two_children", "Amelia", "/points/999999999", "11:00", TODAY, "No such point is shown here"),
    "refused": ("court_order", "Amelia", "/attendance", "11:00", TODAY, "There is nothing to show you here"),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def more(served):
    """Lesson marks of Amelia's, and a mark that was corrected."""
    amelia, came = served.families.pupils["Amelia"], instant(TODAY - timedelta(1), time(16))
    with served.store.counting() as session:
        run = session.scalars(select(ImportRun.id)).first()
        for period, subject, code in (("P1", "Geography", "/"), ("P2", "Computing", "L"), ("P3", "Drama", "N")):
            session.add(LessonMark(pupil_id=amelia, day=TODAY - timedelta(1), period=period, subject=subject, code=code,
                                   minutes_late=6 if code == "L" else None, public_from=came, run_id=run))  # fmt: skip
        session.add(MarkAmendment(pupil_id=amelia, day=date(2026, 2, 25), half=0, code="O", minutes_late=None,
                                  public_from=came, replaced_at=came, run_id=run))  # fmt: skip


@pytest.fixture
def at_page(portal, open_page):
    """Call it with a state or its parts for the page that this person has opened."""

    def opened(who, child, end, clock="11:00", day=TODAY, **options):
        portal.families.at(clock, day)
        with portal.store.counting() as session:
            found = session.scalars(
                select(Point.id).where(Point.pupil_id == portal.families.pupils["Amelia"]).order_by(Point.id)
            )
            point = list(found)[2]  # homework, in French
        page = open_page(who, child, **options)
        page.goto(f"{portal.url}/parent/{portal.families.pupils[child]}{end.format(point=point)}")
        return page

    return opened


@pytest.mark.parametrize("state", STATES)
def test_every_state_says_what_is_so_and_is_accessible_on_every_screen(at_page, state):
    """No finding and nothing to scroll sideways for, all unfolded, by day and by night."""
    *where, words = STATES[state]
    page = at_page(*where)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    expect(page.get_by_text(words).first).to_be_visible()
    looked_at_everywhere(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_times_are_chosen_by_links_that_can_be_kept_and_back_works(at_page, scripts):
    """With scripts or without: year, month, the month before, a week out of the calendar, and back again."""
    page = at_page("two_children", "Amelia", "/attendance", java_script_enabled=scripts)
    page.get_by_text("Choose a year, a half-term or a month").click()
    page.get_by_role("link", name="March 2026").click()
    expect(page.get_by_role("heading", name="Attendance: March 2026")).to_be_visible()
    page.get_by_role("link", name="February 2026").first.click()
    assert page.url.endswith("/attendance?period=2026-02")
    page.get_by_role("link", name="23 Feb").click()
    expect(page.get_by_role("heading", name="Attendance: Week of 23 February 2026")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Attendance: February 2026")).to_be_visible()
    kept = page.url
    page.go_back()
    expect(page.get_by_role("heading", name="Attendance: March 2026")).to_be_visible()
    page.goto(kept)
    expect(page.get_by_role("heading", name="Attendance: February 2026")).to_be_visible()


def test_the_same_page_of_another_child_is_a_link_away(at_page):
    """The switcher keeps what one looks at."""
    page = at_page("two_children", "Amelia", "/points")
    page.get_by_role("link", name="Noah").click()
    expect(page.get_by_role("heading", name="Noah Ashworth")).to_be_visible()
    assert page.url.endswith("/points")


def test_the_calendar_makes_sense_when_it_is_read_out(at_page):
    """A row by its week, a cell by its words and not by its letter; tables that compare have headings."""
    page = at_page("two_children", "Amelia", "/attendance")
    grid = page.get_by_role("table", name="A row is a week")
    row = grid.get_by_role("row").filter(has=page.get_by_role("link", name="2 Mar", exact=True))
    assert row.get_by_role("rowheader").inner_text() == "2 Mar"
    heard = [cell.aria_snapshot() for cell in row.get_by_role("cell").all()]
    assert any("Present, learning elsewhere" in words for words in heard)
    half_terms = page.get_by_role("table", name="Attendance by half-term")
    assert half_terms.get_by_role("columnheader").count() == 6
    assert (
        half_terms.get_by_role("row", name="Spring, second half").get_by_role("cell").nth(1).inner_text().count(" of ")
        == 1
    )


def test_the_keyboard_alone_reaches_everything_in_the_order_of_reading(at_page):
    """The ways to other times before the figures, the calendar's weeks, then what was absent."""
    page = at_page("two_children", "Amelia", "/attendance?period=2026-02")
    reached: list[str] = []
    while reached[-1:] != ["Contact"] and len(reached) < 80:
        page.keyboard.press("Tab")
        reached.append(focused(page))
    order = ["Skip to the page", "Amelia", "Noah", "Overview", "Attendance", "‹ January 2026", "March 2026 ›",
             "Choose a year, a half-term or a month", "How these figures are worked out", "23 Feb", "Contact"]  # fmt: skip
    places = [reached.index(name) for name in order]
    assert places == sorted(places)


@pytest.mark.clause(Clause.USE_1, Clause.SEC_3)
def test_a_year_on_paper_bears_who_when_and_how_it_was_worked_out(at_page):
    """On each sheet; what is folded on the screen is open on paper, and what a screen alone can do is not there."""
    page = at_page("two_children", "Amelia", "/attendance")
    sheets = [paper(sheet) for sheet in pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages]
    for sheet in sheets:
        assert "opened at 11:00 on Thursday 12 March 2026 by account" in sheet
        assert "share it only with Amelia" in sheet
    whole = " ".join(sheets)
    assert "222 half-days present, divided by 229 possible" in whole
    assert "Medical or dental appointment" in whole
    assert "Choose a year" not in whole
