"""The `portal` command. Its verbs live in portal_core.services; dashboards/commands reads what was typed and shows what came."""

import os
import sys
from importlib import import_module

import click

from portal_core.errors import PortalError

COMMANDS = {  # name: module in dashboards.commands, one line of help
    "init": ("setting_up", "Make a school's installation: settings, key, database, first administrator."),
    "serve": ("serving", "Serve the portal."),
    "demo": ("demo", "Serve an invented school on this machine."),
    "doctor": ("keeping", "Say in plain words what is wrong with this installation."),
    "backup": ("keeping", "Write all records to one file."),
    "restore": ("keeping", "Make an empty installation's records those of a backup."),
    "upgrade": ("keeping", "Back up, bring the database to this program's shape, verify."),
    "rotate-key": ("keeping", "Make a new secret key and seal all secrets with it."),
    "school": ("school", "Change the school's settings, calendar and wording."),
    "import": ("importing", "Enter a school's exports, after a preview."),
    "work": ("mailing", "Send the mail that is due."),
    "bounce": ("mailing", "Take note of mail that came back."),
    "explain": ("auditing", "Say whether an adult may, or could, see a child, and why."),
    "audit": ("auditing", "Look after the audit."),
    "recover": ("auditing", "Give a member of staff who lost the second factor a new one-time code."),
}


class Lazy(click.Group):
    """Imports a command when it is run: the list of commands needs neither the server nor the store."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """From its module, by its name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"dashboards.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_").replace("import", "import_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table, so that nothing is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """An error of ours is a sentence on standard error and exit code 1; any other is a fault, with its trace."""
        try:
            return super().invoke(ctx)
        except PortalError as fault:
            click.echo(f"portal: {fault}", err=True)
        except PermissionError as fault:
            click.echo(f"portal: This account may not open {fault.filename}. Who owns the data folder?", err=True)
        ctx.exit(1)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The parent portal of one school."""
    if hasattr(os, "umask"):
        os.umask(0o077)  # what these commands write is for the account that runs the portal alone


if __name__ == "__main__":
    sys.exit(main())
