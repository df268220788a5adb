"""Withholding and giving back at the screen: looked at before it is done, each thing once, and refused to whoever lacks the duty."""

import asyncio
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import panel as pn
import pytest

from dashboards.components.decision import GROUND_NAMES, said_on
from dashboards.staff.lifting import Lift
from dashboards.staff.lifting import layout as lifting_layout
from dashboards.staff.withholding import GROUNDS, Restrict, layout, preview_html
from portal_core.domain.clauses import Clause, Role
from portal_core.domain.people import Facts, Ground, Span
from portal_core.domain.school import Moment
from portal_core.policy import access
from portal_core.services import caseload, casework
from portal_core.services.families import Person, around_adult
from portal_core.services.parties import Party
from portal_core.services.staff import remove_role
from portal_core.store.people import Connection
from tests.families import LONG_AGO, TODAY

CLAUSES = (Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
ON_A_GROUND = tuple(
    zip((access.responsibility_questioned, access.court_ruling, access.breach, access.child_protection), CLAUSES, strict=True)
)  # fmt: skip


def words(page):
    """All that the page says."""
    return " ".join(str(getattr(part, "object", "")) for part in page.select())


@pytest.fixture
def model(desks):
    """The lead's screen, about a mother of two."""
    return restrict(desks)


def restrict(desks, who="lead", adult="two_children"):
    return Restrict(desks.reader(who), desks.does(around_adult, "lead", adult=desks.families.adults[adult]))


def questioned(desks, *names, **more):
    pupils = [desks.families.pupils[name] for name in names or ("Noah",)]
    return {"clause": Clause.REVOKE_1, "pupils": pupils, "evidence": "letter of 9 March"} | more


def done(model, **chosen):
    model.param.update(**chosen)
    asyncio.run(model.look())
    asyncio.run(model.confirm())


@pytest.mark.clause(Clause.REVOKE_1)
def test_one_adult_loses_one_child_after_a_preview_of_just_that(desks, model):
    model.param.update(**questioned(desks))
    asyncio.run(model.look())
    [party] = model.seen
    assert [one.name for one in party.loses] == ["Noah Ashworth"]
    assert [one.name for one in party.keeps] == ["Amelia Ashworth"]
    assert desks.sees("two_children") == {"Amelia", "Noah"}
    asyncio.run(model.confirm())
    assert model.done
    assert desks.sees("two_children") == {"Amelia"}


@pytest.mark.parametrize(
    "changed",
    [{"clause": Clause.REVOKE_2}, {"pupils": [1]}, {"evidence": "another"}, {"review_on": "1/7/2026"}, {"last_day": "2/7/2026"}],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_whatever_is_changed_after_the_preview_needs_a_new_one(desks, model, changed):
    """The confirmation is for what was looked at, and for nothing else."""
    model.param.update(**questioned(desks))
    asyncio.run(model.look())
    assert model.seen is not None
    model.param.update(**changed)
    before = desks.rows()
    asyncio.run(model.confirm())
    assert "look at the preview first" in model.said
    assert desks.rows() == before


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        pytest.param({"clause": ""}, "choose the ground", id="no ground"),
        pytest.param({"pupils": []}, "choose the children", id="no child"),
        pytest.param({"evidence": " "}, "give the evidence or decision", id="no evidence"),
        pytest.param({"review_on": "1/1/2020"}, "must lie in the future", id="a review gone by"),
        pytest.param({"last_day": "1/1/2020"}, "must lie in the future", id="a last day gone by"),
        pytest.param(
            {"review_on": "31/02/2027"}, "“31/02/2027” is not a day. Please write it like 31/01/2027.", id="no such day"
        ),
        pytest.param(
            {"last_day": "next tuesday"},
            "“next tuesday” is not a day. Please write it like 31/01/2027.",
            id="no day at all",
        ),
        pytest.param({"last_day": "12/31/2026"}, "“12/31/2026” puts the month first.", id="the month first"),
    ],
)
def test_what_is_missing_is_said_before_the_preview_and_nothing_typed_is_lost(desks, model, chosen, words):
    model.param.update(**questioned(desks, **chosen))
    asyncio.run(model.look())
    [(field, fault)] = model.faults.items()
    assert words in fault
    assert (field, model.said) == (next(iter(chosen)), fault)
    assert (model.failed, model.seen) == (True, None)
    assert {name: getattr(model, name) for name in chosen} == chosen


def test_all_that_is_missing_is_said_at_once_each_at_its_field(model):
    model.clause = Clause.REVOKE_1
    model.review_on = "soon"
    asyncio.run(model.look())
    assert list(model.faults) == ["pupils", "evidence", "review_on"]
    assert all(fault in model.said for fault in model.faults.values())
    page = layout(model)
    [evidence] = page.select(lambda part: str(getattr(part, "label", "")).startswith("Evidence"))
    assert model.faults["evidence"] in evidence.label
    assert evidence.css_classes == ["faulty"]
    model.pupils, model.evidence, model.review_on = list(model.param.pupils.get_range().values()), "letter", ""
    asyncio.run(model.look())
    assert (model.faults, evidence.css_classes) == ({}, [])


