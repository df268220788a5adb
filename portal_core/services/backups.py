"""A backup: every row of every table as one consistent picture, in a file that either database can be made from again.

The file is a ZIP: `manifest.json` (form, schema's revision, when, rows by table, the audit's head) and a file of JSON lines for each
table. It does not hold the secret key. A restore is in restoring.py.
"""

import base64
import hashlib
import json
import os
import zipfile
from datetime import UTC, date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, Table, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.errors import BadInput
from portal_core.store import schema
from portal_core.store.scope import Store

FORM = 1
MANIFEST = "manifest.json"
AT_ONCE = 5_000
AUDIT = "audit_entry"


def back_up(store: Store, *, by: Actor, at: Moment, folder: Path) -> Path:
    """Writes a backup into a folder and returns its path; whole and on record, or not there at all. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
    path = write_backup(store.engine, at=at.instant, folder=folder)
    try:
        with store.writing_as(by, at) as work:
            work.audit(Verb.BACKED_UP, file=path.name, sha256=digest_of(path))
    except BaseException:
        path.unlink()
        raise
    return path


def write_backup(engine: Engine, *, at: datetime, folder: Path) -> Path:
    """The file alone, whatever the schema's revision. Raises BadInput if one of this second is there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"portal-{at:%Y-%m-%dT%H%M%SZ}.zip"
    if path.exists():
        raise BadInput(f"{path} is there already. Try again in a second.")
    beside = path.with_suffix(".part")
    beside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            _write(engine, file, at)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def digest_of(path: Path) -> str:
    """A file's SHA-256, as the audit names a backup by."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(engine: Engine, file: IO[bytes], at: datetime) -> None:
    """In one read transaction: what is committed meanwhile is in none of the tables."""
    isolation = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with (
        engine.connect().execution_options(**isolation) as connection,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        there = tables_of(connection)
        rows = {table.name: _write_table(connection, table, archive) for table in there}
        manifest = {
            "form": FORM,
            "revision": schema.at_revision(connection),
            "made_at": at.isoformat(),
            "rows": rows,
            "columns": {table.name: [column.name for column in table.columns] for table in there},
            "audit": audit_head(connection, there),
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))


def _write_table(connection: Connection, table: Table, archive: zipfile.ZipFile) -> int:
    count = 0
    everything = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as raw:
        out = TextIOWrapper(raw, encoding="utf-8", newline="\n")
        for row in connection.execute(everything):
            out.write(json.dumps([_plain(value) for value in row], separators=(",", ":")) + "\n")
            count += 1
        out.flush()
        out.detach()
    return count


def tables_of(connection: Connection) -> list[Table]:
    """Every table but Alembic's own, each after those that it refers to."""
    return [table for table in schema.tables(connection).sorted_tables if table.name != schema.VERSIONS]


def audit_head(connection: Connection, there: list[Table]) -> list[Any]:
    """The number and digest of the audit's last entry, in whatever shape the table is."""
    [audit] = [table for table in there if table.name == AUDIT]
    last = connection.execute(select(audit.c.id, audit.c.digest).order_by(audit.c.id.desc()).limit(1)).one_or_none()
    return [last.id, last.digest.hex()] if last else [0, ""]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value
