"""A forgotten password: a link by e-mail that counts once and for an hour, asked for without learning whether a name exists.

Asked with a name that is nobody's, of an account that is not open, of an adult without an address or with one that others
share or had before, the same is read, written and answered; only the message is missing. Whoever gets none asks the school for a new
printed code (`renew_code` in accounts.py), which works without e-mail (PASS-1, PASS-2, PASS-3).
"""

from datetime import timedelta

from sqlalchemy import delete, func, select

from portal_core.domain.clauses import Verb
from portal_core.domain.language import N_, _
from portal_core.domain.mail import MailKind
from portal_core.domain.people import AccountState, Principal
from portal_core.domain.school import Moment
from portal_core.errors import SignInRefused
from portal_core.security import credentials, first_use, throttle, ways_back
from portal_core.security.logins import DOOR, Device, end_logins
from portal_core.security.mail import post, tell_owner
from portal_core.services import addresses
from portal_core.services.accounts import state_of
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.people import Adult
from portal_core.store.recovery import ResetLink
from portal_core.store.scope import Store, Work

LASTS = timedelta(minutes=60)
MOST_AN_HOUR = 3
OVER = N_("This link has been used, or its hour is over. Please ask for a new one.")


def ask_for_reset(store: Store, *, username: str, device: Device, at: Moment, vault: credentials.Vault) -> None:
    """Sends a link to whom that name belongs, if it may; says nothing of it either way. Raises Throttled, alike for all."""
    counted = throttle.of_asking(username.strip().casefold()), throttle.of_asker(device.address)
    throttle.require_patience(store, counted, at.instant, throttle.ASKS)
    throttle.count_failure(store, counted, at.instant, throttle.ASKS)
    token, kept = credentials.new_token()
    with store.writing_as(DOOR, at) as work:
        _tidy(work)
        account, adult = _to_be_written_to(work, username)
        work.add(
            ResetLink(
                account_id=account, token_hash=kept, made_at=at.instant, expires_at=at.instant + LASTS,
                ended_at=None if adult is not None else at.instant,
            )
        )  # fmt: skip
        if adult is not None:
            post(work, adult=adult, kind=MailKind.PASSWORD_RESET, vault=vault, link=f"/reset?t={token}")
        work.audit(Verb.ASKED_FOR_RESET, account=account, sent=adult is not None)


def reset_password(store: Store, *, token: str, password: str, device: Device, at: Moment) -> None:
    """A new password by the link; every sign-in ends, a second factor stays on. Takes about 100 ms.

    Raises SignInRefused for a link that does not count any more, BadInput for a weak password, Throttled.
    """
    settings = store.settings(at.instant)
    counted = [throttle.of_address(device.address)]
    throttle.require_patience(store, counted, at.instant, settings.throttle_after_failures)
    link = live_link(store, token=token, at=at)
    if link is None:
        throttle.count_failure(store, counted, at.instant, settings.throttle_after_failures)
        raise SignInRefused(_(OVER))
    link_id, owner = link
    credentials.check_new_password(password, *first_use.about(store, owner.account_id, at))
    kept = credentials.hash_password(password)
    with store.writing_as(owner, at) as work:
        found = work.hold(ResetLink, link_id)
        account = work.hold(Account, owner.account_id)
        if (
            found.ended_at is not None or state_of(work, account.id) is not AccountState.ACTIVE
        ):  # used or made void while we were hashing
            raise SignInRefused(_(OVER))
        ways_back.void_pending(work, account)
        account.password_hash = kept
        tell_owner(work, account, Verb.RESET_PASSWORD)
        work.audit(Verb.RESET_PASSWORD, account=account.id, logins=end_logins(work, account.id))


def live_link(store: Store, *, token: str, at: Moment) -> tuple[int, Principal] | None:
    """The link, and whose it is, while it counts; looking uses nothing up, since mail scanners look too."""
    with store.counting() as session:
        found = session.execute(
            select(ResetLink.id, Account)
            .join(Account, Account.id == ResetLink.account_id)
            .join(AccountStatus, AccountStatus.account_id == ResetLink.account_id)
            .where(
                ResetLink.token_hash == credentials.token_hash(token),
                ResetLink.ended_at.is_(None),
                ResetLink.expires_at > at.instant,
                AccountStatus.superseded_at.is_(None),
                AccountStatus.state == AccountState.ACTIVE,
            )
        ).one_or_none()
        return (found[0], ways_back.holder(found[1])) if found is not None else None


def _to_be_written_to(work: Work, username: str) -> tuple[int | None, int | None]:
    """The account of that name, and its adult if a link may be sent to them: whoever shares a mailbox, or
    had it before, could use it."""
    name = username.strip().casefold()
    found = work.session.execute(
        select(Account.id, Account.adult_id, Adult.email, AccountStatus.state)
        .join(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
        .outerjoin(Adult, Adult.id == Account.adult_id)
        .where(Account.username == name)
    ).one_or_none()
    account, adult, email, state = found if found is not None else (None, None, None, None)
    own = addresses.is_own(work, adult, email or "nobody")
    lately = work.session.scalar(
        select(func.count())
        .select_from(ResetLink)
        .where(ResetLink.account_id == (account or 0), ResetLink.made_at > work.at.instant - LASTS)
    )
    may = state is AccountState.ACTIVE and bool(email) and own and (lately or 0) < MOST_AN_HOUR
    return account, adult if may else None


def _tidy(work: Work) -> None:
    """Links whose day is over tell nobody anything any more."""
    old = ResetLink.expires_at < work.at.instant - timedelta(days=1)
    work.session.execute(delete(ResetLink).where(old).execution_options(synchronize_session=False))
