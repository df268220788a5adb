"""Text that somebody typed into a form and has not sent: kept by account, so that no browser need keep it (USE-2).

It comes back once, in the form that it was typed in, to the account that typed it. What is sent, or given up by signing
out, goes at once; the rest within a day. Not on record in the audit: nothing has been done yet.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from portal_core.errors import BadInput
from portal_core.store.accounts import Draft
from portal_core.store.scope import Store

LONGEST = 20_000  # characters of one form, names and all
MOST_FORMS = 40  # of one account
KEPT = timedelta(days=1)


def keep(store: Store, *, account: int, form: str, fields: Mapping[str, str], at: datetime) -> None:
    """The form as it stands now; empty fields alone are nothing to keep. Raises BadInput for more than a form can hold."""
    text = json.dumps({name: value for name, value in fields.items() if value.strip()}, sort_keys=True)
    if len(text) > LONGEST:
        raise BadInput(f"Please keep it to {LONGEST:,} characters.")
    with store.counting() as session:
        session.execute(delete(Draft).where(Draft.account_id == account, Draft.form == form))
        kept = session.scalar(select(func.count()).select_from(Draft).where(Draft.account_id == account)) or 0
        if text != "{}" and kept < MOST_FORMS:
            session.add(Draft(account_id=account, form=form, fields=text, kept_at=at))
            session.flush()


def take(store: Store, *, account: int, form: str, at: datetime) -> dict[str, str]:
    """What was kept of a form, which is kept no longer; empty if there is nothing."""
    with store.counting() as session:
        found = session.get(Draft, (account, form), with_for_update=True)
        if found is None:
            return {}
        session.delete(found)
        session.flush()
        return dict(json.loads(found.fields)) if found.kept_at > at - KEPT else {}


def take_all(store: Store, *, account: int, of: str, at: datetime) -> dict[str, dict[str, str]]:
    """The same for every form whose name begins so, by name."""
    with store.counting() as session:
        names = session.scalars(
            select(Draft.form).where(Draft.account_id == account, Draft.form.startswith(of, autoescape=True))
        ).all()
    return {name: fields for name in names if (fields := take(store, account=account, form=name, at=at))}


def drop(store: Store, *, account: int, form: str) -> None:
    """It was sent."""
    with store.counting() as session:
        session.execute(delete(Draft).where(Draft.account_id == account, Draft.form == form))


def forget_old(store: Store, *, at: datetime) -> None:
    """Whatever nobody has come back for within a day."""
    with store.counting() as session:
        session.execute(delete(Draft).where(Draft.kept_at <= at - KEPT))
