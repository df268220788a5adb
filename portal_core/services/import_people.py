"""Pupils and staff from the MIS: matched by the MIS's own id and by nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from portal_core.domain.school import Calendar
from portal_core.importers import PupilRow, StaffRow
from portal_core.services.accounts import replace
from portal_core.store.people import Birth, Connection, Enrolment, PastoralCharge, Pupil, Staff
from portal_core.store.school import Task, TaskKind
from portal_core.store.scope import Work


@dataclass(slots=True)
class Changes:
    """What entering a kind of rows did, or would do: counts, and rows left for a person."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    leaving: int = 0  # leave the school, or lose responsibility
    refused: list[tuple[str, int, str]] = field(default_factory=list)  # file, line, why

    def refuse(self, row: Any, why: str) -> None:
        """A row that waits for a person."""
        self.refused.append((row.file, row.line, why))


def open_task(work: Work, kind: TaskKind, subject: str) -> None:
    """Leaves a task for staff, once."""
    there = select(Task.id).where(Task.kind == kind, Task.subject == subject, Task.done_at.is_(None))
    if work.session.scalar(there) is None:
        work.add(Task(kind=kind, subject=subject, opened_at=work.at.instant))


def enter_pupils(work: Work, rows: Sequence[PupilRow], *, full: bool) -> Changes:
    """New pupils, corrected names, spells on roll; whom a full file no longer names is proposed as a leaver by a task."""
    changes = Changes()
    spells: dict[str, list[PupilRow]] = defaultdict(list)
    for row in rows:
        spells[row.pupil_id].append(row)
    pupils = {p.mis_id: p for p in work.session.scalars(select(Pupil))}
    births = {b.pupil_id: b for b in work.session.scalars(select(Birth).where(Birth.superseded_at.is_(None)))}
    enrolments: dict[int, list[Enrolment]] = defaultdict(list)
    for spell in work.session.scalars(select(Enrolment).where(Enrolment.superseded_at.is_(None))):
        enrolments[spell.pupil_id].append(spell)
    fresh: list[tuple[Pupil, list[PupilRow]]] = []
    for mis_id, found in spells.items():
        row, pupil = found[-1], pupils.get(mis_id)
        if pupil is None:
            pupil = Pupil(mis_id=mis_id, upn=row.upn or None, forename=row.forename, surname=row.surname)
            work.session.add(pupil)
            fresh.append((pupil, found))
            changes.new += 1
            continue
        born = births.get(pupil.id)
        if (
            pupil.surname != row.surname
            and pupil.forename != row.forename
            and (born is None or born.born_on != row.born_on)
        ):
            changes.refuse(row, "This MIS id belonged to another pupil. Is it used again? A person must decide.")
            open_task(work, TaskKind.UNCLEAR_MATCH, f"pupil:{pupil.id}")
            continue
        named = (pupil.upn, pupil.forename, pupil.surname) != (row.upn or None, row.forename, row.surname)
        if named:
            pupil.upn, pupil.forename, pupil.surname = row.upn or None, row.forename, row.surname
        moved = _enter_birth(work, pupil.id, row.born_on, born)
        before = enrolments[pupil.id]
        rolled = _enter_spells(work, pupil.id, found, before)
        if rolled and before and not any(_runs(s.begun_on, s.ended_on, work.at.day) for s in before):
            _unverify_all(work, pupil.id)  # back on roll: sight ended with the spell, and staff give it anew
        changes.leaving += rolled and all(s.enrolled_until and s.enrolled_until <= work.at.day for s in found)
        if named or moved or rolled:
            changes.changed += 1
        else:
            changes.unchanged += 1
    work.session.flush()
    for pupil, found in fresh:
        _enter_birth(work, pupil.id, found[-1].born_on, None)
        _enter_spells(work, pupil.id, found, [])
    if full:
        for mis_id, pupil in pupils.items():
            if mis_id not in spells and any(_runs(s.begun_on, s.ended_on, work.at.day) for s in enrolments[pupil.id]):
                open_task(work, TaskKind.MISSING_PUPIL, f"pupil:{pupil.id}")
                changes.leaving += 1
    work.session.flush()
    return changes


