"""Whatever leads back into an account besides its password, and how all of it is made void at once."""

from sqlalchemy import select

from portal_core.domain.people import Principal
from portal_core.security.factor import void_recovery_codes
from portal_core.store.accounts import Account
from portal_core.store.people import Adult
from portal_core.store.recovery import EmailChange, ResetLink
from portal_core.store.scope import Work


def void(work: Work, account: Account) -> None:
    """Recovery codes and all that is on its way: none of them counts from now on."""
    void_recovery_codes(work, account.id)
    void_pending(work, account)


def void_pending(work: Work, account: Account) -> None:
    """Whatever somebody who knew the old password may have begun: links to a new one, a change of address, a second factor."""
    void_links(work, account.id)
    end_changes(work, account.id)
    if account.factor_step is None:
        account.factor_secret = None


def void_links(work: Work, account_id: int) -> None:
    """Links to a new password that have not been used."""
    for link in work.session.scalars(
        select(ResetLink).where(ResetLink.account_id == account_id, ResetLink.ended_at.is_(None))
    ).all():
        link.ended_at = work.at.instant


def end_changes(work: Work, account_id: int) -> None:
    """Changes of address on their way, in time or not."""
    for change in work.session.scalars(
        select(EmailChange).where(EmailChange.account_id == account_id, EmailChange.ended_at.is_(None))
    ).all():
        end_change(work, change)


def end_change(work: Work, change: EmailChange) -> None:
    """Over, one way or the other; the address it was about goes with it."""
    change.ended_at, change.address = work.at.instant, ""
    work.session.flush()


def holder(account: Account) -> Principal:
    """Whoever uses a link sent to the account's owner, as the audit names them: the link is their proof, and opens nothing."""
    return Principal(login_id=0, account_id=account.id, adult_id=account.adult_id, complete=False)


def forget_own_address(work: Work, account: Account) -> None:
    """An address that somebody gave in the portal is not written to any more; the next import brings the records' own."""
    adult = work.session.get(Adult, account.adult_id) if account.adult_id is not None else None
    if adult is not None and adult.email_own:
        adult.email, adult.email_own = "", False
