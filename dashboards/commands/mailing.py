"""`portal work` and `portal bounce`: sending what is due without a server, and taking note of what comes back."""

import signal
import sys
from pathlib import Path
from threading import Event

import click

from dashboards.commands import data, locks
from dashboards.logs import log_to_stderr
from portal_core.errors import NotConfigured
from portal_core.jobs.smtp import NotNow
from portal_core.jobs.worker import worker_of
from portal_core.services.alerting import MAIL, queue_due
from portal_core.services.installation import COMMAND_LINE, opened
from portal_core.services.keys import require_right_key
from portal_core.services.returned import LARGEST_REPORT, take_report


@click.command()
@data
@click.option("--follow", is_flag=True, help="Go on until interrupted. `portal serve` does this by itself.")
def work(folder: Path, follow: bool) -> None:
    """Record what is due to be sent, and send it. Several may do so at once; nothing is sent twice."""
    with opened(folder) as one, locks.serving(folder):
        worker = worker_of(one)
        if worker is None:
            raise NotConfigured("No mail server is set: give `smtp_host` and `mail_from` in the settings.")
        require_right_key(one, by=COMMAND_LINE, at=one.store.moment())
        log_to_stderr(one.settings.log)
        if follow:
            over = Event()
            for asked in (signal.SIGINT, signal.SIGTERM):
                signal.signal(asked, lambda *_: over.set())
            worker.follow(over)
            return
        queued = queue_due(one.store, by=MAIL, at=one.store.moment())
        try:
            sent = worker.once()
        except NotNow as fault:
            raise NotConfigured(f"The mail server does not take mail now: {fault}. Nothing is lost.") from None
    click.echo(f"Recorded: {queued}. Sent: {sent}.")


@click.command()
@data
def bounce(folder: Path) -> None:
    """Read a delivery report on standard input: a message that came back for good stops mail to its address."""
    report = sys.stdin.buffer.read(LARGEST_REPORT)
    with opened(folder) as one:
        ours = take_report(one.store, by=COMMAND_LINE, at=one.store.moment(), report=report)
    click.echo("Mail to that address stops; staff find a task." if ours else "No message of ours failed for good.")
