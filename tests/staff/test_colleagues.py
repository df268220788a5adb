"""Accounts of staff at the screen: whom it is about, what fits their account, and the proof of the audit."""

import asyncio
import re
from dataclasses import replace

import pytest
from sqlalchemy import text

from dashboards.staff.codes import shown_once
from dashboards.staff.colleagues import Colleagues, Proof, accounts_html, layout
from portal_core.domain.clauses import Clause, Role
from portal_core.domain.people import AccountState
from portal_core.services import desk


@pytest.fixture
def model(desks):
    return Colleagues(desks.reader("administrator"), desks.does(desk.colleagues, "administrator"))


def shown(page):
    """The labels of the buttons that can be pressed."""
    found = []

    def walk(part, visible):
        visible = visible and getattr(part, "visible", True)
        if visible and type(part).__name__ == "Button":
            found.append(part.label)
        for inner in getattr(part, "objects", []):
            walk(inner, visible)

    walk(page, True)
    return found


def press(page, label):
    """As a click does."""
    [found] = page.select(lambda part: getattr(part, "label", "") == label)
    found.clicks += 1


def said(page):
    """All the words of the page."""
    return " ".join(str(getattr(part, "object", "")) for part in page.select())


def about(model, desks, who):
    model.person = desks.families.staff[who]
    desks.at()


def test_only_what_fits_the_account_can_be_pressed(desks, model):
    page = layout(model)
    assert shown(page) == []
    about(model, desks, "french")
    assert shown(page) == ["Invite with this role"]
    about(model, desks, "office")
    assert shown(page) == ["Add this role", "Take this role away", "Lost telephone: new code", "Close the account"]


def test_a_question_about_one_colleague_is_not_answered_for_another(desks, model):
    """Close the account, asked about the clerk, is asked anew about the analyst."""
    page = layout(model)
    about(model, desks, "office")
    model.show(asked="Close the account")
    assert "Yes, close the account" in shown(page)
    about(model, desks, "analyst")
    assert "Yes, close the account" not in shown(page)


@pytest.mark.clause(Clause.PASS_1)
def test_inviting_shows_a_code_and_a_letter_once_and_lists_them(desks, model):
    about(model, desks, "french")
    model.role = Role.ANALYST
    asyncio.run(model.invite())
    assert model.issued.code not in str(desks.rows())
    assert model.letter.startswith(b"%PDF")
    assert (model.person, model.failed) == ("", False)
    [listed] = [one for one in model.everybody if one.id == desks.families.staff["french"]]
    assert (listed.state, listed.roles) == (AccountState.ISSUED, (Role.ANALYST,))


def test_clicking_twice_invites_once(desks, model):
    """What nobody is chosen for cannot be pressed, and is refused if it is."""
    about(model, desks, "french")
    model.role = Role.ANALYST

    async def twice():
        await asyncio.gather(model.invite(), model.invite())

    asyncio.run(twice())
    code = model.issued
    asyncio.run(model.invite())
    assert model.issued is code
    assert [verb for _, verb in desks.said()].count("invited staff") == 1


def test_a_lost_telephone_starts_anew_with_a_code(desks, model):
    about(model, desks, "office")
    asyncio.run(model.recover())
    assert model.issued.username == "office"
    assert [one.state for one in model.everybody if one.username == "office"] == [AccountState.ISSUED]


def test_a_role_is_given_and_taken_away(desks, model):
    about(model, desks, "office")
    model.role = Role.ANALYST
    asyncio.run(model.add())
    assert [one.roles for one in model.everybody if one.username == "office"] == [(Role.ANALYST, Role.OFFICE)]
    about(model, desks, "office")
    model.role = Role.ANALYST
    asyncio.run(model.remove())
    assert [one.roles for one in model.everybody if one.username == "office"] == [(Role.OFFICE,)]


def test_the_role_of_the_last_colleague_is_not_the_next_ones(desks, model):
    """Chosen anew for each; without one nothing is asked and nothing is done."""
    page = layout(model)
    about(model, desks, "office")
    model.role = Role.ANALYST
    about(model, desks, "french")
    assert model.role == ""
    press(page, "Invite with this role")
    assert (model.said, model.faults) == ("Please choose the role.", {"role": "Please choose the role."})
    assert "Yes, invite them" not in shown(page)
    asyncio.run(model.invite())
    assert (model.said, model.issued) == ("Please choose the role.", None)
    model.role = Role.ANALYST
    press(page, "Invite with this role")
    assert "Yes, invite them" in shown(page)


