"""Steps of signing in, taken on the store itself: ten families on either database, and the principal behind a cookie."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.security import credentials
from portal_core.services.gate import Gate
from portal_core.store.school import AuditEntry
from portal_core.store.scope import Store
from tests.families import Families, build_families

VAULT = credentials.Vault("v" * 64)


@dataclass
class Desk:
    """A store whose clock the test moves."""

    store: Store
    families: Families

    @property
    def at(self) -> Moment:
        return self.store.moment()

    def later(self, **by: float) -> Moment:
        """Time goes by; the moment then."""
        self.families.now += timedelta(**by)
        return self.at

    def who(self, token: str) -> Principal | None:
        """Whom a cookie stands for now, as the server asks."""
        return asyncio.run(self._ask(token))

    async def _ask(self, token: str) -> Principal | None:
        gate = Gate(self.store)
        try:
            return await gate.principal(credentials.token_hash(token), self.at)
        finally:
            gate.close()

    def audit(self) -> list[tuple[str, Verb, dict[str, Any]]]:
        """What the audit says, its chain verified."""
        with self.store.engine.connect() as connection:
            verify_log(connection)
            rows = connection.execute(
                select(AuditEntry.actor, AuditEntry.verb, AuditEntry.detail).order_by(AuditEntry.id)
            )
            return [(row.actor, row.verb, json.loads(row.detail)) for row in rows]


@pytest.fixture
def desk(engine: Engine) -> Desk:
    """Ten families; their clock at eleven."""
    families = build_families(engine)
    return Desk(Store(engine, clock=families.clock), families)
