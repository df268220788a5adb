"""The record of views: nothing of a child's is sent before the commit that records it (SEC-4).

Requests hand in their entry and wait; one thread gathers those of a few milliseconds and commits them together, each
login's last-seen time with them. A commit that fails fails every request that waited for it.
"""

import asyncio
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, update

from portal_core.audit.log import append
from portal_core.domain.clauses import Verb
from portal_core.store.accounts import Login

_GATHER_SECONDS = 0.002
LAST_SEEN = (
    update(Login)
    .where(Login.id == bindparam("login"), Login.ended_at.is_(None))
    .values(seen_at=bindparam("at"), idle_until=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class View:
    """One thing seen or refused: when, by whom, what; and until when the login now stays without further use."""

    at: datetime
    actor: str
    verb: Verb
    pupil_id: int | None
    detail: Mapping[str, Any]
    login_id: int | None = None
    idle_until: datetime | None = None


class Views:
    """The one writer of views in a process. `recorded` returns once the view is on disk, or raises what went wrong."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[tuple[View, asyncio.Future[None]] | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="views", daemon=True)
        self._thread.start()

    def recorded(self, view: View) -> asyncio.Future[None]:
        """Hands a view to the writer at once; await the answer before anything is sent."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put((view, done))
        return done

    def close(self) -> None:
        """Writes what was handed in and stops."""
        self._queue.put(None)
        self._thread.join(10)

    def _work(self) -> None:
        open_ = True
        while open_:
            taken = [self._queue.get()]
            self._closed.wait(_GATHER_SECONDS)  # never set: a wait that lets others join
            while not self._queue.empty():
                taken.append(self._queue.get())
            open_ = None not in taken
            batch = [item for item in taken if item is not None]
            if not batch:
                continue
            fault: Exception | None = None
            try:
                self._write([view for view, _ in batch])
            except Exception as failure:  # unrecorded is unseen: each waiting request fails with it
                fault = failure
            for loop, futures in _by_loop(done for _, done in batch).items():
                loop.call_soon_threadsafe(_settle, futures, fault)

    def _write(self, views: list[View]) -> None:
        with self._engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection, connection.begin():
            seen = {v.login_id: v for v in views if v.login_id is not None and v.idle_until is not None}
            if seen:
                connection.execute(
                    LAST_SEEN, [{"login": id_, "at": v.at, "until": v.idle_until} for id_, v in seen.items()]
                )
            append(connection, [(v.at, v.actor, v.verb, v.pupil_id, v.detail) for v in views])


def _by_loop(futures: Any) -> dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]]:
    found: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for future in futures:
        found.setdefault(future.get_loop(), []).append(future)
    return found


def _settle(futures: list[asyncio.Future[None]], fault: Exception | None) -> None:
    for future in futures:
        if future.cancelled():
            continue
        if fault is None:
            future.set_result(None)
        else:
            future.set_exception(fault)
