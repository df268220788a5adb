"""Access given back: what still holds is said, and the parent is told in words that betray nothing."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.domain.mail import MailKind
from portal_core.errors import BadInput
from portal_core.services import caseload
from portal_core.services.casework import close_investigation, lift_restriction, open_investigation, restrict
from portal_core.store.casework import Outcome
from portal_core.store.jobs import Job
from tests.families import TODAY

REVIEW = TODAY + timedelta(30)


def restricted(school, clause, child, **more):
    given = {"evidence": "file 7", "review_on": REVIEW} | more
    adult, pupil = school.families.adults["two_children"], school.families.pupils[child]
    return school.does(restrict, "lead", adult=adult, clause=clause, pupils=[pupil], **given)


def written_to(school):
    """Those adults to whom it is said that something changed, by name."""
    with school.engine.connect() as connection:
        told = connection.scalars(select(Job.adult_id).where(Job.kind == MailKind.ACCESS_CHANGED).order_by(Job.id))
        names = {id_: name for name, id_ in school.families.adults.items()}
        return [names[one] for one in told]


def names(people):
    return [one.name.split()[0] for one in people]


@pytest.mark.clause(Clause.REVOKE_1)
def test_lifting_says_who_is_seen_again_and_what_something_else_still_keeps(at_work):
    question = restricted(at_work, Clause.REVOKE_1, "Amelia")
    restricted(at_work, Clause.REVOKE_2, "Noah")
    came = at_work.does(lift_restriction, "lead", restriction=question, rests_on="decision 4")
    assert (names(came.again), names(came.kept)) == (["Amelia"], ["Noah"])
    assert written_to(at_work) == ["two_children"]


@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2)
def test_nobody_is_written_to_while_another_ground_holds(at_work):
    """A message then would be wrong, and it would be one by which to count grounds."""
    question = restricted(at_work, Clause.REVOKE_1, "Amelia")
    restricted(at_work, Clause.REVOKE_2, "Amelia")
    came = at_work.does(lift_restriction, "lead", restriction=question, rests_on="decision 4")
    assert (names(came.again), names(came.kept)) == ([], ["Amelia"])
    assert written_to(at_work) == []


@pytest.mark.clause(Clause.REVOKE_4)
def test_of_those_suspended_whoever_sees_a_child_again_is_written_to(at_work):
    """Not whom the outcome restricts, nor whom the school never gave anything."""
    pupils = [at_work.families.pupils[name] for name in ("Amelia", "Noah")]
    case = at_work.does(open_investigation, "lead", pupils=pupils, reference="SG 5")
    [found] = [one for one in at_work.does(caseload.open_cases, "lead") if one.id == case]
    outcomes = dict.fromkeys((party.adult.id for party in found.parties), Outcome.RESTRICTED)
    outcomes[at_work.families.adults["two_children"]] = Outcome.REINSTATED
    at_work.does(close_investigation, "deputy_lead", investigation=case, outcomes=outcomes)
    assert at_work.sees("two_children") == {"Amelia", "Noah"}
    assert written_to(at_work) == ["two_children"]


@pytest.mark.clause(Clause.REVOKE_2)
def test_an_order_that_begins_later_refuses_from_its_first_day(at_work):
    """Until then nothing changes; from its first second on the rule refuses, and nobody has to be there."""
    begins = datetime.combine(TODAY + timedelta(5), time(), UTC)
    restricted(at_work, Clause.REVOKE_2, "Amelia", begins_at=begins, limits="contact and school reports")
    assert at_work.sees("two_children") == {"Amelia", "Noah"}
    [held] = at_work.does(caseload.restrictions_of, "lead", adult=at_work.families.adults["two_children"])
    assert (held.begins_at, held.limits) == (begins, "contact and school reports")
    at_work.families.now = begins - timedelta(seconds=1)
    assert at_work.sees("two_children") == {"Amelia", "Noah"}
    at_work.families.now = begins
    assert at_work.sees("two_children") == {"Noah"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"begins_at": -1}, "first day must lie in the future", id="a first day that is over"),
        pytest.param({"begins_at": 9, "ends_at": 4}, "must not lie before the first", id="over before it begins"),
        pytest.param({"limits": "x" * 201}, "200 characters", id="the whole order"),
    ],
)
def test_an_order_that_makes_no_sense_changes_nothing(at_work, given, words):
    now = at_work.families.now
    told = {key: now + timedelta(one) if isinstance(one, int) else one for key, one in given.items()}
    before = at_work.rows()
    with pytest.raises(BadInput, match=words):
        restricted(at_work, Clause.REVOKE_2, "Amelia", **told)
    assert at_work.rows() == before
