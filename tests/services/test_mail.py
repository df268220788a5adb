"""Recording a message: in the transaction of its reason, once, and without a secret that anybody could read."""

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause, Verb
from portal_core.domain.mail import WORTH_SENDING, MailKind
from portal_core.domain.people import Machine
from portal_core.security.credentials import Vault
from portal_core.security.mail import post
from portal_core.store.jobs import Job, JobState
from portal_core.store.scope import Store, Unscoped
from tests.families import build_families

VAULT = Vault("v" * 64)
TEST = Machine("test", frozenset())


@pytest.fixture
def school(engine):
    families = build_families(engine)
    return Store(engine, families.clock), families


def jobs(store):
    with store.reading_as(TEST, store.moment()) as session:
        return session.scalars(select(Job).order_by(Job.id)).all()


def test_a_message_is_recorded_with_its_reason_or_not_at_all(school):
    """What fails in the transaction takes the message with it."""
    store, families = school
    adult = families.adults["one_child"]
    with pytest.raises(Unscoped), store.writing_as(TEST, store.moment()) as work:
        post(work, adult=adult, kind=MailKind.DIGEST)  # and nothing in the audit
    assert jobs(store) == []
    with store.writing_as(TEST, store.moment()) as work:
        post(work, adult=adult, kind=MailKind.DIGEST)
        work.audit(Verb.SET, adult=adult)
    [job] = jobs(store)
    assert (job.adult_id, job.kind, job.state) == (adult, MailKind.DIGEST, JobState.WAITING)
    assert job.expires_at - job.made_at == WORTH_SENDING[MailKind.DIGEST]


def test_what_is_to_be_said_once_is_recorded_once(school):
    store, families = school
    with store.writing_as(TEST, store.moment()) as work:
        given = {"adult": families.adults["one_child"], "kind": MailKind.DIGEST, "once": "digest:1:2026-W11"}
        assert post(work, **given) is not None
        assert post(work, **given) is None
        work.audit(Verb.SET)
    assert len(jobs(store)) == 1


@pytest.mark.clause(Clause.SEC_1)
def test_no_link_code_or_address_is_kept_in_plain(school):
    """The row holds ids and a sealed text; the key opens it and nothing else does."""
    store, families = school
    with store.writing_as(TEST, store.moment()) as work:
        post(
            work, adult=families.adults["one_child"], kind=MailKind.EMAIL_CHANGE_CONFIRM, vault=VAULT,
            link="/account/e-mail/T0KEN", to="new@family.example",
        )  # fmt: skip
        work.audit(Verb.SET)
    [job] = jobs(store)
    kept = repr([getattr(job, column.key) for column in Job.__mapper__.column_attrs])
    assert "T0KEN" not in kept
    assert "new@family.example" not in kept
    assert "T0KEN" in VAULT.open(job.sealed)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"link": "/password/T0KEN"}, id="a secret without a vault"),
        pytest.param({"link": "https://elsewhere.example/", "vault": VAULT}, id="a link elsewhere"),
        pytest.param({"link": "//elsewhere.example/", "vault": VAULT}, id="a link elsewhere without its scheme"),
    ],
)
def test_a_message_that_could_give_a_secret_away_is_refused(school, given):
    store, families = school
    with pytest.raises(ValueError, match=r"vault|path"), store.writing_as(TEST, store.moment()) as work:
        post(work, adult=families.adults["one_child"], kind=MailKind.PASSWORD_RESET, **given)
