"""Issuing an account at the screen: every line of the list first, and a code that is shown this once."""

import asyncio
from io import BytesIO

import pytest
from pypdf import PdfReader

from dashboards.staff.accounts import LOOKED, ChecksList, Verification, alike_html, layout
from dashboards.staff.codes import shown_once
from portal_core.domain.clauses import Clause
from portal_core.services import accounts, second_check
from portal_core.services.accounts import Evidence, IdentitySeen
from portal_core.services.families import around_adult, look_alikes
from portal_core.store.people import Adult, Connection, StaffRole
from tests.families import LONG_AGO

ALL_DONE = {
    "identity": IdentitySeen.IN_PERSON, "evidence": Evidence.BIRTH_CERTIFICATE, "reference": "admission file 12", "looked": [LOOKED],
}  # fmt: skip


def unchecked(desks, adult="one_child"):
    """An adult as before any check: the account closed, responsibility as imported."""
    desks.does(accounts.close_account, "office", account=desks.families.accounts[adult])
    with desks.store.counting() as session:
        for row in session.query(Connection).filter_by(adult_id=desks.families.adults[adult], superseded_at=None):
            row.verified_at = row.verified_by_id = None
    return checks(desks, adult)


def checks(desks, adult="one_child", who="office"):
    around = desks.does(around_adult, "office", adult=desks.families.adults[adult])
    return ChecksList(desks.reader(who), around)


def fill(model, **changed):
    model.param.update(**(ALL_DONE | {"pupils": list(model.param.pupils.get_range().values())} | changed))


@pytest.mark.clause(Clause.PASS_1)
@pytest.mark.parametrize(
    ("missing", "words"),
    [
        pytest.param({"identity": ""}, "how you made sure who the person is", id="identity"),
        pytest.param({"evidence": ""}, "what shows their responsibility", id="evidence"),
        pytest.param({"reference": " "}, "where the evidence is filed", id="where it is filed"),
        pytest.param({"pupils": []}, "at least one child", id="children"),
        pytest.param({"looked": []}, "look for duplicates", id="duplicates"),
    ],
)
def test_nothing_is_issued_until_every_line_is_done(desks, missing, words):
    """What is missing is said, what was typed stays, and the list complete is the control."""
    model = unchecked(desks)
    fill(model, **missing)
    before, chosen = desks.rows(), model.param.values()
    asyncio.run(model.issue())
    assert words in model.said
    assert (model.failed, model.done, model.issued) == (True, False, None)
    assert {name: chosen[name] for name in ALL_DONE} == {name: model.param.values()[name] for name in ALL_DONE}
    assert desks.rows() == before
    fill(model)
    asyncio.run(model.issue())
    assert model.issued is not None


@pytest.mark.clause(Clause.PASS_1)
def test_the_code_stands_on_the_page_and_in_the_letter_and_nowhere_in_the_records(desks):
    model = unchecked(desks)
    fill(model)
    asyncio.run(model.issue())
    code, letter = model.issued.code, PdfReader(BytesIO(model.letter))
    words = letter.pages[0].extract_text()
    assert code in words
    assert "https://portal.millbrook.example" in words
    assert "Mr Imran Malik" in words
    assert letter.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert code in shown_once(model)[0].object
    assert code not in str(desks.rows())
    assert model.issued.username in str(desks.rows())


@pytest.mark.clause(Clause.PASS_1)
def test_all_that_is_missing_from_the_list_is_said_at_once_each_at_its_line(desks):
    model = unchecked(desks)
    asyncio.run(model.issue())
    assert list(model.faults) == ["identity", "evidence", "reference", "pupils", "looked"]
    assert all(fault in model.said for fault in model.faults.values())
    words = str([(getattr(part, "label", ""), getattr(part, "object", "")) for part in layout(model, []).select()])
    assert all(words.count(fault) >= 2 for fault in model.faults.values()), "at its line and below"


def test_clicking_twice_issues_once(desks):
    """At the same time, and again after it was done."""
    model = unchecked(desks)
    fill(model)

    async def twice():
        await asyncio.gather(model.issue(), model.issue())

    asyncio.run(twice())
    code = model.issued
    asyncio.run(model.issue())
    assert model.issued is code
    assert (model.done, model.failed) == (True, False)
    assert [verb for _, verb in desks.said()].count("issued account") == 1


def test_a_code_stands_even_if_its_letter_cannot_be_set(desks):
    """A name in a script that the letter's font lacks: the code is there, and the way to hand it over is said."""
    with desks.store.counting() as session:
        session.get(Adult, desks.families.adults["one_child"]).surname = "𓀀𓀁"
    model = unchecked(desks)
    fill(model)
    asyncio.run(model.issue())
    assert model.issued is not None
    assert model.letter is None
    assert "Give the code by e-mail." in model.said
    assert (model.failed, model.done) == (True, True)


def test_who_has_an_account_already_is_said_and_the_page_as_it_is_now_is_offered(desks):
    """Somebody else was quicker."""
    model = checks(desks)
    fill(model)
    asyncio.run(model.issue())
    assert "has an account already" in model.said
    assert (model.failed, model.changed, model.done) == (True, True, False)


