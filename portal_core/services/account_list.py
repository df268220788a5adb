"""The adults on record and how the account of each stands, as one long list (PASS-1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, or_, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import AccountState, Actor
from portal_core.domain.school import Moment
from portal_core.services.families import children_of, name_of
from portal_core.services.listing import Listed, Wanted, listed
from portal_core.services.searching import adults_meant
from portal_core.store.accounts import Account, AccountStatus, ActivationCode, Login, Stage
from portal_core.store.people import Adult, Connection
from portal_core.store.scope import Store, Work

SOON = timedelta(days=7)
LONG_UNUSED = timedelta(days=14)
"""After so long without activation a letter has probably not arrived."""


class Standing(StrEnum):
    """Which of the adults a list is of."""

    ALL = "everybody"
    NONE = "no account"
    ISSUED = "not yet activated"
    NEVER = "not activated for two weeks"
    EXPIRING = "code runs out within a week"
    EXPIRED = "code has run out"
    ACTIVE = "active"
    CLOSED = "closed"
    SHARED_EMAIL = "e-mail address that another has too"
    TWICE = "on record twice, it seems"


@dataclass(frozen=True, slots=True)
class Row:
    """One adult: `state` None is no account; `code_until` of a code that can still be used or has run out unused."""

    id: int
    name: str
    children: str
    username: str | None
    state: AccountState | None
    code_until: datetime | None
    last_seen: datetime | None


_LIVE_CODE = (ActivationCode.account_id == Account.id) & ActivationCode.ended_at.is_(None)
LAST_SEEN = (
    select(func.max(Login.seen_at))
    .where(Login.account_id == Account.id, Login.stage == Stage.COMPLETE)
    .correlate(Account)
    .scalar_subquery()
)
"""When an account of the statement around it was last used."""
_SORTS: Mapping[str, tuple[SQLColumnExpression[Any], ...]] = {
    "name": (Adult.surname, Adult.forename, Adult.id),
    "username": (Account.username, Adult.id),
    "state": (AccountStatus.state, Adult.surname, Adult.id),
    "code": (ActivationCode.expires_at, Adult.id),
    "seen": (LAST_SEEN, Adult.id),
}


def accounts(store: Store, *, by: Actor, at: Moment, wanted: Wanted, standing: Standing = Standing.ALL) -> Listed[Row]:
    """The adults of a standing whom the words mean, a page of them. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.FIND_PEOPLE)
        found = (
            select(Adult, Account.username, AccountStatus.state, ActivationCode.expires_at, LAST_SEEN)
            .outerjoin(Account, Account.adult_id == Adult.id)
            .outerjoin(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
            .outerjoin(ActivationCode, _LIVE_CODE)
            .where(*standing_of(standing, at))
        )
        if wanted.find.strip():
            found = found.where(adults_meant(wanted.find))
        page = listed(work, found, wanted, _SORTS, lambda *row: row)
        children = children_of(work, [adult.id for adult, *_ in page.rows])
        work.audit(Verb.LOOKED_UP, adults=[adult.id for adult, *_ in page.rows], standing=standing)
        rows = tuple(
            Row(adult.id, name_of(adult), children[adult.id], username, state, until, seen)
            for adult, username, state, until, seen in page.rows
        )
        return Listed(rows, page.number, page.wanted)


def numbers(work: Work, standings: tuple[Standing, ...]) -> dict[Standing, int]:
    """How many adults are of each of these standings."""
    return {
        standing: work.session.scalar(
            select(func.count())
            .select_from(Adult)
            .outerjoin(Account, Account.adult_id == Adult.id)
            .outerjoin(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
            .outerjoin(ActivationCode, _LIVE_CODE)
            .where(*standing_of(standing, work.at))
        )
        or 0
        for standing in standings
    }


def standing_of(standing: Standing, at: Moment) -> tuple[ColumnElement[bool], ...]:
    """What makes an adult one of a standing; Account, AccountStatus and ActivationCode are joined, where it needs them."""
    issued, until = AccountStatus.state == AccountState.ISSUED, ActivationCode.expires_at
    match standing:
        case Standing.ALL:
            return ()
        case Standing.NONE:
            return (AccountStatus.state.is_(None),)
        case Standing.ISSUED:
            return (issued,)
        case Standing.NEVER:
            return (
                issued,
                AccountStatus.recorded_at <= at.instant - LONG_UNUSED,
                until.is_(None) | (until > at.instant),
            )
        case Standing.EXPIRING:
            return (issued, until > at.instant, until <= at.instant + SOON)
        case Standing.EXPIRED:
            return (issued, until <= at.instant)
        case Standing.ACTIVE | Standing.CLOSED:
            return (AccountStatus.state == AccountState(str(standing)),)
        case Standing.SHARED_EMAIL:
            email = func.lower(Adult.email)
            return (email.in_(_often(email, Adult.email != "")), _connected(Adult))
        case Standing.TWICE:
            name = func.lower(Adult.surname + "\n" + Adult.forename)
            alike = [
                (known_by != "", func.lower(name + "\n" + known_by)) for known_by in (Adult.email, Adult.telephone)
            ]
            return (or_(*(key.in_(_often(key, known)) for known, key in alike)), _connected(Adult))


def _often(key: ColumnElement[str], known: ColumnElement[bool]) -> Select[str]:
    """What more than one connected adult has of something that they are known by."""
    return select(key).where(known, _connected(Adult)).group_by(key).having(func.count() > 1)


def _connected(adult: type[Adult]) -> ColumnElement[bool]:
    return adult.id.in_(select(Connection.adult_id).where(Connection.superseded_at.is_(None)))
