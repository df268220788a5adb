"""What waits for whom: each reader finds the tasks of their own duties, and old data makes one."""

import pytest

from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput, NotPermitted, Stale
from portal_core.services import desk
from portal_core.store.school import Task, TaskKind
from tests.families import TODAY

MINE = {
    "office": {
        TaskKind.VERIFY_RESPONSIBILITY, TaskKind.RESPONSIBILITY_WITHDRAWN, TaskKind.MAIL_CAME_BACK, TaskKind.MAIL_UNSURE,
        TaskKind.SHARED_SIGN_IN, TaskKind.ENQUIRY, TaskKind.ACCESS_REQUEST, TaskKind.SECOND_CHECK,
        TaskKind.SIGN_IN_DISOWNED, TaskKind.EMAIL_CHANGED,
    },
    "lead": {TaskKind.COURT_FLAG, TaskKind.CHILD_LINKED_LATER, TaskKind.WAY_IN_FOR_LEADS, TaskKind.BULK_EXPORT, TaskKind.INFORMATION},
    "data_manager": {TaskKind.MISSING_PUPIL, TaskKind.UNCLEAR_MATCH, TaskKind.OLD_DATA},
    "analyst": set(),
    "administrator": {
        TaskKind.SHARED_STAFF_SIGN_IN, TaskKind.STAFF_SIGN_IN_DISOWNED, TaskKind.WAY_IN_FOR_ADMINISTRATORS, TaskKind.COLLEAGUE_LEFT,
        TaskKind.BULK_EXPORT,
    },
}  # fmt: skip


@pytest.fixture
def busy(at_work):
    """One open task of each kind, on Zayn and his father where it is about people."""
    about = f"adult:{at_work.families.adults['one_child']} pupil:{at_work.families.pupils['Zayn']}"
    with at_work.store.counting() as session:
        for kind in TaskKind:
            subject = f"day:{TODAY}" if kind is TaskKind.OLD_DATA else about
            session.add(Task(kind=kind, subject=subject, opened_at=at_work.families.now))
    return at_work


def test_every_kind_of_task_waits_for_somebody():
    assert set(desk.DUTY_OF) == set(TaskKind)
    assert set().union(*MINE.values()) == set(TaskKind)


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", MINE)
def test_each_reader_counts_and_finds_their_own_alone(busy, who):
    """What nobody else may know of is neither listed nor counted."""
    assert busy.does(desk.counts, who) == dict.fromkeys(MINE[who], 1)
    waiting = busy.does(desk.waiting, who)
    assert {task.kind for task in waiting} == MINE[who]
    people = {(task.adult.name, task.pupil.name) for task in waiting if task.kind is not TaskKind.OLD_DATA}
    assert people <= {("Mr Imran Malik", "Zayn Malik")}


def test_a_task_is_seen_to_once_by_whom_it_waits_for(busy):
    tasks = {task.kind: task.id for who in MINE for task in busy.does(desk.waiting, who)}
    busy.does(desk.see_to, "office", task=tasks[TaskKind.RESPONSIBILITY_WITHDRAWN])
    left = MINE["office"] - {TaskKind.RESPONSIBILITY_WITHDRAWN}
    assert busy.does(desk.counts, "office") == dict.fromkeys(left, 1)
    with pytest.raises(Stale, match="already"):
        busy.does(desk.see_to, "office", task=tasks[TaskKind.RESPONSIBILITY_WITHDRAWN])
    with pytest.raises(Stale, match="does not wait for you"):
        busy.does(desk.see_to, "office", task=tasks[TaskKind.COURT_FLAG])
    with pytest.raises(BadInput, match="decision"):
        busy.does(desk.see_to, "lead", task=tasks[TaskKind.COURT_FLAG])


@pytest.mark.clause(Clause.CONTACT_2)
def test_data_as_old_as_the_setting_opens_one_task_and_refuses_nobody(at_work):
    """Three school days after the last import; once it was seen to it is not opened again for the same day."""
    days = [day for day in at_work.families.calendar.school_days(TODAY, TODAY.replace(day=31)) if day > TODAY]
    at_work.families.at("11:00", days[1])
    assert at_work.does(desk.counts, "data_manager") == {}
    at_work.families.at("11:00", days[2])
    assert at_work.does(desk.counts, "office") == {}
    assert at_work.does(desk.counts, "data_manager") == {TaskKind.OLD_DATA: 1}
    [task] = at_work.does(desk.waiting, "data_manager")
    assert task.about == f"day:{TODAY.isoformat()}"
    assert at_work.sees("one_child") == {"Zayn"}
    at_work.does(desk.see_to, "data_manager", task=task.id)
    assert at_work.does(desk.counts, "data_manager") == {}


@pytest.mark.parametrize(
    ("verb", "without"),
    [
        (desk.last_runs, ["office", "lead", "analyst", "administrator", "two_children"]),
        (desk.registers, ["office", "lead", "analyst", "administrator", "two_children"]),
        (desk.counts, ["two_children"]),
        (desk.waiting, ["two_children"]),
    ],
)
def test_nobody_without_the_duty_gets_any_of_it(at_work, verb, without):
    for who in without:
        with pytest.raises(NotPermitted):
            at_work.does(verb, who)
