"""Mail that comes back: refused at the door or reported later, it stops mail to that address and asks staff."""

import pytest
from sqlalchemy import select, update

from portal_core.domain.clauses import Clause, Duty
from portal_core.domain.mail import MailKind
from portal_core.domain.people import Machine
from portal_core.errors import NotPermitted
from portal_core.services import desk
from portal_core.services.alerts import own_alerts
from portal_core.services.returned import take_report
from portal_core.store.jobs import JobState, MailStop
from portal_core.store.people import Adult
from portal_core.store.school import Task, TaskKind
from tests.jobs.conftest import TEST

SERVER = Machine("command line", frozenset({Duty.SET_SCHOOL}))


def refuse(mailing, answer):
    mailing.office.at_recipient = lambda address: answer


def moved_to(mailing, address, who="one_child"):
    with mailing.store.counting() as session:
        session.execute(update(Adult).where(Adult.id == mailing.families.adults[who]).values(email=address))


def came_back(mailing, who="one_child"):
    return (str(TaskKind.MAIL_CAME_BACK), f"adult:{mailing.families.adults[who]}")


@pytest.mark.parametrize(
    ("answer", "state", "asked"),
    [
        pytest.param("550 no such user", JobState.REFUSED, True, id="unknown"),
        pytest.param("550 5.1.1 no such user", JobState.REFUSED, True, id="unknown, by its code"),
        pytest.param("552 5.2.2 mailbox full", JobState.REFUSED, True, id="full for good"),
        pytest.param("550 5.7.1 relaying denied", JobState.WAITING, False, id="our own fault"),
        pytest.param("452 4.2.2 mailbox full", JobState.WAITING, False, id="full for now"),
    ],
)
def test_a_refusal_for_good_becomes_a_task_and_one_of_ours_does_not(mailing, answer, state, asked):
    """What is about the address stops it; what is about our server or its settings is tried again."""
    refuse(mailing, answer)
    job = mailing.post("one_child", MailKind.DIGEST)
    assert mailing.worker.once() == 0
    assert mailing.state(job) == state
    assert (came_back(mailing) in mailing.tasks()) is asked


def test_a_message_refused_when_it_was_read_is_a_refusal_too(mailing):
    mailing.office.at_data = lambda: "554 5.6.0 unreadable"
    job = mailing.post("one_child", MailKind.DIGEST)
    mailing.worker.once()
    assert mailing.state(job) == JobState.REFUSED


def test_no_mail_goes_to_an_address_that_gave_it_back_until_staff_have_seen_to_it(mailing):
    """Whoever shares the address is spared as well; another address of the same person is another matter."""
    moved_to(mailing, "ONE_CHILD@family.example", "two_children")
    refuse(mailing, "550 no such user")
    mailing.post("one_child", MailKind.DIGEST)
    mailing.worker.once()
    refuse(mailing, None)
    for who in ("one_child", "two_children"):
        mailing.post(who, MailKind.DIGEST)
    assert mailing.worker.once() == 0
    assert own_alerts(mailing.store, by=mailing.principal("one_child"), at=mailing.store.moment()).came_back
    office = mailing.principal("office")
    [task] = [
        one
        for one in desk.waiting(mailing.store, by=office, at=mailing.store.moment())
        if one.kind is TaskKind.MAIL_CAME_BACK
    ]
    assert task.adult.id == mailing.families.adults["one_child"]
    desk.see_to(mailing.store, by=office, at=mailing.store.moment(), task=task.id)
    mailing.post("one_child", MailKind.DIGEST)
    assert mailing.worker.once() == 1


def test_a_corrected_address_gets_mail_at_once(mailing):
    refuse(mailing, "550 no such user")
    mailing.post("one_child", MailKind.DIGEST)
    mailing.worker.once()
    refuse(mailing, None)
    moved_to(mailing, "right@family.example")
    mailing.post("one_child", MailKind.DIGEST)
    assert mailing.worker.once() == 1
    assert mailing.office.reached == ["right@family.example"]


