"""Signs that a sign-in is shared, and for how long the addresses that tell of it are kept (SEC-2).

A sign is a note to staff and nothing more: no login ends, no page closes, the owner is not told apart from anybody else.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor, Machine
from portal_core.domain.school import Moment
from portal_core.errors import Stale
from portal_core.security.devices import apart
from portal_core.store.accounts import Account, Login, Stage, lives
from portal_core.store.school import Task, TaskKind
from portal_core.store.scope import Store

WATCH = Machine("portal", frozenset({Duty.ISSUE_ACCOUNTS}))
"""The portal itself, looking at logins."""

Sign = tuple[TaskKind, str]


def note_sharing(store: Store, *, by: Actor, at: Moment, logins: Collection[int]) -> None:
    """Opens a task for each pair of live logins of one account that are apart and both in use; `logins` are so just now.

    In use is within the school's `sharing_minutes`. Each pair is noted once, whatever becomes of the
    task, and none while a task about the same person waits.
    """
    if not (signs := _signs(store, by, at, logins)):
        return
    try:
        with store.writing_as(by, at) as work:
            work.require(Duty.ISSUE_ACCOUNTS)
            noted = set(work.session.scalars(select(Task.subject).where(Task.subject.in_([s for _, s in signs]))))
            waiting = select(Task.subject).where(Task.kind.in_({kind for kind, _ in signs}), Task.done_at.is_(None))
            whose = {subject.split()[0] for subject in work.session.scalars(waiting)}  # one at a time for each account
            for kind, subject in sorted(signs):
                if subject not in noted and (person := subject.split()[0]) not in whose:
                    whose.add(person)
                    work.add(Task(kind=kind, subject=subject, opened_at=at.instant))
                    work.audit(Verb.OPENED_TASK, kind=kind, subject=subject)
    except Stale:  # another process has just noted it
        return


def _signs(store: Store, by: Actor, at: Moment, logins: Collection[int]) -> set[Sign]:
    """The pairs among those logins and the others of their accounts that nothing has been noted of yet."""
    other = aliased(Login)
    with store.reading_as(by, at) as session:
        since = at.instant - timedelta(minutes=store.settings(at.instant).sharing_minutes)
        rows = session.execute(
            select(Login, other, Account)
            .join(other, (other.account_id == Login.account_id) & (other.id != Login.id))
            .join(Account, Account.id == Login.account_id)
            .where(
                Login.id.in_(logins),
                Login.address.is_not(None),
                *(
                    condition
                    for one in (Login, other)
                    for condition in (lives(one, at.instant), one.stage == Stage.COMPLETE, one.seen_at >= since)
                ),
            )
        ).all()
        signs = {
            _sign(account, *sorted((one.id, two.id)))
            for one, two, account in rows
            if apart((one.address, one.browser), (two.address, two.browser))
        }
        known = set(session.scalars(select(Task.subject).where(Task.subject.in_([subject for _, subject in signs]))))
        return {sign for sign in signs if sign[1] not in known}


def _sign(account: Account, first: int, second: int) -> Sign:
    if account.adult_id is not None:
        return TaskKind.SHARED_SIGN_IN, f"adult:{account.adult_id} logins:{first}+{second}"
    return TaskKind.SHARED_STAFF_SIGN_IN, f"staff:{account.staff_id} logins:{first}+{second}"


def erase_addresses(store: Store, *, by: Actor, at: Moment) -> int:
    """Takes address and browser off logins older than the school's `retain_addresses_days`; how many there were."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        old = work.session.scalars(
            select(Login).where(
                Login.begun_at <= at.instant - timedelta(days=work.settings.retain_addresses_days),
                Login.address.is_not(None) | Login.browser.is_not(None),
            )
        ).all()
        for login in old:
            login.address = login.browser = None
        if old:
            work.audit(Verb.ERASED, addresses_of_sign_ins=len(old))
    return len(old)
