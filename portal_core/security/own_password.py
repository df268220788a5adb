"""A password changed by its owner, and proving it again before what must not be done at a desk left open (PASS-2)."""

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import N_, _
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.security import credentials, first_use, throttle, ways_back
from portal_core.security.logins import Step, at_stage, end_logins, patience, refuse, rotate
from portal_core.security.mail import tell_owner
from portal_core.store.accounts import Account, Stage
from portal_core.store.scope import Store, Work

WRONG = N_("That is not your password as it is now. Please type it again.")
MEANWHILE = N_("Your password has changed in the meantime. Please sign in again.")


def prove(store: Store, *, by: Principal, password: str, at: Moment) -> str:
    """That the caller knows their password: the hash it was proved against, for `same_password` in the transaction.

    Takes about 50 ms. Raises SignInRefused, Throttled.
    """
    settings, counted = patience(store, at, throttle.of_password(by.account_id))
    with store.counting() as session:
        kept = session.scalar(select(Account.password_hash).where(Account.id == by.account_id))
    right, _newer = credentials.verify_password(password, kept)
    if not right or kept is None:
        refuse(store, at, settings, counted, by.account_id, WRONG)
    throttle.forgive(store, counted[0], at.instant)
    return kept


def same_password(work: Work, by: Principal, proved: str) -> Account:
    """The caller's account, locked, its password still the one proved. Raises Stale, SignInRefused, NotPermitted."""
    work.require(Duty.KEEP_ACCOUNT)
    account = at_stage(work, by, Stage.COMPLETE)[1]
    if account.password_hash != proved:
        raise Stale(_(MEANWHILE))
    return account


def change_password(store: Store, *, by: Principal, password: str, new: str, at: Moment) -> Step:
    """The new one in the old one's place; every other sign-in ends and this one goes on under a new cookie.

    Takes about 200 ms. Raises SignInRefused for a wrong old one, BadInput for a weak new one or the same, Throttled.
    """
    proved = prove(store, by=by, password=password, at=at)
    if credentials.verify_password(new, proved)[0]:
        raise BadInput(_("That is the password that you have. Please choose another."))
    credentials.check_new_password(new, *first_use.about(store, by.account_id, at))
    kept = credentials.hash_password(new)
    with store.writing_as(by, at) as work:
        account = same_password(work, by, proved)
        login, _other = at_stage(work, by, Stage.COMPLETE)
        account.password_hash = kept
        ways_back.void_pending(work, account)
        others = end_logins(work, account.id, but=login.id)
        tell_owner(work, account, Verb.CHANGED_PASSWORD)
        work.audit(Verb.CHANGED_PASSWORD, account=account.id, others=others)
        return rotate(work, login)
