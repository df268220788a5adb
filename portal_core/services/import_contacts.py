"""Adults and their connections from the MIS; an import can take sight away, never give it.

An imported responsibility is evidence for staff to verify (USER-1). One that is withdrawn, or a court-order flag that
appears (REVOKE-2), refuses that connection at once and leaves a task.
"""

from collections.abc import Sequence

from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.domain.people import Responsibility
from portal_core.importers import ContactRow
from portal_core.services.accounts import replace
from portal_core.services.import_people import Changes, open_task
from portal_core.store.casework import Restriction
from portal_core.store.people import Adult, Connection, Pupil
from portal_core.store.school import TaskKind
from portal_core.store.scope import Work


def enter_contacts(work: Work, rows: Sequence[ContactRow], *, full: bool) -> Changes:
    """Adults and their connections with pupils, as evidence; what a full file no longer says is withdrawn (USER-1)."""
    changes = Changes()
    pupils = {mis_id: id_ for id_, mis_id in work.session.execute(select(Pupil.id, Pupil.mis_id))}
    adults = {a.mis_id: a for a in work.session.scalars(select(Adult).where(Adult.mis_id.is_not(None)))}
    ties = {
        (t.adult_id, t.pupil_id): t
        for t in work.session.scalars(select(Connection).where(Connection.superseded_at.is_(None)))
    }
    people: dict[str, Adult] = {}
    taken: list[tuple[ContactRow, Adult, int]] = []
    for row in rows:
        pupil = pupils.get(row.pupil_id)
        if pupil is None:
            changes.refuse(row, f"No pupil has the MIS id {row.pupil_id}. Import the pupils first.")
            continue
        adult = people.get(row.adult_id) or adults.get(row.adult_id)
        if adult is None:
            adult = Adult(mis_id=row.adult_id, **_person(row))
            work.session.add(adult)
        elif adult.surname != row.surname and adult.forename != row.forename:
            changes.refuse(row, "This MIS id belonged to another adult. Is it used again? A person must decide.")
            open_task(work, TaskKind.UNCLEAR_MATCH, f"adult:{adult.id}")
            continue
        elif row.adult_id not in people:
            for key, value in _person(row).items():
                if getattr(adult, key) != value:
                    setattr(adult, key, value)
        people[row.adult_id] = adult
        taken.append((row, adult, pupil))
    work.session.flush()
    ordered = set(
        work.session.scalars(
            select(Restriction.adult_id).where(
                Restriction.clause == Clause.REVOKE_2, Restriction.superseded_at.is_(None)
            )
        )
    )
    seen: set[tuple[int, int]] = set()
    for row, adult, pupil in taken:
        seen.add((adult.id, pupil))
        _enter_tie(work, row, adult.id, pupil, ties.get((adult.id, pupil)), changes, ordered)
    if full:
        named = {pupil for _, _, pupil in taken}
        for (adult_id, pupil), tie in ties.items():
            if (adult_id, pupil) not in seen and pupil in named and tie.responsibility is not Responsibility.UNKNOWN:
                _withdraw(work, tie, Responsibility.UNKNOWN, changes)
    work.session.flush()
    return changes


def _person(row: ContactRow) -> dict[str, str]:
    return {
        "title": row.title, "forename": row.forename, "surname": row.surname, "email": row.email,
        "telephone": row.telephone, "address": "\n".join(row.address),
    }  # fmt: skip


def _withdraw(work: Work, tie: Connection, said: Responsibility, changes: Changes, **also: object) -> None:
    replace(work, tie, responsibility=said, verified_at=None, verified_by_id=None, **also)
    open_task(work, TaskKind.RESPONSIBILITY_WITHDRAWN, f"adult:{tie.adult_id} pupil:{tie.pupil_id}")
    changes.leaving += 1
    changes.changed += 1


def _enter_tie(
    work: Work, row: ContactRow, adult: int, pupil: int, tie: Connection | None, changes: Changes, ordered: set[int]
) -> None:
    subject = f"adult:{adult} pupil:{pupil}"
    if tie is None:
        work.session.add(
            Connection(
                adult_id=adult, pupil_id=pupil, relationship=row.relationship, responsibility=row.responsibility,
                evidence="as imported", begun_on=work.at.day, court_flag=row.court_order,
                mis_court_flag=row.court_order, recorded_at=work.at.instant,
            )
        )  # fmt: skip
        changes.new += 1
        if row.court_order:
            open_task(work, TaskKind.COURT_FLAG, subject)
        if adult in ordered:
            open_task(work, TaskKind.CHILD_LINKED_LATER, subject)
        return
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
