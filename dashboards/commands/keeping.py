"""`portal doctor`, `backup`, `restore`, `upgrade` and `rotate-key`: keeping an installation well."""

from pathlib import Path

import click

from dashboards.commands import data, locks
from portal_core.errors import BadInput
from portal_core.jobs.smtp import mail_complaints, mail_in_words
from portal_core.services import backups, keys, restoring, upgrading
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
        complaints = [*examine(one, by=COMMAND_LINE), *mail_complaints(one.settings)]
        mail = mail_in_words(one.settings)
    for number, complaint in enumerate(complaints, 1):
        click.echo(f"{number}. {complaint}")
    if not complaints:
        click.echo("Nothing is wrong.")
    click.echo(mail)
    ctx.exit(1 if complaints else 0)


@click.command()
@data
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), help="A folder other than the one in the settings."
)
def backup(folder: Path, to: Path | None) -> None:
    """Write all records to one file. The secret key is not in it: keep that apart."""
    with opened(folder) as one:
        into = to or one.settings.backup_folder
        path = backups.back_up(one.store, by=COMMAND_LINE, at=one.store.moment(), folder=into)
    click.echo(f"Written: {path}")


@click.command()
@data
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(folder: Path, file: Path) -> None:
    """Make an empty installation's records those of a backup. Everybody is signed out, one-time codes are void."""
    with opened(folder, current=False) as one, locks.stopped(folder):
        came = restoring.restore(one.store, by=COMMAND_LINE, file=file)
        made = came.made_at.astimezone(one.store.moment().zone)
    click.echo(f"Restored {came.rows} rows as they were on {made:%d %B %Y at %H:%M}. Everybody has been signed out.")
    click.echo("One-time codes that had not been used are void: whoever waits for one needs a new one.")
    click.echo(
        "What was decided after that is not in it: before you serve, withdraw access again where it was withdrawn since."
    )


@click.command()
@data
def upgrade(folder: Path) -> None:
    """Back up, bring the database to this program's shape, verify. Stop `portal serve` first."""
    with opened(folder, current=False) as one, locks.stopped(folder):
        done = upgrading.upgrade(one.store, by=COMMAND_LINE, folder=one.settings.backup_folder)
    if done is None:
        click.echo(f"The database is at revision {schema.needed()}, as this program needs it. Nothing to do.")
    else:
        click.echo(f"Upgraded from {done.before} to {done.now}; the audit's {done.entries} entries verify.")
        click.echo(f"The way back is a restore of {done.backup}.")


@click.command("rotate-key")
@data
@click.option("--lost", is_flag=True, help="The old key is gone: whoever has a second factor needs a new code.")
def rotate_key(folder: Path, lost: bool) -> None:
    """Make a new secret key and seal all secrets with it. Stop `portal serve` first, and start it again after."""
    with opened(folder) as one, locks.stopped(folder):
        if lost:
            names = keys.replace_lost_key(one, by=COMMAND_LINE, at=one.store.moment())
            click.echo(
                f"{len(names)} people were signed out and need a new one-time code: {', '.join(names) or 'nobody'}"
            )
            click.echo(
                "For an administrator run `portal recover USERNAME`; all others ask the office or an administrator."
            )
        else:
            resealed = keys.rotate_key(one, by=COMMAND_LINE, at=one.store.moment())
            click.echo(f"The secret key is a new one; {resealed} second factors were sealed anew.")
    click.echo("Start `portal serve` again.")
