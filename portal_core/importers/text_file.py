"""Bytes to records: which encoding, which separator, where each record begins, and what is wrong with it."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal_core.errors import ImportRefused
from portal_core.importers.columns import plain
from portal_core.importers.values import UNPRINTABLE, brief

LARGEST = 256 * 2**20
"""Bytes in a file; a large school's marks of a year are a tenth of it."""

SEPARATORS = ",;\t|"
_BLOCK = 2**20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 (marked)"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes are read, and what to tell a person about it."""

    codec: str
    shown: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that is not CSV."""

    why: str


def encoding_of(path: Path) -> Encoding:
    """A byte order mark decides; else UTF-8 if every byte fits, else Windows-1252. Raises ImportRefused if neither fits."""
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise ImportRefused(
                f"{path.name} is {size / 2**20:,.0f} MB; {LARGEST // 2**20} MB is the most that is read."
            )
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as fault:
        raise ImportRefused(f"{path.name} cannot be read: {fault.strerror}.") from fault
    if not size:
        raise ImportRefused(f"{path.name} is empty.")
    if head == b"PK\x03\x04":
        raise ImportRefused(f"{path.name} is a spreadsheet or archive. Save the sheet as CSV UTF-8 and try again.")
    for mark, codec, shown in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, shown)
    if _fits(path, "utf-8") is None:
        return Encoding("utf-8", "UTF-8")
    if (line := _fits(path, "cp1252")) is None:
        return Encoding("cp1252", "Windows-1252 (guessed)")
    raise ImportRefused(f"{path.name}, line {line}: neither UTF-8 nor Windows-1252. Export it again as CSV UTF-8.")


def _fits(path: Path, codec: str) -> int | None:
    """None if every byte of the file is of that encoding, else the line of the first that is not."""
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as fault:
                return line + block.count(b"\n", 0, fault.start)
            line += block.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None


def records(path: Path, encoding: Encoding, separator: str) -> Iterator[tuple[int, list[str] | Broken]]:
    """Each record with the line it begins on. A fault within a line breaks that record alone.

    Raises ImportRefused where no one can say which records a fault took with it: a quote never closed, or a field
    beyond the csv module's 131,072 characters.
    """
    with path.open(encoding=encoding.codec, newline="") as file:
        reader = csv.reader(file, delimiter=separator, strict=True)
        begins = 1
        while True:
            try:
                for cells in reader:
                    yield begins, cells
                    begins = reader.line_num + 1
                return
            except csv.Error as fault:
                if reader.line_num != begins or "end of data" in str(fault) or "field limit" in str(fault):
                    raise ImportRefused(
                        f"{path.name}, line {begins}: a quote opens here that is not closed properly, or a field is "
                        "longer than any real one. Mend that line and try again."
                    ) from fault
                yield begins, Broken(f"not CSV: {fault}")
                begins = reader.line_num + 1
            except UnicodeError as fault:
                raise ImportRefused(
                    f"{path.name}, after line {reader.line_num}: the text does not fit its encoding, {encoding.shown}. "
                    "Export it again as CSV UTF-8."
                ) from fault


def header_of(path: Path, encoding: Encoding, separator: str) -> tuple[int, list[str]]:
    """The first record that is not blank, with its line. Raises ImportRefused where there is none."""
    for line, cells in records(path, encoding, separator):
        if isinstance(cells, Broken):
            raise ImportRefused(f"{path.name}, line {line}: the header is {cells.why}.")
        if any(UNPRINTABLE.search(cell) for cell in cells):
            raise ImportRefused(
                f"{path.name}, line {line}: the header holds control characters, so it is not text. Export it again as CSV UTF-8."
            )
        if any(plain(cell) for cell in cells):
            return line, [brief(cell) if len(cell) > 100 else " ".join(cell.split()) for cell in cells]
    raise ImportRefused(f"{path.name} has no header.")
