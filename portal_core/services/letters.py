"""The letter that brings somebody a one-time code: whom it goes to and what the school is called are read from the records."""

from dataclasses import replace
from datetime import datetime

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotFound
from portal_core.letters.activation import LetterData, activation_letter
from portal_core.services.accounts import IssuedCode
from portal_core.services.families import name_of
from portal_core.store.accounts import Account
from portal_core.store.people import Adult, Staff
from portal_core.store.scope import Store, Work


def letter_with_code(store: Store, *, by: Actor, at: Moment, issued: IssuedCode, portal: str) -> bytes:
    """A tagged PDF for the owner of the account, an adult or a colleague (PASS-1); `portal` is the address to type.

    The code is whoever's it was shown to: nothing here can find it again. Raises BadInput if the letter cannot be set.
    """
    with store.writing_as(by, at) as work:
        account = work.session.get(Account, issued.account_id)
        of_staff = account is not None and account.staff_id is not None
        work.require(Duty.KEEP_STAFF if of_staff else Duty.ISSUE_ACCOUNTS)
        if account is None:
            raise NotFound("This account is not there any more. Please look again.")
        owner = work.get(Staff, account.staff_id) if of_staff else work.get(Adult, account.adult_id)
        work.audit(Verb.VIEWED, what="letter with a code", account=account.id)
        letter = letter_of(work, owner, issued.username, issued.code, issued.expires_at, portal)
    return activation_letter(letter)


def letter_of(
    work: Work, owner: Adult | Staff, username: str, code: str, expires_at: datetime, portal: str
) -> LetterData:
    """What one letter says, read from the records."""
    school, at = work.settings, work.at
    return LetterData(
        school=school.name,
        school_address=tuple(school.address.splitlines()),
        adult=name_of(owner),
        address=tuple(getattr(owner, "address", "").splitlines()),
        username=username,
        code=code,
        portal=portal,
        written_on=at.day,
        expires_on=expires_at.astimezone(at.zone).date(),
        contact=" or ".join(filter(None, (school.email, school.telephone))),
    )


def set_of(written: dict[int, LetterData]) -> tuple[bytes, set[int]]:
    """The document, and whose letters are in it: one that cannot be set does not keep the others back."""
    try:
        return activation_letter(list(written.values())), set(written)
    except BadInput:
        printed = {account for account, letter in written.items() if _can_be_set(letter)}
        return activation_letter([written[account] for account in written if account in printed]), printed


def _can_be_set(letter: LetterData) -> bool:
    try:
        activation_letter(replace(letter, code="0"))
    except BadInput:
        return False
    return True
