"""The one read behind the frames of points: summed in the database by pupil, half-term, place, kind and category.

What is here still holds the portal's own ids, and so stays within portal_core.analysis.
"""

from datetime import UTC, date, datetime, time, timedelta

import pandas as pd
from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from portal_core.analysis.counts import BETWEEN_TERMS, NO_YEAR, Counted, half_term_labels, terms_between, year_groups
from portal_core.domain.records import PointKind
from portal_core.domain.school import Moment
from portal_core.store.registers import Category, Point

IN_LESSONS, OUTSIDE = "In lessons", "Outside lessons"
MEASURES = ("achievement", "behaviour", "in_lessons", "outside")


def count_points(session: Session, at: Moment, first: date, last: date) -> Counted:
    """Points given between two days, both included, as published at the moment; a column for each of MEASURES."""

    def begins(day: date) -> datetime:
        return datetime.combine(day, time(), at.zone).astimezone(UTC)

    def within(first: date, last: date) -> ColumnElement[bool]:
        return (Point.at >= begins(first)) & (Point.at < begins(last + timedelta(1)))

    terms = terms_between(session, first, last)
    spans = [(within(term.begins, term.ends), n) for n, term in enumerate(terms, 1)]
    half_term = case(*spans, else_=0) if spans else literal(0)
    cells = (Point.pupil_id, half_term, Point.in_lesson, Point.kind, Category.name)
    sums = session.execute(
        select(*cells, func.sum(Point.amount))
        .join(Category, Category.id == Point.category_id)
        .where(within(first, last), Point.public_from <= at.instant, Point.amount > 0)
        .group_by(*cells)
    ).all()
    years, year_labels = year_groups(session, at)
    rows = pd.DataFrame(sums, columns=["pupil", "half-term", "place", "kind", "category", "points"])
    rows = rows.astype({"points": "int64"})
    rows["half-term"] = rows["half-term"].map(dict(enumerate([BETWEEN_TERMS, *(term.name for term in terms)])))
    rows["place"] = rows["place"].map({True: IN_LESSONS, False: OUTSIDE})
    rows.insert(1, "year group", rows.pupil.map(years).fillna(NO_YEAR))
    for kind in PointKind:
        rows[kind.value] = rows.points.where(rows.kind == kind, 0)
    rows["in_lessons"] = rows.points.where(rows.place == IN_LESSONS, 0)
    rows["outside"] = rows.points.where(rows.place == OUTSIDE, 0)
    labels = {
        "year group": year_labels,
        "half-term": half_term_labels(terms),
        "place": [IN_LESSONS, OUTSIDE],
        "category": sorted(rows.category.unique()),  # by name: an order by size would tell of the withheld
    }
    return Counted(rows, labels)
