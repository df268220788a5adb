"""What each role's document holds, over the wire, and that what is hidden in it cannot be fired."""

import re

import pytest

from portal_core.domain.clauses import Clause
from portal_core.services import caseload
from tests.doors.wire import READY, changed, clicked, until

PUPIL, ADULT, CLERK = "pupil:Zayn", "adult:one_child", "colleague:office"
HEADINGS = {
    ("office", ""): set(), ("office", PUPIL): set(), ("office", ADULT): {"Account"},
    ("lead", ""): {"Open investigations"}, ("lead", PUPIL): {"Suspend all parties"},
    ("lead", ADULT): {"Withhold access", "Withheld now"},
    ("data_manager", ""): {"Imports", "Registers that came last"}, ("data_manager", PUPIL): set(), ("data_manager", ADULT): set(),
    ("administrator", ""): set(), ("administrator", CLERK): {"Their account"}, ("lead", CLERK): set(), ("office", CLERK): set(), ("administrator", PUPIL): set(), ("administrator", ADULT): set(),
    ("analyst", ""): set(), ("analyst", PUPIL): set(), ("analyst", ADULT): set(),
}  # fmt: skip


def joined(page):
    page.patch(READY)
    until(lambda: "Loading" not in page.pull().text, "the part is filled")
    return page.pull()


def previewed(page, confirm):
    """Wait until the preview says what follows, and what confirms it can be clicked."""
    until(lambda: (now := page.pull()).shown(confirm) and "If you confirm" in now.text, "the preview is shown")


def about_of(whole, about):
    kind, _, name = about.partition(":")
    ids = {"pupil": whole.families.pupils, "adult": whole.families.adults, "colleague": whole.families.staff, "": {}}[
        kind
    ]
    return f"{kind}:{ids[name]}" if kind else ""


@pytest.mark.parametrize(("who", "about"), HEADINGS, ids=lambda part: part or "desk")
def test_a_document_holds_what_its_readers_duties_open_and_nothing_else(whole, who, about):
    """Over the wire: neither widget nor name of what is not theirs, whatever the page says it is about."""
    with whole.page("/staff", who, about=about_of(whole, about)) as page:
        text = joined(page).text
    assert set(re.findall(r"&lt;h3&gt;(.+?)&lt;/h3&gt;", text)) == HEADINGS[who, about]
    if not HEADINGS[who, about] or not about:
        assert "Malik" not in text
        assert "Zayn" not in text
    if not HEADINGS[who, about]:
        assert "There is nothing for you to do here." in text
        assert '"panel.models.widgets.Button"' not in text


@pytest.mark.clause(Clause.REVOKE_4)
def test_a_confirmation_that_is_still_hidden_cannot_be_fired_over_the_wire(fresh_whole):
    """The click is dropped before Python; after the preview the same click suspends all parties."""
    whole = fresh_whole
    pupil = whole.families.pupils["Zayn"]

    def opened():
        return [pupil in {one.id for one in case.pupils} for case in cases()]

    def cases():
        return caseload.open_cases(whole.store, by=whole.principal("lead"), at=whole.store.moment())

    with whole.page("/staff", "lead", about=f"pupil:{pupil}") as page:
        document = joined(page)
        confirm, look = document.find("Button", "Suspend all of these adults now"), document.find("Button", "Preview")
        reference = document.find("TextInput", "Reference of your safeguarding record (never the story)")
        assert not document.shown(confirm)
        page.patch(clicked(confirm))
        page.patch(changed(reference, "value", "SG 12"))
        page.patch(clicked(look))
        previewed(page, confirm)
        assert not any(opened())
        page.patch(clicked(confirm))
        until(lambda: any(opened()), "all parties are suspended")


@pytest.mark.clause(Clause.REVOKE_3)
def test_a_page_is_read_anew_after_each_thing_done(fresh_whole):
    """What came of it stands on top, the ground is listed at once, and the page around it is told."""
    whole = fresh_whole
    with whole.page("/staff", "lead", about=about_of(whole, ADULT)) as page:
        document = joined(page)
        assert "No ground withholds access now." in document.text
        page.patch(changed(document.find("CustomSelect", "On which ground?"), "value", "REVOKE-3"))
        page.patch(
            changed(document.find("TextInput", "Evidence or decision it rests on, as filed"), "value", "file 44")
        )
        confirm = document.find("Button", "Withhold access")
        assert not document.shown(confirm)
        page.patch(clicked(document.find("Button", "Preview")))
        previewed(page, confirm)
        page.patch(clicked(confirm))
        until(lambda: "Evidence: file 44" in page.pull().text, "the ground is listed")
        text = page.pull().text
    assert "is withheld from now on" in text
    assert "No ground withholds access now." not in text
    assert "If you confirm" not in text


@pytest.mark.clause(Clause.PASS_1)
def test_a_code_outlives_the_page_being_read_anew_until_it_is_noted(fresh_whole):
    """The account stands as it now is, the code on top of it."""
    with fresh_whole.page("/staff", "office", about=about_of(fresh_whole, ADULT)) as page:
        document = joined(page)
        sure = document.find("Button", "Yes, make a new code")
        assert not document.shown(sure)
        page.patch(clicked(sure))
        assert "One-time code" not in page.pull().text, "it was asked about first"
        page.patch(clicked(document.find("Button", "Make a new one-time code")))
        until(lambda: page.pull().shown(sure), "it is asked about")
        page.patch(clicked(sure))
        until(lambda: "account issued, not yet activated" in page.pull().text, "the page is read anew")
        document = page.pull()
        assert "One-time code" in document.text
        noted = document.find("Button", "I have noted the code")
        until(lambda: page.pull().shown(noted), "it can be noted")
        page.patch(clicked(noted))
        until(lambda: "One-time code &" not in page.pull().text, "the code is gone")
