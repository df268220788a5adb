"""Builds and starts the portal's server: Panel's applications, our pages, and nothing else.

Bokeh fills its routing table with pages, indexes, metadata and loaders of its own, Panel with a route that imports any
module. That table is emptied and filled again with our handlers alone, and no server starts while one of them has no
declared duty.
"""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import panel as pn
from bokeh.application.handlers.function import FunctionHandler
from bokeh.application.handlers.handler import Handler
from bokeh.document import Document
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from panel.io.application import Application
from panel.io.state import set_curdoc
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.routing import RuleRouter
from tornado.web import GZipContentEncoding, RequestHandler

from dashboards.pages.render import environment
from dashboards.security.allowance import Allowance
from dashboards.security.drafts import Drafts
from dashboards.security.handlers import NoSuchPage, TooLarge
from dashboards.security.headers import headers_for
from dashboards.security.join import TOKEN_HOURS, Join, Tokens
from dashboards.security.provider import Gate, PortalAuth, ServerSettings
from dashboards.security.sockets import LARGEST_MESSAGE, SENT_A_SECOND, BoundContext, Socket
from dashboards.security.static import Assets, StaticFile
from dashboards.security.watcher import Watcher
from dashboards.writes import keep_what_waits
from portal_core.domain.clauses import Duty
from portal_core.errors import NotConfigured
from portal_core.policy.duties import duty_for
from portal_core.settings import is_loopback

SHORTEST_KEY = 32  # characters
LARGEST_BODY = 1 << 20  # bytes
THREADS = (
    1  # for what a page sends, in the order in which it was sent: with more, a click overtakes what was typed before it
)

WARNING_SETTLES = 3.0  # seconds

App = Callable[[], Any] | Handler
"""What serves an application: a function that returns a Panel object, or a Bokeh handler such as a notebook's."""


class PortalTornado(BokehTornado):
    """Bokeh's application with our routing table; what handlers need of the process hangs here."""

    def __init__(
        self, gate: Gate, settings: ServerSettings, apps: Mapping[str, App], routes: Sequence[tuple[Any, ...]]
    ) -> None:
        self.gate, self.portal = gate, settings
        self.assets, self.pages = Assets(), environment()
        self.doors, self.tokens = PortalAuth(gate, settings), Tokens(settings.secret_key)
        self.joins = Allowance(settings.joins_a_minute, 60)
        self.incoming = Allowance(SENT_A_SECOND, 1)
        self.sockets: set[Socket] = set()
        self.seen: set[int] = set()  # logins in use since the watcher's last round
        self.open: set[int] = set()  # logins whose tabs said that they are open
        self.warned: dict[int, float] = {}  # logins whose tab has just shown its warning, and when by the loop's time
        self.drafts = Drafts(gate)
        super().__init__(
            {path: self._application(app) for path, app in apps.items()},
            auth_provider=self.doors,
            secret_key=self.tokens.key,
            sign_sessions=True,
            session_token_expiration=TOKEN_HOURS * 3600,
            unused_session_lifetime_milliseconds=60_000,
            websocket_max_message_size_bytes=LARGEST_MESSAGE,
            use_index=False,
            ico_path="none",
            xsrf_cookies=True,
            xsrf_cookie_name=settings.form_cookie,
            xsrf_cookie_kwargs={
                "httponly": True,
                "samesite": "Strict",
                "secure": not settings.demo,
                "path": "/",
                "expires_days": None,
            },
            default_handler_class=NoSuchPage,
            log_function=lambda handler: None,  # Tornado's own names addresses with what was searched for
            transforms=[headers_for(demo=settings.demo), GZipContentEncoding],
        )
        self._applications = {
            path: BoundContext(context.application, url=path) for path, context in self._applications.items()
        }
        self.default_router.rules.clear()  # all that Bokeh put there
        self.add_handlers(f"^({settings.hosts})$", [*routes, *self._ways_in(), (r"/static/.*", StaticFile)])
        self.watcher = Watcher(self)

    def _application(self, app: App) -> Application:
        def at_home(doc: Document) -> None:
            doc.template_variables["dist_url"] = self.assets.panel  # else component styles are asked of a third party
            with set_curdoc(doc):
                pn.state.rel_path = ""  # nor from where this page lies, as for a notebook's, two folders down
            doc.config.update(reconnect_session=True, notifications=None, notify_connection_status=False)

        def fill(doc: Document) -> None:  # Panel's own way would swallow an error and leave an empty document
            with set_curdoc(doc):
                pn.panel(app()).server_doc(doc, location=False)  # type: ignore[operator]

        return Application(FunctionHandler(at_home), app if isinstance(app, Handler) else FunctionHandler(fill))

    def _ways_in(self) -> Iterator[tuple[Any, ...]]:
        for path, context in self._applications.items():
            named = {"app": path, "duty": duty_for(path)}
            yield path + "/app", Join, named
            yield path + "/ws", Socket, {**named, "application_context": context}

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        """By the table; what announces a larger body than anybody need send is answered before any of it is read."""
        announced = request.headers.get("Content-Length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:18]) > LARGEST_BODY:
            request.connection.set_max_body_size(int(announced[:18]))  # type: ignore[union-attr]  # or Tornado answers as well
            return self.get_handler_delegate(request, TooLarge)
        return super().find_handler(request, **kwargs)

    def note_warning(self, login_id: int) -> None:
        """A tab of this login is about to show its warning."""
        now = IOLoop.current().time()
        self.warned = {login: at for login, at in self.warned.items() if now - at < WARNING_SETTLES} | {login_id: now}

    def note_use(self, login_id: int) -> None:
        """What a page sent moves its login's idle limit on, unless the warning that has just come up made it do so."""
        if IOLoop.current().time() - self.warned.get(login_id, -WARNING_SETTLES) >= WARNING_SETTLES:
            self.seen.add(login_id)

    def start(self) -> None:
        """Begin the periodic work, the watcher's with it."""
        super().start()
        self.watcher.start()

    def stop(self, wait: bool = True) -> None:
        """End the periodic work."""
        self.watcher.stop()
        self.drafts.close()
        super().stop(wait)


class Server(BaseServer):
    """The portal's server, listening and not yet started: `start()` on a running loop, or `run_until_shutdown()`."""

    _tornado: PortalTornado

    @property
    def portal(self) -> PortalTornado:
        """The application within."""
        return self._tornado

    def run_until_shutdown(self) -> None:
        """Until interrupted or asked to end; standard output is for whoever called, so nothing is said there."""
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, lambda *_: self.io_loop.add_callback_from_signal(self.io_loop.stop))
        self.start()
        try:
            self.io_loop.start()
        finally:
            self.stop()


