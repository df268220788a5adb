"""What is wrong with an installation, in plain words: each complaint says what to do."""

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Duty, Role, Verb
from portal_core.domain.people import AccountState, Actor
from portal_core.domain.school import Moment, utc_now
from portal_core.errors import AuditBroken, PortalError
from portal_core.security.credentials import Vault
from portal_core.services.calendar import calendar_of
from portal_core.services.installation import Installation
from portal_core.settings import DATABASE, FILE, OLDER_KEYS, SECRET_KEY
from portal_core.store import schema
from portal_core.store.accounts import Account, AccountStatus, NoticeVersion, PolicyVersion
from portal_core.store.people import StaffRole
from portal_core.store.school import ImportRun
from portal_core.store.scope import Work

NEEDED_TWICE = (Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD)
"""Roles whose duty must not fail when one person is away."""
OLDEST_BACKUP = timedelta(days=2)
TERMS_AHEAD = timedelta(days=30)


def examine(installation: Installation, *, by: Actor, at: Moment) -> list[str]:
    """Every complaint; none is a healthy installation. Raises NotPermitted."""
    found = [*_files(installation), *_schema(installation)]
    if schema.found(installation.store.engine) == schema.needed():
        with installation.store.writing_as(by, at) as work:
            work.require(Duty.VERIFY_AUDIT)
            for look in LOOKS:
                found += look(work, installation)
            work.audit(Verb.VIEWED, what="installation examined", complaints=len(found))
    return found


def _files(installation: Installation) -> Iterator[str]:
    told, folder = installation.settings, installation.settings.folder
    if os.name == "posix":
        for name in (SECRET_KEY, OLDER_KEYS, FILE, DATABASE):
            path = folder / name
            if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
                yield f"Others on this machine may read {path}. Run: chmod 600 {path}"
    if (folder / OLDER_KEYS).exists():
        yield "A rotation of the secret key was not finished. Run `portal rotate-key` again."
    try:
        if len(told.keys[0]) < 32:
            yield f"The secret key in {folder / SECRET_KEY} is shorter than 32 characters. Run `portal rotate-key`."
    except PortalError as fault:
        yield str(fault)
    if not told.origin.startswith("https://"):
        yield f"`origin` in {folder / FILE} must be the address that parents type, beginning with https://."
    if not told.proxy and not (told.certificate and told.key):
        yield "There is no TLS: set `certificate` and `key`, or `proxy = true` if a proxy in front ends it."
    for path in filter(None, (told.certificate, told.key)):
        if not os.access(path, os.R_OK):
            yield f"{path} cannot be read by this account."
    newest = newest_backup(told.backup_folder)
    if newest is None:
        yield "There is no backup. Run `portal backup` every night."
    elif utc_now() - newest > OLDEST_BACKUP:
        yield f"The newest backup is from {newest:%d %B %Y}. Run `portal backup` every night."


def newest_backup(folder: Path) -> datetime | None:
    """When the newest backup in a folder was written, UTC."""
    times = [path.stat().st_mtime for path in folder.glob("portal-*.zip")]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _schema(installation: Installation) -> Iterator[str]:
    try:
        schema.require_current(installation.store.engine)
    except PortalError as fault:
        yield str(fault)


def _school(work: Work, _: Installation) -> Iterator[str]:
    told = work.settings
    if not told.name:
        yield "The school has no name. Was `portal init` run on this database?"
    for what, value in (("e-mail address", told.email), ("telephone number", told.telephone)):
        if not value:
            yield f"The school's {what} is missing; every page is to show it (CONTACT-7)."
    if work.session.scalar(select(func.count()).select_from(PolicyVersion)) == 0:
        yield "No policy is published, so nobody can accept it and no parent can see anything (SEC-4)."
    if work.session.scalar(select(func.count()).select_from(NoticeVersion)) == 0:
        yield "No privacy notice is published (SEC-5)."


def _calendar(work: Work, _: Installation) -> Iterator[str]:
    last = max((term.ends for term in calendar_of(work.session).terms), default=None)
    if last is None:
        yield "There are no terms, so no day is a school day. A data manager sets them."
    elif last - work.at.day < TERMS_AHEAD:
        yield f"The last term on record ends on {last:%d %B %Y}. Add the coming year's."


def _people(work: Work, _: Installation) -> Iterator[str]:
    able = dict(
        work.session.execute(
            select(StaffRole.role, func.count())
            .join(Account, Account.staff_id == StaffRole.staff_id)
            .join(AccountStatus, AccountStatus.account_id == Account.id)
            .where(
                StaffRole.superseded_at.is_(None),
                AccountStatus.superseded_at.is_(None),
                AccountStatus.state == AccountState.ACTIVE,
            )
            .group_by(StaffRole.role)
        ).all()
    )
    for role in NEEDED_TWICE:
        if (count := able.get(role, 0)) < 2:
            yield f"{'Only one' if count else 'No'} {role} can sign in; two are needed, so that the duty never fails."


def _data(work: Work, _: Installation) -> Iterator[str]:
    came = work.session.scalar(select(func.max(ImportRun.data_as_of)))
    if came is None:
        yield "Nothing has been imported yet. Run `portal import` on a folder with the MIS's exports."
        return
    days = len(calendar_of(work.session).school_days(came.astimezone(work.at.zone).date(), work.at.day)) - 1
    if days >= work.settings.stale_after_school_days:
        yield f"The newest data is {days} school days old. Does the nightly import run? (docs/operations.md)"


def _audit(work: Work, _: Installation) -> Iterator[str]:
    try:
        verify_log(work.session.connection())
    except AuditBroken as fault:
        yield f"{fault} Keep this database as it is and tell whoever answers for data protection."


def _secrets(work: Work, installation: Installation) -> Iterator[str]:
    sealed = work.session.scalars(select(Account.factor_secret).where(Account.factor_secret.is_not(None))).all()
    try:
        vault = Vault(*installation.settings.keys)
        for secret in sealed:
            if secret is not None:
                vault.open(secret)
    except PortalError as fault:
        yield f"Second factors cannot be read: {fault}"


LOOKS: tuple[Callable[[Work, Installation], Iterator[str]], ...] = (
    _school,
    _calendar,
    _people,
    _data,
    _audit,
    _secrets,
)
