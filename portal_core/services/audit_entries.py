"""Entries of the audit as people read them: with the names of whoever did it and of whom it is about (SEC-4)."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal_core.audit.log import subjects
from portal_core.domain.clauses import Duty, Verb
from portal_core.services.families import Person, named
from portal_core.store.accounts import Account
from portal_core.store.people import Adult, Pupil, Staff
from portal_core.store.school import AuditEntry
from portal_core.store.scope import Work

NAMED = ("adult", "pupil", "staff", "account")
"""What of `subjects` is a person, or a person's."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody whom an entry is about; by name as far as the reader may find them, else by kind and number."""

    kind: str
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, by whom, and about whom."""

    number: int
    at: datetime
    actor: str
    who: str
    verb: Verb
    subjects: tuple[Subject, ...]
    detail: Mapping[str, Any]


def entries_from(work: Work, rows: Sequence[AuditEntry]) -> tuple[Entry, ...]:
    """Entries with the names of whoever did it and of whom it is about, an account by its owner.

    Whose entries a colleague took away is told to those alone who read grounds: it is about the child or adult of a case.
    """
    details = {row.id: json.loads(row.detail) for row in rows}
    about = {row.id: subjects(details[row.id]) | ({("pupil", row.pupil_id)} if row.pupil_id else set()) for row in rows}
    for row in rows if Duty.READ_GROUNDS not in work.held else ():
        if row.verb is Verb.EXPORTED_AUDIT:
            about[row.id], details[row.id] = set(), {"rows": details[row.id]["rows"]}
    owners = _owners(work, {id_ for found in about.values() for kind, id_ in found if kind == "account"})
    people = {
        number: sorted({owners.get(one[1], one) if one[0] == "account" else one for one in found if one[0] in NAMED})
        for number, found in about.items()
    }
    names = names_of(
        work, {row.actor for row in rows} | {f"{kind}:{id_}" for found in people.values() for kind, id_ in found}
    )
    return tuple(
        Entry(
            row.id, row.at, row.actor, names[row.actor], row.verb,
            tuple(Subject(kind, id_, names[f"{kind}:{id_}"]) for kind, id_ in people[row.id]), details[row.id],
        )
        for row in rows
    )  # fmt: skip


def _owners(work: Work, accounts: Collection[int]) -> dict[int, tuple[str, int]]:
    """Whose each account is."""
    rows = work.session.execute(select(Account.id, Account.adult_id, Account.staff_id).where(Account.id.in_(accounts)))
    return {account: ("staff", staff or 0) if adult is None else ("adult", adult) for account, adult, staff in rows}


def names_of(work: Work, people: Collection[str]) -> dict[str, str]:
    """Who "staff:3" and the like are: colleagues by name always, adults and pupils where the reader may find people."""
    parts = {one: one.partition(":")[::2] for one in people}

    def known(kind: type[Staff] | type[Adult] | type[Pupil], called: str) -> dict[int, Person]:
        return named(
            work, kind, {int(number) for found, number in parts.values() if found == called and number.isdigit()}
        )

    by_kind = {"staff": known(Staff, "staff")}
    if Duty.FIND_PEOPLE in work.held:
        by_kind |= {"adult": known(Adult, "adult"), "pupil": known(Pupil, "pupil")}
    found = {
        one: by_kind.get(kind, {}).get(int(number)) if number.isdigit() else None
        for one, (kind, number) in parts.items()
    }
    return {one: person.name if person else one.replace(":", " ") for one, person in found.items()}
