"""The portal put together over one store: its gate, its applications and its pages. What the server serves is listed here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.account import routes as account
from dashboards.notebooks import FOLDER, found, notebook_apps
from dashboards.pages import (
    activation,
    alerts,
    audit,
    breaches,
    enquiries,
    information,
    intake,
    language,
    mailed_code,
    notebooks,
    parent,
    public,
    requests,
    retention,
    school_desk,
    seeing,
    signin,
    staff,
    staff_lists,
    staying,
)
from dashboards.pages.signin import Desk
from dashboards.parent.app import parent_app
from dashboards.server import App
from dashboards.staff.app import staff_app
from portal_core.analysis.source import pseudonym_key
from portal_core.security.credentials import Vault
from portal_core.services.gate import Gate
from portal_core.store.scope import Store


@dataclass(frozen=True, slots=True)
class Portal:
    """What `dashboards.server.build` takes, beside its settings. `close` writes what the gate still holds."""

    gate: Gate
    apps: dict[str, App]
    routes: list[tuple[Any, ...]]

    def close(self) -> None:
        """Call it when the server has stopped."""
        self.gate.close()


def put_together(
    store: Store, secret_key: str, *older_keys: str, authenticators: Callable[[], datetime] | None = None
) -> Portal:
    """Every page and application of the portal; `older_keys` still open what they sealed (rotation).

    `authenticators` is the clock of people's authenticator apps, where the portal's is another (the demo).
    """
    gate = Gate(store)
    desk = Desk(store, Vault(secret_key, *older_keys), authenticators)
    books = found(FOLDER)
    return Portal(
        gate,
        {
            "/parent": parent_app(gate),
            "/staff": staff_app(gate),
            **notebook_apps(books, store, pseudonym_key(secret_key)),
        },
        [
            *public.routes(store),
            *signin.routes(desk),
            *staying.ROUTES,
            *activation.routes(desk),
            *parent.ROUTES,
            *alerts.routes(store),
            *language.routes(store),
            *staff.routes(store),
            *mailed_code.routes(desk),
            *seeing.routes(store),
            *staff_lists.routes(store),
            *school_desk.routes(store),
            *requests.routes(desk),
            *intake.routes(store),
            *audit.routes(store),
            *retention.routes(store),
            *information.routes(store),
            *breaches.routes(store),
            *enquiries.routes(store),
            *notebooks.routes(books),
            *account.routes(desk),
        ],
    )
