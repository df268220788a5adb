"""The work queue: tasks with their owners, as one long list, and what else needs a person today (REVOKE-1, REVOKE-2, PASS-1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import AccountState, Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.services import account_list
from portal_core.services.account_list import Standing
from portal_core.services.desk import DUTY_OF, FOR, Waiting, own_task, waits_for, with_people
from portal_core.services.families import name_of
from portal_core.services.information import due_soon
from portal_core.services.listing import Listed, Wanted, listed
from portal_core.services.retention import number_due
from portal_core.services.searching import adults_meant, pupils_meant
from portal_core.services.staff import who_may
from portal_core.store.accounts import Account, AccountStatus, Login
from portal_core.store.casework import Restriction, not_over
from portal_core.store.people import Adult, Enrolment, Pupil, Staff
from portal_core.store.school import ImportRun, Task, TaskKind
from portal_core.store.scope import Store, Work

SOON = timedelta(days=14)
DORMANT = timedelta(days=90)
"""Without a sign-in for so long, an account of staff is to be asked about."""
MOST_MEANT = 100
"""People that a search in tasks looks for; who types so little is shown fewer."""


class Whose(StrEnum):
    """Which of the tasks that wait for a reader a list is of."""

    ALL = "everybody’s"
    MINE = "mine"
    NOBODYS = "nobody’s yet"


class Matter(StrEnum):
    """What needs a person although no task says so: counted from the records as they are."""

    INFORMATION_DUE = "request for information due within a week of school"
    REVIEWS = "restriction to review"
    ENDING = "restriction about to end"
    CODES_EXPIRING = "code about to run out"
    CODES_EXPIRED = "code that has run out"
    NEVER_ACTIVATED = "account not activated for two weeks"
    SHARED_EMAILS = "adult whose e-mail address another has too"
    TWICE = "adult on record twice, it seems"
    LEAVERS = "child about to leave"
    REFUSED_ROWS = "row refused by the last import"
    DORMANT = "account of staff unused for three months"
    TO_ERASE = "pupil who left so long ago that the record is due for erasure"


@dataclass(frozen=True, slots=True)
class OneTask:
    """A task as its own page shows it: those it may be handed to, `mine` if the reader has taken it on."""

    waiting: Waiting
    mine: bool
    others: tuple[tuple[int, str], ...]


_SORTS: Mapping[str, tuple[SQLColumnExpression[Any], ...]] = {
    "since": (Task.opened_at, Task.id),
    "kind": (Task.kind, Task.opened_at, Task.id),
    "owner": (Staff.surname, Staff.forename, Task.opened_at, Task.id),
}


def tasks(
    store: Store, *, by: Principal, at: Moment, wanted: Wanted, kind: TaskKind | None = None, whose: Whose = Whose.ALL
) -> Listed[Waiting]:
    """The open tasks that wait for this reader, about the people whom the words mean, a page of them."""
    with store.writing_as(by, at) as work:
        work.require(Duty.WORK)
        found = select(Task).outerjoin(Staff, Staff.id == Task.owner_id).where(*waits_for(work))
        if kind is not None:
            found = found.where(Task.kind == kind)
        if whose is not Whose.ALL:
            found = found.where(Task.owner_id == by.staff_id if whose is Whose.MINE else Task.owner_id.is_(None))
        if wanted.find.strip() and Duty.FIND_PEOPLE in work.held:
            found = found.where(_about(work, wanted.find))
        page = listed(work, found, wanted, _SORTS, lambda task: task)
        work.audit(Verb.VIEWED, what="tasks", tasks=[task.id for task in page.rows])
        return Listed(tuple(with_people(work, page.rows)), page.number, page.wanted)


def task(store: Store, *, by: Principal, at: Moment, id_: int) -> OneTask:
    """One open task, and who else has the duty that it waits for. Raises Stale."""
    with store.writing_as(by, at) as work:
        work.require(Duty.WORK)
        found = own_task(work, id_)
        [waiting] = with_people(work, [found])
        others = [(one.id, name_of(one)) for one in _colleagues(work, found) if one.id != by.staff_id]
        work.audit(Verb.VIEWED, what="task", task=id_)
        return OneTask(waiting, found.owner_id == by.staff_id, tuple(others))


def hand(store: Store, *, by: Principal, at: Moment, id_: int, held_by: int | None, to: int | None) -> None:
    """Makes somebody with the duty the owner of a task, or nobody; `held_by` is the owner whom the reader saw.

    Raises Stale where that is somebody else by now, BadInput for one without the duty.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.WORK)
        found = own_task(work, id_)
        if found.owner_id != held_by:
            owner = work.session.get(Staff, found.owner_id) if found.owner_id else None
            raise Stale(
                f"{name_of(owner)} has taken this on." if owner else "Nobody has this task any more. Please look again."
            )
        if to is not None and to not in {one.id for one in _colleagues(work, found)}:
            raise BadInput("This is not a colleague who can do this task. Choose somebody else.")
        found.owner_id = to
        work.audit(Verb.HANDED_TASK, task=id_, owner=to)


