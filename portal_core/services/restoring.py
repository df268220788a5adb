"""A restore: an empty database filled from a backup, checked against the backup's manifest before any of it counts.

It may be older than a decision against access, or than the use of a one-time code, so everybody is signed out, every code is
void, and what it would still send is not sent, since it may have been; what it lacks is for people to do again.
"""

import base64
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, Table, func, select
from sqlalchemy.exc import DataError, IntegrityError

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.errors import AuditBroken, BadInput
from portal_core.services.alerting import forget_waiting
from portal_core.services.backups import AT_ONCE, FORM, MANIFEST, audit_head, digest_of, tables_of
from portal_core.store import schema
from portal_core.store.scope import Store

DAMAGE = (
    zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, OSError, EOFError, NotImplementedError,
    IntegrityError, DataError, AuditBroken,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: how many rows, from when they are, at which revision they were kept."""

    rows: int
    made_at: datetime
    revision: str


LIVING = ("login", "activation_code", "recovery_code", "reset_link", "email_change")
"""Tables of what lets somebody in until its `ended_at`: nothing of it outlives a restore."""


def restore(store: Store, *, by: Actor, file: Path) -> Restored:
    """Fills an empty database from a backup and brings it to this program's shape. Raises BadInput, having changed nothing."""
    engine = store.engine
    if not schema.vacant(engine):
        raise BadInput("The database is not empty. Restore into a new, empty one; nothing was changed.")
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest["form"] != FORM or not schema.known(manifest["revision"]):
                raise BadInput("This backup was written by a newer program. Restore it with that one.")
            made_at = datetime.fromisoformat(manifest["made_at"])
            schema.clear(engine)
            try:
                schema.upgrade(engine, manifest["revision"])
                rows = _fill(engine, archive, manifest)
                schema.upgrade(engine)
                _settle(store, by, file)
            except BaseException:
                schema.clear(engine)
                raise
    except DAMAGE as fault:
        raise BadInput(f"{file.name} is not a whole backup ({type(fault).__name__}). Nothing was restored.") from None
    return Restored(rows, made_at, manifest["revision"])


def _settle(store: Store, by: Actor, file: Path) -> None:
    at = store.moment()
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        entries, _ = verify_log(work.session.connection())
        forget_waiting(work)
        work.audit(Verb.RESTORED, file=file.name, sha256=digest_of(file), entries=entries)


def _fill(engine: Engine, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> int:
    found: dict[str, int] = {}
    with engine.begin() as connection:
        there = tables_of(connection)
        for table in there:
            columns = [table.columns[name] for name in manifest["columns"][table.name]]
            found[table.name] = 0
            for rows in _batches(archive, table.name, columns):
                connection.execute(table.insert(), rows)
                found[table.name] += len(rows)
        if found != manifest["rows"] or audit_head(connection, there) != manifest["audit"]:
            raise ValueError("rows are missing")
        _let_nobody_in(connection, there, manifest["made_at"])
        if connection.dialect.name == "postgresql":
            _count_on(connection, there)
    return sum(found.values())


def _let_nobody_in(connection: Connection, there: list[Table], made_at: str) -> None:
    """In the transaction that brings logins and codes back: none is live again for a moment."""
    for table in (table for table in there if table.name in LIVING):
        ended = table.columns["ended_at"]
        void = {"ended_at": _value(ended, made_at)} | ({"address": ""} if table.name == "email_change" else {})
        connection.execute(table.update().where(ended.is_(None)).values(void))


def _batches(archive: zipfile.ZipFile, name: str, columns: list[Column[Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    with archive.open(f"{name}.jsonl") as raw:
        for line in raw:
            values = json.loads(line)
            batch.append({c.name: _value(c, value) for c, value in zip(columns, values, strict=True)})
            if len(batch) == AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _value(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    kind = column.type.python_type
    if kind is datetime:
        instant = datetime.fromisoformat(value)
        return instant if getattr(column.type, "timezone", False) else instant.replace(tzinfo=None)
    if kind is date:
        return date.fromisoformat(value)
    if kind is bytes:
        return base64.b64decode(value)
    return bool(value) if kind is bool else value


def _count_on(connection: Connection, there: list[Table]) -> None:
    """Numbers that the database gives out go on after the highest one restored."""
    for table in there:
        for column in table.primary_key.columns:
            sequence = (
                connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
                if isinstance(column.type, Integer)
                else None
            )
            if sequence and (highest := connection.scalar(select(func.max(column)))):
                connection.execute(select(func.setval(sequence, highest)))