def test_the_task_waits_for_the_office_alone(mailing):
    refuse(mailing, "550 no such user")
    mailing.post("one_child", MailKind.DIGEST)
    mailing.worker.once()
    for who, found in (("office", 1), ("data_manager", 0), ("analyst", 0)):
        counted = desk.counts(mailing.store, by=mailing.principal(who), at=mailing.store.moment())
        assert counted.get(TaskKind.MAIL_CAME_BACK, 0) == found


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize(
    "address",
    [
        pytest.param("one@family.example\r\nRCPT TO:<two@elsewhere.example>", id="another command"),
        pytest.param("one@family.example\nBcc: two@elsewhere.example", id="another header"),
        pytest.param("one@family.example, two@elsewhere.example", id="two addresses"),
        pytest.param("Name <one@family.example>", id="with a name"),
        pytest.param("one..two@family.example", id="not well formed"),
        pytest.param("żona@family.example", id="not ASCII"),
        pytest.param("nobody", id="no address at all"),
    ],
)
def test_an_address_that_cannot_be_used_reaches_nobody_and_becomes_a_task(mailing, address):
    moved_to(mailing, address)
    job = mailing.post("one_child", MailKind.DIGEST)
    mailing.post("two_children", MailKind.DIGEST)
    assert mailing.worker.once() == 1
    assert mailing.office.reached == ["two_children@family.example"]
    assert mailing.state(job) == JobState.REFUSED
    assert came_back(mailing) in mailing.tasks()


# --- a report that comes later -------------------------------------------------------------------------------------------


def report(message_id, *, action="failed", status="5.1.1", whole=True, kind="delivery-status"):
    """What a mail server writes to the sender about a message that it could not deliver (RFC 3464)."""
    head = f"Message-ID: {message_id}\r\nSubject: Your weekly look\r\n"
    original = ("message/rfc822", head + "\r\nHello") if whole else ("text/rfc822-headers", head)
    return (
        f"From: MAILER-DAEMON@mail.example\r\nTo: portal@millbrook.example\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nThe message could not be delivered.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; somebody@elsewhere.example\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: {original[0]}\r\n\r\n{original[1]}\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize("whole", [True, False], ids=["the message", "its headers"])
def test_a_report_stops_mail_to_where_the_message_went(mailing, whole):
    """By its Message-ID; the address that the report itself names is not believed."""
    mailing.post("one_child", MailKind.DIGEST)
    mailing.worker.once()
    said = report(mailing.office.messages[0]["Message-ID"], whole=whole)
    assert take_report(mailing.store, by=SERVER, at=mailing.store.moment(), report=said) is True
    assert take_report(mailing.store, by=SERVER, at=mailing.store.moment(), report=said) is True
    assert mailing.tasks().count(came_back(mailing)) == 1
    mailing.post("one_child", MailKind.DIGEST)
    assert mailing.worker.once() == 0


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(lambda id_: report(id_, action="delayed", status="4.4.1"), id="a delay"),
        pytest.param(lambda id_: report(id_, action="delivered", status="2.0.0"), id="a success"),
        pytest.param(lambda id_: report("<" + "0" * 32 + "@portal.millbrook.example>"), id="no message of ours"),
        pytest.param(lambda id_: report(id_, kind="disposition-notification"), id="a receipt"),
        pytest.param(lambda id_: f"Message-ID: {id_}\r\n\r\nOut of office".encode(), id="an answer by a machine"),
        pytest.param(lambda id_: b"\xff\x00 not mail", id="no mail at all"),
        pytest.param(lambda id_: b"", id="nothing"),
    ],
)
def test_what_is_no_failure_of_ours_stops_nothing(mailing, said):
    mailing.post("one_child", MailKind.DIGEST)
    mailing.worker.once()
    given = said(mailing.office.messages[0]["Message-ID"])
    assert take_report(mailing.store, by=SERVER, at=mailing.store.moment(), report=given) is False
    with mailing.store.reading_as(TEST, mailing.store.moment()) as session:
        assert session.scalars(select(MailStop.id)).all() == []
        assert session.scalars(select(Task.id).where(Task.kind == TaskKind.MAIL_CAME_BACK)).all() == []


def test_a_report_is_taken_from_the_servers_command_line_alone(mailing):
    mailing.post("one_child", MailKind.DIGEST)
    mailing.worker.once()
    said = report(mailing.office.messages[0]["Message-ID"])
    with pytest.raises(NotPermitted):
        take_report(mailing.store, by=mailing.principal("office"), at=mailing.store.moment(), report=said)
