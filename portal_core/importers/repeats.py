"""Rows about one thing: those that say the same are one, and of those that do not a person says which is right."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import astuple
from typing import Any

from portal_core.importers.kinds import Kind
from portal_core.importers.reading import R, Reading


def settle(kind: Kind[R], readings: Sequence[Reading[R]]) -> None:
    """Keep one of rows that say the same, in one file or in several; merge or refuse those about one thing that do not."""
    if len({hash(kind.key(row)) for reading in readings for row in reading.rows}) == sum(len(r.rows) for r in readings):
        return
    rows = [(reading, row) for reading in readings for row in reading.rows]
    about: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, (_, row) in enumerate(rows):
        about[kind.key(row)].append(index)
    dropped: set[int] = set()
    merged: dict[int, R] = {}
    for first, *others in about.values():
        differ = [i for i in others if _said(rows[i][1]) != _said(rows[first][1])]
        if differ and kind.merge is None:
            _refuse(kind, [rows[i] for i in (first, *others)])
            dropped.update((first, *others))
            continue
        dropped.update(others)
        for i in others:
            rows[i][0].repeated += 1
        if differ and kind.merge is not None:
            merged[first] = kind.merge([rows[i][1] for i in (first, *others)])
            reading, row = rows[first]
            reading.remark(_line(row), f"{_places([rows[i] for i in (first, *others)])} differ about the same adult and "
                           "pupil: the least responsibility and any court order were taken")  # fmt: skip
    for reading in readings:
        reading.rows = []
    for index, (reading, row) in enumerate(rows):
        if index not in dropped:
            reading.rows.append(merged.get(index, row))


def _refuse(kind: Kind[R], alike: Sequence[tuple[Reading[R], R]]) -> None:
    for reading, row in alike:
        ids = tuple(str(cell) for cell in _said(row)[: kind.ids])
        reading.refuse(_line(row), f"{_places(alike)} say different things under one id: which is right?", ids)


def _places(alike: Sequence[tuple[Reading[R], R]]) -> str:
    """Where the rows stand: the file is named where there are several."""
    several = len({reading.file for reading, _ in alike}) > 1
    shown = [f"{reading.file} line {_line(row)}" if several else str(_line(row)) for reading, row in alike[:6]]
    return ("" if several else "lines ") + ", ".join(shown)


def _said(row: Any) -> tuple[Any, ...]:
    """All that a row says, without where it stands."""
    return (row if isinstance(row, tuple) else astuple(row))[:-2]


def _line(row: Any) -> int:
    line: int = row.line
    return line
