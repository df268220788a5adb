"""Signing in, step by step: each step proves one thing, changes the cookie and says what is still to be shown.

Password, then second factor (staff always), then acceptance of the policy (parents), then complete. First use begins with
a one-time code in place of the password (first_use.py). Whatever is wrong, the answer is one and costs the same
(PASS-1 to PASS-3, SEC-4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import delete, func, select

from portal_core.domain.clauses import Verb
from portal_core.domain.language import N_, _
from portal_core.domain.people import AccountState, Machine, Principal
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.errors import SignInRefused
from portal_core.security import credentials, factor, throttle
from portal_core.security.devices import TAB_GONE
from portal_core.store.accounts import Acceptance, Account, AccountStatus, Draft, Login, PolicyVersion, Stage
from portal_core.store.scope import Store, Work

REFUSED = N_("That did not work. Please check what you typed and try again, or ask the school for help.")
DOOR = Machine("door", frozenset())


@dataclass(frozen=True, slots=True)
class Step:
    """Where a sign-in has come to: the cookie to set from now on, and what comes next."""

    token: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody signs in: address, what they said of the device (USE-2), kind of browser (SEC-2).

    `beats` if the browser runs our scripts, so that its tabs will say that they are open.
    """

    address: str
    shared: bool = False
    browser: str = ""
    beats: bool = False


def sign_in(store: Store, *, username: str, password: str, device: Device, at: Moment) -> Step:
    """The first step with a password. Raises SignInRefused, alike for every cause, or Throttled. Takes about 50 ms."""
    pair = throttle.of_pair(username, device.address)
    settings, counted = patience(store, at, throttle.of_name(username), throttle.of_address(device.address), pair)
    with store.counting() as session:
        found = session.execute(
            select(Account.id, Account.password_hash, AccountStatus.state)
            .join(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
            .where(Account.username == username.strip().casefold())
        ).one_or_none()
    right, newer = credentials.verify_password(password, found.password_hash if found else None)
    if not right or found is None or found.state is not AccountState.ACTIVE:
        refuse(store, at, settings, counted, found.id if found else None)
    with store.writing_as(DOOR, at) as work:
        account = work.hold(Account, found.id)  # who ends all logins meanwhile waits, and then finds this one too
        if account.password_hash != found.password_hash:  # renewed or closed while we were hashing
            raise SignInRefused(_(REFUSED))
        if newer:
            account.password_hash = newer
        step = begin(work, account, device, after_password(work, account, at))
    throttle.forgive(store, pair, at.instant)
    return step


def show_factor(
    store: Store, *, by: Principal, code: str, at: Moment, vault: credentials.Vault, read_at: datetime | None = None
) -> Step:
    """The second factor: shown, or for the first time confirmed. A code counts once. Raises SignInRefused, Throttled.

    `read_at` is when the code was read off, where the portal's clock is not the authenticator's, as in the demo.
    """
    settings, counted = patience(store, at, throttle.of_factor(by.account_id))
    with store.writing_as(by, at) as work:
        login, account = at_stage(work, by, Stage.FACTOR, Stage.ENROL)
        enrols = login.stage is Stage.ENROL
        if enrols and account.factor_step is not None:  # another login has enrolled it meanwhile
            raise SignInRefused(_(REFUSED))
        step = None
        if factor.counts(work, account, code, vault=vault, read_at=read_at or at.instant):
            if enrols:
                _end_enrolling(work, login)
                work.audit(Verb.ENROLLED_FACTOR, account=account.id)
            step = move_on(work, login, after_factor(work, account, at))
    if step is None:
        refuse(store, at, settings, counted, by.account_id)
    throttle.forgive(store, counted[0], at.instant)
    return step


def sign_out(store: Store, *, by: Principal, at: Moment) -> None:
    """Ends this login; its cookie opens nothing from now on. Text that was not sent is given up with it."""
    with store.writing_as(by, at) as work:
        login = work.get(Login, by.login_id)
        login.ended_at = login.ended_at or at.instant
        work.audit(Verb.SIGNED_OUT, login=login.id)
        work.session.execute(delete(Draft).where(Draft.account_id == login.account_id))


def end_logins(work: Work, account_id: int, *, but: int | None = None) -> int:
    """Ends every login of an account, save one, in the caller's transaction; how many there were."""
    live = work.session.scalars(select(Login).where(Login.account_id == account_id, Login.ended_at.is_(None))).all()
    others = [login for login in live if login.id != but]
    for login in others:
        login.ended_at = work.at.instant
    return len(others)


def _end_enrolling(work: Work, enrolled: Login) -> None:
    """Ends the account's other logins that a password alone brought to enrolment: the factor is not for them to see."""
    others = select(Login).where(
        Login.account_id == enrolled.account_id,
        Login.id != enrolled.id,
        Login.stage == Stage.ENROL,
        Login.ended_at.is_(None),
    )
    for login in work.session.scalars(
        others.with_for_update(skip_locked=True)
    ):  # one locked now waits for us, and is refused
        login.ended_at = work.at.instant


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


def patience(store: Store, at: Moment, *counted: str) -> tuple[SchoolSettings, Sequence[str]]:
    """Settings, and the counters that a failure of this try goes to. Raises Throttled while one of them says wait."""
    settings = store.settings(at.instant)
    throttle.require_patience(store, counted, at.instant, settings.throttle_after_failures)
    return settings, counted


def refuse(
    store: Store,
    at: Moment,
    settings: SchoolSettings,
    counted: Sequence[str],
    account: int | None,
    words: str = REFUSED,
) -> NoReturn:
    """One failure more. The audit says so, and nothing of what was typed: it may be a password in the wrong field."""
    throttle.count_failure(store, counted, at.instant, settings.throttle_after_failures)
    with store.writing_as(DOOR, at) as work:
        work.audit(Verb.SIGN_IN_FAILED, account=account, step=counted[0].partition(":")[0])
    raise SignInRefused(_(words))


def begin(work: Work, account: Account, device: Device, stage: Stage) -> Step:
    """A new login under a new cookie."""
    token, kept = credentials.new_token()
    now, settings = work.at.instant, work.settings
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
        open_until=now + TAB_GONE if device.shared and device.beats else None,
        address=device.address[:200] or None,
        browser=device.browser[:200] or None,
    )
    work.add(login)
    work.audit(_passed(stage), account=account.id, login=login.id, stage=str(stage))
    return Step(token, stage)


