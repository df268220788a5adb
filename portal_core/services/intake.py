"""A new intake at once: an account for each adult whose checks are done, then their letters in one document (PASS-1).

Accounts are made some at a time, each time one transaction, so that a run goes on where it was broken off. A code is made
with its letter and kept nowhere: letters that nobody had in hand are made again with new codes, and those before are void.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import AccountState, Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.security.credentials import code_hash, new_code
from portal_core.security.logins import set_state
from portal_core.services.accounts import free_username, void_codes
from portal_core.services.addresses import own_addresses
from portal_core.services.disputes import disputed, is_disputed
from portal_core.services.families import Person, name_of, on_roll
from portal_core.services.letters import letter_of, set_of
from portal_core.services.requests import end_requests_of
from portal_core.store.accounts import Account, AccountStatus, ActivationCode
from portal_core.store.intake import Intake, IntakeAdult
from portal_core.store.people import Adult, Connection, Enrolment, Staff
from portal_core.store.scope import Store, Work

AT_ONCE = 20
"""Accounts made in one transaction: others get their turn between."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: of `adults`, `issued` have an account by now, `waiting` letters are not in hand yet.

    `by_mail` of those waiting could have their code by e-mail instead; counted for one run, not for a list of them.
    """

    id: int
    year_group: int | None
    made_at: datetime
    made_by: Person
    adults: int
    issued: int
    waiting: int
    letters_at: datetime | None
    by_mail: int = 0

    @property
    def is_issuing(self) -> bool:
        """Whether accounts are still to be made."""
        return self.issued < self.adults


@dataclass(frozen=True, slots=True)
class Letters:
    """A document with a letter for each adult that was not reached yet, and those whose letter cannot be printed."""

    pdf: bytes
    number: int
    made_at: datetime
    without: tuple[Person, ...] = ()


def ready(store: Store, *, by: Principal, at: Moment) -> dict[int, int]:
    """How many adults could be given an account now, by the year group of their children."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.audit(Verb.VIEWED, what="intake")
        rows = work.session.execute(
            select(Enrolment.year_group, func.count(Adult.id.distinct()))
            .select_from(Adult)
            .join(Connection, Connection.adult_id == Adult.id)
            .join(Enrolment, Enrolment.pupil_id == Connection.pupil_id)
            .where(*_verified(at), on_roll(at), _without_account(), ~is_disputed(at))
            .group_by(Enrolment.year_group)
            .order_by(Enrolment.year_group)
        )
        return dict(rows.all())


def begin(store: Store, *, by: Principal, at: Moment, year_group: int | None) -> int:
    """Begins a run over the adults of a year group (None: all) and returns its id. Raises BadInput if there are none."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        of_year = (Enrolment.year_group == year_group,) if year_group is not None else ()
        child = exists().where(
            Connection.adult_id == Adult.id,
            Enrolment.pupil_id == Connection.pupil_id,
            *_verified(at),
            on_roll(at),
            *of_year,
        )
        in_another = exists().where(IntakeAdult.adult_id == Adult.id, IntakeAdult.account_id.is_(None))
        found = work.session.scalars(
            select(Adult.id)
            .where(child, _without_account(), ~is_disputed(at), ~in_another)
            .order_by(Adult.surname, Adult.id)
        ).all()
        if not found:
            raise BadInput("Nobody here waits for an account with their checks done. Verify responsibility first.")
        run = work.add(Intake(year_group=year_group, made_at=at.instant, made_by_id=by.staff_id, letters_at=None))
        work.session.add_all(IntakeAdult(intake_id=run.id, adult_id=adult) for adult in found)
        work.audit(Verb.BEGAN_INTAKE, intake=run.id, adults=len(found), year_group=year_group)
    return run.id


def go_on(store: Store, *, by: Principal, at: Moment, intake: int, most: int = AT_ONCE) -> bool:
    """Makes the next accounts of a run, and says whether there are more to be made."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.hold(Intake, intake)
        waiting = select(IntakeAdult).where(IntakeAdult.intake_id == intake, IntakeAdult.account_id.is_(None))
        found = work.session.scalars(waiting.order_by(IntakeAdult.adult_id).limit(most + 1)).all()
        for one in found[:most]:
            account = work.session.scalar(select(Account).where(Account.adult_id == one.adult_id))
            if account is None and disputed(work, one.adult_id):
                work.session.delete(one)  # since the run began: they go through the checks singly, with a second person
                continue
            if account is None:
                adult = work.get(Adult, one.adult_id)
                name = free_username(work, adult.forename, adult.surname)
                account = work.add(Account(adult_id=adult.id, username=name))
                set_state(work, account.id, AccountState.ISSUED)
                end_requests_of(work, adult.id, by.staff_id)
                work.audit(Verb.ISSUED_ACCOUNT, account=account.id, adult=adult.id, intake=intake)
            else:
                one.handed_at = at.instant  # somebody gave them one meanwhile, with a code of its own
            one.account_id = account.id
        return len(found) > most


