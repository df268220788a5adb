"""What the school has published for everyone to read: its policy and its privacy notice, each in the version in force."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, select

from portal_core.domain.people import Machine
from portal_core.domain.school import Moment
from portal_core.store.accounts import NoticeVersion, PolicyVersion
from portal_core.store.scope import Store

Published = TypeVar("Published", PolicyVersion, NoticeVersion)
_ANYONE = Machine("anyone", frozenset())


@dataclass(frozen=True, slots=True)
class Wording:
    """A version of a text, in Markdown."""

    number: int
    text: str
    published_at: datetime


def policy(store: Store, at: Moment) -> Wording | None:
    """The newest policy, corrections included that nobody need accept anew; None where the school has none yet."""
    return _newest(store, at, PolicyVersion)


def policy_to_accept(store: Store, at: Moment) -> Wording | None:
    """The version in force: the newest that must be accepted."""
    return _newest(store, at, PolicyVersion, PolicyVersion.must_accept.is_(True))


def notice(store: Store, at: Moment) -> Wording | None:
    """The newest privacy notice."""
    return _newest(store, at, NoticeVersion)


def _newest(store: Store, at: Moment, kind: type[Published], *further: ColumnElement[bool]) -> Wording | None:
    with store.reading_as(_ANYONE, at) as session:
        question = select(kind).where(kind.published_at <= at.instant, *further)
        found = session.scalars(question.order_by(kind.number.desc()).limit(1)).first()
        return Wording(found.number, found.text, found.published_at) if found is not None else None
