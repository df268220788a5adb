"""First use and signing in as people do them, in Chromium: by mouse, by keyboard alone, without a script.

Each page on the way is checked by axe and for a sideways scroll.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from portal_core.domain.clauses import Clause
from tests.browser.looking import without_findings
from tests.families import PASSWORD
from tests.pages.site import NEW_PASSWORD, Site, site

SCREENS = {"desktop": (1280, 800), "telephone": (390, 844), "narrow": (320, 640)}
PUBLIC = ["/", "/sign-in", "/activate", "/sign-out", "/policy", "/privacy", "/accessibility", "/contact"]

Open = Callable[..., Page]


@pytest.fixture
def portal(migrated: Callable[[str], Engine]) -> Iterator[Site]:
    """A server of the test's own: first use happens once."""
    with site(migrated("sqlite")) as running:
        yield running


@pytest.fixture
def browse(chromium: Browser, portal: Site) -> Iterator[Open]:
    """Call it for a browser of somebody's own; it must ask nobody but the portal for anything."""
    contexts, elsewhere = [], []

    def browse(screen: str = "desktop", **more: object) -> Page:
        width, height = SCREENS[screen]
        contexts.append(chromium.new_context(base_url=portal.url, viewport={"width": width, "height": height}, **more))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.on(
            "request", lambda request: None if request.url.startswith(portal.url) else elsewhere.append(request.url)
        )
        return page

    yield browse
    for context in contexts:
        context.close()
    assert elsewhere == []


