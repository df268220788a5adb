"""What may leave is decided by what is on record at the instant of handing over, however it got into the outbox."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.mail import MailKind
from portal_core.domain.people import Machine
from portal_core.services.accounts import close_account
from portal_core.services.casework import open_investigation
from portal_core.services.school import set_setting
from portal_core.store.accounts import PolicyVersion
from portal_core.store.jobs import JobState
from portal_core.store.people import Adult, Birth, Connection, Enrolment
from portal_core.store.registers import Mark

SCHOOL = Machine("test", frozenset({Duty.SET_SCHOOL}))
TEN = 10


@pytest.mark.clause(Clause.REVOKE_3, Clause.USER_1)
def test_of_ten_messages_none_is_handed_over_after_a_restriction(mailing):
    """Recorded before, tried ten times after: the server is not given one, and the audit says why."""
    for _ in range(TEN):
        mailing.post("one_child", MailKind.DIGEST)
    mailing.restrict("one_child")
    assert mailing.worker.once() == 0
    assert mailing.office.taken == []
    assert {mailing.state(job) for job in mailing.posted} == {JobState.WITHHELD}
    assert sum('"why":"access"' in said for said in mailing.audit(Verb.WITHHELD_MAIL)) == TEN


@pytest.mark.clause(Clause.REVOKE_3)
def test_a_restriction_made_while_the_server_makes_us_wait_still_stops_the_message(mailing):
    """Ten times: the envelope has been offered, the server takes its time, the restriction is committed; nothing follows."""
    asked = []

    def restricted_meanwhile(address):
        asked.append(address)
        if len(asked) == 1:
            mailing.restrict("one_child")

    mailing.office.at_recipient = restricted_meanwhile
    for _ in range(TEN):
        mailing.post("one_child", MailKind.DIGEST)
    assert mailing.worker.once() == 0
    assert asked == ["one_child@family.example"]
    assert mailing.office.taken == []
    assert {mailing.state(job) for job in mailing.posted} == {JobState.WITHHELD}


@pytest.mark.clause(Clause.REVOKE_3)
def test_that_something_changed_is_not_said_to_whom_everything_was_withheld_again(mailing):
    """Else it is, to the address on record, without a word of what changed."""
    mailing.post("two_children", MailKind.ACCESS_CHANGED)
    mailing.post("one_child", MailKind.ACCESS_CHANGED)
    mailing.restrict("one_child")
    assert mailing.worker.once() == 1
    [message] = mailing.office.messages
    assert message["To"] == "two_children@family.example"
    assert "withheld" not in message.get_body(("plain",)).get_content()


def test_a_choice_withdrawn_while_the_server_makes_us_wait_stops_the_message(mailing):
    mailing.office.at_recipient = lambda address: mailing.choose("one_child", weekly=False, absence=False)
    mailing.post("one_child", MailKind.DIGEST)
    assert mailing.worker.once() == 0
    assert mailing.office.taken == []


def change(table, who, **values):
    """A later fact put straight on record."""

    def make(mailing):
        with mailing.store.counting() as session:
            session.execute(update(table).where(who(mailing.families)).values(**values))

    return make


def investigate(mailing):
    open_investigation(
        mailing.store, by=mailing.principal("lead"), at=mailing.store.moment(),
        pupils=[mailing.families.pupils["Zayn"]], reference="file 16",
    )  # fmt: skip


def published(mailing):
    """A new version of the policy, which must be accepted."""
    with mailing.store.counting() as session:
        session.add(PolicyVersion(number=2, text="Be kinder.", published_at=mailing.store.clock(), must_accept=True))


def closed(mailing):
    close_account(
        mailing.store, by=mailing.principal("office"), at=mailing.store.moment(),
        account=mailing.families.accounts["one_child"],
    )  # fmt: skip


def of_zayn(table):
    return lambda families: table.pupil_id == families.pupils["Zayn"]


def his_father(families):
    return Adult.id == families.adults["one_child"]


YESTERDAY = timedelta(1)
CAUSES = {
    "restriction": lambda mailing: mailing.restrict("one_child"),
    "investigation": investigate,
    "leaver": lambda mailing: change(Enrolment, of_zayn(Enrolment), ended_on=mailing.families.now.date() - YESTERDAY)(mailing),
    "responsibility ended": lambda mailing: change(Connection, of_zayn(Connection), ended_on=mailing.families.now.date() - YESTERDAY)(mailing),
    "court flag": change(Connection, of_zayn(Connection), court_flag=True),
    "of age": lambda mailing: change(Birth, of_zayn(Birth), born_on=mailing.families.now.date().replace(year=2008))(mailing),
    "policy to be accepted": published,
    "account closed": closed,
    "choice withdrawn": lambda mailing: mailing.choose("one_child", weekly=False, absence=False),
    "no address": change(Adult, his_father, email=""),
}  # fmt: skip


@pytest.mark.clause(Clause.USER_1, Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_4)
@pytest.mark.parametrize("cause", CAUSES)
def test_whatever_closes_the_page_keeps_the_message_in(mailing, cause):
    """Both kinds about a child, each cause, even where time alone brings it."""
    both_due(mailing)
    CAUSES[cause](mailing)
    assert mailing.worker.once() == 0
    assert mailing.office.taken == []
    assert {mailing.state(job) for job in mailing.posted} == {JobState.WITHHELD}


def both_due(mailing):
    """A digest and an absence to be told to Zayn's father."""
    mailing.choose("one_child", weekly=True, absence=True)
    change(Mark, lambda families: (Mark.pupil_id == families.pupils["Zayn"]) & (Mark.half == 0), code="N")(mailing)
    mailing.post("one_child", MailKind.DIGEST)
    mailing.absence("one_child", "Zayn")


