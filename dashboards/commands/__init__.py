"""The verbs of `portal`, a module a subject. What they share: the option for the data folder, times, how a code is shown."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from portal_core.errors import BadInput
from portal_core.services.accounts import IssuedCode

DAY = click.DateTime(["%Y-%m-%d"])
"""A day as it is typed: 2026-09-01."""

data = click.option(
    "--data",
    "folder",
    envvar="PORTAL_DATA",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder; PORTAL_DATA in the environment names it as well.",
)


def show_code(code: IssuedCode, page: str, zone: ZoneInfo) -> None:
    """A one-time code on standard output, where its owner stands; it is written nowhere else."""
    until = code.expires_at.astimezone(zone)
    click.echo(f"  page      {page}\n  username  {code.username}\n  code      {code.code}")
    click.echo(f"  valid until {until:%d %B %Y, %H:%M}, for one use")


def given_time(text: str, zone: ZoneInfo) -> datetime:
    """A time as typed, by the school's clock unless it names its zone; in UTC. Raises BadInput."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"“{text}” is not a time. Write it as 2026-03-12T10:35.") from None
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
