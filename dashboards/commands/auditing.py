"""`portal audit verify`, `portal recover` and `portal explain`: questions to the records that are themselves recorded."""

from pathlib import Path

import click

from dashboards.commands import data, given_time, show_code
from portal_core.domain.school import Moment
from portal_core.policy.access import UNTOLD
from portal_core.services import explaining, staff
from portal_core.services.installation import COMMAND_LINE, opened


@click.group()
def audit() -> None:
    """Look after the audit."""


@audit.command()
@data
def verify(folder: Path) -> None:
    """Prove that nothing in the audit was changed or taken out since it was written."""
    with opened(folder) as one:
        entries = staff.verify_audit(one.store, by=COMMAND_LINE, at=one.store.moment())
    click.echo(f"All {entries} entries are as they were written.")


@click.command()
@data
@click.argument("username")
def recover(folder: Path, username: str) -> None:
    """Give a member of staff who lost the second factor a new one-time code; their sign-ins end at once."""
    with opened(folder) as one:
        at = one.store.moment()
        code = staff.recover_second_factor(one.store, by=COMMAND_LINE, at=at, username=username)
        show_code(code, f"{one.settings.origin}/activate", at.zone)


@click.command()
@data
@click.option(
    "--as", "staff_name", required=True, metavar="STAFF", help="The username of the member of staff who asks."
)
@click.option("--adult", required=True, help="The adult: their id in the portal, or mis:ID for that of the MIS.")
@click.option("--child", required=True, help="The child, in the same way.")
@click.option(
    "--at", "about", default="", metavar="TIME", help="A time gone by, by the school's clock: 2026-03-12T10:35."
)
def explain(folder: Path, staff_name: str, adult: str, child: str, about: str) -> None:
    """Say whether an adult may, or could then, see a child, and why, as far as STAFF may read it."""
    with opened(folder) as one:
        at = one.store.moment()
        when = Moment(given_time(about, at.zone), at.zone) if about else at
        told = explaining.explain_to(one.store, staff=staff_name, at=at, adult=adult, child=child, about=when)
    unless = ", unless access was withheld" if told.allowed and not told.whole else ""
    click.echo(f"{'May' if told.allowed else 'May not'} see the child{unless}, at {when.local:%d %B %Y, %H:%M}:")
    for found in told.findings:
        since = f", since {found.since:%d %B %Y}" if found.since else ""
        click.echo(f"  {found.effect:8} {found.clause:9} {found.words}{since}")
    if not told.whole:
        click.echo(f"  {UNTOLD}")
