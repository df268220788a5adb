"""Staff and what they are to the portal: invited with roles, let go, helped after a lost telephone (USER-1's other side)."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Duty, Role, Verb
from portal_core.domain.people import AccountState, Actor, Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotFound, Stale
from portal_core.security.logins import end_logins, set_state
from portal_core.services.accounts import Channel, IssuedCode, code_for, free_username, restart, state_of, void_codes
from portal_core.services.families import name_of
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.people import Staff, StaffRole
from portal_core.store.scope import Store, Work


def myself(store: Store, *, by: Principal, at: Moment) -> tuple[str, tuple[Role, ...]]:
    """The reader's own name, and what they are to the portal now."""
    with store.writing_as(by, at) as work:
        work.require(Duty.WORK)
        return name_of(work.get(Staff, by.staff_id)), tuple(
            sorted(one.role for one in current_roles(work, by.staff_id or 0))
        )


def invite_staff(store: Store, *, by: Actor, at: Moment, staff: int, roles: Collection[Role]) -> IssuedCode:
    """Gives a member of staff their roles and an account to activate. Raises NotPermitted, Stale."""
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
        work.audit(Verb.INVITED_STAFF, account=account.id, staff=staff, roles=sorted(roles))
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
        work.audit(Verb.GAVE_ROLE, staff=staff, role=role)


def remove_role(store: Store, *, by: Actor, at: Moment, staff: int, role: Role) -> None:
    """Takes a role away; what it opened is closed at once. The last administrator's stays."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        work.hold(Staff, staff)
        if role is Role.ADMINISTRATOR:
            keep_an_administrator(work, staff)
        held = next((one for one in current_roles(work, staff) if one.role is role), None)
        if held is None:
            raise Stale("This person does not hold that role any more.")
        held.superseded_at = at.instant
        work.audit(Verb.TOOK_ROLE, staff=staff, role=role)


def close_staff_account(store: Store, *, by: Actor, at: Moment, account: int) -> None:
    """A leaver's last day: the account closed, its roles and logins ended. The last administrator's cannot be closed."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        found = work.hold(Account, account)
        if found.staff_id is None:
            raise NotFound("This is not an account of staff.")
        if state_of(work, account) is AccountState.CLOSED:
            raise Stale("This account has been closed already.")
        keep_an_administrator(work, found.staff_id)
        end_roles(work, found.staff_id)
        void_codes(work, account)
        set_state(work, account, AccountState.CLOSED)
        work.audit(Verb.CLOSED_ACCOUNT, account=account, logins=end_logins(work, account))


def recover_second_factor(store: Store, *, by: Actor, at: Moment, username: str) -> IssuedCode:
    """For a lost telephone: takes the factor off, ends the logins and gives a one-time code to start anew with."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_STAFF)
        found = work.session.scalar(select(Account).where(Account.username == username.strip().casefold()))
        if found is None or found.staff_id is None or state_of(work, found.id) is AccountState.CLOSED:
            raise BadInput("There is no open account of staff of that name.")
        work.hold(Account, found.id)
        restart(work, found)
        issued = code_for(work, found, Channel.LETTER)
        work.audit(Verb.RECOVERED_FACTOR, account=found.id)
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


def end_roles(work: Work, staff: int) -> None:
    for held in current_roles(work, staff):
        held.superseded_at = work.at.instant
    work.session.flush()


def keep_an_administrator(work: Work, leaving: int) -> None:
    """Raises BadInput if nobody else could do an administrator's work; two who leave at once wait for each other."""
    holders = set(
        work.session.scalars(
            select(StaffRole.staff_id)
            .where(StaffRole.role == Role.ADMINISTRATOR, StaffRole.superseded_at.is_(None))
            .with_for_update()
        )
    )
    others = work.session.scalars(
        select(Account.id)
        .join(AccountStatus, AccountStatus.account_id == Account.id)
        .where(
            Account.staff_id.in_(holders - {leaving}),
            AccountStatus.superseded_at.is_(None),
            AccountStatus.state == AccountState.ACTIVE,  # one not yet activated could not help anybody
        )
    ).first()
    if leaving in holders and others is None:
        raise BadInput("This is the last administrator. Give the role to somebody else first.")
