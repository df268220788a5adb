"""The information desk: what the law gives people of a pupil's record, whether or not the portal shows it to them (REVOKE-5).

A request is put down by one person and answered by another who may release. Free text of the school's own, which may be about others, is left out unless
a named person has read and released that very item.
"""

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotPermitted, Stale
from portal_core.services.calendar import school_days_after
from portal_core.services.families import Person, name_of, named
from portal_core.services.import_changes import finish_tasks, open_task
from portal_core.services.listing import Listed, Wanted, listed
from portal_core.services.searching import pupils_meant
from portal_core.services.withheld import Concern, concerns_about
from portal_core.store.information import Basis, InformationRequest, ReleasedItem
from portal_core.store.people import Pupil, Staff
from portal_core.store.registers import Category, Point
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work

LONGEST = 150


class Which(StrEnum):
    """Which requests a list is of."""

    OPEN = "to be answered"
    ENDED = "answered"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it stands."""

    id: int
    pupil: Person
    asker: str
    reach: str
    basis: Basis
    came_on: date
    due_on: date
    taken_by: Person
    refused: bool
    refusal: str  # the reason, for those who release: it may rest on a ground
    ended_at: datetime | None
    ended_by: Person | None


@dataclass(frozen=True, slots=True)
class Item:
    """A point with free text of the school's own, and whether it was released for this request."""

    point_id: int
    at: datetime
    category: str
    text: str
    released: bool


def log_request(
    store: Store, *, by: Principal, at: Moment, pupil: int, asker: str, reach: str, basis: Basis, came_on: date
) -> int:
    """Puts a request down with its deadline, and leaves a task for those who release. Raises BadInput."""
    asker, reach = asker.strip(), reach.strip()
    if not asker or not reach or max(len(asker), len(reach)) > LONGEST:
        raise BadInput(f"Please write who asks and how to reach them, each in up to {LONGEST} characters.")
    if not at.day - timedelta(366) <= came_on <= at.day:
        raise BadInput("The day on which it came must lie within the last year, and not in the future.")
    with store.writing_as(by, at) as work:
        work.require(Duty.LOG_INFORMATION)
        work.hold(Pupil, pupil)
        same = {"pupil_id": pupil, "asker": asker, "reach": reach, "basis": basis, "came_on": came_on, "ended_at": None}
        if work.session.scalars(select(InformationRequest.id).filter_by(**same).limit(1)).first() is not None:
            raise Stale("This request has been put down already. Look for it among those to be answered.")
        made = work.add(
            InformationRequest(
                pupil_id=pupil, asker=asker, reach=reach, basis=basis, came_on=came_on, due_on=_due(work, basis, came_on),
                taken_by_id=by.staff_id, taken_at=at.instant,
            )
        )  # fmt: skip
        open_task(work, TaskKind.INFORMATION, f"information:{made.id} pupil:{pupil}")
        work.audit(
            Verb.ASKED_FOR_INFORMATION, pupil=pupil, request=made.id, basis=basis, due_on=made.due_on.isoformat()
        )
    return made.id


def requests(store: Store, *, by: Principal, at: Moment, wanted: Wanted, which: Which = Which.OPEN) -> Listed[Request]:
    """Requests about the pupils meant, the nearest deadline first; a page of them."""
    with store.writing_as(by, at) as work:
        work.require(Duty.LOG_INFORMATION)
        ended = InformationRequest.ended_at.is_not(None)
        found = select(InformationRequest).join(Pupil, Pupil.id == InformationRequest.pupil_id)
        found = found.where(ended if which is Which.ENDED else ~ended)
        if wanted.find.strip():
            found = found.where(pupils_meant(wanted.find, at.day))
        sorts = {
            "due": (InformationRequest.due_on, InformationRequest.id),
            "came": (InformationRequest.came_on, InformationRequest.id),
            "pupil": (Pupil.surname, Pupil.forename, InformationRequest.id),
        }
        page = listed(work, found, wanted, sorts, lambda one: one)
        work.audit(
            Verb.LOOKED_UP,
            information=[one.id for one in page.rows],
            pupils=sorted({one.pupil_id for one in page.rows}),
        )
        return Listed(tuple(_requests(work, page.rows)), page.number, page.wanted)


def request(
    store: Store, *, by: Principal, at: Moment, id_: int
) -> tuple[Request, tuple[Item, ...], tuple[Concern, ...]]:
    """One request; for those who release the items with free text, and if they read grounds what is withheld from whom.

    Raises NotFound.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.LOG_INFORMATION)
        one = work.get(InformationRequest, id_)
        work.audit(Verb.VIEWED, pupil=one.pupil_id, what="information request", request=id_)
        [found] = _requests(work, [one])
        if Duty.RELEASE_INFORMATION not in work.held:
            return found, (), ()
        return found, _items(work, one), concerns_about(work, one.pupil_id) if Duty.READ_GROUNDS in work.held else ()


def release_items(store: Store, *, by: Principal, at: Moment, id_: int, points: Collection[int], seen: str) -> None:
    """Somebody has read the free text of just these points, and it may be given.

    `seen` is `as_shown` of the page. Raises Stale once it is answered, or where the items are others by now.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.RELEASE_INFORMATION)
        one = _held_open(work, id_)
        items = {item.point_id: item for item in _as_seen(work, one, seen)}
        if not items.keys() >= set(points):
            raise Stale("Not all of these items are there any more. Please look again.")
        kept = {point for point in points if items[point].released}
        for row in work.session.scalars(select(ReleasedItem).where(ReleasedItem.request_id == id_)).all():
            if row.point_id not in kept:
                work.session.delete(row)
        for point in sorted(set(points) - kept):
            read = digest(items[point].text)
            work.add(
                ReleasedItem(
                    request_id=id_, point_id=point, released_by_id=by.staff_id, released_at=at.instant, read=read
                )
            )
        work.audit(Verb.RELEASED_ITEMS, pupil=one.pupil_id, request=id_, points=sorted(points))


