"""Failures slow the next try down, by account name and by address; nobody is ever locked out, and a restart forgets nothing."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite

from portal_core.errors import Throttled
from portal_core.store.accounts import Throttle
from portal_core.store.scope import Store

_FORGOTTEN_AFTER = timedelta(hours=1)
_LONGEST_WAIT = 300


def keys(username: str, address: str) -> tuple[str, str]:
    """The two counters of a try; the name typed is kept as a hash, since it may be somebody's e-mail address."""
    name = hashlib.sha256(username.strip().casefold().encode()).hexdigest()
    return f"name:{name[:32]}", f"address:{address}"


def require_patience(store: Store, counted: Sequence[str], at: datetime, after: int) -> None:
    """Raises Throttled while a counter says wait: 1 second from `after` failures on, doubling, at most five minutes."""
    with store.counting(at) as session:
        waits = [
            _wait(row.failures, after * (1 if row.key.startswith("name:") else 5))
            - int((at - row.last_at).total_seconds())
            for row in session.scalars(select(Throttle).where(Throttle.key.in_(counted)))
            if at - row.last_at < _FORGOTTEN_AFTER
        ]
    if (longest := max(waits, default=0)) > 0:
        raise Throttled(longest)


def _wait(failures: int, after: int) -> int:
    return 0 if failures < after else min(2 ** min(failures - after, 10), _LONGEST_WAIT)


def count_failure(store: Store, counted: Sequence[str], at: datetime) -> None:
    """Counts one failure, in its own transaction: what else happens cannot undo it, and two at once are two."""
    upsert = sqlite.insert if store.engine.dialect.name == "sqlite" else postgresql.insert
    fresh = case((Throttle.last_at <= at - _FORGOTTEN_AFTER, 1), else_=Throttle.failures + 1)
    with store.counting(at) as session:
        for key in sorted(counted):
            session.execute(
                upsert(Throttle)
                .values(key=key, failures=1, last_at=at)
                .on_conflict_do_update(index_elements=[Throttle.key], set_={"failures": fresh, "last_at": at})
            )


def forgive(store: Store, key: str, at: datetime) -> None:
    """A success clears the account's own counter; the address keeps its."""
    with store.counting(at) as session:
        if row := session.get(Throttle, key):
            session.delete(row)
