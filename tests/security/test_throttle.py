"""Failures slow the next try, by account and by address; they are counted in the database and forgotten by the minute."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from portal_core.domain.clauses import Clause
from portal_core.errors import Throttled
from portal_core.security import throttle
from portal_core.store.accounts import Throttle
from portal_core.store.scope import Store

AT = datetime(2026, 3, 12, 11, 0, tzinfo=UTC)
AFTER = 10
NAME, ADDRESS, PAIR = throttle.of_name("ruth"), throttle.of_address("192.0.2.7"), throttle.of_pair("ruth", "192.0.2.7")


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine, clock=lambda: AT)


def fail(store: Store, *keys: str, times: int, at: datetime = AT) -> None:
    for _ in range(times):
        throttle.count_failure(store, keys, at, AFTER)


def wait(store: Store, *keys: str, at: datetime = AT) -> int:
    """Seconds until the next try; 0 is at once."""
    try:
        throttle.require_patience(store, keys, at, AFTER)
    except Throttled as told:
        return told.seconds
    return 0


def failures(store: Store) -> dict[str, int]:
    with store.counting() as session:
        return {row.key: row.failures for row in session.scalars(select(Throttle))}


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize(
    ("expected", "times"),
    [(0, 0), (0, 9), (1, 10), (2, 11), (4, 12), (128, 17), (256, 18), (300, 19), (300, 60)],
)
def test_the_wait_begins_at_the_tenth_failure_and_doubles_up_to_five_minutes(store, expected, times):
    """Slower, never locked."""
    fail(store, PAIR, times=times)

    assert expected == wait(store, PAIR)
    assert wait(store, PAIR, at=AT + timedelta(seconds=expected)) == 0


@pytest.mark.parametrize(("key", "free"), [pytest.param(NAME, 10, id="name"), pytest.param(ADDRESS, 50, id="address")])
def test_what_others_can_run_up_costs_half_a_minute_at_most(store, key, free):
    fail(store, key, times=free + 4)
    assert wait(store, key) == 16

    fail(store, key, times=20)
    assert wait(store, key) == 30


def trying(name: str, address: str) -> tuple[str, str, str]:
    """The counters of one try at a name from an address."""
    return throttle.of_name(name), throttle.of_address(address), throttle.of_pair(name, address)


def guess(store: Store, at: datetime, *keys: str) -> bool:
    """One wrong try; whether it was looked at."""
    if wait(store, *keys, at=at):
        return False
    fail(store, *keys, times=1, at=at)
    return True


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(lambda n: trying("ruth", f"203.0.113.{n % 250}"), id="at the name from everywhere"),
        pytest.param(lambda n: trying(f"name {n}", "192.0.2.7"), id="from the address at every name"),
        pytest.param(lambda n: trying("ruth", f"203.0.113.{n % 3}"), id="at the name from few"),
    ],
)
def test_whoever_has_the_right_password_is_looked_at_within_half_a_minute_whatever_others_do(store, attack):
    """Others guess every second, before, while and after somebody is told to wait; that one's turn is theirs all the same."""
    mine, told = trying("ruth", "192.0.2.7"), []
    fail(store, *attack(0)[:2], times=60)
    for second in range(35):
        guess(store, AT + timedelta(seconds=second), *attack(second))
        if second == (told[0] if told else 0):
            told.append(wait(store, *mine, at=AT + timedelta(seconds=second)))

    assert 0 < told[0] <= 30
    assert told[1] == 0


def test_a_turn_is_good_for_one_try(store):
    """And for the pair that was told to wait, no other: its own counter holds whatever turn it has."""
    fail(store, NAME, times=40)
    mine, theirs = trying("ruth", "192.0.2.7"), trying("ruth", "203.0.113.9")
    assert wait(store, *mine) == 30
    later = AT + timedelta(seconds=30)
    fail(store, NAME, times=1, at=later)
    assert wait(store, *theirs, at=later) == 30
    assert [wait(store, *mine, at=later) for _ in range(2)] == [0, 30]

    fail(store, mine[2], times=40, at=later)
    assert wait(store, *mine, at=later + timedelta(seconds=40)) == 260


def test_two_tries_at_once_do_not_share_a_turn(store):
    fail(store, NAME, times=40)
    mine = trying("ruth", "192.0.2.7")
    assert wait(store, *mine) == 30
    later = AT + timedelta(seconds=30)
    fail(store, NAME, times=1, at=later)
    barrier, answers = threading.Barrier(4), []

    def one() -> None:
        barrier.wait()
        answers.append(wait(store, *mine, at=later))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [0, 30, 30, 30]


