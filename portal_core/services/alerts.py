"""What a parent chose to be told by e-mail: the weekly digest (the default), absences without a reason, both or neither."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import NotPermitted
from portal_core.services.returned import hash_of
from portal_core.store.jobs import AlertChoice, MailStop
from portal_core.store.people import Adult
from portal_core.store.scope import Store, Work


@dataclass(frozen=True, slots=True)
class Chosen:
    """A parent's choice; without one of their own this default."""

    weekly: bool = True
    absence: bool = False


@dataclass(frozen=True, slots=True)
class Alerts:
    """What the parent's own page shows: the choice, where mail goes ("" for nowhere), and whether it came back."""

    chosen: Chosen
    address: str
    came_back: bool


def chosen_by(session: Session, adult: int) -> Chosen:
    """The choice in force."""
    row = session.scalar(select(AlertChoice).where(AlertChoice.adult_id == adult, AlertChoice.superseded_at.is_(None)))
    return Chosen(row.weekly, row.absence) if row is not None else Chosen()


def is_stopped(session: Session, address: str) -> bool:
    """Whether mail to an address came back and nobody has seen to it yet."""
    stop = select(MailStop.id).where(MailStop.address_hash == hash_of(address), MailStop.ended_at.is_(None))
    return session.scalar(stop.limit(1)) is not None


def own_alerts(store: Store, *, by: Principal, at: Moment) -> Alerts:
    """The reader's own choice. Raises NotPermitted for whoever is no parent."""
    with store.writing_as(by, at) as work:
        adult = _own(work)
        address = work.get(Adult, adult).email
        return Alerts(chosen_by(work.session, adult), address, bool(address) and is_stopped(work.session, address))


def choose_alerts(store: Store, *, by: Principal, at: Moment, weekly: bool, absence: bool) -> None:
    """The reader's own next choice, in force at once: what waits to be sent asks for it again. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        adult = _own(work)
        work.hold(Adult, adult)
        if chosen_by(work.session, adult) == Chosen(weekly, absence):
            return
        before = select(AlertChoice).where(AlertChoice.adult_id == adult, AlertChoice.superseded_at.is_(None))
        for row in work.session.scalars(before):
            row.superseded_at = at.instant
        work.session.flush()
        work.add(AlertChoice(adult_id=adult, weekly=weekly, absence=absence, recorded_at=at.instant))
        work.audit(Verb.CHOSE_ALERTS, adult=adult, weekly=weekly, absence=absence)


def _own(work: Work) -> int:
    work.require(Duty.SEE_OWN_CHILDREN)
    if not isinstance(work.by, Principal) or work.by.adult_id is None:
        raise NotPermitted("This page is for parents.")
    return work.by.adult_id
