"""Enquiries about the portal itself: somebody asks, the office answers, and what they were about is counted (CONTACT-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from sqlalchemy import case, func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import _
from portal_core.domain.people import AccountState, Actor, Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.services.accounts import staff_of
from portal_core.services.calendar import calendar_of
from portal_core.services.families import Person, named
from portal_core.services.import_changes import finish_tasks, open_task
from portal_core.services.listing import Listed, Wanted, listed
from portal_core.services.searching import holding
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.enquiries import Cause, Enquiry, Way
from portal_core.store.people import Adult, Staff
from portal_core.store.school import Task, TaskKind
from portal_core.store.scope import Store, Work

LONGEST, LONGEST_NAME = 2_000, 150
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
    came_by: Way = Way.PORTAL
    named: str = ""  # as whoever put it down wrote who asked
    task: int | None = None
    owner: str = ""  # the colleague who has taken it on
    reads: bool = False  # whether they have an account in use, on whose page they read the answer


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
        open_task(work, TaskKind.ENQUIRY, f"enquiry:{made.id}")
        work.audit(Verb.ASKED, enquiry=made.id)
    return made.id


def log(
    store: Store, *, by: Principal, at: Moment, came_by: Way, asker: str, text: str, adult: int | None = None
) -> int:
    """Puts down what somebody asked by telephone, e-mail, letter or in person; its number. Raises BadInput, NotFound.

    Whoever has an account, by the number of their page, reads the answer on their own page.
    """
    told = _told(text, "Please write what they asked.", "Please shorten it to {most} characters; it has {number}.")
    asker = asker.strip()
    if not 0 < len(asker) <= LONGEST_NAME:
        raise BadInput(f"Please write who asks, in up to {LONGEST_NAME} characters.")
    with store.writing_as(by, at) as work:
        work.require(Duty.ANSWER_ENQUIRIES)
        account = None
        if adult is not None:
            work.get(Adult, adult)
            account = work.session.scalar(select(Account.id).where(Account.adult_id == adult))
        made = work.add(Enquiry(account_id=account, asked_at=at.instant, text=told, came_by=came_by, asker=asker))
        open_task(work, TaskKind.ENQUIRY, f"enquiry:{made.id}")
        work.audit(Verb.ASKED, enquiry=made.id, came_by=came_by)
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
        tasks = {
            int(task.subject.partition(":")[2]): task
            for task in work.session.scalars(select(Task).where(Task.kind == TaskKind.ENQUIRY, Task.done_at.is_(None)))
        }
        owners = named(work, Staff, {task.owner_id for task in tasks.values() if task.owner_id})
        used = _in_use(work, {one.account_id for one in rows})
        return [
            replace(
                _asked(one, askers.get(one.account_id or 0), tasks.get(one.id), owners), reads=one.account_id in used
            )
            for one in rows
        ]


def answered(store: Store, *, by: Actor, at: Moment, wanted: Wanted) -> Listed[Asked]:
    """What has been answered and holds the words, the newest first; a page of it."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ANSWER_ENQUIRIES)
        found = select(Enquiry).where(Enquiry.answered_at.is_not(None))
        found = found.where(holding(wanted.find, Enquiry.text, Enquiry.answer, Enquiry.asker))
        sorts = {
            "answered": (Enquiry.answered_at, Enquiry.id),
            "cause": (Enquiry.cause, Enquiry.id),
            "came": (Enquiry.came_by, Enquiry.id),
        }
        page = listed(work, found, replace(wanted, sort=wanted.sort or "-answered"), sorts, lambda one: one)
        askers = _askers(work, page.rows)
        work.audit(Verb.VIEWED, what="enquiries", enquiries=[one.id for one in page.rows])
        return Listed(
            tuple(_asked(one, askers.get(one.account_id or 0)) for one in page.rows), page.number, page.wanted
        )


def causes(store: Store, *, by: Actor, at: Moment) -> dict[Cause, tuple[int, int]]:
    """How many answered enquiries were about what, this school year and in all, the most frequent first."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ANSWER_ENQUIRIES)
        begins = datetime.combine(calendar_of(work.session).year_begins(at.day), time(), at.zone)
        lately = func.sum(case((Enquiry.answered_at >= begins, 1), else_=0))
        found = work.session.execute(
            select(Enquiry.cause, lately, func.count())
            .where(Enquiry.cause.is_not(None))
            .group_by(Enquiry.cause)
            .order_by(lately.desc(), func.count().desc(), Enquiry.cause)
        )
        return {cause: (this_year, number) for cause, this_year, number in found if cause is not None}


def answer(store: Store, *, by: Principal, at: Moment, enquiry: int, text: str, cause: Cause) -> bool:
    """Answers an enquiry, once; whether its asker reads the answer on their own page, or is yet to be told.

    Raises BadInput; Stale if a colleague was first.
    """
    told = _told(text, "Please write your answer.", "Please shorten your answer to {most} characters; it has {number}.")
    with store.writing_as(by, at) as work:
        work.require(Duty.ANSWER_ENQUIRIES)
        found = work.hold(Enquiry, enquiry)
        if found.answered_at is not None:
            raise Stale("A colleague has answered this already. Please look again.")
        found.answer, found.cause = told, cause
        found.answered_at, found.answered_by_id = at.instant, staff_of(by)
        finish_tasks(work, TaskKind.ENQUIRY, [f"enquiry:{enquiry}"])
        work.audit(Verb.ANSWERED, enquiry=enquiry, cause=cause)
        return bool(_in_use(work, {found.account_id}))


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


def _in_use(work: Work, accounts: set[int | None]) -> set[int]:
    """Those of these accounts whose owners can sign in; this tells nothing of what is withheld from anybody."""
    active = AccountStatus.superseded_at.is_(None), AccountStatus.state == AccountState.ACTIVE
    return set(
        work.session.scalars(
            select(AccountStatus.account_id).where(AccountStatus.account_id.in_(accounts - {None}), *active)
        )
    )


def _asked(
    one: Enquiry, asker: Person | None = None, task: Task | None = None, owners: Mapping[int, Person] | None = None
) -> Asked:
    owner = (owners or {}).get(task.owner_id) if task is not None and task.owner_id else None
    return Asked(
        one.id, one.asked_at, one.text, one.answer, one.cause, one.answered_at, asker, one.came_by, one.asker,
        task.id if task is not None else None, owner.name if owner else "",
    )  # fmt: skip
