"""/staff/retention over HTTP: a page of names, a tick, and nothing of it for anybody else."""

from datetime import date

import pytest
from sqlalchemy import update

from portal_core.domain.clauses import Clause
from portal_core.store.people import Enrolment


@pytest.fixture
def long_gone(fresh_whole):
    ids = [fresh_whole.families.pupils[name] for name in ("Zayn", "Rory")]
    with fresh_whole.store.engine.begin() as connection:
        spells = update(Enrolment).where(Enrolment.pupil_id.in_(ids))
        connection.execute(spells.values(begun_on=date(2014, 9, 1), ended_on=date(2018, 7, 20)))
    return fresh_whole


@pytest.mark.clause(Clause.SEC_5)
def test_the_page_is_erased_once_it_is_confirmed(long_gone):
    page = long_gone.get("/staff", "data_manager").text
    assert "2 pupils who left so long ago" in page
    listed = long_gone.get("/staff/retention", "data_manager").text
    assert ("Zayn Malik" in listed, "Rory Pilling" in listed, "Erase these 2 records" in listed) == (True, True, True)
    pupils = ",".join(str(long_gone.families.pupils[name]) for name in ("Zayn", "Rory"))
    for fields, status in (
        ({"pupils": pupils}, 400),
        ({"pupils": pupils + ",x", "sure": "yes"}, 400),
        ({"pupils": "1," * 60 + "1", "sure": "yes"}, 400),
        ({"pupils": str(long_gone.families.pupils["Amelia"]), "sure": "yes"}, 409),
    ):
        assert long_gone.send("/staff/retention", "data_manager", **fields).status == status
    assert "Zayn Malik" in long_gone.get("/staff/retention", "data_manager").text
    done = long_gone.send("/staff/retention", "data_manager", pupils=pupils, sure="yes")
    assert done.status == 303
    after = long_gone.get(done.headers["location"], "data_manager").text
    assert ("2 pupils and 2 adults have been erased" in after, "No record is due" in after, "Zayn" in after) == (
        True, True, False,
    )  # fmt: skip


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", ["office", "lead", "administrator", "analyst", "two_children"])
def test_nobody_else_sees_or_erases_them(long_gone, who):
    assert long_gone.get("/staff/retention", who).status == 403
    zayn = str(long_gone.families.pupils["Zayn"])
    assert long_gone.send("/staff/retention", who, pupils=zayn, sure="yes").status == 403
    assert "Zayn Malik" in long_gone.get("/staff/retention", "data_manager").text
