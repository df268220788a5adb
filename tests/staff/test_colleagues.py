"""A colleague's account at the screen: what fits it, what is asked first, and the page of each."""

import asyncio
import re
from dataclasses import replace

import pytest

from dashboards.staff.colleagues import Account, layout
from portal_core.domain.clauses import Clause, Role
from portal_core.domain.people import AccountState
from portal_core.services import staff_list


@pytest.fixture
def model_of(desks):
    """The screen about a colleague, and where what came of it is noted."""

    def made(who, by="administrator"):
        whom = colleague(desks, who)
        model = Account(replace(desks.reader(by), renew=renew), whom)
        return model

    async def renew(done):
        made.came.append((done.said, done.failed))

    made.came = []
    return made


def colleague(desks, who):
    return desks.does(staff_list.colleague, "administrator", staff=desks.families.staff[who])


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


def test_only_what_fits_the_account_can_be_pressed(model_of):
    assert shown(layout(model_of("french"))) == ["Invite with this role"]
    assert shown(layout(model_of("office"))) == [
        "Add this role",
        "Take this role away",
        "Lost telephone: new code",
        "Close the account",
    ]


@pytest.mark.clause(Clause.PASS_1)
def test_inviting_shows_a_code_and_a_letter_once(desks, model_of):
    model = model_of("french")
    model.role = Role.ANALYST
    asyncio.run(model.invite())
    assert model.issued.code not in str(desks.rows())
    assert model.letter.startswith(b"%PDF")
    assert [failed for _, failed in model_of.came] == [False]
    whom = colleague(desks, "french")
    assert (whom.state, [role for role, _ in whom.roles]) == (AccountState.ISSUED, [Role.ANALYST])
    model.noted()
    assert (model.issued, model.letter) == (None, None)


def test_clicking_twice_invites_once(desks, model_of):
    model = model_of("french")
    model.role = Role.ANALYST

    async def twice():
        await asyncio.gather(model.invite(), model.invite())

    asyncio.run(twice())
    code = model.issued
    asyncio.run(model.invite())
    assert model.issued is code
    assert [verb for _, verb in desks.said()].count("invited staff") == 1


def test_a_lost_telephone_starts_anew_with_a_code(desks, model_of):
    model = model_of("office")
    asyncio.run(model.recover())
    assert model.issued.username == "office"
    assert colleague(desks, "office").state is AccountState.ISSUED


def test_a_role_is_given_and_taken_away_and_the_page_read_anew(desks, model_of):
    for action, roles in (("add", [Role.ANALYST, Role.OFFICE]), ("remove", [Role.OFFICE])):
        model = model_of("office")
        model.role = Role.ANALYST
        asyncio.run(getattr(model, action)())
        assert [role for role, _ in colleague(desks, "office").roles] == roles
    assert [said for said, _ in model_of.came] == [
        "Mrs Jean Birtwistle holds the role “analyst” from now on.",
        "Mrs Jean Birtwistle no longer holds the role “analyst”, and what it opened is closed.",
    ]


def test_without_a_role_nothing_is_asked_and_nothing_is_done(desks, model_of):
    model = model_of("french")
    page, before = layout(model), desks.rows()
    press(page, "Invite with this role")
    assert (model.said, model.faults) == ("Please choose the role.", {"role": "Please choose the role."})
    assert "Yes, invite them" not in shown(page)
    asyncio.run(model.invite())
    assert (model.issued, desks.rows()) == (None, before)
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
def test_what_changes_an_account_is_asked_about_by_name_first(desks, model_of, label, sure, words):
    """And asked anew once another role is chosen."""
    model = model_of("office")
    page = layout(model)
    model.role = Role.ANALYST
    before = desks.rows()
    assert sure not in shown(page)
    press(page, label)
    assert sure in shown(page)
    assert words in said(page)
    assert desks.rows() == before
    model.role = Role.DATA_MANAGER
    assert sure not in shown(page)


def test_the_last_administrator_cannot_be_closed(model_of):
    """The second can, and then the first is the last."""
    asyncio.run(model_of("second_administrator").close())
    last = model_of("administrator")
    asyncio.run(last.close())
    assert ("closed" in model_of.came[0][0], len(model_of.came)) == (True, 1)
    assert "This is the last administrator." in last.said


def test_nobody_starts_themselves_anew(desks, model_of):
    """Their page would close before the code can be read, and the last administrator would be locked out."""
    model, before = model_of("administrator"), desks.rows()
    asyncio.run(model.recover())
    assert "Another administrator" in model.said
    assert (model.issued, desks.rows()) == (None, before)


def test_names_are_text(model_of):
    model = model_of("office")
    model.show(whom=replace(model.whom, name="<b>A</b>"))
    page = layout(model)
    press(page, "Close the account")
    assert "<b>A" not in said(page)


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
