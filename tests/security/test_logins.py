"""Signing in by steps: each opens nothing but the next, and whatever is wrong gets one answer."""

import threading
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from portal_core.domain.clauses import Clause, Role, Verb
from portal_core.domain.people import AccountState, Principal
from portal_core.errors import SignInRefused, Throttled
from portal_core.security import credentials, logins
from portal_core.security.logins import REFUSED, Device, Step
from portal_core.store.accounts import Acceptance, Account, Login, PolicyVersion, Stage
from tests.families import PASSWORD
from tests.security.conftest import VAULT, Desk

HOME = Device("192.0.2.7")


def sign_in(desk: Desk, username: str, password: str = PASSWORD, **device: Any) -> Step:
    return logins.sign_in(
        desk.store, username=username, password=password, device=Device("192.0.2.7", **device), at=desk.at
    )


def with_factor(desk: Desk, key: str) -> str:
    """A second factor, enrolled long ago; its secret."""
    secret = credentials.new_factor()
    with desk.store.counting() as session:
        account = session.get_one(Account, desk.families.accounts[key])
        account.factor_secret, account.factor_step = VAULT.seal(secret), 0
    return secret


def show(desk: Desk, by: Principal, code: str) -> Step:
    return logins.show_factor(desk.store, by=by, code=code, at=desk.at, vault=VAULT)


def now(desk: Desk, secret: str) -> str:
    return pyotp.TOTP(secret).at(desk.at.instant)


def known(desk: Desk, step: Step) -> Principal:
    """Whose cookie it is; it is somebody's."""
    who = desk.who(step.token)
    assert who is not None
    return who


@pytest.mark.clause(Clause.PASS_2)
def test_a_parent_who_accepted_the_policy_is_in_with_the_password(desk):
    """The name in any case, with spaces around."""
    step = sign_in(desk, " One_Child ")

    assert step.stage is Stage.COMPLETE
    assert (known(desk, step).adult_id, known(desk, step).complete) == (desk.families.adults["one_child"], True)


@pytest.mark.clause(Clause.REVOKE_4)
@pytest.mark.parametrize("key", ["court_order", "breach", "investigated", "left", "unverified"])
def test_whoever_may_see_no_child_signs_in_as_all_do(desk, key):
    """No step, no word and no state of the login tells that there is a restriction."""
    step = sign_in(desk, key)

    assert step.stage is Stage.COMPLETE
    assert known(desk, step).complete


def unknown(desk: Desk) -> tuple[str, str]:
    return "nobody", PASSWORD


def wrong(desk: Desk) -> tuple[str, str]:
    return "one_child", "heron lantern biscuit 41"


def closed(desk: Desk) -> tuple[str, str]:
    with desk.store.writing_as(logins.DOOR, desk.at) as work:
        logins.set_state(work, desk.families.accounts["one_child"], AccountState.CLOSED)
        work.audit(Verb.CLOSED_ACCOUNT)
    return "one_child", PASSWORD


def not_activated(desk: Desk) -> tuple[str, str]:
    return "unactivated", PASSWORD


def nothing(desk: Desk) -> tuple[str, str]:
    return "", ""


REASONS = [unknown, wrong, closed, not_activated, nothing]


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize("reason", REASONS)
def test_every_failed_sign_in_looks_the_same_and_costs_the_same(desk, reason, monkeypatch):
    """One sentence, one verification of a hash, one failure counted, one entry in the audit."""
    username, password = reason(desk)
    before, verified = len(desk.audit()), []
    verify = credentials.verify_password

    def noting(password: str, kept: str | None) -> tuple[bool, str | None]:
        verified.append(kept)
        return verify(password, kept)

    monkeypatch.setattr(credentials, "verify_password", noting)
    with pytest.raises(SignInRefused) as refused:
        sign_in(desk, username, password)

    assert str(refused.value) == REFUSED
    assert len(verified) == 1
    assert [(actor, verb) for actor, verb, _ in desk.audit()[before:]] == [("door", Verb.SIGN_IN_FAILED)]


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize("name", ["one_child", "nobody"])
def test_names_are_slowed_down_alike_whether_they_exist_or_not(desk, name):
    """Even the right password waits; a minute later it is let in, and the counter is clear."""
    for _ in range(10):
        with pytest.raises(SignInRefused):
            sign_in(desk, name, "wrong")
    with pytest.raises(Throttled) as told:
        sign_in(desk, name)
    assert told.value.seconds == 1

    desk.later(minutes=1)
    if name == "one_child":
        assert sign_in(desk, name).stage is Stage.COMPLETE
        with pytest.raises(SignInRefused):
            sign_in(desk, name, "wrong")
    else:
        with pytest.raises(SignInRefused):
            sign_in(desk, name)


