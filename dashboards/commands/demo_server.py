"""The demo's server: plain HTTP on loopback; it says where once it answers, and has its files
imported as they come. Its mail goes to a page, /demo/mailbox, and nowhere else."""

import asyncio
from collections.abc import Callable, Sequence

from tornado.ioloop import PeriodicCallback

from dashboards.logs import log_to_stderr
from dashboards.pages import mailbox as mailbox_page
from dashboards.portal import put_together
from dashboards.security.provider import ServerSettings
from dashboards.server import build
from dashboards.upkeep import mailed
from portal_core.domain.school import utc_now
from portal_core.errors import BadInput
from portal_core.jobs.mailbox import Mailbox
from portal_core.jobs.worker import Worker
from portal_core.security.credentials import Vault
from portal_core.store.scope import Store

HALF_A_MINUTE = 30_000
SENDER = "portal@demo.example"


def serve(
    store: Store, keys: Sequence[str], port: int, tell: Callable[[str], None], refresh: Callable[[], None]
) -> None:
    """Until interrupted; `tell` is called with the address once requests are answered, `refresh` every half minute."""
    log_to_stderr("warning")
    portal = put_together(store, *keys, authenticators=utc_now)
    origin, mailbox = f"http://localhost:{port}", Mailbox()
    worker = Worker(store, Vault(*keys), mailbox, origin, SENDER)
    settings = ServerSettings(port=port, origin=origin, secret_key=keys[0], demo=True)
    try:
        server = build(portal.gate, settings, portal.apps, [*portal.routes, *mailbox_page.routes(mailbox)])
    except OSError:
        raise BadInput(f"Port {port} is taken. Choose another with --port.") from None
    server.io_loop.add_callback(tell, origin)
    refreshing = PeriodicCallback(lambda: asyncio.to_thread(refresh), HALF_A_MINUTE)
    refreshing.start()
    try:
        with mailed(worker):
            server.run_until_shutdown()
    finally:
        refreshing.stop()
        portal.close()
