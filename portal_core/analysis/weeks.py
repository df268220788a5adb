"""What stretch of time figures are of: the whole weeks of a school year of which data has come.

A figure of a running week would differ from the next reading's by what a few pupils did since. Where the school's own system
has not been read for a while, figures end where its data does; early in September they are still last year's.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Calendar, Moment, SchoolSettings
from portal_core.store.school import ImportRun
from portal_core.store.scope import Store


@dataclass(frozen=True, slots=True)
class Weeks:
    """The first of September and the last Sunday, both included, with the settings that figures follow."""

    first: date
    last: date
    as_of: datetime | None  # when the school's own system gave the newest data, UTC
    settings: SchoolSettings


def recorded_weeks(store: Store, *, by: Actor, at: Moment, what: str) -> Weeks:
    """The weeks that may be read now, once it is on record that they are. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.ANALYSE)
        newest = select(func.max(ImportRun.data_as_of)).where(ImportRun.started_at <= at.instant)
        as_of = work.session.scalar(newest)
        day = min(at.day, as_of.astimezone(at.zone).date()) if as_of is not None else at.day
        first, last = Calendar((), {}).year_begins(day), day - timedelta(day.weekday() + 1)
        work.audit(Verb.ANALYSED, what=what, first=first.isoformat(), last=last.isoformat())
        return Weeks(first, last, as_of, work.settings)
