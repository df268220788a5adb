"""Reads one of a school's CSV exports as the kind of file that it is."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal_core.errors import ImportRefused
from portal_core.importers.columns import missing, place
from portal_core.importers.header_map import HeaderMap, checked
from portal_core.importers.kinds import Kind
from portal_core.importers.reading import R, Reading
from portal_core.importers.repeats import settle
from portal_core.importers.text_file import SEPARATORS, Broken, Encoding, encoding_of, header_of, records
from portal_core.importers.values import MonthFirst, Unreadable, brief

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file's records are cut, where its header stands, and which column is which field (from 0)."""

    encoding: Encoding
    separator: str
    line: int
    header: tuple[str, ...]
    places: Mapping[str, int]


def read(kind: Kind[R], path: Path, header_map: HeaderMap | None = None, *, zone: ZoneInfo = LONDON) -> Reading[R]:
    """Read one file of a kind. Raises ImportRefused, with file and line, where it cannot be read as a whole."""
    path = Path(path)
    laid = layout(kind, path, encoding_of(path), checked(header_map))
    columns = {field: laid.header[at] for field, at in laid.places.items()}
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    reading: Reading[R] = Reading(kind.name, path.name, laid.encoding.shown, columns, zone, digest, written)
    for name in dict.fromkeys(columns.values()):
        if kind.name != "contacts" and laid.header.count(name) > 1:
            reading.remark(laid.line, f"more than one column is called “{name}”: the first was taken")
    _read_rows(kind, reading, path, laid)
    settle(kind, [reading])
    if kind.look is not None:
        kind.look(reading)
    return reading


def layout(kind: Kind[Any], path: Path, encoding: Encoding, header_map: HeaderMap) -> Layout:
    """With the separator under which most headers are known. Raises ImportRefused where a column is not there."""
    given = header_map.get(kind.name, {})
    best: Layout | None = None
    fault: ImportRefused | None = None
    for separator in SEPARATORS:
        try:
            line, header = header_of(path, encoding, separator)
            found = Layout(encoding, separator, line, tuple(header), place(kind.columns, header, given))
        except ImportRefused as refused:
            fault = fault or refused
            continue
        if best is None or len(found.places) > len(best.places):
            best = found
    if best is None:
        raise fault or ImportRefused(f"{path.name} has no header.")
    if lacking := missing(kind.columns, best.places):
        raise ImportRefused(
            f"{path.name}, line {best.line}: no column for {' or '.join(f'“{c.field}”' for c in lacking)} of {kind.name} "
            f"among {', '.join(f'“{name}”' for name in best.header[:40])}. Add it to the report, or name it in the header "
            "map."
        )
    return best


def _read_rows(kind: Kind[R], reading: Reading[R], path: Path, laid: Layout) -> None:
    width = len(laid.header)
    # One blank cell is added to each record: what a column that is not there says.
    pick = itemgetter(*(laid.places.get(column.field, width) for column in kind.columns))
    people = "surname" in laid.places
    for line, cells in records(path, laid.encoding, laid.separator):
        if line <= laid.line:
            continue
        if isinstance(cells, Broken):
            reading.data_rows += 1
            reading.refuse(line, cells.why)
            continue
        if len(cells) != width and not _fitted(cells, width):
            if any(cell.strip() for cell in cells):
                reading.data_rows += 1
                reading.refuse(line, f"{len(cells)} cells where the header has {width}")
            continue
        cells.append("")
        reading.data_rows += 1
        try:
            row = kind.build(reading, line, picked := pick(cells))
        except MonthFirst as why:
            raise ImportRefused(
                f"{path.name}, line {line}: {why}. Then its other dates would be read wrongly too. Export dates as "
                "31/12/2026 or 2026-12-31."
            ) from why
        except Unreadable as why:
            if any(cell.strip() for cell in cells):
                reading.refuse(line, str(why), tuple(cell.strip() for cell in picked[: kind.ids]))
            else:
                reading.data_rows -= 1
            continue
        if row is not None:
            reading.rows.append(row)
        if people and not reading.accented:
            reading.accented = brief(next((cell for cell in picked if not cell.isascii()), ""))


def _fitted(cells: list[str], width: int) -> bool:
    """Cut off blank cells beyond the header, which spreadsheets add; whether the record then fits."""
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        del cells[width:]
    return len(cells) == width
