"""The ten families on a database of the test's own, and people of theirs signed in."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, func, select

from portal_core.audit.log import verify_log
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.policy.access import may_see
from portal_core.store.accounts import Login
from portal_core.store.base import Base
from portal_core.store.facts import about_adults, about_logins
from portal_core.store.school import AuditEntry
from portal_core.store.scope import Store
from tests.families import Families, build_families, sign_in_as


@dataclass
class School:
    """A school at work. Each moment asked for is half a minute later than the last."""

    engine: Engine
    families: Families = field(init=False)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.families = build_families(self.engine)
        self.store = Store(self.engine, clock=self.families.clock)

    def at(self) -> Moment:
        """The next moment."""
        self.families.now += timedelta(seconds=30)
        return self.store.moment()

    def by(self, who: str) -> Principal:
        """That person, wholly signed in."""
        sign_in_as(self.store, self.families.accounts[who])
        with self.engine.connect() as connection:
            login = connection.scalar(select(func.max(Login.id)))
            return about_logins(connection, [login], self.families.now).principals[login]  # type: ignore[list-item]

    def does(self, verb: Any, who: str, **given: Any) -> Any:
        """A verb of the services, done by that person now."""
        return verb(self.store, by=self.by(who), at=self.at(), **given)

    def sees(self, who: str) -> set[str]:
        """The children that the rule lets this adult see now, by name."""
        adult, now = self.families.adults[who], self.store.moment()
        with self.engine.connect() as connection:
            known = about_adults(connection, [adult], now.instant)
        names = {id_: name for name, id_ in self.families.pupils.items()}
        return {names[facts.pupil_id] for facts in known.children_of(adult) if may_see(facts, now)}

    def rows(self, *but: str) -> dict[str, list[str]]:
        """Everything on record but logins, to see whether anything changed."""
        with self.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, map(tuple, connection.execute(select(table)))))
                for table in Base.metadata.sorted_tables
                if table.name not in ("login", "throttle", *but)
            }

    def said(self) -> list[tuple[str, str]]:
        """The audit, each entry's actor and verb; it verifies."""
        with self.engine.connect() as connection:
            verify_log(connection)
            return [
                (row.actor, str(row.verb))
                for row in connection.execute(select(AuditEntry.__table__).order_by(AuditEntry.id))
            ]
