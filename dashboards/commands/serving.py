"""`portal serve`: the portal of a real school, over TLS or behind a proxy that ends it."""

from pathlib import Path

import click

from dashboards.commands import data
from dashboards.logs import log_to_stderr
from dashboards.portal import put_together
from dashboards.security.provider import ServerSettings
from dashboards.server import check
from dashboards.server import serve as run
from portal_core.services.installation import opened


@click.command()
@data
@click.option("--port", type=click.IntRange(1, 65535), help="Another port than the one in the settings.")
def serve(folder: Path, port: int | None) -> None:
    """Serve the portal until interrupted."""
    with opened(folder) as installation:
        told = installation.settings
        log_to_stderr(told.log)
        settings = ServerSettings(
            port=port or told.port,
            origin=told.origin,
            secret_key=told.keys[0],
            address=told.address,
            proxy=told.proxy,
            certificate=str(told.certificate) if told.certificate else None,
            key=str(told.key) if told.key else None,
        )
        check(settings)  # before anything is built
        portal = put_together(installation.store, *told.keys)
        click.echo(f"Serving {told.origin} on {settings.address}:{settings.port}.", err=True)
        try:
            run(portal.gate, settings, portal.apps, portal.routes)
        finally:
            portal.close()
