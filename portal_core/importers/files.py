"""A school's exports together: files and folders, each file recognised for what it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal_core.errors import ImportRefused
from portal_core.importers.header_map import HeaderMap, checked
from portal_core.importers.kinds import KINDS, MARKS, Kind
from portal_core.importers.mis_csv import LONDON, layout, read
from portal_core.importers.reading import R, Reading
from portal_core.importers.repeats import settle
from portal_core.importers.text_file import encoding_of
from portal_core.importers.values import UNPRINTABLE, brief

ENDINGS = frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A file, what it was taken for, and by what it was recognised."""

    file: str
    kind: str
    by: str


@dataclass(frozen=True, slots=True)
class Files:
    """The exports, read. More than one file may be of a kind."""

    readings: tuple[Reading[Any], ...]
    taken: tuple[Taken, ...]
    left: tuple[Taken, ...]  # a folder's files of no kind; `by` says why

    def of(self, kind: Kind[R]) -> tuple[Reading[R], ...]:
        """The readings of a kind."""
        return tuple(reading for reading in self.readings if reading.kind == kind.name)

    @property
    def written(self) -> datetime:
        """When the MIS gave the session marks, or without any the rest: no file says anything about the time after it."""
        return min(reading.written for reading in self.of(MARKS) or self.readings)


def read_folder(folder: Path, header_map: HeaderMap | None = None, *, zone: ZoneInfo = LONDON) -> Files:
    """Read every export of a folder; see read_files."""
    if not Path(folder).is_dir():
        raise ImportRefused(f"{Path(folder).name} is not a folder. Give the folder that the exports are in.")
    return read_files([folder], header_map, zone=zone)


def read_files(paths: Sequence[Path], header_map: HeaderMap | None = None, *, zone: ZoneInfo = LONDON) -> Files:
    """Read files, and the CSV, TSV and text files of folders, each as what its name or header says it is.

    Raises ImportRefused, with all that is wrong: a file that cannot be read, one given by name that is no export, or one
    whose name says what it is and whose header does not fit. Other strangers in a folder are left.
    """
    told, faults = checked(header_map), []
    readings: list[Reading[Any]] = []
    taken, left = [], []
    for path, by_name in _listed(paths):
        try:
            if UNPRINTABLE.search(path.name):
                raise ImportRefused(
                    f"{brief(path.name)}: the file's name holds control characters. Give it another name."
                )
            kind, by = recognise(path, told)
            if kind is not None:
                readings.append(read(kind, path, told, zone=zone))
                taken.append(Taken(path.name, kind.name, by))
            elif by_name:
                faults.append(f"{path.name}: {by}.")
            else:
                left.append(Taken(path.name, "", by))
        except ImportRefused as refused:
            faults.append(str(refused))
    if not readings and not faults:
        faults.append(f"There is no file that is recognised as an export of {_kinds()}.")
    if faults:
        raise ImportRefused("\n".join(faults))
    for kind in KINDS:
        if len(alike := [reading for reading in readings if reading.kind == kind.name]) > 1:
            settle(kind, alike)
    return Files(tuple(readings), tuple(taken), tuple(left))


def _listed(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file once, and whether it was given itself rather than its folder."""
    seen: set[Path] = set()
    for path in map(Path, paths):
        within = (
            sorted(p for p in path.iterdir() if p.suffix.casefold() in ENDINGS and p.is_file())
            if path.is_dir()
            else [path]
        )
        for one in within:
            if one.resolve() not in seen:
                seen.add(one.resolve())
                yield one, one is path


def recognise(path: Path, header_map: HeaderMap) -> tuple[Kind[Any] | None, str]:
    """Of which kind a file is, and by what; (None, why) if of none.

    A name decides only where the header has that kind's columns. Raises ImportRefused where they contradict each other,
    or a header fits two kinds alike.
    """
    encoding = encoding_of(path)
    known: dict[str, int] = {}
    unfit: dict[str, ImportRefused] = {}
    for kind in KINDS:
        try:
            known[kind.name] = len(layout(kind, path, encoding, header_map).places)
        except ImportRefused as refused:
            unfit[kind.name] = refused
    stem = path.stem.casefold()
    named = [kind for kind in KINDS if any(word in stem for word in kind.words)]
    for kind in named:
        if kind.name in known:
            return kind, "name"
    best = [kind for kind in KINDS if known and known.get(kind.name) == max(known.values())]
    if len(best) == 1:
        return best[0], "header"
    if best:
        raise ImportRefused(
            f"{path.name}: its header fits {' and '.join(kind.name for kind in best)}. Name the file for one."
        )
    if named:
        raise unfit[named[0].name]
    return None, f"its header is of no export that is read: {_kinds()}"


def _kinds() -> str:
    return ", ".join(kind.name for kind in KINDS)
