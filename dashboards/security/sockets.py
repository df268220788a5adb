"""The websocket of a Panel application: who may open it, what may come in, and when it is closed.

Refused before the handshake unless cookie, Origin, token, application and child agree and the decision still allows. Asked
again before each message is handled, and once a second for all open sockets together, whatever the cause may be: a
restriction, an investigation, a birthday, a role taken away, a sign-out, or time alone. What is closed so does not reopen.
"""

import asyncio
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from logging import getLogger
from typing import TYPE_CHECKING, Any, NamedTuple

import panel as pn
from bokeh.protocol.exceptions import ProtocolError
from bokeh.protocol.message import Message
from bokeh.server.contexts import ApplicationContext
from bokeh.server.session import ServerSession
from bokeh.server.views.ws import WSHandler
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.web import HTTPError

from dashboards.security.patches import honest
from dashboards.security.refusals import Refusals
from portal_core.domain.clauses import Duty
from portal_core.domain.people import Principal, Standing
from portal_core.policy.duties import duties

if TYPE_CHECKING:
    from dashboards.server import PortalTornado

log = getLogger(__name__)

NO_LONGER_ALLOWED = 4401  # portal-join.js leaves the page
TRY_AGAIN = 1013  # our fault: it may come back
TOO_MUCH = 1009
LARGEST_MESSAGE = 1 << 20  # bytes, all parts of a message together
UNDERSTOOD = ("PULL-DOC-REQ", "PATCH-DOC")  # what a page of ours sends; PUSH-DOC would replace the whole document
SESSION_IN_ADDRESS = ("bokeh-session-id", "bokeh-token")


class Visitor(NamedTuple):
    """Whom an application's document is for; `origin` is the portal's address as people type it."""

    principal: Principal
    pupil_id: int | None
    about: str
    origin: str


def visitor() -> Visitor:
    """Whom the running application or callback is for: the person signed in and, for a parent, the child of the page.

    As decided when the document was made; each service asks the decision again.
    """
    return pn.state.curdoc.session_context.request.visitor


class BoundContext(ApplicationContext):
    """Bokeh's sessions of one application, each bound to the standing that it was made for."""

    async def create_session_if_needed(self, session_id: Any, request: Any = None, token: Any = None) -> ServerSession:
        """Bokeh's own, unless the session is somebody else's; one that fails to build leaves nothing behind."""
        try:
            session = await super().create_session_if_needed(session_id, request, token)
        except BaseException:
            if (waiting := self._pending_sessions.pop(session_id, None)) is not None and not waiting.done():
                waiting.cancel()
            raise
        if session.document.session_context.request.standing != request.standing:
            raise ProtocolError("this session belongs to another login, application or child")
        return session


