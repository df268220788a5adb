"""A one-time code by e-mail, which no member of staff ever sees (PASS-1)."""

from datetime import timedelta

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.mail import MailKind
from portal_core.domain.people import AccountState, Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.security.credentials import Vault
from portal_core.security.mail import post
from portal_core.services.accounts import Channel, code_for, restart, state_of
from portal_core.services.addresses import is_own, with_own
from portal_core.services.intake import AT_ONCE, owed
from portal_core.store.accounts import Account
from portal_core.store.intake import Intake, IntakeAdult
from portal_core.store.jobs import Job
from portal_core.store.people import Adult
from portal_core.store.scope import Store, Work

AGAIN_AFTER = timedelta(minutes=1)


def send_code(store: Store, *, by: Principal, at: Moment, adult: int, vault: Vault) -> None:
    """A new code to an adult's own address; the one before is void, and their account starts anew with it.

    Raises BadInput without an open account or an address of their own, Stale for a second click.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        person = work.hold(Adult, adult)
        account = work.session.scalar(select(Account).where(Account.adult_id == adult))
        if account is None or state_of(work, account.id) in (None, AccountState.CLOSED):
            raise BadInput("They have no open account. Go through the checks first.")
        if not (person.email.strip() and is_own(work, adult, person.email)):
            raise BadInput(
                "There is no e-mail address that is theirs alone. Print the code, or hand it over in person."
            )
        lately = select(Job.id).where(
            Job.adult_id == adult, Job.kind == MailKind.ACTIVATION_CODE, Job.made_at > at.instant - AGAIN_AFTER
        )
        if work.session.scalar(lately.limit(1)) is not None:
            raise Stale("A code has been sent to them just now.")
        restart(work, account)
        code = code_for(work, account, Channel.EMAIL)
        post(work, adult=adult, kind=MailKind.ACTIVATION_CODE, vault=vault, code=code.code, username=code.username)
        work.audit(Verb.RENEWED_CODE, account=account.id, channel=Channel.EMAIL)


def reachable(store: Store, *, by: Principal, at: Moment, intake: int) -> int:
    """How many of a run who wait for a letter have an e-mail address of their own. Raises NotFound."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.audit(Verb.VIEWED, what="intake", intake=intake)
        return len(_reachable(work, work.get(Intake, intake)))


def send_codes(store: Store, *, by: Principal, at: Moment, intake: int, vault: Vault) -> bool:
    """Codes to the next of a run who are `reachable`, AT_ONCE in a transaction; whether there are more to be sent.

    A letter made for one of them is void. Whoever has no address of their own goes on waiting for a letter.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        found = _reachable(work, work.hold(Intake, intake))
        for adult, account in found[:AT_ONCE]:
            code = code_for(work, account, Channel.EMAIL)
            post(
                work, adult=adult.id, kind=MailKind.ACTIVATION_CODE, vault=vault, code=code.code, username=code.username
            )
            work.get(IntakeAdult, (intake, adult.id)).handed_at = at.instant
            work.audit(Verb.RENEWED_CODE, account=account.id, channel=Channel.EMAIL, intake=intake)
        return len(found) > AT_ONCE


def _reachable(work: Work, run: Intake) -> list[tuple[Adult, Account]]:
    accounts = {account.adult_id: account for account in owed(work, run)}
    adults = work.session.scalars(select(Adult).where(Adult.id.in_(accounts)).order_by(Adult.id)).all()
    return [(adult, accounts[adult.id]) for adult in with_own(work, adults)]
