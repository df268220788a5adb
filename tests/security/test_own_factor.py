"""A parent's own second factor and password: what switches it on and off, what counts once, what ends other sign-ins."""

import json

import pyotp
import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause, Verb
from portal_core.domain.mail import MailKind
from portal_core.errors import BadInput, NotPermitted, SignInRefused, Stale, Throttled
from portal_core.security import credentials, own_factor, own_password
from portal_core.store.accounts import Account, Stage
from portal_core.store.jobs import Job
from portal_core.store.recovery import RecoveryCode
from tests.families import PASSWORD
from tests.security.conftest import VAULT
from tests.security.test_logins import known, now, show, sign_in, with_factor

NEW = "tin whistle orchard 71"


def given(desk, by):
    return {"by": by, "at": desk.at, "vault": VAULT}


def read(desk):
    return {"read_at": desk.at.instant}


def switched_on(desk, who="one_child"):
    """Whoever has just switched it on, the secret, and the recovery codes."""
    by = known(desk, sign_in(desk, who))
    own_factor.begin(desk.store, password=PASSWORD, **given(desk, by))
    secret = own_factor.to_enrol(desk.store, **given(desk, by)).secret
    kept = own_factor.confirm(desk.store, code=now(desk, secret), **given(desk, by), **read(desk))
    return by, secret, kept


@pytest.mark.clause(Clause.PASS_2)
def test_a_first_code_switches_it_on_and_ends_every_other_sign_in(desk):
    """Until then sign-in is as before; the cookie is a new one, and ten codes are given."""
    other = sign_in(desk, "one_child")
    before = sign_in(desk, "one_child")
    by = known(desk, before)
    own_factor.begin(desk.store, password=PASSWORD, **given(desk, by))
    assert sign_in(desk, "one_child").stage is Stage.COMPLETE
    secret = own_factor.to_enrol(desk.store, **given(desk, by)).secret
    kept = own_factor.confirm(desk.store, code=now(desk, secret), **given(desk, by), **read(desk))

    assert (desk.who(other.token), desk.who(before.token)) == (None, None)
    assert known(desk, kept.step) == by
    assert len(set(kept.codes)) == 10
    assert sign_in(desk, "one_child").stage is Stage.FACTOR
    assert own_factor.to_enrol(desk.store, **given(desk, by)) is None  # the secret is not shown again


@pytest.mark.clause(Clause.PASS_2)
def test_only_the_sign_in_that_began_reads_the_secret_and_confirms_it(desk):
    """Somebody else who knows the password has a sign-in too, and would have the second step with it."""
    other, by = known(desk, sign_in(desk, "one_child")), known(desk, sign_in(desk, "one_child"))
    own_factor.begin(desk.store, password=PASSWORD, **given(desk, by))
    assert own_factor.to_enrol(desk.store, **given(desk, other)) is None
    secret = own_factor.to_enrol(desk.store, **given(desk, by)).secret
    with pytest.raises(Stale):
        own_factor.confirm(desk.store, code=now(desk, secret), **given(desk, other), **read(desk))
    assert sign_in(desk, "one_child").stage is Stage.COMPLETE


@pytest.mark.clause(Clause.SEC_2)
def test_the_owner_is_written_to_when_their_way_in_is_changed(desk):
    """Whoever learned the password may have done it. Nothing is written where nothing was changed."""

    def told():
        with desk.store.counting() as session:
            jobs = session.scalars(select(Job).where(Job.kind == MailKind.ACCOUNT_CHANGED).order_by(Job.id))
            assert {job.adult_id for job in jobs} <= {desk.families.adults["one_child"]}
            jobs = session.scalars(select(Job).where(Job.kind == MailKind.ACCOUNT_CHANGED).order_by(Job.id))
            return [json.loads(job.payload)["what"] for job in jobs]

    by, _secret, kept = switched_on(desk)
    assert told() == [Verb.ENROLLED_FACTOR]
    with pytest.raises(SignInRefused):
        own_password.change_password(desk.store, by=by, password="wrong", new=NEW, at=desk.at)
    own_password.change_password(desk.store, by=by, password=PASSWORD, new=NEW, at=desk.at)
    own_factor.drop(desk.store, password=NEW, code=kept.codes[0], **given(desk, by), **read(desk))
    assert told() == [Verb.ENROLLED_FACTOR, Verb.CHANGED_PASSWORD, Verb.DROPPED_FACTOR]


