"""Suspending all parties at the screen, and what becomes of each when a second person closes it (REVOKE-4)."""

import asyncio

import pytest

from dashboards.staff.investigations import Close, Suspend, afterwards_html, layout, open_cases
from portal_core.domain.clauses import Clause
from portal_core.services import caseload, casework, parties
from portal_core.services.families import around_pupil
from portal_core.store.casework import Outcome
from portal_core.store.people import Connection
from tests.families import LONG_AGO

pytestmark = pytest.mark.clause(Clause.REVOKE_4)


def suspend(desks, name="Amelia", who="lead"):
    pupil = desks.families.pupils[name]
    around = desks.does(around_pupil, "lead", pupil=pupil)
    return Suspend(desks.reader(who), around, desks.does(parties.siblings, "lead", pupil=pupil))


def suspended(desks, name="Toby"):
    model = suspend(desks, name)
    model.reference = "SG 12"
    asyncio.run(model.look())
    asyncio.run(model.confirm())
    assert model.done
    desks.at()


def closing(desks, name="Toby", who="deputy_lead"):
    [case] = [
        case
        for case in desks.does(caseload.open_cases, who)
        if desks.families.pupils[name] in {p.id for p in case.pupils}
    ]
    return Close(desks.reader(who), case)


def decide(model, outcome):
    for finding in model.findings:
        finding.outcome = outcome


def closed(model, outcome):
    decide(model, outcome)
    asyncio.run(model.look())
    asyncio.run(model.close())


def test_brothers_and_sisters_are_proposed_and_none_is_taken_for_granted(desks):
    model = suspend(desks)
    assert list(model.param.also.get_range()) == ["Noah Ashworth"]
    model.reference = "SG 12"
    asyncio.run(model.look())
    assert {one.adult.name: [c.name for c in one.loses] for one in model.seen} == {
        "Mrs Edna Ashworth": [],
        "Mrs Ruth Ashworth": ["Amelia Ashworth"],
    }
    asyncio.run(model.confirm())
    assert desks.sees("two_children") == {"Noah"}


def test_a_brother_who_was_chosen_is_suspended_with_her(desks):
    model = suspend(desks)
    model.param.update(also=[desks.families.pupils["Noah"]], reference="SG 12")
    asyncio.run(model.look())
    asyncio.run(model.confirm())
    assert desks.sees("two_children") == set()


@pytest.mark.parametrize("changed", ["also", "reference"])
def test_what_is_changed_after_the_preview_needs_a_new_one(desks, changed):
    model = suspend(desks)
    model.reference = "SG 12"
    asyncio.run(model.look())
    model.param.update(**{changed: {"also": [desks.families.pupils["Noah"]], "reference": "SG 13"}[changed]})
    asyncio.run(model.confirm())
    assert "look at the preview first" in model.said
    assert desks.sees("two_children") == {"Amelia", "Noah"}


def test_without_a_reference_nothing_is_opened_and_the_choice_stays(desks):
    model = suspend(desks)
    model.also = [desks.families.pupils["Noah"]]
    asyncio.run(model.look())
    assert model.faults == {"reference": "Please give the reference of your safeguarding record."}
    assert model.seen is None
    asyncio.run(model.confirm())
    assert (model.failed, model.done, model.also) == (True, False, [desks.families.pupils["Noah"]])
    assert desks.sees("two_children") == {"Amelia", "Noah"}


def test_clicking_twice_opens_one_investigation(desks):
    model = suspend(desks)
    model.reference = "SG 12"
    asyncio.run(model.look())

    async def twice():
        await asyncio.gather(model.confirm(), model.confirm())

    asyncio.run(twice())
    asyncio.run(model.confirm())
    assert [verb for _, verb in desks.said()].count("opened investigation") == 1


def test_each_party_needs_an_outcome(desks):
    """One left out, and nothing is closed."""
    suspended(desks)
    model = closing(desks)
    model.findings[0].outcome = Outcome.REINSTATED
    asyncio.run(model.look())
    assert "an outcome for each person" in model.said
    assert model.findings[1].adult.name in model.said
    assert desks.sees("sees_both") == {"Daisy"}
    closed(model, Outcome.REINSTATED)
    assert model.done
    assert desks.sees("sees_both") == {"Toby", "Daisy"}


def test_a_party_may_stay_withheld_when_it_is_closed(desks):
    suspended(desks)
    model = closing(desks)
    closed(model, Outcome.RESTRICTED)
    assert desks.sees("sees_both") == {"Daisy"}
    assert desks.does(caseload.restrictions_of, "lead", adult=desks.families.adults["sees_both"]) != []


