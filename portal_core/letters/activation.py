"""The letter that brings an adult their username and one-time code (PASS-1), as a tagged PDF (PDF/UA-1)."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import typst

from portal_core.errors import BadInput

_TEMPLATE = Path(__file__).with_name("activation.typ")
_NO_GLYPH = re.compile(r'the text `"(.{1,12})"` could not be displayed')


@dataclass(frozen=True, slots=True)
class LetterData:
    """What one letter says. Every text is shown as it stands, whatever markup it looks like."""

    school: str
    school_address: tuple[str, ...]
    adult: str  # title and name, as on the envelope
    address: tuple[str, ...]  # postal lines
    username: str
    code: str
    portal: str  # the address to type
    written_on: date
    expires_on: date
    contact: str  # the school's e-mail address and telephone number


def activation_letter(data: LetterData | Sequence[LetterData]) -> bytes:
    """A PDF with a letter for each adult, every one on a page of its own.

    The code is in the bytes returned and nowhere else: not in a file, a source or an error. Raises BadInput for no
    letters, or for a text with a character that the letter's font lacks.
    """
    letters = [data] if isinstance(data, LetterData) else list(data)
    if not letters:
        raise BadInput("There is nobody to write to. Choose at least one account.")
    try:
        pdf = typst.compile(
            str(_TEMPLATE),
            root=str(_TEMPLATE.parent),
            sys_inputs={"letters": json.dumps([_shown(letter) for letter in letters])},
            format="pdf",
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,  # the same letter on every machine
            timestamp=datetime.combine(letters[0].written_on, time(), UTC),
        )
    except typst.TypstError as fault:
        raise BadInput(_words(fault)) from None  # the compiler's own words may hold a name
    if not isinstance(pdf, bytes):
        raise TypeError("a PDF is one file")
    return pdf


def _shown(letter: LetterData) -> dict[str, object]:
    return {
        "school": letter.school,
        "school_address": letter.school_address,
        "adult": letter.adult,
        "address": letter.address,
        "username": letter.username,
        "code": letter.code,
        "portal": letter.portal,
        "written_on": letter.written_on.isoformat(),
        "expires_on": letter.expires_on.isoformat(),
        "contact": letter.contact,
    }


def _words(fault: typst.TypstError) -> str:
    unprintable = _NO_GLYPH.search(str(fault))
    which = f": {unprintable[1]}" if unprintable else ""
    return f"The letter cannot be set: its font lacks a character of a name or address{which}. Give the code by e-mail."
