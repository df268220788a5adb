"""The road of a parent's pages: two statements each, compiled once and run by the driver, and nothing between.

On SQLite the read is shorter than a hop to a thread, so it stays on the event loop; on PostgreSQL psycopg's async
connections run it, as the role that row-level security binds. What comes out passes SQLAlchemy's own converters.
"""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Dialect, Engine

from portal_core.store.child_questions import QUESTIONS, statement
from portal_core.store.compiled import Compiled, Row
from portal_core.store.questions import BY_TOKEN, access

Found = dict[str, list[Row]]
"""Rows by the name of their arm, without the arm's number."""


class ChildQuestion(Compiled):
    """One of child_questions.QUESTIONS."""

    def __init__(self, name: str, dialect: Dialect) -> None:
        arms = QUESTIONS[name]()
        super().__init__(statement(arms), dialect)
        self._names = tuple(arms)

    def found(self, raw: Sequence[Any]) -> Found:
        """Rows by arm."""
        arms: tuple[list[Row], ...] = tuple([] for _ in self._names)
        for row in self.rows(raw):
            arms[row[0]].append(row[1:])
        return dict(zip(self._names, arms, strict=True))


def _child_questions(dialect: Dialect) -> dict[str, ChildQuestion]:
    return {name: ChildQuestion(name, dialect) for name in QUESTIONS}


class Road(Protocol):
    """Two reads a page: who is asking and what decides, then that child's data."""

    async def access(self, **given: Any) -> Iterator[Row]:
        """Rows of questions.access for the login whose cookie hashes to :token, at :at."""
        ...

    async def child(self, what: str, scope: tuple[int, datetime, date, date], **given: Any) -> Found:
        """What one of child_questions.QUESTIONS finds; `scope` is adult, instant, school date, latest birth of age."""
        ...

    def close(self) -> None:
        """Let go of the database; nothing is asked any more."""
        ...


class OnLoop:
    """SQLite, read-only, on the event loop: 0.2 ms the first page (measured: a thread would cost more), 2 ms a year."""

    def __init__(self, engine: Engine) -> None:
        path = engine.url.database
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA query_only=1; PRAGMA busy_timeout=5000; PRAGMA mmap_size=1073741824")
        self._access = Compiled(access(BY_TOKEN), engine.dialect)
        self._child = _child_questions(engine.dialect)

    def _ask(self, question: Compiled, given: Mapping[str, Any]) -> list[Any]:
        return self._db.execute(question.sql, question.parameters(given)).fetchall()

    async def access(self, **given: Any) -> Iterator[Row]:
        """See Road."""
        return self._access.rows(self._ask(self._access, given))

    async def child(self, what: str, scope: tuple[int, datetime, date, date], **given: Any) -> Found:
        """See Road."""
        return self._child[what].found(self._ask(self._child[what], given))

    def close(self) -> None:
        """See Road."""
        self._db.close()


class OnServer:
    """PostgreSQL: prepared at first use; a child's data is read as portal_parent, which row-level security binds."""

    _AS_PARENT = (
        "SELECT set_config('role', 'portal_parent', true), set_config('portal.adult', %s, true), "
        "set_config('portal.at', %s, true), set_config('portal.day', %s, true), set_config('portal.of_age', %s, true)"
    )

    def __init__(self, engine: Engine, connections: int = 8) -> None:
        self._dsn = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._size = connections
        self._idle: asyncio.LifoQueue[Any] | None = None
        self._access = Compiled(access(BY_TOKEN), engine.dialect)
        self._child = _child_questions(engine.dialect)

    async def _take(self) -> Any:
        import psycopg

        if self._idle is None:
            self._idle = asyncio.LifoQueue()
            for _ in range(self._size):
                self._idle.put_nowait(None)
        connection = await self._idle.get()
        if connection is None or connection.broken:
            try:
                connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, prepare_threshold=0)
            except BaseException:
                self._idle.put_nowait(None)
                raise
        return connection

    def _give_back(self, connection: Any) -> None:
        if self._idle is not None:
            self._idle.put_nowait(connection)

    async def access(self, **given: Any) -> Iterator[Row]:
        """See Road."""
        db = await self._take()
        try:
            found = await (await db.execute(self._access.sql, self._access.parameters(given))).fetchall()
        finally:
            self._give_back(db)
        return self._access.rows(found)

    async def child(self, what: str, scope: tuple[int, datetime, date, date], **given: Any) -> Found:
        """See Road. Role, scope, question and end go in one round trip."""
        adult, at, day, of_age = scope
        question = self._child[what]
        db = await self._take()
        try:
            async with db.pipeline(), db.transaction():
                await db.execute(self._AS_PARENT, (str(adult), at.isoformat(), day.isoformat(), of_age.isoformat()))
                asked = await db.execute(question.sql, question.parameters(given))
                found = await asked.fetchall()
        finally:
            self._give_back(db)
        return question.found(found)

    def close(self) -> None:
        """See Road. The loop may be gone by now."""
        while self._idle is not None and not self._idle.empty():
            connection = self._idle.get_nowait()
            if connection is not None:
                connection.pgconn.finish()


def road_to(engine: Engine) -> Road:
    """The road that fits the database."""
    return OnLoop(engine) if engine.dialect.name == "sqlite" else OnServer(engine)