def _runs(begun: date, ended: date | None, day: date) -> bool:
    return begun <= day and (ended is None or ended >= day)


def _enter_birth(work: Work, pupil: int, born_on: date | None, before: Birth | None) -> bool:
    if born_on == (before.born_on if before else None):
        return False
    if before is not None:
        before.superseded_at = work.at.instant
        work.session.flush()
    if born_on is not None:
        work.session.add(Birth(pupil_id=pupil, born_on=born_on, recorded_at=work.at.instant))
    return True


def _enter_spells(work: Work, pupil: int, rows: Iterable[PupilRow], before: Sequence[Enrolment]) -> bool:
    first = min((s.begun_on for s in before), default=Calendar((), {}).year_begins(work.at.day))
    wanted = {(r.enrolled_from or first, r.enrolled_until, r.year or 0, r.form) for r in rows}
    changed = False
    for spell in before:
        key = (spell.begun_on, spell.ended_on, spell.year_group, spell.form)
        if key in wanted:
            wanted.discard(key)
        else:
            spell.superseded_at, changed = work.at.instant, True
    for begun, ended, year, form in sorted(wanted, key=str):
        work.session.add(
            Enrolment(
                pupil_id=pupil, begun_on=begun, ended_on=ended, year_group=year, form=form, recorded_at=work.at.instant
            )
        )
        changed = True
    return changed


def _unverify_all(work: Work, pupil: int) -> None:
    ties = select(Connection).where(Connection.pupil_id == pupil, Connection.superseded_at.is_(None))
    for tie in work.session.scalars(ties.where(Connection.verified_at.is_not(None))).all():
        unverify(work, tie)


def unverify(work: Work, tie: Connection, **changed: object) -> None:
    """A connection's next version without its verification, and a task to verify it anew."""
    replace(work, tie, verified_at=None, verified_by_id=None, **changed)
    open_task(work, TaskKind.VERIFY_RESPONSIBILITY, f"adult:{tie.adult_id} pupil:{tie.pupil_id}")


def enter_staff(work: Work, rows: Sequence[StaffRow], *, full: bool) -> Changes:
    """Staff and who is Learning Manager of which year or form (CONTACT-6); whom a full file lacks has left."""
    changes = Changes()
    known = {s.mis_id: s for s in work.session.scalars(select(Staff).where(Staff.mis_id.is_not(None)))}
    charges: dict[int, list[PastoralCharge]] = defaultdict(list)
    for charge in work.session.scalars(select(PastoralCharge).where(PastoralCharge.ended_on.is_(None))):
        charges[charge.staff_id].append(charge)
    for row in rows:
        values = {
            "code": row.code, "title": row.title, "forename": row.forename, "surname": row.surname,
            "job_title": row.post, "email": row.email, "telephone": row.telephone, "left_on": None,
        }  # fmt: skip
        person = known.get(row.staff_id)
        if person is None:
            person = work.add(Staff(mis_id=row.staff_id, **values))
            changes.new += 1
        elif any(getattr(person, key) != value for key, value in values.items()):
            for key, value in values.items():
                setattr(person, key, value)
            changes.changed += 1
        else:
            changes.unchanged += 1
        wanted = {_charge(part) for part in row.manages}
        for charge in charges[person.id]:
            if (charge.year_group, charge.form) in wanted:
                wanted.discard((charge.year_group, charge.form))
            else:
                charge.ended_on = max(charge.begun_on, work.at.day)
        for year, form in sorted(wanted, key=str):
            work.add(PastoralCharge(staff_id=person.id, year_group=year, form=form, begun_on=work.at.day))
    if full:
        here = {row.staff_id for row in rows}
        for mis_id, person in known.items():
            if mis_id not in here and person.left_on is None:
                person.left_on = work.at.day
                changes.leaving += 1
    work.session.flush()
    return changes


def _charge(part: str) -> tuple[int, str | None]:
    year = "".join(ch for ch in part if ch.isdigit())
    return int(year or 0), None if part == year else part
