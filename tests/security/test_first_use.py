"""First use: the one-time code, an own password, for staff a second factor, for parents the policy."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from portal_core.domain.clauses import Clause, Duty, Role, Verb
from portal_core.domain.people import Machine, Principal
from portal_core.errors import BadInput, SignInRefused, Throttled
from portal_core.security import first_use, logins
from portal_core.security.logins import REFUSED, Device, Step
from portal_core.services import accounts, staff
from portal_core.services.accounts import Channel, IssuedCode
from portal_core.store.accounts import (
    Acceptance,
    Account,
    ActivationCode,
    NoticeShown,
    NoticeVersion,
    PolicyVersion,
    Stage,
)
from portal_core.store.people import Staff
from tests.families import LONG_AGO, PASSWORD
from tests.security.conftest import VAULT, Desk

NEW = "orchard tin whistle 71"
OFFICE = Machine("console", frozenset({Duty.ISSUE_ACCOUNTS, Duty.KEEP_STAFF}))


def code_for(desk: Desk, key: str, channel: Channel = Channel.LETTER) -> IssuedCode:
    return accounts.renew_code(desk.store, by=OFFICE, at=desk.at, account=desk.families.accounts[key], channel=channel)


def activate(desk: Desk, code: str, username: str = "unaccepted") -> Step:
    return first_use.activate(desk.store, username=username, code=code, device=Device("192.0.2.7"), at=desk.at)


def choose(desk: Desk, step: Step, password: str = NEW, by: Principal | None = None) -> Step:
    return first_use.set_first_password(
        desk.store, by=by or known(desk, step), password=password, at=desk.at, vault=VAULT
    )


def accept(desk: Desk, by: Principal, **shown: Any) -> Step:
    return first_use.accept_policy(desk.store, by=by, at=desk.at, **({"version": 1, "notice": 1} | shown))


def known(desk: Desk, step: Step) -> Principal:
    who = desk.who(step.token)
    assert who is not None
    return who


@pytest.mark.clause(Clause.PASS_1, Clause.SEC_4, Clause.SEC_5)
def test_a_parent_goes_from_the_letter_to_their_page(desk):
    """Code, own password, policy; each cookie opens nothing but the next step, and the audit tells all of them."""
    issued = code_for(desk, "unaccepted")
    first = activate(desk, issued.code.lower().replace("-", " "))
    assert (first.stage, known(desk, first).complete) == (Stage.PASSWORD, False)
    second = choose(desk, first)
    assert (second.stage, known(desk, second).complete) == (Stage.ACCEPT, False)
    third = accept(desk, known(desk, second))
    assert (third.stage, known(desk, third).complete) == (Stage.COMPLETE, True)

    assert [desk.who(step.token) for step in (first, second)] == [None, None]
    adult, account = desk.families.adults["unaccepted"], desk.families.accounts["unaccepted"]
    with desk.store.counting() as session:
        assert session.get_one(Acceptance, (adult, 1)).accepted_at == desk.at.instant
        assert session.get_one(NoticeShown, (account, 1)).shown_at == desk.at.instant
    assert [verb for _, verb, _ in desk.audit()] == [
        Verb.RENEWED_CODE, Verb.PASSED_STEP, Verb.ACTIVATED, Verb.PASSED_STEP, Verb.ACCEPTED_POLICY,
        Verb.WAS_SHOWN_NOTICE, Verb.SIGNED_IN,
    ]  # fmt: skip
    for secret in (issued.code, issued.code.replace("-", ""), NEW, first.token, second.token, third.token):
        assert secret not in str(desk.audit())
    again = logins.sign_in(desk.store, username="unaccepted", password=NEW, device=Device(""), at=desk.at)
    assert again.stage is Stage.COMPLETE


@pytest.mark.clause(Clause.PASS_1)
def test_staff_enrol_a_second_factor_before_anything_opens(desk):
    """The secret is shown until a first code proves that it was kept, and never again."""
    first = activate(desk, code_for(desk, "office").code, "office")
    second = choose(desk, first)
    by = known(desk, second)
    assert (second.stage, by.complete) == (Stage.ENROL, False)
    shown = first_use.enrolment(desk.store, by=by, at=desk.at, vault=VAULT)
    assert f"secret={shown.secret}" in shown.address
    assert shown == first_use.enrolment(desk.store, by=by, at=desk.at, vault=VAULT)

    with pytest.raises(SignInRefused):
        logins.show_factor(desk.store, by=by, code="000000", at=desk.at, vault=VAULT)
    code = pyotp.TOTP(shown.secret).at(desk.at.instant)
    third = logins.show_factor(desk.store, by=by, code=code, at=desk.at, vault=VAULT)

    assert known(desk, third).roles == {Role.OFFICE}
    assert Verb.ENROLLED_FACTOR in [verb for _, verb, _ in desk.audit()]
    assert shown.secret not in str(desk.audit())
    with pytest.raises(SignInRefused):
        first_use.enrolment(desk.store, by=by, at=desk.at, vault=VAULT)
    again = logins.sign_in(desk.store, username="office", password=NEW, device=Device(""), at=desk.at)
    assert again.stage is Stage.FACTOR
    with pytest.raises(SignInRefused):
        first_use.enrolment(desk.store, by=known(desk, again), at=desk.at, vault=VAULT)


@pytest.mark.clause(Clause.PASS_2)
def test_a_login_by_password_alone_loses_the_second_factor_once_it_is_enrolled(desk):
    """Begun before that, on another device: the secret is not shown to it any more, nor would it be of use."""
    ours = known(desk, choose(desk, activate(desk, code_for(desk, "office").code, "office")))
    other = logins.sign_in(desk.store, username="office", password=NEW, device=Device("203.0.113.5"), at=desk.at)
    theirs = known(desk, other)
    assert other.stage is Stage.ENROL
    shown = first_use.enrolment(desk.store, by=ours, at=desk.at, vault=VAULT)

    def confirm(by: Principal) -> Step:
        code = pyotp.TOTP(shown.secret).at(desk.at.instant)
        return logins.show_factor(desk.store, by=by, code=code, at=desk.at, vault=VAULT)

    assert confirm(ours).stage is Stage.COMPLETE
    assert desk.who(other.token) is None
    desk.later(minutes=1)
    with desk.store.counting() as session:  # even if it had stayed
        session.get_one(logins.Login, theirs.login_id).ended_at = None
    with pytest.raises(SignInRefused):
        first_use.enrolment(desk.store, by=theirs, at=desk.at, vault=VAULT)
    with pytest.raises(SignInRefused):
        confirm(theirs)


def test_a_new_member_of_staff_begins_by_code(desk):
    """Invited by an administrator; the whole way through first use."""
    with desk.store.counting() as session:
        person = Staff(title="Mr", forename="Amir", surname="Haddad", email="", telephone="")
        session.add(person)
        session.flush()
        number = person.id
    issued = staff.invite_staff(desk.store, by=OFFICE, at=desk.at, staff=number, roles=[Role.ANALYST])

    assert choose(desk, activate(desk, issued.code, issued.username)).stage is Stage.ENROL


def expired(desk: Desk, code: str) -> tuple[str, str]:
    desk.later(days=28)
    return "unaccepted", code


def void(desk: Desk, code: str) -> tuple[str, str]:
    code_for(desk, "unaccepted")
    return "unaccepted", code


def used(desk: Desk, code: str) -> tuple[str, str]:
    choose(desk, activate(desk, code))
    return "unaccepted", code


def closed(desk: Desk, code: str) -> tuple[str, str]:
    accounts.close_account(desk.store, by=OFFICE, at=desk.at, account=desk.families.accounts["unaccepted"])
    return "unaccepted", code


def anothers(desk: Desk, code: str) -> tuple[str, str]:
    code_for(desk, "one_child")
    return "one_child", code


def unknown(desk: Desk, code: str) -> tuple[str, str]:
    return "nobody", code


def mistyped(desk: Desk, code: str) -> tuple[str, str]:
    return "unaccepted", code[:-1]


def active(desk: Desk, code: str) -> tuple[str, str]:
    return "two_children", code


@pytest.mark.clause(Clause.PASS_1)
@pytest.mark.parametrize("reason", [expired, void, used, closed, anothers, unknown, mistyped, active])
def test_every_code_that_is_no_good_gets_one_answer(desk, reason):
    """It counts as a failure, and the audit holds nothing of the code."""
    username, code = reason(desk, code_for(desk, "unaccepted").code)
    before = len(desk.audit())
    with pytest.raises(SignInRefused) as refused:
        activate(desk, code, username)

    assert str(refused.value) == REFUSED
    assert [(actor, verb) for actor, verb, _ in desk.audit()[before:]] == [("door", Verb.SIGN_IN_FAILED)]


@pytest.mark.clause(Clause.PASS_1)
@pytest.mark.parametrize(("days", "channel"), [(28, Channel.LETTER), (7, Channel.EMAIL)])
def test_a_code_is_good_until_its_last_moment(desk, days, channel):
    code = code_for(desk, "unaccepted", channel).code
    desk.later(days=days, microseconds=-1)
    assert activate(desk, code).stage is Stage.PASSWORD

    desk.later(microseconds=1)
    with pytest.raises(SignInRefused):
        activate(desk, code)


def test_guessing_codes_is_slowed_down(desk):
    code = code_for(desk, "unaccepted").code
    for _ in range(10):
        with pytest.raises(SignInRefused):
            activate(desk, "wrong")

    with pytest.raises(Throttled):
        activate(desk, code)


@pytest.mark.clause(Clause.PASS_2)
@pytest.mark.parametrize(
    "password", ["short", "password1234", "Millbrook2026", "unaccepted unaccepted", "meerachauhan9"]
)
def test_a_weak_password_is_refused_and_uses_nothing_up(desk, password):
    """A better one is taken at the same step."""
    step = activate(desk, code_for(desk, "unaccepted").code)
    with pytest.raises(BadInput):
        choose(desk, step, password)

    assert choose(desk, step).stage is Stage.ACCEPT


def test_a_code_opens_one_password_however_often_it_was_typed(desk):
    """Whoever typed it first loses to whoever chose first."""
    code = code_for(desk, "unaccepted").code
    one, other = activate(desk, code), activate(desk, code)
    late = known(desk, other)
    choose(desk, one)

    assert desk.who(other.token) is None
    with desk.store.counting() as session:  # even if their login had stayed
        session.get_one(logins.Login, late.login_id).ended_at = None
    with pytest.raises(SignInRefused, match="new one"):
        choose(desk, other, "another good password 8", by=late)
    with pytest.raises(SignInRefused):
        logins.sign_in(
            desk.store, username="unaccepted", password="another good password 8", device=Device(""), at=desk.at
        )


def test_a_renewed_code_is_not_used_up_by_whoever_typed_the_one_before(desk):
    """Even if their login had stayed: the code they proved is void."""
    step = activate(desk, code_for(desk, "unaccepted").code)
    thief = known(desk, step)
    desk.later(seconds=1)
    renewed = code_for(desk, "unaccepted")
    assert desk.who(step.token) is None
    with desk.store.counting() as session:
        session.get_one(logins.Login, thief.login_id).ended_at = None

    with pytest.raises(SignInRefused):
        choose(desk, step, by=thief)
    assert choose(desk, activate(desk, renewed.code)).stage is Stage.ACCEPT


def test_a_code_that_ends_while_the_password_is_chosen_is_not_taken(desk):
    code = code_for(desk, "unaccepted").code
    desk.later(days=28, seconds=-1)
    step = activate(desk, code)
    by = known(desk, step)
    desk.later(seconds=1)

    with pytest.raises(SignInRefused):
        choose(desk, step, by=by)


@pytest.mark.parametrize("key", ["one_child", "office"])
def test_steps_cannot_be_taken_out_of_turn(desk, key):
    """A login that is complete, or one before the factor, chooses no password; one before the password accepts nothing."""
    by = known(desk, logins.sign_in(desk.store, username=key, password=PASSWORD, device=Device(""), at=desk.at))
    with pytest.raises(SignInRefused):
        choose(desk, Step("", Stage.PASSWORD), by=by)

    by = known(desk, activate(desk, code_for(desk, "unaccepted").code))
    with pytest.raises(SignInRefused):
        accept(desk, by)
    with pytest.raises(SignInRefused):
        first_use.enrolment(desk.store, by=by, at=desk.at, vault=VAULT)


@pytest.mark.clause(Clause.SEC_4, Clause.SEC_5)
@pytest.mark.parametrize(
    "shown",
    [
        pytest.param({"version": 2}, id="a policy to come"),
        pytest.param({"version": None}, id="no policy"),
        pytest.param({"notice": 2}, id="a notice to come"),
        pytest.param({"notice": None}, id="no notice"),
    ],
)
def test_only_what_was_in_force_and_shown_is_accepted(desk, shown):
    """What is to be published tomorrow is not in force today."""
    tomorrow = desk.at.instant + timedelta(days=1)
    with desk.store.counting() as session:
        session.add(PolicyVersion(number=2, text="", published_at=tomorrow, must_accept=True))
        session.add(NoticeVersion(number=2, text="", published_at=tomorrow))
    by = known(desk, choose(desk, activate(desk, code_for(desk, "unaccepted").code)))

    with pytest.raises(BadInput, match="changed"):
        accept(desk, by, **shown)
    assert accept(desk, by).stage is Stage.COMPLETE


@pytest.mark.clause(Clause.SEC_4)
def test_a_new_policy_is_accepted_by_whoever_is_signed_in(desk):
    """With a new cookie, and once on record however often it is sent."""
    step = logins.sign_in(desk.store, username="one_child", password=PASSWORD, device=Device(""), at=desk.at)
    with desk.store.counting() as session:
        session.add(PolicyVersion(number=2, text="", published_at=LONG_AGO, must_accept=True))
    after = accept(desk, known(desk, step), version=2)

    assert known(desk, after).complete
    assert desk.who(step.token) is None
    accept(desk, known(desk, after), version=2)
    assert [verb for _, verb, _ in desk.audit()].count(Verb.ACCEPTED_POLICY) == 1


def test_staff_accept_nothing(desk):
    by = known(desk, logins.sign_in(desk.store, username="office", password=PASSWORD, device=Device(""), at=desk.at))

    with pytest.raises(SignInRefused):
        accept(desk, by)


def test_the_code_and_the_factor_are_kept_hashed_and_sealed(desk):
    """Nothing in the tables is what was printed or shown."""
    issued = code_for(desk, "office")
    by = known(desk, choose(desk, activate(desk, issued.code, "office")))
    secret = first_use.enrolment(desk.store, by=by, at=desk.at, vault=VAULT).secret
    with desk.store.counting() as session:
        account = session.get_one(Account, desk.families.accounts["office"])
        kept = [row.code_hash for row in session.query(ActivationCode).filter_by(account_id=account.id)]

        assert len(kept) == 1
        assert issued.code.encode() not in kept[0]
        assert secret.encode() not in (account.factor_secret or b"")
        assert VAULT.open(account.factor_secret or b"") == secret
