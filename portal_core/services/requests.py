"""Requests for access to the portal, from a form that proves nothing and reveals nothing, or as told to the office (PASS-1).

Whoever asks is matched with the records by a person, never by what they typed; an account then comes of the checks alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import N_, _
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, Stale
from portal_core.security import throttle
from portal_core.security.logins import DOOR
from portal_core.services.families import Found, Person, likely, name_of, named
from portal_core.services.import_changes import finish_tasks, open_task
from portal_core.services.listing import Listed, Wanted, listed
from portal_core.services.searching import adults_meant, holding, pupils_meant, reached_at
from portal_core.store.intake import AccessRequest, Denial
from portal_core.store.people import Adult, Connection, Pupil, Staff
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work

LONGEST_LINE, LONGEST_TEXT = 150, 1_000
MOST_WAITING = 500
"""From the public form: a flood must not bury what people ask."""
MOST_ALIKE = 20
FULL = N_("We cannot take your request here just now. Please ask the school by telephone or in person.")
NEUTRAL = (
    "We have looked at your request for access to the parent portal. We cannot give you access. "
    "If you have a question about this, please ask the school."
)
"""What whoever asked is told, whatever the reason."""


class Which(StrEnum):
    """Which requests a list is of."""

    OPEN = "to be decided"
    ENDED = "decided"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody gives of themselves: their name, their children's, how to reach them, what else they say."""

    name: str
    children: str
    reach: str
    text: str = ""

    def lacking(self) -> str | None:
        """What is missing or too long, in words."""
        for line in (self.name, self.children, self.reach):
            if not line.strip():
                return _("Please give your name, your child’s name, and how we can reach you.")
            if len(line) > LONGEST_LINE:
                return _("Please keep each line under {number} characters.").format(number=LONGEST_LINE)
        if len(self.text) > LONGEST_TEXT:
            return _("Please keep your message under {number} characters.").format(number=LONGEST_TEXT)
        return None


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it stands; `adult` once somebody matched it, `ended_at` once it is decided."""

    id: int
    made_at: datetime
    asked: Asked
    taken_by: Person | None
    adult: Person | None
    denial: Denial | None
    ended_at: datetime | None
    ended_by: Person | None


def ask_for_access(store: Store, *, asked: Asked, address: str, at: Moment) -> None:
    """Takes a request from whoever it is, and says nothing of who is on record. Raises BadInput, Throttled."""
    if fault := asked.lacking():
        raise BadInput(fault)
    counted = [throttle.of_asker(address)]
    throttle.require_patience(store, counted, at.instant, throttle.ASKS)
    throttle.count_failure(store, counted, at.instant, throttle.ASKS)
    with store.writing_as(DOOR, at) as work:
        waiting = select(func.count()).select_from(AccessRequest)
        if (work.session.scalar(waiting.where(_open(), AccessRequest.taken_by_id.is_(None))) or 0) >= MOST_WAITING:
            raise BadInput(_(FULL))
        _take(work, asked, None)


def take(store: Store, *, by: Principal, at: Moment, asked: Asked) -> int:
    """Puts down what somebody asked by telephone, letter or in person; returns the request's id."""
    if fault := asked.lacking():
        raise BadInput(fault)
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        return _take(work, asked, by.staff_id)