@pytest.mark.clause(Clause.REVOKE_1)
def test_what_an_empty_day_of_review_means_is_said_before_it_is_left_empty(desks):
    """The day that the service then sets."""
    day = desks.does(caseload.review_day, "lead")
    model = Restrict(desks.reader("lead"), restrict(desks).adult, day)
    page = layout(model)
    model.clause = Clause.REVOKE_1
    assert f"it is looked at again on {said_on(day, desks.store.moment().zone)}" in words(page)
    done(model, **questioned(desks))
    [held] = desks.does(caseload.restrictions_of, "lead", adult=model.adult.id)
    assert held.review_on == day


@pytest.mark.clause(Clause.REVOKE_2, Clause.REVOKE_4)
def test_whatever_withholds_access_now_is_listed_with_the_way_on(desks):
    """An open investigation and a flag of the records, which no restriction stands for."""
    adult, pupil = desks.families.adults["one_child"], desks.families.pupils["Zayn"]
    desks.does(casework.open_investigation, "lead", pupils=[pupil], reference="SG 44")
    around = desks.does(around_adult, "lead", adult=adult)
    cases = [case for case in desks.does(caseload.open_cases, "lead") if case.reference == "SG 44"]
    page = lifting_layout(desks.reader("lead"), around, [], cases, [Person(pupil, "Zayn Malik")])
    assert "No ground withholds access now." not in words(page)
    assert "Record SG 44" in words(page)
    assert f'<a href="/staff/pupil/{pupil}">Zayn Malik</a>' in words(page)
    assert "flagged in the school’s records" in words(page)
    assert "No ground withholds access now." in words(lifting_layout(desks.reader("lead"), around, []))


def test_staff_read_one_name_for_each_ground():
    """Where it is chosen, where it is listed and where a decision is explained."""
    assert set(GROUND_NAMES) == set(CLAUSES)
    named = {rule.__name__: GROUND_NAMES[clause] for rule, clause in ON_A_GROUND}
    facts = Facts(1, 2, grounds=tuple(Ground(clause, Span(LONG_AGO), covers=True) for clause in CLAUSES))
    at = Moment(LONG_AGO + timedelta(1), ZoneInfo("Europe/London"))
    assert {rule.__name__: rule(facts, at).words for rule, _ in ON_A_GROUND} == named
    assert {name.capitalize() for name in GROUND_NAMES.values()} >= set(GROUNDS) - {"Please choose"}
    assert max(map(len, GROUNDS)) <= 25, "longer ones are cut on a telephone"


@pytest.mark.clause(Clause.REVOKE_2)
def test_an_order_without_an_end_or_a_review_is_refused_in_the_services_own_words(desks, model):
    """And what was typed is still there, so that the date alone is to be added."""
    model.param.update(**questioned(desks, clause=Clause.REVOKE_2))
    asyncio.run(model.look())
    assert "Give the date" in model.said
    done(model, review_on="1/7/2026")
    assert model.done


@pytest.mark.clause(Clause.REVOKE_2)
def test_an_order_holds_through_its_last_day_by_the_schools_clock(desks, model):
    last = TODAY + timedelta(5)
    done(model, **questioned(desks, clause=Clause.REVOKE_2, last_day=f"{last:%d/%m/%Y}"))
    desks.families.at("23:59", last)
    assert desks.sees("two_children") == {"Amelia"}
    desks.families.at("00:00", last + timedelta(1))
    assert desks.sees("two_children") == {"Amelia", "Noah"}


@pytest.mark.clause(Clause.REVOKE_3)
def test_a_breach_concerns_the_whole_account(desks, model):
    done(model, **questioned(desks, clause=Clause.REVOKE_3))
    assert model.done
    assert desks.sees("two_children") == set()


def test_clicking_twice_restricts_once(desks, model):
    model.param.update(**questioned(desks))
    asyncio.run(model.look())

    async def twice():
        await asyncio.gather(model.confirm(), model.confirm())

    asyncio.run(twice())
    asyncio.run(model.confirm())
    assert [verb for _, verb in desks.said()].count("restricted") == 1


def test_a_page_overtaken_by_an_import_says_so_and_offers_itself_anew(desks, model):
    """A child who is no longer connected with the adult."""
    model.param.update(**questioned(desks))
    with desks.store.counting() as session:
        session.query(Connection).filter_by(pupil_id=desks.families.pupils["Noah"]).delete()
    asyncio.run(model.look())
    asyncio.run(model.confirm())
    assert "Please look again" in model.said
    assert (model.changed, model.done) == (True, False)


def test_names_in_a_preview_are_text(desks):
    """Whatever the records call a child."""
    shown = preview_html((Party(Person(1, "<b>A</b>"), (Person(2, "<i>B</i>"),), (), 0),))
    assert "<b>A" not in shown
    assert "<i>B" not in shown