def answer(store: Store, *, by: Principal, at: Moment, id_: int, refusal: str | None = None, seen: str = "") -> None:
    """Releases the pack with the items as the page showed them, or refuses with the reason that the asker is given.

    Raises BadInput, Stale, and NotPermitted for whoever put it down.
    """
    if refusal is not None and not 0 < len(refusal.strip()) <= LONGEST:
        raise BadInput(f"Please give the reason that you tell whoever asked, in up to {LONGEST} characters.")
    with store.writing_as(by, at) as work:
        work.require(Duty.RELEASE_INFORMATION)
        one = _held_open(work, id_)
        if one.taken_by_id == by.staff_id:
            raise NotPermitted("You put this request down yourself. A second person must answer it.")
        if refusal is None:
            _as_seen(work, one, seen)
        one.refusal = refusal.strip() if refusal is not None else None
        one.ended_at, one.ended_by_id = at.instant, by.staff_id
        finish_tasks(work, TaskKind.INFORMATION, [f"information:{id_} pupil:{one.pupil_id}"])
        work.audit(Verb.ANSWERED_INFORMATION, pupil=one.pupil_id, request=id_, given=refusal is None)


def digest(text: str) -> str:
    """Which words somebody read, without keeping them a second time."""
    return sha256(text.encode()).hexdigest()


def as_shown(items: Sequence[Item]) -> str:
    """What a page shows of the items, for its forms: a later click tells whether they are the same still."""
    return digest(repr([(item.point_id, item.text, item.released) for item in items]))


def month_after(day: date) -> date:
    """One calendar month later, or that month's last day where it has no such day (UK GDPR, Article 12(3))."""
    year, month = day.year + day.month // 12, day.month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def due_soon(work: Work, within: int = 5) -> int:
    """How many requests are due within so many school days, or overdue."""
    last = school_days_after(work, work.at.day, within)
    open_ = select(InformationRequest.id).where(
        InformationRequest.ended_at.is_(None), InformationRequest.due_on <= last
    )
    return len(work.session.scalars(open_).all())


def _due(work: Work, basis: Basis, came_on: date) -> date:
    if basis is Basis.SUBJECT_ACCESS:
        return month_after(came_on)
    return school_days_after(work, came_on, work.settings.educational_record_days)


def _held_open(work: Work, id_: int) -> InformationRequest:
    one = work.hold(InformationRequest, id_)
    if one.ended_at is not None:
        who = work.session.get(Staff, one.ended_by_id)
        raise Stale(f"{name_of(who) if who else 'Somebody'} has answered this request already. Please look again.")
    return one


def _as_seen(work: Work, one: InformationRequest, seen: str) -> tuple[Item, ...]:
    items = _items(work, one)
    if as_shown(items) != seen:
        last = work.session.scalars(
            select(ReleasedItem).where(ReleasedItem.request_id == one.id).order_by(ReleasedItem.released_at.desc())
        ).first()
        who = f" {name_of(work.get(Staff, last.released_by_id))} was the last to release some." if last else ""
        raise Stale(f"The items of free text are no longer as this page showed them.{who} Please read them again.")
    return items


def released_points(work: Work, request: int) -> set[int]:
    """Points whose words are still those that somebody read and released for this request."""
    rows = work.session.execute(
        select(ReleasedItem.point_id, ReleasedItem.read, Point.place)
        .join(Point, Point.id == ReleasedItem.point_id)
        .where(ReleasedItem.request_id == request)
    )
    return {point for point, read, text in rows if read == digest(text)}


def _items(work: Work, one: InformationRequest) -> tuple[Item, ...]:
    released = released_points(work, one.id)
    rows = work.session.execute(
        select(Point.id, Point.at, Category.name, Point.place)
        .join(Category, Category.id == Point.category_id)
        .where(Point.pupil_id == one.pupil_id, Point.place != "")
        .order_by(Point.at.desc(), Point.id)
    )
    return tuple(Item(id_, when, category, text, id_ in released) for id_, when, category, text in rows)


def _requests(work: Work, rows: Collection[InformationRequest]) -> list[Request]:
    reads = Duty.RELEASE_INFORMATION in work.held
    staff = named(work, Staff, {id_ for one in rows for id_ in (one.taken_by_id, one.ended_by_id) if id_})
    pupils = named(work, Pupil, {one.pupil_id for one in rows})
    return [
        Request(
            one.id, pupils[one.pupil_id], one.asker, one.reach, one.basis, one.came_on, one.due_on, staff[one.taken_by_id],
            one.refusal is not None, (one.refusal or "") if reads else "", one.ended_at, staff.get(one.ended_by_id or 0),
        )
        for one in rows
    ]  # fmt: skip
