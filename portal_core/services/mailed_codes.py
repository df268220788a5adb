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
from portal_core.services.addresses import is_own
from portal_core.services.intake import AT_ONCE, reachable
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
        _send(work, adult, account, vault)


def send_codes(store: Store, *, by: Principal, at: Moment, intake: int, vault: Vault) -> bool:
    """Codes to the next of a run who are `intake.reachable`, AT_ONCE in a transaction; whether there are more to be sent.

    A letter made for one of them is void. Whoever has no address of their own goes on waiting for a letter.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        found = reachable(work, work.hold(Intake, intake))
        for adult, account in found[:AT_ONCE]:
            work.get(IntakeAdult, (intake, adult.id)).handed_at = at.instant
            _send(work, adult.id, account, vault, intake=intake)
        return len(found) > AT_ONCE


def _send(work: Work, adult: int, account: Account, vault: Vault, **of_run: int) -> None:
    """A new code on its way; the one before is void."""
    code = code_for(work, account, Channel.EMAIL)
    post(work, adult=adult, kind=MailKind.ACTIVATION_CODE, vault=vault, code=code.code, username=code.username)
    work.audit(Verb.RENEWED_CODE, account=account.id, channel=Channel.EMAIL, **of_run)
