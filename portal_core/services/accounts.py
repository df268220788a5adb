"""Accounts from the school's checks to the last day: verify, issue, renew, close (PASS-1)."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import AccountState, Actor, Responsibility
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotFound, Stale
from portal_core.security import ways_back
from portal_core.security.credentials import code_hash, new_code
from portal_core.security.logins import end_logins, set_state
from portal_core.services.disputes import disputed, put_aside
from portal_core.services.import_changes import finish_tasks
from portal_core.services.oversight import tell_others
from portal_core.services.requests import end_requests_of
from portal_core.store.accounts import Account, AccountStatus, ActivationCode
from portal_core.store.people import Adult, Connection
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work

REFERENCE_LENGTH = 150  # the kind of evidence stands before it in the same field of 200


class Channel(StrEnum):
    """How a one-time code reaches its one reader."""

    LETTER = "letter"
    EMAIL = "e-mail"


class IdentitySeen(StrEnum):
    """How a clerk made sure that the person is who they say."""

    IN_PERSON = "photo identity seen in person"
    KNOWN = "known to the school in person"
    AT_ADMISSION = "documents seen at admission"


class Evidence(StrEnum):
    """What shows parental responsibility (Children Act 1989 ss 2-4A)."""

    BIRTH_CERTIFICATE = "birth certificate"
    COURT_ORDER = "court order giving responsibility"
    AGREEMENT = "parental responsibility agreement"
    ADOPTION = "adoption or special guardianship order"
    CARE_ORDER = "care order, local authority"


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks list, every line of which must be done before an account is issued (PASS-1).

    `pupils` are the children matched, by id; `reference` says where the evidence is filed.
    """

    identity: IdentitySeen
    evidence: Evidence
    reference: str
    pupils: frozenset[int]
    duplicates_looked_at: bool

    def lacking(self) -> dict[str, str]:
        """What is still to be done, by line of the list, in words."""
        faults = {}
        if not self.reference.strip() or len(self.reference.strip()) > REFERENCE_LENGTH:
            faults["reference"] = f"Please say where the evidence is filed, in up to {REFERENCE_LENGTH} characters."
        if not self.pupils:
            faults["pupils"] = "Please choose at least one child whose records you have matched."
        if not self.duplicates_looked_at:
            faults["looked"] = "Please look for duplicates of this person first, and tick the line."
        return faults


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """What the letter says, shown once: nobody can read the code again."""

    account_id: int
    username: str
    code: str
    expires_at: datetime


def issue_account(
    store: Store, *, by: Actor, at: Moment, adult: int, checks: Checks, channel: Channel = Channel.LETTER
) -> IssuedCode | None:
    """Verifies responsibility for the children matched and issues the adult's one account. Raises BadInput, NotPermitted.

    None where something about the adult is disputed: the checks are put aside for a second person (second_check.py).
    """
    if faults := checks.lacking():
        raise BadInput(" ".join(faults.values()))
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.hold(Adult, adult)
        if disputed(work, adult):
            _require_none(work, adult)
            put_aside(work, adult, checks.identity, checks.evidence, checks.reference.strip(), checks.pupils)
            return None
        return issue(work, adult, checks, channel)


def issue(work: Work, adult: int, checks: Checks, channel: Channel = Channel.LETTER) -> IssuedCode:
    """Does it, once the checks are looked at by as many as must; the adult is held."""
    person = work.get(Adult, adult)
    verify(work, adult, checks.pupils, checks.evidence, checks.reference.strip())
    account = _require_none(work, adult)
    if account is None:
        account = work.add(Account(adult_id=adult, username=free_username(work, person.forename, person.surname)))
    restart(work, account)
    issued = code_for(work, account, channel)
    end_requests_of(work, adult, staff_of(work.by))
    work.audit(
        Verb.ISSUED_ACCOUNT, account=account.id, adult=adult, pupils=sorted(checks.pupils), identity=checks.identity,
        evidence=checks.evidence, channel=channel,
    )  # fmt: skip
    return issued


def _require_none(work: Work, adult: int) -> Account | None:
    """A closed account, which opens again by the checks alone, or none. Raises Stale for one that is open."""
    account = work.session.scalar(select(Account).where(Account.adult_id == adult))
    if account is not None and state_of(work, account.id) is not AccountState.CLOSED:
        raise Stale("This person has an account already. Look again, and renew its code if they lost it.")
    return account


def verify_responsibility(
    store: Store, *, by: Actor, at: Moment, adult: int, pupils: Collection[int], evidence: Evidence, reference: str
) -> bool:
    """Verifies responsibility for further children of an adult, on evidence (USER-1). Raises BadInput, NotPermitted.

    False where something about the adult is disputed: it is put aside for a second person, as the checks before an account are.
    """
    reference = reference.strip()
    if not pupils or not reference or len(reference) > REFERENCE_LENGTH:
        raise BadInput(
            f"Please say which child, and where the evidence is filed, in up to {REFERENCE_LENGTH} characters."
        )
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        work.hold(Adult, adult)
        if disputed(work, adult):
            put_aside(work, adult, "", evidence, reference, pupils)
            return False
        verify(work, adult, pupils, evidence, reference)
        return True


