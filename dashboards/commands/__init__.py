"""The verbs of `portal`, a module a subject. What they share: the option for the data folder, and how a code is shown."""

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from portal_core.services.accounts import IssuedCode

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