def sound(page: Page, heading: str) -> None:
    """It is that page; axe finds nothing, and it does not scroll sideways."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    without_findings(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def button(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def use_code(page: Page, username: str, code: str) -> None:
    """From the front page, by the link for first use."""
    page.goto("/")
    sound(page, "Parent portal")
    page.get_by_role("link", name="Use the one-time code").click()
    sound(page, "Use your one-time code")
    page.get_by_label("Username").fill(username)
    page.get_by_label("One-time code").fill(code.lower())
    page.get_by_label("Mine alone").check()
    button(page, "Continue")


def choose_password(page: Page) -> None:
    sound(page, "Choose a password")
    page.get_by_label("New password").fill("password1234")
    page.get_by_label("The same once more").fill("password1234")
    button(page, "Keep this password")
    expect(page.get_by_text("This password is easy to guess.")).to_be_visible()
    expect(page.locator("#problem")).to_be_focused()
    sound(page, "Choose a password")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Show new password").click()
    expect(page.get_by_label("New password")).to_have_attribute("type", "text")
    page.get_by_label("The same once more").fill(NEW_PASSWORD)
    button(page, "Keep this password")


@pytest.mark.clause(Clause.PASS_1, Clause.SEC_4)
def test_a_parent_uses_the_portal_for_the_first_time(browse, portal):
    """From the letter over an own password and the policy to their child's page, and out again."""
    page = browse("telephone")
    use_code(page, "unaccepted", portal.code_for("unaccepted"))
    choose_password(page)
    sound(page, "Before you go on: the policy")
    expect(page.get_by_text("Be kind.")).to_be_visible()
    button(page, "Continue")
    assert "sign-in/next" in page.url  # the box is required
    page.get_by_label("I have read the acceptable use policy").check()
    button(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Priya")

    page.get_by_role("button", name="Sign out").click()
    sound(page, "You are signed out")
    page.goto("/parent")
    sound(page, "Sign in")


@pytest.mark.clause(Clause.SEC_4, Clause.SEC_5)
def test_a_parent_to_whom_nothing_is_open_accepts_the_policy_and_meets_a_page_that_tells_no_reason(browse, portal):
    """Policy and notice are there to be read; this parent's responsibility is not verified yet."""
    portal.publish(2, "# How to use it\n\n- Keep it to yourself.\n- Ask your child first.\n\n## Why\n\nTo be fair.")
    page = browse("telephone")
    use_code(page, "unverified", portal.code_for("unverified"))
    choose_password(page)
    sound(page, "Before you go on: the policy")
    expect(page.get_by_role("heading", name="How to use it")).to_be_visible()
    expect(page.get_by_role("heading", name="Privacy notice")).to_be_visible()
    page.get_by_label("I have read the acceptable use policy").check()
    button(page, "Continue")

    sound(page, "There is nothing to show you here")


@pytest.mark.clause(Clause.PASS_2)
def test_staff_use_the_portal_for_the_first_time(browse, portal):
    """Over an authenticator app that is told the secret; the next time its code is asked for."""
    page = browse("narrow")
    use_code(page, "office", portal.code_for("office"))
    choose_password(page)
    sound(page, "Set up your second step")
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Code of six digits").fill("000000")
    button(page, "Continue")
    expect(page.locator("#problem")).to_be_focused()
    sound(page, "Set up your second step")
    page.get_by_label("Code of six digits").fill(portal.totp(secret))
    button(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Staff page")

    page.get_by_role("button", name="Sign out").click()
    page.goto("/staff")
    page.get_by_label("Username").fill("office")
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    button(page, "Sign in")
    sound(page, "Second step")
    portal.families.at("11:01")
    page.get_by_label("Code of six digits").fill(portal.totp(secret))
    button(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Staff page")


def tab_to(page: Page, role: str, name: str) -> None:
    """Press Tab until that has the focus, and see it marked."""
    wanted = page.get_by_role(role, name=name) if role != "textbox" else page.get_by_label(name, exact=True)
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            assert wanted.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
            return
    raise AssertionError(f"{name} is not reached by keyboard")


def test_signing_in_and_out_needs_no_mouse(browse, portal):
    """A wrong password first: the focus is on what is wrong, whose link leads into the form."""
    page = browse()
    page.goto("/sign-in")
    tab_to(page, "textbox", "Username")
    page.keyboard.type("one_child")
    tab_to(page, "textbox", "Password")
    page.keyboard.type("not this one")
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    sound(page, "Sign in")
    tab_to(page, "link", "That did not work.")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Username")).to_be_focused()
    expect(page.get_by_label("Username")).to_have_value("one_child")

    tab_to(page, "textbox", "Password")
    page.keyboard.type(PASSWORD)
    tab_to(page, "button", "Show password")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password", exact=True)).to_have_value(PASSWORD)
    tab_to(page, "radio", "Mine alone")
    page.keyboard.press("Space")
    tab_to(page, "button", "Sign in")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zayn")

    tab_to(page, "button", "Sign out")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")


def test_everything_works_without_a_script(browse, portal):
    """The focus is on what is wrong even so; the buttons that would do nothing are not there."""
    page = browse(java_script_enabled=False)
    page.goto("/sign-in")
    expect(page.get_by_role("button", name="Show password")).to_be_hidden()
    for password in ("not this one", PASSWORD):
        page.get_by_label("Username").fill("one_child")
        page.get_by_label("Password", exact=True).fill(password)
        button(page, "Sign in")
        if password != PASSWORD:
            expect(page.locator("#problem:focus")).to_be_visible()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Zayn")


@pytest.mark.parametrize(("screen", "scheme"), [("desktop", "light"), ("narrow", "dark")])
def test_the_public_pages_are_sound_on_every_screen(browse, portal, screen, scheme):
    """In light and in dark; none writes to the console, none has a heading missing."""
    said = []
    page = browse(screen, color_scheme=scheme)
    page.on("console", lambda message: said.append(message.text))
    for path in PUBLIC:
        page.goto(path)
        sound(page, page.get_by_role("heading", level=1).inner_text())

    assert said == []


@pytest.mark.clause(Clause.USE_2)
def test_a_shared_device_keeps_nothing_of_a_visit(browse, portal):
    """After signing out, Back shows no page of a child, and no cookie of ours is left."""
    page = browse()
    page.goto("/sign-in")
    page.get_by_label("Username").fill("one_child")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Shared with others").check()
    button(page, "Sign in")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zayn")
    page.get_by_role("button", name="Sign out").click()
    sound(page, "You are signed out")
    left = [cookie["name"] for cookie in page.context.cookies()]

    page.go_back()
    expect(page.get_by_text("Zayn")).to_have_count(0)
    assert "sid" not in left
