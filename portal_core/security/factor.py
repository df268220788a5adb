"""The second factor as it is asked for: a code of the authenticator app, or a recovery code in its place. Either counts once."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from portal_core.domain.clauses import Verb
from portal_core.security import credentials
from portal_core.store.accounts import Account
from portal_core.store.recovery import RecoveryCode
from portal_core.store.scope import Work

RECOVERY_CODES = 10


def counts(work: Work, account: Account, code: str, *, vault: credentials.Vault, read_at: datetime) -> bool:
    """Whether the code is right for this account, which the caller holds locked; a right one is used up by it."""
    if account.factor_secret is None:
        return False
    secret = vault.open(account.factor_secret).rpartition(":")[2]  # while it is set up, with the sign-in that began it
    step = credentials.factor_step(secret, code, read_at, account.factor_step)
    if step is not None:
        account.factor_step = step
        return True
    return account.factor_step is not None and _spent(work, account, code)


def new_recovery_codes(work: Work, account: Account) -> tuple[str, ...]:
    """Fresh codes, to be shown this once; those before are void."""
    void_recovery_codes(work, account.id)
    codes = tuple(credentials.new_code() for _ in range(RECOVERY_CODES))
    for code in codes:
        work.session.add(
            RecoveryCode(account_id=account.id, code_hash=credentials.code_hash(code), made_at=work.at.instant)
        )
    work.audit(Verb.MADE_RECOVERY_CODES, account=account.id, codes=len(codes))
    return codes


def void_recovery_codes(work: Work, account_id: int) -> None:
    """Ends every code that is left."""
    for one in work.session.scalars(select(RecoveryCode).where(*_left(account_id))).all():
        one.ended_at = work.at.instant


def recovery_codes_left(work: Work, account_id: int) -> int:
    """How many have not been used."""
    return work.session.scalar(select(func.count()).select_from(RecoveryCode).where(*_left(account_id))) or 0


def _spent(work: Work, account: Account, code: str) -> bool:
    found = work.session.scalar(
        select(RecoveryCode)
        .where(*_left(account.id), RecoveryCode.code_hash == credentials.code_hash(code))
        .with_for_update()
    )
    if found is None:
        return False
    found.ended_at = work.at.instant
    work.audit(Verb.USED_RECOVERY_CODE, account=account.id, code=found.id)
    return True


def _left(account_id: int) -> tuple[ColumnElement[bool], ...]:
    return RecoveryCode.account_id == account_id, RecoveryCode.ended_at.is_(None)
