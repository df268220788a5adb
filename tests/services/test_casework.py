"""Withholding access and giving it back: each ground by itself, in one transaction with what tells of it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from portal_core.domain.clauses import Clause, Role
from portal_core.errors import BadInput, NotPermitted, Stale
from portal_core.services import caseload, casework, parties
from portal_core.services.casework import close_investigation, lift_restriction, open_investigation, restrict
from portal_core.services.staff import remove_role
from portal_core.store.casework import Outcome
from portal_core.store.people import Connection
from tests.families import TODAY

REVIEW = TODAY + timedelta(30)
WITHOUT = ["office", "data_manager", "analyst", "administrator", "two_children"]


def restricted(school, clause, *children, adult="two_children", who="lead", **more):
    pupils = [school.families.pupils[name] for name in children] or None
    given = {"evidence": "file 7", "review_on": REVIEW} | more
    return school.does(restrict, who, adult=school.families.adults[adult], clause=clause, pupils=pupils, **given)


def opened(school, *children, who="lead", reference="SG 5"):
    return school.does(
        open_investigation, who, pupils=[school.families.pupils[name] for name in children], reference=reference
    )


@pytest.mark.parametrize(
    ("clause", "children", "still"),
    [
        pytest.param(
            Clause.REVOKE_1,
            ("Amelia",),
            {"Noah"},
            marks=pytest.mark.clause(Clause.REVOKE_1),
            id="questioned, one child",
        ),
        pytest.param(
            Clause.REVOKE_1, (), set(), marks=pytest.mark.clause(Clause.REVOKE_1), id="questioned, whole account"
        ),
        pytest.param(
            Clause.REVOKE_2, ("Noah",), {"Amelia"}, marks=pytest.mark.clause(Clause.REVOKE_2), id="court ruling"
        ),
        pytest.param(Clause.REVOKE_3, (), set(), marks=pytest.mark.clause(Clause.REVOKE_3), id="breach"),
    ],
)
def test_a_restriction_closes_what_it_names_and_lifting_opens_it(at_work, clause, children, still):
    """The other children and the other adults keep what they had."""
    assert at_work.sees("two_children") == {"Amelia", "Noah"}
    made = restricted(at_work, clause, *children)
    assert at_work.sees("two_children") == still
    assert at_work.sees("one_child") == {"Zayn"}
    at_work.does(lift_restriction, "lead", restriction=made, rests_on="decision 4")
    assert at_work.sees("two_children") == {"Amelia", "Noah"}
    assert [verb for _, verb in at_work.said()] == ["restricted", "lifted restriction"]


@pytest.mark.clause(Clause.REVOKE_1)
@pytest.mark.parametrize("rests_on", ["", "  ", "x" * 201])
def test_nothing_is_lifted_without_a_reason(at_work, rests_on):
    made = restricted(at_work, Clause.REVOKE_1, "Amelia")
    with pytest.raises(BadInput, match="what lifting it rests on"):
        at_work.does(lift_restriction, "lead", restriction=made, rests_on=rests_on)
    assert at_work.sees("two_children") == {"Noah"}


@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2)
def test_what_held_before_is_told_with_why_it_ended(at_work):
    """Lifted by somebody for a reason, or run out; what still holds is not among it."""
    adult = at_work.families.adults["two_children"]
    lifted = restricted(at_work, Clause.REVOKE_1, "Amelia")
    at_work.does(lift_restriction, "lead", restriction=lifted, rests_on="decision 4")
    run_out = restricted(at_work, Clause.REVOKE_2, "Noah", ends_at=at_work.at().instant + timedelta(minutes=1))
    restricted(at_work, Clause.REVOKE_2, "Amelia")
    at_work.families.now += timedelta(minutes=2)
    told = at_work.does(caseload.ended_restrictions, "lead", adult=adult)
    assert [(one.held.id, one.lifted_by and one.lifted_by.name, one.lifted_for) for one in told] == [
        (run_out, None, ""), (lifted, "Ms Farah Siddiqui", "decision 4"),
    ]  # fmt: skip
    assert told[0].ended_at > told[1].ended_at


@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_4)
def test_lifting_one_ground_never_lifts_another(at_work):
    first = restricted(at_work, Clause.REVOKE_1, "Amelia")
    second = restricted(at_work, Clause.REVOKE_2, "Amelia")
    case = opened(at_work, "Amelia")
    at_work.does(lift_restriction, "lead", restriction=first, rests_on="decision 4")
    assert at_work.sees("two_children") == {"Noah"}
    at_work.does(lift_restriction, "lead", restriction=second, rests_on="decision 4")
    assert at_work.sees("two_children") == {"Noah"}
    everyone = {at_work.families.adults[name]: Outcome.REINSTATED for name in ("two_children", "grandmother")}
    at_work.does(close_investigation, "deputy_lead", investigation=case, outcomes=everyone)
    assert at_work.sees("two_children") == {"Amelia", "Noah"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(
            {"clause": Clause.REVOKE_4, "pupils": "Amelia"}, "opens an investigation", id="a concern is no restriction"
        ),
        pytest.param({"clause": Clause.USER_1, "pupils": "Amelia"}, "Choose the ground", id="no ground"),
        pytest.param({"clause": Clause.REVOKE_3, "pupils": "Amelia"}, "whole account", id="a breach of one child"),
        pytest.param({"clause": Clause.REVOKE_2, "pupils": None}, "Choose the children", id="an order on nobody"),
        pytest.param(
            {"clause": Clause.REVOKE_2, "pupils": "Amelia", "review_on": None},
            "Give the date",
            id="an order without a date",
        ),
        pytest.param({"clause": Clause.REVOKE_1, "pupils": "Amelia", "evidence": "  "}, "evidence", id="no evidence"),
        pytest.param(
            {"clause": Clause.REVOKE_1, "pupils": "Amelia", "evidence": "x" * 201}, "200 characters", id="a story"
        ),
        pytest.param(
            {"clause": Clause.REVOKE_1, "pupils": "Amelia", "review_on": TODAY - timedelta(1)},
            "in the future",
            id="yesterday",
        ),
    ],
)
def test_bad_input_says_what_to_do_and_changes_nothing(at_work, given, words):
    pupils = given.get("pupils")
    told = {
        "evidence": "file 7",
        "review_on": REVIEW,
        **given,
        "pupils": [at_work.families.pupils[pupils]] if pupils else None,
    }
    before = at_work.rows()
    with pytest.raises(BadInput, match=words):
        at_work.does(restrict, "lead", adult=at_work.families.adults["two_children"], **told)
    assert at_work.rows() == before


def test_a_child_not_connected_is_stale(at_work):
    with pytest.raises(Stale):
        restricted(at_work, Clause.REVOKE_1, "Zayn")


@pytest.mark.clause(Clause.REVOKE_1)
def test_a_question_is_looked_at_again_after_ten_school_days(at_work):
    restricted(at_work, Clause.REVOKE_1, "Amelia", review_on=None)
    [held] = at_work.does(caseload.restrictions_of, "lead", adult=at_work.families.adults["two_children"])
    assert len(at_work.families.calendar.school_days(TODAY, held.review_on)) == 11


@pytest.mark.clause(Clause.REVOKE_2)
def test_a_child_connected_later_is_refused_until_somebody_decides(at_work):
    made = restricted(at_work, Clause.REVOKE_2, "Amelia")
    adult, later = at_work.families.adults["two_children"], at_work.families.pupils["Zayn"]
    with at_work.store.counting() as session:
        session.add(
            Connection(
                adult_id=adult, pupil_id=later, relationship="carer", responsibility="yes", begun_on=TODAY,
                verified_at=at_work.families.now, verified_by_id=at_work.families.staff["office"], recorded_at=at_work.families.now,
            )
        )  # fmt: skip
    assert at_work.sees("two_children") == {"Noah"}
    at_work.does(casework.decide_on_pupil, "lead", restriction=made, pupil=later, covered=False)
    assert at_work.sees("two_children") == {"Noah", "Zayn"}
    at_work.does(casework.decide_on_pupil, "lead", restriction=made, pupil=later, covered=True)
    assert at_work.sees("two_children") == {"Noah"}


@pytest.mark.clause(Clause.REVOKE_4)
def test_closing_needs_a_second_person_and_an_outcome_for_each(at_work):
    """Whoever is to stay out does so by a ground of their own; nobody slips through between."""
    case = opened(at_work, "Amelia", "Noah")
    assert at_work.sees("two_children") == set()
    mother, grandmother = (at_work.families.adults[name] for name in ("two_children", "grandmother"))
    with pytest.raises(NotPermitted, match="second person"):
        at_work.does(
            close_investigation,
            "lead",
            investigation=case,
            outcomes={mother: Outcome.REINSTATED, grandmother: Outcome.REINSTATED},
        )
    with pytest.raises(BadInput, match="missing for 1"):
        at_work.does(close_investigation, "deputy_lead", investigation=case, outcomes={mother: Outcome.REINSTATED})
    at_work.does(
        close_investigation,
        "deputy_lead",
        investigation=case,
        outcomes={mother: Outcome.RESTRICTED, grandmother: Outcome.REINSTATED},
    )
    assert at_work.sees("two_children") == set()
    [held] = at_work.does(caseload.restrictions_of, "lead", adult=mother)
    assert (held.clause, {one.name for one in held.pupils}) == (Clause.REVOKE_4, {"Amelia Ashworth", "Noah Ashworth"})
    with pytest.raises(NotPermitted, match="second person"):  # nor is it undone by whoever opened it
        at_work.does(lift_restriction, "lead", restriction=held.id, rests_on="decision 4")
    assert at_work.sees("two_children") == set()
    with pytest.raises(Stale):
        at_work.does(
            close_investigation,
            "deputy_lead",
            investigation=case,
            outcomes={mother: Outcome.REINSTATED, grandmother: Outcome.REINSTATED},
        )


@pytest.mark.clause(Clause.REVOKE_4)
def test_two_investigations_on_one_child_end_one_by_one(at_work):
    first, second = opened(at_work, "Zayn"), opened(at_work, "Zayn", who="deputy_lead", reference="SG 6")
    outcome = {at_work.families.adults["one_child"]: Outcome.REINSTATED}
    at_work.does(close_investigation, "deputy_lead", investigation=first, outcomes=outcome)
    assert at_work.sees("one_child") == set()
    at_work.does(close_investigation, "lead", investigation=second, outcomes=outcome)
    assert at_work.sees("one_child") == {"Zayn"}


@pytest.mark.clause(Clause.REVOKE_4)
def test_the_preview_says_just_what_then_happens(at_work):
    """Every adult connected, what each loses and keeps; nothing is changed by looking."""
    pupils = [at_work.families.pupils["Amelia"]]
    shown = at_work.does(parties.preview, "lead", pupils=pupils)
    assert {one.adult.name: ([c.name for c in one.loses], [c.name for c in one.keeps]) for one in shown} == {
        "Mrs Ruth Ashworth": (["Amelia Ashworth"], ["Noah Ashworth"]),
        "Mrs Edna Ashworth": ([], []),
    }
    assert at_work.sees("two_children") == {"Amelia", "Noah"}
    opened(at_work, "Amelia")
    assert at_work.sees("two_children") == {"Noah"}
    assert [one.name for one in at_work.does(parties.siblings, "lead", pupil=pupils[0])] == ["Noah Ashworth"]


VERBS = {
    "restrict": lambda s, who: restricted(s, Clause.REVOKE_1, "Amelia", who=who),
    "lift": lambda s, who: s.does(lift_restriction, who, restriction=1, rests_on="decision 4"),
    "investigate": lambda s, who: opened(s, "Amelia", who=who),
    "close": lambda s, who: s.does(close_investigation, who, investigation=1, outcomes={}),
    "decide": lambda s, who: s.does(casework.decide_on_pupil, who, restriction=1, pupil=1, covered=False),
    "settle": lambda s, who: s.does(casework.settle_court_flag, who, adult=1, pupil=1),
    "preview": lambda s, who: s.does(parties.preview, who, pupils=[1]),
    "siblings": lambda s, who: s.does(parties.siblings, who, pupil=1),
    "restrictions": lambda s, who: s.does(caseload.restrictions_of, who, adult=1),
    "ended": lambda s, who: s.does(caseload.ended_restrictions, who, adult=1),
    "cases": lambda s, who: s.does(caseload.open_cases, who),
}


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("verb", VERBS)
def test_nobody_without_the_duty_gets_any_of_it(at_work, verb):
    """Whatever the page did: the service asks again, nothing is changed or told, and each try is on record."""
    before, said = at_work.rows("audit_entry"), at_work.said()
    for who in WITHOUT:
        with pytest.raises(NotPermitted):
            VERBS[verb](at_work, who)
    assert at_work.rows("audit_entry") == before
    tries = at_work.said()[len(said) :]
    assert [verb for _, verb in tries] == ["was refused"] * len(WITHOUT)
    assert [who for who, _ in tries] == [str(at_work.by(who)) for who in WITHOUT]


@pytest.mark.clause(Clause.SEC_4)
def test_what_cannot_be_put_on_record_does_not_happen(at_work):
    """The audit's table is away: the change goes with it."""
    before = at_work.rows()
    with at_work.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME TO elsewhere"))
    for verb in ("restrict", "investigate"):
        with pytest.raises(Exception, match="audit_entry"):
            VERBS[verb](at_work, "lead")
    with at_work.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO audit_entry"))
    assert at_work.rows() == before


def test_a_role_taken_away_a_moment_ago_counts_at_once(at_work):
    """The principal was made while it was still held."""
    lead = at_work.by("lead")
    at_work.does(remove_role, "administrator", staff=at_work.families.staff["lead"], role=Role.SAFEGUARDING_LEAD)
    with pytest.raises(NotPermitted):
        open_investigation(
            at_work.store, by=lead, at=at_work.at(), pupils=[at_work.families.pupils["Zayn"]], reference="SG 1"
        )
