"""Signs that a sign-in is shared: a note to staff, once for each pair, and nothing else; and how long addresses are kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from dashboards.upkeep import looked_after
from portal_core.domain.clauses import Clause, Duty
from portal_core.errors import NotPermitted
from portal_core.security.credentials import new_token
from portal_core.services import desk, drafts, sharing
from portal_core.services.gate import Gate
from portal_core.services.school import set_setting
from portal_core.store.accounts import Draft, Login, Stage
from portal_core.store.school import TaskKind
from tests.doors.wire import until

HOME, LAPTOP = "192.0.2.7", "Firefox on Linux"
AWAY, TELEPHONE = "198.51.100.9", "Safari on an iPhone or iPad"


def login(school, who="one_child", address=HOME, browser=LAPTOP, **changed):
    """A login of that account, in use just now; its id."""
    now = school.families.now
    with school.store.counting() as session:
        one = Login(
            **{
                "token_hash": new_token()[1], "account_id": school.families.accounts[who], "stage": Stage.COMPLETE,
                "shared_device": False, "begun_at": now, "seen_at": now, "idle_until": now + timedelta(minutes=20),
                "expires_at": now + timedelta(hours=12), "address": address, "browser": browser,
            } | changed
        )  # fmt: skip
        session.add(one)
        session.flush()
        return one.id


def used(school, *ids):
    """As the server notes once a second who did something."""
    gate = Gate(school.store)
    try:
        gate.seen(ids, school.store.moment())
    finally:
        gate.close()


def noted(school, who="office"):
    kinds = {TaskKind.SHARED_SIGN_IN, TaskKind.SHARED_STAFF_SIGN_IN}
    return [task for task in school.does(desk.waiting, who) if task.kind in kinds]


@pytest.mark.clause(Clause.SEC_2)
def test_two_logins_apart_and_both_in_use_are_noted_once(at_work):
    """Whatever is done with the note; a third device is noted, its further pairs while that waits are not. Nobody loses anything."""
    first = login(at_work)
    second = login(at_work, address=AWAY, browser=TELEPHONE)
    used(at_work, second)
    used(at_work, first, second)
    [task] = noted(at_work)
    assert (task.kind, task.adult.name) == (TaskKind.SHARED_SIGN_IN, "Mr Imran Malik")
    assert HOME not in task.about
    assert noted(at_work, "administrator") == []
    at_work.does(desk.see_to, "office", task=task.id)
    used(at_work, first)
    assert noted(at_work) == []

    third = login(at_work, address="203.0.113.4", browser="Chrome on Android")
    used(at_work, third)
    assert len(noted(at_work)) == 1
    with at_work.store.counting() as session:
        assert [session.get_one(Login, id_).ended_at for id_ in (first, second, third)] == [None, None, None]
    assert at_work.sees("one_child") == {"Zayn"}


@pytest.mark.clause(Clause.SEC_2)
def test_a_sign_of_staff_waits_for_an_administrator(at_work):
    login(at_work, "lead")
    used(at_work, login(at_work, "lead", AWAY, TELEPHONE))
    [task] = noted(at_work, "administrator")
    assert (task.kind, task.colleague.name) == (TaskKind.SHARED_STAFF_SIGN_IN, "Ms Farah Siddiqui")
    assert noted(at_work) == []


NO_SIGN = {
    "two browsers at home": lambda s: login(s, browser=TELEPHONE),
    "a telephone that left the house": lambda s: login(s, address=AWAY),
    "another account": lambda s: login(s, "two_children", AWAY, TELEPHONE),
    "signed out": lambda s: login(s, address=AWAY, browser=TELEPHONE, ended_at=s.families.now),
    "idle": lambda s: login(s, address=AWAY, browser=TELEPHONE, idle_until=s.families.now),
    "its last tab closed": lambda s: login(s, address=AWAY, browser=TELEPHONE, open_until=s.families.now),
    "not wholly signed in": lambda s: login(s, address=AWAY, browser=TELEPHONE, stage=Stage.FACTOR),
    "its address erased": lambda s: login(s, address=None, browser=TELEPHONE),
    "not in use for longer": lambda s: login(
        s, address=AWAY, browser=TELEPHONE, seen_at=s.families.now - timedelta(minutes=10, seconds=1)
    ),
}


@pytest.mark.clause(Clause.SEC_2)
@pytest.mark.parametrize("why", NO_SIGN)
def test_what_is_no_sign_is_not_noted(at_work, why):
    first = login(at_work)
    NO_SIGN[why](at_work)
    used(at_work, first)
    assert noted(at_work) == []


@pytest.mark.clause(Clause.SEC_2)
def test_in_use_is_within_the_schools_setting(at_work):
    """Ten minutes is the default, to the second."""
    at = at_work.families.now
    first = login(at_work)
    login(at_work, address=AWAY, browser=TELEPHONE, seen_at=at - timedelta(minutes=10))
    at_work.does(set_setting, "data_manager", key="sharing_minutes", value="9")
    at_work.families.now = at
    used(at_work, first)  # the setting begins half a minute later: the day's value is still ten
    assert len(noted(at_work)) == 1
    at_work.families.now = at + timedelta(minutes=5)
    other = login(at_work, address=AWAY, browser="Chrome on Android", seen_at=at - timedelta(minutes=4, seconds=1))
    used(at_work, first)
    assert [task for task in noted(at_work) if task.about.endswith(f"+{other}")] == []


@pytest.mark.clause(Clause.SEC_2, Clause.SEC_5)
def test_addresses_older_than_the_setting_are_erased(at_work):
    """The login itself stays: when somebody signed in is kept with the audit."""
    now = at_work.families.now
    old = login(at_work, begun_at=now - timedelta(days=90))
    new = login(at_work, begun_at=now - timedelta(days=89, hours=23))
    assert sharing.erase_addresses(at_work.store, by=sharing.WATCH, at=at_work.store.moment()) == 1
    with at_work.store.counting() as session:
        rows = session.execute(select(Login.id, Login.address, Login.browser).where(Login.id.in_([old, new]))).all()
    assert sorted(rows) == [(old, None, None), (new, HOME, LAPTOP)]
    assert sharing.erase_addresses(at_work.store, by=sharing.WATCH, at=at_work.store.moment()) == 0
    with pytest.raises(NotPermitted):
        at_work.does(sharing.erase_addresses, "one_child")


def test_a_running_server_sees_to_addresses_and_to_text_that_was_left(at_work):
    now = at_work.families.now
    old = login(at_work, begun_at=now - timedelta(days=91))
    account = at_work.families.accounts["one_child"]
    drafts.keep(at_work.store, account=account, form="ask", fields={"words": "x"}, at=now - timedelta(days=1))

    def seen_to():
        with at_work.store.counting() as session:
            return session.get_one(Login, old).address is None and session.get(Draft, (account, "ask")) is None

    with looked_after(at_work.store):
        until(seen_to, "nothing was erased")


def test_the_watch_may_do_nothing_else():
    assert sharing.WATCH.duties == {Duty.ISSUE_ACCOUNTS}
