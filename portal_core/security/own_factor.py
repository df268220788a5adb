"""A parent's own second factor: set up with an app, kept with recovery codes, switched off with password and code (PASS-2).

For staff it is required and begins with the account (first_use.py); an administrator takes a lost one off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import N_, _
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.security import credentials, factor, throttle
from portal_core.security.first_use import Enrolment
from portal_core.security.logins import Step, at_stage, end_logins, patience, refuse, rotate
from portal_core.security.mail import tell_owner
from portal_core.security.own_password import MEANWHILE, prove, same_password
from portal_core.store.accounts import Account, Stage
from portal_core.store.scope import Store, Work

WRONG = N_("That code does not count. Please wait for the next one that the app shows, and type that.")
BEGIN_AGAIN = N_("Please begin setting up your second step again.")
NOT_ON = N_("Your second step is not switched on.")


@dataclass(frozen=True, slots=True)
class Kept:
    """A second factor just confirmed, or its codes made anew: the cookie from now on, and the codes, shown this once."""

    step: Step
    codes: tuple[str, ...]


def begin(store: Store, *, by: Principal, password: str, at: Moment, vault: credentials.Vault) -> None:
    """A secret to be enrolled; nothing is asked for at sign-in until a first code has confirmed it."""
    proved = prove(store, by=by, password=password, at=at)
    with store.writing_as(by, at) as work:
        account = _own(same_password(work, by, proved))
        if account.factor_step is not None:
            raise Stale(_("Your second step is switched on already."))
        account.factor_secret = vault.seal(f"{by.login_id}:{credentials.new_factor()}")
        work.audit(Verb.SET, what="second factor begun", account=account.id)


def to_enrol(store: Store, *, by: Principal, at: Moment, vault: credentials.Vault) -> Enrolment | None:
    """What the app has to be told, to the sign-in alone that began it, until the first code; else None."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        account = work.get(Account, by.account_id)
        if account.adult_id is None or account.factor_secret is None or account.factor_step is not None:
            return None
        begun_by, secret = _begun(account, vault)
        if begun_by != str(by.login_id):  # somebody else with the password must not read what the owner sets up
            return None
        return Enrolment(
            secret, credentials.factor_address(secret, account.username, work.settings.name or "Portal")
        )  # fmt: skip


def confirm(store: Store, *, by: Principal, code: str, at: Moment, vault: credentials.Vault, read_at: datetime) -> Kept:
    """Switches it on by a first code. Other sign-ins, proved with less, end. Raises SignInRefused, Throttled, Stale."""

    def switched_on(work: Work, account: Account) -> Kept:
        account.factor_secret = vault.seal(_begun(account, vault)[1])
        tell_owner(work, account, Verb.ENROLLED_FACTOR)
        work.audit(Verb.ENROLLED_FACTOR, account=account.id)
        return Kept(_alone(work, by), factor.new_recovery_codes(work, account))

    return _with_code(store, by, code, at, vault, read_at, on=False, then=switched_on)


def renew_codes(
    store: Store, *, by: Principal, code: str, at: Moment, vault: credentials.Vault, read_at: datetime
) -> Kept:
    """New recovery codes; those before are void. Raises SignInRefused, Throttled, Stale."""

    def renewed(work: Work, account: Account) -> Kept:
        login, _account = at_stage(work, by, Stage.COMPLETE)
        return Kept(rotate(work, login), factor.new_recovery_codes(work, account))

    return _with_code(store, by, code, at, vault, read_at, on=True, then=renewed)


def drop(
    store: Store, *, by: Principal, password: str, code: str, at: Moment, vault: credentials.Vault, read_at: datetime
) -> Step:
    """Switches it off, by password and a code of either kind. Raises SignInRefused, Throttled, Stale."""
    proved = prove(store, by=by, password=password, at=at)

    def switched_off(work: Work, account: Account) -> Kept:
        if account.password_hash != proved:
            raise Stale(_(MEANWHILE))
        account.factor_secret = account.factor_step = None
        factor.void_recovery_codes(work, account.id)
        tell_owner(work, account, Verb.DROPPED_FACTOR)
        work.audit(Verb.DROPPED_FACTOR, account=account.id)
        return Kept(_alone(work, by), ())

    return _with_code(store, by, code, at, vault, read_at, on=True, then=switched_off).step


def _with_code(
    store: Store, by: Principal, code: str, at: Moment, vault: credentials.Vault, read_at: datetime, *, on: bool,
    then: Callable[[Work, Account], Kept],
) -> Kept:  # fmt: skip
    """Does `then` if the code is right for the caller, and the second factor is on or off as it must be."""
    settings, counted = patience(store, at, throttle.of_factor(by.account_id))
    done = None
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        account = at_stage(work, by, Stage.COMPLETE)[1]
        _own(account)
        if (account.factor_step is not None) is not on or account.factor_secret is None:
            raise Stale(_(NOT_ON if on else BEGIN_AGAIN))
        if not on and _begun(account, vault)[0] != str(by.login_id):
            raise Stale(_(BEGIN_AGAIN))
        if factor.counts(work, account, code, vault=vault, read_at=read_at):
            done = then(work, account)
    if done is None:
        refuse(store, at, settings, counted, by.account_id, WRONG)
    throttle.forgive(store, counted[0], at.instant)
    return done


def _begun(account: Account, vault: credentials.Vault) -> tuple[str, str]:
    """The sign-in that began to set it up, and the secret."""
    parts = vault.open(account.factor_secret or b"").rpartition(":")
    return parts[0], parts[2]


def _own(account: Account) -> Account:
    if account.adult_id is None:
        raise BadInput("Staff always sign in with a second step. Ask an administrator to take a lost one off.")
    return account


def _alone(work: Work, by: Principal) -> Step:
    login, _account = at_stage(work, by, Stage.COMPLETE)
    end_logins(work, by.account_id, but=login.id)
    return rotate(work, login)
