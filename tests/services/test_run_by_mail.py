"""Codes by e-mail for a whole run: who gets one, who keeps waiting for a letter, and that nobody has two that work."""

import json

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.domain.mail import MailKind
from portal_core.errors import BadInput, NotFound, NotPermitted
from portal_core.security.credentials import Vault, code_hash
from portal_core.services import intake, mailed_codes
from portal_core.services.returned import hash_of
from portal_core.store.jobs import Job
from portal_core.store.people import Adult
from portal_core.store.recovery import FormerAddress
from tests.services.test_intake import joined, lettered, live_codes, whole

VAULT = Vault("v" * 64)


def addressed(school, number, **addresses):
    """A run over so many adults: `robin<n>@post.example`, but those whose address is given by their place."""
    adults = joined(school, number)
    with school.store.counting() as session:
        for place, adult in enumerate(adults):
            session.get(Adult, adult).email = addresses.get(f"of_{place}", f"robin{place}@post.example")
    run = school.does(intake.begin, "office", year_group=7)
    whole(school, run)
    return adults, run


def send(school, run, who="office"):
    return school.does(mailed_codes.send_codes, who, intake=run, vault=VAULT)


def mailed(school):
    """The adults written to, each with what was sealed for them."""
    with school.engine.connect() as connection:
        jobs = connection.execute(
            select(Job.adult_id, Job.sealed).where(Job.kind == MailKind.ACTIVATION_CODE).order_by(Job.id)
        ).all()
    return [(adult, json.loads(VAULT.open(sealed))) for adult, sealed in jobs]


@pytest.mark.clause(Clause.PASS_1)
def test_everybody_with_an_address_of_their_own_gets_one_and_the_others_a_letter(at_work, monkeypatch):
    adults, run = addressed(at_work, 5, of_1="", of_4="was@post.example")
    with at_work.store.counting() as session:
        for adult, address in ((adults[2], "shared@post.example"), (adults[3], "SHARED@post.example")):
            session.get(Adult, adult).email = address  # since the run began; before, they would not be in it
        former = FormerAddress(adult_id=at_work.families.adults["one_child"], address_hash=hash_of("was@post.example"))
        session.add(former)
    assert at_work.does(intake.one_run, "office", intake=run).by_mail == 1
    assert send(at_work, run) is False
    [(adult, said)] = mailed(at_work)
    assert adult == adults[0]
    assert live_codes(at_work) == {said["username"]: code_hash(said["code"])}
    letters, written = lettered(at_work, run, monkeypatch)
    assert (letters.number, said["username"] in written) == (4, False)


@pytest.mark.clause(Clause.PASS_1)
def test_a_letter_made_before_is_void_and_is_not_made_again(at_work, monkeypatch):
    _, run = addressed(at_work, 3)
    _, written = lettered(at_work, run, monkeypatch)
    assert send(at_work, run) is False
    sent = {said["username"]: code_hash(said["code"]) for _, said in mailed(at_work)}
    assert live_codes(at_work) == sent
    assert sent.keys() == written.keys()
    assert set(sent.values()).isdisjoint({code_hash(code) for code in written.values()})
    with pytest.raises(BadInput, match="nobody left"):
        at_work.does(intake.letters, "office", intake=run, portal="https://portal.millbrook.example")


def test_it_goes_some_at_a_time_and_on_where_it_was_broken_off(at_work):
    adults, run = addressed(at_work, mailed_codes.AT_ONCE + 3)
    assert send(at_work, run) is True
    assert len(mailed(at_work)) == mailed_codes.AT_ONCE
    assert at_work.does(intake.one_run, "office", intake=run).by_mail == 3
    assert send(at_work, run) is False
    assert sorted(adult for adult, _ in mailed(at_work)) == sorted(adults)
    assert send(at_work, run) is False
    assert len(mailed(at_work)) == len(adults)
    assert at_work.does(intake.one_run, "office", intake=run).waiting == 0


@pytest.mark.parametrize("who", ["lead", "data_manager", "analyst", "administrator", "two_children"])
def test_nobody_else_sends_them(at_work, who):
    _, run = addressed(at_work, 2)
    before = at_work.rows("audit_entry")
    for verb in (mailed_codes.send_codes, intake.one_run):
        vault = {"vault": VAULT} if verb is mailed_codes.send_codes else {}
        with pytest.raises(NotPermitted):
            at_work.does(verb, who, intake=run, **vault)
    assert at_work.rows("audit_entry") == before


def test_there_must_be_such_a_run(at_work):
    with pytest.raises(NotFound):
        send(at_work, 99)