def move_on(work: Work, login: Login, stage: Stage) -> Step:
    """The next stage under a new cookie, so that one seen before it is worth nothing after."""
    login.stage = stage
    work.audit(_passed(stage), account=login.account_id, login=login.id, stage=str(stage))
    return rotate(work, login)


def rotate(work: Work, login: Login) -> Step:
    """The same login under a new cookie: after a change of what it was proved with, one seen before is worth nothing."""
    token, login.token_hash = credentials.new_token()
    login.seen_at = work.at.instant
    return Step(token, login.stage)


def _passed(stage: Stage) -> Verb:
    """Who has more to prove is not signed in yet."""
    return Verb.SIGNED_IN if stage is Stage.COMPLETE else Verb.PASSED_STEP


def at_stage(work: Work, by: Principal, *stages: Stage) -> tuple[Login, Account]:
    """The caller's login and account, both locked: of two at once the second finds what the first has left."""
    login = work.session.get(Login, by.login_id, with_for_update=True)
    if login is None or login.ended_at is not None or login.stage not in stages:
        raise SignInRefused(_(REFUSED))
    account = work.session.get(Account, login.account_id, with_for_update=True)
    if account is None:
        raise SignInRefused(_(REFUSED))
    return login, account


def after_password(work: Work, account: Account, at: Moment) -> Stage:
    """What follows a right password, or the choice of one."""
    if account.factor_step is not None:
        return Stage.FACTOR
    return Stage.ENROL if account.staff_id is not None else after_factor(work, account, at)


def after_factor(work: Work, account: Account, at: Moment) -> Stage:
    """What follows once it is certain who it is."""
    required = policy_in_force(work, at)
    if account.adult_id is None or required is None:
        return Stage.COMPLETE
    accepted = work.session.scalar(select(func.max(Acceptance.version)).where(Acceptance.adult_id == account.adult_id))
    return Stage.COMPLETE if accepted is not None and accepted >= required else Stage.ACCEPT
