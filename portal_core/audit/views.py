"""The record of views: nothing of a child's is sent before the commit that records it (SEC-4).

Requests hand in their entry and wait; their event loop gathers those of a few milliseconds, and one thread commits them
together, each login's last-seen time with them. A commit that fails fails every request that waited for it. The statements
are compiled once and run by the driver: done SQLAlchemy's way, they took a third of a page's time.
"""

import asyncio
import queue
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, insert, update

from portal_core.audit.log import HEAD, LOCK, New, linked
from portal_core.domain.clauses import Verb
from portal_core.store.accounts import Login
from portal_core.store.compiled import Compiled
from portal_core.store.school import AuditEntry

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


Waiting = tuple[View, asyncio.Future[None]]


class Views:
    """The one writer of views in a process. `recorded` returns once the view is on disk, or raises what went wrong."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen, self._head, self._entry = (
            Compiled(statement, engine.dialect) for statement in (LAST_SEEN, HEAD, insert(AuditEntry))
        )
        self._begin = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else f"SELECT pg_advisory_xact_lock({LOCK})"
        self._gathered: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
        self._queue: queue.SimpleQueue[list[Waiting] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="views", daemon=True)
        self._thread.start()

    def recorded(self, view: View) -> asyncio.Future[None]:
        """Hands a view in; await the answer before anything is sent.

        A busy loop comes to the handing over when it has read all the requests that had arrived, so that these are written
        together and while it waits: a thread that writes beside them would contend with each for the interpreter.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        if loop not in self._gathered:
            self._gathered[loop] = []
            loop.call_later(_GATHER_SECONDS, self._hand_over, loop)
        self._gathered[loop].append((view, done))
        return done

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        if gathered := self._gathered.pop(loop, None):
            self._queue.put(gathered)

    def close(self) -> None:
        """Writes what was handed in and stops."""
        for loop in list(self._gathered):
            self._hand_over(loop)
        self._queue.put(None)
        self._thread.join(10)

    def _work(self) -> None:
        while (batch := self._queue.get()) is not None:
            fault: Exception | None = None
            try:
                self._write([view for view, _ in batch])
            except Exception as failure:  # unrecorded is unseen: each waiting request fails with it
                fault = failure
            futures = [done for _, done in batch]
            with suppress(RuntimeError):  # a loop that is closed has nobody left who waits
                futures[0].get_loop().call_soon_threadsafe(_settle, futures, fault)

    def _write(self, views: list[View]) -> None:
        seen = {v.login_id: v for v in views if v.login_id is not None and v.idle_until is not None}
        entries: list[New] = [(v.at, v.actor, v.verb, v.pupil_id, v.detail) for v in views]
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(self._begin)
            used = [{"login": id_, "at": v.at, "until": v.idle_until} for id_, v in seen.items()]
            cursor.executemany(self._seen.sql, list(map(self._seen.parameters, used)))
            cursor.execute(self._head.sql, self._head.parameters({}))
            last = next(self._head.rows(cursor.fetchall()), None)
            cursor.executemany(self._entry.sql, list(map(self._entry.parameters, linked(last, entries))))
            raw.commit()
        finally:
            raw.close()  # what was not committed is rolled back


def _settle(futures: list[asyncio.Future[None]], fault: Exception | None) -> None:
    for future in futures:
        if future.cancelled():
            continue
        if fault is None:
            future.set_result(None)
        else:
            future.set_exception(fault)