def renew_code(store: Store, *, by: Actor, at: Moment, account: int, channel: Channel = Channel.LETTER) -> IssuedCode:
    """A new one-time code in one step; the one before is void, and an active account starts anew with it."""
    with store.writing_as(by, at) as work:
        found = work.session.get(Account, account)
        work.require(Duty.KEEP_STAFF if found is not None and found.staff_id is not None else Duty.ISSUE_ACCOUNTS)
        if found is None:
            raise NotFound("This account is not there any more. Please look again.")
        work.hold(Account, account)
        if state_of(work, account) is AccountState.CLOSED:
            raise BadInput("This account is closed. Its owner needs a new check before they have one again.")
        restart(work, found)
        issued = code_for(work, found, channel)
        told = tell_others(work, found.staff_id) if found.staff_id is not None else {}
        work.audit(Verb.RENEWED_CODE, account=account, channel=channel, **told)
    return issued


def close_account(store: Store, *, by: Actor, at: Moment, account: int) -> None:
    """Closes a parent's account and ends its logins."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        found = work.hold(Account, account)
        if found.adult_id is None:
            raise NotFound("This is not a parent's account.")
        if state_of(work, account) is AccountState.CLOSED:
            raise Stale("This account has been closed already.")
        void_codes(work, account)
        set_state(work, account, AccountState.CLOSED)
        work.audit(Verb.CLOSED_ACCOUNT, account=account, logins=end_logins(work, account))


def verify(work: Work, adult: int, pupils: Collection[int], evidence: Evidence, reference: str) -> None:
    """Puts on record that responsibility for these children was seen; the adult is held."""
    said = {"evidence": f"{evidence}: {reference}", "verified_at": work.at.instant, "verified_by_id": staff_of(work.by)}
    held = select(Connection).where(Connection.adult_id == adult, Connection.superseded_at.is_(None))
    for pupil in sorted(pupils):
        now = work.session.scalar(held.where(Connection.pupil_id == pupil))
        if now is None:
            raise Stale("The records do not connect this person with that child any more. Please look again.")
        if now.responsibility is not Responsibility.YES:
            raise BadInput("The records do not show parental responsibility. Have them corrected in the MIS first.")
        if now.verified_at is None:
            replace(work, now, **said)
            work.audit(Verb.VERIFIED_RESPONSIBILITY, pupil=pupil, adult=adult)
            finish_tasks(work, TaskKind.VERIFY_RESPONSIBILITY, [f"adult:{adult} pupil:{pupil}"])


def replace(work: Work, before: Connection, **changed: object) -> Connection:
    """A connection's next version: the one before is superseded, what is not named stays."""
    [after] = replace_all(work, [before], **changed)
    return after


def replace_all(work: Work, before: Collection[Connection], **changed: object) -> list[Connection]:
    """The next version of many connections at once."""
    kept = [column.key for column in Connection.__mapper__.column_attrs if column.key not in _OF_A_VERSION]
    after = [
        Connection(**{key: getattr(one, key) for key in kept} | changed, recorded_at=work.at.instant) for one in before
    ]
    for one in before:
        one.superseded_at = work.at.instant
    work.session.flush()
    work.session.add_all(after)
    work.session.flush()
    return after


_OF_A_VERSION = ("id", "recorded_at", "superseded_at")


def staff_of(by: Actor) -> int | None:
    return getattr(by, "staff_id", None)


def state_of(work: Work, account: int) -> AccountState | None:
    return work.session.scalar(
        select(AccountStatus.state).where(AccountStatus.account_id == account, AccountStatus.superseded_at.is_(None))
    )


def restart(work: Work, account: Account) -> None:
    end_logins(work, account.id)
    account.password_hash = account.factor_secret = account.factor_step = None
    ways_back.void(work, account)
    ways_back.forget_own_address(work, account)
    set_state(work, account.id, AccountState.ISSUED)


def code_for(work: Work, account: Account, channel: Channel) -> IssuedCode:
    void_codes(work, account.id)
    days = work.settings.code_days_letter if channel is Channel.LETTER else work.settings.code_days_email
    code, expires = new_code(), work.at.instant + timedelta(days=days)
    work.add(
        ActivationCode(
            account_id=account.id, code_hash=code_hash(code), made_at=work.at.instant, expires_at=expires, ended_at=None
        )
    )
    return IssuedCode(account.id, account.username, code, expires)


def void_codes(work: Work, account_id: int) -> None:
    live = work.session.scalars(
        select(ActivationCode).where(ActivationCode.account_id == account_id, ActivationCode.ended_at.is_(None))
    )
    for code in live:
        code.ended_at = work.at.instant
    work.session.flush()


def free_username(work: Work, forename: str, surname: str) -> str:
    plain = unicodedata.normalize("NFKD", f"{forename[:1]}{surname}").encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z]", "", plain.casefold())[:20] or "reader"
    taken = set(work.session.scalars(select(Account.username).where(Account.username.startswith(stem))))
    number = 1 + work.session.scalars(select(func.count()).select_from(Account)).one() % 89
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"
