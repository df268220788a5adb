"""Who carries which duty, and which duty an application asks for."""

import pytest

from portal_core.domain.clauses import Clause, Duty, Role
from portal_core.domain.people import Principal
from portal_core.policy.duties import DUTIES_OF, duties, duty_for


def staff(*roles: Role, complete: bool = True) -> Principal:
    return Principal(login_id=1, account_id=1, staff_id=1, roles=frozenset(roles), complete=complete)


PARENT = Principal(login_id=1, account_id=1, adult_id=1)
EVERY_STAFF = {Duty.VISIT, Duty.KEEP_ACCOUNT, Duty.WORK}


@pytest.mark.parametrize(
    ("expected", "principal"),
    [
        pytest.param({Duty.VISIT}, None, id="nobody signed in"),
        pytest.param({Duty.VISIT, Duty.KEEP_ACCOUNT, Duty.SEE_OWN_CHILDREN}, PARENT, id="a parent"),
        pytest.param({Duty.VISIT, Duty.KEEP_ACCOUNT}, staff(), id="staff whose last role ended"),
        pytest.param(
            EVERY_STAFF
            | {
                Duty.FIND_PEOPLE,
                Duty.ISSUE_ACCOUNTS,
                Duty.EXPLAIN_ACCESS,
                Duty.SEE_AS_PARENT,
                Duty.SEE_USE,
                Duty.ANSWER_ENQUIRIES,
                Duty.LOG_INFORMATION,
            },
            staff(Role.OFFICE),
            id="office",
        ),
        pytest.param(
            EVERY_STAFF
            | {
                Duty.FIND_PEOPLE,
                Duty.EXPLAIN_ACCESS,
                Duty.SEE_AS_PARENT,
                Duty.SEE_USE,
                Duty.READ_GROUNDS,
                Duty.RESTRICT,
                Duty.INVESTIGATE,
                Duty.READ_AUDIT,
                Duty.LOG_INFORMATION,
                Duty.RELEASE_INFORMATION,
            },
            staff(Role.SAFEGUARDING_LEAD),
            id="safeguarding lead",
        ),
        pytest.param(
            EVERY_STAFF | {Duty.IMPORT, Duty.SET_SCHOOL, Duty.ERASE}, staff(Role.DATA_MANAGER), id="data manager"
        ),
        pytest.param(EVERY_STAFF | {Duty.ANALYSE}, staff(Role.ANALYST), id="analyst"),
        pytest.param(
            EVERY_STAFF | {Duty.KEEP_STAFF, Duty.SEE_USE, Duty.READ_AUDIT, Duty.VERIFY_AUDIT},
            staff(Role.ADMINISTRATOR),
            id="administrator",
        ),
        pytest.param(
            EVERY_STAFF | {Duty.ANALYSE, Duty.IMPORT, Duty.SET_SCHOOL, Duty.ERASE},
            staff(Role.ANALYST, Role.DATA_MANAGER),
            id="two roles add up",
        ),
    ],
)
def test_duties_follow_from_what_a_person_is(expected, principal):
    """Least privilege: nothing beyond the table."""
    assert duties(principal) == expected


@pytest.mark.clause(Clause.PASS_1)
@pytest.mark.parametrize("principal", [staff(*Role, complete=False), Principal(1, 1, adult_id=1, complete=False)])
def test_an_incomplete_login_may_only_prove_itself(principal):
    """Whatever its roles: nothing is shown before the second factor, activation and acceptance."""
    assert duties(principal) == {Duty.VISIT, Duty.PROVE}


def test_every_role_is_in_the_table():
    """A role without a line would be a KeyError at somebody's sign-in."""
    assert set(DUTIES_OF) == set(Role)


def test_every_duty_is_carried_by_somebody():
    """A duty that nobody carries guards a door that nobody can open."""
    carried = duties(None) | duties(PARENT) | duties(staff(*Role)) | duties(staff(complete=False))
    assert carried == set(Duty)


def test_a_parent_carries_no_duty_of_staff():
    assert duties(PARENT) & duties(staff(*Role)) == {Duty.VISIT, Duty.KEEP_ACCOUNT}


@pytest.mark.parametrize(
    ("duty", "app"),
    [
        (Duty.SEE_OWN_CHILDREN, "/parent"),
        (Duty.WORK, "/staff"),
        (Duty.ANALYSE, "/notebooks/attendance"),
        (Duty.SEE_USE, "/notebooks/portal_use"),
    ],
)
def test_each_application_asks_for_a_duty(duty, app):
    assert duty_for(app) is duty


@pytest.mark.parametrize("app", ["/", "/parents", "/staff/x", "/notebooks", ""])
def test_an_application_without_a_rule_is_refused(app):
    """Unknown is no."""
    with pytest.raises(LookupError):
        duty_for(app)
