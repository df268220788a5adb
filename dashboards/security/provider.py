"""Who is asking: one indexed look-up of an opaque cookie, the same for pages, joins and websockets.

The cookie holds 256 random bits and nothing else; the store holds their SHA-256. What the caller may do follows from the
principal (portal_core/policy/duties.py), never from the cookie.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from bokeh.server.auth_provider import AuthProvider
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

from portal_core.domain.people import Lapsed, Principal, Standing
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.security.credentials import token_hash

SIGN_IN = "/sign-in"
NEXT_STEP = "/sign-in/next"  # asks for Duty.PROVE and leads on to the second factor, activation or acceptance
COOKIE_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Gate(Protocol):
    """All that the doors ask of the portal."""

    def now(self) -> Moment:
        """The moment of this request."""

    def school(self, at: Moment) -> SchoolSettings:
        """The school's settings in force; from memory, since every page asks on the event loop."""

    async def principal(self, token_hash: bytes, at: Moment) -> Principal | None:
        """Whose live login this is; None if it is unknown, expired, idle or ended. Writes nothing."""

    async def may_see(self, principal: Principal, pupil_id: int, at: Moment) -> bool:
        """The access decision."""

    async def refused(self, principal: Principal, what: str, at: Moment) -> None:
        """Put on record that somebody signed in was turned away from an address (SEC-4)."""

    def standing(self, asked: Collection[Standing], at: Moment) -> set[Standing]:
        """Those still allowed (login live, duty held, pupil may be seen), in one statement; called in a thread."""

    def seen(self, login_ids: Collection[int], at: Moment) -> None:
        """Note that people at these logins did something just now, for the idle limit; called in a thread."""

    def open(self, login_ids: Collection[int], at: Moment) -> None:
        """Note that tabs of these logins on shared devices are open, which is no use of them; called in a thread."""

    def lapsed(self, token_hash: bytes, at: Moment) -> Lapsed | None:
        """What is left to know of a login that lives no more; None for a cookie of none. Called in a thread."""

    def keep_draft(self, account: int, form: str, fields: Mapping[str, str], at: Moment) -> None:
        """Keep what an account's owner typed into a form and has not sent; called in a thread, as the next two."""

    def take_draft(self, account: int, form: str, at: Moment) -> dict[str, str]:
        """Hand it back, once."""

    def drop_draft(self, account: int, form: str) -> None:
        """It was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How this process is reached. `origin` is what a browser shows: scheme, host and port, no path.

    Outside the demo the server ends TLS itself (`certificate` and `key` are files) or stands behind a proxy that does
    and that sets X-Forwarded-For itself (`proxy`). The demo speaks plain HTTP on loopback alone.
    """

    port: int
    origin: str
    secret_key: str
    address: str = "127.0.0.1"
    demo: bool = False
    proxy: bool = False
    certificate: str | None = None
    key: str | None = None
    joins_a_minute: int = 30
    sockets_a_login: int = 20
    watch_seconds: float = 1.0

    @property
    def cookie(self) -> str:
        """The name of the login cookie; the prefix makes browsers refuse it from a subdomain or over plain HTTP."""
        return "sid" if self.demo else "__Host-sid"

    @property
    def language_cookie(self) -> str:
        """The name of the cookie that holds a language chosen in this browser, and nothing else."""
        return "language" if self.demo else "__Host-language"

    @property
    def form_cookie(self) -> str:
        """The name of the cookie against forged forms."""
        return "xsrf" if self.demo else "__Host-xsrf"

    @property
    def origins(self) -> frozenset[str]:
        """The origins that are ours; in the demo loopback by any of its names."""
        loopback = {f"http://{name}:{self.port}" for name in LOOPBACK} if self.demo else set()
        return frozenset({self.origin.rstrip("/"), *loopback})

    @property
    def hosts(self) -> str:
        """A pattern for the Host names that are ours; any other name gets the page for an unknown address."""
        names = {urlsplit(origin).hostname or "" for origin in self.origins}
        return "|".join(rf"\[?{re.escape(name)}\]?" for name in sorted(names))


class PortalAuth(AuthProvider):
    """Bokeh's provider and our handlers' alike."""

    def __init__(self, gate: Gate, settings: ServerSettings) -> None:
        self._gate, self._settings = gate, settings
        super().__init__()

    def held(self, request: HTTPServerRequest) -> bytes | None:
        """What the login cookie of a request hashes to; None without one of the right form."""
        cookie = request.cookies.get(self._settings.cookie)
        return token_hash(cookie.value) if cookie is not None and COOKIE_FORM.fullmatch(cookie.value) else None

    async def ask(self, request: HTTPServerRequest, at: Moment) -> Principal | None:
        """Who is asking, complete or not; None for nobody."""
        held = self.held(request)
        return await self._gate.principal(held, at) if held is not None else None

    @property
    def get_user_async(self) -> Callable[[RequestHandler], Awaitable[Principal | None]]:
        """For Bokeh: nobody unless wholly signed in."""

        async def user(handler: RequestHandler) -> Principal | None:
            principal = await self.ask(handler.request, self._gate.now())
            return principal if principal is not None and principal.complete else None

        return user

    @property
    def get_login_url(self) -> Callable[[RequestHandler], str]:
        """For Bokeh, which wants one; none of its handlers that redirect is reachable."""
        return lambda handler: SIGN_IN
