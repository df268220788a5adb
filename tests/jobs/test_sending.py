"""Sending over a real SMTP server: what arrives, what is tried again, what is never sent twice."""

import json
import re
from threading import Event, Thread

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause, Verb
from portal_core.domain.mail import MailKind
from portal_core.jobs import outbox
from portal_core.jobs.smtp import NotNow, Smtp
from portal_core.jobs.worker import Worker
from portal_core.services.alerting import MAIL
from portal_core.store.jobs import JobState
from portal_core.store.school import SchoolSetting
from tests.jobs.conftest import ORIGIN, SENDER, VAULT


def test_a_message_arrives_once_with_its_words_in_two_forms(mailing):
    """Plain text and HTML, from the school, to the address on record, sent by a machine, with a way out."""
    job = mailing.post("one_child", MailKind.DIGEST)
    assert mailing.worker.once() == 1
    assert mailing.worker.once() == 0
    [message] = mailing.office.messages
    assert mailing.office.reached == ["one_child@family.example"]
    assert (message["From"], message["To"]) == (f"Millbrook High School <{SENDER}>", "one_child@family.example")
    assert message["List-Unsubscribe"] == f"<{ORIGIN}/account/alerts>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@portal\.millbrook\.example>", message["Message-ID"])
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for form in (text, html):
        assert f"{ORIGIN}/parent" in form
        assert "The school week is over." in form
    assert "<script" not in html
    assert mailing.state(job) == JobState.SENT
    assert mailing.job(job).done_at is not None


@pytest.mark.clause(Clause.SEC_1)
def test_a_link_reaches_its_reader_and_is_kept_nowhere_after(mailing, caplog):
    """The address and the link were sealed; once the message is gone the row holds neither, nor does the log or the audit."""
    caplog.set_level("DEBUG", logger="portal_core")
    job = mailing.post(
        "one_child", MailKind.EMAIL_CHANGE_CONFIRM, link="/account/e-mail/T0KEN", to="new@family.example"
    )
    mailing.worker.once()
    [message] = mailing.office.messages
    assert mailing.office.reached == ["new@family.example"]
    assert f"{ORIGIN}/account/e-mail/T0KEN" in message.get_body(("plain",)).get_content()
    assert mailing.job(job).sealed is None
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("portal_core")]
    kept = " ".join([*mailing.audit(Verb.MAILED), *logged])
    assert "T0KEN" not in kept
    assert "family.example" not in kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        pytest.param(MailKind.PASSWORD_RESET, {"link": "/reset?t=T0KEN"}, id="password"),
        pytest.param(MailKind.EMAIL_CHANGED_NOTICE, {"to": "old@family.example"}, id="address changed"),
        pytest.param(MailKind.ACTIVATION_CODE, {"code": "314159", "username": "pat7"}, id="code"),
        pytest.param(MailKind.ACCOUNT_CHANGED, {"about": {"what": "changed password"}}, id="account changed"),
    ],
)
def test_what_is_about_the_account_reaches_whom_the_school_withholds_children_from(mailing, kind, given):
    """No tipping off: a restricted parent keeps the account, and with it a forgotten password."""
    mailing.post("breach", kind, **given)
    assert mailing.worker.once() == 1
    [message] = mailing.office.messages
    said = message.get_body(("plain",)).get_content()
    assert all(value in said for name, value in given.items() if name not in ("to", "about"))
    assert ("password for the parent portal was changed" in said) is (kind is MailKind.ACCOUNT_CHANGED)
    assert message["List-Unsubscribe"] is None


def test_a_server_that_cannot_be_reached_touches_no_message(mailing):
    """Nothing is used up while the road is closed."""
    job = mailing.post("one_child", MailKind.DIGEST)
    nowhere = Smtp("127.0.0.1", 1, "none")
    with pytest.raises(NotNow):
        Worker(mailing.store, VAULT, nowhere, ORIGIN, SENDER).once()
    assert mailing.job(job).tries == 0
    assert mailing.worker.once() == 1


