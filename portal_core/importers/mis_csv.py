"""Reads a school's CSV exports: one file by its kind, or a folder whose files are recognised."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import astuple, dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal_core.errors import ImportRefused
from portal_core.importers.columns import missing, place
from portal_core.importers.kinds import KINDS, Kind
from portal_core.importers.reading import R, Reading
from portal_core.importers.text_file import SEPARATORS, Broken, Encoding, encoding_of, header_of, records
from portal_core.importers.values import Unreadable

LONDON = ZoneInfo("Europe/London")
HeaderMap = Mapping[str, Mapping[str, str | int]]
"""A school's own map: kind: {field: header as the file has it, or the column's number from 1}."""


def read(kind: Kind[R], path: Path, header_map: HeaderMap | None = None, *, zone: ZoneInfo = LONDON) -> Reading[R]:
    """Read one file of a kind. Raises ImportRefused, with file and line, where it cannot be read as a whole."""
    path = Path(path)
    encoding = encoding_of(path)
    given = _given(kind, header_map)
    separator, line, header, places = _layout(kind, path, encoding, given)
    if lacking := missing(kind.columns, places):
        raise ImportRefused(
            f"{path.name}, line {line}: no column for {' or '.join(f'“{c.field}”' for c in lacking)} among "
            f"{', '.join(f'“{name}”' for name in header[:40])}. Add it to the report, or name it in the header map."
        )
    columns = {field: header[at] for field, at in places.items()}
    reading: Reading[R] = Reading(kind.name, path.name, encoding.shown, columns, zone)
    for name in dict.fromkeys(columns.values()):
        if kind.name != "contacts" and header.count(name) > 1:
            reading.remark(line, f"more than one column is called “{name}”: the first was taken")
    _read_rows(kind, reading, path, encoding, separator, line, len(header), places)
    _settle_repeats(kind, reading)
    if kind.look is not None:
        kind.look(reading)
    return reading


def _given(kind: Kind[Any], header_map: HeaderMap | None) -> Mapping[str, str | int]:
    header_map = header_map or {}
    if unknown := header_map.keys() - {known.name for known in KINDS}:
        raise ImportRefused(f"The header map names kinds of file that there are not: {', '.join(sorted(unknown))}. "
                            f"There are {', '.join(known.name for known in KINDS)}.")  # fmt: skip
    return header_map.get(kind.name, {})


def _layout(
    kind: Kind[Any], path: Path, encoding: Encoding, given: Mapping[str, str | int]
) -> tuple[str, int, list[str], dict[str, int]]:
    """Separator, header line, header and places: with the separator under which most headers are known."""
    best: tuple[str, int, list[str], dict[str, int]] | None = None
    fault: ImportRefused | None = None
    for separator in SEPARATORS:
        try:
            line, header = header_of(path, encoding, separator)
            places = place(kind.columns, header, given)
        except ImportRefused as refused:
            fault = fault or refused
            continue
        if best is None or len(places) > len(best[3]):
            best = separator, line, header, places
    if best is None:
        raise fault or ImportRefused(f"{path.name} has no header.")
    return best


def _read_rows(
    kind: Kind[R],
    reading: Reading[R],
    path: Path,
    encoding: Encoding,
    separator: str,
    header_line: int,
    width: int,
    places: Mapping[str, int],
) -> None:
    # One blank cell is added to each record: what a column that is not there says.
    pick = itemgetter(*(places.get(column.field, width) for column in kind.columns))
    people = "surname" in places
    for line, cells in records(path, encoding, separator):
        if line <= header_line:
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
            row = kind.build(reading, line, pick(cells))
        except Unreadable as why:
            if any(cell.strip() for cell in cells):
                reading.refuse(line, str(why))
            else:
                reading.data_rows -= 1
            continue
        if row is not None:
            reading.rows.append(row)
        if people and not reading.accented:
            reading.accented = next((cell for cell in pick(cells) if not cell.isascii()), "")


def _fitted(cells: list[str], width: int) -> bool:
    """Cut off blank cells beyond the header, which spreadsheets add; whether the record then fits."""
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        del cells[width:]
    return len(cells) == width


def _settle_repeats(kind: Kind[R], reading: Reading[R]) -> None:
    """Keep one of rows that say the same; merge or refuse those about one thing that do not."""
    rows = reading.rows
    if len({hash(kind.key(row)) for row in rows}) == len(rows):
        return
    about: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        about[kind.key(row)].append(index)
    dropped: set[int] = set()
    for first, *others in about.values():
        if not others:
            continue
        alike = [i for i in others if _said(rows[i]) == _said(rows[first])]
        if len(alike) == len(others) or kind.merge is not None:
            dropped.update(others)
            reading.repeated += len(others)
        else:
            dropped.update((first, *others))
        if len(alike) == len(others):
            continue
        lines = ", ".join(str(_line(rows[i])) for i in (first, *others[:5]))
        if kind.merge is not None:
            rows[first] = kind.merge([rows[i] for i in (first, *others)])
            reading.remark(_line(rows[first]), f"lines {lines} differ about the same adult and pupil: "
                           "the least responsibility and any court order were taken")  # fmt: skip
        else:
            for i in (first, *others):
                reading.refuse(_line(rows[i]), f"lines {lines} say different things under one id: which is right?")
    reading.rows = [row for index, row in enumerate(rows) if index not in dropped]


def _said(row: Any) -> tuple[Any, ...]:
    """All that a row says, without where it stands."""
    return (row if isinstance(row, tuple) else astuple(row))[:-2]


def _line(row: Any) -> int:
    line: int = row.line
    return line


@dataclass(frozen=True, slots=True)
class Taken:
    """A file, what it was taken for, and by what it was recognised."""

    file: str
    kind: str
    by: str


@dataclass(frozen=True, slots=True)
class Files:
    """A folder of exports, read. More than one file may be of a kind."""

    readings: tuple[Reading[Any], ...]
    taken: tuple[Taken, ...]
    left: tuple[Taken, ...]  # files of no kind; `by` says why

    def of(self, kind: Kind[R]) -> tuple[Reading[R], ...]:
        """The readings of a kind."""
        return tuple(reading for reading in self.readings if reading.kind == kind.name)


def read_folder(folder: Path, header_map: HeaderMap | None = None, *, zone: ZoneInfo = LONDON) -> Files:
    """Read every CSV, TSV and text file of a folder as what its name or header says it is.

    A name decides only where the header has that kind's columns. Raises ImportRefused for a folder without any export,
    and for a file that is recognised and cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ImportRefused(f"{folder.name} is not a folder. Give the folder that the exports are in.")
    readings, taken, left = [], [], []
    for path in sorted(p for p in folder.iterdir() if p.suffix.casefold() in {".csv", ".tsv", ".txt"} and p.is_file()):
        kind, by = recognise(path, header_map)
        if kind is None:
            left.append(Taken(path.name, "", by))
        else:
            readings.append(read(kind, path, header_map, zone=zone))
            taken.append(Taken(path.name, kind.name, by))
    if not readings:
        raise ImportRefused(f"{folder.name} holds no file that is recognised as an export of {_listed()}.")
    return Files(tuple(readings), tuple(taken), tuple(left))


def recognise(path: Path, header_map: HeaderMap | None = None) -> tuple[Kind[Any] | None, str]:
    """Of which kind a file is, and by what; (None, why) if of none or of two alike."""
    encoding = encoding_of(path)
    known: dict[str, int] = {}
    for kind in KINDS:
        try:
            places = _layout(kind, path, encoding, _given(kind, header_map))[3]
        except ImportRefused:
            continue
        if not missing(kind.columns, places):
            known[kind.name] = len(places)
    stem = path.stem.casefold()
    for kind in KINDS:
        if kind.name in known and any(word in stem for word in kind.words):
            return kind, "name"
    best = [kind for kind in KINDS if known and known.get(kind.name) == max(known.values())]
    if len(best) == 1:
        return best[0], "header"
    return None, "its header is of no kind" if not best else "its header fits more than one kind; name the file for one"


def _listed() -> str:
    return ", ".join(kind.name for kind in KINDS)
