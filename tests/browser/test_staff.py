"""Staff at work in Chromium: one job whole, from the search to an account issued, access withheld and given back."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

from portal_core.domain.clauses import Clause
from portal_core.services.accounts import close_account
from portal_core.store.people import Connection

SIZES = [pytest.param(1280, 800, id="1280"), pytest.param(390, 844, id="390"), pytest.param(320, 700, id="320")]


@pytest.fixture
def visit(fresh_whole, chromium):
    """Opens a browser of their own for each person; whatever a page complains of fails the test."""
    opened, complaints = [], []

    def as_person(who, width=1280, height=800, *, leaves=False):
        """`leaves` for somebody whose page is closed to them, of which a browser complains."""
        context = chromium.new_context(viewport={"width": width, "height": height})
        context.add_cookies([{"name": "sid", "value": fresh_whole.cookie(who), "url": fresh_whole.url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type in ("error", "warning") and not leaves else None,
        )
        page.on(
            "request",
            lambda sent: (
                complaints.append(sent.url)
                if not sent.url.startswith((fresh_whole.url, "data:", "ws://localhost", "blob:"))
                else None
            ),
        )
        opened.append(context)
        return page

    yield as_person
    for context in opened:
        context.close()
    assert complaints == []


def without_findings(page):
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []


def joined(page):
    """With the part in which things are done in view, and there."""
    page.locator("section[data-app]").scroll_into_view_if_needed()
    page.locator("section[data-joined]").wait_for()


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"


def unverified(whole, adult):
    """As before any check: no account, responsibility only as imported."""
    with whole.store.counting(whole.store.clock()) as session:
        for row in session.query(Connection).filter_by(adult_id=whole.families.adults[adult], superseded_at=None):
            row.verified_at = row.verified_by_id = None


@pytest.mark.clause(Clause.PASS_1)
def test_the_office_finds_an_adult_and_issues_an_account_by_the_checks_list(fresh_whole, visit, tmp_path):
    """The code is shown once and stands in the letter; a second person cannot find it again."""
    whole = fresh_whole
    by, at = whole.principal("office"), whole.store.moment()
    close_account(whole.store, by=by, at=at, account=whole.families.accounts["one_child"])
    unverified(whole, "one_child")
    page = visit("office")
    page.goto(f"{whole.url}/staff")
    page.get_by_label("Find a pupil or an adult").fill("imran")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Mr Imran Malik").click()
    joined(page)
    page.get_by_role("button", name="Verify and issue an account").click()
    page.get_by_text("Please say how you made sure").wait_for()
    page.get_by_label("1. Identity").select_option(label="Photo identity seen in person")
    page.get_by_label("2. Responsibility").select_option(label="Birth certificate")
    page.get_by_label("Where is that evidence filed?").fill("admission file 12")
    page.get_by_label("Zayn Malik").check()
    page.get_by_role("button", name="Verify and issue an account").click()
    page.get_by_text("Please look for duplicates").wait_for()
    page.get_by_label("I have looked for duplicates").check()
    page.get_by_role("button", name="Verify and issue an account").click()
    page.get_by_text("The account of Mr Imran Malik is issued").wait_for()
    code = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", page.locator("code").nth(1).inner_text())[0]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the letter (PDF)").or_(
            page.get_by_text("Download the letter (PDF)")
        ).first.click()
    download.value.save_as(tmp_path / "letter.pdf")
    assert code in PdfReader(tmp_path / "letter.pdf").pages[0].extract_text()
    without_findings(page)
    page.reload()
    joined(page)
    page.get_by_role("button", name="Make a new one-time code").wait_for()
    assert code not in page.content()
    assert page.get_by_text("account issued, not yet activated").count()


@pytest.mark.clause(Clause.REVOKE_4)
def test_the_lead_suspends_all_parties_and_the_parents_page_closes(fresh_whole, visit):
    """Preview first; the parent, with a page open, is led to the neutral one without a click."""
    whole = fresh_whole
    child = whole.families.pupils["Zayn"]
    parent, lead = visit("one_child", 390, 844, leaves=True), visit("lead")
    parent.goto(f"{whole.url}/parent/{child}")
    parent.locator("#year").scroll_into_view_if_needed()
    parent.get_by_label("Term").wait_for()
    lead.goto(f"{whole.url}/staff/pupil/{child}")
    joined(lead)
    lead.get_by_label("Reference of your safeguarding record").fill("SG 12")
    lead.get_by_role("button", name="Preview").click()
    lead.get_by_role("region", name="Preview").get_by_text("Mr Imran Malik").wait_for()
    without_findings(lead)
    lead.get_by_role("button", name="Suspend all of these adults now").click()
    lead.get_by_text("All parties are suspended").wait_for()
    parent.get_by_role("heading", name="There is nothing to show you here").wait_for()
    assert "Zayn" not in parent.content()
    lead.reload()
    joined(lead)
    lead.get_by_text("You opened this: somebody else with this duty closes it.").wait_for()
    whole.families.at("11:05")
    second = visit("deputy_lead")
    second.goto(f"{whole.url}/staff/pupil/{child}")
    joined(second)
    second.get_by_label("Mr Imran Malik").select_option(label="Access as before")
    second.get_by_role("button", name="Close the investigation").click()
    second.get_by_text("The investigation is closed").wait_for()
    assert whole.get(f"/parent/{child}", "one_child").status == 200


@pytest.mark.clause(Clause.REVOKE_1)
def test_the_lead_restricts_one_adult_for_one_child_and_lifts_it(fresh_whole, visit):
    whole = fresh_whole
    page = visit("lead")
    page.goto(f"{whole.url}/staff/adult/{whole.families.adults['two_children']}")
    joined(page)
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("Please choose the ground.").wait_for()
    page.get_by_label("On which ground?").select_option(label="Responsibility is questioned (REVOKE-1)")
    page.get_by_label("Noah Ashworth").check()
    page.get_by_label("Evidence or decision").fill("letter of 9 March")
    page.get_by_label("To be looked at again on").fill("31/02/2027")
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("Please write each day like 31/01/2027").wait_for()
    assert page.get_by_label("Evidence or decision").input_value() == "letter of 9 March"
    page.get_by_label("To be looked at again on").fill("")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Withhold access now").click()
    page.get_by_text("Access of Mrs Ruth Ashworth is withheld").wait_for()
    assert [whole.get(f"/parent/{whole.families.pupils[n]}", "two_children").status for n in ("Noah", "Amelia")] == [
        403,
        200,
    ]
    page.reload()
    joined(page)
    page.get_by_role("button", name="Lift this restriction").click()
    without_findings(page)
    page.get_by_role("button", name="Yes, lift it").click()
    page.get_by_text("This restriction is lifted").wait_for()
    assert whole.get(f"/parent/{whole.families.pupils['Noah']}", "two_children").status == 200


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_desk_has_no_finding_and_fits(fresh_whole, visit, width, height):
    whole = fresh_whole
    pupil, adult = whole.families.pupils["Lily"], whole.families.adults["court_order"]
    wait = {
        "office": "Tasks",
        "lead": "Open investigations",
        "data_manager": "Imports",
        "administrator": "Accounts of staff",
        "analyst": None,
    }
    for who, words in wait.items():
        page = visit(who, width, height)
        page.goto(f"{whole.url}/staff")
        if words:
            joined(page)
            page.get_by_role("heading", name=re.compile(words)).wait_for()
        without_findings(page)
        fits(page)
    for who, path, words in (("lead", f"pupil/{pupil}", "Suspend all parties"), ("lead", f"adult/{adult}", "Withhold access"),
                             ("office", f"adult/{adult}", "Account")):  # fmt: skip
        page = visit(who, width, height)
        page.goto(f"{whole.url}/staff/{path}")
        joined(page)
        page.get_by_role("heading", name=words, exact=True).wait_for()
        without_findings(page)
        fits(page)


def test_the_whole_job_can_be_done_by_keyboard(fresh_whole, visit):
    """From the search field to the confirmation, with Tab, Space and Enter alone."""
    page = visit("lead")
    page.goto(f"{fresh_whole.url}/staff/pupil/{fresh_whole.families.pupils['Zayn']}")
    joined(page)
    page.get_by_label("Reference of your safeguarding record").wait_for()

    def tab_to(words):
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                """() => { let e = document.activeElement; while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
                return (e.labels?.[0]?.textContent || e.textContent || "").trim(); }"""
            )
            if words in focused:
                return
        raise AssertionError(f"no way to {words}")

    tab_to("Reference of your safeguarding record")
    page.keyboard.type("SG 77")
    tab_to("Preview")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Suspend all of these adults now").wait_for()
    tab_to("Suspend all of these adults now")
    page.keyboard.press("Space")
    page.get_by_text("All parties are suspended").wait_for()
