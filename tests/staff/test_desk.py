"""The desk: each kind of task with what to do about it, and what the last imports brought in words."""

import asyncio
from datetime import timedelta

import pytest

from dashboards.pages.staff import WAITS
from dashboards.staff.desk import ENDS, HINTS, SeeTo, brought, imports, tasks
from portal_core.domain.clauses import Clause
from portal_core.services import desk
from portal_core.store.school import Task, TaskKind
from tests.families import TODAY


def opened(desks, kind, subject):
    with desks.store.counting(desks.store.clock()) as session:
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
