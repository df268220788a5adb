"""What a parent may take away of one child: as a tagged PDF (PDF/UA-1), and as a CSV that no spreadsheet takes for formulas.

Both say on each page, or first, who took it, when, and that it is not to be passed on (USE-1, SEC-3).
"""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path

import typst

from portal_core.domain.language import N_, _, spoken
from portal_core.errors import BadInput

CONFIDENTIAL = N_("Confidential: share it only with your child, or with others who hold parental responsibility.")
_TEMPLATE = Path(__file__).with_name("record.typ")
_FORMULA = re.compile(r"[=+\-@\t\r\n]")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the record: sentences, then a table. A row has as many cells as there are heads."""

    title: str
    words: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One child's record for one reader. `taken` says by whom and when; `about` what it holds and as of when."""

    school: str
    title: str
    taken: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]
    taken_at: datetime
    confidential: str = field(default_factory=lambda: _(CONFIDENTIAL))
    page_of: str = field(default_factory=lambda: _("page {page} of {pages}"))
    language: str = field(default_factory=lambda: spoken().tag)


def record_pdf(record: Record) -> bytes:
    """Takes about a second. Raises BadInput for a character that the font lacks: the CSV then still works."""
    said = {key: value for key, value in asdict(record).items() if key != "taken_at"}
    try:
        pdf = typst.compile(
            str(_TEMPLATE), root=str(_TEMPLATE.parent), sys_inputs={"record": json.dumps(said)}, format="pdf",
            pdf_standards=["ua-1"], ignore_system_fonts=True, timestamp=record.taken_at.replace(microsecond=0),
        )  # fmt: skip
    except typst.TypstError:
        raise BadInput(
            _("The PDF could not be made: its font lacks a letter of a name. Please take the CSV instead.")
        ) from None  # the compiler's own words may hold a name
    if not isinstance(pdf, bytes):
        raise TypeError("a PDF is one file")
    return pdf


def record_csv(record: Record) -> bytes:
    """UTF-8 with a mark that spreadsheets know it by; each row of a table begins with its section's title."""
    rows: list[Sequence[str]] = [
        (record.confidential,), (record.taken,), (record.school, record.title), *((line,) for line in record.about),
    ]  # fmt: skip
    for section in record.sections:
        rows += [(), *((section.title, line) for line in section.words)]
        if section.rows:
            rows += [(_("Part"), *section.heads), *((section.title, *row) for row in section.rows)]
    return csv_bytes(rows)


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as a file. A cell that a spreadsheet would take for a formula begins with an apostrophe (SEC-3)."""
    out = StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([plain_text(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def plain_text(cell: str) -> str:
    """The cell as text for every spreadsheet."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
