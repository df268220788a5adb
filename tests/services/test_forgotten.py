"""A forgotten password: what a link may do, and that nobody learns which names there are."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal_core.domain.clauses import Clause, Verb
from portal_core.domain.mail import MailKind
from portal_core.domain.people import Principal
from portal_core.errors import BadInput, NotPermitted, SignInRefused, Throttled
from portal_core.security import credentials, first_use, own_password
from portal_core.security.logins import Device, sign_in
from portal_core.services import forgotten, own_logins
from portal_core.services.accounts import close_account, renew_code
from portal_core.services.addresses import leave
from portal_core.services.sharing import WATCH
from portal_core.store.accounts import Account, Login, Stage
from portal_core.store.jobs import Job
from portal_core.store.people import Adult
from portal_core.store.recovery import EmailChange, ResetLink
from tests.families import PASSWORD
from tests.security.conftest import VAULT

NEW = "tin whistle orchard 71"
HOME = Device("192.0.2.7")
ADDRESS = "imran@home.example"


@pytest.fixture
def school(at_work):
    """One adult whose address is their own, and two who share theirs."""
    with at_work.store.counting() as session:
        for key, email in (
            ("one_child", ADDRESS),
            ("two_children", ""),
            ("court_order", "shared@home.example"),
            ("breach", "Shared@home.example"),
        ):
            session.get_one(Adult, at_work.families.adults[key]).email = email
    return at_work


def ask(school, username="one_child", device=HOME):
    forgotten.ask_for_reset(school.store, username=username, device=device, at=school.at(), vault=VAULT)


def tokens(school):
    """The tokens in the messages that are on record, oldest first; every one is a reset's."""
    with school.store.counting() as session:
        jobs = session.scalars(select(Job).order_by(Job.id)).all()
        assert {job.kind for job in jobs} <= {MailKind.PASSWORD_RESET}
        return [json.loads(VAULT.open(job.sealed))["link"].removeprefix("/reset?t=") for job in jobs]


def reset(school, token, password=NEW):
    forgotten.reset_password(school.store, token=token, password=password, device=HOME, at=school.at())


def enters(school, password):
    return sign_in(school.store, username="one_child", password=password, device=HOME, at=school.at()).stage


@pytest.mark.clause(Clause.PASS_2)
def test_a_link_opens_a_new_password_once(school):
    """Every sign-in ends; the old password and the link are worth nothing after it."""
    by = school.by("one_child")
    ask(school, " One_Child ")
    [token] = tokens(school)
    reset(school, token)

    assert enters(school, NEW) is Stage.COMPLETE
    for broken in (lambda: reset(school, token, "another good one 88"), lambda: enters(school, PASSWORD)):
        with pytest.raises(SignInRefused):
            broken()
    with school.store.counting() as session:
        assert session.scalars(select(ResetLink.id).where(ResetLink.ended_at.is_(None))).all() == []
        assert token not in repr(session.scalars(select(ResetLink.token_hash)).all())
    with pytest.raises(NotPermitted):
        own_logins.sign_ins(school.store, by=by, at=school.at())


@pytest.mark.clause(Clause.PASS_2)
def test_a_second_factor_stays_on_after_a_reset(school):
    """A mailbox alone opens nothing for somebody who set one up."""
    with school.store.counting() as session:
        account = session.get_one(Account, school.families.accounts["one_child"])
        account.factor_secret, account.factor_step = VAULT.seal(credentials.new_factor()), 0
    ask(school)
    reset(school, tokens(school)[0])
    assert enters(school, NEW) is Stage.FACTOR


@pytest.mark.parametrize("minutes", [59, 61])
def test_a_link_lasts_an_hour(school, minutes):
    ask(school)
    [token] = tokens(school)
    school.families.now += timedelta(minutes=minutes)
    assert (forgotten.live_link(school.store, token=token, at=school.store.moment()) is not None) is (minutes < 60)


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(lambda s: s.does(renew_code, "office", account=s.families.accounts["one_child"]), id="new code"),
        pytest.param(lambda s: s.does(close_account, "office", account=s.families.accounts["one_child"]), id="closed"),
        pytest.param(lambda s: s.does(own_logins.disown, "one_child"), id="disowned"),
        pytest.param(lambda s: s.does(own_password.change_password, "one_child", password=PASSWORD, new="a new pass phrase 9"), id="changed"),
    ],
)  # fmt: skip
def test_a_link_made_before_is_void_after(school, what):
    ask(school)
    [token] = tokens(school)
    what(school)
    with pytest.raises(SignInRefused, match="hour is over"):
        reset(school, token)


def test_a_weak_password_uses_no_link_up(school):
    ask(school)
    [token] = tokens(school)
    with pytest.raises(BadInput, match="easy to guess"):
        reset(school, token, "imran@home.example")
    reset(school, token)
    assert enters(school, NEW) is Stage.COMPLETE


NOBODY = ["nobody", "", "x" * 200, "unactivated", "office", "two_children", "court_order", "breach"]
"""No such name; an account not yet active; staff; a parent without an address; two who share one."""