def test_without_a_cause_both_messages_leave(mailing):
    """So that the test above proves something."""
    both_due(mailing)
    assert mailing.worker.once() == 2


def test_an_absence_explained_meanwhile_is_not_written_about(mailing):
    mailing.choose("one_child", weekly=True, absence=True)
    mailing.absence("one_child", "Zayn")  # marked L today
    assert mailing.worker.once() == 0
    assert '"why":"explained meanwhile"' in mailing.audit(Verb.WITHHELD_MAIL)[0]


@pytest.mark.clause(Clause.SEC_3)
def test_a_message_names_no_child_unless_the_school_lets_it(mailing):
    """Nor says what happened: subject, text and HTML point to the portal and no more."""
    mailing.choose("sees_both", weekly=True, absence=True)
    mailing.post("sees_both", MailKind.DIGEST)
    mailing.absence("sees_both", "Toby")
    assert mailing.worker.once() == 2
    for raw in (str(message) for message in mailing.office.messages):
        assert not any(
            word in raw for word in ("Toby", "Daisy", "Slater", "Hannah", "Kershaw", "absen", "not in school")
        )


@pytest.mark.clause(Clause.SEC_3)
def test_where_the_school_lets_it_a_message_names_the_children_of_this_reader_alone(mailing):
    """What each is named for is on record; a child withheld from the reader is not in it."""
    set_setting(mailing.store, by=SCHOOL, at=mailing.store.moment(), key="mail_names_children", value="yes")
    for who in ("sees_both", "restricted_for_one"):
        mailing.choose(who, weekly=True, absence=True)
        mailing.post(who, MailKind.DIGEST)
    mailing.absence("sees_both", "Toby")
    assert mailing.worker.once() == 3
    both, one, absence = (message.get_body(("plain",)).get_content() for message in mailing.office.messages)
    assert "Toby: in school for 6 of 7 sessions" in both
    assert "Daisy" in both
    assert "Toby" not in one
    assert "Daisy: in school for 7 of 7 sessions" in one
    assert "Toby was not in school on the morning of Thursday 12 March 2026" in " ".join(absence.split())
    named = [mailing.families.pupils[child] for child in ("Toby", "Daisy")]
    assert f'"named":{named}'.replace(" ", "") in mailing.audit(Verb.MAILED)[0]