@pytest.mark.clause(Clause.PASS_2)
def test_no_code_counts_twice(desk):
    """Neither the one that switched it on nor a recovery code, by which the app's goes on counting."""
    _, secret, kept = switched_on(desk)
    for code, counts in ((now(desk, secret), False), (kept.codes[0].lower(), True), (kept.codes[0], False)):
        by = known(desk, sign_in(desk, "one_child"))
        if counts:
            assert show(desk, by, code).stage is Stage.COMPLETE
        else:
            with pytest.raises(SignInRefused):
                show(desk, by, code)
    desk.later(seconds=60)
    assert show(desk, known(desk, sign_in(desk, "one_child")), now(desk, secret)).stage is Stage.COMPLETE


def test_recovery_codes_are_kept_as_hashes(desk):
    """None is found in what is stored or in the audit; each is of 80 random bits."""
    _, _, kept = switched_on(desk)
    with desk.store.counting() as session:
        stored = set(session.scalars(select(RecoveryCode.code_hash)))
    said = repr(stored) + repr(desk.audit())
    assert [code for code in kept.codes if code in said or code.replace("-", "") in said] == []
    assert {credentials.code_hash(code) for code in kept.codes} == stored


def test_new_recovery_codes_make_the_old_ones_void(desk):
    by, secret, kept = switched_on(desk)
    desk.later(seconds=60)
    fresh = own_factor.renew_codes(desk.store, code=now(desk, secret), **given(desk, by), **read(desk))

    assert not set(fresh.codes) & set(kept.codes)
    with pytest.raises(SignInRefused):
        show(desk, known(desk, sign_in(desk, "one_child")), kept.codes[0])
    assert show(desk, known(desk, sign_in(desk, "one_child")), fresh.codes[9]).stage is Stage.COMPLETE


@pytest.mark.clause(Clause.PASS_2)
@pytest.mark.parametrize(
    ("password", "code", "off"), [(PASSWORD, "000000", False), (NEW, "right", False), (PASSWORD, "right", True)]
)
def test_switching_it_off_asks_for_password_and_code(desk, password, code, off):
    """Either alone is not enough; with both, the password alone opens the account again."""
    by, secret, _ = switched_on(desk)
    desk.later(seconds=60)
    shown = now(desk, secret) if code == "right" else code
    if not off:
        with pytest.raises(SignInRefused):
            own_factor.drop(desk.store, password=password, code=shown, **given(desk, by), **read(desk))
    else:
        own_factor.drop(desk.store, password=password, code=shown, **given(desk, by), **read(desk))
    assert sign_in(desk, "one_child").stage is (Stage.COMPLETE if off else Stage.FACTOR)


def test_it_may_be_switched_off_by_a_recovery_code(desk):
    by, _, kept = switched_on(desk)
    own_factor.drop(desk.store, password=PASSWORD, code=kept.codes[3], **given(desk, by), **read(desk))
    assert sign_in(desk, "one_child").stage is Stage.COMPLETE


@pytest.mark.clause(Clause.PASS_2)
def test_staff_cannot_switch_theirs_off_nor_make_codes(desk):
    """It is required of them; an administrator takes a lost one off."""
    secret = with_factor(desk, "office")
    by = known(desk, show(desk, known(desk, sign_in(desk, "office")), now(desk, secret)))
    desk.later(seconds=60)
    shown = {"code": now(desk, secret), **given(desk, by), **read(desk)}
    with pytest.raises(BadInput, match="Staff always"):
        own_factor.drop(desk.store, password=PASSWORD, **shown)
    with pytest.raises(BadInput, match="Staff always"):
        own_factor.renew_codes(desk.store, **shown)
    with pytest.raises(BadInput, match="Staff always"):
        own_factor.begin(desk.store, password=PASSWORD, **given(desk, by))


