"""`portal doctor`, `backup`, `restore`, `upgrade` and `rotate-key`: keeping an installation well."""

from pathlib import Path

import click

from dashboards.commands import data
from portal_core.domain.clauses import Verb
from portal_core.errors import BadInput
from portal_core.security.logins import end_all_logins
from portal_core.services import backups, installation
from portal_core.services.doctor import examine
from portal_core.services.installation import COMMAND_LINE, opened
from portal_core.store import schema


@click.command()
@data
@click.pass_context
def doctor(ctx: click.Context, folder: Path) -> None:
    """Say in plain words what is wrong with this installation. Exit code 0 if nothing is, 1 otherwise."""
    with opened(folder, current=False) as one:
        if schema.found(one.store.engine) is None:
            raise BadInput("The database is empty. `portal init` makes a school, `portal restore` fills one.")
        complaints = examine(one, by=COMMAND_LINE, at=one.store.moment())
    for number, complaint in enumerate(complaints, 1):
        click.echo(f"{number}. {complaint}")
    if not complaints:
        click.echo("Nothing is wrong.")
    ctx.exit(1 if complaints else 0)


@click.command()
@data
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), help="A folder other than the one in the settings."
)
def backup(folder: Path, to: Path | None) -> None:
    """Write all records to one file. The secret key is not in it: keep that apart."""
    with opened(folder, current=False) as one:
        path = backups.back_up(
            one.store, by=COMMAND_LINE, at=one.store.moment(), folder=to or one.settings.backup_folder
        )
    click.echo(f"Written: {path}")


@click.command()
@data
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(folder: Path, file: Path) -> None:
    """Make an empty installation's records those of a backup. Everybody is signed out."""
    with opened(folder, current=False) as one:
        rows = backups.restore(one.store.engine, file)
        at = one.store.moment()
        with one.store.writing_as(COMMAND_LINE, at) as work:
            work.audit(Verb.RESTORED, logins=end_all_logins(work), rows=sum(rows.values()))
        click.echo(f"Restored {sum(rows.values())} rows in {len(rows)} tables. Everybody has been signed out.")
        click.echo(
            "What was decided after this backup is not in it: withdraw access again where it was withdrawn since,"
        )
        click.echo("before you serve. The audit of this database goes on from the backup.")
        if schema.found(one.store.engine) != schema.needed():
            click.echo("The backup is from an older program: run `portal upgrade` next.")


@click.command()
@data
def upgrade(folder: Path) -> None:
    """Back up, bring the database to this program's shape, verify. Stop `portal serve` first."""
    with opened(folder, current=False) as one:
        engine = one.store.engine
        before = schema.found(engine)
        if before is None:
            raise BadInput("The database is empty. `portal init` makes a school, `portal restore` fills one.")
        if before == schema.needed():
            click.echo(f"The database is at revision {before}, as this program needs it. Nothing to do.")
            return
        path = backups.back_up(one.store, by=COMMAND_LINE, at=one.store.moment(), folder=one.settings.backup_folder)
        click.echo(f"Backed up to {path}.")
        schema.upgrade(engine)
        schema.require_current(engine)
        entries = installation.verified(one, by=COMMAND_LINE, at=one.store.moment(), before=before)
    click.echo(
        f"Upgraded from {before} to {schema.needed()}; the audit's {entries} entries verify. The way back is a restore."
    )


@click.command("rotate-key")
@data
def rotate_key(folder: Path) -> None:
    """Make a new secret key and seal all secrets with it. Stop `portal serve` first, and start it again after."""
    with opened(folder) as one:
        resealed = installation.rotate_key(one, by=COMMAND_LINE, at=one.store.moment())
    click.echo(f"The secret key is a new one; {resealed} second factors were sealed anew. Start `portal serve` again.")
