"""Staff and what they are to the portal: invited with roles, let go, helped after a lost telephone (USER-1's other side)."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Duty, Role, Verb
from portal_core.domain.people import AccountState, Actor, Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotFound, Stale
from portal_core.policy.duties import DUTIES_OF
from portal_core.security.logins import end_logins, set_state
from portal_core.services.accounts import Channel, IssuedCode, code_for, free_username, restart, state_of, void_codes
from portal_core.services.families import name_of
from portal_core.services.import_changes import drop_tasks
from portal_core.services.oversight import tell_others
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.people import Staff, StaffRole, in_post
from portal_core.store.school import Task, TaskKind
from portal_core.store.scope import Store, Work

LAST = (Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD)
"""Roles whose last holder stays: without them nobody could invite staff, or close an investigation and give access back.

Two of each are needed, so that their duty does not fail when one person is away.
"""


def myself(store: Store, *, by: Principal, at: Moment) -> tuple[str, tuple[Role, ...]]:
    """The reader's own name, and what they are to the portal now."""
    with store.writing_as(by, at) as work:
        work.require(Duty.WORK)
        return name_of(work.get(Staff, by.staff_id)), tuple(
            sorted(one.role for one in current_roles(work, by.staff_id or 0))
        )


def invite_staff(store: Store, *, by: Actor, at: Moment, staff: int, roles: Collection[Role]) -> IssuedCode:
    """Gives a member of staff their roles and an account to activate; see oversight.py. Raises NotPermitted, Stale."""
    if not roles:
        raise BadInput("Please choose at least one role.")
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        person = work.hold(Staff, staff)
        account = work.session.scalar(select(Account).where(Account.staff_id == staff))
        if account is None:
            account = work.add(Account(staff_id=staff, username=free_username(work, person.forename, person.surname)))
        elif state_of(work, account.id) is not AccountState.CLOSED:
            raise Stale("This person has an account already.")
        end_roles(work, staff)
        for role in sorted(set(roles)):
            work.session.add(StaffRole(staff_id=staff, role=role, recorded_at=at.instant))
        restart(work, account)
        issued = code_for(work, account, Channel.LETTER)
        told = tell_others(work, staff, roles)
        work.audit(Verb.INVITED_STAFF, account=account.id, staff=staff, roles=sorted(roles), **told)
    return issued


def add_role(store: Store, *, by: Actor, at: Moment, staff: int, role: Role) -> None:
    """Gives somebody with an open account one role more; nobody gives one to themselves."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        if getattr(by, "staff_id", None) == staff:
            raise BadInput("Another administrator has to give you a role.")
        work.hold(Staff, staff)
        account = work.session.scalar(select(Account.id).where(Account.staff_id == staff))
        if account is None or state_of(work, account) is AccountState.CLOSED:
            raise BadInput("This person has no open account. Invite them with this role instead.")
        if role in {held.role for held in current_roles(work, staff)}:
            raise Stale("This person holds that role already.")
        work.add(StaffRole(staff_id=staff, role=role, recorded_at=at.instant))
        work.audit(Verb.GAVE_ROLE, staff=staff, role=role, **tell_others(work, staff, [role]))


def remove_role(store: Store, *, by: Actor, at: Moment, staff: int, role: Role) -> None:
    """Takes a role away; what it opened is closed at once. The last administrator's and the last lead's stay."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        work.hold(Staff, staff)
        keep_enough(work, staff, role)
        held = next((one for one in current_roles(work, staff) if one.role is role), None)
        if held is None:
            raise Stale("This person does not hold that role any more.")
        held.superseded_at = at.instant
        work.audit(Verb.TOOK_ROLE, staff=staff, role=role)


