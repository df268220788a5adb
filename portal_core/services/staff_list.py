"""Accounts of staff, as one long list and one by one: which roles, how the account stands, when it was last used (SEC-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import SQLColumnExpression, func, or_, select

from portal_core.domain.clauses import Duty, Role, Verb
from portal_core.domain.people import AccountState, Principal
from portal_core.domain.school import Moment
from portal_core.services.account_list import LAST_SEEN
from portal_core.services.families import name_of
from portal_core.services.listing import Listed, Wanted, listed
from portal_core.services.tasks import dormant
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.people import Staff, StaffRole, in_post
from portal_core.store.school import Task
from portal_core.store.scope import Store


class Which(StrEnum):
    """Which of the accounts a list is of."""

    ALL = "all"
    NONE = "colleagues without an account"
    DORMANT = "unused for three months"
    LEFT = "of colleagues who have left"


@dataclass(frozen=True, slots=True)
class Row:
    """One member of staff: `second_step` is whether one is enrolled, `last_seen` when the account was last used."""

    staff_id: int
    name: str
    job_title: str
    roles: tuple[Role, ...]
    username: str
    state: AccountState | None
    second_step: bool
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """One member of staff as their page shows them; without an account there is neither username nor state.

    `left_on` is their last day in post, `since` when the account came to its state, `roles` each since when, `tasks` how many
    open tasks they have taken on.
    """

    id: int
    name: str
    job_title: str
    left_on: date | None
    account_id: int | None
    username: str
    state: AccountState | None
    since: datetime | None
    second_step: bool
    last_seen: datetime | None
    roles: tuple[tuple[Role, datetime], ...]
    tasks: int


_SORTS: Mapping[str, Sequence[SQLColumnExpression[Any]]] = {
    "name": (Staff.surname, Staff.forename, Staff.id),
    "username": (Account.username, Staff.id),
    "state": (AccountStatus.state, Staff.surname, Staff.id),
    "seen": (LAST_SEEN, Staff.id),
}


def staff_accounts(store: Store, *, by: Principal, at: Moment, wanted: Wanted, which: Which = Which.ALL) -> Listed[Row]:
    """The accounts whose owner's name or username begins with the words, or colleagues in post who have none; a page of them.

    Raises NotPermitted.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        found = (
            select(Staff, Account, AccountStatus.state, LAST_SEEN)
            .outerjoin(Account, Account.staff_id == Staff.id)
            .outerjoin(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
            .where(Account.id.is_(None) & in_post(at.day) if which is Which.NONE else Account.id.is_not(None))
        )
        if which is Which.DORMANT:
            found = found.where(*dormant(at))
        if which is Which.LEFT:
            found = found.where(Staff.left_on < at.day, AccountStatus.state != AccountState.CLOSED)
        for word in wanted.find.casefold().split()[:4]:
            names = (Staff.forename, Staff.surname, Account.username)
            found = found.where(or_(*(func.lower(name).startswith(word, autoescape=True) for name in names)))
        page = listed(work, found, wanted, _SORTS, lambda *row: row)
        roles: dict[int, list[Role]] = {}
        held = select(StaffRole.staff_id, StaffRole.role).where(
            StaffRole.superseded_at.is_(None), StaffRole.staff_id.in_([one.id for one, *_ in page.rows])
        )
        for id_, role in work.session.execute(held):
            roles.setdefault(id_, []).append(role)
        work.audit(Verb.VIEWED, what="staff accounts", found=len(page.rows))
        rows = tuple(
            Row(
                one.id, name_of(one), one.job_title, tuple(sorted(roles.get(one.id, ()))),
                account.username if account else "", state, account is not None and account.factor_secret is not None, seen,
            )
            for one, account, state, seen in page.rows
        )  # fmt: skip
        return Listed(rows, page.number, page.wanted)


def colleague(store: Store, *, by: Principal, at: Moment, staff: int) -> Colleague:
    """One member of staff with their account, roles and tasks. Raises NotFound, NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        one = work.get(Staff, staff)
        found = work.session.execute(
            select(Account, AccountStatus, LAST_SEEN)
            .join(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
            .where(Account.staff_id == staff)
        ).one_or_none()
        account, status, seen = found or (None, None, None)
        roles = work.session.execute(
            select(StaffRole.role, StaffRole.recorded_at)
            .where(StaffRole.staff_id == staff, StaffRole.superseded_at.is_(None))
            .order_by(StaffRole.role)
        )
        tasks = select(func.count()).select_from(Task).where(Task.owner_id == staff, Task.done_at.is_(None))
        work.audit(Verb.VIEWED, what="staff account", staff=staff)
        return Colleague(
            one.id, name_of(one), one.job_title, one.left_on, account.id if account else None,
            account.username if account else "",
            status.state if status else None, status.recorded_at if status else None,
            account is not None and account.factor_secret is not None, seen,
            tuple((role, since) for role, since in roles), work.session.scalar(tasks) or 0,
        )  # fmt: skip
