"""Failures slow the next try down, by account and by address; nobody is ever locked out, and a restart forgets nothing.

A failure is forgotten after some minutes, so that the many people behind one address of a telephone network, a few of
whom mistype at any time, do not in the end wait for one another.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from portal_core.errors import Throttled
from portal_core.store.accounts import Throttle
from portal_core.store.scope import Store

_SHARE = {"name": 1, "factor": 1, "password": 1, "address": 5, "asked": 1, "asker": 5}
"""How many times the number of failures that are free each may have."""
_FORGETS = {
    **dict.fromkeys(("name", "factor", "password"), timedelta(minutes=6)), "address": timedelta(minutes=1),
    **dict.fromkeys(("asked", "asker"), timedelta(minutes=20)),
}  # fmt: skip
ASKS = 3
"""How often mail may be asked for at one go; each time counts, whether any is sent or not."""
_LONGEST_WAIT = 300
_MOST_BEYOND = 10  # failures counted beyond those that are free: after more, the wait grows no further
_KEPT = timedelta(days=1)


def of_name(username: str) -> str:
    """The counter of a name as typed; kept as a hash, since it may be somebody's e-mail address."""
    return "name:" + hashlib.sha256(username.strip().casefold().encode()).hexdigest()[:32]


def of_factor(account_id: int) -> str:
    """The counter of an account's second factor, which only somebody with its password can reach."""
    return f"factor:{account_id}"


def of_password(account_id: int) -> str:
    """The counter of an account's own password, asked for again of somebody signed in to it."""
    return f"password:{account_id}"


def of_asking(about: str) -> str:
    """The counter of mail asked for: about a name as typed, or an account by number."""
    return "asked:" + of_name(about).partition(":")[2]


def of_asker(address: str) -> str:
    """The counter of mail asked for from an address."""
    return "asker:" + of_address(address).partition(":")[2]


def of_address(address: str) -> str:
    """The counter of where a try comes from: an address, or for IPv6 the network of 64 bits that one person has."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "address:unknown"
    if known.version == 6:
        return f"address:{known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False)}"
    return f"address:{known}"


def require_patience(store: Store, counted: Sequence[str], at: datetime, after: int) -> None:
    """Raises Throttled while a counter says wait: 1 second from `after` failures on, doubling, at most five minutes."""
    with store.counting(at) as session:
        waits = [
            _wait(row.failures - after * _SHARE[_kind(row.key)]) - int((at - row.last_at).total_seconds())
            for row in session.scalars(select(Throttle).where(Throttle.key.in_(counted)))
        ]
    if (longest := max(waits, default=0)) > 0:
        raise Throttled(longest)


def count_failure(store: Store, counted: Sequence[str], at: datetime, after: int) -> None:
    """Counts one failure, in its own transaction: what else happens cannot undo it, and two at once are two."""
    upsert = sqlite.insert if store.engine.dialect.name == "sqlite" else postgresql.insert
    with store.counting(at) as session:
        for key in sorted(counted):  # in one order, so that no two wait for each other
            session.execute(upsert(Throttle).values(key=key, failures=0, last_at=at).on_conflict_do_nothing())
            row = session.scalars(select(Throttle).where(Throttle.key == key).with_for_update()).one()
            left = max(0, row.failures - int((at - row.last_at) / _FORGETS[_kind(key)]))
            row.failures = min(left + 1, after * _SHARE[_kind(key)] + _MOST_BEYOND)
            row.last_at = at
            session.flush()


def forgive(store: Store, key: str, at: datetime) -> None:
    """A success clears its own counter; the address keeps its. Counters of yesterday go as well."""
    with store.counting(at) as session:
        session.execute(delete(Throttle).where(Throttle.key == key))
    old = select(Throttle.key).where(Throttle.last_at <= at - _KEPT).with_for_update(skip_locked=True)
    with store.counting(at) as session:
        session.execute(delete(Throttle).where(Throttle.key.in_(old)).execution_options(synchronize_session=False))


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _wait(beyond: int) -> int:
    return 0 if beyond < 0 else min(2 ** min(beyond, _MOST_BEYOND), _LONGEST_WAIT)
