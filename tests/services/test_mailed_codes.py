"""A one-time code by e-mail: to an address that is theirs alone, sealed, once, and the code before is void."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.domain.mail import MailKind
from portal_core.domain.people import AccountState
from portal_core.errors import BadInput, NotPermitted, Stale
from portal_core.security.credentials import Vault, code_hash
from portal_core.services import accounts
from portal_core.services.mailed_codes import send_code
from portal_core.store.accounts import AccountStatus, ActivationCode
from portal_core.store.jobs import Job
from portal_core.store.people import Adult

VAULT = Vault("v" * 64)


@pytest.fixture
def adult(at_work):
    one = at_work.families.adults["one_child"]
    with at_work.store.counting() as session:
        session.get(Adult, one).email = "imran@post.example"
    return one


def sent(school, adult, who="office"):
    school.does(send_code, who, adult=adult, vault=VAULT)
    with school.engine.connect() as connection:
        job = connection.execute(Job.__table__.select().order_by(Job.id.desc())).first()
    return job, json.loads(VAULT.open(job.sealed))


@pytest.mark.clause(Clause.PASS_1)
def test_it_is_sealed_for_its_owner_and_voids_what_was_before(at_work, adult):
    account = at_work.families.accounts["one_child"]
    before = at_work.does(accounts.renew_code, "office", account=account)
    job, said = sent(at_work, adult)
    assert (job.kind, job.adult_id, said["username"]) == (MailKind.ACTIVATION_CODE, adult, before.username)
    with at_work.engine.connect() as connection:
        live = connection.scalars(
            select(ActivationCode.code_hash).where(
                ActivationCode.account_id == account, ActivationCode.ended_at.is_(None)
            )
        ).all()
        state = connection.scalar(
            select(AccountStatus.state).where(
                AccountStatus.account_id == account, AccountStatus.superseded_at.is_(None)
            )
        )
    assert (live, state) == ([code_hash(said["code"])], AccountState.ISSUED)
    assert said["code"] not in str(at_work.rows("job"))


@pytest.mark.clause(Clause.PASS_1)
def test_never_to_an_address_that_others_read(at_work, adult):
    with at_work.store.counting() as session:
        session.get(Adult, at_work.families.adults["two_children"]).email = "IMRAN@post.example"
    before = at_work.rows()
    with pytest.raises(BadInput, match="theirs alone"):
        sent(at_work, adult)
    with at_work.store.counting() as session:
        session.get(Adult, adult).email = ""
    with pytest.raises(BadInput, match="theirs alone"):
        sent(at_work, adult)
    assert at_work.rows("adult") == {name: rows for name, rows in before.items() if name != "adult"}


def test_a_second_click_sends_no_second_code(at_work, adult):
    first, _ = sent(at_work, adult)
    with pytest.raises(Stale, match="just now"):
        sent(at_work, adult)
    at_work.families.now += timedelta(minutes=2)
    assert sent(at_work, adult)[0].id > first.id


def test_without_an_open_account_there_is_none(at_work, adult):
    at_work.does(accounts.close_account, "office", account=at_work.families.accounts["one_child"])
    with pytest.raises(BadInput, match="checks first"):
        sent(at_work, adult)


@pytest.mark.parametrize("who", ["lead", "data_manager", "analyst", "administrator", "two_children"])
def test_nobody_else_sends_one(at_work, adult, who):
    with pytest.raises(NotPermitted):
        sent(at_work, adult, who)
