"""The catalogues: which languages there are, read once from the .po files beside this one, and which one somebody wants.

English is written in the code itself. A further language is a folder with a catalogue; how to add one is in docs/translating.md.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol

from portal_core.domain.language import ENGLISH, Language

HERE = Path(__file__).parent
FURTHER = ("pl",)
LONGEST_WISH = 200
_WISH = re.compile(r"([A-Za-z]{1,8})(?:-[A-Za-z0-9]{1,8})*(?:\s*;\s*q=([01](?:\.\d{0,3})?))?", re.ASCII)
_PATTERNS = {"full": "full", "long": "long", "weekday": "EEEE", "weekday in brief": "EEE", "month in brief": "LLL"}
_SKELETONS = {"day": "MMMMd", "month": "yMMMM", "listed": "MMMEd", "brief": "MMMd"}


def catalogue(code: str) -> Catalog:
    """A language's catalogue as it is in its file."""
    with (HERE / code / "LC_MESSAGES" / "portal.po").open("rb") as file:
        return read_po(file, locale=code, domain="portal", abort_invalid=True)


@cache
def language(code: str) -> Language:
    """A language by its code; English for any other text."""
    if code not in FURTHER:
        return ENGLISH
    compiled = BytesIO()
    write_mo(compiled, catalogue(code))
    compiled.seek(0)
    words, locale = GNUTranslations(compiled), Locale.parse(code)
    return Language(
        code, code, (locale.get_display_name() or code).capitalize(), words.gettext, words.ngettext, words.pgettext, _dates(locale),
        get_decimal_symbol(locale),
    )  # fmt: skip


def languages() -> tuple[Language, ...]:
    """All there are, English first."""
    return ENGLISH, *map(language, FURTHER)


def known(code: str | None) -> Language | None:
    """The language of that code, and None for anything else that may have been sent."""
    if code == ENGLISH.code:
        return ENGLISH
    return language(code) if code in FURTHER else None


@lru_cache(256)
def wanted(header: str) -> Language | None:
    """The first language of an Accept-Language header that there is; None where there is none, or it is no such header."""
    if len(header) > LONGEST_WISH:
        return None
    wishes = []
    for place, part in enumerate(header.split(",")):
        if (found := _WISH.fullmatch(part.strip())) and (weight := float(found[2] or 1)) > 0:
            wishes.append((-weight, place, found[1].lower()))
    return next((one for *_, code in sorted(wishes) if (one := known(code)) is not None), None)


def _dates(locale: Locale) -> Callable[[str, date], str]:
    """Dates by the locale's own patterns, in the forms that domain/language.py names."""

    @lru_cache(4096)
    def formatted(form: str, day: date) -> str:
        if form in _PATTERNS:
            return format_date(day, _PATTERNS[form], locale=locale)
        words = format_skeleton(_SKELETONS[form], day, locale=locale)
        return f"{formatted('weekday', day)}, {words}" if form == "day" else words

    return formatted
