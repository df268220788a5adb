"""The desk: each kind of task with what to do about it, and what the last imports brought in words."""

import asyncio
from datetime import timedelta

import panel as pn
import pytest
from sqlalchemy import select

from dashboards.components.decision import said_on
from dashboards.pages.staff import WAITS
from dashboards.staff.acting import ANEW
from dashboards.staff.desk import ENDS, HINTS, SeeTo, brought, imports, tasks
from portal_core.domain.clauses import Clause
from portal_core.services import desk
from portal_core.store.people import Pupil
from portal_core.store.registers import Mark
from portal_core.store.school import ImportRun, ReceivedRegister, Task, TaskKind
from tests.families import TODAY


def opened(desks, kind, subject):
    with desks.store.counting() as session:
        task = Task(kind=kind, subject=subject, opened_at=desks.store.clock())
        session.add(task)
        session.flush()
        return task.id


def words(page):
    return " ".join(str(getattr(part, "object", "")) for part in page.select())


def test_every_kind_of_task_says_what_to_do():
    assert set(HINTS) == set(WAITS) == set(TaskKind)
    assert set(ENDS) <= set(desk.TO_BE_SEEN)


@pytest.mark.parametrize(
    ("who", "kind", "linked"),
    [("data_manager", TaskKind.MISSING_PUPIL, False), ("office", TaskKind.RESPONSIBILITY_WITHDRAWN, True)],
)
def test_a_name_leads_to_its_page_for_whoever_may_go_there(desks, who, kind, linked):
    pupil = desks.families.pupils["Zayn"]
    opened(desks, kind, f"pupil:{pupil}")
    shown = words(tasks(desks.reader(who), desks.does(desk.waiting, who)))
    assert "Zayn Malik" in shown
    assert (f'<a href="/staff/pupil/{pupil}">' in shown) is linked


def test_a_task_about_nobody_says_which_day_it_is_about(desks):
    opened(desks, TaskKind.OLD_DATA, "day:2026-03-05")
    shown = words(tasks(desks.reader("data_manager"), desks.does(desk.waiting, "data_manager")))
    assert "last data of 5 March 2026" in shown
    assert "day:" not in shown


def test_a_task_is_seen_to_once(desks):
    """And a colleague who has it on an older page is told."""
    task = opened(desks, TaskKind.OLD_DATA, "day:2026-03-05")
    model, older = SeeTo(desks.reader("data_manager"), task), SeeTo(desks.reader("data_manager"), task)
    asyncio.run(model.see_to())
    assert model.done
    asyncio.run(older.see_to())
    assert (older.said, older.changed) == ("Somebody has seen to this already.", True)


@pytest.mark.clause(Clause.REVOKE_4)
@pytest.mark.parametrize(
    ("how", "offered"),
    [
        pytest.param("", ["The same person, by a new id", "Two people"], id="by name"),
        pytest.param(" by the same UPN", ["The same person, by a new id"], id="by UPN, which no two have"),
    ],
)
def test_somebody_who_comes_under_a_new_id_is_one_or_two(desks, how, offered):
    """The task names who it is about, and the id that the files give; what an id spells out names nobody."""
    opened(
        desks,
        TaskKind.UNCLEAR_MATCH,
        f"pupil:{desks.families.pupils['Zayn']}{how} under the id <pupil:{desks.families.pupils['Lily']}>",
    )
    page = tasks(desks.reader("data_manager"), desks.does(desk.waiting, "data_manager"))
    assert "Zayn Malik" in words(page)
    assert "Lily" not in words(page)
    assert f"under the id &lt;pupil:{desks.families.pupils['Lily']}&gt;:" in words(page)
    assert [one.name for one in page.select(pn.widgets.Button) if one.name != ANEW] == offered


