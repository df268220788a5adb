"""Disputed cases: one clerk alone issues nothing, the same clerk never twice, and it is not said what is disputed."""

import pytest

from portal_core.domain.clauses import Clause
from portal_core.errors import NotPermitted, Stale
from portal_core.services import accounts, desk, second_check
from portal_core.services.accounts import Checks, Evidence, IdentitySeen
from portal_core.services.casework import lift_restriction, open_investigation, restrict
from portal_core.store.accounts import Account
from portal_core.store.people import Adult, Connection, StaffRole
from portal_core.store.school import TaskKind
from tests.families import LONG_AGO
from tests.services.people import School
from tests.services.test_casework import REVIEW
from tests.services.test_intake import joined

SECOND = "data_manager"


@pytest.fixture
def adult(at_work):
    """Somebody new; and a second member of staff with the office's duties."""
    with at_work.store.counting() as session:
        session.add(StaffRole(staff_id=at_work.families.staff[SECOND], role="office", recorded_at=LONG_AGO))
    [one] = joined(at_work, 1, verified=False)
    return one


def pupil_of(school, adult):
    with school.engine.connect() as connection:
        return connection.execute(
            Connection.__table__.select().where(Connection.adult_id == adult, Connection.superseded_at.is_(None))
        ).one().pupil_id  # fmt: skip


def issue(school, adult, who="office"):
    checks = Checks(
        IdentitySeen.IN_PERSON, Evidence.BIRTH_CERTIFICATE, "file 3", frozenset({pupil_of(school, adult)}), True
    )
    return school.does(accounts.issue_account, who, adult=adult, checks=checks)


def dispute(school, adult, how):
    pupil = pupil_of(school, adult)
    if how is Clause.REVOKE_4:
        school.does(open_investigation, "lead", pupils=[pupil], reference="SG 5")
    elif isinstance(how, Clause):
        pupils = None if how is Clause.REVOKE_3 else [pupil]
        made = school.does(
            restrict, "lead", adult=adult, clause=how, pupils=pupils, evidence="file 7", review_on=REVIEW
        )  # fmt: skip
        school.does(lift_restriction, "lead", restriction=made, rests_on="decision 4")
    else:
        with school.store.counting() as session:
            if how == "flag":
                session.query(Connection).filter_by(adult_id=adult).update({"mis_court_flag": True})
            else:
                session.get(Adult, adult).email = session.get(Adult, school.families.adults["one_child"]).email = (
                    "a@post.example"
                )


HOW = [Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4, "flag", "e-mail"]


@pytest.mark.clause(Clause.PASS_1)
@pytest.mark.parametrize("how", HOW)
def test_a_second_person_looks_before_an_account_is_issued(at_work, adult, how):
    dispute(at_work, adult, how)
    assert issue(at_work, adult) is None
    with at_work.engine.connect() as connection:
        assert connection.execute(Account.__table__.select().where(Account.adult_id == adult)).all() == []
    assert at_work.does(desk.counts, SECOND)[TaskKind.SECOND_CHECK] == 1
    with pytest.raises(NotPermitted, match="second person"):
        at_work.does(second_check.confirm, "office", adult=adult)
    with pytest.raises(Stale, match="already"):
        issue(at_work, adult, SECOND)
    issued = at_work.does(second_check.confirm, SECOND, adult=adult)
    assert issued.code
    assert TaskKind.SECOND_CHECK not in at_work.does(desk.counts, SECOND)
    with pytest.raises(Stale):
        at_work.does(second_check.confirm, SECOND, adult=adult)


@pytest.mark.clause(Clause.PASS_1)
def test_where_nothing_is_disputed_one_clerk_is_enough(at_work, adult):
    assert issue(at_work, adult).code


@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
def test_what_the_clerk_reads_is_the_same_whatever_is_disputed(at_work, migrated):
    told = set()
    for how in HOW[:4]:
        school = School(migrated(at_work.engine.dialect.name))
        [one] = joined(school, 1, verified=False)
        dispute(school, one, how)
        issue(school, one)
        waits = school.does(second_check.waiting, "office", adult=one)
        told.add((waits.identity, waits.evidence, waits.reference, waits.mine, len(waits.pupils)))
    assert told == {("photo identity seen in person", "birth certificate", "file 3", True, 1)}


def test_checks_are_taken_back_and_made_anew(at_work, adult):
    dispute(at_work, adult, "flag")
    issue(at_work, adult)
    at_work.does(second_check.take_back, SECOND, adult=adult)
    assert at_work.does(second_check.waiting, "office", adult=adult) is None
    assert issue(at_work, adult, SECOND) is None
    assert at_work.does(second_check.confirm, "office", adult=adult).username


@pytest.mark.parametrize("who", ["lead", "analyst", "administrator", "two_children"])
def test_nobody_else_looks_or_confirms(at_work, adult, who):
    dispute(at_work, adult, "flag")
    issue(at_work, adult)
    for verb in (second_check.waiting, second_check.confirm, second_check.take_back):
        with pytest.raises(NotPermitted):
            at_work.does(verb, who, adult=adult)


@pytest.mark.clause(Clause.PASS_1, Clause.USER_1)
def test_a_further_child_of_somebody_disputed_waits_for_a_second_person_too(at_work):
    """An account is no way round: what one clerk saw counts once another has looked, and no code comes of it."""
    adult, pupil = at_work.families.adults["two_children"], at_work.families.pupils["Noah"]
    with at_work.store.counting() as session:
        session.add(StaffRole(staff_id=at_work.families.staff[SECOND], role="office", recorded_at=LONG_AGO))
        for row in session.query(Connection).filter_by(adult_id=adult):
            row.mis_court_flag = True
            if row.pupil_id == pupil:
                row.verified_at = row.verified_by_id = None
    seen = {"adult": adult, "pupils": [pupil], "evidence": Evidence.BIRTH_CERTIFICATE, "reference": "file 3"}
    assert not at_work.does(accounts.verify_responsibility, "office", **seen)
    assert at_work.sees("two_children") == {"Amelia"}
    with pytest.raises(NotPermitted, match="second person"):
        at_work.does(second_check.confirm, "office", adult=adult)
    assert at_work.does(second_check.waiting, SECOND, adult=adult).identity == ""
    assert at_work.does(second_check.confirm, SECOND, adult=adult) is None
    assert at_work.sees("two_children") == {"Amelia", "Noah"}
    assert at_work.does(second_check.waiting, SECOND, adult=adult) is None
