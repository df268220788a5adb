"""The work queue: whose a task is, who may hand it to whom, and what needs a person although no task says so."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput, NotPermitted, Stale
from portal_core.services import casework, staff, tasks, withheld_list
from portal_core.services.listing import Wanted
from portal_core.services.tasks import DORMANT, Matter, Whose
from portal_core.store.people import Connection, Enrolment, StaffRole
from portal_core.store.school import Task, TaskKind
from tests.families import LONG_AGO, TODAY


@pytest.fixture
def queue(at_work):
    """Two tasks of the office's, one of the leads', one that waits for the deputy alone."""
    ids, now = at_work.families, at_work.families.now
    zayn = f"adult:{ids.adults['one_child']} pupil:{ids.pupils['Zayn']}"
    jude = f"adult:{ids.adults['court_order']} pupil:{ids.pupils['Jude']}"
    alone = f"staff:{ids.staff['office']} for:{ids.staff['deputy_lead']}"
    with at_work.store.counting() as session:
        session.add(Task(kind=TaskKind.VERIFY_RESPONSIBILITY, subject=zayn, opened_at=now))
        session.add(Task(kind=TaskKind.EMAIL_CHANGED, subject=jude, opened_at=now - timedelta(1)))
        session.add(Task(kind=TaskKind.COURT_FLAG, subject=jude, opened_at=now))
        session.add(Task(kind=TaskKind.WAY_IN_FOR_LEADS, subject=alone, opened_at=now))
        session.add(StaffRole(staff_id=ids.staff["data_manager"], role="office", recorded_at=now))
    return at_work


def listed(queue, who, *, kind=None, whose=Whose.ALL, **wanted):
    return queue.does(tasks.tasks, who, wanted=Wanted(**wanted), kind=kind, whose=whose).rows


def the(queue, who, kind):
    [one] = listed(queue, who, kind=kind)
    return one.id


def test_each_reader_lists_their_own_and_the_oldest_first(queue):
    assert [one.kind for one in listed(queue, "office")] == [TaskKind.EMAIL_CHANGED, TaskKind.VERIFY_RESPONSIBILITY]
    assert [one.kind for one in listed(queue, "lead")] == [TaskKind.COURT_FLAG]
    assert {one.kind for one in listed(queue, "deputy_lead")} == {TaskKind.COURT_FLAG, TaskKind.WAY_IN_FOR_LEADS}
    assert listed(queue, "analyst") == ()


def test_a_task_is_found_by_the_name_of_whom_it_is_about(queue):
    assert [one.kind for one in listed(queue, "office", find="zayn")] == [TaskKind.VERIFY_RESPONSIBILITY]
    assert [one.kind for one in listed(queue, "office", find="neil")] == [TaskKind.EMAIL_CHANGED]
    assert listed(queue, "office", find="nobody of this name") == ()


def test_a_task_is_taken_handed_on_and_given_back(queue):
    ids = queue.families.staff
    mail = the(queue, "office", TaskKind.EMAIL_CHANGED)
    assert [one.id for one in listed(queue, "office", whose=Whose.NOBODYS)].count(mail) == 1
    queue.does(tasks.hand, "office", id_=mail, held_by=None, to=ids["office"])
    assert [one.id for one in listed(queue, "office", whose=Whose.MINE)] == [mail]
    assert queue.does(tasks.task, "data_manager", id_=mail).waiting.owner.name == "Mrs Jean Birtwistle"
    queue.does(tasks.hand, "office", id_=mail, held_by=ids["office"], to=ids["data_manager"])
    assert listed(queue, "office", whose=Whose.MINE) == ()
    queue.does(tasks.hand, "data_manager", id_=mail, held_by=ids["data_manager"], to=None)
    assert queue.does(tasks.task, "office", id_=mail).waiting.owner is None


def test_of_two_who_take_it_at_once_the_second_is_told_who_was_first(queue):
    ids, mail = queue.families.staff, the(queue, "office", TaskKind.EMAIL_CHANGED)
    queue.does(tasks.hand, "office", id_=mail, held_by=None, to=ids["office"])
    with pytest.raises(Stale, match="Mrs Jean Birtwistle has taken this on"):
        queue.does(tasks.hand, "data_manager", id_=mail, held_by=None, to=ids["data_manager"])


def test_nobody_hands_a_task_to_whom_it_does_not_wait_for_nor_touches_anothers(queue):
    ids = queue.families.staff
    mail, flag = the(queue, "office", TaskKind.EMAIL_CHANGED), the(queue, "lead", TaskKind.COURT_FLAG)
    with pytest.raises(BadInput, match="not a colleague who can do this"):
        queue.does(tasks.hand, "office", id_=mail, held_by=None, to=ids["lead"])
    for who in ("lead", "analyst"):
        with pytest.raises(Stale, match="does not wait for you"):
            queue.does(tasks.hand, who, id_=mail, held_by=None, to=ids["office"])
    with pytest.raises(Stale, match="does not wait for you"):
        queue.does(tasks.task, "office", id_=flag)
    alone = the(queue, "deputy_lead", TaskKind.WAY_IN_FOR_LEADS)
    with pytest.raises(Stale, match="does not wait for you"):
        queue.does(tasks.task, "lead", id_=alone)
    with pytest.raises(BadInput):
        queue.does(tasks.hand, "deputy_lead", id_=alone, held_by=None, to=ids["lead"])
    with pytest.raises(NotPermitted):
        queue.does(tasks.tasks, "one_child", wanted=Wanted())


def test_what_a_leaver_had_taken_on_is_everybodys_again(queue):
    ids = queue.families
    mail = the(queue, "office", TaskKind.EMAIL_CHANGED)
    queue.does(tasks.hand, "office", id_=mail, held_by=None, to=ids.staff["office"])
    queue.does(staff.close_staff_account, "administrator", account=ids.accounts["office"])
    with queue.engine.connect() as connection:
        assert connection.execute(select(Task.owner_id).where(Task.id == mail)).scalar_one() is None


@pytest.mark.clause(Clause.REVOKE_1)
def test_what_needs_a_person_is_counted_for_those_whose_duty_it_is(at_work):
    ids = at_work.families
    office = {Matter.NEVER_ACTIVATED: 1}
    assert at_work.does(tasks.matters, "office") == office
    assert at_work.does(tasks.matters, "lead") == {}
    ids.now += timedelta(7)  # the day on which the families' restrictions are to be looked at again
    assert at_work.does(tasks.matters, "lead") == {Matter.REVIEWS: 3}
    assert at_work.does(tasks.matters, "office") == office  # nothing of a ground
    with at_work.store.counting() as session:
        session.query(Enrolment).filter_by(pupil_id=ids.pupils["Zayn"]).update({"ended_on": TODAY + timedelta(10)})
    assert at_work.does(tasks.matters, "office") == office | {Matter.LEAVERS: 1}
    [leaver] = at_work.does(withheld_list.leavers, "office", wanted=Wanted()).rows
    assert leaver.pupil.name == "Zayn Malik"


def test_accounts_of_staff_that_nobody_uses_are_counted(at_work):
    unused = at_work.does(tasks.matters, "administrator")[Matter.DORMANT]
    at_work.by("office")
    assert at_work.does(tasks.matters, "administrator")[Matter.DORMANT] == unused - 1
    at_work.families.now += DORMANT + timedelta(1)
    assert at_work.does(tasks.matters, "administrator")[Matter.DORMANT] >= unused


@pytest.mark.clause(Clause.SEC_3)
def test_restrictions_are_listed_for_those_who_read_grounds_alone(at_work):
    found = at_work.does(withheld_list.in_force, "lead", wanted=Wanted(sort="name"))
    assert [(one.adult.name, one.clause) for one in found.rows] == [
        ("Ms Karen Holroyd", Clause.REVOKE_3),
        ("Mr Neil Holroyd", Clause.REVOKE_2),
        ("Mr Luke Slater", Clause.REVOKE_1),
    ]
    for who in ("office", "data_manager", "administrator", "analyst", "breach"):
        with pytest.raises(NotPermitted):
            at_work.does(withheld_list.in_force, who, wanted=Wanted())
    assert found.rows[0].begins_at > LONG_AGO


def test_each_ground_lists_the_children_it_covers_by_one_statement_whatever_there_is(at_work):
    """A sister whom it does not cover is left out; a child connected since an order is not, until it is decided."""
    ids, ran = at_work.families, []

    def covered():
        ran.clear()
        event.listen(at_work.engine, "before_cursor_execute", note := lambda *told: ran.append(told[2]))
        found = at_work.does(withheld_list.in_force, "lead", wanted=Wanted(sort="name")).rows
        event.remove(at_work.engine, "before_cursor_execute", note)
        return {(one.adult.name, one.clause): one.children for one in found}, sum(
            "restricted_pupil" in one for one in ran
        )

    before, few = covered()
    at_work.does(
        casework.restrict, "lead", adult=ids.adults["two_children"], clause=Clause.REVOKE_1, evidence="letter",
        pupils=[ids.pupils["Noah"]],
    )  # fmt: skip
    with at_work.store.counting() as session:
        session.add(
            Connection(adult_id=ids.adults["court_order"], pupil_id=ids.pupils["Zayn"], relationship="uncle",
                       responsibility="no", begun_on=LONG_AGO.date(), recorded_at=ids.now)
        )  # fmt: skip
    after, more = covered()
    assert before["Ms Karen Holroyd", Clause.REVOKE_3] == "every child"
    assert before["Mr Neil Holroyd", Clause.REVOKE_2] == "Jude Holroyd"
    assert after["Mrs Ruth Ashworth", Clause.REVOKE_1] == "Noah Ashworth"
    assert after["Mr Neil Holroyd", Clause.REVOKE_2] == "Jude Holroyd, Zayn Malik (to be decided)"
    assert few == more
