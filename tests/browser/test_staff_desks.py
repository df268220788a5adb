"""Each desk of staff in Chromium, at every size, by keyboard, without a script, and whatever people are called."""

import re
from threading import Event

import pytest

from portal_core.domain.clauses import Clause
from portal_core.services import intake
from portal_core.services.information import log_request
from portal_core.services.requests import Asked, ask_for_access
from portal_core.store.information import Basis
from portal_core.store.people import Adult, Pupil
from tests.browser.looking import fits, joined, sound_on_every_screen, without_findings, words_are_whole
from tests.services.test_intake import joined as people_joined


def test_every_desk_has_no_finding_and_fits(fresh_whole, visit):
    whole = fresh_whole
    pupil, adult = whole.families.pupils["Lily"], whole.families.adults["court_order"]
    wait = {
        "office": None,
        "lead": "Open investigations",
        "data_manager": "Imports",
        "administrator": None,
        "analyst": None,
    }
    for who, words in wait.items():
        page = visit(who)
        page.goto(f"{whole.url}/staff")
        if words:
            joined(page)
            page.get_by_role("heading", name=re.compile(words)).wait_for()
        sound_on_every_screen(page)
    for who, path, words in (("lead", f"pupil/{pupil}", "Suspend all parties"), ("lead", f"adult/{adult}", "Withhold access"),
                             ("office", f"adult/{adult}", "Account"), ("administrator", f"colleagues/{whole.families.staff['office']}", "Their account")):  # fmt: skip
        page = visit(who)
        page.goto(f"{whole.url}/staff/{path}")
        joined(page)
        page.get_by_role("heading", name=words, exact=True).wait_for()
        sound_on_every_screen(page)


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        (
            "office",
            ("accounts", "tasks", "requests", "requests/1", "go-live", "intake", "information", "adult/1/sees/1"),
        ),
        ("lead", ("withheld", "audit", "audit/1", "information/1", "adult/1/breaches")),
        ("data_manager", ("school", "school/contact_from", "wording/policy")),
        ("administrator", ("colleagues",)),
    ],
)
def test_every_plain_page_of_staff_has_no_finding_and_fits(fresh_whole, visit, who, paths):
    asked = Asked("Robin Newcombe", "Amelia", "robin@family.example", "x" * 900)
    ask_for_access(fresh_whole.store, asked=asked, address="192.0.2.7", at=fresh_whole.store.moment())
    pupil = fresh_whole.families.pupils["Amelia"]
    log_request(
        fresh_whole.store, by=fresh_whole.principal("office"), at=fresh_whole.store.moment(), pupil=pupil,
        asker="Somebody", reach="01632 960 111", basis=Basis.SUBJECT_ACCESS, came_on=fresh_whole.store.moment().day,
    )  # fmt: skip
    page = visit(who)
    for path in paths:
        assert page.goto(f"{fresh_whole.url}/staff/{path}").status == 200
        sound_on_every_screen(page)


FOCUSED = """() => { let e = document.activeElement; while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
                return (e.labels?.[0]?.textContent || e.textContent || "").trim(); }"""


def has_keyboard(page, words):
    """What is within, not the shadows around it."""
    page.locator(":is(button, h2, .said):focus", has_text=words).wait_for()


def enter(page, label):
    """Press a button that is there, by keyboard."""
    button = page.get_by_role("button", name=label)
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")


def test_the_whole_job_can_be_done_by_keyboard(fresh_whole, visit):
    """From the search field to the confirmation, with Tab, Space and Enter alone."""
    page = visit("lead")
    page.goto(f"{fresh_whole.url}/staff/pupil/{fresh_whole.families.pupils['Zayn']}")
    joined(page)
    page.get_by_label("Reference of your safeguarding record").wait_for()

    def tab_to(words):
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
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
    has_keyboard(page, "All parties are suspended")


def test_the_keyboard_stays_where_the_work_is(fresh_whole, visit):
    """Back at the button after no, at the code after yes, at the part once the code is noted."""
    page = visit("office")
    page.goto(f"{fresh_whole.url}/staff/adult/{fresh_whole.families.adults['one_child']}")
    joined(page)
    enter(page, "Close the account")
    enter(page, "No, leave it as it is")
    has_keyboard(page, "Close the account")
    enter(page, "Make a new one-time code")
    enter(page, "Yes, make a new code")
    has_keyboard(page, "has a new code")
    enter(page, "I have noted the code")
    has_keyboard(page, "What you can do")


def test_a_page_that_could_not_be_read_anew_says_that_it_is_old(fresh_whole, visit):
    """And that the code below must be noted first: to load the page takes it away."""
    page = visit("office", leaves=True)
    page.goto(f"{fresh_whole.url}/staff/adult/{fresh_whole.families.adults['one_child']}")
    joined(page)
    page.get_by_role("button", name="Make a new one-time code").click()
    page.route("**/staff/adult/*", lambda sent: sent.abort())
    page.get_by_role("button", name="Yes, make a new code").click()
    page.get_by_text("If a code is shown below, note it first").wait_for()
    page.get_by_text("has a new code").wait_for()
    without_findings(page)


