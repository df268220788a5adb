"""A past decision is what was decided then, from what was known then: whatever was corrected, lifted or learnt since."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal_core.domain.clauses import Clause
from portal_core.domain.school import Moment
from portal_core.errors import BadInput
from portal_core.policy.access import NEUTRAL
from portal_core.services import accounts, casework
from portal_core.services.explaining import Explanation, explain
from portal_core.store.accounts import AccountStatus, PolicyVersion
from portal_core.store.casework import Outcome, RestrictedPupil
from portal_core.store.people import Birth, Connection, Enrolment, PupilConsent
from portal_core.store.school import SchoolSetting
from tests.families import TODAY
from tests.services.people import School

REVIEW = TODAY + timedelta(30)


@pytest.fixture
def at_school(engine):
    return School(engine)


def asked(school: School, about: Moment, who: str = "lead") -> Explanation:
    """Zayn and his father, about that moment."""
    adult, pupil = school.families.adults["one_child"], school.families.pupils["Zayn"]
    return school.does(explain, who, adult=adult, pupil=pupil, about=about)


def refusing(answer: Explanation) -> set[Clause]:
    return {found.clause for found in answer.findings if found.effect == "refuses"}


def corrected(school: School, table: Any, values: dict[str, Any] | None, **wanted: Any) -> None:
    """A fact's next version, as a correction writes it; None takes it back."""
    now = school.at().instant
    with school.store.counting() as session:
        for row in session.query(table).filter_by(superseded_at=None, **wanted):
            kept = {c.key: getattr(row, c.key) for c in table.__mapper__.column_attrs}
            row.superseded_at = now
            session.flush()
            if values is not None:
                del kept["id"]
                session.add(table(**(kept | values | {"superseded_at": None, "recorded_at": now})))
        session.flush()


def of_zayn(table: Any, **values: Any) -> Callable[[School], None]:
    return lambda school: corrected(school, table, values, pupil_id=school.families.pupils["Zayn"])


def gone(school: School) -> None:
    corrected(school, Connection, None, pupil_id=school.families.pupils["Zayn"])


def account(school: School) -> None:
    school.does(accounts.close_account, "office", account=school.families.accounts["one_child"])


def restricted(school: School, clause: Clause = Clause.REVOKE_1) -> int:
    return school.does(
        casework.restrict, "lead", adult=school.families.adults["one_child"], clause=clause, evidence="file 3", review_on=REVIEW,
        pupils=None if clause is Clause.REVOKE_3 else [school.families.pupils["Zayn"]],
    )  # fmt: skip


def investigated(school: School) -> int:
    return school.does(casework.open_investigation, "lead", pupils=[school.families.pupils["Zayn"]], reference="SG 3")


def setting(school: School) -> None:
    with school.store.counting() as session:
        now = school.families.now
        session.add(SchoolSetting(key="responsibility_ends_at", value=json.dumps(12), recorded_at=now))


def published(school: School) -> None:
    with school.store.counting() as session:
        session.add(PolicyVersion(number=2, text="", published_at=school.families.now, must_accept=True))


CHANGES = {
    "responsibility withdrawn": (of_zayn(Connection, responsibility="no", verified_at=None, verified_by_id=None), Clause.USER_1),
    "verification withdrawn": (of_zayn(Connection, verified_at=None, verified_by_id=None), Clause.USER_1),
    "connection ended": (of_zayn(Connection, ended_on=TODAY - timedelta(1)), Clause.USER_1),
    "connection taken back": (gone, Clause.USER_1),
    "court flag": (of_zayn(Connection, court_flag=True), Clause.REVOKE_2),
    "left last week": (of_zayn(Enrolment, ended_on=TODAY - timedelta(7)), Clause.USER_1),
    "born earlier": (of_zayn(Birth, born_on=TODAY.replace(year=2008)), Clause.USER_1),
    "account closed": (account, Clause.PASS_1),
    "new policy": (published, Clause.SEC_4),
    "responsibility ends at twelve": (setting, Clause.USER_1),
    "questioned": (restricted, Clause.REVOKE_1),
    "court ruling": (lambda s: restricted(s, Clause.REVOKE_2), Clause.REVOKE_2),
    "breach": (lambda s: restricted(s, Clause.REVOKE_3), Clause.REVOKE_3),
    "investigation": (investigated, Clause.REVOKE_4),
}  # fmt: skip


@pytest.mark.clause(Clause.SEC_4, Clause.USER_1)
@pytest.mark.parametrize("change", CHANGES)
def test_what_was_learnt_later_changes_now_and_not_then(at_school, change):
    """Allowed then, refused now, by the clause; and then still allowed, even of a day that the correction reaches back to."""
    make, clause = CHANGES[change]
    then = at_school.at()
    assert asked(at_school, then).allowed
    make(at_school)
    now = asked(at_school, at_school.at())
    assert (now.allowed, refusing(now)) == (False, {clause})
    past = asked(at_school, then)
    assert (past.allowed, refusing(past)) == (True, set())


