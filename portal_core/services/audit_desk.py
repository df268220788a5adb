"""The audit as people read it: filtered, explained, taken away in measure (SEC-4).

Whoever may not read grounds finds entries of the verbs in OPEN alone: how often and by whom grounds were worked on would
tell one from another, so those entries are neither shown, counted, exported nor found by a filter.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotFound
from portal_core.letters.record import csv_bytes
from portal_core.services.families import Person, named
from portal_core.services.import_changes import open_task
from portal_core.services.staff import who_may
from portal_core.store.people import Adult, Pupil, Staff
from portal_core.store.school import AuditEntry, TaskKind
from portal_core.store.scope import Store, Work

PAGE = 50
OPEN = frozenset(
    {
        Verb.SIGNED_IN, Verb.PASSED_STEP, Verb.SIGN_IN_FAILED, Verb.SIGNED_OUT, Verb.ACTIVATED, Verb.ACCEPTED_POLICY,
        Verb.WAS_SHOWN_NOTICE, Verb.ENROLLED_FACTOR, Verb.RECOVERED_FACTOR, Verb.DROPPED_FACTOR, Verb.MADE_RECOVERY_CODES,
        Verb.USED_RECOVERY_CODE, Verb.CHANGED_PASSWORD, Verb.ASKED_FOR_RESET, Verb.RESET_PASSWORD, Verb.ENDED_LOGINS,
        Verb.DISOWNED_LOGIN, Verb.ASKED_TO_CHANGE_EMAIL, Verb.CONFIRMED_EMAIL, Verb.CHANGED_EMAIL, Verb.ISSUED_ACCOUNT,
        Verb.RENEWED_CODE, Verb.CLOSED_ACCOUNT, Verb.ATTESTED, Verb.BEGAN_INTAKE, Verb.MADE_LETTERS, Verb.HANDED_LETTERS,
        Verb.IMPORTED, Verb.SET, Verb.PUBLISHED, Verb.CREATED_SCHOOL, Verb.ADDED_STAFF, Verb.INVITED_STAFF, Verb.GAVE_ROLE,
        Verb.TOOK_ROLE, Verb.BACKED_UP, Verb.RESTORED, Verb.UPGRADED, Verb.ROTATED_KEY, Verb.EXPORTED_AUDIT,
        Verb.BEGAN_ERASING, Verb.ERASED,
    }
)  # fmt: skip
"""What was done that tells nothing of any ground, whatever the ground."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries: of a verb, by an actor ("staff:3"), about a pupil, from and to a day of the school's, both included."""

    verb: Verb | None = None
    actor: str = ""
    pupil: int | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. People by name as far as the reader may find them, else by kind and number."""

    number: int
    at: datetime
    actor: str
    who: str
    verb: Verb
    pupil_id: int | None
    pupil: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first; `older` is the number before which the next page begins, None on the last."""

    entries: tuple[Entry, ...]
    older: int | None


