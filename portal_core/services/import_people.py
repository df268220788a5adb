"""Pupils from the MIS: matched by its own id and by nothing else; where other marks say otherwise, a person decides."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, select

from portal_core.domain.school import Calendar
from portal_core.importers import PupilRow
from portal_core.services.accounts import replace
from portal_core.services.import_changes import Changes, Roll, drop_tasks, open_task
from portal_core.services.import_matches import PupilsOnRecord, drop_settled, is_new, pupil_doubt, settled
from portal_core.store.people import Birth, Connection, Enrolment, Pupil
from portal_core.store.school import TaskKind
from portal_core.store.scope import Work

Spell = tuple[date, date | None, int, str]
"""First and last day on roll, year group, form."""


def enter_pupils(work: Work, rows: Sequence[PupilRow], roll: Roll) -> Changes:
    """New pupils, corrected names, spells on roll; whom a full file no longer names is proposed as a leaver by a task."""
    changes = Changes()
    told: dict[str, list[PupilRow]] = defaultdict(list)
    for row in rows:
        told[row.pupil_id].append(row)
    pupils = {p.mis_id: p for p in work.session.scalars(select(Pupil))}
    births = {b.pupil_id: b for b in work.session.scalars(select(Birth).where(Birth.superseded_at.is_(None)))}
    spells = spells_on_record(work)
    changes.on_record = len(pupils)
    on_record = PupilsOnRecord(pupils.values(), {id_: born.born_on for id_, born in births.items()})
    fresh: list[tuple[Pupil, list[PupilRow]]] = []
    known: set[str] = set()
    for mis_id, found in told.items():
        row, pupil = found[-1], pupils.get(mis_id)
        if len({(one.forename, one.surname, one.born_on) for one in found}) > 1:
            for one in found:
                changes.refuse(one, f"The rows of the MIS id {mis_id} tell of different pupils. Which is right?")
        elif pupil is None:
            if is_new(work, changes, found, mis_id, on_record.alike(row)):
                pupil = Pupil(mis_id=mis_id, upn=row.upn or None, forename=row.forename, surname=row.surname)
                work.session.add(pupil)
                fresh.append((pupil, found))
        else:
            born = births.get(pupil.id)
            doubt = pupil_doubt(row, pupil, born.born_on if born else None)
            marks = (row.forename, row.surname, row.born_on, row.upn)
            if not doubt or settled(work, changes, found, f"pupil:{pupil.id}", marks, doubt):
                known.add(f"pupil:{pupil.id}")
                _change(work, pupil, found, born, spells[pupil.id], changes)
                if doubt:
                    unverify_all(
                        work, Connection.pupil_id == pupil.id
                    )  # taken on a person's word: staff give sight anew
    work.session.flush()
    for pupil, found in fresh:
        _enter_birth(work, pupil.id, found[-1].born_on, None)
        _enter_spells(work, pupil.id, _spells(found, (), work.at.day), [])
    changes.new = len(fresh)
    drop_tasks(work, TaskKind.MISSING_PUPIL, {f"pupil:{pupils[mis_id].id}" for mis_id in told if mis_id in pupils})
    drop_tasks(work, TaskKind.UNCLEAR_MATCH, known)
    drop_settled(work, changes, "pupil", told, known)
    for mis_id, pupil in pupils.items():
        if mis_id not in told and roll.lacks(mis_id) and _on_roll(spells[pupil.id], work.at.day):
            open_task(work, TaskKind.MISSING_PUPIL, f"pupil:{pupil.id}")
            changes.leaving += 1
    work.session.flush()
    return changes


def spells_on_record(work: Work) -> dict[int, list[Enrolment]]:
    """Each pupil's spells on roll, as they are now known."""
    found: dict[int, list[Enrolment]] = defaultdict(list)
    for spell in work.session.scalars(select(Enrolment).where(Enrolment.superseded_at.is_(None))):
        found[spell.pupil_id].append(spell)
    return found


def _change(
    work: Work, pupil: Pupil, found: list[PupilRow], born: Birth | None, before: list[Enrolment], changes: Changes
) -> None:
    row, day = found[-1], work.at.day
    said = (row.upn or pupil.upn, row.forename, row.surname)  # a report without UPNs takes none away
    named = (pupil.upn, pupil.forename, pupil.surname) != said
    if named:
        pupil.upn, pupil.forename, pupil.surname = said
    moved = _enter_birth(work, pupil.id, row.born_on, born)
    wanted = _spells(found, before, day)
    here, stays = _on_roll(before, day), any(_runs(begun, ended, day) for begun, ended, *_ in wanted)
    rolled = _enter_spells(work, pupil.id, wanted, before)
    if rolled and before and not (here and stays) and any(ended is None or ended >= day for _, ended, *_ in wanted):
        unverify_all(work, Connection.pupil_id == pupil.id)  # back on roll, or to come back: staff give sight anew
    changes.leaving += rolled and here and all(ended is not None and ended <= day for _, ended, *_ in wanted)
    if named or moved or rolled:
        changes.changed += 1
    else:
        changes.unchanged += 1


def _runs(begun: date, ended: date | None, day: date) -> bool:
    return begun <= day and (ended is None or ended >= day)


def _on_roll(spells: Iterable[Enrolment], day: date) -> bool:
    return any(_runs(spell.begun_on, spell.ended_on, day) for spell in spells)


def _enter_birth(work: Work, pupil: int, born_on: date | None, before: Birth | None) -> bool:
    if born_on == (before.born_on if before else None):
        return False
    if before is not None:
        before.superseded_at = work.at.instant
        work.session.flush()
    if born_on is not None:
        work.session.add(Birth(pupil_id=pupil, born_on=born_on, recorded_at=work.at.instant))
    return True


def _spells(rows: Iterable[PupilRow], before: Sequence[Enrolment], day: date) -> set[Spell]:
    first = min((s.begun_on for s in before), default=Calendar((), {}).year_begins(day))
    return {(row.enrolled_from or first, row.enrolled_until, row.year or 0, row.form) for row in rows}


def _enter_spells(work: Work, pupil: int, wanted: set[Spell], before: Sequence[Enrolment]) -> bool:
    there = {(s.begun_on, s.ended_on, s.year_group, s.form): s for s in before}
    for key in there.keys() - wanted:
        there[key].superseded_at = work.at.instant
    for begun, ended, year, form in sorted(wanted - there.keys(), key=str):
        work.session.add(
            Enrolment(
                pupil_id=pupil, begun_on=begun, ended_on=ended, year_group=year, form=form, recorded_at=work.at.instant
            )
        )
    return wanted != there.keys()


def unverify_all(work: Work, whose: ColumnElement[bool]) -> None:
    """Every verified connection of a pupil or an adult waits to be verified anew."""
    ties = select(Connection).where(whose, Connection.superseded_at.is_(None))
    for tie in work.session.scalars(ties.where(Connection.verified_at.is_not(None))).all():
        unverify(work, tie)


def unverify(work: Work, tie: Connection, **changed: object) -> None:
    """A connection's next version without its verification, and a task to verify it anew."""
    replace(work, tie, verified_at=None, verified_by_id=None, **changed)
    open_task(work, TaskKind.VERIFY_RESPONSIBILITY, f"adult:{tie.adult_id} pupil:{tie.pupil_id}")
