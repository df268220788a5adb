"""What becomes of a message, step by step, each in a short transaction of its own.

    waiting ──claim──> waiting, leased ──confirm──> handing over ──finish──> sent, refused
       ^                    │    │                       │
       └─────postpone───────┘    └──finish──> withheld,  └── its lease runs out ──> unsure, and a task for staff
                                              expired

A claim that is lost in a crash runs out, and the message is tried again: nothing had been handed over. One that is lost
while handing over cannot be known to have arrived or not; it is never sent again, and a person is asked. Two workers never
hold the same message: the row is locked while it is claimed (PostgreSQL skips it, SQLite lets one write at a time), and
each step asks whether the lease is still the worker's own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal_core.domain.clauses import Verb
from portal_core.domain.mail import MailKind
from portal_core.domain.people import Actor
from portal_core.jobs.deciding import Letter, Withheld, decide
from portal_core.security.credentials import Vault
from portal_core.services.import_changes import open_task
from portal_core.services.returned import hash_of, stop_writing
from portal_core.store.jobs import Job, JobState
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store

LEASE = timedelta(minutes=10)
"""Longer than the other side may take with one message (smtp.SECONDS an answer)."""
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""Before the second try, the third and so on; the last one from then on, until the message is not worth sending."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker holds until `until`, and the decision on it."""

    job: int
    adult: int
    kind: MailKind
    message_id: str
    until: datetime
    decision: Letter | Withheld


@dataclass(frozen=True, slots=True)
class Due:
    """Whether messages wait to be sent, and whether some were lost while they were handed over."""

    waiting: bool
    lost: bool


def due(store: Store, *, by: Actor) -> Due:
    """What there is to do; a short read, so that an idle worker keeps nobody waiting."""
    at = store.moment()
    with store.reading_as(by, at) as session:
        waiting, lost = (
            session.scalar(select(Job.id).where(condition).limit(1)) is not None
            for condition in (_waiting(at.instant), _lost(at.instant))
        )
        return Due(waiting, lost)


def claim(store: Store, vault: Vault) -> Claim | None:
    """The next message that is due, leased to the caller, with the decision made in the same transaction."""
    with store.counting() as session:
        now = store.clock()
        following = select(Job).where(_waiting(now)).order_by(Job.run_at, Job.id).limit(1)
        job = session.scalar(following.with_for_update(skip_locked=True))
        if job is None:
            return None
        job.lease_until, job.tries = now + LEASE, job.tries + 1
        session.flush()
        return _claimed(store, session, job, vault)


def confirm(store: Store, vault: Vault, held: Claim) -> Claim | None:
    """The decision once more, in the transaction after which the message is handed over; None if the claim has been lost.

    From here on the message is never tried again unless the other side says that it has not got it.
    """
    with store.counting() as session:
        job = _held(session, held)
        if job is None:
            return None
        job.state, job.lease_until = JobState.HANDING_OVER, store.clock() + LEASE
        session.flush()
        sure = _claimed(store, session, job, vault)
        if isinstance(sure.decision, Withheld) or not isinstance(held.decision, Letter):
            job.state = JobState.WAITING
        elif sure.decision.to != held.decision.to:  # another address since: not what was offered
            job.state, job.lease_until = JobState.WAITING, None
            return None
        return sure


def postpone(store: Store, held: Claim) -> None:
    """Gives a message back that was not handed over, to be tried later; each wait is longer than the one before."""
    with store.counting() as session:
        job = _held(session, held)
        if job is not None:
            wait = WAITS[min(job.tries, len(WAITS)) - 1]
            job.state, job.lease_until = JobState.WAITING, None
            job.run_at = min(store.clock() + wait, job.expires_at)


def finish(store: Store, *, by: Actor, held: Claim, state: JobState, why: str = "", unusable: str = "") -> None:
    """The end of a message, on record; one that was refused stops mail to its address and asks staff."""
    with store.writing_as(by, store.moment()) as work:
        job = _held(work.session, held)
        if job is None:
            return  # found unsure meanwhile: whoever was asked has been asked
        job.state, job.done_at, job.sealed, job.lease_until = state, work.at.instant, None, None
        if state is JobState.SENT:
            named = held.decision.pupils if isinstance(held.decision, Letter) else ()
            work.audit(Verb.MAILED, job=job.id, adult=job.adult_id, kind=job.kind, tries=job.tries, named=list(named))
            return
        work.audit(Verb.WITHHELD_MAIL, job=job.id, adult=job.adult_id, kind=job.kind, state=state, why=why)
        if state is JobState.REFUSED:
            address = hash_of(unusable) if unusable else job.address_hash
            if address is not None:
                stop_writing(work, job.adult_id, address)


def settle_lost(store: Store, *, by: Actor) -> int:
    """Messages whose handing over was broken off: unsure, and a person is asked; how many."""
    with store.writing_as(by, store.moment()) as work:
        lost = select(Job).where(_lost(store.clock())).with_for_update(skip_locked=True)
        found = work.session.scalars(lost).all()
        for job in found:
            job.state, job.done_at, job.sealed, job.lease_until = JobState.UNSURE, work.at.instant, None, None
            subject = f"adult:{job.adult_id} message:{job.id}"
            open_task(work, TaskKind.MAIL_UNSURE, subject)
            work.audit(Verb.OPENED_TASK, kind=TaskKind.MAIL_UNSURE, subject=subject)
        return len(found)


def _waiting(now: datetime) -> ColumnElement[bool]:
    free = or_(Job.lease_until.is_(None), Job.lease_until < now)
    return and_(Job.done_at.is_(None), Job.state == JobState.WAITING, Job.run_at <= now, free)


def _lost(now: datetime) -> ColumnElement[bool]:
    return and_(Job.done_at.is_(None), Job.state == JobState.HANDING_OVER, Job.lease_until < now)


def _claimed(store: Store, session: Session, job: Job, vault: Vault) -> Claim:
    """With the decision of this very instant: the row is locked, so whatever was waited for is committed by now."""
    at = store.moment()
    decision = decide(session, job, vault, store.settings(at.instant), at)
    if isinstance(decision, Letter):
        job.address_hash = hash_of(decision.to)
    assert job.lease_until is not None  # noqa: S101  # the caller has just set it
    return Claim(job.id, job.adult_id, MailKind(job.kind), job.message_id, job.lease_until, decision)


def _held(session: Session, held: Claim) -> Job | None:
    """The row, locked, if the lease is still the caller's."""
    job = session.get(Job, held.job, with_for_update=True)
    return job if job is not None and job.done_at is None and job.lease_until == held.until else None
