"""Signing in, step by step: each step proves one thing, changes the cookie and says what is still to be shown.

Password, then second factor (staff always), then acceptance of the policy (parents), then complete. First use begins with
the one-time code in place of a password. Whatever is wrong, the answer is one and costs the same (PASS-1 to PASS-3, SEC-4).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import func, select

from portal_core.domain.clauses import Verb
from portal_core.domain.people import AccountState, Machine, Principal
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.errors import BadInput, SignInRefused
from portal_core.security import credentials, throttle
from portal_core.store.accounts import (
    Acceptance,
    Account,
    AccountStatus,
    ActivationCode,
    Login,
    NoticeShown,
    NoticeVersion,
    PolicyVersion,
    Stage,
)
from portal_core.store.people import Adult, Staff
from portal_core.store.scope import Store, Work

REFUSED = "That did not work. Please check what you typed, or ask the school for a new code."
DOOR = Machine("door", frozenset())


@dataclass(frozen=True, slots=True)
class Step:
    """Where a sign-in has come to: the cookie to set from now on, and what comes next."""

    token: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody signs in: the address for the throttle, and what they said of the device (USE-2)."""

    address: str
    shared: bool = False


def sign_in(store: Store, *, username: str, password: str, device: Device, at: Moment) -> Step:
    """The first step with a password. Raises SignInRefused, alike for every cause, or Throttled."""
    settings, counted = _patience(store, username, device, at)
    with store.counting(at.instant) as session:
        found = session.execute(
            select(Account.id, Account.password_hash, AccountStatus.state)
            .join(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
            .where(Account.username == username.strip().casefold())
        ).one_or_none()
    right, newer = credentials.verify_password(password, found.password_hash if found else None)
    if not right or found is None or found.state is not AccountState.ACTIVE:
        _refuse(store, counted, at)
    with store.writing_as(DOOR, at) as work:
        account = work.get(Account, found.id)
        if newer:
            account.password_hash = newer
        step = _begin(work, account, device, settings, _after_password(work, account, at))
    throttle.forgive(store, counted[0], at.instant)
    return step


def activate(store: Store, *, username: str, code: str, device: Device, at: Moment) -> Step:
    """The first step with a one-time code; it opens nothing but the choice of a password (PASS-1)."""
    settings, counted = _patience(store, username, device, at)
    with store.counting(at.instant) as session:
        found = session.scalar(
            select(Account.id)
            .join(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
            .join(ActivationCode, ActivationCode.account_id == Account.id)
            .where(
                Account.username == username.strip().casefold(),
                AccountStatus.state == AccountState.ISSUED,
                ActivationCode.code_hash == credentials.code_hash(code),
                ActivationCode.ended_at.is_(None),
                ActivationCode.expires_at > at.instant,
            )
        )
    if found is None:
        _refuse(store, counted, at)
    with store.writing_as(DOOR, at) as work:
        return _begin(work, work.get(Account, found), device, settings, Stage.PASSWORD)


def set_first_password(store: Store, *, by: Principal, password: str, at: Moment, vault: credentials.Vault) -> Step:
    """Uses the code up and makes the account active. Raises BadInput for a weak password."""
    with store.writing_as(by, at) as work:
        login, account = _at_stage(work, by, Stage.PASSWORD)
        credentials.check_new_password(password, account.username, *_names(work, account), *work.settings.name.split())
        code = work.session.scalar(
            select(ActivationCode).where(ActivationCode.account_id == account.id, ActivationCode.ended_at.is_(None))
        )
        if code is None or code.expires_at <= at.instant:
            raise SignInRefused(REFUSED)
        code.ended_at = at.instant
        account.password_hash = credentials.hash_password(password)
        set_state(work, account.id, AccountState.ACTIVE)
        if account.staff_id is not None:
            account.factor_secret, account.factor_step = vault.seal(credentials.new_factor()), None
        work.audit(Verb.ACTIVATED, account=account.id)
        return _move_on(work, login, _after_password(work, account, at))


def show_factor(store: Store, *, by: Principal, code: str, at: Moment, vault: credentials.Vault) -> Step:
    """The second factor: shown, or for the first time confirmed. A code counts once. Raises SignInRefused, Throttled."""
    _patience(store, f"factor of {by.account_id}", Device(""), at)
    with store.writing_as(by, at) as work:
        login, account = _at_stage(work, by, Stage.FACTOR, Stage.ENROL)
        secret = vault.open(account.factor_secret) if account.factor_secret else ""
        step = credentials.factor_step(secret, code, at.instant, account.factor_step) if secret else None
        if step is not None:
            if login.stage is Stage.ENROL:
                work.audit(Verb.ENROLLED_FACTOR, account=account.id)
            account.factor_step = step
            return _move_on(work, login, _after_factor(work, account, at))
    _refuse(store, [throttle.keys(f"factor of {by.account_id}", "")[0]], at)


def accept_policy(store: Store, *, by: Principal, version: int, at: Moment) -> Step:
    """Accepts the version of the policy in force, which must be the one that was shown (SEC-4, SEC-5)."""
    with store.writing_as(by, at) as work:
        login, account = _at_stage(work, by, Stage.ACCEPT)
        if account.adult_id is None or version != policy_in_force(work, at):
            raise BadInput("The policy has changed while you read it. Please read the new one below.")
        if work.session.get(Acceptance, (account.adult_id, version)) is None:
            work.session.add(Acceptance(adult_id=account.adult_id, version=version, accepted_at=at.instant))
        work.audit(Verb.ACCEPTED_POLICY, account=account.id, version=version)
        notice = work.session.scalar(select(func.max(NoticeVersion.number)))
        if notice and work.session.get(NoticeShown, (account.id, notice)) is None:
            work.session.add(NoticeShown(account_id=account.id, version=notice, shown_at=at.instant))
            work.audit(Verb.WAS_SHOWN_NOTICE, account=account.id, version=notice)
        return _move_on(work, login, Stage.COMPLETE)


def sign_out(store: Store, *, by: Principal, at: Moment) -> None:
    """Ends this login; its cookie opens nothing from now on."""
    with store.writing_as(by, at) as work:
        login = work.get(Login, by.login_id)
        login.ended_at = login.ended_at or at.instant
        work.audit(Verb.SIGNED_OUT, login=login.id)


def end_logins(work: Work, account_id: int) -> int:
    """Ends every login of an account in the caller's transaction; how many there were."""
    live = work.session.scalars(select(Login).where(Login.account_id == account_id, Login.ended_at.is_(None))).all()
    for login in live:
        login.ended_at = work.at.instant
    return len(live)


def set_state(work: Work, account_id: int, state: AccountState) -> None:
    """A new standing for an account, the one before superseded."""
    before = work.session.scalar(
        select(AccountStatus).where(AccountStatus.account_id == account_id, AccountStatus.superseded_at.is_(None))
    )
    if before is not None:
        before.superseded_at = work.at.instant
        work.session.flush()
    work.add(AccountStatus(account_id=account_id, state=state, recorded_at=work.at.instant))


def policy_in_force(work: Work, at: Moment) -> int | None:
    """The number of the newest version that must be accepted."""
    return work.session.scalar(
        select(func.max(PolicyVersion.number)).where(
            PolicyVersion.must_accept, PolicyVersion.published_at <= at.instant
        )
    )


def idle_until(principal: Principal, at: datetime, settings: SchoolSettings) -> datetime:
    """Until when a login stays without further use (USE-2)."""
    minutes = settings.idle_minutes_shared if principal.shared_device else settings.idle_minutes_private
    return at + timedelta(minutes=minutes)


def _patience(store: Store, username: str, device: Device, at: Moment) -> tuple[SchoolSettings, tuple[str, str]]:
    settings, counted = store.settings(at.instant), throttle.keys(username, device.address)
    throttle.require_patience(store, counted, at.instant, settings.throttle_after_failures)
    return settings, counted


def _refuse(store: Store, counted: tuple[str, ...] | list[str], at: Moment) -> NoReturn:
    throttle.count_failure(store, counted, at.instant)
    with store.writing_as(DOOR, at) as work:
        work.audit(Verb.SIGN_IN_FAILED, name=counted[0].removeprefix("name:")[:12])
    raise SignInRefused(REFUSED)


def _begin(work: Work, account: Account, device: Device, settings: SchoolSettings, stage: Stage) -> Step:
    token, kept = credentials.new_token()
    now = work.at.instant
    minutes = settings.idle_minutes_shared if device.shared else settings.idle_minutes_private
    login = Login(
        token_hash=kept,
        account_id=account.id,
        stage=stage,
        shared_device=device.shared,
        begun_at=now,
        seen_at=now,
        idle_until=now + timedelta(minutes=minutes),
        expires_at=now + timedelta(hours=settings.longest_login_hours),
    )
    work.add(login)
    work.audit(Verb.SIGNED_IN, account=account.id, login=login.id, stage=str(stage))
    return Step(token, stage)


def _move_on(work: Work, login: Login, stage: Stage) -> Step:
    """The next stage under a new cookie, so that one seen before it is worth nothing after."""
    token, login.token_hash = credentials.new_token()
    login.stage, login.seen_at = stage, work.at.instant
    if not work.entries:
        work.audit(Verb.SIGNED_IN, account=login.account_id, login=login.id, stage=str(stage))
    return Step(token, stage)


def _at_stage(work: Work, by: Principal, *stages: Stage) -> tuple[Login, Account]:
    login = work.get(Login, by.login_id)
    if login.ended_at is not None or login.stage not in stages:
        raise SignInRefused(REFUSED)
    return login, work.get(Account, login.account_id)


def _after_password(work: Work, account: Account, at: Moment) -> Stage:
    if account.factor_step is not None:
        return Stage.FACTOR
    return Stage.ENROL if account.staff_id is not None else _after_factor(work, account, at)


def _after_factor(work: Work, account: Account, at: Moment) -> Stage:
    required = policy_in_force(work, at)
    if account.adult_id is None or required is None:
        return Stage.COMPLETE
    accepted = work.session.scalar(select(func.max(Acceptance.version)).where(Acceptance.adult_id == account.adult_id))
    return Stage.COMPLETE if accepted is not None and accepted >= required else Stage.ACCEPT


def _names(work: Work, account: Account) -> tuple[str, ...]:
    if account.adult_id is not None:
        adult = work.get(Adult, account.adult_id)
        return adult.forename, adult.surname, adult.email
    staff = work.get(Staff, account.staff_id)
    return staff.forename, staff.surname, staff.email
