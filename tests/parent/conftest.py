"""The parent's pages served over the ten families, with their clock at 11:00 on a Thursday."""

import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dashboards.pages.parent import ROUTES
from dashboards.parent.app import parent_app
from portal_core.domain.clauses import Verb
from portal_core.services.gate import Gate
from portal_core.store.base import open_engine
from portal_core.store.school import AuditEntry
from portal_core.store.scope import Store
from tests.doors.running import Running, running
from tests.doors.wire import Answer, ask
from tests.families import Families, build_families, sign_in_as


@dataclass
class Portal:
    """A running portal, and what a test does to it."""

    server: Running
    store: Store
    families: Families

    @property
    def url(self) -> str:
        return self.server.url

    def cookie(self, who: str) -> str:
        """A fresh login of one of the families' adults or staff."""
        return sign_in_as(self.store, self.families.accounts[who])

    def page(self, who: str, child: str | int | None = None, **headers: str) -> Answer:
        """/parent, or a child's page by forename or id, as that person gets it."""
        number = self.families.pupils[child] if isinstance(child, str) else child
        path = "/parent" if number is None else f"/parent/{number}"
        return ask(self.url, path, cookie=self.cookie(who), **headers)

    def audit(self) -> list[tuple[Verb, str, int | None, str]]:
        """What is on record: verb, actor, pupil, detail, oldest first."""
        with self.store.engine.connect() as connection:
            rows = connection.execute(select(AuditEntry.__table__).order_by(AuditEntry.id))
            return [(row.verb, row.actor, row.pupil_id, row.detail) for row in rows]


@pytest.fixture(scope="module")
def served(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    path = tmp_path_factory.mktemp("parent") / "portal.db"
    shutil.copy(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    families = build_families(engine)
    store = Store(engine, clock=families.clock)
    gate = Gate(store)
    with running(gate, {"/parent": parent_app(gate)}, ROUTES, joins_a_minute=1000, sockets_a_login=50) as server:
        yield Portal(server, store, families)
    gate.close()
    engine.dispose()


@pytest.fixture
def portal(served: Portal) -> Portal:
    """One server for a module; each test finds the clock where it began."""
    served.families.at("11:00")
    return served


@pytest.fixture
def traced(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Gate, list[str]]]:
    """A gate of the test's own, and the statements that its road runs, as they run."""
    road: list[str] = []
    connect = sqlite3.connect

    def traced(*given: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*given, **named)
        connection.set_trace_callback(road.append)
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", traced)
        gate = Gate(portal.store)
    yield gate, road
    gate.close()


def masked(answer: Answer) -> tuple[int, Mapping[str, str], str]:
    """What is the same for everyone: without form tokens and the times of sending."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "set-cookie")}
    return answer.status, headers, re.sub(r'name="_xsrf" value="[^"]+"', "", answer.text)
