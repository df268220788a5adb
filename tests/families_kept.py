"""The ten families as they were first built in this process, so that each further database gets them at once."""

import sqlite3
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from portal_core.store.base import Base

if TYPE_CHECKING:
    from tests.families import Families

_KEPT: dict[str, tuple["Families", Any]] = {}


def keep(engine: Engine, made: "Families") -> None:
    """What is in this database is what the next of its kind gets."""
    raw = engine.raw_connection()
    try:
        copy = _pages(raw.driver_connection) if engine.dialect.name == "sqlite" else _rows(raw.cursor())
    finally:
        raw.close()
    _KEPT[engine.dialect.name] = deepcopy(made), copy


def again(engine: Engine) -> "Families | None":
    """The same in another empty, migrated database; None if nothing has been kept for its kind."""
    if engine.dialect.name not in _KEPT:
        return None
    made, copy = _KEPT[engine.dialect.name]
    raw = engine.raw_connection()
    try:
        if isinstance(copy, sqlite3.Connection):
            copy.backup(raw.driver_connection)  # type: ignore[arg-type]
        else:
            _fill(raw.cursor(), *copy)
        raw.commit()
    finally:
        raw.close()
    return deepcopy(made)


def _pages(found: Any) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    found.backup(copy)
    return copy


def _rows(cursor: Any) -> tuple[dict[str, bytes], str]:
    """Each table's rows as COPY gives them, and the statement that sets its sequences to go on after them."""
    rows, counters = {}, []
    for table in Base.metadata.sorted_tables:
        with cursor.copy(f'COPY "{table.name}" TO STDOUT') as out:
            rows[table.name] = b"".join(out)
        if rows[table.name] and "id" in table.columns:
            sequence, highest = cursor.execute(
                f"SELECT pg_get_serial_sequence('\"{table.name}\"', 'id'), max(id) FROM \"{table.name}\""
            ).fetchone()
            counters += [f"setval('{sequence}', {highest})"] if sequence else []
    return {name: found for name, found in rows.items() if found}, "SELECT " + ", ".join(counters)


def _fill(cursor: Any, rows: dict[str, bytes], counters: str) -> None:
    for name, found in rows.items():
        with cursor.copy(f'COPY "{name}" FROM STDIN') as into:
            into.write(found)
    cursor.execute(counters)
