"""The audit as it is written: entries appended to the chain in the caller's transaction, read back to be verified."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from portal_core.audit.chain import ORIGIN, Entry, canonical, digest, verify
from portal_core.domain.clauses import Verb
from portal_core.store.school import AuditAbout, AuditEntry

New = tuple[datetime, str, Verb, int | None, Mapping[str, Any]]
"""When, who, what, which pupil if one, and the values."""
LOCK = 7_251_001
"""Any number: the lock on PostgreSQL, held from before the head is read to the end of the transaction; SQLite has one writer."""

ONE = frozenset({"adult", "account", "staff", "category"})
MANY = {"adults": "adult", "pupils": "pupil", "accounts": "account", "outcomes": "adult"}
"""Names under which an entry's values hold ids, of one or of several; `outcomes` has them as its keys."""
_NAMED = re.compile(r"\b(adult|pupil|staff):(\d{1,9})\b")
"""As a task names whom it is about."""
HEAD = select(AuditEntry.id, AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)


def append(connection: Connection, entries: Sequence[New]) -> None:
    """Adds entries at the chain's head; whoever comes second waits, so that the chain never forks."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    rows = linked(connection.execute(HEAD).one_or_none(), entries)
    connection.execute(insert(AuditEntry), rows)
    about = [
        {"kind": kind, "subject_id": id_, "entry_id": row["id"]}
        for row, (*_, detail) in zip(rows, entries, strict=True)
        for kind, id_ in sorted(subjects(detail))
    ]
    if about:
        connection.execute(insert(AuditAbout), about)


def subjects(detail: Mapping[str, Any]) -> set[tuple[str, int]]:
    """Whom and what the values of an entry are about: each kind with its number."""
    found = set()
    for name, value in detail.items():
        if name in ONE and isinstance(value, int):
            found.add((name, value))
        elif name in MANY and isinstance(value, list | dict):  # where it is a number it is how many
            found |= {(MANY[name], int(id_)) for id_ in value}
        elif name == "subject":
            found |= {(kind, int(id_)) for kind, id_ in _NAMED.findall(str(value))}
    return found


def linked(last: Sequence[Any] | None, entries: Sequence[New]) -> list[dict[str, Any]]:
    """The rows that go on from the last one's number and digest."""
    number, head = last or (0, ORIGIN)
    rows = []
    for at, actor, verb, pupil, detail in entries:
        number += 1
        entry = Entry(number, at, actor, str(verb), canonical(detail), pupil)
        head = digest(head, entry)
        rows.append(
            {
                "id": number,
                "at": at,
                "actor": actor,
                "verb": verb,
                "detail": entry.detail,
                "pupil_id": pupil,
                "digest": head,
            }
        )
    return rows


def verify_log(connection: Connection) -> tuple[int, bytes]:
    """The number and digest of the last entry. Raises AuditBroken."""

    def entries() -> Iterator[tuple[Entry, bytes]]:
        for row in connection.execute(select(AuditEntry.__table__).order_by(AuditEntry.id)).yield_per(5000):
            yield Entry(row.id, row.at, row.actor, str(row.verb), row.detail, row.pupil_id), row.digest

    return verify(entries())
