"""The demo's data folder: kept between starts, filled up at each, built anew where it cannot be gone on with.

The demo's clock does not go back behind what somebody has changed in it, unless it is told to:

    set to                                                   the demo
    a time after its records, in its school year             goes on, with the files given out since
    a time before, when nobody has changed anything          goes back to as it was built, and is filled up to that time
    the same as at the last start, or not set at all         goes on from the last change
    another time before the last change                      goes back all the same: what was changed is gone
    a time before the day it was built, or another year      is built anew, with other people and sign-ins
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from portal_core.demo.acting import Cast
from portal_core.demo.build import ZONE, Say, build, fill
from portal_core.demo.files import DemoSchool
from portal_core.demo.signins import TOLD, Told
from portal_core.demo.staff import FORMS
from portal_core.demo.year import demo_day, school_year
from portal_core.domain.clauses import Verb
from portal_core.errors import BadInput, PortalError
from portal_core.security.credentials import Vault
from portal_core.services.installation import COMMAND_LINE, make_folder
from portal_core.settings import DATABASE, FILE, OLDER_KEYS, SECRET_KEY, load
from portal_core.store import schema
from portal_core.store.base import open_engine
from portal_core.store.school import AuditEntry
from portal_core.store.scope import Store

AS_BUILT, EXPORTS, LOCK = "as_built.db", "exports", "serving.lock"
OURS = {TOLD, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", AS_BUILT, EXPORTS, LOCK, FILE, SECRET_KEY, OLDER_KEYS}
OURS |= {f"{name}.new" for name in OURS}  # as a power cut leaves them
"""What a demo's folder holds, and so what is taken away with it."""
IN_PASSING = {
    Verb.SIGNED_IN, Verb.PASSED_STEP, Verb.SIGN_IN_FAILED, Verb.SIGNED_OUT, Verb.VIEWED, Verb.WAS_REFUSED, Verb.EXPLAINED, Verb.LOOKED_UP,
    Verb.ANALYSED, Verb.BACKED_UP, Verb.QUEUED_ALERTS, Verb.MAILED, Verb.WITHHELD_MAIL,
}  # fmt: skip
"""What the audit tells of that changes nothing."""
FIRST, LAST = datetime(2024, 9, 1, tzinfo=ZONE), datetime(2090, 9, 1, tzinfo=ZONE)
"""The demo's marks are entered by the codes in force since August 2024."""


@contextmanager
def database(folder: Path) -> Iterator[Engine]:
    """The demo's own, whatever the environment says of a school's."""
    engine = open_engine(f"sqlite:///{folder / DATABASE}")
    try:
        yield engine
    finally:
        engine.dispose()


def usual_time(real: datetime) -> datetime:
    """The time of day as it is, on the demo's day; in UTC."""
    local = real.astimezone(ZONE)
    return datetime.combine(demo_day(local.date()), local.time(), ZONE).astimezone(UTC)


def ready(
    folder: Path, *, asked: datetime | None, real: datetime, fresh: bool, say: Say, forms: tuple[str, ...] = FORMS,
    seed: int | None = None,
) -> tuple[Told, datetime]:  # fmt: skip
    """A demo in the folder with all that its clock's first instant should find, and that instant, in UTC.

    `asked` is the time to set it to, `real` what the world's clock shows, both in UTC; `seed` is for a school that shall be
    the same again. Nobody may be serving from the folder. Raises BadInput, changing nothing, for one that holds anything else.
    """
    if folder.exists() and {path.name for path in folder.iterdir()} - {LOCK} and not (folder / TOLD).exists():
        raise BadInput(f"{folder} is not empty and holds no demo. Choose another folder; nothing was changed.")
    at = asked or usual_time(real)
    if not FIRST <= at < LAST:
        raise BadInput(f"The demo's clock can be set to a time from {FIRST:%Y} to {LAST:%Y}.")
    told = None if fresh else _kept(folder, at, say)
    if told is None:
        told = _built(folder, at, real, say, forms, seed)
    else:
        told, at = _gone_on(folder, told, at, asked in (None, told.asked), say)
    with database(folder) as engine:
        told = fill(engine, folder / EXPORTS, told, now=at)
        told = replace(_with_good_codes(engine, folder, told, at, real), asked=asked)
    told.write(folder)
    return told, at


