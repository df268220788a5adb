"""The audit as people read it: filtered, explained, taken away in measure (SEC-4).

Whoever may not read grounds finds entries of the verbs in OPEN alone: how often and by whom grounds were worked on would
tell one from another, so those entries are neither shown, counted, exported nor found by a filter.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, or_, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotFound
from portal_core.letters.record import csv_bytes
from portal_core.services.audit_entries import Entry, entries_from, names_of
from portal_core.services.families import Person, name_of
from portal_core.services.import_changes import open_task
from portal_core.services.staff import who_may
from portal_core.store.accounts import Account
from portal_core.store.people import Staff
from portal_core.store.school import AuditAbout, AuditEntry, TaskKind
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


LOOKING = frozenset(
    {
        Verb.VIEWED, Verb.EXPORTED, Verb.LOOKED_UP, Verb.EXPLAINED, Verb.SAW_AS_PARENT, Verb.WAS_REFUSED,
        Verb.READ_AUDIT, Verb.EXPORTED_AUDIT,
    }
)  # fmt: skip
"""What was only read, or refused."""
ABOUT = ("adult", "pupil", "staff")
"""Kinds of people that entries are sought by."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries: of a verb, by an actor ("staff:3"), about somebody, from and to a day of the school's, both included.

    `about` is a kind of ABOUT and a number: what was done to them or to their account, and what they did themselves.
    `looking` is whether what was only read counts as well.
    """

    verb: Verb | None = None
    actor: str = ""
    about: tuple[str, int] | None = None
    first: date | None = None
    last: date | None = None
    looking: bool = True


@dataclass(frozen=True, slots=True)
class Choices:
    """Verbs, colleagues who have an account, and the names of people already chosen, by "adult:7"."""

    verbs: tuple[Verb, ...]
    colleagues: tuple[Person, ...]
    names: Mapping[str, str]


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
        work.audit(Verb.READ_AUDIT, **_about(sought), entries=len(rows[:PAGE]))
        return Page(entries_from(work, rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None)


def entry(store: Store, *, by: Principal, at: Moment, number: int) -> Entry:
    """One entry by its number. Raises NotFound, also for one that this reader may not read."""
    with store.writing_as(by, at) as work:
        work.require(Duty.READ_AUDIT)
        row = work.session.scalars(_found(work, Sought()).where(AuditEntry.id == number)).one_or_none()
        work.audit(Verb.READ_AUDIT, entry=number)
        if row is None:
            raise NotFound("There is no such entry.")
        [found] = entries_from(work, [row])
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
        work.audit(Verb.EXPORTED_AUDIT, **_about(sought), rows=len(rows), told=told)
        head = ("Number", "Time (UTC)", "Who", "Name", "What", "About", "Names", "Details")
        lines = (
            (
                str(one.number), one.at.isoformat(), one.actor, one.who, str(one.verb),
                " ".join(f"{subject.kind}:{subject.id}" for subject in one.subjects),
                "; ".join(subject.name for subject in one.subjects), json.dumps(one.detail, ensure_ascii=False),
            )
            for one in entries_from(work, rows)
        )  # fmt: skip
        return csv_bytes([head, *lines])


def choices(store: Store, *, by: Principal, at: Moment, asked: Collection[str] = ()) -> Choices:
    """What a reader may choose to look for; `asked` are people sought by now, as "adult:7", who need a name."""
    with store.writing_as(by, at) as work:
        work.require(Duty.READ_AUDIT)
        colleagues = work.session.scalars(
            select(Staff).join(Account, Account.staff_id == Staff.id).order_by(Staff.surname, Staff.forename, Staff.id)
        )
        return Choices(
            tuple(sorted(Verb if Duty.READ_GROUNDS in work.held else OPEN)),
            tuple(Person(one.id, name_of(one)) for one in colleagues),
            names_of(work, {one for one in asked if one}),
        )


def _found(work: Work, sought: Sought) -> Select[AuditEntry]:
    found = select(AuditEntry)
    if Duty.READ_GROUNDS not in work.held:
        of_a_family = sought.about is not None and sought.about[0] != "staff"
        open_to_them = OPEN - {Verb.EXPORTED_AUDIT} if of_a_family else OPEN  # see audit_entries.entries_from
        found = found.where(AuditEntry.verb.in_(open_to_them))
    if sought.verb is not None:
        found = found.where(AuditEntry.verb == sought.verb)
    if sought.actor:
        found = found.where(AuditEntry.actor == sought.actor)
    if not sought.looking:
        found = found.where(AuditEntry.verb.not_in(LOOKING))
    if sought.about is not None:
        found = found.where(_concerns(*sought.about))
    if sought.first is not None:
        found = found.where(AuditEntry.at >= datetime.combine(sought.first, time(), work.at.zone))
    if sought.last is not None:
        found = found.where(AuditEntry.at < datetime.combine(sought.last + timedelta(1), time(), work.at.zone))
    return found


def is_about(kind: str, id_: int) -> ColumnElement[bool]:
    """Entries about somebody, whether alone or among others."""
    named_so = select(AuditAbout.entry_id).where(AuditAbout.kind == kind, AuditAbout.subject_id == id_)
    among = AuditEntry.id.in_(named_so)
    return or_(AuditEntry.pupil_id == id_, among) if kind == "pupil" else among


def _concerns(kind: str, id_: int) -> ColumnElement[bool]:
    """Those, what was done to their account, and what they did themselves."""
    if kind == "pupil":
        return is_about(kind, id_)
    theirs = select(AuditAbout.entry_id).join(Account, Account.id == AuditAbout.subject_id)
    theirs = theirs.where(
        AuditAbout.kind == "account", {"adult": Account.adult_id, "staff": Account.staff_id}[kind] == id_
    )
    return or_(is_about(kind, id_), AuditEntry.id.in_(theirs), AuditEntry.actor == f"{kind}:{id_}")


def _about(sought: Sought) -> dict[str, int]:
    """For the audit of the audit: the person it was asked about."""
    return {sought.about[0]: sought.about[1]} if sought.about else {}


def _taken_today(work: Work) -> int:
    begins = datetime.combine(work.at.day, time(), work.at.zone)
    details = work.session.scalars(
        select(AuditEntry.detail).where(
            AuditEntry.verb == Verb.EXPORTED_AUDIT, AuditEntry.actor == str(work.by), AuditEntry.at >= begins
        )
    )
    return sum(json.loads(one)["rows"] for one in details)
