"""What every handler owes: a declared duty, the same question who is asking, and input that is what it seems.

A page derives from PortalHandler, declares `duty`, defines `get` or `post`, reads with `field` and `query`, and ends
with `show`:

    class Notice(PortalHandler):
        duty = Duty.VISIT

        def get(self) -> None:
            self.show("notice.html", title="Privacy notice")
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError, RequestHandler, stream_request_body

from dashboards.security.provider import NEXT_STEP, SIGN_IN
from dashboards.security.refusals import Refusals
from portal_core.domain.clauses import Duty
from portal_core.domain.language import speak
from portal_core.domain.people import Lapsed, Principal
from portal_core.domain.school import Moment
from portal_core.policy.duties import duties

SAFE_METHODS = ("GET", "HEAD")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # all but tab and line ends


def local_path(wanted: str | None) -> str:
    """An address on this portal to go on to, from what a caller gave; anything else becomes the front page."""
    if not wanted or len(wanted) > 500 or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    if not wanted.isascii() or not wanted.isprintable() or any(sign in wanted for sign in '\\ "<>'):
        return "/"
    return wanted


def comes_from_us(request: HTTPServerRequest, origins: frozenset[str], *, unsaid: bool) -> bool:
    """Whether a browser says that a page of ours sent this; `unsaid` is the answer if it says nothing at all."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if origin is None and site is None:
        return unsaid
    return (origin is None or origin in origins) and (site is None or site == "same-origin")


def address_of(request: HTTPServerRequest, *, proxied: bool) -> str:
    """Where a request comes from: the other end, or what the declared proxy wrote last.

    Anything before that, X-Real-Ip and the like are the caller's own words.
    """
    forwarded = request.headers.get("X-Forwarded-For") if proxied else None
    return forwarded.rpartition(",")[2].strip() if forwarded else request.remote_ip or ""


