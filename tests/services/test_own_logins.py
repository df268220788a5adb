"""A person's own sign-ins: what they are told of each, ending them, and disowning one."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause, Verb
from portal_core.errors import NotFound, NotPermitted, SignInRefused
from portal_core.security import credentials
from portal_core.security.logins import Device, sign_in
from portal_core.services import desk, own_logins
from portal_core.services.accounts import renew_code
from portal_core.services.sharing import WATCH
from portal_core.store.accounts import Account, Login
from portal_core.store.people import Adult
from portal_core.store.recovery import EmailChange, RecoveryCode, ResetLink
from portal_core.store.school import TaskKind
from tests.families import PASSWORD

PHONE = Device("203.0.113.7", shared=True, browser="Chrome on Android")


def arrive(school, who="one_child", device=PHONE):
    """A sign-in by password, from a telephone."""
    return sign_in(school.store, username=who, password=PASSWORD, device=device, at=school.at())


def live(school, who="one_child"):
    with school.store.counting() as session:
        mine = Login.account_id == school.families.accounts[who]
        return session.scalars(select(Login.id).where(mine, Login.ended_at.is_(None))).all()


@pytest.mark.clause(Clause.SEC_2)
def test_each_sign_in_is_told_by_when_device_and_a_part_of_its_address(at_work):
    """This one first; the whole address is told to nobody."""
    arrive(at_work)
    by = at_work.by("one_child")
    this, other = own_logins.sign_ins(at_work.store, by=by, at=at_work.at())

    assert (this.this, this.open, other.this, other.open) == (True, True, False, True)
    assert (other.words, other.place, other.shared, other.whole) == ("Chrome on Android", "203.0", True, True)
    assert this.words == "An unknown device"


@pytest.mark.clause(Clause.SEC_2)
def test_an_open_sign_in_is_told_however_many_were_ended_since(at_work, monkeypatch):
    """It may be the one that is not theirs."""
    monkeypatch.setattr(own_logins, "MOST", 3)
    arrive(at_work)
    [still_open] = live(at_work)
    for _ in range(4):
        own_logins.end_login(at_work.store, by=(by := at_work.by("one_child")), at=at_work.at(), login=by.login_id)
    by = at_work.by("one_child")
    assert still_open in {one.id for one in own_logins.sign_ins(at_work.store, by=by, at=at_work.at())}


def test_nobody_is_told_of_anothers_sign_ins(at_work):
    arrive(at_work, "two_children")
    assert [one.this for one in at_work.does(own_logins.sign_ins, "one_child")] == [True]


def test_what_is_idle_too_long_is_over(at_work):
    arrive(at_work)
    at_work.families.now += timedelta(minutes=6)
    by = at_work.by("one_child")
    assert [one.open for one in own_logins.sign_ins(at_work.store, by=by, at=at_work.at())] == [True, False]


@pytest.mark.clause(Clause.SEC_2)
def test_one_or_all_others_are_ended_and_ones_own_goes_on(at_work):
    arrive(at_work), arrive(at_work)
    first, second = live(at_work)
    by = at_work.by("one_child")
    own_logins.end_login(at_work.store, by=by, at=at_work.at(), login=first)
    assert live(at_work) == [second, by.login_id]
    assert own_logins.end_others(at_work.store, by=by, at=at_work.at()) == 1
    assert live(at_work) == [by.login_id]


def test_anybody_elses_sign_in_is_not_found(at_work):
    """Nor one that never was; what is tried is not done."""
    arrive(at_work, "two_children")
    [other] = live(at_work, "two_children")
    for login in (other, 999_999):
        with pytest.raises(NotFound, match="not there any more"):
            at_work.does(own_logins.end_login, "one_child", login=login)
    assert live(at_work, "two_children") == [other]


@pytest.mark.clause(Clause.SEC_2, Clause.PASS_2)
def test_disowning_a_sign_in_closes_the_account_until_the_school_or_a_link_opens_it(at_work):
    """Every sign-in ends, the password is void, ways back made before are too, and the office has one task however often."""
    arrive(at_work)
    account = at_work.families.accounts["one_child"]
    with at_work.store.counting() as session:
        times = {"made_at": at_work.families.now, "account_id": account}
        later = at_work.families.now + timedelta(hours=1)
        session.add(RecoveryCode(code_hash=b"1", **times))
        session.add(ResetLink(token_hash=b"2", expires_at=later, **times))
        session.add(EmailChange(address="a@b.example", new_hash=b"3", expires_at=later, **times))
        adult = session.get_one(Adult, at_work.families.adults["one_child"])
        adult.email, adult.email_own = "whose@ever.example", True
    at_work.does(own_logins.disown, "one_child")

    assert live(at_work) == []
    with pytest.raises(SignInRefused):
        arrive(at_work)
    with at_work.store.counting() as session:
        for table in (RecoveryCode, ResetLink, EmailChange):
            assert session.scalars(select(table.id).where(table.ended_at.is_(None))).all() == []
        assert session.get_one(Adult, at_work.families.adults["one_child"]).email == ""  # who gave it is not known
    at_work.does(own_logins.disown, "one_child")
    [task] = [one for one in at_work.does(desk.waiting, "office") if one.kind is TaskKind.SIGN_IN_DISOWNED]
    assert task.adult.name == "Mr Imran Malik"
    at_work.does(renew_code, "office", account=account)  # the way on without e-mail
    assert (f"adult:{at_work.families.adults['one_child']}", str(Verb.DISOWNED_LOGIN)) in at_work.said()


def test_a_colleagues_goes_to_whoever_keeps_staff_accounts(at_work):
    at_work.does(own_logins.disown, "office")
    assert TaskKind.STAFF_SIGN_IN_DISOWNED in at_work.does(desk.counts, "administrator")
    assert TaskKind.STAFF_SIGN_IN_DISOWNED not in at_work.does(desk.counts, "lead")


def test_a_login_that_has_ended_ends_no_other(at_work):
    by = at_work.by("one_child")
    at_work.does(own_logins.end_others, "one_child")
    arrive(at_work)
    for verb, given in ((own_logins.end_others, {}), (own_logins.disown, {}), (own_logins.sign_ins, {})):
        with pytest.raises(NotPermitted):
            verb(at_work.store, by=by, at=at_work.at(), **given)
    with at_work.store.counting() as session:
        assert session.get_one(Account, by.account_id).password_hash is not None


@pytest.mark.clause(Clause.SEC_5)
def test_a_new_address_that_nobody_confirmed_goes_when_its_day_is_over(at_work):
    with at_work.store.counting() as session:
        session.add(
            EmailChange(
                account_id=at_work.families.accounts["one_child"], address="a@b.example", new_hash=credentials.new_token()[1],
                made_at=at_work.families.now, expires_at=at_work.families.now + timedelta(hours=24),
            )
        )  # fmt: skip
    for hours, waiting in ((1, "a@b.example"), (24, "")):
        at_work.families.now += timedelta(hours=hours)
        own_logins.forget_unconfirmed(at_work.store, by=WATCH, at=at_work.at())
        with at_work.store.counting() as session:
            assert session.scalars(select(EmailChange.address)).all() == [waiting]
