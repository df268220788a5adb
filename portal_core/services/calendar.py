"""The school's calendar as the store has it."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal_core.domain.school import Calendar, Term
from portal_core.store.school import ClosedDay, TermDates
from portal_core.store.scope import Work


def calendar_of(session: Session) -> Calendar:
    """Every term and closed day on record."""
    terms = session.scalars(select(TermDates).order_by(TermDates.begins))
    return Calendar(
        tuple(Term(t.name, t.begins, t.ends) for t in terms),
        {closed.day: closed.kind for closed in session.scalars(select(ClosedDay))},
    )


def school_days_after(work: Work, day: date, count: int) -> date:
    """The date so many school days later; where the calendar ends before, weekdays count."""
    calendar = calendar_of(work.session)
    for _ in range(count):
        following = calendar.next_school_day(day)
        if following is None:
            following = day + timedelta(7 - day.weekday() if day.weekday() >= 4 else 1)
        day = following
    return day
