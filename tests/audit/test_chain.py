"""The chain of the audit: its bytes, and a catalogue of tamperings, each found and named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal_core.audit.chain import ORIGIN, Entry, canonical, digest, verify
from portal_core.domain.clauses import Clause
from portal_core.errors import AuditBroken

AT = datetime(2026, 3, 12, 11, 0, 0, 5, tzinfo=UTC)


def chain(length=6):
    """A chain that verifies."""
    entries, head = [], ORIGIN
    for number in range(1, length + 1):
        entry = Entry(number, AT + timedelta(minutes=number), f"staff:{number}", "viewed", canonical({"n": number}), 7)
        head = digest(head, entry)
        entries.append((entry, head))
    return entries


def test_an_entry_has_one_spelling():
    """Sorted, without spaces, in ASCII; what is no number is refused."""
    assert canonical({"b": [1, None], "a": "é"}) == '{"a":"\\u00e9","b":[1,null]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


@pytest.mark.clause(Clause.SEC_4)
def test_the_digest_is_what_it_was():
    """Written down: a change of the bytes would make every school's old entries false."""
    entry = Entry(1, AT, "adult:3", "viewed", '{"what":"/parent"}', 9)
    assert digest(ORIGIN, entry).hex() == "10aed2d0ec5bc0acc4af8d8772e76f56a61cb469ce255c816435f4189a59def7"


def test_a_chain_that_nobody_touched_verifies():
    entries = chain()
    assert verify(entries) == (6, entries[-1][1])
    assert verify(entries[3:], after=(3, entries[2][1])) == (6, entries[-1][1])
    assert verify([]) == (0, ORIGIN)


def changed(entries, place, **values):
    entry, kept = entries[place]
    return [*entries[:place], (replace(entry, **values), kept), *entries[place + 1 :]]


def relinked(entries, place, **values):
    """Changed, with a digest made anew for that entry alone."""
    entry = replace(entries[place][0], **values)
    return [*entries[:place], (entry, digest(entries[place - 1][1], entry)), *entries[place + 1 :]]


TAMPERINGS = {
    "detail changed": (lambda e: changed(e, 2, detail='{"n":9}'), "at entry 3"),
    "actor changed": (lambda e: changed(e, 2, actor="staff:9"), "at entry 3"),
    "verb changed": (lambda e: changed(e, 2, verb="signed out"), "at entry 3"),
    "pupil changed": (lambda e: changed(e, 2, pupil_id=None), "at entry 3"),
    "time changed by a microsecond": (lambda e: changed(e, 2, at=e[2][0].at + timedelta(microseconds=1)), "at entry 3"),
    "changed and linked anew": (lambda e: relinked(e, 2, detail="{}"), "at entry 4"),
    "one taken out": (lambda e: e[:2] + e[3:], "after entry 2"),
    "the first taken out": (lambda e: e[1:], "after entry 0"),
    "taken out and renumbered": (
        lambda e: e[:2] + [(replace(x, number=x.number - 1), d) for x, d in e[3:]],
        "at entry 3",
    ),
    "two swapped": (lambda e: [*e[:2], e[3], e[2], *e[4:]], "after entry 2"),
    "one written twice": (lambda e: [*e[:3], e[2], *e[3:]], "after entry 3"),
    "one slipped in": (lambda e: [*e[:3], (replace(e[2][0], number=4), e[2][1]), *e[3:]], "at entry 4"),
    "digest changed": (lambda e: [*e[:2], (e[2][0], bytes(32)), *e[3:]], "at entry 3"),
    "all of it shifted by a zone": (lambda e: changed(e, 0, at=e[0][0].at + timedelta(hours=1)), "at entry 1"),
}


@pytest.mark.clause(Clause.SEC_4)
@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_tampering_is_found_where_it_begins(name):
    tamper, words = TAMPERINGS[name]
    with pytest.raises(AuditBroken, match=words):
        verify(tamper(chain()))
