"""An upgrade: a backup, the database brought to this program's shape, the audit verified. The way back is a restore."""

from dataclasses import dataclass
from pathlib import Path

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.errors import BadInput, NotPermitted, OldSchema
from portal_core.policy.duties import duties
from portal_core.services.backups import digest_of, write_backup
from portal_core.store import schema
from portal_core.store.scope import Store


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which revision to which, where the records as they were are kept, and how many entries of the audit verify."""

    before: str
    now: str
    backup: Path
    entries: int


def upgrade(store: Store, *, by: Actor, folder: Path) -> Upgraded | None:
    """Brings an older database up, a backup of it in `folder` first; None where it is current.

    Raises BadInput for an empty database, OldSchema for one that a newer program made, AuditBroken.
    """
    if Duty.SET_SCHOOL not in duties(by):
        raise NotPermitted("You are not able to do this. If your work needs it, please ask an administrator.")
    before, needed = schema.found(store.engine), schema.needed()
    if before is None:
        raise BadInput("The database is empty. `portal init` makes a school, `portal restore` fills one.")
    if before == needed:
        return None
    if not schema.known(before):
        raise OldSchema(f"The database is at revision {before}, which a newer program made. Install that one.")
    backup = write_backup(store.engine, at=store.clock(), folder=folder)
    try:
        schema.upgrade(store.engine)
        with store.writing_as(by, store.moment()) as work:
            work.require(Duty.SET_SCHOOL, Duty.VERIFY_AUDIT)
            entries, _ = verify_log(work.session.connection())
            work.audit(Verb.UPGRADED, before=before, now=needed, backup=backup.name, sha256=digest_of(backup))
    except BaseException as fault:
        fault.add_note(f"The records as they were before the upgrade are in {backup}.")
        raise
    return Upgraded(before, needed, backup, entries)
