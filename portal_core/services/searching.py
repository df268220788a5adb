"""What staff type to find somebody, as conditions: names begun, or what tells two of one name apart, whole (PASS-1)."""

import re
from datetime import date

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, false, func, or_, true
from sqlalchemy.orm import aliased

from portal_core.store.accounts import Account
from portal_core.store.people import Adult, Enrolment, Pupil

MOST_WORDS = 4
SHORTEST_NUMBER = 6  # digits: fewer are part of too many telephone numbers


def pupils_meant(words: str, day: date) -> ColumnElement[bool]:
    """Each word begins a name or is the MIS id or today's form; or all together are the form."""
    return or_(
        and_(*(or_(_begins(Pupil, word), func.lower(Pupil.mis_id) == word, _in_form(word, day)) for word in _split(words))),
        _in_form(" ".join(words.casefold().split()), day),
    )  # fmt: skip


def adults_meant(words: str) -> ColumnElement[bool]:
    """Each word begins a name or is the username, MIS id or e-mail address; or all together are the telephone number."""
    meant = and_(*(or_(_begins(Adult, word), *_is(word)) for word in _split(words)))
    return or_(meant, reached_at(words))


def reached_at(words: str) -> ColumnElement[bool]:
    """All together are the telephone number, with or without the country's; of nobody if they are none."""
    digits = re.sub(r"^(?:\+|00)44|^0", "", re.sub(r"[\s()-]", "", words))
    if not digits.isascii() or not digits.isdigit() or len(digits) < SHORTEST_NUMBER:
        return false()
    stored = func.replace(func.replace(func.replace(func.replace(Adult.telephone, " ", ""), "-", ""), "(", ""), ")", "")
    return stored.endswith(digits)


def holding(words: str, *texts: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Each word is part of one of these texts, whatever its case; no word is part of all."""
    return and_(
        true(),
        *(or_(*(text.icontains(word, autoescape=True) for text in texts)) for word in words.split()[:MOST_WORDS]),
    )


def _split(words: str) -> list[str]:
    return words.casefold().split()[:MOST_WORDS]


def _begins(kind: type[Pupil] | type[Adult], word: str) -> ColumnElement[bool]:
    return or_(
        *(func.lower(name).startswith(word, autoescape=True) for name in (kind.forename, kind.surname)),
        func.lower(kind.surname).contains(f" {word}", autoescape=True),  # "al-Karim" of "Abd al-Karim"
    )


def _is(word: str) -> tuple[ColumnElement[bool], ...]:
    account = aliased(Account)  # as for the form below
    return (
        func.lower(Adult.mis_id) == word,
        (func.lower(Adult.email) == word) & (Adult.email != ""),
        exists().where(account.adult_id == Adult.id, account.username == word),
    )


def _in_form(word: str, day: date) -> ColumnElement[bool]:
    spell = aliased(Enrolment)  # the statement around it may hold the form that it shows
    return exists().where(
        spell.pupil_id == Pupil.id, func.lower(spell.form) == word, spell.superseded_at.is_(None),
        spell.begun_on <= day, spell.ended_on.is_(None) | (spell.ended_on >= day),
    )  # fmt: skip
