"""First use of an account: the one-time code, an own password, for staff a second factor, for parents the policy.

Each step goes on from a login that has come as far as that, and no further; see logins.py (PASS-1, PASS-2, SEC-4, SEC-5).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import _
from portal_core.domain.people import AccountState, Machine, Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, SignInRefused
from portal_core.security import credentials, throttle
from portal_core.security.logins import (
    DOOR,
    REFUSED,
    Device,
    Step,
    after_password,
    at_stage,
    begin,
    end_logins,
    move_on,
    patience,
    policy_in_force,
    refuse,
    set_state,
)
from portal_core.store.accounts import (
    Acceptance,
    Account,
    AccountStatus,
    ActivationCode,
    Login,
    NoticeShown,
    NoticeVersion,
    Stage,
)
from portal_core.store.people import Adult, Staff
from portal_core.store.scope import Store

_READER = Machine("door", frozenset({Duty.FIND_PEOPLE}))  # reads of the caller what they may not look up themselves


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app has to be told once: the secret in base32, and the address that the QR code holds."""

    secret: str
    address: str


def activate(store: Store, *, username: str, code: str, device: Device, at: Moment) -> Step:
    """The first step with a one-time code; it opens nothing but the choice of a password (PASS-1).

    Raises SignInRefused, alike for every cause, or Throttled.
    """
    settings, counted = patience(
        store, at, throttle.of_name(username), throttle.of_address(device.address), throttle.of_pair(username, device.address)
    )  # fmt: skip
    with store.counting() as session:
        account = session.scalar(select(Account.id).where(Account.username == username.strip().casefold()))
        code_id = session.scalar(
            select(ActivationCode.id)
            .join(AccountStatus, AccountStatus.account_id == ActivationCode.account_id)
            .where(
                ActivationCode.account_id == (account or 0),
                ActivationCode.code_hash == credentials.code_hash(code),
                ActivationCode.ended_at.is_(None),
                ActivationCode.expires_at > at.instant,
                AccountStatus.superseded_at.is_(None),
                AccountStatus.state == AccountState.ISSUED,
            )
        )
    if account is None or code_id is None:
        refuse(store, at, settings, counted, account)
    with store.writing_as(DOOR, at) as work:
        return begin(work, work.get(Account, account), device, Stage.PASSWORD)


def set_first_password(store: Store, *, by: Principal, password: str, at: Moment, vault: credentials.Vault) -> Step:
    """Uses the code up and makes the account active. Raises BadInput for a weak password. Takes about 100 ms."""
    credentials.check_new_password(password, *about(store, by.account_id, at))
    kept = credentials.hash_password(password)  # before the transaction, which nobody should wait for so long
    with store.writing_as(by, at) as work:
        login, account = at_stage(work, by, Stage.PASSWORD)
        code = work.session.scalar(
            select(ActivationCode).where(
                ActivationCode.account_id == account.id,
                ActivationCode.made_at <= login.begun_at,  # not one that was made after this login began
                ActivationCode.ended_at.is_(None),
                ActivationCode.expires_at > at.instant,
            )
        )
        if code is None:
            raise SignInRefused(_("Your code is not valid any more. Please ask the school for a new one."))
        code.ended_at = at.instant
        end_logins(work, account.id, but=login.id)  # others that came in by the same code
        account.password_hash = kept
        set_state(work, account.id, AccountState.ACTIVE)
        if account.staff_id is not None:
            account.factor_secret, account.factor_step = vault.seal(credentials.new_factor()), None
        work.audit(Verb.ACTIVATED, account=account.id)
        return move_on(work, login, after_password(work, account, at))


def enrolment(store: Store, *, by: Principal, at: Moment, vault: credentials.Vault) -> Enrolment:
    """The second factor that is to be enrolled, to its owner alone and until it has been. Raises SignInRefused."""
    with store.reading_as(_READER, at) as session:
        login, account = session.get(Login, by.login_id), session.get(Account, by.account_id)
        if login is None or account is None or login.stage is not Stage.ENROL or account.factor_secret is None:
            raise SignInRefused(_(REFUSED))
        if account.factor_step is not None:  # enrolled: its owner has it, and nobody is shown it again
            raise SignInRefused(_(REFUSED))
        secret = vault.open(account.factor_secret)
        return Enrolment(
            secret, credentials.factor_address(secret, account.username, store.settings(at.instant).name or "Portal")
        )


def username(store: Store, *, by: Principal, at: Moment) -> str:
    """The caller's own, for their password manager."""
    with store.reading_as(_READER, at) as session:
        account = session.get(Account, by.account_id)
        return account.username if account else ""


def last_accepted(store: Store, *, by: Principal, at: Moment) -> datetime | None:
    """When the caller last accepted a version of the policy; None while they never have."""
    with store.reading_as(_READER, at) as session:
        question = select(func.max(Acceptance.accepted_at)).where(Acceptance.adult_id == by.adult_id)
        return session.scalar(question.where(Acceptance.accepted_at <= at.instant))


def accept_policy(store: Store, *, by: Principal, version: int, notice: int | None, at: Moment) -> Step:
    """Accepts the version of the policy in force and notes the privacy notice given; both as they were shown (SEC-4, SEC-5).

    Also for somebody signed in while a new version was published. Raises BadInput if either has changed since.
    """
    with store.writing_as(by, at) as work:
        login, account = at_stage(work, by, Stage.ACCEPT, Stage.COMPLETE)
        newest = work.session.scalar(
            select(func.max(NoticeVersion.number)).where(NoticeVersion.published_at <= at.instant)
        )
        if account.adult_id is None or (version, notice) != (policy_in_force(work, at), newest):
            raise BadInput(_("The text has changed while you read it. Please read the new one below."))
        if work.session.get(Acceptance, (account.adult_id, version)) is None:
            work.session.add(Acceptance(adult_id=account.adult_id, version=version, accepted_at=at.instant))
            work.audit(Verb.ACCEPTED_POLICY, account=account.id, version=version)
        if newest and work.session.get(NoticeShown, (account.id, newest)) is None:
            work.session.add(NoticeShown(account_id=account.id, version=newest, shown_at=at.instant))
            work.audit(Verb.WAS_SHOWN_NOTICE, account=account.id, version=newest)
        return move_on(work, login, Stage.COMPLETE)


def about(store: Store, account_id: int, at: Moment) -> list[str]:
    """Words that a guesser would try first: the owner's names, their address, the school's name."""
    with store.reading_as(_READER, at) as session:
        account = session.get(Account, account_id)
        if account is None:
            raise SignInRefused(_(REFUSED))
        owner = session.get(Adult, account.adult_id) if account.adult_id else session.get(Staff, account.staff_id)
        words = [account.username, *store.settings(at.instant).name.split()]
        if owner is not None:
            words += [owner.forename, owner.surname, owner.email, *owner.email.split("@")]
    return words
