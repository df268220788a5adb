"""The messages that time brings: each week's digest, and absences without a reason once they may be told.

What is recorded here is asked about again when it is sent; here it only has to be recorded once.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, String, cast, exists, literal, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.mail import MailKind
from portal_core.domain.people import AccountState, Actor, Machine
from portal_core.domain.school import Half, Moment
from portal_core.policy.access import may_see
from portal_core.policy.alerts import absence_may_be_told, digest_week, sessions_to_tell
from portal_core.policy.attendance import NO_REASON_YET
from portal_core.security.mail import post
from portal_core.services.calendar import calendar_of
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.facts import about_adults
from portal_core.store.jobs import AlertChoice, Job, JobState
from portal_core.store.people import Adult, Connection
from portal_core.store.registers import Mark
from portal_core.store.school import ReceivedRegister
from portal_core.store.scope import Store, Work

MAIL = Machine("mail", frozenset({Duty.FIND_PEOPLE}))
"""The portal itself, writing to parents."""
AT_ONCE = 200
"""Adults looked at in one transaction: nobody should wait long for it."""
_ACTIVE = (
    exists()
    .where(Account.adult_id == Adult.id)
    .where(AccountStatus.account_id == Account.id, AccountStatus.superseded_at.is_(None))
    .where(AccountStatus.state == AccountState.ACTIVE)
)
_REACHABLE: tuple[ColumnElement[bool], ...] = (Adult.email != "", _ACTIVE)


def queue_due(store: Store, *, by: Actor, at: Moment) -> int:
    """Records every message that is due now and has not been recorded; how many. Asked every minute by the worker."""
    queued = 0
    while True:
        with store.writing_as(by, at) as work:
            work.require(Duty.FIND_PEOPLE)
            more, looked_at = _queue_some(work)
        queued += more
        if looked_at < AT_ONCE:
            return queued


def forget_waiting(work: Work) -> int:
    """Ends every message not yet sent, and those that would be due now: after a restore nobody knows which were sent."""
    while _queue_some(work)[1] >= AT_ONCE:
        pass
    waiting = work.session.scalars(select(Job).where(Job.done_at.is_(None))).all()
    for job in waiting:
        job.state, job.done_at, job.sealed = JobState.WITHHELD, work.at.instant, None
    return len(waiting)


def _queue_some(work: Work) -> tuple[int, int]:
    calendar = calendar_of(work.session)
    week = digest_week(work.at, settings=work.settings, calendar=calendar)
    adults = _due_a_digest(work, week) if week else []
    queued = _post_digests(work, week, adults) if week and adults else 0
    for day, half in sessions_to_tell(work.at, calendar):
        came = _received(work, day, half)
        if absence_may_be_told(day, half, work.at, settings=work.settings, calendar=calendar, received=came):
            queued += _post_absences(work, day, half)
    if queued or adults:
        work.audit(Verb.QUEUED_ALERTS, messages=queued)
    return queued, len(adults)


def _chose(**columns: bool) -> ColumnElement[bool]:
    current = AlertChoice.adult_id == Adult.id, AlertChoice.superseded_at.is_(None)
    return exists().where(*current, *(getattr(AlertChoice, name).is_(value) for name, value in columns.items()))


def _due_a_digest(work: Work, week: str) -> list[int]:
    """The next adults to look at: reachable, not switched off, none recorded for them this week."""
    named = literal("digest:") + cast(Adult.id, String) + literal(f":{week}")
    recorded = exists().where(Job.dedupe == named)
    found = select(Adult.id).where(*_REACHABLE, ~_chose(weekly=False), ~recorded)
    return list(work.session.scalars(found.order_by(Adult.id).limit(AT_ONCE)))


def _post_digests(work: Work, week: str, adults: Sequence[int]) -> int:
    """One each; whoever may see no child now has theirs recorded as ended, so that it is not looked at again."""
    facts = about_adults(work.session.connection(), list(adults), work.at.instant).facts
    seeing = {adult for (adult, _), known in facts.items() if may_see(known, work.at)}
    queued = 0
    for adult in adults:
        job = post(work, adult=adult, kind=MailKind.DIGEST, once=f"digest:{adult}:{week}")
        if job is not None and adult not in seeing:
            row = work.get(Job, job)
            row.state, row.done_at = JobState.WITHHELD, work.at.instant
        queued += job is not None and adult in seeing
    return queued


def _received(work: Work, day: date, half: Half) -> datetime | None:
    """When registers of a session last came, if what they brought is published by now (CONTACT-2)."""
    row = work.session.get(ReceivedRegister, (day, half))
    delay = timedelta(minutes=work.settings.marks_delay_minutes)
    return row.received_at if row is not None and row.received_at + delay <= work.at.instant else None


def _post_absences(work: Work, day: date, half: Half) -> int:
    wanted = (
        select(Adult.id, Mark.pupil_id)
        .select_from(Mark)
        .join(Connection, (Connection.pupil_id == Mark.pupil_id) & Connection.superseded_at.is_(None))
        .join(Adult, Adult.id == Connection.adult_id)
        .where(Mark.day == day, Mark.half == half, Mark.code == NO_REASON_YET, Mark.public_from <= work.at.instant)
        .where(*_REACHABLE, _chose(absence=True))
    )
    queued = 0
    for adult, pupil in work.session.execute(wanted).all():
        about: Mapping[str, int | str] = {"pupil": pupil, "day": day.isoformat(), "half": int(half)}
        once = f"absence:{adult}:{pupil}:{day.isoformat()}:{int(half)}"
        queued += post(work, adult=adult, kind=MailKind.ABSENCE, about=about, once=once) is not None
    return queued
