"""A second pair of eyes on new ways in to accounts of staff (SEC-3).

Whoever makes a one-time code holds it, so an administrator could go in as a safeguarding lead or as the office. Each new way in to
an account that opens more than a school's own analysis is told to every other lead and administrator: a task of their own,
which nobody else can end.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Role
from portal_core.policy.duties import DUTIES_OF
from portal_core.services.import_changes import open_task
from portal_core.store.people import Staff, StaffRole, in_post
from portal_core.store.school import TaskKind
from portal_core.store.scope import Work

TOLD: Mapping[Duty, TaskKind] = {
    Duty.READ_GROUNDS: TaskKind.WAY_IN_FOR_LEADS,
    Duty.KEEP_STAFF: TaskKind.WAY_IN_FOR_ADMINISTRATORS,
}
"""The duties whose holders hear of each new way in, and the task by which they hear of it."""
OPENS = (*TOLD, Duty.ISSUE_ACCOUNTS, Duty.IMPORT)
"""The duties of which they hear: beside their own those that open children's records or give others access to them."""
REMEMBERED = timedelta(days=30)
"""For so long whoever carried such a duty hears of it: taking a role away for an hour makes nobody deaf."""


def tell_others(work: Work, staff: int, roles: Collection[Role] | None = None) -> dict[str, Any]:
    """Tells all others of a new way in to what these roles open (None: all that this person holds).

    For the audit entry: which of the duties it opens, and the staff told; nothing for roles that open none.
    """
    held = _held(work)
    opens = _carried(held.get(staff, ()) if roles is None else roles, OPENS)
    if not opens:
        return {}
    told = []
    watching = _held(work, since=work.at.instant - REMEMBERED)
    for other in sorted(watching.keys() - {staff, getattr(work.by, "staff_id", None)}):
        if theirs := _carried(watching[other], TOLD):
            open_task(work, TOLD[theirs[0]], f"staff:{staff} for:{other}")
            told.append(other)
    return {"opens": opens, "told": told}


def _held(work: Work, since: datetime | None = None) -> dict[int, set[Role]]:
    """Who holds which roles now, or has held them since then; those who have left apart."""
    now = StaffRole.superseded_at.is_(None)
    held_then = now if since is None else now | (StaffRole.superseded_at > since)
    held: dict[int, set[Role]] = {}
    for staff, role in work.session.execute(
        select(StaffRole.staff_id, StaffRole.role)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(held_then, in_post(work.at.day))
    ):
        held.setdefault(staff, set()).add(role)
    return held


def _carried(roles: Collection[Role], which: Iterable[Duty]) -> list[Duty]:
    carried = frozenset[Duty]().union(*(DUTIES_OF[role] for role in roles))
    return [duty for duty in which if duty in carried]