def matters(store: Store, *, by: Principal, at: Moment) -> dict[Matter, int]:
    """How much of each matter there is for this reader; none is left out."""
    with store.writing_as(by, at) as work:
        work.require(Duty.WORK)
        found: dict[Matter, int] = {}
        if Duty.LOG_INFORMATION in work.held:
            found[Matter.INFORMATION_DUE] = due_soon(work)
        if {Duty.RESTRICT, Duty.READ_GROUNDS} <= work.held:
            found[Matter.REVIEWS] = _count(work, Restriction.review_on <= at.day)
            found[Matter.ENDING] = _count(work, Restriction.ends_at <= at.instant + SOON)
        if Duty.ISSUE_ACCOUNTS in work.held:
            counted = account_list.numbers(work, tuple(STANDING_OF.values()))
            found |= {matter: counted[standing] for matter, standing in STANDING_OF.items()}
            found[Matter.LEAVERS] = _leavers(work)
        if Duty.IMPORT in work.held:
            last = work.session.scalar(select(ImportRun.report).order_by(ImportRun.id.desc()).limit(1))
            found[Matter.REFUSED_ROWS] = json.loads(last).get("refused", 0) if last else 0
        if Duty.KEEP_STAFF in work.held:
            found[Matter.DORMANT] = _dormant(work)
        if Duty.ERASE in work.held:
            found[Matter.TO_ERASE] = number_due(work)
        return {matter: number for matter, number in found.items() if number}


STANDING_OF: Mapping[Matter, Standing] = {
    Matter.CODES_EXPIRING: Standing.EXPIRING,
    Matter.CODES_EXPIRED: Standing.EXPIRED,
    Matter.NEVER_ACTIVATED: Standing.NEVER,
    Matter.SHARED_EMAILS: Standing.SHARED_EMAIL,
    Matter.TWICE: Standing.TWICE,
}
"""The matters that the list of accounts shows, each by its standing there."""


def _about(work: Work, words: str) -> ColumnElement[bool]:
    """Tasks about the people meant: read here, since a subject is text that no index finds a number in."""
    adults = work.session.scalars(select(Adult.id).where(adults_meant(words)).limit(MOST_MEANT))
    pupils = work.session.scalars(select(Pupil.id).where(pupils_meant(words, work.at.day)).limit(MOST_MEANT))
    meant = {f"adult:{one}" for one in adults} | {f"pupil:{one}" for one in pupils}
    waiting = work.session.execute(select(Task.id, Task.subject).where(*waits_for(work)))
    return Task.id.in_([id_ for id_, subject in waiting if not meant.isdisjoint(subject.split())])


def _colleagues(work: Work, task: Task) -> list[Staff]:
    """Whose task it may be: all with its duty, but for one that waits for the reader alone."""
    return [] if FOR in task.subject else who_may(work, DUTY_OF[task.kind])


def _count(work: Work, condition: ColumnElement[bool]) -> int:
    found = select(func.count()).select_from(Restriction).where(not_over(work.at.instant), condition)
    return work.session.scalar(found) or 0


def dormant(at: Moment) -> tuple[ColumnElement[bool], ...]:
    """What makes an account of staff dormant: active for so long, and not used since."""
    used = exists().where(Login.account_id == Account.id, Login.seen_at > at.instant - DORMANT)
    return AccountStatus.state == AccountState.ACTIVE, AccountStatus.recorded_at <= at.instant - DORMANT, ~used


def _dormant(work: Work) -> int:
    found = (
        select(func.count())
        .select_from(Account)
        .join(AccountStatus, AccountStatus.account_id == Account.id)
        .where(Account.staff_id.is_not(None), AccountStatus.superseded_at.is_(None), *dormant(work.at))
    )
    return work.session.scalar(found) or 0


def _leavers(work: Work) -> int:
    day = work.at.day
    return (
        work.session.scalar(
            select(func.count(Enrolment.pupil_id.distinct())).where(
                Enrolment.superseded_at.is_(None), Enrolment.ended_on >= day, Enrolment.ended_on <= day + SOON
            )
        )
        or 0
    )
