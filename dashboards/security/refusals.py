"""Every refusal and fault as a page of ours: what happened in neutral words, what to do next, never a trace.

Tornado's own errors and Bokeh's come out here too. The words never depend on whose record was asked for or why it was
withheld: a child who does not exist and a child who may not be seen look the same.
"""

from collections.abc import Mapping
from logging import getLogger
from types import TracebackType
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from tornado.web import HTTPError, RequestHandler

from dashboards.pages.render import further
from portal_core import errors
from portal_core.domain.clauses import Duty
from portal_core.domain.language import ENGLISH, N_, Language, _, speak, spoken
from portal_core.domain.people import Principal
from portal_core.domain.school import SchoolSettings
from portal_core.locale import known, wanted
from portal_core.policy.contact import in_words
from portal_core.policy.duties import duties
from portal_core.security.devices import BEAT_SECONDS
from portal_core.security.logins import idle_until

if TYPE_CHECKING:
    from dashboards.server import PortalTornado

log = getLogger(__name__)

STATUS: Mapping[type[errors.PortalError], int] = {
    errors.NotPermitted: 403,
    errors.NotFound: 404,
    errors.BadInput: 400,
    errors.Stale: 409,
    errors.SignInRefused: 401,
    errors.Throttled: 429,
}
"""What a browser is told of our errors; any other is a fault of ours, 500."""

SPEAKS_FOR_ITSELF = (errors.BadInput, errors.Stale, errors.SignInRefused, errors.Throttled)

WORDS: Mapping[int, tuple[str, str]] = {
    400: (
        N_("This could not be read"),
        N_("Something in the request was not as expected. Please go back and try again."),
    ),
    401: (N_("Please sign in"), N_("This needs a sign-in. Please sign in and try again.")),
    403: (N_("This page is not available to you"), N_("If you think it should be, please ask the school.")),
    404: (N_("There is no such page"), N_("The address may be mistyped, or the page may have moved.")),
    405: (N_("This cannot be done here"), N_("Please go back and use the page's own buttons.")),
    409: (N_("Somebody changed this in between"), N_("Please look again and repeat what you did.")),
    413: (N_("This is too large"), N_("Please send less at once.")),
    429: (N_("Too many tries"), N_("Please wait a minute and try again.")),
    500: (
        N_("Something went wrong on our side"),
        N_("Nothing you entered is lost to others. Please try again in a while."),
    ),
    503: (N_("The portal is not available just now"), N_("Please try again in a few minutes.")),
}


OF_STAFF = "If your work needs it, please ask an administrator."
"""What staff read in place of a parent's advice where a page is not available to them."""


def words_for(status: int) -> tuple[str, str]:
    """Title and text for a status; one without words of its own gets those of its hundred."""
    title, text = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    return _(title), _(text)


class Refusals(RequestHandler):
    """Mixed into every handler, the websocket's too: how a page is put together, and how an error becomes one."""

    if TYPE_CHECKING:
        application: PortalTornado

    principal: Principal | None = None

    def reads(self) -> Language:
        """The reader's language: their account's, this browser's, the first it asks for, the school's. Staff read English."""
        own = None
        if (reader := self.principal) is not None:
            if reader.adult_id is None:
                return ENGLISH
            own = known(reader.language)
        kept = self.get_cookie(self.application.portal.language_cookie)
        asked = self.request.headers.get("Accept-Language", "")
        return own or known(kept) or wanted(asked) or known(self._school().language) or ENGLISH

    def say(self, fault: errors.PortalError) -> str:
        """The status of a fault that the form shows; its sentence."""
        self.set_status(STATUS[type(fault)])
        if isinstance(fault, errors.Throttled):
            self.set_header("Retry-After", str(fault.seconds))
        return str(fault)

    def show(self, template: str, /, **values: Any) -> None:
        """Send a page: see `page`."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.page(template, **values))

    def page(self, template: str, /, **values: Any) -> str:
        """The HTML of a template that extends shell.html, with its values.

        The shell's own come with it: `school`, `reader` (the Principal, or None), `held` (the reader's duties), `asset`,
        `bundles`, `left` and `beats` (for static/idle.js), and to be called: `xsrf` inside each form, `opened` for when this is.
        """
        self.set_header("Vary", "Accept-Language, Cookie")  # one address, a page in each language
        language = spoken()
        pages = self.application.pages if language is ENGLISH else further(language)
        return pages.get_template(template).render(
            school=self._school(),
            reader=self.principal,
            held=duties(self.principal),
            asset=self.application.assets.address,
            bundles=self.application.assets.bundles,
            xsrf=lambda: Markup(self.xsrf_form_html()),  # noqa: S704  Tornado escapes it
            opened=self._opened,
            left=self._left(),
            beats=BEAT_SECONDS if self.principal is not None and self.principal.shared_device else 0,
            **values,
        )

    def _left(self) -> int:
        """Seconds until the reader is signed out, if this page is the last thing that they do."""
        if self.principal is None:
            return 0
        now = self.application.gate.now().instant
        ends = min(filter(None, (idle_until(self.principal, now, self._school()), self.principal.expires_at)))
        return max(0, int((ends - now).total_seconds()))

    def _opened(self) -> str:
        at = self.application.gate.now()
        return _("{time} on {day}").format(time=f"{at.local:%H:%M}", day=in_words(at.day))

    def _school(self) -> SchoolSettings:
        try:
            return self.application.gate.school(self.application.gate.now())
        except Exception:  # an error page must come out even if the store is away
            log.exception("the school's settings could not be read")
            return SchoolSettings(name="Parent portal")

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Give an error of portal_core the status of the table."""
        fault = kwargs.get("exc_info", (None, None, None))[1]
        super().send_error(STATUS.get(type(fault), status_code), **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The page for it; JSON handlers override `tell`."""
        speak(self.reads())  # some refuse before `prepare`
        title, text = words_for(status_code)
        if status_code == 403 and Duty.WORK in duties(self.principal):
            text = OF_STAFF
        fault = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(fault, SPEAKS_FOR_ITSELF):
            text = str(fault)
        if isinstance(fault, errors.Throttled):
            self.set_header("Retry-After", str(fault.seconds))
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.SUPPORTED_METHODS))
        self.tell(status_code, title, text)

    def tell(self, status: int, title: str, text: str) -> None:
        """Put a refusal into words for whoever asked."""
        self.show("error.html", status=status, title=title, text=text)

    def log_exception(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Refusals in a line, faults with their trace; neither with what was entered."""
        place = f"{self.request.method} {self.request.path}"
        if isinstance(fault, HTTPError):
            log.info("%s: %s %s", place, fault.status_code, fault.log_message or "")
        elif isinstance(fault, errors.PortalError) and type(fault) in STATUS:
            log.info("%s: %s", place, type(fault).__name__)
        else:
            log.error("%s", place, exc_info=(kind, fault, trace) if kind and fault else None)