def close_staff_account(store: Store, *, by: Actor, at: Moment, account: int) -> None:
    """A leaver's last day: account closed, roles and logins ended. Not the last administrator's, nor the last lead's."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        found = work.hold(Account, account)
        if found.staff_id is None:
            raise NotFound("This is not an account of staff.")
        if state_of(work, account) is AccountState.CLOSED:
            raise Stale("This account has been closed already.")
        keep_enough(work, found.staff_id, *LAST)
        end_roles(work, found.staff_id)
        void_codes(work, account)
        set_state(work, account, AccountState.CLOSED)
        for task in work.session.scalars(select(Task).where(Task.owner_id == found.staff_id, Task.done_at.is_(None))):
            task.owner_id = None  # everybody's again whose duty it is
        drop_tasks(work, TaskKind.COLLEAGUE_LEFT, [f"staff:{found.staff_id}"])
        work.audit(Verb.CLOSED_ACCOUNT, account=account, logins=end_logins(work, account))


def recover_second_factor(store: Store, *, by: Actor, at: Moment, username: str) -> IssuedCode:
    """For a lost telephone: takes the factor off, ends the logins, gives a one-time code to start anew with.

    Whoever is handed the code could use it themselves, so others who watch over such accounts are told (oversight.py).
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        found = work.session.scalar(select(Account).where(Account.username == username.strip().casefold()))
        if found is None or found.staff_id is None or state_of(work, found.id) is AccountState.CLOSED:
            raise BadInput("There is no open account of staff of that name.")
        if getattr(by, "staff_id", None) == found.staff_id:  # the code would be shown on a page that this closes
            raise BadInput("Another administrator has to make you a new code.")
        work.hold(Account, found.id)
        restart(work, found)
        issued = code_for(work, found, Channel.LETTER)
        work.audit(Verb.RECOVERED_FACTOR, account=found.id, **tell_others(work, found.staff_id))
    return issued


def verify_audit(store: Store, *, by: Actor, at: Moment) -> int:
    """How many entries the audit holds, every one as it was written then. Raises AuditBroken, NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.VERIFY_AUDIT)
    with store.engine.connect() as connection:  # not in the transaction: nobody could write meanwhile
        number, _ = verify_log(connection)
    with store.writing_as(by, at) as work:
        work.audit(Verb.VIEWED, what="audit verified", entries=number)
    return number


def current_roles(work: Work, staff: int) -> Sequence[StaffRole]:
    return work.session.scalars(
        select(StaffRole).where(StaffRole.staff_id == staff, StaffRole.superseded_at.is_(None))
    ).all()


def who_may(work: Work, duty: Duty) -> list[Staff]:
    """Colleagues in post with an active account whose roles carry a duty, by name."""
    holders = [role for role, carried in DUTIES_OF.items() if duty in carried]
    return list(
        work.session.scalars(
            select(Staff)
            .join(StaffRole, StaffRole.staff_id == Staff.id)
            .join(Account, Account.staff_id == Staff.id)
            .join(AccountStatus, AccountStatus.account_id == Account.id)
            .where(
                StaffRole.role.in_(holders), StaffRole.superseded_at.is_(None), AccountStatus.superseded_at.is_(None),
                AccountStatus.state == AccountState.ACTIVE, in_post(work.at.day),
            )
            .order_by(Staff.surname, Staff.forename, Staff.id)
            .distinct()
        )
    )  # fmt: skip


def end_roles(work: Work, staff: int) -> None:
    for held in current_roles(work, staff):
        held.superseded_at = work.at.instant
    work.session.flush()


def keep_enough(work: Work, leaving: int, *roles: Role) -> None:
    """Raises BadInput if nobody else could do the work of one of these roles, as far as it must not fail.

    Two who leave at once wait for each other. It holds for leads whether or not an investigation is open, which an
    administrator is not to learn from being refused.
    """
    for role in roles:
        if role in LAST and _is_last(work, leaving, role):
            raise BadInput(f"This is the last {role}. Give the role to somebody else first.")


def _is_last(work: Work, leaving: int, role: Role) -> bool:
    holders = set(
        work.session.scalars(
            select(StaffRole.staff_id)
            .where(StaffRole.role == role, StaffRole.superseded_at.is_(None))
            .with_for_update()
        )
    )
    others = work.session.scalars(
        select(Account.id)
        .join(AccountStatus, AccountStatus.account_id == Account.id)
        .join(Staff, Staff.id == Account.staff_id)
        .where(
            Account.staff_id.in_(holders - {leaving}),
            AccountStatus.superseded_at.is_(None),
            AccountStatus.state == AccountState.ACTIVE,  # one not yet activated could not help anybody
            in_post(work.at.day),
        )
    ).first()
    return leaving in holders and others is None
