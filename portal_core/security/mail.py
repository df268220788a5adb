"""Recording that a parent is to be written to, in the transaction of the change that is the reason.

    with store.writing_as(by, at) as work:
        ...
        post(work, adult=7, kind=MailKind.PASSWORD_RESET, vault=vault, link=f"/reset?t={token}")
        work.audit(...)

The worker (portal_core/jobs) sends it once that is committed, after asking again whether it still may. The row holds ids;
a link, a code or an address that is not the adult's own is sealed under the secret key and gone once the job is done.
"""

import json
import secrets
from collections.abc import Mapping

from sqlalchemy import select

from portal_core.domain.clauses import Verb
from portal_core.domain.mail import WORTH_SENDING, MailKind
from portal_core.security.credentials import Vault
from portal_core.store.accounts import Account
from portal_core.store.jobs import Job, JobState
from portal_core.store.scope import Work


def post(
    work: Work,
    *,
    adult: int,
    kind: MailKind,
    vault: Vault | None = None,
    link: str = "",
    code: str = "",
    username: str = "",
    to: str = "",
    about: Mapping[str, int | str] | None = None,
    once: str | None = None,
) -> int | None:
    """Records one message to an adult and returns its job; the caller's verb checks the actor and writes the audit entry.

    `link` is a path on this portal with its one-time token, `code` a one-time code that goes with `username`, `to` another address than the one on
    record (a new one to be confirmed, the old one to be told); each needs `vault`. `about` holds ids. `once` names what
    must not be said twice: if it has been recorded before, nothing is done and None returned.
    """
    if once is not None and work.session.scalar(select(Job.id).where(Job.dedupe == once)) is not None:
        return None
    said = {name: text for name, text in (("link", link), ("code", code), ("username", username), ("to", to)) if text}
    if said and vault is None:
        raise ValueError("a link, a code or an address needs the vault that seals it")
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError("a link is a path on this portal")
    made = work.add(
        Job(
            kind=kind,
            adult_id=adult,
            payload=json.dumps(dict(about or {}), sort_keys=True),
            sealed=vault.seal(json.dumps(said)) if vault is not None and said else None,
            message_id=secrets.token_hex(16),
            dedupe=once,
            state=JobState.WAITING,
            made_at=work.at.instant,
            run_at=work.at.instant,
            expires_at=work.at.instant + WORTH_SENDING[kind],
        )
    )
    return made.id


def tell_owner(work: Work, account: Account, did: Verb) -> None:
    """Writes to the owner of an account that it was changed: they may not have done it (SEC-2). Staff find it on their page alone."""
    if account.adult_id is not None:
        post(work, adult=account.adult_id, kind=MailKind.ACCOUNT_CHANGED, about={"what": did})
