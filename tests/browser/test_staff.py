"""Staff at work in Chromium: one job whole, from the search to an account issued, access withheld and given back."""

import re

import pytest
from pypdf import PdfReader

from portal_core.domain.clauses import Clause
from portal_core.services.accounts import close_account
from portal_core.store.people import Connection
from tests.browser.looking import fits, joined, without_findings


def unverified(whole, adult):
    """As before any check: no account, responsibility only as imported."""
    with whole.store.counting() as session:
        for row in session.query(Connection).filter_by(adult_id=whole.families.adults[adult], superseded_at=None):
            row.verified_at = row.verified_by_id = None


@pytest.mark.clause(Clause.PASS_1)
def test_the_office_finds_an_adult_and_issues_an_account_by_the_checks_list(fresh_whole, visit, tmp_path):
    """The code is shown once and stands in the letter; a second person cannot find it again."""
    whole = fresh_whole
    by, at = whole.principal("office"), whole.store.moment()
    close_account(whole.store, by=by, at=at, account=whole.families.accounts["one_child"])
    unverified(whole, "one_child")
    page = visit("office", 390, 844)
    page.goto(f"{whole.url}/staff")
    page.get_by_label("Find a pupil or an adult").fill("imran")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Mr Imran Malik", exact=True).click()
    joined(page)
    page.get_by_role("button", name="Verify and issue an account").click()
    page.get_by_label("Please say how you made sure").wait_for()
    page.get_by_label("Please say where the evidence is filed").wait_for()
    without_findings(page)
    page.get_by_label("1. Identity").select_option(label="Photo identity seen in person")
    page.get_by_label("2. Responsibility").select_option(label="Birth certificate")
    page.get_by_label("Where is that evidence filed?").fill("admission file 12")
    page.get_by_label("Zayn Malik").check()
    page.get_by_role("button", name="Verify and issue an account").click()
    page.get_by_role("status").get_by_text("Please look for duplicates").wait_for()
    page.get_by_label("I have looked for duplicates").check()
    page.get_by_role("button", name="Verify and issue an account").click()
    page.get_by_text("The account of Mr Imran Malik is issued").wait_for()
    code = page.locator("code", has_text=re.compile(r"^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}$")).text_content()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the letter (PDF)").or_(
            page.get_by_text("Download the letter (PDF)")
        ).first.click()
    download.value.save_as(tmp_path / "letter.pdf")
    assert code in PdfReader(tmp_path / "letter.pdf").pages[0].extract_text()
    page.get_by_text("Adult · account issued, not yet activated").wait_for()
    without_findings(page)
    fits(page)
    page.get_by_role("button", name="I have noted the code").click()
    page.get_by_text(code).wait_for(state="detached")
    page.get_by_role("button", name="Make a new one-time code").wait_for()


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
    fits(lead)
    lead.get_by_role("button", name="Suspend all of these adults now").click()
    lead.get_by_text("All parties are suspended").wait_for()
    parent.get_by_role("heading", name="There is nothing to show you here").wait_for()
    assert "Zayn" not in parent.content()
    lead.get_by_text("You opened this: somebody else with this duty closes it.").wait_for()
    lead.get_by_role("link", name="Mr Imran Malik", exact=True).click()
    joined(lead)
    lead.get_by_text("Record SG 12").wait_for()
    without_findings(lead)
    fits(lead)
    whole.families.at("11:05")
    second = visit("deputy_lead", 390, 844)
    second.goto(f"{whole.url}/staff/pupil/{child}")
    joined(second)
    second.get_by_label("Mr Imran Malik").select_option(label="Access as before")
    second.get_by_role("button", name="Preview what closing it brings").click()
    second.get_by_role("region", name="What closing it brings").get_by_text("Zayn Malik").wait_for()
    without_findings(second)
    fits(second)
    second.get_by_role("button", name="Close the investigation now").click()
    second.get_by_text("The investigation is closed").wait_for()
    assert whole.get(f"/parent/{child}", "one_child").status == 200


@pytest.mark.clause(Clause.REVOKE_1)
def test_the_lead_restricts_one_adult_for_one_child_and_lifts_it(fresh_whole, visit):
    whole = fresh_whole
    page = visit("lead", 390, 844)
    page.goto(f"{whole.url}/staff/adult/{whole.families.adults['two_children']}")
    joined(page)
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("Please choose the ground.").wait_for()
    page.get_by_label("On which ground?").select_option(label="Responsibility questioned")
    page.get_by_label("Noah Ashworth").check()
    page.get_by_label("Evidence or decision").fill("letter of 9 March")
    page.get_by_label("To be looked at again on").fill("31/02/2027")
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("“31/02/2027” is not a day. Please write it like 31/01/2027.").wait_for()
    without_findings(page)
    assert page.get_by_label("Evidence or decision").input_value() == "letter of 9 March"
    page.get_by_label("To be looked at again on").fill("")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Withhold access").click()
    page.get_by_text("Access of Mrs Ruth Ashworth is withheld").wait_for()
    page.get_by_role("heading", name="Noah Ashworth").get_by_text("May not see").wait_for()
    page.get_by_text("Evidence: letter of 9 March").wait_for()
    assert [whole.get(f"/parent/{whole.families.pupils[n]}", "two_children").status for n in ("Noah", "Amelia")] == [
        403,
        200,
    ]
    page.get_by_role("button", name="Lift: responsibility questioned (REVOKE-1)").click()
    without_findings(page)
    fits(page)
    page.get_by_label("What does lifting it rest on?").fill("decision of 12 March")
    page.get_by_role("button", name="Yes, lift it").click()
    page.get_by_text("This ground is lifted").wait_for()
    page.get_by_text("No ground withholds access now.").wait_for()
    page.get_by_text("Withheld before (1)").click()
    page.get_by_text("Ms Farah Siddiqui: decision of 12 March").wait_for()
    page.get_by_role("heading", name="Noah Ashworth").get_by_text("May see").wait_for()
    assert whole.get(f"/parent/{whole.families.pupils['Noah']}", "two_children").status == 200
