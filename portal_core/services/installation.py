"""One school's installation: its folder, its settings and its records; made as a whole or not at all, and opened."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from portal_core.domain.clauses import Duty, Role, Verb
from portal_core.domain.people import Actor, Machine
from portal_core.domain.school import Calendar, Moment, SchoolSettings, utc_now
from portal_core.errors import BadInput, NotConfigured, PortalError
from portal_core.services.accounts import IssuedCode
from portal_core.services.school import as_setting
from portal_core.services.staff import invite_staff
from portal_core.settings import DATABASE, FILE, OLDER_KEYS, SECRET_KEY, Settings, load, settings_from
from portal_core.store import schema
from portal_core.store.accounts import NoticeVersion, PolicyVersion
from portal_core.store.base import open_engine
from portal_core.store.people import Staff
from portal_core.store.school import ClosedDay, SchoolSetting, TermDates
from portal_core.store.scope import Store

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
    """An installation, for a while; see `open_folder`."""
    one = open_folder(folder, clock=clock, current=current)
    try:
        yield one
    finally:
        one.store.engine.dispose()


def open_folder(folder: Path, *, clock: Callable[[], datetime] = utc_now, current: bool = True) -> Installation:
    """An installation. Raises NotConfigured for what is missing in the folder, or a database that does not answer.

    Unless `current` is False: NotConfigured if no school is in it, OldSchema if the database has another shape.
    """
    settings = load(folder)
    if current and not settings.database and not (folder / DATABASE).is_file():
        raise NotConfigured(f"There is no {DATABASE} in {folder}. `portal restore` makes one of a backup.")
    engine = open_engine(settings.url)
    try:
        _answers(engine)
        if current:
            schema.require_current(engine)
            _holds_a_school(engine)
    except PortalError:
        engine.dispose()
        raise
    return Installation(settings, Store(engine, clock))


def _answers(engine: Engine) -> None:
    try:
        with engine.connect():
            return
    except DBAPIError as fault:
        where = DATABASE if engine.dialect.name == "sqlite" else f"at {engine.url.host or 'its socket'}"
        raise NotConfigured(
            f"The database {where} cannot be opened ({type(fault.orig).__name__}). "
            "Is it running, and may this account read it? See `database` in the settings."
        ) from None


def _holds_a_school(engine: Engine) -> None:
    with engine.connect() as connection:
        if connection.scalar(select(SchoolSetting.id).limit(1)) is None:
            raise NotConfigured("There is no school in this database. Finish `portal restore`, or `portal init` one.")


def found(
    folder: Path, told: Mapping[str, str | int | bool], *, school: Mapping[str, Any], calendar: Calendar,
    administrator: tuple[str, str], clock: Callable[[], datetime] = utc_now,
) -> tuple[Settings, IssuedCode]:  # fmt: skip
    """A school's installation: folder, key, database, school, and the first administrator's way in.

    Raises BadInput or NotConfigured, leaving nothing behind: neither files nor tables.
    """
    settings_from(folder, told)
    _check(school, calendar)
    settings = make_folder(folder, told)
    engine = open_engine(settings.url)
    with ExitStack() as undo:
        undo.callback(unmake_folder, folder)
        undo.callback(engine.dispose)
        _answers(engine)
        if not schema.vacant(engine):
            raise BadInput("This database is not empty. Name one that is; nothing was changed.")
        undo.callback(schema.clear, engine)
        schema.clear(engine)
        schema.upgrade(engine)
        store, at = Store(engine, clock), Moment(clock(), ZoneInfo(school["zone"]))
        create_school(store, by=COMMAND_LINE, at=at, told=school, calendar=calendar)
        forename, surname = administrator
        code = add_administrator(store, by=COMMAND_LINE, at=at, forename=forename, surname=surname)
        undo.pop_all()
    engine.dispose()
    return settings, code


def make_folder(folder: Path, told: Mapping[str, str | int | bool]) -> Settings:
    """A data folder with its settings file and a secret key, for one account alone. Raises BadInput if one is there."""
    if any((folder / name).exists() for name in (FILE, SECRET_KEY, OLDER_KEYS, DATABASE)):
        raise BadInput(f"{folder} holds an installation already. Choose another folder; nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(folder / SECRET_KEY, new_key() + "\n")
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in told.items())
    write_private(folder / FILE, "".join(lines))
    return load(folder)


def unmake_folder(folder: Path) -> None:
    """Takes away what `make_folder` and a first migration made, and nothing else."""
    for name in (FILE, SECRET_KEY, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (folder / name).unlink(missing_ok=True)


def new_key() -> str:
    """A secret key: 384 random bits."""
    return secrets.token_urlsafe(48)


def write_private(path: Path, text: str) -> None:
    """A file that the account alone may read; whole or not at all, a power cut included."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def create_school(store: Store, *, by: Actor, at: Moment, told: Mapping[str, Any], calendar: Calendar) -> None:
    """The school in an empty database: its settings, its calendar, and the first policy and notice. Raises BadInput.

    `told` are fields of SchoolSettings, the name among them. The wording is the portal's own, for the school to change.
    """
    _check(told, calendar)
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        if work.session.scalar(select(SchoolSetting.id).limit(1)) is not None:
            raise BadInput("This database holds a school already.")
        for key, value in sorted(told.items()):
            shown = f"{value:%H:%M}" if isinstance(value, time) else value
            work.session.add(SchoolSetting(key=key, value=json.dumps(shown), recorded_at=at.instant))
        work.session.add_all(TermDates(name=term.name, begins=term.begins, ends=term.ends) for term in calendar.terms)
        work.session.add_all(ClosedDay(day=day, kind=kind) for day, kind in calendar.closed.items())
        policy, notice = (_wording(name, SchoolSettings(**told)) for name in ("policy", "notice"))
        work.session.add(PolicyVersion(number=1, text=policy, published_at=at.instant, must_accept=True))
        work.session.add(NoticeVersion(number=1, text=notice, published_at=at.instant))
        work.audit(Verb.CREATED_SCHOOL, settings=sorted(told), terms=len(calendar.terms))


def _check(told: Mapping[str, Any], calendar: Calendar) -> None:
    if unknown := sorted(told.keys() - {field.name for field in fields(SchoolSettings)}):
        raise BadInput(f"A school has no setting called {', '.join(unknown)}.")
    if not str(told.get("name", "")).strip():
        raise BadInput("Please give the school's name.")
    for key, value in told.items():
        if isinstance(value, str):
            try:
                as_setting(key, value.strip())
            except BadInput as fault:
                raise BadInput(f"{key}: {fault}") from None
    for term in calendar.terms:
        if term.ends <= term.begins:
            raise BadInput(f"{term.name} ends before it begins. Give its first and last day with pupils in school.")


def _wording(name: str, school: SchoolSettings) -> str:
    """The portal's own text, in the school's name and with its figures."""
    text = (_WORDING / f"default_{name}.md").read_text(encoding="utf-8")
    return text.format(school=school.name, manager=school.manager_title, time=f"{school.contact_from:%H:%M}")


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
        work.audit(Verb.ADDED_STAFF, staff=person.id)
    return invite_staff(store, by=by, at=at, staff=person.id, roles=[Role.ADMINISTRATOR])
