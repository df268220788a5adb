"""Adults and their connections from the MIS; an import can take sight away, never give it.

An imported responsibility is evidence for staff to verify (USER-1). One that is withdrawn, or a court-order flag that
appears (REVOKE-2), refuses that connection at once and leaves a task.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.domain.people import Responsibility
from portal_core.importers import ContactRow
from portal_core.services.accounts import replace
from portal_core.services.import_changes import Changes, Roll, drop_tasks, is_same, open_task
from portal_core.services.import_people import spells_on_record
from portal_core.store.accounts import Account
from portal_core.store.casework import Restriction
from portal_core.store.people import Adult, Connection, Pupil
from portal_core.store.school import TaskKind
from portal_core.store.scope import Work

Tie = tuple[int, int]
"""An adult and a pupil."""


def enter_contacts(work: Work, rows: Sequence[ContactRow], roll: Roll) -> Changes:
    """Adults and their connections with pupils, as evidence; what a full file no longer says is withdrawn (USER-1)."""
    changes = Changes()
    pupils = {mis_id: id_ for id_, mis_id in work.session.execute(select(Pupil.id, Pupil.mis_id))}
    taken = [row for row in rows if row.pupil_id in pupils]
    for row in rows:
        if row.pupil_id not in pupils:
            changes.refuse(row, f"No pupil has the MIS id {row.pupil_id}. Import the pupils first.")
    ties = {
        (t.adult_id, t.pupil_id): t
        for t in work.session.scalars(select(Connection).where(Connection.superseded_at.is_(None)))
    }
    ordered = set(
        work.session.scalars(
            select(Restriction.adult_id).where(
                Restriction.clause == Clause.REVOKE_2, Restriction.superseded_at.is_(None)
            )
        )
    )
    holders = set(work.session.scalars(select(Account.adult_id).where(Account.adult_id.is_not(None))))
    for row, adult in _with_adults(work, taken, changes):
        tie = ties.get((adult, pupils[row.pupil_id]))
        if tie is None:
            _connect(work, row, adult, pupils[row.pupil_id], changes, ordered, holders)
        else:
            _change(work, row, tie, changes)
    if roll.full:
        named = {(row.pupil_id, row.adult_id) for row in rows}
        _withdraw_missing(work, roll, pupils, ties, named, changes)
    work.session.flush()
    return changes


def _with_adults(work: Work, rows: Sequence[ContactRow], changes: Changes) -> list[tuple[ContactRow, int]]:
    """The rows with the adult of each, new or corrected; rows whose match is unclear wait and are not among them."""
    known = {a.mis_id: a for a in work.session.scalars(select(Adult).where(Adult.mis_id.is_not(None)))}
    fresh: dict[str, Adult] = {}
    for row in rows:
        if row.adult_id not in known and row.adult_id not in fresh:
            fresh[row.adult_id] = Adult(mis_id=row.adult_id, **_person(row))
    work.session.add_all(fresh.values())
    work.session.flush()
    found: list[tuple[ContactRow, int]] = []
    settled: set[str] = set()
    waiting: set[str] = set()
    for row in rows:
        adult = fresh.get(row.adult_id) or known[row.adult_id]
        subject = f"adult:{adult.id}"
        if not is_same(work, changes, row, subject, adult.forename, adult.surname):
            waiting.add(subject)
            continue
        if subject not in settled and row.adult_id in known:
            for key, value in _person(row).items():
                if getattr(adult, key) != value and not (key == "email" and adult.email_own):
                    setattr(adult, key, value)
        settled.add(subject)
        found.append((row, adult.id))
    drop_tasks(work, TaskKind.UNCLEAR_MATCH, settled - waiting)
    return found


def _person(row: ContactRow) -> dict[str, str]:
    return {
        "title": row.title, "forename": row.forename, "surname": row.surname, "email": row.email,
        "telephone": row.telephone, "address": "\n".join(row.address),
    }  # fmt: skip


def _connect(
    work: Work, row: ContactRow, adult: int, pupil: int, changes: Changes, ordered: Collection[int], holders: Collection[int | None]
) -> None:  # fmt: skip
    subject = f"adult:{adult} pupil:{pupil}"
    work.session.add(
        Connection(
            adult_id=adult, pupil_id=pupil, relationship=row.relationship, responsibility=row.responsibility,
            evidence="as imported", begun_on=work.at.day, court_flag=row.court_order, mis_court_flag=row.court_order,
            recorded_at=work.at.instant,
        )
    )  # fmt: skip
    changes.new += 1
    if row.court_order:
        open_task(work, TaskKind.COURT_FLAG, subject)
    if adult in ordered:
        open_task(work, TaskKind.CHILD_LINKED_LATER, subject)
    if adult in holders and row.responsibility is Responsibility.YES:  # without an account the checks list asks anyway
        open_task(work, TaskKind.VERIFY_RESPONSIBILITY, subject)


def _change(work: Work, row: ContactRow, tie: Connection, changes: Changes) -> None:
    subject = f"adult:{tie.adult_id} pupil:{tie.pupil_id}"
    flagged = row.court_order and not tie.mis_court_flag
    also: dict[str, object] = {
        "relationship": row.relationship,
        "mis_court_flag": row.court_order,
        "court_flag": tie.court_flag or flagged,
    }
    if flagged:
        open_task(work, TaskKind.COURT_FLAG, subject)
        changes.leaving += 1
    if tie.responsibility is Responsibility.YES and row.responsibility is not Responsibility.YES:
        _withdraw(work, tie, row.responsibility, changes, **also)
    elif tie.responsibility is not row.responsibility:
        replace(work, tie, responsibility=row.responsibility, **also)
        changes.changed += 1
        if row.responsibility is Responsibility.YES:
            open_task(work, TaskKind.VERIFY_RESPONSIBILITY, subject)
    elif any(getattr(tie, key) != value for key, value in also.items()):
        replace(work, tie, **also)
        changes.changed += 1
    else:
        changes.unchanged += 1


def _withdraw(work: Work, tie: Connection, said: Responsibility, changes: Changes, **also: object) -> None:
    replace(work, tie, responsibility=said, verified_at=None, verified_by_id=None, **also)
    open_task(work, TaskKind.RESPONSIBILITY_WITHDRAWN, f"adult:{tie.adult_id} pupil:{tie.pupil_id}")
    changes.leaving += 1
    changes.changed += 1


def _withdraw_missing(
    work: Work, roll: Roll, pupils: dict[str, int], ties: dict[Tie, Connection], named: set[tuple[str, str]], changes: Changes
) -> None:  # fmt: skip
    """Of pupils on roll: a full file of contacts may leave out those of pupils who have left."""
    day, spells = work.at.day, spells_on_record(work)
    adults = dict(work.session.execute(select(Adult.id, Adult.mis_id)).all())
    mis_ids = {id_: mis_id for mis_id, id_ in pupils.items()}
    for (adult, pupil), tie in ties.items():
        theirs = adults[adult]
        ids = (mis_ids[pupil], theirs or "")
        here = any(s.begun_on <= day and (s.ended_on is None or s.ended_on >= day) for s in spells[pupil])
        if theirs and here and tie.responsibility is Responsibility.YES and ids not in named and roll.lacks(*ids):
            _withdraw(work, tie, Responsibility.UNKNOWN, changes)