def entries(store: Store, *, by: Principal, at: Moment, sought: Sought, before: int | None = None) -> Page:
    """A page of the audit."""
    with store.writing_as(by, at) as work:
        work.require(Duty.READ_AUDIT)
        found = _found(work, sought)
        if before is not None:
            found = found.where(AuditEntry.id < before)
        rows = work.session.scalars(found.order_by(AuditEntry.id.desc()).limit(PAGE + 1)).all()
        work.audit(Verb.READ_AUDIT, pupil=sought.pupil, entries=len(rows[:PAGE]))
        return Page(_entries(work, rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None)


def entry(store: Store, *, by: Principal, at: Moment, number: int) -> Entry:
    """One entry by its number. Raises NotFound, also for one that this reader may not read."""
    with store.writing_as(by, at) as work:
        work.require(Duty.READ_AUDIT)
        row = work.session.scalars(_found(work, Sought()).where(AuditEntry.id == number)).one_or_none()
        work.audit(Verb.READ_AUDIT, entry=number)
        if row is None:
            raise NotFound("There is no such entry.")
        [found] = _entries(work, [row])
        return found


def export(store: Store, *, by: Principal, at: Moment, sought: Sought) -> bytes:
    """What is sought as a CSV, the newest first. Raises BadInput beyond the school's quota of rows a person and day.

    Once what they took on that day comes to the school's number that counts as bulk, everybody else who reads the audit is told,
    each by a task.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.READ_AUDIT)
        work.hold(Staff, by.staff_id)  # two at once would each count what the other has not taken yet
        quota = work.settings.audit_rows_a_day
        taken = _taken_today(work)
        left = quota - taken
        rows = work.session.scalars(
            _found(work, sought).order_by(AuditEntry.id.desc()).limit(max(0, left) + 1)
        ).all()  # one more than is left tells that there are more
        if len(rows) > left:
            raise BadInput(
                f"This is more than the {max(0, left):,} rows that you may still take away today, of {quota:,}. "
                "Choose fewer days, or ask a colleague who reads the audit."
            )
        told = []
        if taken < work.settings.audit_rows_alarm <= taken + len(rows):
            told = [one.id for one in who_may(work, Duty.READ_AUDIT) if one.id != by.staff_id]
            for one in told:
                open_task(work, TaskKind.BULK_EXPORT, f"staff:{by.staff_id} rows:{taken + len(rows)} for:{one}")
        work.audit(Verb.EXPORTED_AUDIT, pupil=sought.pupil, rows=len(rows), told=told)
        head = ("Number", "Time (UTC)", "Who", "Name", "What", "Pupil", "Pupil's name", "Details")
        lines = (
            (
                str(one.number), one.at.isoformat(), one.actor, one.who, str(one.verb), str(one.pupil_id or ""), one.pupil,
                json.dumps(one.detail, ensure_ascii=False),
            )
            for one in _entries(work, rows)
        )  # fmt: skip
        return csv_bytes([head, *lines])


def verbs(store: Store, *, by: Principal, at: Moment) -> list[Verb]:
    """What a reader may choose to look for."""
    with store.writing_as(by, at) as work:
        work.require(Duty.READ_AUDIT)
        return sorted(Verb if Duty.READ_GROUNDS in work.held else OPEN)


def _found(work: Work, sought: Sought) -> Select[AuditEntry]:
    found = select(AuditEntry)
    if Duty.READ_GROUNDS not in work.held:
        found = found.where(AuditEntry.verb.in_(OPEN))
    if sought.verb is not None:
        found = found.where(AuditEntry.verb == sought.verb)
    if sought.actor:
        found = found.where(AuditEntry.actor == sought.actor)
    if sought.pupil is not None:
        found = found.where(AuditEntry.pupil_id == sought.pupil)
    if sought.first is not None:
        found = found.where(AuditEntry.at >= datetime.combine(sought.first, time(), work.at.zone))
    if sought.last is not None:
        found = found.where(AuditEntry.at < datetime.combine(sought.last + timedelta(1), time(), work.at.zone))
    return found


def _taken_today(work: Work) -> int:
    begins = datetime.combine(work.at.day, time(), work.at.zone)
    details = work.session.scalars(
        select(AuditEntry.detail).where(
            AuditEntry.verb == Verb.EXPORTED_AUDIT, AuditEntry.actor == str(work.by), AuditEntry.at >= begins
        )
    )
    return sum(json.loads(one)["rows"] for one in details)


def _entries(work: Work, rows: Sequence[AuditEntry]) -> tuple[Entry, ...]:
    """Entries with names, of pupils as well where the reader may find people."""
    finds = Duty.FIND_PEOPLE in work.held
    pupils = named(work, Pupil, {row.pupil_id for row in rows if row.pupil_id is not None}) if finds else {}
    names = names_of(work, {row.actor for row in rows})
    return tuple(
        Entry(
            row.id, row.at, row.actor, names[row.actor], row.verb, row.pupil_id,
            pupils[row.pupil_id].name if row.pupil_id in pupils else f"pupil {row.pupil_id}" if row.pupil_id else "",
            json.loads(row.detail),
        )
        for row in rows
    )  # fmt: skip


def names_of(work: Work, actors: Collection[str]) -> dict[str, str]:
    """Who each of the audit's actors is: colleagues by name always, adults where the reader may find people."""
    parts = {actor: actor.partition(":")[::2] for actor in actors}

    def people(kind: type[Staff] | type[Adult], called: str) -> dict[int, Person]:
        return named(
            work, kind, {int(number) for found, number in parts.values() if found == called and number.isdigit()}
        )

    known = {"staff": people(Staff, "staff"), "adult": people(Adult, "adult") if Duty.FIND_PEOPLE in work.held else {}}
    found = {
        actor: known.get(kind, {}).get(int(number)) if number.isdigit() else None
        for actor, (kind, number) in parts.items()
    }
    return {actor: person.name if person else actor.replace(":", " ") for actor, person in found.items()}