def test_one_address_trying_many_names_is_slowed_down(desk, monkeypatch):
    monkeypatch.setattr(credentials, "verify_password", lambda password, kept: (False, None))
    for number in range(50):
        with pytest.raises(SignInRefused):
            sign_in(desk, f"name{number}")

    with pytest.raises(Throttled):
        sign_in(desk, "one_child")


def test_a_hash_of_weaker_days_is_renewed_at_sign_in(desk, monkeypatch):
    monkeypatch.setattr(credentials, "verify_password", lambda password, kept: (True, "a newer hash"))
    sign_in(desk, "one_child")

    with desk.store.counting() as session:
        assert session.get_one(Account, desk.families.accounts["one_child"]).password_hash == "a newer hash"


@pytest.mark.clause(Clause.PASS_2)
@pytest.mark.parametrize("key", ["office", "lead", "data_manager", "administrator", "analyst"])
def test_staff_of_every_role_show_a_second_factor_before_anything_opens(desk, key):
    """Until then the cookie stands for somebody without a duty."""
    secret = with_factor(desk, key)
    step = sign_in(desk, key)
    halfway = known(desk, step)

    assert (step.stage, halfway.complete) == (Stage.FACTOR, False)
    step = show(desk, halfway, now(desk, secret))
    assert step.stage is Stage.COMPLETE
    assert known(desk, step).complete
    assert known(desk, step).roles >= ({Role.OFFICE} if key == "office" else set())


def test_each_step_makes_the_former_cookie_worthless(desk):
    secret = with_factor(desk, "office")
    first = sign_in(desk, "office")
    second = show(desk, known(desk, first), now(desk, secret))

    assert desk.who(first.token) is None
    assert known(desk, second).login_id


def test_no_code_opens_two_logins(desk):
    """A code that was watched is worth nothing once used, at another login too."""
    secret = with_factor(desk, "office")
    one, other = known(desk, sign_in(desk, "office")), known(desk, sign_in(desk, "office"))
    code = now(desk, secret)
    show(desk, one, code)

    with pytest.raises(SignInRefused):
        show(desk, other, code)


def test_no_code_opens_two_logins_even_at_the_same_time(desk):
    secret = with_factor(desk, "office")
    waiting = [known(desk, sign_in(desk, "office")) for _ in range(4)]
    barrier, answers = threading.Barrier(4), []

    def one(by: Principal) -> None:
        barrier.wait()
        try:
            answers.append(show(desk, by, code).stage)
        except SignInRefused:
            answers.append(None)

    code = now(desk, secret)
    threads = [threading.Thread(target=one, args=(by,)) for by in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers, key=str) == [None, None, None, Stage.COMPLETE]


def test_guessing_the_second_factor_is_slowed_down_and_a_right_one_clears_it(desk):
    """By account: another login of it waits as well; the password's counter is another."""
    secret = with_factor(desk, "office")
    by = known(desk, sign_in(desk, "office"))
    for _ in range(10):
        with pytest.raises(SignInRefused):
            show(desk, by, "not it")
    with pytest.raises(Throttled):
        show(desk, known(desk, sign_in(desk, "office")), now(desk, secret))
    with pytest.raises(SignInRefused):  # nobody outside can make them wait
        sign_in(desk, f"factor:{by.account_id}")

    desk.later(minutes=1)
    show(desk, by, now(desk, secret))
    with pytest.raises(SignInRefused):
        show(desk, known(desk, sign_in(desk, "office")), "not it")


def test_steps_cannot_be_left_out(desk):
    """The factor is not shown before the password was, nor twice, nor by a login that has ended."""
    secret = with_factor(desk, "office")
    parent = known(desk, sign_in(desk, "one_child"))
    with pytest.raises(SignInRefused):
        show(desk, parent, now(desk, secret))

    by = known(desk, sign_in(desk, "office"))
    show(desk, by, now(desk, secret))
    desk.later(minutes=1)
    with pytest.raises(SignInRefused):
        show(desk, by, now(desk, secret))

    by = known(desk, sign_in(desk, "office"))
    logins.sign_out(desk.store, by=by, at=desk.at)
    desk.later(minutes=1)
    with pytest.raises(SignInRefused):
        show(desk, by, now(desk, secret))