@pytest.mark.clause(Clause.PASS_1)
def test_an_administrator_invites_a_colleague_and_hands_over_a_code(fresh_whole, visit):
    """Found among those without an account; what fits it then is offered on their own page, which is read anew."""
    page = visit("administrator", 390, 844)
    page.goto(f"{fresh_whole.url}/staff/colleagues?which=colleagues+without+an+account")
    page.get_by_role("link", name="Mme Claire Duval").click()
    joined(page)
    page.get_by_label("Role").select_option(label="Analyst")
    page.get_by_role("button", name="Invite with this role").click()
    page.get_by_role("button", name="Yes, invite them").click()
    page.get_by_text("Hand them this code").wait_for()
    page.get_by_role("link", name="Download the letter (PDF)").wait_for()
    page.get_by_text("Analyst, since").wait_for()
    page.get_by_role("button", name="Add this role").wait_for()
    assert page.get_by_role("button", name="Invite with this role").count() == 0
    without_findings(page)
    fits(page)
    page.goto(f"{fresh_whole.url}/staff/colleagues/{fresh_whole.families.staff['office']}")
    joined(page)
    page.get_by_role("button", name="Close the account").click()
    page.get_by_text("The sign-ins of Mrs Jean Birtwistle end at once").wait_for()
    without_findings(page)
    page.get_by_role("button", name="No, leave it as it is").click()
    page.get_by_role("button", name="Yes, close the account").wait_for(state="hidden")


NAMES = {
    "markup": ("<img src=x onerror=alert(1)>", "</script><b>Malik</b>"),
    "long": ("Wolfeschlegelsteinhausenbergerdorff" * 2, "Featherstonehaugh-Cholmondeley " * 3),
    "from right to left": ("عبد الرحمن", "الخوارزمي"),
}


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_whatever_people_are_called_it_is_text_and_stays_in_sight(fresh_whole, visit, names):
    """In the plain page, in labels of fields, in the preview and in what came of it."""
    whole = fresh_whole
    forename, surname = names
    with whole.store.counting() as session:
        for one in (
            session.get(Adult, whole.families.adults["one_child"]),
            session.get(Pupil, whole.families.pupils["Zayn"]),
        ):
            one.forename, one.surname = forename, surname.strip()
    page = visit("lead", 390, 844)
    page.goto(f"{whole.url}/staff/adult/{whole.families.adults['one_child']}")
    joined(page)
    page.get_by_label("On which ground?").select_option(label="Responsibility questioned")
    page.get_by_role("checkbox", name=forename).check()
    page.get_by_label("Evidence or decision").fill("letter")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("region", name="Preview").get_by_text(forename).first.wait_for()
    fits(page)
    without_findings(page)
    page.get_by_role("button", name="Withhold access").click()
    page.get_by_text("is withheld from now on").wait_for()
    fits(page)
    assert page.locator("img, main b:has-text('Malik')").count() == 0


def test_a_list_breaks_an_address_and_no_other_word(fresh_whole, visit):
    """However long a name is, and whatever the width; the names of the columns stay whole."""
    with fresh_whole.store.counting() as session:
        adult = session.get(Adult, fresh_whole.families.adults["one_child"])
        adult.surname = NAMES["long"][0]
    page = visit("office")
    page.goto(f"{fresh_whole.url}/staff/accounts")
    for width in (1280, 1024, 900, 640, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.get_by_text("Wolfeschlegel").wait_for()
        fits(page)
        words_are_whole(page)


def test_without_a_script_all_of_it_can_be_read(fresh_whole, chromium):
    """Who waits, who is found, who may see whom and why; what cannot be done says what to do."""
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sid", "value": fresh_whole.cookie("lead"), "url": fresh_whole.url}])
    page = context.new_page()
    page.goto(f"{fresh_whole.url}/staff")
    page.get_by_label("Find a pupil or an adult").fill("zayn")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Zayn Malik").first.click()
    page.get_by_text("Responsibility recorded, verified and in force").wait_for()
    assert page.get_by_text("If nothing appears, load the page again.").is_visible()
    context.close()


def test_a_part_that_cannot_be_joined_leaves_the_page_and_offers_itself_again(fresh_whole, visit):
    """Such as when the server was away for a moment."""
    page = visit("lead", leaves=True)
    page.route("**/staff/app", lambda sent: sent.abort())
    page.goto(f"{fresh_whole.url}/staff/pupil/{fresh_whole.families.pupils['Zayn']}")
    page.locator("section[data-app]").scroll_into_view_if_needed()
    page.get_by_text("This part could not be loaded.").wait_for()
    without_findings(page)
    assert page.get_by_text("Responsibility recorded, verified and in force").is_visible()
    page.unroute("**/staff/app")
    page.get_by_role("button", name="Load again").click()
    page.get_by_label("Reference of your safeguarding record").wait_for()


def test_the_page_of_a_run_at_work_goes_on_by_itself(fresh_whole, visit, monkeypatch):
    """Without loading itself again, which would take a reader back to its top; whole once it is done."""
    go_on, may = intake.go_on, Event()

    def held(*args, **given):
        assert may.wait(60)
        return go_on(*args, **given)

    monkeypatch.setattr("dashboards.pages.intake.intake.go_on", held)
    people_joined(fresh_whole, 5)
    page = visit("office", 390, 844)
    page.goto(f"{fresh_whole.url}/staff/intake")
    page.get_by_role("button", name="Make their accounts").click()
    page.get_by_text("They are being made now").wait_for()
    without_findings(page)
    assert page.locator("meta[http-equiv=refresh]").count() == 0
    may.set()
    page.get_by_role("heading", name="Letters").wait_for()
    without_findings(page)
