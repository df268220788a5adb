"""The pages that everyone may read, signed in or not: the front page, policy, privacy notice, accessibility, contact."""

import asyncio
from typing import Any

from dashboards.pages.markdown import to_html
from dashboards.security.handlers import PortalHandler
from dashboards.security.provider import NEXT_STEP
from portal_core.domain.clauses import Duty, Role
from portal_core.domain.language import _, said
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.services import published
from portal_core.services.published import Wording
from portal_core.store.scope import Store


def home(principal: Principal) -> str | None:
    """Where somebody wholly signed in begins; None for staff without a role, who have nothing to do here yet."""
    if principal.adult_id is not None:
        return "/parent"
    if principal.roles == {Role.ANALYST}:
        return "/notebooks/"
    return "/staff" if principal.roles else None


def shown(wording: Wording | None, at: Moment, *, below: int = 1) -> dict[str, Any] | None:
    """A wording as a template takes it."""
    if wording is None:
        return None
    published_on = wording.published_at.astimezone(at.zone)
    return {
        "number": wording.number,
        "html": to_html(wording.text, below=below),
        "published": said("long", published_on),
    }


class PublicHandler(PortalHandler):
    """A page for everyone that reads the store."""

    duty = Duty.VISIT

    def initialize(self, store: Store) -> None:
        """The school's records."""
        self.store = store


class Front(PortalHandler):
    """GET /: a welcome with the way in, or on to one's own page."""

    duty = Duty.VISIT

    def get(self) -> None:
        if self.principal is None:
            self.show("welcome.html", problem=None, username="", onward="/", shared=None)
        elif not self.principal.complete:
            self.redirect(NEXT_STEP)
        elif (begins := home(self.principal)) is not None:
            self.redirect(begins)
        else:
            self.show("no_role.html")


class Policy(PublicHandler):
    """GET /policy."""

    async def get(self) -> None:
        text = await asyncio.to_thread(published.policy, self.store, self.at)
        self.show("wording.html", title=_("Acceptable use policy"), text=shown(text, self.at))


class Privacy(PublicHandler):
    """GET /privacy."""

    async def get(self) -> None:
        text = await asyncio.to_thread(published.notice, self.store, self.at)
        self.show("wording.html", title=_("Privacy notice"), text=shown(text, self.at))


class Accessibility(PortalHandler):
    """GET /accessibility."""

    duty = Duty.VISIT

    def get(self) -> None:
        self.show("accessibility.html")


class Contact(PortalHandler):
    """GET /contact (CONTACT-7)."""

    duty = Duty.VISIT

    def get(self) -> None:
        self.show("contact.html")


class Favicon(PortalHandler):
    """GET /favicon.ico, which browsers ask for whatever a page says."""

    duty = Duty.VISIT
    asks_who = False

    def get(self) -> None:
        self.redirect(self.application.assets.address("favicon.svg"))


def routes(store: Store) -> list[tuple[Any, ...]]:
    """The public pages."""
    reads = {"store": store}
    return [
        (r"/", Front),
        (r"/policy", Policy, reads),
        (r"/privacy", Privacy, reads),
        (r"/accessibility", Accessibility),
        (r"/contact", Contact),
        (r"/favicon\.ico", Favicon),
    ]
