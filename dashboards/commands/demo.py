"""`portal demo`: an invented school on this machine, over plain HTTP on loopback, with a clock of its own.

The clock shows the time of day as it is, on the latest school day that is far enough into the year; `--at` sets it to another
time, from which it runs on. At each start the days since the last one are imported, as a school does every morning. A start at
a time before the last one, or in another school year, builds the school anew.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from portal_core.demo.build import ZONE, build, fill
from portal_core.demo.signins import SignIn, Told
from portal_core.demo.year import demo_day, school_year
from portal_core.domain.school import utc_now
from portal_core.errors import BadInput, PortalError
from portal_core.services.installation import make_folder, opened
from portal_core.settings import FILE
from portal_core.store import schema
from portal_core.store.base import open_engine


def _say(text: str) -> None:
    click.echo(text, err=True)


def _own_folder() -> Path:
    """Where this system keeps a user's data."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "parent-portal-demo"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "parent-portal-demo"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "parent-portal-demo"


def _clock(at: datetime | None) -> Callable[[], datetime]:
    started = utc_now()
    local = started.astimezone(ZONE)
    shown = at.replace(tzinfo=ZONE) if at else datetime.combine(demo_day(local.date()), local.time(), ZONE)
    ahead = shown.astimezone(UTC) - started
    return lambda: utc_now() + ahead


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Kept between runs; your own data folder if not given.",
)
@click.option("--fresh", is_flag=True, help="Invent the school anew.")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    help="Set the demo's clock: 2026-03-12T10:35, the school's time.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON on standard output once the portal answers.")
def demo(port: int, folder: Path | None, fresh: bool, at: datetime | None, as_json: bool) -> None:
    """Serve an invented school on this machine."""
    folder, clock = (folder or _own_folder()).resolve(), _clock(at)
    told = None if fresh else _continued(folder, clock())
    if told is None:
        _build(folder, clock(), port)
    from dashboards.commands.demo_server import serve  # takes seconds to import

    with opened(folder, clock=clock) as one:
        known = Told.read(folder)
        if known is None:
            raise BadInput(f"{folder} has changed meanwhile. Start again with --fresh.")
        serve(one.store, one.settings.keys[0], port, lambda url: _tell(url, known.signins, clock(), as_json))


def _continued(folder: Path, now: datetime) -> Told | None:
    """The demo that is there, brought up to now; None if one has to be built."""
    told = Told.read(folder)
    if told is None:
        if folder.exists() and any(folder.iterdir()):
            raise BadInput(f"{folder} is not empty and holds no demo. Choose another folder; nothing was changed.")
        return None
    day, last = now.astimezone(ZONE).date(), told.filled_to.astimezone(ZONE).date()
    if now < told.filled_to or school_year(day).terms != school_year(last).terms:
        _say("The demo's clock is set to a time before its records end: the school is built anew.")
        return None
    engine = open_engine(f"sqlite:///{folder / 'portal.db'}")
    try:
        schema.require_current(engine)
        _say("Importing what has come since the last start …")
        return fill(engine, folder / "exports", told, now=now)
    except (PortalError, SQLAlchemyError) as fault:
        _say(f"This demo cannot be gone on with ({type(fault).__name__}): the school is built anew.")
        return None
    finally:
        engine.dispose()


def _build(folder: Path, now: datetime, port: int) -> None:
    """In a folder beside, put in place when it is whole; an interrupted build leaves the old one."""
    if folder.exists() and any(folder.iterdir()) and Told.read(folder) is None:
        raise BadInput(f"{folder} is not empty and holds no demo. Choose another folder; nothing was changed.")
    beside = folder.with_name(folder.name + ".building")
    shutil.rmtree(beside, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _say("Building the demo school, less than a minute …")
    settings = make_folder(beside, {"origin": f"http://localhost:{port}"})
    engine = open_engine(settings.url)
    try:
        schema.upgrade(engine)
        build(engine, beside / "exports", now=now, key=settings.keys[0], say=_say)
    finally:
        engine.dispose()
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    _say(f"Kept in {folder / FILE}, for the next start.".replace(f"{os.sep}{FILE}", ""))


def _tell(url: str, signins: tuple[SignIn, ...], now: datetime, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"url": url, "signins": [one.as_json() for one in signins]}))
        sys.stdout.flush()
        return
    click.echo(f"\nThe portal is at {url}   (its clock: {now.astimezone(ZONE):%A %d %B %Y, %H:%M})\n")
    for one in signins:
        secret = f"  second factor {one.totp_secret}" if one.totp_secret else ""
        how = f"activation code {one.activation_code}" if one.activation_code else f"password {one.password}"
        click.echo(f"{one.role:18} {one.username:14} {how}{secret}\n{'':18} {one.note}")
    click.echo("\nAdd a second factor to any authenticator app, or print its code now:")
    click.echo("  .venv/bin/python -c \"import pyotp; print(pyotp.TOTP('SECRET').now())\"")
    click.echo("Ctrl+C ends it.")
    sys.stdout.flush()
