"""What is wrong with an installation, in plain words: each complaint says what to do."""

import ipaddress
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import AccountState, Actor
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.errors import AuditBroken, PortalError
from portal_core.services.calendar import calendar_of
from portal_core.services.certificates import complaint
from portal_core.services.installation import Installation
from portal_core.services.keys import require_right_key
from portal_core.services.staff import LAST
from portal_core.settings import DATABASE, FILE, OLDER_KEYS, SECRET_KEY, SMTP_PASSWORD, Settings
from portal_core.store import schema
from portal_core.store.accounts import Account, AccountStatus, NoticeVersion, PolicyVersion
from portal_core.store.jobs import Job, JobState
from portal_core.store.people import Staff, StaffRole, in_post
from portal_core.store.school import ImportRun

OLDEST_BACKUP = timedelta(days=2)
OLDEST_MESSAGE = timedelta(hours=1)
TERMS_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Records:
    """What the looks at the school's records are given."""

    session: Session
    school: SchoolSettings
    at: Moment


def examine(installation: Installation, *, by: Actor) -> list[str]:
    """Every complaint; none is a healthy installation. Looks at the records only where the schema is current."""
    settings, store = installation.settings, installation.store
    found = [*_files(settings), *_reached(settings, Moment(store.clock(), ZoneInfo("UTC")))]
    try:
        schema.require_current(store.engine)
    except PortalError as fault:
        return [*found, str(fault)]
    at = store.moment()
    with store.writing_as(by, at) as work:
        work.require(Duty.VERIFY_AUDIT)
        work.audit(Verb.VIEWED, what="installation examined")
    with store.reading_as(by, at) as session:
        records = Records(session, store.settings(at.instant), at)
        found += [words for look in LOOKS for words in look(records)]
    try:
        require_right_key(installation, by=by, at=at)
    except PortalError as fault:
        found.append(str(fault))
    return found


def _files(settings: Settings) -> Iterator[str]:
    folder = settings.folder
    private = [folder / name for name in (SECRET_KEY, OLDER_KEYS, SMTP_PASSWORD, FILE, DATABASE)] + _backups(settings)
    for path in private if os.name == "posix" else ():
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"Others on this machine may read {path}. Run: chmod 600 {path}"
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o022:
        yield f"Others on this machine may put files into {folder}. Run: chmod 700 {folder}"
    if (folder / OLDER_KEYS).exists():
        yield "A rotation of the secret key was not finished. Run `portal rotate-key` again."


def _reached(settings: Settings, at: Moment) -> Iterator[str]:
    if not settings.origin.startswith("https://"):
        yield f"`origin` in {settings.folder / FILE} must be the address that parents type, beginning with https://."
    if not settings.proxy and not (settings.certificate and settings.key):
        yield "There is no TLS: set `certificate` and `key`, or `proxy = true` if a proxy in front ends it."
    if settings.proxy and not _loopback(settings.address):
        yield (
            f"`address` {settings.address} is open to others than the proxy: they get plain HTTP, and may claim any address "
            "of origin. Set it to 127.0.0.1, or let a firewall admit the proxy alone."
        )
    if words := complaint(settings, at):
        yield words
    newest = max((path.stat().st_mtime for path in _backups(settings)), default=None)
    if newest is None:
        yield f"There is no backup in {settings.backup_folder}. Run `portal backup` every night."
    elif at.instant - (written := datetime.fromtimestamp(newest, UTC)) > OLDEST_BACKUP:
        yield f"The newest backup is from {written:%d %B %Y}. Run `portal backup` every night."


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost"


def _backups(settings: Settings) -> list[Path]:
    return sorted(settings.backup_folder.glob("portal-*.zip"))


def _school(records: Records) -> Iterator[str]:
    told = records.school
    if not told.name:
        yield "The school has no name. Was `portal init` run on this database?"
    for what, value in (("e-mail address", told.email), ("telephone number", told.telephone)):
        if not value:
            yield f"The school's {what} is missing; every page is to show it (CONTACT-7)."
    for kind, words in (
        (PolicyVersion, "No policy is published, so nobody can accept it and no parent can see anything (SEC-4)."),
        (NoticeVersion, "No privacy notice is published (SEC-5)."),
    ):
        if records.session.scalar(select(func.count()).select_from(kind)) == 0:
            yield words


def _calendar(records: Records) -> Iterator[str]:
    last = max((term.ends for term in calendar_of(records.session).terms), default=None)
    if last is None:
        yield "There are no terms, so no day is a school day. Add them with `portal school term`."
    elif last - records.at.day < TERMS_AHEAD:
        yield f"The last term on record ends on {last:%d %B %Y}. Add the next ones with `portal school term`."


def _people(records: Records) -> Iterator[str]:
    held = records.session.execute(
        select(StaffRole.role, func.count())
        .join(Account, Account.staff_id == StaffRole.staff_id)
        .join(AccountStatus, AccountStatus.account_id == Account.id)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(
            in_post(records.at.day),
            StaffRole.superseded_at.is_(None),
            AccountStatus.superseded_at.is_(None),
            AccountStatus.state == AccountState.ACTIVE,
        )
        .group_by(StaffRole.role)
    )
    able = dict(held.all())
    for role in LAST:
        if (count := able.get(role, 0)) < 2:
            yield f"{'Only one' if count else 'No'} {role} can sign in; two are needed, so that the duty never fails."


def _data(records: Records) -> Iterator[str]:
    came, at = records.session.scalar(select(func.max(ImportRun.data_as_of))), records.at
    if came is None:
        yield "Nothing has been imported yet. Run `portal import` on a folder with the MIS's exports."
        return
    age = calendar_of(records.session).school_days_since(came.astimezone(at.zone).date(), at.day)
    if age >= records.school.stale_after_school_days:
        yield f"The newest data is {age} school days old. Does the nightly import run? (docs/operations.md)"


def _mail(records: Records) -> Iterator[str]:
    ago = records.at.instant - OLDEST_MESSAGE
    waiting = select(func.count()).select_from(Job).where(Job.done_at.is_(None), Job.made_at < ago)
    if count := records.session.scalar(waiting.where(Job.tries > 0)):
        yield f"The mail server puts {count} messages off. `portal work` says what it answers."
    elif count := records.session.scalar(waiting):
        yield f"{count} messages wait since {ago:%d %B}, and nothing sends them. Does `portal serve` or `portal work --follow` run?"
    late = select(func.count()).select_from(Job).where(Job.state == JobState.EXPIRED, Job.done_at > ago)
    if count := records.session.scalar(late):
        yield f"{count} messages could not be sent while they were worth sending. Is the mail server reached? `portal work` tells."


def _audit(records: Records) -> Iterator[str]:
    try:
        verify_log(records.session.connection())
    except AuditBroken as fault:
        yield f"{fault} Keep this database as it is and tell whoever answers for data protection."


LOOKS: tuple[Callable[[Records], Iterator[str]], ...] = (_school, _calendar, _people, _data, _mail, _audit)
