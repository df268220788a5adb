"""Adults and their connections from the MIS; an import can take sight away, never give it.

An imported responsibility is evidence for staff to verify (USER-1). One that is withdrawn, or a court-order flag that
appears (REVOKE-2), refuses that connection at once and leaves a task.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.domain.people import Responsibility
from portal_core.importers import ContactRow
from portal_core.services import addresses
from portal_core.services.accounts import replace
from portal_core.services.import_changes import Changes, Roll, drop_tasks, open_task
from portal_core.services.import_matches import AdultsOnRecord, adult_doubt, drop_settled, is_new, pupil_ids, settled
from portal_core.services.import_people import spells_on_record, unverify_all
from portal_core.store.accounts import Account
from portal_core.store.casework import Restriction
from portal_core.store.people import Adult, Connection
from portal_core.store.school import TaskKind
from portal_core.store.scope import Work

Tie = tuple[int, int]
"""An adult and a pupil."""


def enter_contacts(work: Work, rows: Sequence[ContactRow], roll: Roll) -> Changes:
    """Adults and their connections with pupils, as evidence; what a full file no longer says is withdrawn (USER-1)."""
    changes = Changes()
    ids = pupil_ids(work)
    taken, held = [], []
    for row in rows:
        if why := ids.why_not(row.pupil_id):
            changes.refuse(row, why)
            held.append(row)
        else:
            taken.append(row)
    found = _with_adults(work, taken, ids.known, held, changes)
    adults = {mis_id: id_ for id_, mis_id in work.session.execute(select(Adult.id, Adult.mis_id))}
    ties = _ties(work)
    ordered = set(
        work.session.scalars(
            select(Restriction.adult_id).where(
                Restriction.clause == Clause.REVOKE_2, Restriction.superseded_at.is_(None)
            )
        )
    )
    holders = set(work.session.scalars(select(Account.adult_id).where(Account.adult_id.is_not(None))))
    _miss_flags(rows, ties.values(), changes)
    for row, adult in found:
        tie = ties.get((adult, ids.known[row.pupil_id]))
        if tie is None:
            _connect(work, row, adult, ids.known[row.pupil_id], changes, ordered, holders)
        else:
            _change(work, row, tie, changes)
    for row in held:
        if tie := ties.get((adults.get(row.adult_id, 0), ids.known.get(row.pupil_id, 0))):
            _take_away(work, row, tie, changes)
    if roll.full:
        named = {(row.pupil_id, row.adult_id) for row in rows}
        _withdraw_missing(work, roll, ids.known, ties, named, changes)
    work.session.flush()
    return changes


def _ties(work: Work) -> dict[Tie, Connection]:
    now = select(Connection).where(Connection.superseded_at.is_(None))
    return {(tie.adult_id, tie.pupil_id): tie for tie in work.session.scalars(now)}


def _miss_flags(rows: Sequence[ContactRow], ties: Iterable[Connection], changes: Changes) -> None:
    """A report that has lost its column of court orders says nothing of those on record: they stay, and a person must look."""
    flagged = sum(tie.mis_court_flag for tie in ties)
    for file in dict.fromkeys(row.file for row in rows if row.court_order is None) if flagged else ():
        changes.doubtful.append((file, 1, f"no column tells of court orders, though some are on record (connections: {flagged}). These stay "
                                "as they are, and no new one is noticed. Put the column back into the report."))  # fmt: skip


def _with_adults(
    work: Work, rows: Sequence[ContactRow], pupils: Mapping[str, int], held: list[ContactRow], changes: Changes
) -> list[tuple[ContactRow, int]]:
    """The rows with the adult of each, new or corrected; rows whose match is unclear are `held` and not among them."""
    known = {a.mis_id: a for a in work.session.scalars(select(Adult).where(Adult.mis_id.is_not(None)))}
    changes.on_record = len(known)
    fresh = _new_adults(work, rows, known, pupils, changes)
    found: list[tuple[ContactRow, int]] = []
    same: set[str] = set()
    waiting: set[str] = set()
    for row in rows:
        adult = fresh.get(row.adult_id) or known.get(row.adult_id)
        if adult is None:  # waits under a new id
            continue
        subject, doubt = f"adult:{adult.id}", adult_doubt(row, adult)
        marks = (row.forename, row.surname, row.email, row.telephone)
        if doubt and not settled(work, changes, [row], subject, marks, doubt):
            waiting.add(subject)
            held.append(row)
            continue
        if subject not in same and row.adult_id in known:
            for key, value in _person(row).items():
                if getattr(adult, key) != value and not (key == "email" and adult.email_own):
                    if key == "email":
                        addresses.leave(work, adult, adult.email)
                    setattr(adult, key, value)
        if doubt:
            unverify_all(work, Connection.adult_id == adult.id)  # taken on a person's word: staff give sight anew
        same.add(subject)
        found.append((row, adult.id))
    drop_tasks(work, TaskKind.UNCLEAR_MATCH, same - waiting)
    drop_settled(work, changes, "adult", {row.adult_id for row in rows}, same)
    return found


def _new_adults(
    work: Work, rows: Sequence[ContactRow], known: Collection[str | None], pupils: Mapping[str, int], changes: Changes
) -> dict[str, Adult]:
    """Adults by ids that are not on record yet, as their first row has them, but for those who may be on record under another."""
    strangers: dict[str, list[ContactRow]] = defaultdict(list)
    for row in rows:
        if row.adult_id not in known:
            strangers[row.adult_id].append(row)
    on_record = AdultsOnRecord(work.session.scalars(select(Adult)), _ties(work)) if strangers else None
    fresh = {
        mis_id: Adult(mis_id=mis_id, **_person(theirs[0]))
        for mis_id, theirs in strangers.items()
        if on_record and is_new(work, changes, theirs, mis_id, on_record.alike(theirs, pupils))
    }
    work.session.add_all(fresh.values())
    work.session.flush()
    return fresh


def _take_away(work: Work, row: ContactRow, tie: Connection, changes: Changes) -> None:
    """Of a row that waits for a person: no responsibility and a court's order refuse at once, whoever it turns out to mean."""
    less = dataclasses.replace(
        row,
        relationship=tie.relationship,
        responsibility=row.responsibility if tie.responsibility is Responsibility.YES else tie.responsibility,
        court_order=row.court_order or tie.mis_court_flag,
    )
    if less.responsibility is not tie.responsibility or less.court_order != tie.mis_court_flag:
        _change(work, less, tie, changes)


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
            evidence="as imported", begun_on=work.at.day, court_flag=bool(row.court_order), mis_court_flag=bool(row.court_order),
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
    says = tie.mis_court_flag if row.court_order is None else row.court_order
    flagged = says and not tie.mis_court_flag
    also: dict[str, object] = {
        "relationship": row.relationship,
        "mis_court_flag": says,
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
    work: Work, roll: Roll, pupils: Mapping[str, int], ties: dict[Tie, Connection], named: set[tuple[str, str]], changes: Changes
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
