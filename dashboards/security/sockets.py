"""The websocket of a Panel application: who may open it, what may come in, and when it is closed.

Refused before the handshake unless cookie, Origin, token, application and child agree and the decision still allows. Asked
again before each message is handled, and once a second for all open sockets together, whatever the cause may be: a
restriction, an investigation, a birthday, a role taken away, a sign-out, or time alone. What is closed so does not reopen.
"""

from collections.abc import Callable, Mapping
from logging import getLogger
from typing import Any, NamedTuple

import panel as pn
from bokeh.protocol.exceptions import ProtocolError
from bokeh.protocol.message import Message
from bokeh.server.contexts import ApplicationContext
from bokeh.server.session import ServerSession
from bokeh.server.views.ws import WSHandler
from tornado.ioloop import IOLoop
from tornado.web import HTTPError

from dashboards.security.patches import honest
from dashboards.security.refusals import Refusals
from portal_core.domain.clauses import Duty
from portal_core.domain.language import Language
from portal_core.domain.people import Principal, Standing
from portal_core.domain.school import utc_now
from portal_core.policy.duties import duties

log = getLogger(__name__)

NO_LONGER_ALLOWED = 4401  # portal-join.js leaves the page
TRY_AGAIN = 1013  # our fault: it may come back
TOO_MUCH = 1009
LARGEST_MESSAGE = 1 << 16  # bytes, all parts of a message together
MOST_EVENTS = 100  # in one message
A_FRAME = 200  # what each part of a message weighs beside its bytes
SENT_A_SECOND = 1 << 17  # bytes and frames of one login together; a hand that drags and types stays far below
UNDERSTOOD: Mapping[str, Callable[..., Any]] = {"PULL-DOC-REQ": ServerSession.pull, "PATCH-DOC": ServerSession.patch}
"""What a page of ours sends; PUSH-DOC would replace the whole document. Bokeh's own way to them logs what was sent."""
SESSION_IN_ADDRESS = ("bokeh-session-id", "bokeh-token")


class Visitor(NamedTuple):
    """Whom an application's document is for; `origin` is the portal's address as people type it, `language` what they read."""

    principal: Principal
    pupil_id: int | None
    about: str
    origin: str
    language: Language


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
        """Refuse with 403 before the handshake; nothing has been built yet. Whom we know goes on record."""
        try:
            await self._admit()
        except HTTPError:
            if self.principal is not None and self.principal.complete:
                await self.application.gate.refused(self.principal, self.request.path, self.application.gate.now())
            raise

    async def _admit(self) -> None:
        portal, request = self.application, self.request
        self.current_user = self.principal = await portal.doors.ask(request, portal.gate.now())
        if self.duty not in duties(self.principal):
            raise HTTPError(403, f"without the duty to {self.duty}")
        if request.headers.get("Origin") not in portal.portal.origins:
            raise HTTPError(403, "opened from another site")
        if request.headers.get("Upgrade", "").lower() != "websocket":
            raise HTTPError(400)
        if "Bokeh-Session-Id" in request.headers or any(name in request.arguments for name in SESSION_IN_ADDRESS):
            raise HTTPError(403, "a session is not chosen by its address")
        offered = [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        ours = len(offered) == 2 and offered[0] == "bokeh"
        held = portal.tokens.read(offered[1], utc_now().timestamp()) if ours else None  # Bokeh dates them by this clock
        if held is None or (held.login_id, held.app) != (self.principal.login_id, self.app):
            raise HTTPError(403, "the token is not this login's for this application")
        if await portal.watcher.closes(held) is not None:
            raise HTTPError(403, "no longer allowed")
        if sum(other.standing.login_id == held.login_id for other in portal.sockets) >= portal.portal.sockets_a_login:
            raise HTTPError(
                403, "too many open at once"
            )  # asked last: nothing is waited for from here until it is open
        self.standing = request.standing = held
        request.visitor = Visitor(self.principal, held.pupil_id, held.about, portal.portal.origin, self.reads())

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
        if self._barred or self.ws_connection is None:
            self._let_go()  # it was closed while its document was made, which nobody else would discard now

    async def on_message(self, fragment: str | bytes) -> None:
        """Bound what one message may hold in all its parts; Bokeh's own would log what it cannot read, word for word."""
        self._incoming += len(fragment)
        spent = len(fragment) + A_FRAME
        within = self.application.incoming.admits(self.standing.login_id, IOLoop.current().time(), spent)
        if self._incoming > LARGEST_MESSAGE or not within:
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
        if (code := await self.application.watcher.closes(self.standing)) is not None:
            self.bar(code)
        if self._barred or self.connection is None:
            return None
        if message.msgtype not in UNDERSTOOD:
            self._protocol_error("not understood")
            return None
        if message.msgtype == "PATCH-DOC":
            self.application.note_use(self.standing.login_id)
            sent = message.content["events"]
            if not isinstance(sent, list) or len(sent) > MOST_EVENTS:
                self._protocol_error("not understood")
                return None
            kept = honest(self.connection.session.document, sent)
            if len(kept) < len(sent):
                log.info("%s: dropped %d of %d changes", self.app, len(sent) - len(kept), len(sent))
            if not kept:
                return self.connection.ok(message)
            message.content["events"] = kept
        try:
            return await UNDERSTOOD[message.msgtype](message, self.connection)
        except Exception:
            log.exception("%s: a change could not be taken", self.app)
            return self.connection.error(message, "This could not be done.") if self.connection else None

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
        self._let_go()

    def _let_go(self) -> None:
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
