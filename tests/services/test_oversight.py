"""A new way in to an account with wide duties: all others who carry one hear of it, and nobody can unsay it for them."""

import json

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause, Role, Verb
from portal_core.domain.people import AccountState
from portal_core.errors import Stale
from portal_core.security.logins import set_state
from portal_core.services import accounts, desk, staff
from portal_core.services.installation import COMMAND_LINE
from portal_core.store.accounts import AccountStatus
from portal_core.store.school import AuditEntry, Task, TaskKind
from tests.services.people import School

WATCHERS = ("lead", "deputy_lead", "administrator", "second_administrator")
LEADS, ADMINISTRATORS = TaskKind.WAY_IN_FOR_LEADS, TaskKind.WAY_IN_FOR_ADMINISTRATORS


def told(school: School) -> dict[str, list[tuple[TaskKind, str]]]:
    """Who has been told of whose new way in, by the desk of each; who has yet to activate their account has none."""
    ids = {who: school.families.accounts[who] for who in (*WATCHERS, "office", "analyst")}
    with school.engine.connect() as connection:
        able = connection.scalars(
            select(AccountStatus.account_id).where(
                AccountStatus.superseded_at.is_(None), AccountStatus.state == AccountState.ACTIVE
            )
        ).all()
    heard = {who: school.does(desk.waiting, who) for who, account in ids.items() if account in able}
    return {who: [(task.kind, task.colleague.name) for task in tasks] for who, tasks in heard.items() if tasks}


def recovered(school: School, whose: str) -> None:
    school.does(staff.recover_second_factor, "administrator", username=whose)


def renewed(school: School, whose: str) -> None:
    school.does(accounts.renew_code, "administrator", account=school.families.accounts[whose])


def promoted(school: School, whose: str, role: Role = Role.SAFEGUARDING_LEAD) -> None:
    school.does(staff.add_role, "administrator", staff=school.families.staff[whose], role=role)


def invited(school: School, whose: str, role: Role = Role.SAFEGUARDING_LEAD) -> None:
    school.does(staff.invite_staff, "administrator", staff=school.families.staff[whose], roles=[role])


@pytest.mark.clause(Clause.SEC_3, Clause.REVOKE_4)
@pytest.mark.parametrize(
    ("act", "whose", "name", "opens"),
    [
        pytest.param(recovered, "office", "Mrs Jean Birtwistle", "issue accounts", id="a clerk's telephone"),
        pytest.param(renewed, "data_manager", "Mr Adil Rahman", "import", id="a data manager's code"),
        pytest.param(recovered, "lead", "Ms Farah Siddiqui", "read grounds", id="a lead's telephone"),
        pytest.param(renewed, "lead", "Ms Farah Siddiqui", "read grounds", id="a lead's code"),
        pytest.param(recovered, "second_administrator", "Mr Owen Pritchard", "keep staff accounts", id="an administrator's"),
        pytest.param(promoted, "office", "Mrs Jean Birtwistle", "read grounds", id="the role of lead given"),
        pytest.param(invited, "french", "Mme Claire Duval", "read grounds", id="somebody invited as lead"),
        pytest.param(lambda s, whose: invited(s, whose, Role.ADMINISTRATOR), "french", "Mme Claire Duval",
                     "keep staff accounts", id="somebody invited as administrator"),
    ],
)  # fmt: skip
def test_all_others_with_such_duties_hear_of_it(at_work, act, whose, name, opens):
    """Each has a task of their own; who did it and whom it is about have none; the audit says what it opens and who was told."""
    act(at_work, whose)

    others = [who for who in WATCHERS if who not in ("administrator", whose)]
    assert told(at_work) == {who: [(LEADS if "lead" in who else ADMINISTRATORS, name)] for who in others}
    with at_work.engine.connect() as connection:
        details = [json.loads(text) for text in connection.scalars(select(AuditEntry.detail))]
    [said] = [detail for detail in details if "told" in detail]
    assert said["opens"] == [opens]
    assert said["told"] == sorted(at_work.families.staff[who] for who in others)


