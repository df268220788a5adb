"""A backup: every row of every table as one consistent picture, in a file that either database can be made from again.

The file is a ZIP: `manifest.json` (form, schema's revision, rows by table, the audit's head) and a file of JSON lines for each table.
It does not hold the secret key. A restore goes into an empty database, in one transaction, and is checked against the
manifest before it counts.
"""

import base64
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Integer, MetaData, Table, func, inspect, select, text
from sqlalchemy.exc import DataError, IntegrityError

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.errors import AuditBroken, BadInput
from portal_core.store import schema
from portal_core.store.scope import Store

FORM = 1
MANIFEST = "manifest.json"
AT_ONCE = 5_000
_VERSIONS = "alembic_version"


def back_up(store: Store, *, by: Actor, at: Moment, folder: Path) -> Path:
    """Writes a backup into a folder and returns its path; whole, or not there at all. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        work.audit(Verb.BACKED_UP, revision=schema.found(store.engine))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"portal-{at.local:%Y-%m-%d-%H%M%S}.zip"
    beside = path.with_suffix(".part")
    beside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            _write(store.engine, file, at)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _write(engine: Engine, file: Any, at: Moment) -> None:
    counts: dict[str, int] = {}
    isolation = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with (
        engine.connect().execution_options(**isolation) as connection,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        for table in _tables(connection):
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as raw:
                out = TextIOWrapper(raw, encoding="utf-8", newline="\n")
                counts[table.name] = 0
                for row in connection.execution_options(yield_per=AT_ONCE).execute(select(table)):
                    out.write(json.dumps([_plain(value) for value in row], separators=(",", ":")) + "\n")
                    counts[table.name] += 1
                out.flush()
                out.detach()
        columns = {table.name: [column.name for column in table.columns] for table in _tables(connection)}
        manifest = {
            "form": FORM, "revision": schema.found(engine), "made_at": at.instant.isoformat(), "rows": counts,
            "columns": columns, "audit": _audit_head(connection),
        }  # fmt: skip
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))


def restore(engine: Engine, path: Path) -> dict[str, int]:
    """Fills an empty database from a backup; returns the rows by table. Raises BadInput, having changed nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest.get("form") != FORM:
                raise BadInput("This backup was written by a newer program. Restore it with that one.")
            if inspect(engine).get_table_names():
                raise BadInput("The database is not empty. Restore into a new, empty one; nothing was changed.")
            schema.upgrade(engine, manifest["revision"])
            try:
                return _fill(engine, archive, manifest)
            except BaseException:
                _empty(engine)
                raise
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        EOFError,
        IntegrityError,
        DataError,
        AuditBroken,
    ) as fault:
        raise BadInput(f"{path.name} is not a whole backup ({type(fault).__name__}). Nothing was restored.") from None


def _fill(engine: Engine, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    with engine.begin() as connection:
        tables = _tables(connection)
        if {table.name: [column.name for column in table.columns] for table in tables} != manifest["columns"]:
            raise ValueError("the tables are others than those of the backup")
        for table in tables:
            found[table.name] = 0
            for rows in _batches(archive, table):
                connection.execute(table.insert(), rows)
                found[table.name] += len(rows)
        if found != manifest["rows"]:
            raise ValueError("rows are missing")
        if connection.dialect.name == "postgresql":
            _count_on(connection, tables)
        number, head = verify_log(connection)
        if [number, head.hex()] != manifest["audit"]:
            raise ValueError("the audit is not the one that was backed up")
    return found


def _batches(archive: zipfile.ZipFile, table: Table) -> Iterator[list[dict[str, Any]]]:
    columns = list(table.columns)
    batch: list[dict[str, Any]] = []
    with archive.open(f"{table.name}.jsonl") as raw:
        for line in raw:
            values = json.loads(line)
            batch.append({c.name: _value(c, value) for c, value in zip(columns, values, strict=True)})
            if len(batch) == AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _tables(connection: Connection) -> list[Table]:
    """Every table as the database has it, whatever its revision; each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _VERSIONS]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def _value(column: Any, value: Any) -> Any:
    if value is None:
        return None
    kind = column.type.python_type
    if kind is datetime:
        instant = datetime.fromisoformat(value)
        return instant if column.type.timezone else instant.replace(tzinfo=None)
    if kind is date:
        return date.fromisoformat(value)
    if kind is bytes:
        return base64.b64decode(value)
    return bool(value) if kind is bool else value


def _count_on(connection: Connection, tables: list[Table]) -> None:
    """Numbers that the database gives out go on after the highest one restored."""
    for table in tables:
        column = table.columns.get("id")
        if column is None or not isinstance(column.type, Integer):
            continue
        if connection.scalar(select(func.pg_get_serial_sequence(table.name, "id"))):
            highest = connection.scalar(select(func.max(column)))
            if highest:
                connection.execute(
                    text("SELECT setval(pg_get_serial_sequence(:t, 'id'), :n)"), {"t": table.name, "n": highest}
                )


def _empty(engine: Engine) -> None:
    """Takes away what a restore that failed had made."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP FUNCTION IF EXISTS portal_admitted CASCADE"))
        metadata = MetaData()
        metadata.reflect(connection)
        metadata.drop_all(connection)


def _audit_head(connection: Connection) -> list[Any]:
    number, head = verify_log(connection)
    return [number, head.hex()]