class PortalHandler(Refusals):
    """A page or an action. Without a declared `duty` the server does not start."""

    duty: ClassVar[Duty]
    asks_who: ClassVar[bool] = True  # False for files alone, which look the same to everyone
    counts: ClassVar[bool] = True  # as use of the login, for the idle limit; False for what a page asks by itself
    principal: Principal | None = None
    at: Moment

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Only methods that a class defines exist; all others are 405 before anything else is looked at."""
        super().__init_subclass__(**kwargs)
        cls.SUPPORTED_METHODS = tuple(
            name
            for name in RequestHandler.SUPPORTED_METHODS
            if getattr(cls, name.lower()) is not getattr(RequestHandler, name.lower())
            and (name != "HEAD" or cls.get is not RequestHandler.get)
        )

    def head(self, *args: str, **kwargs: str) -> Any:
        """As GET, Tornado leaving out the body."""
        return self.get(*args, **kwargs)

    def check_xsrf_cookie(self) -> None:
        """A form must come from a page of ours: the browser says so, and the form carries the token of the cookie."""
        settings = self.application.portal
        if not comes_from_us(self.request, settings.origins, unsaid=settings.demo):
            raise HTTPError(403, "sent from another site")
        super().check_xsrf_cookie()

    async def prepare(self) -> None:
        """Ask who it is and what they may do; read nothing before that is settled."""
        self.at = self.application.gate.now()
        if self.asks_who:
            self.principal = self.current_user = await self.who()
        speak(self.reads())
        if self.duty not in duties(self.principal):
            await self.turn_away()
            return
        if self.principal is not None and self.counts:
            self.application.seen.add(self.principal.login_id)
        self._query = self._plain(self.request.query_arguments)
        self._fields = self._plain(self.request.body_arguments)

    async def who(self) -> Principal | None:
        """Who is asking; a page that needs more of the same statement overrides it."""
        return await self.application.doors.ask(self.request, self.at)

    async def turn_away(self) -> None:
        """Lead whoever lacks the duty to the step that is missing; if there is none, the neutral page, and on record."""
        if self.principal is None:
            lapsed = await self.leave_nothing()
            late = lapsed is not None and lapsed.by_itself
            if lapsed is not None and self.request.method == "POST":
                await self.application.drafts.sent_too_late(lapsed, self._plain(self.request.body_arguments), self.at)
            left_open = lapsed is not None and lapsed.shared_device
            asked = (
                self.request.path if left_open else self.request.uri
            )  # what was searched for is nobody else's to read
            path = local_path(asked if self.request.method in SAFE_METHODS else None)
            told = ["after=idle"] * late + [f"next={quote(path, safe='')}"] * (path != "/")
            self.redirect("?".join(filter(None, (SIGN_IN, "&".join(told)))))
        elif not self.principal.complete:
            self.redirect(NEXT_STEP)
        elif self.duty is Duty.PROVE:
            self.redirect("/")  # nothing left to prove
        else:
            await self.application.gate.refused(self.principal, self.request.path, self.at)
            raise HTTPError(403, f"without the duty to {self.duty}")

    async def leave_nothing(self) -> Lapsed | None:
        """Where the caller's login has ended on a shared device, have the browser forget it and us (USE-2); that login."""
        held = self.application.doors.held(self.request)
        lapsed = await asyncio.to_thread(self.application.gate.lapsed, held, self.at) if held is not None else None
        if lapsed is not None and lapsed.shared_device:
            self.clear_site()
        return lapsed

    def clear_site(self) -> None:
        """Have the browser forget whatever it holds of this site; understood over TLS and on loopback."""
        self.set_header("Clear-Site-Data", '"cache", "cookies", "storage"')

    @staticmethod
    def _plain(given: Mapping[str, list[bytes]]) -> dict[str, str]:
        """Each argument once, as text. Tornado would take the last of several, and latin-1 for a name."""
        plain = {}
        for name, values in given.items():
            if len(values) != 1:
                raise HTTPError(400, "a field was given more than once")
            try:
                text = values[0].decode()
                name.encode("ascii")
            except UnicodeError:
                raise HTTPError(400, "a field is not text") from None
            if CONTROL.search(text):
                raise HTTPError(400, "a field holds control characters")
            plain[name] = text
        return plain

    def field(self, name: str, default: str | None = None) -> str:
        """A field of the form sent, as it was typed; 400 if it is missing and there is no default."""
        return self._take(self._fields, name, default)

    def query(self, name: str, default: str | None = None) -> str:
        """A value from the address; 400 if it is missing and there is no default."""
        return self._take(self._query, name, default)

    @staticmethod
    def _take(given: Mapping[str, str], name: str, default: str | None) -> str:
        value = given.get(name, default)
        if value is None:
            raise HTTPError(400, "a field is missing")
        return value

    def give(self, file: bytes, name: str, kind: str) -> None:
        """Answers with a file, by its media type."""
        self.set_header("Content-Type", kind)
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(file)

    def go(self, path: str) -> None:
        """Lead on after an action, by GET; what was kept of its form while it was typed is needed no longer."""
        if self.principal is not None:
            self.application.drafts.sent(self.principal.account_id, self._fields)
        self.redirect(path, status=303)

    def set_login(self, cookie: str) -> None:
        """Hand out a login cookie; it goes when the browser closes, and is for our own pages alone."""
        settings = self.application.portal
        self.set_cookie(
            settings.cookie,
            cookie,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=not settings.demo,
            expires_days=None,
        )

    def end_login(self) -> None:
        """Take the login cookie back; the login itself is ended in the store."""
        self.clear_cookie(
            self.application.portal.cookie,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=not self.application.portal.demo,
        )


class NoSuchPage(PortalHandler):
    """Every address that is not in the table, whatever the method."""

    duty = Duty.VISIT
    status: ClassVar[int] = 404

    async def prepare(self) -> None:
        self.principal = await self.application.doors.ask(self.request, self.application.gate.now())
        raise HTTPError(self.status)

    def check_xsrf_cookie(self) -> None:
        """There is nothing to protect."""


@stream_request_body
class TooLarge(NoSuchPage):
    """Whatever announces too large a body, at any address; it is not read."""

    status = 413


NoSuchPage.SUPPORTED_METHODS = TooLarge.SUPPORTED_METHODS = RequestHandler.SUPPORTED_METHODS