class Socket(Refusals, WSHandler):
    """GET /<app>/ws."""

    SUPPORTED_METHODS = ("GET",)
    standing: Standing
    _barred = False
    _incoming = 0

    def initialize(self, application_context: ApplicationContext, app: str, duty: Duty) -> None:
        """`app` is the application's path, `duty` what it asks for."""
        self.app, self.duty = app, duty

    async def prepare(self) -> None:
        """Refuse with 403 before the handshake; nothing has been built yet."""
        portal, request = self.application, self.request
        self.current_user = self.principal = await portal.doors.ask(request, at := portal.gate.now())
        if self.duty not in duties(self.principal):
            raise HTTPError(403, f"without the duty to {self.duty}")
        if request.headers.get("Origin") not in portal.portal.origins:
            raise HTTPError(403, "opened from another site")
        if request.headers.get("Upgrade", "").lower() != "websocket":
            raise HTTPError(400)
        if "Bokeh-Session-Id" in request.headers or any(name in request.arguments for name in SESSION_IN_ADDRESS):
            raise HTTPError(403, "a session is not chosen by its address")
        offered = [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        held = portal.tokens.read(offered[-1], at.instant.timestamp()) if len(offered) == 2 else None
        if held is None or (held.login_id, held.app) != (self.principal.login_id, self.app):
            raise HTTPError(403, "the token is not this login's for this application")
        if sum(other.standing.login_id == held.login_id for other in portal.sockets) >= portal.portal.sockets_a_login:
            raise HTTPError(403, "too many open at once")
        if held not in await portal.watcher.still_allowed({held}):
            raise HTTPError(403, "no longer allowed")
        self.standing = request.standing = held
        request.visitor = Visitor(self.principal, held.pupil_id, held.about, portal.portal.origin)

    def check_origin(self, origin: str) -> bool:
        """As `prepare`, without Bokeh's own list."""
        return origin in self.application.portal.origins

    def open(self, *args: str, **kwargs: str) -> Any:
        """From here on the watcher knows of it, though its document is still to be built."""
        self.application.sockets.add(self)
        self.set_nodelay(True)  # a message is several frames, and Nagle would hold back the last of them for 40 ms
        return super().open()

    async def _async_open(self, token: str) -> None:
        try:
            await super()._async_open(token)
        except Exception:
            log.exception("%s: the application could not be built", self.app)
            self.close(TRY_AGAIN, "failed")

    async def on_message(self, fragment: str | bytes) -> None:
        """Bound what one message may hold in all its parts; Bokeh's own would log what it cannot read, word for word."""
        self._incoming += len(fragment)
        if self._incoming > LARGEST_MESSAGE:
            self._barred = True
            self.close(TOO_MUCH, "too large")
        if self._barred or self.receiver is None:
            return
        try:
            message = await self._receive(fragment)
        except Exception:  # such as a kind of message that there is not
            self._protocol_error("not understood")
            return
        try:
            work = await self._handle(message) if message else None
            if work:
                await self._schedule(work)
        except Exception as fault:
            self._internal_error(f"a message could not be handled: {type(fault).__name__}")

    async def _handle(self, message: Message[Any]) -> Any:
        """Ask again before a callback of ours could run; then let through only what an honest page sends."""
        self._incoming = 0
        if self.standing not in await self.application.watcher.still_allowed({self.standing}):
            self.bar(NO_LONGER_ALLOWED)
        if self._barred or self.connection is None:
            return None
        if message.msgtype not in UNDERSTOOD:
            self._protocol_error("not understood")
            return None
        if message.msgtype == "PATCH-DOC":
            self.application.seen.add(self.standing.login_id)
            sent = message.content["events"]
            kept = honest(self.connection.session.document, sent)
            if len(kept) < len(sent):
                log.info("%s: dropped %d of %d changes", self.app, len(sent) - len(kept), len(sent))
            if not kept:
                return self.connection.ok(message)
            message.content["events"] = kept
        answer = await super()._handle(message)
        if isinstance(answer, Message) and answer.msgtype == "ERROR":
            log.error("%s: a change could not be taken", self.app)
            return self.connection.error(message, "This could not be done.") if self.connection else None
        return answer

    def _protocol_error(self, message: str) -> None:
        self._barred = True
        self.close(1002, message[:100])

    def _internal_error(self, message: str) -> None:
        self._barred = True
        log.error("%s: %s", self.app, message)
        self.close(1011)

    def bar(self, code: int) -> None:
        """Close for good: nothing that still arrives is handled, and the document goes at once."""
        self._barred = True
        self.application.sockets.discard(self)
        self.close(code, "closed")
        if self.connection is not None:
            session = self.connection.session
            self.application.client_lost(self.connection)
            self.connection = None
            session.request_expiration()
            IOLoop.current().add_callback(self._discard, session)

    async def _discard(self, session: ServerSession) -> None:
        def unused(session: ServerSession) -> bool:
            return session.connection_count == 0

        if session.connection_count == 0 and not session.destroyed:
            await self.application_context._discard_session(session, unused)

    def on_close(self) -> None:
        """Forget it."""
        self.application.sockets.discard(self)
        super().on_close()


class Watcher:
    """Once a second asks which open sockets of this process may stay, in one statement, and closes the others.

    If it cannot be asked, or does not answer within `patience` seconds, all are closed.
    """

    def __init__(self, application: "PortalTornado", *, patience: float = 5.0) -> None:
        self._application = application
        self._patience = patience
        self._threads = ThreadPoolExecutor(4, "doors")  # its own, so that no other work keeps it waiting
        self._every = PeriodicCallback(self.look, application.portal.watch_seconds * 1000)

    def start(self) -> None:
        """Begin, on the server's loop."""
        self._every.start()

    def stop(self) -> None:
        """End."""
        self._every.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def look(self) -> None:
        """One round: note who did something, close who may not stay."""
        await self._note_activity()
        open_now = list(self._application.sockets)
        if not open_now:
            return
        try:
            allowed = await self._ask({socket.standing for socket in open_now})
        except Exception:
            log.exception("no answer about who may stay: all %d sockets are closed", len(open_now))
            for socket in open_now:
                socket.bar(TRY_AGAIN)
            return
        for socket in open_now:
            if socket.standing not in allowed:
                log.info("%s: closed, no longer allowed", socket.app)
                socket.bar(NO_LONGER_ALLOWED)

    async def still_allowed(self, asked: Collection[Standing]) -> set[Standing]:
        """Those that may stay; none if it cannot be asked."""
        try:
            return await self._ask(asked)
        except Exception:
            log.exception("no answer about who may stay")
            return set()

    async def _ask(self, asked: Collection[Standing]) -> set[Standing]:
        gate = self._application.gate
        answer = asyncio.get_running_loop().run_in_executor(self._threads, gate.standing, asked, gate.now())
        return await asyncio.wait_for(answer, self._patience)

    async def _note_activity(self) -> None:
        gate, seen = self._application.gate, self._application.seen
        if not seen:
            return
        logins = frozenset(seen)
        seen.clear()
        try:
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(loop.run_in_executor(self._threads, gate.seen, logins, gate.now()), self._patience)
        except Exception:  # a login then counts as idle earlier than it was, which is the safe side
            log.exception("activity could not be noted")
