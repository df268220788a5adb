"""The audit's chain: canonical bytes, each entry's digest over the one before, and the proof that nothing was changed.

Pure: values in, digests or a typed error out. An entry is numbered from 1 without gaps; its digest is
SHA-256 over the kind's prefix, the digest before and the canonical JSON of the entry. The first follows 32 zero bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal_core.errors import AuditBroken

ORIGIN = bytes(32)
_PREFIX = b"portal audit entry 1\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is hashed: fields are only ever added at the end, so that old entries verify."""

    number: int
    at: datetime
    actor: str
    verb: str
    detail: str
    pupil_id: int | None


def canonical(values: Mapping[str, Any]) -> str:
    """One spelling for one meaning: sorted keys, no spaces, plain ASCII."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(previous: bytes, entry: Entry) -> bytes:
    """The entry's link in the chain."""
    body = canonical(
        {
            "number": entry.number,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": entry.actor,
            "verb": entry.verb,
            "detail": entry.detail,
            "pupil": entry.pupil_id,
        }
    )
    return hashlib.sha256(_PREFIX + previous + body.encode("ascii")).digest()


def verify(entries: Iterable[tuple[Entry, bytes]], *, after: tuple[int, bytes] = (0, ORIGIN)) -> tuple[int, bytes]:
    """Walks the chain and returns its head. Raises AuditBroken naming the first entry that is missing or changed."""
    number, head = after
    for entry, found in entries:
        if entry.number != number + 1:
            raise AuditBroken(f"The audit breaks after entry {number}: the next one is numbered {entry.number}.")
        number, head = entry.number, digest(head, entry)
        if found != head:
            raise AuditBroken(f"The audit breaks at entry {number}: it is not what was written then.")
    return number, head
