"""Enquiries about the portal itself: somebody asks, the office answers, and what they were about is counted (CONTACT-7)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import _
from portal_core.domain.people import Actor, Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.services.accounts import staff_of
from portal_core.services.families import Person, named
from portal_core.store.accounts import Account
from portal_core.store.enquiries import Cause, Enquiry
from portal_core.store.people import Adult
from portal_core.store.school import Task, TaskKind
from portal_core.store.scope import Store, Work

LONGEST = 2_000
MOST_OPEN = 5
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """One enquiry as its asker or the office reads it. `asker` is None for one's own and for staff's accounts."""

    id: int
    asked_at: datetime
    text: str
    answer: str
    cause: Cause | None
    answered_at: datetime | None
    asker: Person | None = None


def ask(store: Store, *, by: Principal, at: Moment, text: str) -> int:
    """Puts an enquiry to the school; its number. Raises BadInput for no text, too long a text, or too many unanswered."""
    told = _told(
        text, _("Please write your question."), _("Please shorten your question to {most} characters; it has {number}.")
    )
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        work.hold(Account, by.account_id)
        waiting = work.session.scalar(
            select(func.count()).where(Enquiry.account_id == by.account_id, Enquiry.answered_at.is_(None))
        )
        if (waiting or 0) >= MOST_OPEN:
            raise BadInput(
                _("{number} questions of yours wait for an answer already. Please ring the school instead.").format(
                    number=MOST_OPEN
                )
            )
        made = work.add(Enquiry(account_id=by.account_id, asked_at=at.instant, text=told))
        work.add(Task(kind=TaskKind.ENQUIRY, subject=f"enquiry:{made.id}", opened_at=at.instant))
        work.audit(Verb.ASKED, enquiry=made.id)
    return made.id


def own(store: Store, *, by: Principal, at: Moment) -> list[Asked]:
    """What the caller has asked, the newest first, with the answers."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        rows = work.session.scalars(
            select(Enquiry).where(Enquiry.account_id == by.account_id).order_by(Enquiry.id.desc()).limit(SHOWN)
        ).all()
        return [_asked(one) for one in rows]


def unanswered(store: Store, *, by: Actor, at: Moment) -> list[Asked]:
    """What waits for an answer, the oldest first, each with who asked."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ANSWER_ENQUIRIES)
        rows = work.session.scalars(
            select(Enquiry).where(Enquiry.answered_at.is_(None)).order_by(Enquiry.id).limit(SHOWN)
        ).all()
        askers = _askers(work, rows)
        work.audit(Verb.VIEWED, what="enquiries", enquiries=[one.id for one in rows])
        return [_asked(one, askers.get(one.account_id)) for one in rows]


def causes(store: Store, *, by: Actor, at: Moment) -> dict[Cause, int]:
    """How many answered enquiries were about what, the most frequent first."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ANSWER_ENQUIRIES)
        found = work.session.execute(
            select(Enquiry.cause, func.count()).where(Enquiry.cause.is_not(None)).group_by(Enquiry.cause)
        )
        return dict(Counter({cause: number for cause, number in found if cause is not None}).most_common())


def answer(store: Store, *, by: Principal, at: Moment, enquiry: int, text: str, cause: Cause) -> None:
    """Answers an enquiry, once, and says what it was about. Raises BadInput; Stale if a colleague was first."""
    told = _told(text, "Please write your answer.", "Please shorten your answer to {most} characters; it has {number}.")
    with store.writing_as(by, at) as work:
        work.require(Duty.ANSWER_ENQUIRIES)
        found = work.hold(Enquiry, enquiry)
        if found.answered_at is not None:
            raise Stale("A colleague has answered this already. Please look again.")
        found.answer, found.cause = told, cause
        found.answered_at, found.answered_by_id = at.instant, staff_of(by)
        task = work.session.scalar(
            select(Task).where(
                Task.kind == TaskKind.ENQUIRY, Task.subject == f"enquiry:{enquiry}", Task.done_at.is_(None)
            )
        )
        if task is not None:
            task.done_at, task.done_by_id = at.instant, staff_of(by)
        work.audit(Verb.ANSWERED, enquiry=enquiry, cause=cause)


def _told(text: str, nothing: str, too_much: str) -> str:
    told = text.replace("\r\n", "\n").strip()
    if not told:
        raise BadInput(nothing)
    if len(told) > LONGEST:
        raise BadInput(too_much.format(most=LONGEST, number=len(told)))
    return told


def _askers(work: Work, rows: Sequence[Enquiry]) -> dict[int, Person]:
    accounts = work.session.execute(
        select(Account.id, Account.adult_id).where(Account.id.in_({one.account_id for one in rows}))
    ).all()
    people = named(work, Adult, {adult for _account, adult in accounts if adult is not None})
    return {account: people[adult] for account, adult in accounts if adult in people}


def _asked(one: Enquiry, asker: Person | None = None) -> Asked:
    return Asked(one.id, one.asked_at, one.text, one.answer, one.cause, one.answered_at, asker)