def test_signing_out_ends_this_login_and_no_other(desk):
    here, there = sign_in(desk, "one_child"), sign_in(desk, "one_child")
    logins.sign_out(desk.store, by=known(desk, here), at=desk.at)

    assert desk.who(here.token) is None
    assert known(desk, there).complete


def test_closing_an_account_ends_each_of_its_logins(desk):
    here, there, other = sign_in(desk, "one_child"), sign_in(desk, "one_child"), sign_in(desk, "two_children")
    with desk.store.writing_as(logins.DOOR, desk.at) as work:
        assert logins.end_logins(work, desk.families.accounts["one_child"]) == 2
        work.audit(Verb.CLOSED_ACCOUNT)

    assert (desk.who(here.token), desk.who(there.token)) == (None, None)
    assert known(desk, other).complete


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize(("minutes", "shared"), [pytest.param(20, False, id="own"), pytest.param(5, True, id="shared")])
def test_a_login_ends_after_its_minutes_without_use(desk, minutes, shared):
    """Open a moment before, closed on the minute."""
    step = sign_in(desk, "one_child", shared=shared)
    desk.later(minutes=minutes, microseconds=-1)
    assert known(desk, step).shared_device is shared

    desk.later(microseconds=1)
    assert desk.who(step.token) is None


def test_a_login_ends_after_twelve_hours_however_busy(desk):
    step = sign_in(desk, "one_child")
    with desk.store.counting() as session:
        session.get_one(Login, known(desk, step).login_id).idle_until = desk.at.instant + timedelta(days=1)
    desk.later(hours=12, microseconds=-1)
    assert known(desk, step).complete

    desk.later(microseconds=1)
    assert desk.who(step.token) is None


@pytest.mark.clause(Clause.SEC_4)
def test_a_policy_published_while_somebody_is_signed_in_leads_them_to_it(desk):
    """Their login is incomplete from then on; a correction that need not be accepted changes nothing."""
    step = sign_in(desk, "one_child")
    publish(desk, 2, must_accept=False)
    assert known(desk, step).complete

    publish(desk, 3, must_accept=True)
    assert not known(desk, step).complete
    assert sign_in(desk, "one_child").stage is Stage.ACCEPT

    with desk.store.counting() as session:
        session.add(Acceptance(adult_id=desk.families.adults["one_child"], version=3, accepted_at=desk.at.instant))
    assert known(desk, step).complete


def publish(desk: Desk, number: int, *, must_accept: bool) -> None:
    with desk.store.counting() as session:
        session.add(PolicyVersion(number=number, text="", published_at=desk.at.instant, must_accept=must_accept))


@pytest.mark.clause(Clause.SEC_4)
def test_the_audit_tells_each_step_by_ids_and_holds_nothing_that_was_typed(desk, caplog):
    """Names, passwords, codes and cookies are in neither audit nor log."""
    caplog.set_level("DEBUG")
    account, secret = desk.families.accounts["office"], with_factor(desk, "office")
    with pytest.raises(SignInRefused):
        sign_in(desk, "office", "a slip of a finger")
    with pytest.raises(SignInRefused):
        sign_in(desk, PASSWORD, "office")
    first = sign_in(desk, "office")
    by = known(desk, first)
    with pytest.raises(SignInRefused):
        show(desk, by, "000 000")
    second = show(desk, by, now(desk, secret))
    logins.sign_out(desk.store, by=by, at=desk.at)
    staff, login = str(by), by.login_id

    assert desk.audit() == [
        ("door", Verb.SIGN_IN_FAILED, {"account": account, "step": "name"}),
        ("door", Verb.SIGN_IN_FAILED, {"account": None, "step": "name"}),
        ("door", Verb.PASSED_STEP, {"account": account, "login": login, "stage": "show second factor"}),
        ("door", Verb.SIGN_IN_FAILED, {"account": account, "step": "factor"}),
        (staff, Verb.SIGNED_IN, {"account": account, "login": login, "stage": "complete"}),
        (staff, Verb.SIGNED_OUT, {"login": login}),
    ]
    said = caplog.text + str(desk.audit())
    for typed in (PASSWORD, "slip of a finger", secret, first.token, second.token, now(desk, secret), "Birtwistle"):
        assert typed not in said
