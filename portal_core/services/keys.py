"""The secret key of an installation: whether it opens what was sealed, a new one in its place, and the way on if it is lost."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotConfigured
from portal_core.security.credentials import Vault
from portal_core.services.accounts import restart
from portal_core.services.installation import Installation, new_key, write_private
from portal_core.settings import OLDER_KEYS, SECRET_KEY
from portal_core.store.accounts import Account
from portal_core.store.jobs import Job


def require_right_key(installation: Installation, *, by: Actor, at: Moment) -> None:
    """Raises NotConfigured where the secret key does not open what the installation's own has sealed."""
    settings = installation.settings
    vault = Vault(*settings.keys)
    with installation.store.reading_as(by, at) as session:
        shut = sum(not _opens(vault, secret) for _, secret in _sealed(session))
    if shut:
        raise NotConfigured(
            f"{shut} second factors do not open with the key in {settings.folder / SECRET_KEY}. Put the right one back; "
            "if it is lost for good, `portal rotate-key --lost` goes on without it."
        )


def rotate_key(installation: Installation, *, by: Actor, at: Moment) -> int:
    """Makes a new secret key and seals every second factor with it; how many. All open pages must join anew.

    Three steps, each of which may be the last: the old key is kept beside the new one, what it sealed is sealed anew, and only
    then does the old key go. Running it again finishes what was begun. Raises NotConfigured if the key is not the right one.
    """
    settings, store = installation.settings, installation.store
    require_right_key(installation, by=by, at=at)
    new, old = new_key(), settings.keys
    vault = Vault(new, *old)
    write_private(settings.folder / OLDER_KEYS, "\n".join(old) + "\n")
    write_private(settings.folder / SECRET_KEY, new + "\n")
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        sealed = _sealed(work.session)
        for account, secret in sealed:
            work.get(Account, account).factor_secret = vault.reseal(secret)
        for job in _sealed_jobs(work.session):
            if job.sealed is not None and _opens(vault, job.sealed):
                job.sealed = vault.reseal(job.sealed)
        work.audit(Verb.ROTATED_KEY, resealed=len(sealed))
    (settings.folder / OLDER_KEYS).unlink()
    return len(sealed)


def replace_lost_key(installation: Installation, *, by: Actor, at: Moment) -> list[str]:
    """Makes a new secret key where the old one is gone. Whoever has a second factor is signed out and needs a new code.

    Returns their usernames. Raises BadInput if the key that is there opens everything: nothing is lost.
    """
    settings, store = installation.settings, installation.store
    vault = Vault(*settings.keys) if settings.secret_key else None
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        shut = [id_ for id_, secret in _sealed(work.session) if vault is None or not _opens(vault, secret)]
        if vault is not None and not shut:
            raise BadInput("The key that is there opens everything. Run `portal rotate-key` without --lost.")
        owners = [work.get(Account, account) for account in shut]
        for owner in owners:
            restart(work, owner)
        work.audit(Verb.ROTATED_KEY, lost=shut)
    if vault is None:
        write_private(settings.folder / SECRET_KEY, new_key() + "\n")
    return [owner.username for owner in owners]


def _sealed(session: Session) -> list[tuple[int, bytes]]:
    rows = session.execute(select(Account.id, Account.factor_secret).order_by(Account.id))
    return [(id_, secret) for id_, secret in rows if secret is not None]


def _sealed_jobs(session: Session) -> Sequence[Job]:
    """Messages not yet sent that hold a secret; one that does not open is withheld when its turn comes."""
    return session.scalars(select(Job).where(Job.sealed.is_not(None))).all()


def _opens(vault: Vault, sealed: bytes) -> bool:
    try:
        vault.open(sealed)
    except NotConfigured:
        return False
    return True
