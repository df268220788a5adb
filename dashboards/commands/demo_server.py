"""The demo's server: plain HTTP on loopback; it says where once it answers."""

from collections.abc import Callable

from dashboards.logs import log_to_stderr
from dashboards.portal import put_together
from dashboards.security.provider import ServerSettings
from dashboards.server import build
from portal_core.domain.school import utc_now
from portal_core.errors import BadInput
from portal_core.store.scope import Store


def serve(store: Store, secret_key: str, port: int, tell: Callable[[str], None]) -> None:
    """Until interrupted; `tell` is called with the address once requests are answered."""
    log_to_stderr("warning")
    portal = put_together(store, secret_key, authenticators=utc_now)
    origin = f"http://localhost:{port}"
    settings = ServerSettings(port=port, origin=origin, secret_key=secret_key, demo=True)
    try:
        server = build(portal.gate, settings, portal.apps, portal.routes)
    except OSError:
        raise BadInput(f"Port {port} is taken. Choose another with --port.") from None
    server.io_loop.add_callback(tell, origin)
    try:
        server.run_until_shutdown()
    finally:
        portal.close()