def test_a_passing_refusal_is_tried_again_with_growing_waits_and_the_same_message_id(mailing):
    """Greylisting is answered by coming back later, each time later; the message stays the same one."""
    answers = ["451 4.7.1 later please", "421 busy", "450 4.2.0 not yet", None]
    ids = []
    mailing.office.at_recipient = lambda address: answers.pop(0)
    job, waits = mailing.post("one_child", MailKind.DIGEST), []
    while mailing.state(job) == JobState.WAITING:
        mailing.worker.once()
        ids.append(mailing.job(job).message_id)
        wait = mailing.job(job).run_at - mailing.families.now
        waits.append(int(wait.total_seconds() // 60))
        mailing.families.now = max(mailing.job(job).run_at, mailing.families.now)
    assert waits[:3] == [1, 5, 15]
    assert len(mailing.office.taken) == 1
    assert len(set(ids)) == 1


def test_a_refusal_after_the_message_is_tried_again_as_the_server_says(mailing):
    """4xx at the end of DATA: the server says that it has not got it."""
    answers = ["451 4.3.0 out of room", None]
    mailing.office.at_data = lambda: answers.pop(0)
    job = mailing.post("one_child", MailKind.DIGEST)
    assert mailing.worker.once() == 0
    mailing.later(minutes=2)
    assert mailing.worker.once() == 1
    assert mailing.state(job) == JobState.SENT


def test_a_message_that_is_late_is_not_sent(mailing):
    """A password link of an hour ago would open nothing, and its secret goes."""
    job = mailing.post("one_child", MailKind.PASSWORD_RESET, link="/reset?t=T0KEN")
    mailing.later(hours=1)
    assert mailing.worker.once() == 0
    assert (mailing.state(job), mailing.job(job).sealed) == (JobState.EXPIRED, None)
    assert mailing.office.taken == []


# --- a crash -------------------------------------------------------------------------------------------------------------


def test_a_worker_that_dies_before_handing_over_leaves_the_message_to_the_next(mailing):
    """Its lease runs out; nothing was handed over, so it is sent, once."""
    job = mailing.post("one_child", MailKind.DIGEST)
    assert outbox.claim(mailing.store, VAULT) is not None  # and the process is gone
    assert mailing.worker.once() == 0
    mailing.later(minutes=11)
    assert mailing.worker.once() == 1
    assert mailing.state(job) == JobState.SENT
    assert len(mailing.office.taken) == 1


def test_a_worker_that_dies_while_handing_over_makes_a_person_be_asked(mailing):
    """It may have arrived: it is not sent again, and the office finds a task."""
    job = mailing.post("one_child", MailKind.DIGEST)
    held = outbox.claim(mailing.store, VAULT)
    assert outbox.confirm(mailing.store, VAULT, held) is not None  # and the process is gone
    mailing.later(minutes=11)
    assert mailing.worker.once() == 0
    assert mailing.state(job) == JobState.UNSURE
    adult = mailing.families.adults["one_child"]
    assert ("mail that may not have arrived", f"adult:{adult} message:{job}") in mailing.tasks()
    assert mailing.office.taken == []


def test_a_connection_that_ends_before_the_answer_is_not_taken_for_a_refusal(mailing):
    """The server had the message and said nothing: sent again, it would come twice."""
    mailing.office.closes_after_data = True
    job = mailing.post("one_child", MailKind.DIGEST)
    mailing.worker.once()
    mailing.office.closes_after_data = False
    for _ in range(3):
        mailing.later(minutes=11)
        mailing.worker.once()
    assert mailing.state(job) == JobState.UNSURE
    assert len(mailing.office.taken) == 1


def test_an_answer_that_comes_after_the_message_was_given_up_changes_nothing(mailing):
    """A worker that was thought dead finds that a person has been asked."""
    job = mailing.post("one_child", MailKind.DIGEST)
    sure = outbox.confirm(mailing.store, VAULT, outbox.claim(mailing.store, VAULT))
    mailing.later(minutes=11)
    outbox.settle_lost(mailing.store, by=MAIL)
    outbox.finish(mailing.store, by=MAIL, held=sure, state=JobState.SENT)
    assert mailing.state(job) == JobState.UNSURE


def test_two_workers_send_each_message_once(mailing):
    """Both at once over forty messages: each arrives, none twice."""
    whom = ("one_child", "two_children", "sees_both", "new")
    for number in range(40):
        mailing.post(whom[number % 4], MailKind.DIGEST)
    faults, begin = [], Event()

    def work():
        begin.wait()
        try:
            mailing.worker.once()
        except Exception as fault:
            faults.append(fault)

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    begin.set()
    for thread in threads:
        thread.join(60)
    assert faults == []
    ids = [message["Message-ID"] for message in mailing.office.messages]
    assert len(ids) == len(set(ids)) == 40
    assert {mailing.state(job) for job in mailing.posted} == {JobState.SENT}


# --- what must not get into a message ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Millbrook\r\nBcc: everybody@elsewhere.example", id="a line end"),
        pytest.param('Mill "brook" <x@elsewhere.example>, y@elsewhere.example', id="an address"),
        pytest.param("Szkoła św. Jana <script>", id="beyond ASCII"),
    ],
)
def test_what_a_person_wrote_adds_no_header_and_no_recipient(mailing, name):
    """The school's own name stands in the sender, the text and the HTML, and stays a name."""
    with mailing.store.counting() as session:  # as if no setting had been looked at
        now = session.scalars(select(SchoolSetting).filter_by(key="name", superseded_at=None)).one()
        now.superseded_at = mailing.store.moment().instant
        session.flush()
        session.add(SchoolSetting(key="name", value=json.dumps(name), recorded_at=now.superseded_at))
    mailing.post("one_child", MailKind.DIGEST)
    assert mailing.worker.once() == 1
    [message] = mailing.office.messages
    assert mailing.office.reached == ["one_child@family.example"]
    assert [address.addr_spec for address in message["From"].addresses] == [SENDER]
    assert message["Bcc"] is None
    assert "<script" not in message.get_body(("html",)).get_content()
    assert mailing.office.taken[0][1].isascii()