def refreshed(folder: Path, told: Told, at: datetime) -> Told:
    """The files given out since, imported while the demo is being served."""
    with database(folder) as engine:
        filled = fill(engine, folder / EXPORTS, told, now=at)
    if filled is not told:
        filled.write(folder)
    return filled


def _kept(folder: Path, at: datetime, say: Say) -> Told | None:
    """The demo that is there, if it can be gone on with at that time."""
    if not (folder / TOLD).exists():
        return None
    told, why = Told.read(folder), "was made by another version of this program"
    if told is not None:
        same_year = school_year(at.astimezone(ZONE).date()) is school_year(told.built_on)
        why = "" if same_year and at >= told.as_built else "is of another time than its clock is to show"
        try:
            with database(folder) as engine:
                schema.require_current(engine)
            load(folder).keys  # noqa: B018  raises without one
            (folder / AS_BUILT).stat()
        except (PortalError, SQLAlchemyError, OSError) as fault:
            why = f"cannot be gone on with ({type(fault).__name__})"
    if why:
        say(f"The demo in {folder} {why}: it is built anew, with other sign-ins.")
    return None if why else told


def _gone_on(folder: Path, told: Told, at: datetime, usual: bool, say: Say) -> tuple[Told, datetime]:
    """The demo at that time, or at a later one if it may not be set back; see the table above."""
    changed, imported = _last_done(folder, told)
    if at >= max(changed, imported):
        return told, at
    if usual and changed > told.as_built:
        at = max(changed, imported)
        say(f"The demo's clock goes on from {at.astimezone(ZONE):%H:%M on %d %B %Y}, where its records end.")
        return told, at
    if changed > told.as_built:
        say("The demo's clock is set back: what has been changed in it since it was built is gone.")
    told = replace(told, filled_to=told.as_built)
    told.write(folder)
    beside = folder / f"{DATABASE}.new"
    shutil.copyfile(folder / AS_BUILT, beside)
    beside.replace(folder / DATABASE)
    return told, at


def _last_done(folder: Path, told: Told) -> tuple[datetime, datetime]:
    """When somebody last changed anything in the demo, and when files last came; when it was built, if never since."""
    latest = select(AuditEntry.verb, func.max(AuditEntry.at)).where(AuditEntry.at > told.as_built)
    with database(folder) as engine:
        store = Store(engine, lambda: told.filled_to)
        with store.reading_as(COMMAND_LINE, store.moment()) as session:
            last = dict(session.execute(latest.group_by(AuditEntry.verb)).all())
    imported = last.pop(Verb.IMPORTED, told.as_built)
    return max((at for verb, at in last.items() if verb not in IN_PASSING), default=told.as_built), imported


def _with_good_codes(engine: Engine, folder: Path, told: Told, at: datetime, real: datetime) -> Told:
    """Whoever has not used their code yet has one that is good now."""
    store = Store(engine, lambda: at)
    staff = {one.role: one for one in reversed(told.signins) if one.totp_secret}
    school = DemoSchool(told.seed, told.built_on, told.forms)
    cast = Cast(store, school, Vault(*load(folder).keys), real, staff)
    try:
        good = [one if one.password else cast.code_of(one, store.moment()) for one in told.signins]
    except PortalError:  # the demo's office cannot sign in any more: somebody has tried that out
        return told
    return replace(told, signins=tuple(good))


def _built(folder: Path, at: datetime, real: datetime, say: Say, forms: tuple[str, ...], seed: int | None) -> Told:
    """Built in a folder beside, put in place when it is whole: an interrupted build leaves the old one."""
    _require_no_strangers(folder)
    beside = folder.with_name(f"{folder.name}.building")
    _require_no_strangers(beside)
    shutil.rmtree(beside, ignore_errors=True)
    say("Building the demo school, less than a minute …")
    key = make_folder(beside, {}).keys[0]
    try:
        with database(beside) as engine:
            schema.upgrade(engine)
            told = build(engine, beside / EXPORTS, now=at, real=real, key=key, say=say, forms=forms, seed=seed)
        shutil.copyfile(beside / DATABASE, beside / AS_BUILT)
        told.write(beside)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return told


def _require_no_strangers(folder: Path) -> None:
    strangers = {path.name for path in folder.iterdir()} - OURS if folder.exists() else set()
    if strangers:
        raise BadInput(
            f"{folder} has to be built anew, and holds what is not the demo's: {', '.join(sorted(strangers))}. "
            "Move it elsewhere first; nothing was changed."
        )
