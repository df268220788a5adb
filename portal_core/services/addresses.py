"""An e-mail address that is an adult's no longer: what was sent there counts no more, and nobody is sent a way in there."""

from collections import defaultdict
from collections.abc import Collection

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
    """Whether a way in may be sent to an address of this adult's."""
    return bool(own_addresses(work, [(adult, address)]))


def own_addresses(work: Work, held: Collection[tuple[int | None, str]]) -> set[int | None]:
    """Those adults to whose address a way in may be sent: nobody shares it, and it was nobody else's (PASS-2).

    Both are always asked: for nobody's address it takes as long.
    """
    email, written = func.lower(Adult.email), {address.lower() for _, address in held}
    alone = set(work.session.scalars(select(email).where(email.in_(written)).group_by(email).having(func.count() == 1)))
    hashes = {address: hash_of(address) for _, address in held}
    formerly = defaultdict(set)
    former = select(FormerAddress.address_hash, FormerAddress.adult_id)
    for hashed, holder in work.session.execute(former.where(FormerAddress.address_hash.in_(hashes.values()))):
        formerly[hashed].add(holder)
    return {
        adult for adult, address in held if address.lower() in alone and not formerly[hashes[address]] - {adult or 0}
    }
