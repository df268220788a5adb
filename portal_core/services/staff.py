"""Staff and what they are to the portal: invited with roles, let go, helped after a lost telephone (USER-1's other side)."""

from collections.abc import Collection

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Role, Verb
from portal_core.domain.people import AccountState, Actor
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotFound, Stale
from portal_core.security.logins import end_logins, set_state
from portal_core.services.accounts import Channel, IssuedCode, code_for, free_username, restart, state_of
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.people import Staff, StaffRole
from portal_core.store.scope import Store, Work


def invite_staff(store: Store, *, by: Actor, at: Moment, staff: int, roles: Collection[Role]) -> IssuedCode:
    """Gives a member of staff their roles and an account to activate. Raises NotPermitted, Stale."""
    if not roles:
        raise BadInput("Please choose at least one role.")
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        person = work.get(Staff, staff)
        if work.session.scalar(select(Account.id).where(Account.staff_id == staff)) is not None:
            raise Stale("This person has an account already.")
        for role in sorted(roles):
            work.session.add(StaffRole(staff_id=staff, role=role, recorded_at=at.instant))
        account = work.add(Account(staff_id=staff, username=free_username(work, person.forename, person.surname)))
        set_state(work, account.id, AccountState.ISSUED)
        issued = code_for(work, account, Channel.LETTER)
        work.audit(Verb.INVITED_STAFF, account=account.id, staff=staff, roles=sorted(roles))
    return issued


def remove_role(store: Store, *, by: Actor, at: Moment, staff: int, role: Role) -> None:
    """Takes a role away; what it opened is closed at once. The last administrator's stays."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        if role is Role.ADMINISTRATOR:
            keep_an_administrator(work, staff)
        held = work.session.scalar(
            select(StaffRole).where(
                StaffRole.staff_id == staff, StaffRole.role == role, StaffRole.superseded_at.is_(None)
            )
        )
        if held is None:
            raise Stale("This person does not hold that role any more.")
        held.superseded_at = at.instant
        work.audit(Verb.SET, staff=staff, role_removed=role)


def close_staff_account(store: Store, *, by: Actor, at: Moment, account: int) -> None:
    """A leaver's last day: the account closed, its logins ended. The last administrator's cannot be closed."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        found = work.get(Account, account)
        if found.staff_id is None:
            raise NotFound("This is not an account of staff.")
        keep_an_administrator(work, found.staff_id)
        set_state(work, account, AccountState.CLOSED)
        work.audit(Verb.CLOSED_ACCOUNT, account=account, logins=end_logins(work, account))


def recover_second_factor(store: Store, *, by: Actor, at: Moment, username: str) -> IssuedCode:
    """For a lost telephone: takes the factor off, ends the logins and gives a one-time code to start anew with."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        found = work.session.scalar(select(Account).where(Account.username == username.strip().casefold()))
        if found is None or state_of(work, found.id) is AccountState.CLOSED:
            raise BadInput("There is no open account of that name.")
        restart(work, found)
        issued = code_for(work, found, Channel.LETTER)
        work.audit(Verb.RECOVERED_FACTOR, account=found.id)
    return issued


def keep_an_administrator(work: Work, leaving: int) -> None:
    others = work.session.scalars(
        select(StaffRole.staff_id)
        .join(Account, Account.staff_id == StaffRole.staff_id)
        .join(AccountStatus, AccountStatus.account_id == Account.id)
        .where(
            StaffRole.role == Role.ADMINISTRATOR,
            StaffRole.superseded_at.is_(None),
            StaffRole.staff_id != leaving,
            AccountStatus.superseded_at.is_(None),
            AccountStatus.state != AccountState.CLOSED,
        )
    ).first()
    holds = work.session.scalars(
        select(StaffRole.id).where(
            StaffRole.staff_id == leaving, StaffRole.role == Role.ADMINISTRATOR, StaffRole.superseded_at.is_(None)
        )
    ).first()
    if holds is not None and others is None:
        raise BadInput("This is the last administrator. Give the role to somebody else first.")
