"""Staff from the MIS, and who is Learning Manager of which year or form (CONTACT-6).

It gives nobody a role or an account. Whoever a full file lacks has left: their roles count no more, and an administrator is to
close their account. They count again if a later file names them before that.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from portal_core.domain.people import AccountState
from portal_core.importers import StaffRow
from portal_core.services.import_changes import Changes, Roll, drop_tasks, open_task
from portal_core.services.import_matches import name_doubt, settled
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.people import PastoralCharge, Staff
from portal_core.store.school import TaskKind
from portal_core.store.scope import Work


def enter_staff(work: Work, rows: Sequence[StaffRow], roll: Roll) -> Changes:
    """Staff by the MIS's id, with their charges; whom a full file lacks has left."""
    changes = Changes()
    known = {s.mis_id: s for s in work.session.scalars(select(Staff).where(Staff.mis_id.is_not(None)))}
    charges: dict[int, list[PastoralCharge]] = defaultdict(list)
    for charge in work.session.scalars(select(PastoralCharge).where(PastoralCharge.ended_on.is_(None))):
        charges[charge.staff_id].append(charge)
    same: set[str] = set()
    for row in rows:
        values = {
            "code": row.code, "title": row.title, "forename": row.forename, "surname": row.surname,
            "job_title": row.post, "email": row.email, "telephone": row.telephone, "left_on": None,
        }  # fmt: skip
        person = known.get(row.staff_id)
        if person is None:
            person = work.add(Staff(mis_id=row.staff_id, **values))
            changes.new += 1
        elif (doubt := name_doubt(row, person)) and not settled(
            work, changes, [row], f"staff:{person.id}", (row.forename, row.surname), doubt
        ):
            continue
        elif any(getattr(person, key) != value for key, value in values.items()):
            for key, value in values.items():
                setattr(person, key, value)
            changes.changed += 1
        else:
            changes.unchanged += 1
        same.add(f"staff:{person.id}")
        _enter_charges(work, person.id, row, charges[person.id])
    drop_tasks(work, TaskKind.UNCLEAR_MATCH, same)
    drop_tasks(work, TaskKind.COLLEAGUE_LEFT, same)
    here, to_close = {row.staff_id for row in rows}, _with_account(work)
    for mis_id, person in known.items():
        if mis_id not in here and roll.lacks(str(mis_id)):
            if person.left_on is None:
                person.left_on = work.at.day - timedelta(days=1)  # today they are not on the staff any more
                changes.leaving += 1
            if person.id in to_close:
                open_task(work, TaskKind.COLLEAGUE_LEFT, f"staff:{person.id}")
    work.session.flush()
    return changes


def _with_account(work: Work) -> set[int | None]:
    return set(
        work.session.scalars(
            select(Account.staff_id)
            .join(AccountStatus, AccountStatus.account_id == Account.id)
            .where(AccountStatus.superseded_at.is_(None), AccountStatus.state != AccountState.CLOSED)
        )
    )


def _enter_charges(work: Work, staff: int, row: StaffRow, before: Sequence[PastoralCharge]) -> None:
    wanted = {_charge(part) for part in row.manages}
    for charge in before:
        if (charge.year_group, charge.form) in wanted:
            wanted.discard((charge.year_group, charge.form))
        else:
            charge.ended_on = max(charge.begun_on, work.at.day)
    for year, form in sorted(wanted, key=str):
        work.add(PastoralCharge(staff_id=staff, year_group=year, form=form, begun_on=work.at.day))


def _charge(part: str) -> tuple[int, str | None]:
    year = "".join(ch for ch in part if ch.isdigit())
    return int(year or 0), None if part == year else part
