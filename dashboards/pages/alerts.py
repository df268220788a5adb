"""/account/alerts: what a parent chooses to be told by e-mail."""

import asyncio
from typing import Any

from dashboards.security.handlers import PortalHandler
from portal_core.domain.clauses import Duty
from portal_core.domain.people import Principal
from portal_core.services.alerts import choose_alerts, own_alerts
from portal_core.services.mail_words import ALERTS_PAGE
from portal_core.store.scope import Store


class AlertsHandler(PortalHandler):
    """The reader's own choice alone: no address or field names anybody."""

    duty = Duty.SEE_OWN_CHILDREN
    principal: Principal

    def initialize(self, store: Store) -> None:
        """The records."""
        self.store = store

    async def get(self) -> None:
        alerts = await asyncio.to_thread(own_alerts, self.store, by=self.principal, at=self.at)
        self.show("alerts.html", alerts=alerts, saved=self.query("saved", "") == "yes")

    async def post(self) -> None:
        weekly, absence = (self.field(name, "") == "yes" for name in ("weekly", "absence"))
        await asyncio.to_thread(
            choose_alerts, self.store, by=self.principal, at=self.at, weekly=weekly, absence=absence
        )
        self.go(f"{ALERTS_PAGE}?saved=yes")


def routes(store: Store) -> list[tuple[Any, ...]]:
    """The page."""
    return [(ALERTS_PAGE, AlertsHandler, {"store": store})]
