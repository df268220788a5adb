"""A parent's own e-mail address: another one counts once both have said yes; the first one, once it has (PASS-2)."""

import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import N_, _
from portal_core.domain.mail import MailKind
from portal_core.domain.people import AccountState, Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, SignInRefused
from portal_core.security import credentials, throttle, ways_back
from portal_core.security.mail import post
from portal_core.security.own_password import prove, same_password
from portal_core.services import addresses
from portal_core.services.accounts import state_of
from portal_core.services.import_changes import open_task
from portal_core.store.accounts import Account
from portal_core.store.people import Adult
from portal_core.store.recovery import EmailChange
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work

LASTS = timedelta(hours=24)
OVER = N_("This link has been used, or its day is over. Nothing has been changed by it now.")
_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """Where the portal writes to, empty for nobody; the address that is to be the next, and which have said yes to it."""

    address: str
    waiting: str = ""
    old_said: bool = False
    new_said: bool = False


def own_address(store: Store, *, by: Principal, at: Moment) -> OwnAddress:
    """The caller's own, as it stands."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        adult = work.get(Adult, by.adult_id)
        change = _live(work, by.account_id)
        if change is None:
            return OwnAddress(adult.email)
        return OwnAddress(
            adult.email, change.address, change.old_hash is None or change.old_said_at is not None,
            change.new_said_at is not None,
        )  # fmt: skip


def ask_to_change(
    store: Store, *, by: Principal, address: str, password: str, at: Moment, vault: credentials.Vault
) -> None:
    """Writes to the address on record, if there is one, and to the new one. Raises BadInput, SignInRefused, Throttled."""
    address = address.strip()
    if len(address) > 200 or not _ADDRESS.fullmatch(address):
        raise BadInput(_("This does not look like an e-mail address. It should be like name@example.org."))
    counted = [throttle.of_asking(f"account {by.account_id}")]
    throttle.require_patience(store, counted, at.instant, throttle.ASKS)
    proved = prove(store, by=by, password=password, at=at)
    throttle.count_failure(store, counted, at.instant, throttle.ASKS)
    (old, old_kept), (new, new_kept) = credentials.new_token(), credentials.new_token()
    with store.writing_as(by, at) as work:
        account = same_password(work, by, proved)
        adult = work.hold(Adult, account.adult_id)
        if adult.email.casefold() == address.casefold():
            raise BadInput(_("This is the address that we write to already."))
        ways_back.end_changes(work, account.id)
        work.add(
            EmailChange(
                account_id=account.id, address=address, old_hash=old_kept if adult.email else None, new_hash=new_kept,
                made_at=at.instant, expires_at=at.instant + LASTS,
            )
        )  # fmt: skip
        for kind, to, token in (
            (MailKind.EMAIL_CHANGE_AGREE, adult.email, old),
            (MailKind.EMAIL_CHANGE_CONFIRM, address, new),
        ):
            if to:
                post(work, adult=adult.id, kind=kind, vault=vault, link=f"/email?t={token}", to=to)
        work.audit(Verb.ASKED_TO_CHANGE_EMAIL, account=account.id, first=not adult.email)


def stop_change(store: Store, *, by: Principal, at: Moment) -> None:
    """The change that waits does not happen; without one, nothing is done."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        if (change := _live(work, by.account_id)) is not None:
            ways_back.end_change(work, change)
            work.audit(Verb.SET, what="change of e-mail address stopped", account=by.account_id)


def waiting_link(store: Store, *, token: str, at: Moment) -> tuple[int, Principal] | None:
    """The change whose link this is, and whose it is, while it counts; looking uses nothing up."""
    kept = credentials.token_hash(token)
    with store.counting() as session:
        row = session.execute(
            select(EmailChange.id, Account)
            .join(Account, Account.id == EmailChange.account_id)
            .where(
                (EmailChange.old_hash == kept) | (EmailChange.new_hash == kept),
                EmailChange.ended_at.is_(None),
                EmailChange.expires_at > at.instant,
            )
        ).one_or_none()
        return (row[0], ways_back.holder(row[1])) if row is not None else None


def confirm_address(store: Store, *, token: str, at: Moment, vault: credentials.Vault) -> bool:
    """One address says yes; True once both have and the new one counts. Raises SignInRefused for a link that is over."""
    kept, found = credentials.token_hash(token), waiting_link(store, token=token, at=at)
    if found is None:
        raise SignInRefused(_(OVER))
    change_id, owner = found
    with store.writing_as(owner, at) as work:
        change = work.hold(EmailChange, change_id)
        account = work.get(Account, change.account_id)
        if change.ended_at is not None or state_of(work, account.id) is not AccountState.ACTIVE:
            raise SignInRefused(_(OVER))
        if kept == change.old_hash:
            change.old_said_at = change.old_said_at or at.instant
        else:
            change.new_said_at = change.new_said_at or at.instant
        work.audit(Verb.CONFIRMED_EMAIL, account=account.id, old=kept == change.old_hash)
        if change.new_said_at is None or (change.old_hash is not None and change.old_said_at is None):
            return False
        _change(work, account, change, vault)
        return True


def _change(work: Work, account: Account, change: EmailChange, vault: credentials.Vault) -> None:
    adult = work.hold(Adult, account.adult_id)
    before, adult.email, adult.email_own = adult.email, change.address, True
    addresses.leave(work, adult, before)
    for to in filter(None, (before, adult.email)):
        post(work, adult=adult.id, kind=MailKind.EMAIL_CHANGED_NOTICE, vault=vault, to=to)
    open_task(work, TaskKind.EMAIL_CHANGED, f"adult:{adult.id}")
    work.audit(Verb.OPENED_TASK, kind=TaskKind.EMAIL_CHANGED, subject=f"adult:{adult.id}")
    work.audit(Verb.CHANGED_EMAIL, account=account.id)


def _live(work: Work, account_id: int) -> EmailChange | None:
    return work.session.scalar(
        select(EmailChange).where(
            EmailChange.account_id == account_id,
            EmailChange.ended_at.is_(None),
            EmailChange.expires_at > work.at.instant,
        )
    )
