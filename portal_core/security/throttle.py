"""Failures slow the next try down; nobody is ever locked out, and a restart forgets nothing.

A try at a name from an address has three counters. The pair of both has the long wait: who guesses there waits up to five
minutes, and nobody elsewhere with them. The name alone and the address alone, which others run up, ask a try to come back
within half a minute, and by then it has a turn that nobody else can take. So whoever has the right password gets in,
however many others guess from elsewhere.

A failure is forgotten after some minutes, so that the many people behind one address of a telephone network, a few of
whom mistype at any time, do not in the end wait for one another.
"""

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal_core.errors import Throttled
from portal_core.store.accounts import Throttle
from portal_core.store.scope import Store

_SHARE = {"name": 1, "pair": 1, "factor": 1, "password": 1, "address": 5, "asked": 1, "asker": 5}
"""How many times the number of failures that are free each may have."""
_FORGETS = {
    **dict.fromkeys(("name", "pair", "factor", "password"), timedelta(minutes=6)), "address": timedelta(minutes=1),
    **dict.fromkeys(("asked", "asker"), timedelta(minutes=20)),
}  # fmt: skip
ASKS = 3
"""How often mail may be asked for at one go; each time counts, whether any is sent or not."""
_LONGEST_WAIT = 300
_LONGEST_TURN = {"name": 30, "address": 30}  # seconds; counters that people who have not met can run up for each other
_MOST_BEYOND = 10  # failures counted beyond those that are free: after more, the wait grows no further
_KEPT = timedelta(days=1)


def of_name(username: str) -> str:
    """The counter of a name as typed; kept as a hash, since it may be somebody's e-mail address."""
    return "name:" + hashlib.sha256(username.strip().casefold().encode()).hexdigest()[:32]


def of_pair(username: str, address: str) -> str:
    """The counter of tries at a name from one address: nobody elsewhere can run it up."""
    both = f"{of_name(username)} {of_address(address)}"
    return "pair:" + hashlib.sha256(both.encode()).hexdigest()[:32]


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
    """Raises Throttled while a counter says wait: 1 second from `after` failures on, doubling, at most five minutes.

    What a name or an address alone asks for ends with the turn of the pair, where one is among the counters.
    """
    own = shared = 0
    with store.counting() as session:
        for row in session.scalars(select(Throttle).where(Throttle.key.in_(counted))):
            kind = _kind(row.key)
            wait = min(_wait(row.failures - after * _SHARE[kind]), _LONGEST_TURN.get(kind, _LONGEST_WAIT))
            left = wait - int((at - row.last_at).total_seconds())
            own, shared = (own, max(shared, left)) if kind in _LONGEST_TURN else (max(own, left), shared)
        pair = next((key for key in counted if _kind(key) == "pair"), None)
        if shared > 0 and pair is not None:
            shared = _until_turn(store, session, _turn_of(pair), at, shared, use=own <= 0)
    if (longest := max(own, shared)) > 0:
        raise Throttled(longest)


def _until_turn(store: Store, session: Session, key: str, at: datetime, wait: int, *, use: bool) -> int:
    """Seconds until a pair's turn, which is given with the first try that must wait and used up by the one that need not."""
    due = at + timedelta(seconds=wait)
    session.execute(_upsert(store)(Throttle).values(key=key, failures=0, last_at=due).on_conflict_do_nothing())
    turn = session.scalars(select(Throttle).where(Throttle.key == key).with_for_update()).one_or_none()
    if turn is None:  # another try of the same pair has just used it
        return wait
    left = math.ceil((turn.last_at - at).total_seconds())
    if left <= 0 and use:
        session.delete(turn)
    return min(left, wait)


def count_failure(store: Store, counted: Sequence[str], at: datetime, after: int) -> None:
    """Counts one failure, in its own transaction: what else happens cannot undo it, and two at once are two."""
    upsert = _upsert(store)
    with store.counting() as session:
        for key in sorted(counted):  # in one order, so that no two wait for each other
            session.execute(upsert(Throttle).values(key=key, failures=0, last_at=at).on_conflict_do_nothing())
            row = session.scalars(select(Throttle).where(Throttle.key == key).with_for_update()).one()
            left = max(0, row.failures - int((at - row.last_at) / _FORGETS[_kind(key)]))
            row.failures = min(left + 1, after * _SHARE[_kind(key)] + _MOST_BEYOND)
            row.last_at = at
            session.flush()


def forgive(store: Store, key: str, at: datetime) -> None:
    """A success clears its own counter; those that others share stay. Counters of yesterday go as well."""
    with store.counting() as session:
        session.execute(delete(Throttle).where(Throttle.key.in_([key, _turn_of(key)])))
    old = select(Throttle.key).where(Throttle.last_at <= at - _KEPT).with_for_update(skip_locked=True)
    with store.counting() as session:
        session.execute(delete(Throttle).where(Throttle.key.in_(old)).execution_options(synchronize_session=False))


def _upsert(store: Store) -> Any:
    return sqlite.insert if store.engine.dialect.name == "sqlite" else postgresql.insert


def _turn_of(key: str) -> str:
    """Where the instant of a pair's turn is kept."""
    return "turn:" + key.partition(":")[2]


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _wait(beyond: int) -> int:
    return 0 if beyond < 0 else min(2 ** min(beyond, _MOST_BEYOND), _LONGEST_WAIT)
