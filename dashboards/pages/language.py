"""/language: in which language this portal is read, by whoever asks: kept by the browser, and for a parent by the account."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from dashboards.security.handlers import PortalHandler, local_path
from portal_core.domain.clauses import Duty
from portal_core.domain.language import _
from portal_core.errors import BadInput
from portal_core.locale import known
from portal_core.policy.duties import duties
from portal_core.services.own_language import choose_language
from portal_core.store.scope import Store

KEPT_DAYS = 365


class LanguageHandler(PortalHandler):
    """GET shows the languages; POST takes one and leads back to where its reader came from."""

    duty = Duty.VISIT

    def initialize(self, store: Store) -> None:
        """The records."""
        self.store = store

    def get(self) -> None:
        before = urlsplit(self.request.headers.get("Referer", ""))
        self.show("language.html", onward=local_path(before.path if before.path != "/language" else "/"))

    async def post(self) -> None:
        code = self.field("language", "")
        if known(code) is None:
            raise BadInput(_("Please choose one of the languages shown."))
        if self.principal is not None and Duty.KEEP_ACCOUNT in duties(self.principal):
            await asyncio.to_thread(choose_language, self.store, by=self.principal, at=self.at, code=code)
        settings = self.application.portal
        self.set_cookie(
            settings.language_cookie, code, path="/", httponly=True, samesite="Lax", secure=not settings.demo,
            expires_days=KEPT_DAYS,
        )  # fmt: skip
        self.go(local_path(self.field("next", "/")))


def routes(store: Store) -> list[tuple[Any, ...]]:
    """The page."""
    return [(r"/language", LanguageHandler, {"store": store})]
