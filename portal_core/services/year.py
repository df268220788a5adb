"""A child's school year for the interactive part of the parent's page: marks and points, read under the reader's own scope.

Each reading decides again, since the session finds nothing of a child whom its reader may not see at that moment.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal_core.domain.language import _
from portal_core.domain.people import Days, Principal
from portal_core.domain.records import Earlier, Point, PointKind, SessionMark
from portal_core.domain.school import Calendar, Half, Moment, SchoolSettings, Term
from portal_core.errors import BadInput, NotPermitted
from portal_core.policy.contact import about_missing_mark
from portal_core.services.calendar import calendar_of
from portal_core.services.reading import days_told
from portal_core.store.people import Enrolment, Pupil
from portal_core.store.registers import Category, Mark, MarkAmendment
from portal_core.store.registers import Point as PointRow
from portal_core.store.school import ReceivedRegister
from portal_core.store.scope import Store


@dataclass(frozen=True, slots=True)
class ChildYear:
    """A school year, or one term of it, up to the day it is read.

    `days` are those told of; `marks` those published, by day and session; `missing` the sessions without one about which the
    school may be asked (CONTACT-1); `points` newest first.
    """

    at: Moment
    forename: str
    terms: tuple[Term, ...]  # of this school year, in order
    days: tuple[date, ...]
    marks: dict[tuple[date, Half], SessionMark]
    missing: frozenset[tuple[date, Half]]
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
        settings = store.settings(at.instant)
        marks = _marks(session, pupil, first, last, at)
        spells = session.execute(
            select(Enrolment.begun_on, Enrolment.ended_on).where(
                Enrolment.pupil_id == pupil, Enrolment.superseded_at.is_(None)
            )
        )
        on_roll, marked = [Days(*spell) for spell in spells], {day for day, _half in marks}
        begun = max(first, session.scalar(select(func.min(Mark.day)).where(Mark.pupil_id == pupil)) or at.day)
        days = days_told(calendar, on_roll, marked, begun, last, at.day)
        return ChildYear(
            at,
            forename,
            terms,
            tuple(days),
            marks,
            _missing(session, days, marks, calendar, settings, at),
            _points(session, pupil, max(first, settings.points_shown_from(at.day)), last, at, kind),
        )


def _missing(
    session: Session,
    days: list[date],
    marks: Collection[tuple[date, Half]],
    calendar: Calendar,
    settings: SchoolSettings,
    at: Moment,
) -> frozenset[tuple[date, Half]]:
    """Sessions of these days without a mark about which the school may be asked by now (CONTACT-1)."""
    open_ = [(day, half) for day in days for half in Half if (day, half) not in marks]
    came = session.execute(
        select(ReceivedRegister.day, ReceivedRegister.half, ReceivedRegister.received_at).where(
            ReceivedRegister.day.in_({day for day, _half in open_}),
            ReceivedRegister.received_at <= at.instant - timedelta(minutes=settings.marks_delay_minutes),
        )
    )
    received = {(day, Half(half)): instant for day, half, instant in came}
    return frozenset(
        (day, half)
        for day, half in open_
        if about_missing_mark(
            day, half, at, settings=settings, calendar=calendar, received=received.get((day, half))
        ).contacts
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
