"""A child's school year for the interactive part of the parent's page: marks and points, read under the reader's own scope.

Each reading decides again, since the session finds nothing of a child whom its reader may not see at that moment.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal_core.domain.language import _
from portal_core.domain.people import Principal
from portal_core.domain.records import Earlier, Point, PointKind, SessionMark
from portal_core.domain.school import Calendar, Half, Moment, Term
from portal_core.errors import BadInput, NotPermitted
from portal_core.services.calendar import calendar_of
from portal_core.store.people import Pupil
from portal_core.store.registers import Category, Mark, MarkAmendment
from portal_core.store.registers import Point as PointRow
from portal_core.store.scope import Store


@dataclass(frozen=True, slots=True)
class ChildYear:
    """A school year, or one term of it, up to the day it is read.

    `days` are the school days shown; `marks` those published, by day and session; `points` newest first.
    """

    at: Moment
    forename: str
    terms: tuple[Term, ...]  # of this school year, in order
    days: tuple[date, ...]
    marks: dict[tuple[date, Half], SessionMark]
    points: tuple[Point, ...]


def child_year(
    store: Store, *, by: Principal, at: Moment, pupil: int, term: str | None = None, kind: PointKind | None = None
) -> ChildYear:
    """The year so far, one term of it by name, points of one kind or of both. Raises NotPermitted, BadInput."""
    with store.reading_as(by, at) as session:
        forename = session.scalar(select(Pupil.forename).where(Pupil.id == pupil))
        if forename is None:
            raise NotPermitted("This page is not available to you.")
        calendar = calendar_of(session)
        begins = calendar.year_begins(at.day)
        terms = tuple(one for one in calendar.terms if begins <= one.begins < begins.replace(year=begins.year + 1))
        first, last = _dates(terms, term, begins, at.day)
        return ChildYear(
            at,
            forename,
            terms,
            tuple(Calendar(terms, calendar.closed).school_days(first, last)),
            _marks(session, pupil, first, last, at),
            _points(session, pupil, max(first, store.settings(at.instant).points_shown_from(at.day)), last, at, kind),
        )


def _dates(terms: tuple[Term, ...], wanted: str | None, begins: date, today: date) -> tuple[date, date]:
    if wanted is None:
        return begins, today
    for term in terms:
        if term.name == wanted:
            return term.begins, min(term.ends, today)
    raise BadInput(_("There is no such term this school year. Please choose another."))


def _marks(session: Session, pupil: int, first: date, last: date, at: Moment) -> dict[tuple[date, Half], SessionMark]:
    rows = session.execute(
        select(Mark.day, Mark.half, Mark.code, Mark.minutes_late, Mark.public_from).where(
            Mark.pupil_id == pupil, Mark.day.between(first, last)
        )
    )
    amended = session.scalars(
        select(MarkAmendment)
        .where(
            MarkAmendment.pupil_id == pupil,
            MarkAmendment.day.between(first, last),
            MarkAmendment.replaced_at <= at.instant,
        )
        .order_by(MarkAmendment.replaced_at)
    )
    earlier: dict[tuple[date, int], list[Earlier]] = defaultdict(list)
    for one in amended:
        earlier[one.day, one.half].append(Earlier(one.code, one.minutes_late, one.replaced_at))
    return {
        (day, Half(half)): SessionMark(day, Half(half), code, minutes, public, tuple(earlier[day, half]))
        for day, half, code, minutes, public in rows
    }


def _points(
    session: Session, pupil: int, first: date, last: date, at: Moment, kind: PointKind | None
) -> tuple[Point, ...]:
    wanted = [PointRow.kind == kind] if kind is not None else []
    begins, ends = (datetime.combine(day, time(), at.zone).astimezone(UTC) for day in (first, last + timedelta(1)))
    rows = session.execute(
        select(PointRow.id, PointRow.at, PointRow.kind, PointRow.amount, Category.name, Category.meaning,
               PointRow.in_lesson, PointRow.subject, PointRow.place)
        .join(Category, Category.id == PointRow.category_id)
        .where(PointRow.pupil_id == pupil, PointRow.at >= begins, PointRow.at < ends, PointRow.at <= at.instant, *wanted)
        .order_by(PointRow.at.desc(), PointRow.id.desc())
    )  # fmt: skip
    return tuple(
        Point(id_, when, given, amount, name, meaning, in_lesson, subject or None, None, place or None)
        for id_, when, given, amount, name, meaning, in_lesson, subject, place in rows
    )
