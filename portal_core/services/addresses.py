"""An e-mail address that is an adult's no longer: what was sent there counts no more, and nobody is sent a way in there."""

from collections.abc import Sequence

from sqlalchemy import func, select

from portal_core.security import ways_back
from portal_core.services.returned import hash_of
from portal_core.store.accounts import Account
from portal_core.store.people import Adult
from portal_core.store.recovery import FormerAddress
from portal_core.store.scope import Work


def leave(work: Work, adult: Adult, before: str) -> None:
    """Whoever had the address may read it still: links there are void, and it is kept in mind, as a hash (PASS-2)."""
    account = work.session.scalar(select(Account).where(Account.adult_id == adult.id))
    if account is not None:
        ways_back.void_links(work, account.id)
        ways_back.end_changes(work, account.id)
    if before and work.session.get(FormerAddress, (adult.id, hash_of(before))) is None:
        work.session.add(FormerAddress(adult_id=adult.id, address_hash=hash_of(before)))


def is_own(work: Work, adult: int | None, address: str) -> bool:
    """Whether a way in may be sent to an address of this adult's: nobody shares it, and it was nobody else's (PASS-2).

    Both are always asked: for nobody's address it takes as long.
    """
    sharing = select(func.count()).select_from(Adult).where(func.lower(Adult.email) == address.lower())
    holders, formerly = work.session.scalar(sharing), was_anothers(work, adult, address)
    return holders == 1 and not formerly


def with_own(work: Work, adults: Sequence[Adult]) -> list[Adult]:
    """Those of many who have an address, and one of their own as `is_own` has it."""
    written = {adult.email.lower() for adult in adults if adult.email.strip()}
    email = func.lower(Adult.email)
    alone = set(work.session.scalars(select(email).where(email.in_(written)).group_by(email).having(func.count() == 1)))
    former = work.session.execute(
        select(FormerAddress.address_hash, FormerAddress.adult_id).where(
            FormerAddress.address_hash.in_({hash_of(address) for address in written})
        )
    ).all()
    return [
        adult
        for adult in adults
        if adult.email.lower() in alone
        and not any(hashed == hash_of(adult.email) and other != adult.id for hashed, other in former)
    ]


def was_anothers(work: Work, adult: int | None, address: str) -> bool:
    """Whether it used to be the address of somebody else."""
    others = select(FormerAddress.adult_id).where(
        FormerAddress.address_hash == hash_of(address), FormerAddress.adult_id != (adult or 0)
    )
    return work.session.scalar(others.limit(1)) is not None
