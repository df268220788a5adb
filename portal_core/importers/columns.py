"""Which column of a file says what: by names seen in schools' reports, by place where a name repeats, or by the school's map."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal_core.errors import ImportRefused


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a row and the headers it goes by, best first; `beside` are names that count only right of another field."""

    field: str
    names: tuple[str, ...]
    required: bool = False
    right_of: str = ""
    beside: tuple[str, ...] = ()


def column(field: str, names: str, *, required: bool = False, right_of: str = "", beside: str = "") -> Column:
    """A Column from names separated by bars."""
    return Column(field, _names(names), required, right_of, _names(beside))


def _names(listed: str) -> tuple[str, ...]:
    return tuple(plain(name) for name in listed.split("|") if name)


def plain(header: str) -> str:
    """A header without case, spaces and punctuation: "(Contact) Priority" and "contact_priority" are one."""
    return re.sub(r"[\W_]+", "", header.casefold())


def place(columns: Sequence[Column], header: Sequence[str], given: Mapping[str, str | int]) -> dict[str, int]:
    """Where each field stands in a header, from 0; fields not found are left out.

    A header that repeats (a contacts report has "ID" for pupil, adult and class) is taken from left to right by the
    fields in their order. Raises ImportRefused where the school's own map does not fit.
    """
    plains = [plain(name) for name in header]
    found = {field: _mapped(field, where, header, plains) for field, where in given.items()}
    claimed = set(found.values())
    spots = {name: [i for i, each in enumerate(plains) if each == name] for name in plains}
    for wanted in columns:
        if wanted.field in found:
            continue
        start = found.get(wanted.right_of, len(plains)) + 1 if wanted.right_of else 0
        for name, first in (*((n, 0) for n in wanted.names), *((n, start) for n in wanted.beside)):
            spot = next((i for i in spots.get(name, ()) if i >= first and i not in claimed), None)
            if spot is not None:
                found[wanted.field] = spot
                claimed.add(spot)
                break
    return found


def _mapped(field: str, where: str | int, header: Sequence[str], plains: Sequence[str]) -> int:
    if isinstance(where, int):
        if not 1 <= where <= len(header):
            raise ImportRefused(f"The header map puts {field} in column {where}; the file has {len(header)}.")
        return where - 1
    spots = [i for i, name in enumerate(plains) if name == plain(where)]
    if len(spots) != 1:
        count = f"{len(spots)} columns of the file are" if spots else "no column of the file is"
        raise ImportRefused(f"The header map reads {field} from “{where}”, and {count} called so. "
                            "Name it as the file does, or give its number, counted from 1.")  # fmt: skip
    return spots[0]


def missing(columns: Sequence[Column], found: Mapping[str, int]) -> list[Column]:
    """The fields that a file must have and this one does not."""
    return [column for column in columns if column.required and column.field not in found]
