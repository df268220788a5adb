"""A school's own map of headers, since every school's report differs: a TOML file, a table for each kind of file.

    [pupils]
    pupil_id = "Learner no."    # the header, as the file has it
    surname = 3                 # or the column's number, counted from 1

    [session_marks]
    code = "Kode"

Fields that the map leaves out go by the names that portal_core.importers.kinds knows.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal_core.errors import ImportRefused
from portal_core.importers.kinds import KINDS

HeaderMap = Mapping[str, Mapping[str, str | int]]
"""kind: {field: header or number of the column}"""


def read_map(path: Path) -> HeaderMap:
    """The map in a file. Raises ImportRefused for one that is not TOML, or says what `checked` does not take."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise ImportRefused(f"The header map {path.name} cannot be read: {fault.strerror}.") from fault
    except ValueError as fault:  # not TOML, or not UTF-8
        raise ImportRefused(f"The header map {path.name} cannot be read: {fault}.") from fault
    return checked({kind.replace("_", " "): fields for kind, fields in told.items()})


def checked(told: Mapping[str, Any] | None) -> HeaderMap:
    """The map, if it names kinds and fields that there are, each by a header or a number. Raises ImportRefused."""
    kinds = {kind.name: kind for kind in KINDS}
    if unknown := (told or {}).keys() - kinds.keys():
        raise ImportRefused(f"The header map names kinds of file that there are not: {', '.join(sorted(unknown))}. "
                            f"There are {', '.join(kinds)}.")  # fmt: skip
    for kind, fields in (told or {}).items():
        if not isinstance(fields, Mapping):
            raise ImportRefused(f"The header map says “{fields}” of {kind}. Give a line for each field below [{kind}].")
        known = [column.field for column in kinds[kind].columns]
        if strange := fields.keys() - set(known):
            raise ImportRefused(f"The header map names fields that there are not: {', '.join(sorted(strange))}. "
                                f"A file of {kind} has {', '.join(known)}.")  # fmt: skip
        for field, where in fields.items():
            if isinstance(where, bool) or not isinstance(where, str | int) or where == "":
                raise ImportRefused(
                    f"The header map says “{where}” of {field}. Give the header, or the column's number."
                )
    return told or {}