def letters(store: Store, *, by: Principal, at: Moment, intake: int, portal: str, seen: str | None = None) -> Letters:
    """A letter with a new code for everybody of a run whose letter nobody had in hand; `portal` is the address to type.

    Codes of letters made before stop working with it: `seen` is the instant of those that the caller knows of, "" for
    none, and Stale is raised if others were made since. Raises BadInput if there is nobody left to write to.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        run = work.get(Intake, intake)
        before, days = run.letters_at, work.settings.code_days_letter
        adults = [(account, work.get(Adult, account.adult_id)) for account in owed(work, run)]
        expires = at.instant + timedelta(days=days)
        written = {
            account.id: letter_of(work, adult, account.username, new_code(), expires, portal)
            for account, adult in adults
        }
        people = {account.id: Person(adult.id, name_of(adult)) for account, adult in adults}
        work.audit(Verb.VIEWED, what="letters of an intake", intake=intake)
    if not written:
        raise BadInput("There is nobody left to write to in this run.")
    if seen is not None and seen != (before.isoformat() if before else ""):
        raise Stale("These letters have been made since you looked. Make them again only if nobody has those.")
    pdf, printed = set_of(written)
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        run = work.hold(Intake, intake)
        if run.letters_at != before or {account.id for account in owed(work, run)} != written.keys():
            raise Stale(
                "Somebody made these letters, or gave one of them a code, at the same moment. Please look again."
            )
        run.letters_at = at.instant
        for account in printed:
            void_codes(work, account)
            made = ActivationCode(
                account_id=account, code_hash=code_hash(written[account].code), made_at=at.instant, expires_at=expires
            )
            work.session.add(made)
        work.audit(Verb.MADE_LETTERS, intake=intake, accounts=sorted(printed))
    without = tuple(people[account] for account in written if account not in printed)
    return Letters(pdf, len(printed), at.instant, without)


def handed(store: Store, *, by: Principal, at: Moment, intake: int, made_at: datetime) -> int:
    """Somebody has the letters made at `made_at` in hand: they are not made again. Raises Stale if others were made since."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        run = work.hold(Intake, intake)
        if run.letters_at != made_at:
            raise Stale("These letters were made again since: their codes do not work any more. Take the newer ones.")
        made = select(ActivationCode.account_id).where(
            ActivationCode.made_at == made_at, ActivationCode.account_id == IntakeAdult.account_id
        )
        found = work.session.scalars(
            select(IntakeAdult).where(
                IntakeAdult.intake_id == intake, IntakeAdult.handed_at.is_(None), IntakeAdult.account_id.in_(made)
            )
        ).all()
        for one in found:
            one.handed_at = at.instant
        work.audit(Verb.HANDED_LETTERS, intake=intake, letters=len(found))
        return len(found)


def runs(store: Store, *, by: Principal, at: Moment) -> list[Run]:
    """Every run, the newest first."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.audit(Verb.VIEWED, what="intakes")
        return [_run(work, one) for one in work.session.scalars(select(Intake).order_by(Intake.id.desc()))]


def one_run(store: Store, *, by: Principal, at: Moment, intake: int) -> Run:
    """How far a run is. Raises NotFound."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.audit(Verb.VIEWED, what="intake", intake=intake)
        one = work.get(Intake, intake)
        return replace(_run(work, one), by_mail=len(reachable(work, one)))


def _run(work: Work, one: Intake) -> Run:
    adults, issued = work.session.execute(
        select(func.count(), func.count(IntakeAdult.account_id)).where(IntakeAdult.intake_id == one.id)
    ).one()
    maker = work.get(Staff, one.made_by_id)
    waiting = len(owed(work, one))
    return Run(
        one.id, one.year_group, one.made_at, Person(maker.id, name_of(maker)), adults, issued, waiting, one.letters_at
    )


def owed(work: Work, run: Intake) -> Sequence[Account]:
    """Accounts of a run whose letter nobody had in hand and to whom no code was mailed: not activated, and without a code but that of its last letters."""
    live = (ActivationCode.account_id == Account.id) & ActivationCode.ended_at.is_(None)
    own: ColumnElement[bool] = ActivationCode.id.is_(None)
    if run.letters_at is not None:
        own |= ActivationCode.made_at == run.letters_at
    return work.session.scalars(
        select(Account)
        .join(IntakeAdult, IntakeAdult.account_id == Account.id)
        .join(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
        .outerjoin(ActivationCode, live)
        .where(
            IntakeAdult.intake_id == run.id,
            IntakeAdult.handed_at.is_(None),
            AccountStatus.state == AccountState.ISSUED,
            own,
        )
        .order_by(Account.id)
    ).all()


def reachable(work: Work, run: Intake) -> list[tuple[Adult, Account]]:
    """Those of `owed` who have an e-mail address of their own."""
    accounts = {account.adult_id: account for account in owed(work, run)}
    adults = work.session.scalars(select(Adult).where(Adult.id.in_(accounts)).order_by(Adult.id)).all()
    own = own_addresses(work, [(adult.id, adult.email) for adult in adults if adult.email.strip()])
    return [(adult, accounts[adult.id]) for adult in adults if adult.id in own]


def _verified(at: Moment) -> tuple[ColumnElement[bool], ...]:
    """A connection whose checks are done, in force on that day."""
    return (
        Connection.superseded_at.is_(None),
        Connection.verified_at.is_not(None),
        Connection.begun_on <= at.day,
        Connection.ended_on.is_(None) | (Connection.ended_on >= at.day),
    )


def _without_account() -> ColumnElement[bool]:
    return ~exists().where(Account.adult_id == Adult.id)