def test_a_new_code_voids_the_old_one_and_is_shown_once(desks):
    first, second = checks(desks), checks(desks)
    asyncio.run(first.new_code())
    desks.at()
    asyncio.run(second.new_code())
    assert first.issued.code != second.issued.code
    assert second.done


@pytest.mark.parametrize(
    ("first", "sure", "brings", "does", "said"),
    [
        ("Close the account", "Yes, close the account", "need a new check", "close", "is closed and their sign-ins are ended"),
        ("Make a new one-time code", "Yes, make a new code", "Their password works now.", "new_code", "has a new code"),
    ],
)  # fmt: skip
def test_what_ends_a_working_password_is_done_only_after_it_was_asked_about(desks, first, sure, brings, does, said):
    """The second step is hidden until the first; what is hidden cannot be fired (tests/doors/test_messages.py)."""
    model = checks(desks)
    page = layout(model, [])
    [ask] = page.select(lambda part: getattr(part, "label", "") == first)
    [confirm] = page.select(lambda part: getattr(part, "label", "") == sure)
    [second] = [part for part in page if confirm in part.select() and part is not confirm]
    before = desks.rows()
    assert second.visible is False
    ask.clicks += 1
    assert second.visible is True
    assert brings in str(second[0].object)
    assert desks.rows() == before
    asyncio.run(getattr(model, does)())
    assert said in model.said
    assert second.visible is False


@pytest.mark.clause(Clause.USER_1)
def test_a_further_child_of_somebody_with_an_account_is_verified(desks):
    adult = desks.families.adults["two_children"]
    with desks.store.counting() as session:
        row = session.query(Connection).filter_by(adult_id=adult, pupil_id=desks.families.pupils["Noah"]).one()
        row.verified_at = row.verified_by_id = None
    assert desks.sees("two_children") == {"Amelia"}
    model = Verification(desks.reader("office"), desks.does(around_adult, "office", adult=adult))
    assert list(model.param.pupils.get_range()) == ["Noah Ashworth"]
    asyncio.run(model.verify())
    assert "what shows their responsibility" in model.said
    model.param.update(evidence=Evidence.BIRTH_CERTIFICATE, reference="file 3", pupils=[desks.families.pupils["Noah"]])
    asyncio.run(model.verify())
    assert desks.sees("two_children") == {"Amelia", "Noah"}


@pytest.mark.clause(Clause.PASS_1, Clause.USER_1)
def test_a_further_child_of_somebody_disputed_is_shown_to_a_second_person(desks):
    """Beside what can be done with the account; the words say what comes of it, and no code does."""
    adult, noah = desks.families.adults["two_children"], desks.families.pupils["Noah"]
    with desks.store.counting() as session:
        session.add(StaffRole(staff_id=desks.families.staff["data_manager"], role="office", recorded_at=LONG_AGO))
        for row in session.query(Connection).filter_by(adult_id=adult):
            row.mis_court_flag = True
            if row.pupil_id == noah:
                row.verified_at = row.verified_by_id = None
    model = Verification(desks.reader("office"), desks.does(around_adult, "office", adult=adult))
    model.param.update(evidence=Evidence.BIRTH_CERTIFICATE, reference="file 3", pupils=[noah])
    asyncio.run(model.verify())
    assert "A second person must look at it" in model.said
    waits = desks.does(second_check.waiting, "data_manager", adult=adult)
    second = ChecksList(desks.reader("data_manager"), desks.does(around_adult, "data_manager", adult=adult))
    shown = str(
        [(getattr(part, "label", ""), getattr(part, "object", "")) for part in layout(second, [], waits).select()]
    )
    assert "I have looked at them too: verify responsibility" in shown
    assert "Make a new one-time code" in shown
    assert "Identity:" not in shown
    asyncio.run(second.confirm())
    assert (second.said, second.issued) == ("Responsibility of Mrs Ruth Ashworth is verified.", None)
    assert desks.sees("two_children") == {"Amelia", "Noah"}


def test_a_child_without_responsibility_on_record_is_not_offered(desks):
    """The grandmother's: there is nothing to tick and nothing to press."""
    model = checks(desks, "grandmother")
    assert model.param.pupils.get_range() == {}


def test_who_may_be_the_same_person_stands_with_what_makes_it_likely(desks):
    """All of it, so that one shared telephone is not taken for one name."""
    ids = desks.families.adults
    with desks.store.counting() as session:
        one, named, reached = (session.get(Adult, ids[who]) for who in ("one_child", "two_children", "court_order"))
        one.email, one.telephone = "home@post.example", "01632 960001"
        named.forename, named.surname, named.email = "Ines", one.surname, "HOME@post.example"
        reached.telephone = one.telephone
    shown = alike_html(desks.does(look_alikes, "office", adult=ids["one_child"]))
    assert 'Ines Malik</a> <span class="hint">same surname and initial, same e-mail address; connected' in shown
    assert 'Neil Holroyd</a> <span class="hint">same telephone number; connected with Jude Holroyd' in shown