@dataclass(frozen=True, slots=True)
class DeclaredRule:
    """What one entry of the running routing table asks of a caller."""

    pattern: str
    handler: type[RequestHandler]
    duty: Duty


def declared_rules(application: PortalTornado) -> list[DeclaredRule]:
    """Every handler that the running router can reach, with its duty. NotConfigured for one that declares none."""
    beside = (("otherwise", application.settings["default_handler_class"], {}), ("too large", TooLarge, {}))
    found = [*_reachable(application.default_router), *beside]
    rules = []
    for pattern, handler, named in found:
        duty = named.get("duty", getattr(handler, "duty", None))
        if not isinstance(duty, Duty):
            raise NotConfigured(f"{pattern} is served by {handler!r}, which declares no duty. Declare one.")
        rules.append(DeclaredRule(pattern, handler, duty))
    return rules


def _reachable(router: RuleRouter) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    for rule in router.rules:
        if isinstance(rule.target, RuleRouter):
            yield from _reachable(rule.target)
        else:
            pattern = getattr(rule.matcher, "regex", None)
            yield pattern.pattern if pattern else repr(rule.matcher), rule.target, rule.target_kwargs or {}


def build(gate: Gate, settings: ServerSettings, apps: Mapping[str, App], routes: Iterable[tuple[Any, ...]]) -> Server:
    """The server, bound to its port. `routes` are (pattern, handler) of pages. Raises NotConfigured.

    Made in the thread whose loop will serve.
    """
    check(settings)
    pn.extension()
    keep_what_waits()
    pn.config.reconnect = True
    pn.config.nthreads = THREADS
    application = PortalTornado(gate, settings, apps, list(routes))
    declared_rules(application)
    tls = {"certfile": settings.certificate, "keyfile": settings.key} if settings.certificate else None
    http = HTTPServer(
        application,
        ssl_options=tls,
        max_body_size=LARGEST_BODY,
        max_buffer_size=2 * LARGEST_BODY,
        max_header_size=16 << 10,
        idle_connection_timeout=75,
        body_timeout=30,
    )
    http.add_sockets(bind_sockets(settings.port, settings.address))
    return Server(IOLoop.current(), application, http)


def check(settings: ServerSettings) -> None:
    """Refuse half a configuration, in the words of whoever has to mend it. Raises NotConfigured."""
    if len(settings.secret_key) < SHORTEST_KEY:
        raise NotConfigured(f"Set a secret key of {SHORTEST_KEY} characters or more; `portal init` makes one.")
    shown = urlsplit(settings.origin)
    if shown.scheme not in ("http", "https") or not shown.hostname or shown.path.rstrip("/") or shown.query:
        raise NotConfigured("Set the origin to what a browser shows, such as https://portal.example.sch.uk.")
    if settings.demo:
        if not is_loopback(settings.address):
            raise NotConfigured("The demo speaks plain HTTP, so it is served on loopback only.")
        return
    if not (settings.proxy or (settings.certificate and settings.key)):
        raise NotConfigured("Set certificate and key, or declare the proxy that ends TLS. Plain HTTP is for the demo.")
    if shown.scheme != "https":
        raise NotConfigured("Set an origin that begins with https://.")
