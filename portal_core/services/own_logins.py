"""A person's own sign-ins: from when and from what; ending them, and saying that one was not theirs (SEC-2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor, Principal
from portal_core.domain.school import Moment
from portal_core.errors import NotFound
from portal_core.security import ways_back
from portal_core.security.devices import browser_in_words, in_part
from portal_core.security.logins import end_logins
from portal_core.services.import_changes import open_task
from portal_core.store.accounts import Account, Login, Stage, lives
from portal_core.store.recovery import EmailChange
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store

MOST = 30
BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in. `place` is a part of the address, empty once it is erased; `whole` is whether every step was shown."""

    id: int
    begun_at: datetime
    seen_at: datetime
    words: str
    place: str
    shared: bool
    whole: bool
    open: bool
    this: bool


def sign_ins(store: Store, *, by: Principal, at: Moment) -> list[SignIn]:
    """The caller's own of the last 90 days, open ones first, then the newest; at most MOST."""
    now = at.instant
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        found = work.session.scalars(
            select(Login)
            .where(Login.account_id == by.account_id, Login.begun_at >= now - BACK)
            .order_by(lives(Login, now).desc(), Login.id.desc())
            .limit(MOST)
        ).all()
        alive = set(work.session.scalars(select(Login.id).where(Login.account_id == by.account_id, lives(Login, now))))
        told = [
            SignIn(
                one.id, one.begun_at, one.seen_at, browser_in_words(one.browser), in_part(one.address or ""), one.shared_device,
                one.stage is Stage.COMPLETE, one.id in alive, one.id == by.login_id,
            )
            for one in found
        ]  # fmt: skip
        return sorted(told, key=lambda one: (not one.this, not one.open))


def end_login(store: Store, *, by: Principal, at: Moment, login: int) -> None:
    """Ends one of the caller's own sign-ins. Raises NotFound for anybody else's, as for none."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        found = work.session.get(Login, login, with_for_update=True)
        if found is None or found.account_id != by.account_id:
            raise NotFound("This sign-in is not there any more. Please look again.")
        found.ended_at = found.ended_at or at.instant
        work.audit(Verb.ENDED_LOGINS, account=by.account_id, logins=[login])


def end_others(store: Store, *, by: Principal, at: Moment) -> int:
    """Ends all of the caller's sign-ins but this one; how many there were."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        ended = end_logins(work, by.account_id, but=by.login_id)
        work.audit(Verb.ENDED_LOGINS, account=by.account_id, others=ended)
        return ended


def disown(store: Store, *, by: Principal, at: Moment) -> None:
    """The answer to “this wasn’t me”: every sign-in ends, password, ways back and an address given in the portal are void,
    and staff find a task (SEC-2)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        account = work.hold(Account, by.account_id)
        account.password_hash = None
        ways_back.void(work, account)
        ways_back.forget_own_address(work, account)
        ended = end_logins(work, account.id)
        kind = TaskKind.SIGN_IN_DISOWNED if by.adult_id is not None else TaskKind.STAFF_SIGN_IN_DISOWNED
        open_task(work, kind, str(by))
        work.audit(Verb.OPENED_TASK, kind=kind, subject=str(by))
        work.audit(Verb.DISOWNED_LOGIN, account=account.id, logins=ended)


def forget_unconfirmed(store: Store, *, by: Actor, at: Moment) -> None:
    """Erases new e-mail addresses that nobody confirmed in their day; asked by the server now and then."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        for change in work.session.scalars(
            select(EmailChange).where(EmailChange.ended_at.is_(None), EmailChange.expires_at <= at.instant)
        ).all():
            ways_back.end_change(work, change)
            work.audit(Verb.SET, what="change of e-mail address lapsed", account=change.account_id)