@pytest.mark.parametrize(
    ("label", "sure", "words"),
    [
        ("Add this role", "Yes, add it", "Mrs Jean Birtwistle will hold the role “analyst” as well."),
        ("Take this role away", "Yes, take it away", "Mrs Jean Birtwistle will no longer hold the role “analyst”."),
        ("Lost telephone: new code", "Yes, make a new code", "The sign-ins of Mrs Jean Birtwistle end"),
        ("Close the account", "Yes, close the account", "The sign-ins of Mrs Jean Birtwistle end at once"),
    ],
)
def test_what_changes_an_account_is_asked_about_by_name_first(desks, model, label, sure, words):
    """And asked anew once another role is chosen."""
    page = layout(model)
    about(model, desks, "office")
    model.role = Role.ANALYST
    before = desks.rows()
    assert sure not in shown(page)
    press(page, label)
    assert sure in shown(page)
    assert words in said(page)
    assert desks.rows() == before
    model.role = Role.DATA_MANAGER
    assert sure not in shown(page)


def test_what_came_of_one_colleague_names_them_and_does_not_stand_beside_the_next(desks, model):
    about(model, desks, "office")
    model.role = Role.ANALYST
    asyncio.run(model.add())
    assert model.said == "Mrs Jean Birtwistle holds the role “analyst” from now on."
    about(model, desks, "french")
    assert model.said == ""


def test_a_code_stays_until_it_is_noted(desks, model):
    """Whoever is chosen meanwhile."""
    about(model, desks, "french")
    model.role = Role.ANALYST
    asyncio.run(model.invite())
    code = model.issued.code
    about(model, desks, "office")
    assert code in str(shown_once(model)[0].object)
    press(layout(model), "I have noted the code")
    assert (model.issued, model.letter) == (None, None)


def test_the_last_administrator_cannot_be_closed(desks, model):
    """The second can, and then the first is the last."""
    about(model, desks, "second_administrator")
    asyncio.run(model.close())
    assert "closed" in model.said
    about(model, desks, "administrator")
    asyncio.run(model.close())
    assert "This is the last administrator." in model.said
    assert model.person == desks.families.staff["administrator"]


def test_two_colleagues_of_one_name_and_post_are_told_apart(desks, model):
    one = model.everybody[0]
    twins = Colleagues(model.reader, [one, replace(one, id=900)])
    assert len(twins.param.person.get_range()) == 3


def test_names_in_the_list_are_text(model):
    assert "<b>A" not in accounts_html([replace(model.everybody[0], name="<b>A</b>")])


@pytest.mark.clause(Clause.SEC_4)
def test_the_proof_says_how_many_entries_stand_and_which_one_does_not(desks):
    model = Proof(desks.reader("administrator"))
    asyncio.run(model.verify())
    assert "are as they were written" in model.said
    with desks.engine.begin() as connection:
        connection.execute(
            text("UPDATE audit_entry SET actor = 'staff:1' WHERE id = (SELECT max(id) FROM audit_entry)")
        )
    asyncio.run(model.verify())
    assert model.failed
    assert "are as they were written" not in model.said


def test_each_colleague_has_a_page_of_their_own(fresh_whole):
    """Reached from the list, with roles since when; for those alone who keep accounts of staff."""
    office = fresh_whole.families.staff["office"]
    assert f'href="/staff/colleagues/{office}"' in fresh_whole.get("/staff/colleagues", "administrator").text
    page = fresh_whole.get(f"/staff/colleagues/{office}", "administrator").text
    assert re.search(r"Office, since \d+ \w+ \d{4}", page)
    assert f'data-about="colleague:{office}"' in page
    assert f"/staff/audit?about=staff:{office}" in page
    assert fresh_whole.get("/staff/colleagues/99999", "administrator").status == 404
    for who in ("lead", "office", "data_manager", "analyst", "one_child"):
        assert fresh_whole.get(f"/staff/colleagues/{office}", who).status == 403


def test_on_a_colleagues_own_page_it_is_about_them_alone_and_read_anew(desks):
    renewed = []

    async def renew(done):
        renewed.append(done.said)

    reader = replace(desks.reader("administrator"), renew=renew)
    clerk = desks.families.staff["office"]
    model = Colleagues(reader, desks.does(desk.colleagues, "administrator"), only=clerk)
    page = layout(model)
    assert (model.person, page.select(lambda part: getattr(part, "label", "") == "Colleague")) == (clerk, [])
    model.role = Role.ANALYST
    asyncio.run(model.add())
    assert ["holds the role" in said for said in renewed] == [True]