def test_whoever_opened_it_is_offered_no_way_to_close_it_and_refused_if_they_find_one(desks):
    suspended(desks)
    model = closing(desks, who="lead")
    page = open_cases(desks.reader("lead"), [model.case])
    assert page.select(lambda part: str(getattr(part, "label", "")).startswith("Close the investigation")) == []
    closed(model, Outcome.REINSTATED)
    assert model.said == "A second person with this duty must close it."
    assert desks.sees("sees_both") == {"Daisy"}


def test_somebody_connected_since_the_page_was_made_is_not_passed_over(desks):
    """Closing is refused, and the page as it is now is offered."""
    suspended(desks)
    model = closing(desks)
    decide(model, Outcome.REINSTATED)
    asyncio.run(model.look())
    with desks.store.counting() as session:
        session.add(
            Connection(adult_id=desks.families.adults["one_child"], pupil_id=desks.families.pupils["Toby"], relationship="uncle",
                       responsibility="no", begun_on=LONG_AGO.date(), recorded_at=desks.store.clock())
        )  # fmt: skip
    asyncio.run(model.close())
    assert "An outcome is missing for 1" in model.said
    assert (model.changed, model.done) == (True, False)
    assert desks.sees("sees_both") == {"Daisy"}


def test_what_closing_brings_is_shown_before_it_is_closed(desks):
    """Each party by the rule itself: who sees whom again, whom something else still keeps out, who gets a ground and until when."""
    suspended(desks)
    model = closing(desks)
    by_name = {one.adult.name: one for one in model.findings}
    decide(model, Outcome.REINSTATED)
    before = desks.rows()
    asyncio.run(model.close())
    assert (model.said, desks.rows()) == ("Please look at the preview first.", before)
    asyncio.run(model.look())
    foreseen = {one.adult.name for one in model.seen if one.regains}
    stays = next(iter(foreseen))
    by_name[stays].outcome = Outcome.RESTRICTED
    assert model.seen is None, "what was looked at is no longer what would be done"
    asyncio.run(model.look())
    shown = afterwards_html(model.reader, model.seen)
    assert f"{stays} <b>will not see:</b> Toby " in shown
    assert "withheld for concern or dispute (REVOKE-4), to be looked at again on" in shown
    for again in foreseen - {stays}:
        assert f"{again} <b>will see again:</b> Toby " in shown
    assert {one.adult.name for one in model.seen if one.regains} == foreseen - {stays}
    asyncio.run(model.close())
    [held] = desks.does(caseload.restrictions_of, "lead", adult=by_name[stays].adult.id)
    [told] = [one.review_on for one in model.seen if one.adult.name == stays]
    assert held.review_on == told


def test_a_second_investigation_keeps_closed_what_the_first_gives_back(desks):
    """The preview says so, and so it is."""
    suspended(desks)
    desks.does(casework.open_investigation, "lead", pupils=[desks.families.pupils["Toby"]], reference="SG 13")
    [first] = [case for case in desks.does(caseload.open_cases, "deputy_lead") if case.reference == "SG 12"]
    model = Close(desks.reader("deputy_lead"), first)
    decide(model, Outcome.REINSTATED)
    asyncio.run(model.look())
    assert [one.regains for one in model.seen] == [()] * len(model.seen)
    assert "something else stands against it" in afterwards_html(model.reader, model.seen)
    asyncio.run(model.close())
    assert desks.sees("sees_both") == {"Daisy"}


def test_whoever_opened_it_by_mistake_is_told_whom_to_ask(desks):
    suspended(desks)
    [case] = [case for case in desks.does(caseload.open_cases, "lead") if case.reference == "SG 12"]
    closers = desks.does(caseload.others_who_may_close, "lead")
    assert desks.families.staff["lead"] not in {one.id for one in closers}
    words = str([getattr(part, "object", "") for part in open_cases(desks.reader("lead"), [case], closers).select()])
    assert all(one.name in words for one in closers)
    assert closers
    alone = str([getattr(part, "object", "") for part in open_cases(desks.reader("lead"), [case], []).select()])
    assert "ask an administrator to give the role to a second person" in alone


def test_a_child_whose_parties_are_suspended_is_not_offered_the_same_form_again(desks):
    """Only once somebody says that there is a second concern."""
    suspended(desks)
    cases = [case for case in desks.does(caseload.open_cases, "lead") if case.reference == "SG 12"]
    model = suspend(desks, "Toby")
    page = layout(model, cases)
    [form] = [part for part in page if part.select(lambda one: getattr(one, "label", "") == "Preview")]
    assert form.visible is False
    assert "suspended already: record SG 12" in str([getattr(part, "object", "") for part in page.select()])
    [another] = page.select(lambda one: "second, separate concern" in str(getattr(one, "label", "")))
    another.clicks += 1
    assert form.visible is True