def test_a_record_goes_on_under_its_new_id(desks):
    """And its parents wait for the office."""
    pupil = desks.families.pupils["Zayn"]
    model = SeeTo(
        desks.reader("data_manager"), opened(desks, TaskKind.UNCLEAR_MATCH, f"pupil:{pupil} under the id 999001")
    )
    desks.at()
    asyncio.run(model.took_new_id())
    assert model.done
    with desks.engine.connect() as connection:
        assert connection.scalar(select(Pupil.mis_id).where(Pupil.id == pupil)) == "999001"
    assert desks.sees("one_child") == set()
    assert desks.does(desk.counts, "office")[TaskKind.VERIFY_RESPONSIBILITY] == 1


@pytest.mark.clause(Clause.REVOKE_2)
def test_what_is_to_be_decided_on_one_adult_stands_together(desks):
    """A flag for each child of one father; another's is apart."""
    adults, pupils = desks.families.adults, desks.families.pupils
    for adult, pupil in (("one_child", "Zayn"), ("two_children", "Amelia"), ("one_child", "Noah")):
        opened(desks, TaskKind.COURT_FLAG, f"adult:{adults[adult]} pupil:{pupils[pupil]}")
    shown = words(tasks(desks.reader("lead"), desks.does(desk.waiting, "lead")))
    assert [shown.count(name) for name in ("Mr Imran Malik", "Mrs Ruth Ashworth", "Court-order flag")] == [1, 1, 2]
    assert "Zayn Malik</a>, <a" in shown


@pytest.mark.clause(Clause.CONTACT_1)
def test_a_register_says_when_it_first_came_and_when_it_last_changed(desks):
    """Not when an import last brought it again as it was."""
    first, second, third = (desks.families.now - timedelta(hours=hours) for hours in (6, 4, 2))
    with desks.store.counting() as session:
        runs = [ImportRun(started_at=at, data_as_of=at, digest=str(at), report="{}") for at in (first, second, third)]
        session.add_all(runs)
        session.flush()
        day = TODAY + timedelta(1)
        session.add(ReceivedRegister(day=day, half=0, received_at=third, run_id=runs[2].id))
        for pupil, run, code in (("Zayn", runs[0], "/"), ("Noah", runs[1], "N"), ("Amelia", runs[2], "I")):
            session.add(
                Mark(
                    pupil_id=desks.families.pupils[pupil], day=day, half=0, code=code, public_from=first, run_id=run.id
                )
            )
    [came] = [one for one in desks.does(desk.registers, "data_manager") if one.day == day]
    assert (came.first_came, came.last_changed) == (first, second)
    shown = words(imports(desks.reader("data_manager"), desks.does(desk.last_runs, "data_manager"), [came]))
    assert f"first came with the data of {said_on(first, desks.store.moment().zone)}" in shown
    assert f"last changed with that of {said_on(second, desks.store.moment().zone)}" in shown


@pytest.mark.clause(Clause.USER_1)
def test_a_pupil_who_has_left_is_seen_by_nobody_after_the_last_day(desks):
    """What is no day is said, and stays in the field."""
    task = opened(desks, TaskKind.MISSING_PUPIL, f"pupil:{desks.families.pupils['Zayn']}")
    model = SeeTo(desks.reader("data_manager"), task)
    model.last_day = "last week"
    asyncio.run(model.has_left())
    assert "like 31/01/2027" in model.said
    assert (model.last_day, desks.sees("one_child")) == ("last week", {"Zayn"})
    model.last_day = f"{TODAY - timedelta(1):%d/%m/%Y}"
    desks.at()
    asyncio.run(model.has_left())
    assert model.done
    assert desks.sees("one_child") == set()


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        pytest.param({"new": 129210, "changed": 0, "unchanged": 4}, "marks: 129,210 new", id="new alone"),
        pytest.param({"new": 0, "changed": 2, "leaving": 1}, "marks: 2 changed, 1 leaving", id="changed and leaving"),
        pytest.param({"new": 0, "changed": 0, "unchanged": 9}, "", id="as they were"),
    ],
)
def test_an_import_says_what_it_changed(counts, said):
    assert brought("marks", counts) == said


def test_before_the_first_import_the_way_to_it_is_said(desks):
    assert "Nothing has been imported yet." in words(imports(desks.reader("data_manager"), [], []))