@pytest.mark.parametrize(
    ("loses", "logins", "said"),
    [
        pytest.param(True, 0, ">no<", id="not signed in"),
        pytest.param(True, 1, ">yes: what shows these children closes as soon as access is withheld<", id="once"),
        pytest.param(True, 2, ">yes, signed in 2 times: what shows", id="twice"),
        pytest.param(False, 1, ">yes<", id="who loses nobody"),
    ],
)
def test_a_preview_says_what_becomes_of_pages_that_are_open(loses, logins, said):
    party = Party(Person(1, "A"), (Person(2, "B"),) if loses else (), (), logins)
    assert said in re.sub(r"<b[^>]*>[^<]*</b>", "", preview_html((party,)))


def test_a_day_says_in_its_label_how_to_write_it(model):
    """All three of them, before anything was typed."""
    labels = [
        one.label for one in layout(model).select(pn.widgets.TextInput) if "(day/month/year, such as" in one.label
    ]
    assert len(labels) == 3


@pytest.mark.clause(Clause.REVOKE_1)
def test_lifting_one_ground_leaves_the_other(desks, model):
    done(model, **questioned(desks))
    done(restrict(desks), **questioned(desks, "Noah", "Amelia", clause=Clause.REVOKE_2, review_on="1/7/2026"))
    held = desks.does(caseload.restrictions_of, "lead", adult=desks.families.adults["two_children"])
    lift = Lift(desks.reader("lead"), restriction=held[1].id)
    desks.at()
    asyncio.run(lift.lift())
    assert (lift.done, lift.faults) == (False, {"rests_on": "Please say what it rests on."})
    lift.rests_on = "the order of 4 March, file 9"
    asyncio.run(lift.lift())
    assert lift.done
    assert desks.sees("two_children") == {"Amelia"}
    again = Lift(desks.reader("lead"), restriction=held[1].id)
    again.rests_on = "the same"
    asyncio.run(again.lift())
    assert (again.said, again.changed) == ("Ms Farah Siddiqui has lifted this ground already. Please look again.", True)


@pytest.mark.clause(Clause.REVOKE_2)
@pytest.mark.parametrize(("answer", "sees"), [("covers", {"Noah"}), ("spares", {"Noah", "Zayn"})])
def test_a_child_connected_after_an_order_stays_closed_until_it_is_decided(desks, answer, sees):
    """The question stands beside the restriction that asks it."""
    adult, zayn = desks.families.adults["two_children"], desks.families.pupils["Zayn"]
    with desks.store.counting() as session:
        child = desks.families.pupils["Amelia"]
        tie = session.query(Connection).filter_by(adult_id=adult, pupil_id=child).one()
        kept = {
            c.key: getattr(tie, c.key) for c in Connection.__mapper__.column_attrs if c.key not in ("id", "pupil_id")
        }
    made = desks.does(
        casework.restrict, "lead", adult=adult, clause=Clause.REVOKE_2, pupils=[child], evidence="order 5", review_on=TODAY + timedelta(9)
    )  # fmt: skip
    with desks.store.counting() as session:
        session.add(Connection(**kept, pupil_id=zayn))
    assert desks.sees("two_children") == {"Noah"}
    reader, around = desks.reader("lead"), desks.does(around_adult, "lead", adult=adult)
    held = desks.does(caseload.restrictions_of, "lead", adult=adult)
    page = lifting_layout(reader, around, held)
    asked = [part.object for part in page.select() if "Does the order cover" in str(getattr(part, "object", ""))]
    assert len(asked) == 1
    assert "Zayn Malik" in asked[0]
    question = Lift(reader, restriction=made, pupil=zayn)
    desks.at()
    asyncio.run(getattr(question, answer)())
    assert question.done
    assert desks.sees("two_children") == sees
    held = desks.does(caseload.restrictions_of, "lead", adult=adult)
    assert "Does the order cover" not in str(
        [getattr(p, "object", "") for p in lifting_layout(reader, around, held).select()]
    )


@pytest.mark.clause(Clause.REVOKE_2)
def test_a_flag_of_the_records_is_settled_by_whoever_may_restrict(desks):
    adult, pupil = desks.families.adults["one_child"], desks.families.pupils["Zayn"]
    with desks.store.counting() as session:
        session.query(Connection).filter_by(adult_id=adult).update({"court_flag": True})
    assert desks.sees("one_child") == set()
    assert [one.name for one in desks.does(caseload.court_flags, "lead", adult=adult)] == ["Zayn Malik"]
    model = Lift(desks.reader("lead"), adult=adult, pupil=pupil)
    desks.at()
    asyncio.run(model.settle())
    assert model.done
    assert desks.sees("one_child") == {"Zayn"}
    assert desks.does(caseload.court_flags, "lead", adult=adult) == []


def test_a_role_taken_away_while_the_page_is_open_is_refused_at_the_next_action(desks, model):
    """The page was made for a lead, and its preview shown to one."""
    model.param.update(**questioned(desks))
    asyncio.run(model.look())
    desks.does(remove_role, "administrator", staff=desks.families.staff["lead"], role=Role.SAFEGUARDING_LEAD)
    asyncio.run(model.confirm())
    assert "You are not able to do this." in model.said
    assert desks.sees("two_children") == {"Amelia", "Noah"}