def test_who_guesses_a_name_from_one_address_has_ten_tries_and_then_one_in_five_minutes(store):
    """Turns do not make it faster: asked every fifteen seconds, some ten in half an hour."""
    mine = trying("ruth", "192.0.2.7")
    fail(store, *mine, times=10)

    assert 5 <= sum(guess(store, AT + timedelta(seconds=second), *mine) for second in range(0, 1800, 15)) <= 12


def test_an_address_is_given_five_times_as_many(store):
    """Behind one of them there may be a whole school."""
    fail(store, ADDRESS, times=49)
    assert wait(store, ADDRESS) == 0

    fail(store, ADDRESS, times=1)
    assert wait(store, ADDRESS) == 1


def test_either_counter_makes_wait(store):
    fail(store, NAME, times=12)

    assert wait(store, NAME, ADDRESS) == 4
    assert wait(store, throttle.of_name("imran"), ADDRESS) == 0


@pytest.mark.parametrize(
    ("expected", "key", "minutes"),
    [
        pytest.param(12, NAME, 5, id="not yet"),
        pytest.param(11, NAME, 6, id="one of a name in six minutes"),
        pytest.param(1, NAME, 1000, id="in time all"),
        pytest.param(6, ADDRESS, 6, id="of an address one a minute"),
    ],
)
def test_failures_are_forgotten_one_by_one(store, expected, key, minutes):
    """What is left, and the one that has just been added."""
    fail(store, key, times=11)
    fail(store, key, times=1, at=AT + timedelta(minutes=minutes))

    assert failures(store) == {key: expected}


def test_a_restart_forgets_nothing(store):
    """What counts is in the database, not in a process."""
    fail(store, NAME, ADDRESS, times=14)

    assert wait(Store(store.engine, clock=lambda: AT), NAME, ADDRESS) == 16


def test_two_at_once_count_two(store):
    """Whatever the order in which their counters are named."""
    barrier, faults = threading.Barrier(4), []

    def one(*keys: str) -> None:
        barrier.wait()
        try:
            fail(store, *keys, times=5)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=one, args=keys) for keys in [(NAME, ADDRESS), (ADDRESS, NAME)] * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert failures(store) == {NAME: 20, ADDRESS: 20}


def test_a_success_clears_its_own_counter_alone(store):
    """With its turn; what others share stays."""
    fail(store, NAME, ADDRESS, PAIR, times=30)
    assert wait(store, NAME, ADDRESS, PAIR) == 300
    throttle.forgive(store, PAIR, AT)

    assert failures(store) == {NAME: 20, ADDRESS: 30}


def test_counters_of_yesterday_are_deleted(store):
    """An address is kept no longer than it is of use."""
    fail(store, ADDRESS, times=3)
    fail(store, NAME, times=3, at=AT + timedelta(hours=1))
    throttle.forgive(store, throttle.of_name("imran"), AT + timedelta(hours=24))

    assert failures(store) == {NAME: 3}


@pytest.mark.parametrize(
    ("same", "one", "other"),
    [
        pytest.param(True, throttle.of_name("Ruth "), throttle.of_name("ruth"), id="name in capitals"),
        pytest.param(False, throttle.of_name("ruth"), throttle.of_name("imran"), id="another name"),
        pytest.param(False, throttle.of_name("12"), throttle.of_factor(12), id="a name is no second factor"),
        pytest.param(True, PAIR, throttle.of_pair(" RUTH", "::ffff:192.0.2.7"), id="a name at an address"),
        pytest.param(False, PAIR, throttle.of_pair("ruth", "192.0.2.8"), id="a name elsewhere"),
        pytest.param(False, PAIR, throttle.of_pair("imran", "192.0.2.7"), id="another there"),
        pytest.param(False, ADDRESS, throttle.of_address("192.0.2.8"), id="another address"),
        pytest.param(
            True, throttle.of_address("2001:db8::1"), throttle.of_address("2001:db8::2:3"), id="one IPv6 network"
        ),
        pytest.param(
            False, throttle.of_address("2001:db8::1"), throttle.of_address("2001:db8:0:1::1"), id="two of them"
        ),
        pytest.param(True, ADDRESS, throttle.of_address("::ffff:192.0.2.7"), id="IPv4 written as IPv6"),
        pytest.param(True, throttle.of_address(""), throttle.of_address("/run/socket"), id="no address"),
    ],
)
def test_what_counts_together(same, one, other):
    assert same == (one == other)


def test_the_name_typed_is_not_kept():
    """It may be an address, or a password in the wrong field."""
    assert "ruth" not in NAME + PAIR
    assert "192" not in PAIR
    assert len(NAME) == len("name:") + 32