@pytest.mark.clause(Clause.SEC_4, Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
@pytest.mark.parametrize("clause", [Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4])
def test_what_has_been_lifted_was_in_force_then(at_school, clause):
    """To the tick: refused from the instant it was made, allowed from the instant it was lifted."""
    before = at_school.at()
    if clause is Clause.REVOKE_4:
        made = investigated(at_school)
        made_at = at_school.store.moment()
        outcomes = {at_school.families.adults["one_child"]: Outcome.REINSTATED}
        at_school.does(casework.close_investigation, "deputy_lead", investigation=made, outcomes=outcomes)
    else:
        made = restricted(at_school, clause)
        made_at = at_school.store.moment()
        at_school.does(casework.lift_restriction, "lead", restriction=made, rests_on="decision 4")
    lifted_at = at_school.store.moment()
    tick = timedelta(microseconds=1)
    about = [before.instant, made_at.instant - tick, made_at.instant, lifted_at.instant - tick, lifted_at.instant]
    at_school.at()
    answers = [asked(at_school, at_school.store.moment(instant)) for instant in about]
    assert [answer.allowed for answer in answers] == [True, True, False, False, True]
    assert [refusing(answer) for answer in answers] == [set(), set(), {clause}, {clause}, set()]


@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
@pytest.mark.parametrize("clause", [Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4])
def test_who_may_not_read_grounds_is_told_of_none_that_held_then(at_school, clause):
    """Now it is withheld, in one word; of a moment ago the answer is what it would be without the ground, and says so."""
    investigated(at_school) if clause is Clause.REVOKE_4 else restricted(at_school, clause)
    now, office = at_school.at(), at_school.by("office")
    zayn = {"adult": at_school.families.adults["one_child"], "pupil": at_school.families.pupils["Zayn"]}
    present = explain(at_school.store, by=office, at=now, about=now, **zayn)
    assert (present.allowed, present.whole, [f.words for f in present.findings if f.effect == "refuses"]) == (
        False,
        True,
        [NEUTRAL],
    )
    at_school.at()
    past = asked(at_school, now, "office")
    assert (past.allowed, past.whole, refusing(past)) == (True, False, set())
    assert asked(at_school, now).whole


def test_which_children_a_ruling_covered_is_replayed_too(at_school):
    """Covered, then decided otherwise, then covered again."""
    made, pupil = restricted(at_school, Clause.REVOKE_2), at_school.families.pupils["Zayn"]
    moments = [at_school.at()]
    for covered in (False, True):
        at_school.does(casework.decide_on_pupil, "lead", restriction=made, pupil=pupil, covered=covered)
        moments.append(at_school.at())
    assert [asked(at_school, at).allowed for at in moments] == [False, True, False]
    with at_school.store.counting() as session:
        assert session.query(RestrictedPupil).filter_by(restriction_id=made, pupil_id=pupil).count() == 3


def test_a_consent_of_a_pupil_of_age_is_replayed(at_school):
    """Rory is eighteen today: refused until the consent was recorded, from whatever day it holds."""
    adult, pupil = at_school.families.adults["of_age"], at_school.families.pupils["Rory"]
    before = at_school.at()
    recorded = at_school.at()
    with at_school.store.counting() as session:
        session.add(
            PupilConsent(pupil_id=pupil, adult_id=adult, begun_on=TODAY - timedelta(9), recorded_at=recorded.instant)
        )
    told = [at_school.does(explain, "lead", adult=adult, pupil=pupil, about=at).allowed for at in (before, recorded)]
    assert told == [False, True]


def test_an_account_of_several_lives_is_replayed(at_school):
    """Active, renewed, closed: one state at each instant."""
    number, moments = at_school.families.accounts["one_child"], [at_school.at()]
    for verb in (accounts.renew_code, accounts.close_account):
        at_school.does(verb, "office", account=number)
        moments.append(at_school.at())
    told = [{found.words for found in asked(at_school, at).findings} for at in moments]
    kept = {"responsibility recorded, verified and in force", "on roll", "the policy in force has been accepted"}
    assert told == [
        kept | {"the account is active"},
        kept | {"account not yet activated"},
        kept | {"account closed"},
    ]
    with at_school.store.counting() as session:
        assert session.query(AccountStatus).filter_by(account_id=number).count() == 3


def test_what_has_not_happened_yet_is_not_told(at_school):
    later = at_school.store.moment(at_school.families.now + timedelta(hours=1))
    with pytest.raises(BadInput, match="time gone by"):
        asked(at_school, later)


@pytest.mark.clause(Clause.SEC_4)
def test_asking_is_itself_on_record(at_school):
    """Who asked about whom, of when, and what the answer was."""
    about = at_school.at()
    asked(at_school, about, "office")
    assert at_school.said()[-1] == (f"staff:{at_school.families.staff['office']}", "explained access")
