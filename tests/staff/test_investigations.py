"""Suspending all parties at the screen, and what becomes of each when a second person closes it (REVOKE-4)."""

import asyncio

import pytest

from dashboards.staff.investigations import Close, Suspend, open_cases
from portal_core.domain.clauses import Clause
from portal_core.services import caseload, parties
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
    asyncio.run(model.confirm())
    assert "reference of your safeguarding record" in model.said
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
    asyncio.run(model.close())
    assert "an outcome for each person" in model.said
    assert desks.sees("sees_both") == {"Daisy"}
    decide(model, Outcome.REINSTATED)
    asyncio.run(model.close())
    assert model.done
    assert desks.sees("sees_both") == {"Toby", "Daisy"}


def test_a_party_may_stay_withheld_when_it_is_closed(desks):
    suspended(desks)
    model = closing(desks)
    decide(model, Outcome.RESTRICTED)
    asyncio.run(model.close())
    assert desks.sees("sees_both") == {"Daisy"}
    assert desks.does(caseload.restrictions_of, "lead", adult=desks.families.adults["sees_both"]) != []


def test_whoever_opened_it_is_offered_no_way_to_close_it_and_refused_if_they_find_one(desks):
    suspended(desks)
    model = closing(desks, who="lead")
    page = open_cases(desks.reader("lead"), [model.case])
    assert page.select(lambda part: getattr(part, "label", "") == "Close the investigation") == []
    decide(model, Outcome.REINSTATED)
    asyncio.run(model.close())
    assert model.said == "A second person with this duty must close it."
    assert desks.sees("sees_both") == {"Daisy"}


def test_somebody_connected_since_the_page_was_made_is_not_passed_over(desks):
    """Closing is refused, and the page as it is now is offered."""
    suspended(desks)
    model = closing(desks)
    with desks.store.counting(desks.store.clock()) as session:
        session.add(
            Connection(adult_id=desks.families.adults["one_child"], pupil_id=desks.families.pupils["Toby"], relationship="uncle",
                       responsibility="no", begun_on=LONG_AGO.date(), recorded_at=desks.store.clock())
        )  # fmt: skip
    decide(model, Outcome.REINSTATED)
    asyncio.run(model.close())
    assert "An outcome is missing for 1" in model.said
    assert (model.changed, model.done) == (True, False)
    assert desks.sees("sees_both") == {"Daisy"}
