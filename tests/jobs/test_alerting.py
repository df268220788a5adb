"""What time brings: who gets a digest or an alert, and that each is recorded once."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update

from portal_core.domain.clauses import Clause
from portal_core.domain.mail import MailKind
from portal_core.domain.school import Half
from portal_core.errors import Stale
from portal_core.services.alerting import AT_ONCE, MAIL, queue_due
from portal_core.store.jobs import Job, JobState
from portal_core.store.people import Adult
from portal_core.store.registers import Mark
from portal_core.store.school import ReceivedRegister
from tests.jobs.conftest import TEST

FRIDAY, THURSDAY = date(2026, 3, 13), date(2026, 3, 12)


def recorded(mailing, kind):
    """Keys of the adults with a message of a kind that waits."""
    names = {id_: key for key, id_ in mailing.families.adults.items()}
    with mailing.store.reading_as(TEST, mailing.store.moment()) as session:
        found = session.scalars(select(Job.adult_id).where(Job.kind == kind, Job.state == JobState.WAITING))
        return sorted(names[adult] for adult in found)


def queue(mailing):
    return queue_due(mailing.store, by=MAIL, at=mailing.store.moment())


def put(mailing, statement):
    with mailing.store.counting() as session:
        session.execute(statement)


def n_for(mailing, child, half=Half.AM, day=THURSDAY):
    put(
        mailing,
        update(Mark)
        .where(Mark.pupil_id == mailing.families.pupils[child], Mark.day == day, Mark.half == half)
        .values(code="N"),
    )


@pytest.mark.clause(Clause.USER_1)
def test_the_digest_goes_to_every_parent_who_sees_a_child_and_has_not_switched_it_off(mailing):
    """The default is the digest; recorded once however often time is looked at, and sent once."""
    mailing.choose("new", weekly=False, absence=True)
    put(mailing, update(Adult).where(Adult.id == mailing.families.adults["one_child"]).values(email=""))
    mailing.families.at("15:59", FRIDAY)
    assert queue(mailing) == 0
    mailing.families.at("16:00", FRIDAY)
    assert queue(mailing) == 3
    assert queue(mailing) == 0
    expected = ["restricted_for_one", "sees_both", "two_children"]
    assert recorded(mailing, MailKind.DIGEST) == expected
    assert mailing.worker.once() == 3
    assert sorted(mailing.office.reached) == [f"{who}@family.example" for who in expected]
    mailing.later(days=1)
    assert (queue(mailing), mailing.worker.once()) == (0, 0)
    mailing.families.at("16:00", FRIDAY + timedelta(7))
    assert queue(mailing) == 3


@pytest.mark.clause(Clause.CONTACT_1)
def test_an_absence_is_told_to_those_who_chose_it_once_registers_have_come(mailing):
    """Toby is marked N this morning; his mother asked to be told, the parent from whom he is withheld is not."""
    for who in ("sees_both", "restricted_for_one"):
        mailing.choose(who, weekly=False, absence=True)
    mailing.families.at("10:29")
    assert queue(mailing) == 0
    mailing.families.at("10:30")
    queue(mailing)
    assert mailing.worker.once() == 1
    assert mailing.office.reached == ["sees_both@family.example"]
    assert queue(mailing) == 0
    mailing.later(hours=2)
    assert (queue(mailing), mailing.worker.once()) == (0, 0)


@pytest.mark.clause(Clause.CONTACT_2)
@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(lambda m: put(m, update(ReceivedRegister).where(ReceivedRegister.day == THURSDAY).values(received_at=m.families.now - timedelta(hours=2, minutes=1))), id="register came before it closed"),
        pytest.param(lambda m: put(m, update(Mark).where(Mark.pupil_id == m.families.pupils["Toby"], Mark.day == THURSDAY).values(public_from=m.families.now + timedelta(hours=1))), id="mark not published yet"),
        pytest.param(lambda m: m.choose("sees_both", weekly=True, absence=False), id="not chosen"),
        pytest.param(lambda m: put(m, update(Mark).where(Mark.pupil_id == m.families.pupils["Toby"], Mark.day == THURSDAY).values(code="I")), id="explained"),
    ],
)  # fmt: skip
def test_an_absence_is_not_told(mailing, spoilt):
    mailing.choose("sees_both", weekly=False, absence=True)
    spoilt(mailing)
    assert queue(mailing) == 0


def test_an_afternoon_is_told_the_next_school_day(mailing):
    """Wednesday's, on Thursday from 10:30."""
    mailing.choose("one_child", weekly=False, absence=True)
    n_for(mailing, "Zayn", Half.PM, THURSDAY - timedelta(1))
    mailing.families.at("10:30")
    assert queue(mailing) == 1
    assert recorded(mailing, MailKind.ABSENCE) == ["one_child"]


def test_each_child_and_session_is_told_of_apart(mailing):
    """Two children absent on one morning are two messages to one parent, each recorded once."""
    mailing.choose("two_children", weekly=False, absence=True)
    for child in ("Amelia", "Noah"):
        n_for(mailing, child)
    with mailing.store.counting() as session:
        zayn = session.get_one(Mark, (mailing.families.pupils["Zayn"], THURSDAY, Half.AM))
        session.add(
            Mark(
                pupil_id=mailing.families.pupils["Noah"], day=THURSDAY, half=Half.AM, code="N", run_id=zayn.run_id,
                public_from=zayn.public_from,
            )
        )  # fmt: skip
    assert queue(mailing) == 2
    assert queue(mailing) == 0


def test_a_school_with_more_parents_than_one_transaction_takes_reaches_them_all(mailing, monkeypatch):
    """The next part begins where the last one ended."""
    assert AT_ONCE > 2
    monkeypatch.setattr("portal_core.services.alerting.AT_ONCE", 2)
    mailing.families.at("16:00", FRIDAY)
    assert queue(mailing) == 5
    assert recorded(mailing, MailKind.DIGEST) == ["new", "one_child", "restricted_for_one", "sees_both", "two_children"]


def test_two_that_record_at_once_record_each_message_once(mailing):
    """Whoever comes second finds it recorded, or is told that it is stale and finds it at the next look."""
    mailing.families.at("16:00", FRIDAY)
    counts, begin = [], Barrier(2)

    def record():
        begin.wait()
        try:
            counts.append(queue(mailing))
        except Stale:
            counts.append(queue(mailing))

    threads = [Thread(target=record) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts) == 5
    assert len(counts) == 2
    assert len(recorded(mailing, MailKind.DIGEST)) == 5