@pytest.mark.parametrize(
    ("act", "whose"),
    [
        pytest.param(invited, "french", id="an analyst invited"),
        pytest.param(promoted, "lead", id="a lead who becomes an analyst as well"),
    ],
)
def test_what_opens_analysis_alone_is_told_to_nobody(at_work, act, whose):
    act(at_work, whose, role=Role.ANALYST)

    assert told(at_work) == {}


@pytest.mark.clause(Clause.SEC_3)
def test_an_administrator_who_goes_in_as_lead_cannot_take_the_word_back(at_work):
    """Not as themselves, not as the lead, not as another they make lead; each who was told ends their own task alone."""
    recovered(at_work, "lead")
    tasks = {who: at_work.does(desk.waiting, who)[0].id for who in ("deputy_lead", "second_administrator")}
    promoted(at_work, "office")
    with at_work.store.writing_as(COMMAND_LINE, at_work.at()) as work:  # as once the code is used
        set_state(work, at_work.families.accounts["lead"], AccountState.ACTIVE)
        work.audit(Verb.ACTIVATED)
    for who in ("administrator", "lead", "office", "second_administrator"):
        with pytest.raises(Stale, match="does not wait for you"):
            at_work.does(desk.see_to, who, task=tasks["deputy_lead"])
    at_work.does(staff.close_staff_account, "administrator", account=at_work.families.accounts["lead"])

    at_work.does(desk.see_to, "second_administrator", task=tasks["second_administrator"])
    assert (LEADS, "Ms Farah Siddiqui") in told(at_work)["deputy_lead"]
    assert (ADMINISTRATORS, "Ms Farah Siddiqui") not in told(at_work)["second_administrator"]


@pytest.mark.clause(Clause.SEC_3)
def test_taking_the_roles_of_those_who_watch_away_first_makes_none_of_them_deaf(at_work):
    """Roles gone for a minute: whoever held one hears of it all the same, and keeps what was for them."""
    away = {"deputy_lead": Role.SAFEGUARDING_LEAD, "second_administrator": Role.ADMINISTRATOR}
    for who, role in away.items():
        at_work.does(staff.remove_role, "administrator", staff=at_work.families.staff[who], role=role)
    recovered(at_work, "lead")
    for who, role in away.items():
        promoted(at_work, who, role)
    for who in away:
        assert "Ms Farah Siddiqui" in [name for _, name in told(at_work)[who]]
    [task] = [one for one in at_work.does(desk.waiting, "deputy_lead") if one.colleague.name == "Ms Farah Siddiqui"]
    promoted(at_work, "office")
    at_work.does(staff.add_role, "administrator", staff=at_work.families.staff["deputy_lead"], role=Role.ANALYST)
    at_work.does(
        staff.remove_role, "administrator", staff=at_work.families.staff["deputy_lead"], role=Role.SAFEGUARDING_LEAD
    )
    assert task.id in [one.id for one in at_work.does(desk.waiting, "deputy_lead")]
    at_work.does(desk.see_to, "deputy_lead", task=task.id)


def test_the_command_line_is_told_of_as_well(at_work):
    """Whoever owns the machine: every administrator and every lead hears of it."""
    staff.recover_second_factor(at_work.store, by=COMMAND_LINE, at=at_work.at(), username="lead")

    assert told(at_work).keys() == {"deputy_lead", "administrator", "second_administrator"}


def test_of_who_has_left_nobody_is_told(at_work):
    """Their roles count no more."""
    day = at_work.store.moment().day
    with at_work.store.counting() as session:
        session.get_one(staff.Staff, at_work.families.staff["deputy_lead"]).left_on = day.replace(day=day.day - 1)
    recovered(at_work, "lead")

    with at_work.engine.connect() as connection:
        [subject] = connection.scalars(select(Task.subject)).all()
    assert subject.endswith(f" for:{at_work.families.staff['second_administrator']}")
