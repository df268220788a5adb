"""One school's installation: its folder, its settings and its records; made, opened, and given a new key."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Duty, Role, Verb
from portal_core.domain.people import Actor, Machine
from portal_core.domain.school import Calendar, Moment, utc_now
from portal_core.errors import BadInput
from portal_core.security.credentials import Vault
from portal_core.services.accounts import IssuedCode
from portal_core.services.staff import invite_staff
from portal_core.settings import DATABASE, FILE, OLDER_KEYS, SECRET_KEY, Settings, load
from portal_core.store import schema
from portal_core.store.accounts import Account, NoticeVersion, PolicyVersion
from portal_core.store.base import open_engine
from portal_core.store.people import Staff
from portal_core.store.school import ClosedDay, SchoolSetting, TermDates
from portal_core.store.scope import Store, Work

COMMAND_LINE = Machine("command line", frozenset({Duty.SET_SCHOOL, Duty.KEEP_STAFF, Duty.VERIFY_AUDIT, Duty.IMPORT}))
"""Whoever may run `portal` on the server: the account that owns the data folder, recorded under this name."""
_WORDING = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings and the store they lead to."""

    settings: Settings
    store: Store


@contextmanager
def opened(folder: Path, *, clock: Callable[[], datetime] = utc_now, current: bool = True) -> Iterator[Installation]:
    """An installation, for a while. Raises NotConfigured, and OldSchema if the database must be `current` and is not."""
    settings = load(folder)
    engine = open_engine(settings.url)
    try:
        if current:
            schema.require_current(engine)
        yield Installation(settings, Store(engine, clock))
    finally:
        engine.dispose()


def make_folder(folder: Path, told: Mapping[str, str | int | bool]) -> Settings:
    """A data folder with its settings file and a secret key, for one account alone. Raises BadInput if one is there."""
    if (folder / FILE).exists() or (folder / SECRET_KEY).exists():
        raise BadInput(f"{folder} holds an installation already. Choose another folder; nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(folder / SECRET_KEY, secrets.token_urlsafe(48) + "\n")
    write_private(folder / FILE, "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items()))
    return load(folder)


def unmake_folder(folder: Path) -> None:
    """Takes away what `make_folder` and a first migration made, and nothing else."""
    for name in (FILE, SECRET_KEY, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (folder / name).unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """A file that the account alone may read; whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(beside, path)


def create_school(store: Store, *, by: Actor, at: Moment, told: Mapping[str, Any], calendar: Calendar) -> None:
    """The school in an empty database: its settings, its calendar, and the first policy and notice. Raises BadInput.

    `told` are fields of SchoolSettings, the name among them. The wording is the portal's own, for the school to change.
    """
    if not str(told.get("name", "")).strip():
        raise BadInput("Please give the school's name.")
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        if work.session.scalar(select(SchoolSetting.id).limit(1)) is not None:
            raise BadInput("This database holds a school already.")
        for key, value in sorted(told.items()):
            shown = f"{value:%H:%M}" if isinstance(value, time) else value
            work.session.add(SchoolSetting(key=key, value=json.dumps(shown), recorded_at=at.instant))
        set_calendar(work, calendar)
        text = {name: (_WORDING / f"default_{name}.md").read_text(encoding="utf-8") for name in ("policy", "notice")}
        text = {name: said.replace("{school}", str(told["name"])) for name, said in text.items()}
        work.session.add(PolicyVersion(number=1, text=text["policy"], published_at=at.instant, must_accept=True))
        work.session.add(NoticeVersion(number=1, text=text["notice"], published_at=at.instant))
        work.audit(Verb.CREATED_SCHOOL, settings=sorted(told), terms=len(calendar.terms))


def set_calendar(work: Work, calendar: Calendar) -> None:
    """Adds terms and closed days."""
    for term in calendar.terms:
        if term.ends <= term.begins:
            raise BadInput(f"{term.name} ends before it begins. Give its first and last day with pupils in school.")
        work.session.add(TermDates(name=term.name, begins=term.begins, ends=term.ends))
    for day, kind in calendar.closed.items():
        work.session.add(ClosedDay(day=day, kind=kind))


def add_administrator(
    store: Store, *, by: Actor, at: Moment, forename: str, surname: str, title: str = "", email: str = ""
) -> IssuedCode:
    """A member of staff whom no import has brought, with the role of administrator and a one-time code."""
    if not surname.strip():
        raise BadInput("Please give the administrator's name.")
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        person = work.add(
            Staff(
                title=title.strip(), forename=forename.strip(), surname=surname.strip(), email=email.strip(),
                job_title="Administrator of the portal",
            )
        )  # fmt: skip
        work.audit(Verb.SET, staff=person.id, what="added to staff")
    return invite_staff(store, by=by, at=at, staff=person.id, roles=[Role.ADMINISTRATOR])


def rotate_key(installation: Installation, *, by: Actor, at: Moment) -> int:
    """Makes a new secret key and seals every second factor with it; returns how many. All open pages must join anew.

    Three steps, each of which may be the last: the old key is kept beside the new one, what it sealed is sealed anew, and only
    then does the old key go. Running it again finishes what was begun.
    """
    settings, store = installation.settings, installation.store
    old = settings.keys
    new = secrets.token_urlsafe(48)
    write_private(settings.folder / OLDER_KEYS, "\n".join(old) + "\n")
    write_private(settings.folder / SECRET_KEY, new + "\n")
    vault, resealed = Vault(new, *old), 0
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        for account in work.session.scalars(select(Account).where(Account.factor_secret.is_not(None))):
            if account.factor_secret is not None:
                account.factor_secret = vault.reseal(account.factor_secret)
                resealed += 1
        work.audit(Verb.ROTATED_KEY, resealed=resealed)
    (settings.folder / OLDER_KEYS).unlink()
    return resealed


def verified(installation: Installation, *, by: Actor, at: Moment, before: str) -> int:
    """After an upgrade from a revision: how many entries the audit holds, all as they were. Raises AuditBroken."""
    with installation.store.writing_as(by, at) as work:
        work.require(Duty.VERIFY_AUDIT)
        number, _ = verify_log(work.session.connection())
        work.audit(Verb.UPGRADED, before=before, now=schema.needed())
    return number
