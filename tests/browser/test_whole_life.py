"""The whole life of an account in Chromium, each step by the person whose it is: asked for, checked, used, cut, given back, over."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from portal_core.domain.clauses import Clause
from portal_core.services.accounts import close_account
from portal_core.store.people import Enrolment
from tests.browser.looking import fits, joined, without_findings
from tests.browser.test_staff import unverified
from tests.families import TODAY
from tests.pages.site import NEW_PASSWORD

CODE = re.compile(r"^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}$")
NOTHING = "There is nothing to show you here"


def sound(page, heading):
    """It is that page, axe finds nothing, and it fits."""
    shows(page, heading)
    without_findings(page)
    fits(page)


@pytest.mark.clause(Clause.USER_1, Clause.PASS_1, Clause.SEC_4, Clause.REVOKE_4)
def test_from_the_request_to_the_day_after_the_last(fresh_whole, visit):
    whole = fresh_whole
    child = whole.families.pupils["Zayn"]
    by, at = whole.principal("office"), whole.store.moment()
    close_account(whole.store, by=by, at=at, account=whole.families.accounts["one_child"])
    unverified(whole, "one_child")

    parent = visit(None, 390, 844, leaves=True)
    ask_for_access(whole, parent)
    code, username = check_and_issue(whole, visit("office"))
    first_use(whole, parent, username, code)
    sound(parent, "Zayn")

    joined(parent)  # the page has a socket open, so that it need not be asked for again to be closed
    lead = visit("lead")
    suspend_all_parties(whole, lead, child)
    sound(parent, NOTHING)
    assert "Zayn" not in parent.content()

    whole.families.at("11:05")
    reinstate(whole, visit("deputy_lead"), child)
    parent.goto(f"{whole.url}/parent")
    shows(parent, "Zayn")

    leaves_today(whole, child)
    parent.reload()
    shows(parent, "Zayn")  # the last day is one of theirs
    whole.families.at("09:00", TODAY + timedelta(1))
    sign_in(whole, parent, username)
    shows(parent, NOTHING)
    office = visit("office")
    office.goto(f"{whole.url}/staff/pupil/{child}")
    sound(office, "Zayn Malik")
    expect(office.get_by_text("not on roll").first).to_be_visible()


def shows(page, heading):
    """It is that page."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def ask_for_access(whole, page):
    """By the public form, which answers everybody alike."""
    page.goto(f"{whole.url}/request-access")
    sound(page, "Ask for access")
    page.get_by_label("Your full name").fill("Imran Malik")
    page.get_by_label("Your child’s full name").fill("Zayn Malik")
    page.get_by_label("How can we reach you?").fill("one_child@family.example")
    page.get_by_role("button", name="Send it to the school").click()
    expect(page.get_by_text("with the school")).to_be_visible()
    without_findings(page)


def check_and_issue(whole, page):
    """The office matches the request with a person and goes through the list; the code and the username of the letter."""
    page.goto(f"{whole.url}/staff")
    expect(page.get_by_role("link", name="1 request for access")).to_be_visible()
    page.goto(f"{whole.url}/staff/requests")
    page.get_by_role("row").filter(has_text="Imran Malik").get_by_role("link").click()
    sound(page, "Request for access")
    page.get_by_label("Mr Imran Malik").check()
    page.get_by_role("button", name="This is the person").click()
    page.get_by_role("link", name="Go through the checks").click()
    joined(page)
    page.get_by_label("1. Identity").select_option(label="Photo identity seen in person")
    page.get_by_label("2. Responsibility").select_option(label="Birth certificate")
    page.get_by_label("Where is that evidence filed?").fill("admission file 12")
    page.get_by_label("Zayn Malik").check()
    page.get_by_label("I have looked for duplicates").check()
    page.get_by_role("button", name="Verify and issue an account").click()
    page.get_by_text("The account of Mr Imran Malik is issued").wait_for()
    without_findings(page)
    code = page.locator("code", has_text=CODE).text_content()
    page.goto(f"{whole.url}/staff/requests")
    page.get_by_text("Nothing found").wait_for()
    return code, "one_child"


def first_use(whole, page, username, code):
    """From the letter over an own password and the policy to the child's page."""
    page.goto(f"{whole.url}/activate")
    page.get_by_label("Username").fill(username)
    page.get_by_label("One-time code").fill(code)
    page.get_by_label("Mine alone").check()
    page.get_by_role("main").get_by_role("button", name="Continue").click()
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_label("The same once more").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Keep this password").click()
    accept = page.get_by_label("I have read the acceptable use policy")
    page.get_by_role("heading", level=1).wait_for()
    if accept.count():  # who had accepted this version before is not asked again
        accept.check()
        page.get_by_role("main").get_by_role("button", name="Continue").click()


def sign_in(whole, page, username):
    page.goto(f"{whole.url}/sign-in")
    page.get_by_label("Username").fill(username)
    page.locator("#password").fill(NEW_PASSWORD)
    page.get_by_label("Mine alone").check()
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def suspend_all_parties(whole, page, child):
    page.goto(f"{whole.url}/staff/pupil/{child}")
    joined(page)
    page.get_by_label("Reference of your safeguarding record").fill("SG 12")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("region", name="Preview").get_by_text("Mr Imran Malik").wait_for()
    page.get_by_role("button", name="Suspend all of these adults now").click()
    page.get_by_text("All parties are suspended").wait_for()


def reinstate(whole, page, child):
    """Somebody else closes the investigation, with an outcome for each party."""
    page.goto(f"{whole.url}/staff/pupil/{child}")
    joined(page)
    page.get_by_label("Mr Imran Malik").select_option(label="Access as before")
    page.get_by_role("button", name="Preview what closing it brings").click()
    page.get_by_role("region", name="What closing it brings").get_by_text("Zayn Malik").wait_for()
    page.get_by_role("button", name="Close the investigation now").click()
    page.get_by_text("The investigation is closed").wait_for()


def leaves_today(whole, child):
    """As an import records it: the spell in force ends, and one with a last day takes its place."""
    now = whole.store.clock()
    with whole.store.counting() as session:
        spell = session.query(Enrolment).filter_by(pupil_id=child, superseded_at=None).one()
        spell.superseded_at = now
        session.flush()
        session.add(
            Enrolment(
                pupil_id=child, begun_on=spell.begun_on, ended_on=TODAY, year_group=spell.year_group, form=spell.form,
                recorded_at=now,
            )
        )  # fmt: skip