def requests(store: Store, *, by: Principal, at: Moment, wanted: Wanted, which: Which = Which.OPEN) -> Listed[Request]:
    """The requests whose typed words hold those wanted, the oldest first; a page of them."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        of = {Which.OPEN: (_open(),), Which.ENDED: (~_open(),), Which.ALL: ()}[which]
        found = select(AccessRequest).where(*of)
        found = found.where(holding(wanted.find, AccessRequest.name, AccessRequest.children, AccessRequest.reach))
        sorts = {
            "made": (AccessRequest.made_at, AccessRequest.id),
            "name": (func.lower(AccessRequest.name), AccessRequest.id),
            "children": (func.lower(AccessRequest.children), AccessRequest.id),
        }
        page = listed(work, found, wanted, sorts, lambda one: one)
        work.audit(Verb.LOOKED_UP, requests=[one.id for one in page.rows])
        return Listed(tuple(_requests(work, page.rows)), page.number, page.wanted)


def request(store: Store, *, by: Principal, at: Moment, id_: int) -> tuple[Request, list[Found]]:
    """One request, and adults on record whom it may be from, each with why. Raises NotFound."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS, Duty.FIND_PEOPLE)
        one = work.get(AccessRequest, id_)
        of_child = select(Connection.adult_id).join(Pupil, Pupil.id == Connection.pupil_id)
        of_child = of_child.where(Connection.superseded_at.is_(None), pupils_meant(one.children, at.day))
        alike = likely(
            work,
            {
                "of that name": adults_meant(one.name),
                "same e-mail address": _reached_by(one.reach),
                "same telephone number": reached_at(one.reach),
                "a child of that name": Adult.id.in_(of_child),
            },
            most=MOST_ALIKE,
        )
        work.audit(Verb.LOOKED_UP, request=id_, adults=[adult.id for adult in alike])
        [found] = _requests(work, [one])
        return found, alike


def match(store: Store, *, by: Principal, at: Moment, id_: int, adult: int) -> None:
    """Somebody has made sure who asks. The request ends when that adult's account is issued. Raises Stale."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        one = _held_open(work, id_)
        work.get(Adult, adult)
        one.adult_id = adult
        work.audit(Verb.MATCHED_REQUEST, request=id_, adult=adult)


def deny(store: Store, *, by: Principal, at: Moment, id_: int, denial: Denial) -> None:
    """Ends a request without access. The reason stays with the office; whoever asked is told NEUTRAL. Raises Stale."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ISSUE_ACCOUNTS)
        one = _held_open(work, id_)
        one.denial = denial
        _end(work, [one], by.staff_id)
        work.audit(Verb.DENIED_REQUEST, request=id_, denial=denial)


def end_requests_of(work: Work, adult: int, staff: int | None) -> None:
    """Ends what an adult asked, since their account is issued."""
    _end(work, work.session.scalars(select(AccessRequest).where(_open(), AccessRequest.adult_id == adult)).all(), staff)


def _take(work: Work, asked: Asked, staff: int | None) -> int:
    made = work.add(
        AccessRequest(
            made_at=work.at.instant, name=asked.name.strip(), children=asked.children.strip(), reach=asked.reach.strip(),
            text=asked.text.strip(), taken_by_id=staff,
        )
    )  # fmt: skip
    open_task(work, TaskKind.ACCESS_REQUEST, f"request:{made.id}")
    work.audit(Verb.ASKED_FOR_ACCESS, request=made.id)
    return made.id


def _held_open(work: Work, id_: int) -> AccessRequest:
    one = work.hold(AccessRequest, id_)
    if one.ended_at is not None:
        who = work.session.get(Staff, one.ended_by_id)
        raise Stale(f"{name_of(who) if who else 'Somebody'} has decided on this request already. Please look again.")
    return one


def _end(work: Work, ended: Collection[AccessRequest], staff: int | None) -> None:
    for one in ended:
        one.ended_at, one.ended_by_id = work.at.instant, staff
    finish_tasks(work, TaskKind.ACCESS_REQUEST, [f"request:{one.id}" for one in ended])


def _requests(work: Work, rows: Collection[AccessRequest]) -> list[Request]:
    staff = named(work, Staff, {id_ for one in rows for id_ in (one.taken_by_id, one.ended_by_id) if id_})
    adults = named(work, Adult, {one.adult_id for one in rows if one.adult_id})
    return [
        Request(
            one.id, one.made_at, Asked(one.name, one.children, one.reach, one.text), staff.get(one.taken_by_id or 0),
            adults.get(one.adult_id or 0), one.denial, one.ended_at, staff.get(one.ended_by_id or 0),
        )
        for one in rows
    ]  # fmt: skip


def _open() -> ColumnElement[bool]:
    return AccessRequest.ended_at.is_(None)


def _reached_by(reach: str) -> ColumnElement[bool]:
    return (func.lower(Adult.email) == reach.strip().lower()) & (Adult.email != "")
