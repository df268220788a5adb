"""What each role's document holds, over the wire, and that what is hidden in it cannot be fired."""

import re

import pytest

from portal_core.domain.clauses import Clause
from portal_core.services import caseload
from tests.doors.wire import READY, changed, clicked, until

PUPIL, ADULT = "pupil:Zayn", "adult:one_child"
HEADINGS = {
    ("office", ""): {"Tasks"}, ("office", PUPIL): set(), ("office", ADULT): {"Account"},
    ("lead", ""): {"Open investigations", "Tasks"}, ("lead", PUPIL): {"Suspend all parties"},
    ("lead", ADULT): {"Withhold access", "Restrictions in force"},
    ("data_manager", ""): {"Tasks", "Imports", "Registers that came last"}, ("data_manager", PUPIL): set(), ("data_manager", ADULT): set(),
    ("administrator", ""): {"Tasks", "Accounts of staff", "Audit"}, ("administrator", PUPIL): set(), ("administrator", ADULT): set(),
    ("analyst", ""): set(), ("analyst", PUPIL): set(), ("analyst", ADULT): set(),
}  # fmt: skip


def joined(page):
    page.patch(READY)
    until(lambda: "Loading" not in page.pull().text, "the part is filled")
    return page.pull()


def about_of(whole, about):
    kind, _, name = about.partition(":")
    ids = {"pupil": whole.families.pupils, "adult": whole.families.adults, "": {}}[kind]
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
        page.patch(clicked(confirm))
        page.patch(changed(reference, "value", "SG 12"))
        page.patch(clicked(look))
        until(lambda: "If you confirm" in page.pull().text, "the preview is shown")
        assert not any(opened())
        page.patch(clicked(confirm))
        until(lambda: any(opened()), "all parties are suspended")
