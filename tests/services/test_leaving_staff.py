"""Staff who leave: from the day after their last one no role counts, and the portal is never left without those it needs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause, Duty, Role
from portal_core.domain.people import AccountState
from portal_core.errors import BadInput, NotPermitted
from portal_core.policy.duties import duties
from portal_core.services import desk, families, staff
from portal_core.services.explaining import explain_to
from portal_core.store import accounts, people
from portal_core.store.facts import about_logins
from portal_core.store.school import Task, TaskKind
from tests.families import sign_in_as
from tests.services.office import STAFF, Office, later

LEAVES = STAFF.splitlines(keepends=True)[0] + "S2,OKO,Mr,Sam,Okoro,Teacher,okoro@school.example,7\n"
"""A full file without Ann Ferreday."""


def leave(school, who, days):
    """That person's last day in post, so many days from today."""
    with school.store.counting() as session:
        person = session.get_one(people.Staff, school.families.staff[who])
        person.left_on = school.store.moment().day + timedelta(days)


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize(("roles", "days"), [(1, 1), (1, 0), (0, -1), (0, -400)])
def test_roles_count_until_the_last_day_in_post(at_work, roles, days):
    """By the school's calendar; an account that nobody has closed yet opens nothing."""
    leave(at_work, "lead", days)
    by = at_work.by("lead")

    assert len(by.roles) == roles
    assert (Duty.WORK in duties(by)) is bool(roles)
    if not roles:
        with pytest.raises(NotPermitted):
            at_work.does(families.around_adult, "lead", adult=at_work.families.adults["one_child"])
        now, zayn = at_work.at(), str(at_work.families.pupils["Zayn"])
        with pytest.raises(NotPermitted):
            explain_to(at_work.store, staff="lead", at=now, adult="1", child=zayn, about=now)


def test_the_last_day_ends_at_midnight_by_the_schools_clock(at_work):
    """An hour before it in UTC, once the clocks have gone forward."""
    day = at_work.store.moment().day.replace(month=4)
    leave(at_work, "lead", (day - at_work.store.moment().day).days)
    at_work.families.at("23:50", day)
    by = at_work.by("lead")

    def roles():
        with at_work.engine.connect() as connection:
            return about_logins(connection, [by.login_id], at_work.families.now).principals[by.login_id].roles

    assert roles() == {Role.SAFEGUARDING_LEAD}
    at_work.families.at("00:00", day + timedelta(1))
    assert roles() == set()


def invited(office: Office) -> int:
    """Ann Ferreday as a lead; her account."""
    with office.store.counting() as session:
        ann = session.scalars(select(people.Staff).where(people.Staff.mis_id == "S1")).one()
        session.add(people.StaffRole(staff_id=ann.id, role=Role.SAFEGUARDING_LEAD, recorded_at=later(0).instant))
        session.add(one := accounts.Account(staff_id=ann.id, username="aferreday1"))
        session.flush()
        session.add(accounts.AccountStatus(account_id=one.id, state=AccountState.ACTIVE, recorded_at=later(0).instant))
        return one.id


@pytest.mark.clause(Clause.SEC_1)
def test_whom_a_full_file_lacks_is_cut_at_once_and_listed(office):
    """Their task stays until the account is closed, or until a file names them again."""
    office.enter()
    account = invited(office)
    gone = office.files(staff=LEAVES)
    office.enter(at=later(1), files=gone, full=True, most_leaving=None)

    ann = next(one for one in office.rows(people.Staff) if one.mis_id == "S1")
    assert ann.left_on == later(0).day
    assert (TaskKind.COLLEAGUE_LEFT, "S1") in office.tasks()
    office.store.clock = lambda: later(1).instant
    sign_in_as(office.store, account)
    with office.store.engine.connect() as connection:
        [login] = connection.scalars(select(accounts.Login.id)).all()
        assert about_logins(connection, [login], later(1).instant).principals[login].roles == set()

    office.enter(at=later(2), files=office.files(), full=True, most_leaving=None)
    assert TaskKind.COLLEAGUE_LEFT not in {kind for kind, _ in office.tasks()}
    with office.store.engine.connect() as connection:
        assert about_logins(connection, [login], later(1).instant).principals[login].roles == {Role.SAFEGUARDING_LEAD}


def test_who_leaves_without_an_account_needs_nothing(office):
    office.enter()
    office.enter(at=later(1), files=office.files(staff=LEAVES), full=True, most_leaving=None)

    assert TaskKind.COLLEAGUE_LEFT not in {kind for kind, _ in office.tasks()}


def test_closing_the_account_ends_the_task(at_work):
    subject, at = f"staff:{at_work.families.staff['office']}", at_work.families.now
    with at_work.store.counting() as session:
        session.add(Task(kind=TaskKind.COLLEAGUE_LEFT, subject=subject, opened_at=at))
    [task] = at_work.does(desk.waiting, "administrator")
    assert task.colleague.name == "Mrs Jean Birtwistle"
    with pytest.raises(BadInput, match="decision"):
        at_work.does(desk.see_to, "administrator", task=task.id)
    assert at_work.does(desk.counts, "administrator") == {TaskKind.COLLEAGUE_LEFT: 1}
    at_work.does(staff.close_staff_account, "administrator", account=at_work.families.accounts["office"])
    assert at_work.does(desk.counts, "administrator") == {}


@pytest.mark.clause(Clause.REVOKE_4)
@pytest.mark.parametrize("by", ["role", "account"])
def test_the_last_safeguarding_lead_stays(at_work, by):
    """As the last administrator does: without one, nobody could close an investigation. Who has left is no help."""
    one, other = (at_work.families.staff[who] for who in ("lead", "deputy_lead"))

    def go(who, person):
        if by == "role":
            at_work.does(staff.remove_role, "administrator", staff=person, role=Role.SAFEGUARDING_LEAD)
        else:
            at_work.does(staff.close_staff_account, "administrator", account=at_work.families.accounts[who])

    leave(at_work, "deputy_lead", -1)
    with pytest.raises(BadInput, match="last safeguarding lead"):
        go("lead", one)
    leave(at_work, "deputy_lead", 30)
    go("lead", one)
    with pytest.raises(BadInput, match="last safeguarding lead"):
        go("deputy_lead", other)