@pytest.mark.clause(Clause.PASS_3)
@pytest.mark.parametrize("username", NOBODY)
def test_nothing_tells_whether_a_name_is_somebodys(school, username):
    """No message is sent; the same statements run as for whoever gets one, but for the message itself."""
    ran, _ = [], school.at()

    def note(_connection, _cursor, sql, *_):
        ran.append(sql.split("(")[0].split("WHERE")[0].strip())

    event.listen(school.engine, "before_cursor_execute", note)
    ask(school, username, Device("198.51.100.1"))
    theirs, ran[:] = list(ran), []
    assert tokens(school) == []
    ran.clear()
    ask(school, "one_child", Device("198.51.100.2"))
    event.remove(school.engine, "before_cursor_execute", note)
    assert len(tokens(school)) == 1
    assert [sql for sql in ran if "job" not in sql and "SAVEPOINT" not in sql][: len(theirs)] == theirs


@pytest.mark.clause(Clause.PASS_3)
@pytest.mark.parametrize("username", ["one_child", "nobody"])
def test_asking_slows_down_alike_for_every_name(school, username):
    for _ in range(3):
        ask(school, username)
    with pytest.raises(Throttled) as first:
        forgotten.ask_for_reset(school.store, username=username, device=HOME, at=school.store.moment(), vault=VAULT)
    assert first.value.seconds == 1


def test_no_mailbox_is_flooded(school):
    """At most three in an hour, however patiently somebody asks."""
    for number in range(6):
        ask(school, device=Device(f"192.0.2.{number}"))
        school.families.now += timedelta(minutes=6)
    assert len(tokens(school)) == 3


def test_one_address_cannot_ask_for_the_whole_school(school):
    for number in range(15):
        forgotten.ask_for_reset(
            school.store, username=f"name{number}", device=HOME, at=school.store.moment(), vault=VAULT
        )
    with pytest.raises(Throttled):
        forgotten.ask_for_reset(school.store, username="name15", device=HOME, at=school.store.moment(), vault=VAULT)


@pytest.mark.clause(Clause.SEC_4)
def test_the_audit_tells_of_asking_and_resetting_without_a_token(school):
    ask(school)
    [token] = tokens(school)
    reset(school, token)
    assert [verb for _, verb in school.said()][-2:] == [str(Verb.ASKED_FOR_RESET), str(Verb.RESET_PASSWORD)]
    assert token not in repr(school.rows()["audit_entry"])


@pytest.mark.clause(Clause.PASS_1)
def test_a_printed_code_does_the_same_without_email(school):
    """From a forgotten password, and a lost telephone, to signing in again: the code is the school's, the password one's own."""
    with school.store.counting() as session:
        account = session.get_one(Account, school.families.accounts["two_children"])
        account.factor_secret, account.factor_step = VAULT.seal(credentials.new_factor()), 0
    issued = school.does(renew_code, "office", account=school.families.accounts["two_children"])
    with pytest.raises(SignInRefused):
        sign_in(school.store, username="two_children", password=PASSWORD, device=HOME, at=school.at())
    step = first_use.activate(school.store, username="two_children", code=issued.code, device=HOME, at=school.at())
    assert step.stage is Stage.PASSWORD
    with school.store.counting() as session:
        login = session.scalars(select(Login).where(Login.stage == Stage.PASSWORD)).one()
    by = Principal(login.id, login.account_id, school.families.adults["two_children"], complete=False)
    done = first_use.set_first_password(school.store, by=by, password=NEW, at=school.at(), vault=VAULT)
    assert done.stage is Stage.COMPLETE


@pytest.mark.clause(Clause.PASS_2, Clause.USER_1)
def test_no_link_goes_to_a_mailbox_that_somebody_else_had_before(school):
    """Whoever moved away from an address that they shared may still read it."""
    breach = school.families.adults["breach"]
    with school.store.writing_as(WATCH, school.at()) as work:
        adult = work.get(Adult, breach)
        leave(work, adult, adult.email)
        adult.email = "own@elsewhere.example"
        work.audit(Verb.SET, what="test")
    ask(school, "court_order")
    assert tokens(school) == []
    ask(school, "breach")
    assert len(tokens(school)) == 1


@pytest.mark.clause(Clause.PASS_2)
def test_a_new_password_ends_what_was_begun_under_the_old_one(school):
    """A change of address on its way, a second factor half set up."""
    mine = school.families.accounts["one_child"]
    with school.store.counting() as session:
        later = school.families.now + timedelta(hours=9)
        session.add(
            EmailChange(
                account_id=mine, address="a@b.example", new_hash=b"3", made_at=school.families.now, expires_at=later
            )
        )
        session.get_one(Account, mine).factor_secret = VAULT.seal("7:ABCDEFGH")
    ask(school)
    reset(school, tokens(school)[0])
    with school.store.counting() as session:
        assert session.scalars(select(EmailChange.id).where(EmailChange.ended_at.is_(None))).all() == []
        assert session.get_one(Account, mine).factor_secret is None
