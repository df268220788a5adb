"""The language that is spoken just now: fixed words, plurals, dates and the decimal mark (no catalogue is read here).

A word is marked where it is written and translated when it is used, so the same constants serve every language:

    SAID = N_("Not taken yet")
    with speaking(polish):
        _(SAID)

Without a choice English is spoken, which needs no catalogue. Catalogues are read by portal_core/locale.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

_IN_ENGLISH: Mapping[str, Callable[[date], str]] = {
    "full": lambda day: f"{day:%A} {day.day} {day:%B} {day.year}",
    "day": lambda day: f"{day:%A} {day.day} {day:%B}",
    "long": lambda day: f"{day.day} {day:%B} {day.year}",
    "month": lambda day: f"{day:%B} {day.year}",
    "listed": lambda day: f"{day:%a} {day.day} {day:%b}",
    "brief": lambda day: f"{day.day} {day:%b}",
    "month in brief": lambda day: f"{day:%b}",
    "weekday": lambda day: f"{day:%A}",
    "weekday in brief": lambda day: f"{day:%a}",
}
FORMS = frozenset(_IN_ENGLISH)
"""The forms in which a date is said."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language: `code` as a choice names it, `tag` as a page does, `name` as its speakers say it."""

    code: str
    tag: str
    name: str
    say: Callable[[str], str]
    say_of: Callable[[str, str, int], str]
    say_as: Callable[[str, str], str]
    date: Callable[[str, date], str]
    mark: str = "."


ENGLISH = Language(
    "en",
    "en-GB",
    "English",
    str,  # which hands back the very words
    lambda one, many, number: one if number == 1 else many,
    lambda _meaning, words: words,
    lambda form, day: _IN_ENGLISH[form](day),
)
_spoken: ContextVar[Language] = ContextVar("spoken", default=ENGLISH)


def spoken() -> Language:
    """The language of whoever is being answered."""
    return _spoken.get()


def speak(language: Language) -> None:
    """From here on, in this request or thread, until something else is said."""
    _spoken.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """For a while."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def _(words: str) -> str:
    """Fixed words in the language that is spoken."""
    return _spoken.get().say(words)


def ngettext(one: str, many: str, number: int) -> str:
    """Fixed words in the form that the number asks for; English has two, other languages more."""
    return _spoken.get().say_of(one, many, number)


def pgettext(meaning: str, words: str) -> str:
    """Fixed words that other languages say otherwise elsewhere; `meaning` tells whoever translates which is meant here."""
    return _spoken.get().say_as(meaning, words)


def N_(words: str) -> str:
    """Marks words that are translated later, when they are used."""
    return words


def remembered(most: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """lru_cache for what has words in it: each language has its own answers."""

    def of(function: Callable[..., T]) -> Callable[..., T]:
        @lru_cache(most)
        def kept(_spoken_now: Language, *given: Hashable) -> T:
            return function(*given)

        @wraps(function)
        def asked(*given: Hashable) -> T:
            return kept(_spoken.get(), *given)

        return asked

    return of


def percent(tenths: int) -> str:
    """A share in the hundred, given in tenths, as it is said everywhere: 85.7%, with no space before the sign."""
    return f"{tenths // 10}{spoken().mark}{tenths % 10}%"


@remembered(2048)
def said(form: str, day: date) -> str:
    """A date in one of FORMS."""
    return spoken().date(form, day)
