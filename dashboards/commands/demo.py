"""`portal demo`: an invented school on this machine, over plain HTTP on loopback, with a clock of its own."""

import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from dashboards.commands import locks
from portal_core.demo.build import ZONE
from portal_core.demo.folder import LOCK, database, ready, refreshed
from portal_core.demo.signins import Told
from portal_core.domain.school import Moment, utc_now
from portal_core.errors import BadInput
from portal_core.settings import load
from portal_core.store.scope import Store

ADDRESS = "127.0.0.1"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Kept between runs; a folder among your own data if not given.",
)
@click.option("--fresh", is_flag=True, help="Invent the school anew: other people, other sign-ins.")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    help="Set the demo's clock, which then runs on: 2026-03-12T10:35, the school's time.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON on standard output once the portal answers.")
def demo(port: int, folder: Path | None, fresh: bool, at: datetime | None, as_json: bool) -> None:
    """Serve an invented school on this machine.

    Its clock shows the time of day as it is, on the latest school day that is far enough into the year; --at sets it to
    another time. At each start the files given out since the last one are imported, as a school does every day. Set to a
    time before the day on which it was built, or to another school year, the school is built anew.
    """
    folder = (folder or own_folder()).resolve()
    asked = at.replace(tzinfo=ZONE).astimezone(UTC) if at else None
    _require_free(port)
    _require_unused(folder)
    told, begins = ready(folder, asked=asked, real=utc_now(), fresh=fresh, say=_say)
    from dashboards.commands.demo_server import serve  # takes seconds to import

    ahead = begins - utc_now()

    def refresh() -> None:
        nonlocal told
        told = refreshed(folder, told, store.clock())

    with locks.serving(folder), database(folder) as engine:
        store = Store(engine, lambda: utc_now() + ahead)
        serve(store, load(folder).keys, port, lambda url: _tell(url, told, store.moment(), as_json), refresh)


def own_folder() -> Path:
    """Where this system keeps a user's data."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "parent-portal-demo"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "parent-portal-demo"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "parent-portal-demo"


def _require_free(port: int) -> None:
    """Before the school is built, which takes a while; the server asks again."""
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            raise BadInput(f"Port {port} is taken. Choose another with --port.") from None


def _require_unused(folder: Path) -> None:
    if (folder / LOCK).exists():
        try:
            with locks.stopped(folder):
                pass
        except BadInput:
            raise BadInput(
                f"The demo in {folder} is being served already. Stop that first, or name another --data."
            ) from None


def _say(text: str) -> None:
    click.echo(text, err=True)


def _tell(url: str, told: Told, now: Moment, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"url": url, "signins": [one.as_json() for one in told.signins]}))
        sys.stdout.flush()
        return
    click.echo(f"\nThe portal is at {url}   (its clock: {now.local:%A %d %B %Y, %H:%M})\n")
    for one in told.signins:
        secret = f"  second factor {one.totp_secret}" if one.totp_secret else ""
        how = f"activation code {one.activation_code}" if one.activation_code else f"password {one.password}"
        click.echo(f"{one.role:18} {one.username:14} {how}{secret}\n{'':18} {one.note}")
    click.echo("\nAdd a second factor to any authenticator app, or print its code of this moment:")
    click.echo(f'  "{sys.executable}" -c "import pyotp; print(pyotp.TOTP(\'SECRET\').now())"')
    click.echo(f"Messages are sent to nobody; they are at {url}/demo/mailbox. Ctrl+C ends it.")
    sys.stdout.flush()
