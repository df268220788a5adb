"""Accounts of staff as a list: roles, second step, when last used; and which are dormant."""

from datetime import timedelta

import pytest

from portal_core.errors import NotPermitted
from portal_core.services import staff_list, tasks
from portal_core.services.listing import Wanted
from portal_core.services.staff_list import Which
from portal_core.services.tasks import Matter
from portal_core.store.people import Staff


def usernames(school, which=Which.ALL, **wanted):
    found = school.does(staff_list.staff_accounts, "administrator", wanted=Wanted(**wanted), which=which)
    return [one.username for one in found.rows]


def test_everybody_with_an_account_is_in_it_by_name_role_and_use(at_work):
    at_work.by("lead")
    found = at_work.does(staff_list.staff_accounts, "administrator", wanted=Wanted()).rows
    assert len(found) == len([who for who in at_work.families.accounts if who in at_work.families.staff])
    [lead] = [one for one in found if one.username == "lead"]
    assert ([str(role) for role in lead.roles], lead.last_seen is not None) == (["safeguarding lead"], True)
    assert usernames(at_work, find="lead") == ["lead"]
    for sort in ("name", "-username", "state", "seen", "nothing"):
        assert sorted(usernames(at_work, sort=sort)) == sorted(one.username for one in found)


def test_dormant_is_whoever_has_not_used_it_for_three_months(at_work):
    at_work.by("lead")
    assert "lead" not in usernames(at_work, Which.DORMANT)
    at_work.families.now += timedelta(days=100)
    at_work.by("office")
    unused = usernames(at_work, Which.DORMANT)
    assert "lead" in unused
    assert "office" not in unused
    assert at_work.does(tasks.matters, "administrator")[Matter.DORMANT] == len(unused)


def test_of_those_who_have_left_the_open_ones(at_work):
    assert usernames(at_work, Which.LEFT) == []
    with at_work.store.counting() as session:
        session.get(Staff, at_work.families.staff["office"]).left_on = at_work.families.now.date() - timedelta(days=1)
    assert usernames(at_work, Which.LEFT) == ["office"]


def test_whoever_has_no_account_can_be_found_to_be_invited(at_work):
    found = at_work.does(staff_list.staff_accounts, "administrator", wanted=Wanted(), which=Which.NONE).rows
    without = {id_ for who, id_ in at_work.families.staff.items() if who not in at_work.families.accounts}
    assert {one.staff_id for one in found} == without
    assert {(one.username, one.state, one.second_step) for one in found} == {("", None, False)}


@pytest.mark.parametrize("who", ["office", "lead", "data_manager", "analyst", "two_children"])
def test_nobody_else_reads_it(at_work, who):
    with pytest.raises(NotPermitted):
        at_work.does(staff_list.staff_accounts, who, wanted=Wanted())
    with pytest.raises(NotPermitted):
        at_work.does(staff_list.colleague, who, staff=at_work.families.staff["lead"])
