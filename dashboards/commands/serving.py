"""`portal serve`: the portal of a real school, over TLS or behind a proxy that ends it."""

from pathlib import Path

import click

from dashboards.commands import data, locks
from dashboards.logs import log_to_stderr
from dashboards.portal import Portal, put_together
from dashboards.security.provider import ServerSettings
from dashboards.server import build, check
from dashboards.upkeep import looked_after, mailed
from portal_core.errors import NotConfigured
from portal_core.jobs.worker import worker_of
from portal_core.services.certificates import require_certificate
from portal_core.services.installation import COMMAND_LINE, opened
from portal_core.services.keys import require_right_key
from portal_core.settings import Settings


@click.command()
@data
@click.option("--port", type=click.IntRange(1, 65535), help="Another port than the one in the settings.")
def serve(folder: Path, port: int | None) -> None:
    """Serve the portal until interrupted. Several may serve one folder, each on its own port."""
    with opened(folder) as one, locks.serving(folder):
        settings = _for_server(one.settings, port)
        check(settings)
        require_certificate(one.settings)
        require_right_key(one, by=COMMAND_LINE, at=one.store.moment())
        log_to_stderr(one.settings.log)
        portal = put_together(one.store, *one.settings.keys)
        try:
            with looked_after(one.store), mailed(worker_of(one)):
                _run(portal, settings)
        finally:
            portal.close()


def _run(portal: Portal, settings: ServerSettings) -> None:
    try:
        server = build(portal.gate, settings, portal.apps, portal.routes)
    except OSError as fault:
        raise NotConfigured(f"Cannot listen on {settings.address}:{settings.port}: {fault.strerror}.") from None
    click.echo(f"Serving {settings.origin} on {settings.address}:{settings.port}.", err=True)
    server.run_until_shutdown()


def _for_server(told: Settings, port: int | None) -> ServerSettings:
    return ServerSettings(
        port=port or told.port,
        origin=told.origin,
        secret_key=told.keys[0],
        address=told.address,
        proxy=told.proxy,
        certificate=str(told.certificate) if told.certificate else None,
        key=str(told.key) if told.key else None,
    )