def test_it_begins_with_the_password_and_not_twice(desk):
    by = known(desk, sign_in(desk, "one_child"))
    with pytest.raises(SignInRefused, match="not your password"):
        own_factor.begin(desk.store, password="not this one", **given(desk, by))
    assert own_factor.to_enrol(desk.store, **given(desk, by)) is None
    with pytest.raises(Stale, match="begin setting up"):
        own_factor.confirm(desk.store, code="123456", **given(desk, by), **read(desk))
    by, _, _ = switched_on(desk)
    with pytest.raises(Stale, match="already"):
        own_factor.begin(desk.store, password=PASSWORD, **given(desk, by))


def test_guessing_codes_or_the_password_at_an_open_desk_slows_down(desk):
    by, _, _ = switched_on(desk)
    for what, wrong in (("code", own_factor.renew_codes), ("password", own_factor.begin)):
        more = {"code": "000000", **read(desk)} if what == "code" else {"password": "not this one"}
        for _ in range(10):
            with pytest.raises(SignInRefused):
                wrong(desk.store, **more, **given(desk, by))
        with pytest.raises(Throttled):
            wrong(desk.store, **more, **given(desk, by))


@pytest.mark.clause(Clause.PASS_2)
def test_a_changed_password_takes_the_old_ones_place(desk):
    """Other sign-ins end, links to another password are void, this one goes on under a new cookie."""
    other, mine = sign_in(desk, "one_child"), sign_in(desk, "one_child")
    by = known(desk, mine)
    step = own_password.change_password(desk.store, by=by, password=PASSWORD, new=NEW, at=desk.at)

    assert [desk.who(one.token) for one in (other, mine, step)] == [None, None, by]
    with pytest.raises(SignInRefused):
        sign_in(desk, "one_child")
    assert sign_in(desk, "one_child", NEW).stage is Stage.COMPLETE
    assert (f"adult:{by.adult_id}", Verb.CHANGED_PASSWORD, {"account": by.account_id, "others": 1}) in desk.audit()
    assert NEW not in repr(desk.audit())


@pytest.mark.parametrize(
    ("fault", "old", "new", "words"),
    [
        pytest.param(SignInRefused, "not this one", NEW, "as it is now", id="old one wrong"),
        pytest.param(BadInput, PASSWORD, "short", "at least 12", id="short"),
        pytest.param(BadInput, PASSWORD, PASSWORD, "that you have", id="the same"),
        pytest.param(BadInput, PASSWORD, "password1234", "easy to guess", id="common"),
        pytest.param(BadInput, PASSWORD, "Imran Malik 1", "easy to guess", id="own name"),
        pytest.param(BadInput, PASSWORD, "a" * 129, "at most 128", id="long"),
    ],
)
def test_a_password_that_cannot_be_taken_changes_nothing(desk, fault, old, new, words):
    by = known(desk, sign_in(desk, "one_child"))
    with pytest.raises(fault, match=words):
        own_password.change_password(desk.store, by=by, password=old, new=new, at=desk.at)
    assert sign_in(desk, "one_child").stage is Stage.COMPLETE


def test_a_login_that_has_ended_changes_no_password(desk):
    """Although its page may still be open."""
    by = known(desk, sign_in(desk, "one_child"))
    with desk.store.counting() as session:
        kept = session.get_one(Account, by.account_id).password_hash
    own_password.change_password(
        desk.store, by=known(desk, sign_in(desk, "one_child")), password=PASSWORD, new=NEW, at=desk.at
    )
    with pytest.raises(NotPermitted):
        own_password.change_password(desk.store, by=by, password=NEW, new="another good one 8 8", at=desk.at)
    assert kept is not None
    assert sign_in(desk, "one_child", NEW).stage is Stage.COMPLETE


def test_the_address_of_the_qr_code_is_one_an_app_reads(desk):
    by = known(desk, sign_in(desk, "one_child"))
    own_factor.begin(desk.store, password=PASSWORD, **given(desk, by))
    told = own_factor.to_enrol(desk.store, **given(desk, by))
    parsed = pyotp.parse_uri(told.address)
    assert (parsed.secret, parsed.issuer, parsed.name) == (told.secret, "Millbrook High School", "one_child")
