"""One's own account in Chromium: every page at every size, by keyboard alone, and the ways back in from end to end."""

import json
import re

import pyotp
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.security.credentials import Vault
from portal_core.store.jobs import Job
from tests.browser.looking import sound_on_every_screen
from tests.families import PASSWORD
from tests.fixtures_whole import KEY

NEW = "tin whistle orchard 71"
PAGES = {
    "": "My account", "/policy": "Policy and privacy notice", "/opened": "What I opened", "/password": "Change your password",
    "/second-step": "Second step", "/email": "E-mail address", "/sign-ins": "Sign-ins and devices", "/not-me": "This wasn’t me",
    "/download": "Download",
}  # fmt: skip


def sound(page, heading):
    """It is that page; nothing is found wrong with it at any size."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    sound_on_every_screen(page)


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def sign_in(page, url, username, password):
    page.goto(f"{url}/sign-in")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Mine alone").check()
    press(page, "Sign in")


@pytest.mark.parametrize("who", ["two_children", "court_order"])
def test_every_page_of_an_account_is_sound_at_every_size(fresh_whole, visit, who):
    page = visit(who)
    for path, heading in PAGES.items():
        page.goto(f"{fresh_whole.url}/account{path}")
        sound(page, heading)


BESIDE = (
    "/account/alerts",
    "/enquiries",
    "/language",
    "/contact",
    "/policy",
    "/privacy",
    "/accessibility",
    "/no/such/page",
)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_pages_beside_are_sound_in_each_language(fresh_whole, visit, language):
    """An address that is not there as well; nothing is too wide for the smallest screen in longer words."""
    page = visit("two_children", leaves=True)
    page.context.set_extra_http_headers({"Accept-Language": language})
    child = fresh_whole.families.pupils["Amelia"]
    for path in (*BESIDE, f"/parent/{child}", f"/parent/{child}/attendance", f"/parent/{child}/points"):
        page.goto(f"{fresh_whole.url}{path}")
        assert page.evaluate("document.documentElement.lang").startswith(language), path
        sound_on_every_screen(page)


def tab_to(page, wanted):
    """By Tab alone until that has the focus, and it is seen to."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            assert wanted.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
            return
    raise AssertionError("not reached by keyboard")


@pytest.mark.clause(Clause.PASS_2)
def test_a_password_is_changed_by_keyboard_alone(fresh_whole, visit):
    """From the child's page; a wrong one first, whose problem takes the focus; the strength is said as it is typed."""
    page = visit("one_child", leaves=True)
    page.goto(f"{fresh_whole.url}/parent")
    tab_to(page, page.get_by_role("link", name="My account"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Password", exact=True))
    page.keyboard.press("Enter")
    for old in ("not this one", PASSWORD):
        tab_to(page, page.get_by_label("Your password as it is now", exact=True))
        page.keyboard.type(old)
        tab_to(page, page.get_by_label("New password", exact=True))
        page.keyboard.type(NEW[:9])
        expect(page.locator("#new-strength")).to_have_text("3 more characters to go.")
        page.keyboard.type(NEW[9:])
        expect(page.locator("#new-strength")).to_have_text("A good length. Well done.")
        tab_to(page, page.get_by_label("The new one once more", exact=True))
        page.keyboard.type(NEW)
        page.keyboard.press("Enter")
        if old != PASSWORD:
            expect(page.locator("#problem")).to_be_focused()
            sound(page, "Change your password")
    expect(page.get_by_role("status").first).to_contain_text("Your password is changed.")


@pytest.mark.clause(Clause.PASS_2)
def test_a_parent_sets_up_a_second_step_and_signs_in_with_a_recovery_code(fresh_whole, visit):
    """From the QR code over the codes, shown once, to the next sign-in; then it is switched off."""
    page = visit("one_child", leaves=True)
    page.goto(f"{fresh_whole.url}/account/second-step")
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    press(page, "Set it up")
    sound(page, "Second step")
    secret = page.locator(".secret").inner_text().replace(" ", "").replace("\n", "")
    page.get_by_label("Code of six digits").fill(pyotp.TOTP(secret).at(fresh_whole.store.clock()))
    press(page, "Switch it on")
    sound(page, "Your recovery codes")
    codes = page.locator(".recovery code").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    sound(page, "Second step")
    assert not any(code in page.content() for code in codes)

    page.get_by_role("button", name="Sign out").click()
    sign_in(page, fresh_whole.url, "one_child", PASSWORD)
    sound(page, "Second step")
    page.get_by_label("Code of six digits, or a recovery code").fill(codes[0])
    press(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zayn")
    page.goto(f"{fresh_whole.url}/account/second-step")
    expect(page.get_by_text("You have 9 recovery codes left.")).to_be_visible()
    page.get_by_text("Switch the second step off").click()
    page.locator("details[open]").get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_label("Code from your app, or a recovery code").fill(codes[1])
    press(page, "Switch it off")
    expect(page.get_by_text("Your second step is switched off.")).to_be_visible()


def last_link(whole):
    with whole.store.counting() as session:
        job = session.scalars(select(Job).order_by(Job.id.desc()).limit(1)).one()
        return json.loads(Vault(KEY).open(job.sealed))["link"]


@pytest.mark.clause(Clause.PASS_2)
def test_a_forgotten_password_is_replaced_by_a_link(fresh_whole, visit):
    """Each page on the way is sound; the link works once."""
    page = visit("two_children", leaves=True)
    page.context.clear_cookies()
    page.goto(f"{fresh_whole.url}/sign-in")
    page.get_by_role("link", name="Get a link by e-mail").click()
    sound(page, "Forgotten your password?")
    page.get_by_label("Username").fill("one_child")
    press(page, "Send me a link")
    expect(page.get_by_text("Please look at your e-mail.")).to_be_visible()
    sound(page, "Forgotten your password?")
    link = last_link(fresh_whole)
    page.goto(fresh_whole.url + link)
    sound(page, "Choose a new password")
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same once more").fill(NEW)
    press(page, "Keep this password")
    sound(page, "You have a new password")
    page.get_by_role("link", name="Sign in", exact=True).click()
    sign_in(page, fresh_whole.url, "one_child", NEW)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zayn")
    page.goto(fresh_whole.url + link)
    sound(page, "This link does not work")


@pytest.mark.clause(Clause.SEC_2)
def test_this_was_not_me_signs_out_everywhere(fresh_whole, visit):
    page = visit("one_child", leaves=True)
    page.goto(f"{fresh_whole.url}/account/sign-ins")
    page.get_by_role("link", name="Tell us: this wasn’t me").click()
    press(page, "It wasn’t me: close my account to everyone")
    sound(page, "Every sign-in has ended")
    page.goto(f"{fresh_whole.url}/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.clause(Clause.USE_1)
def test_a_record_is_downloaded_without_a_script(fresh_whole, visit, chromium):
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sid", "value": fresh_whole.cookie("one_child"), "url": fresh_whole.url}])
    page = context.new_page()
    page.goto(f"{fresh_whole.url}/account/download")
    with page.expect_download() as given:
        page.get_by_role("button", name=re.compile("CSV, for a spreadsheet ?: Zayn")).click()
    assert given.value.suggested_filename == "school-record-2026-03-12.csv"
    context.close()
