"""The one read behind all frames of attendance: session marks counted in the database by pupil, half-term, weekday and code.

What is here still holds the portal's own ids, and so stays within portal_core.analysis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import Integer, case, cast, extract, func, literal, select
from sqlalchemy.orm import Session

from portal_core.domain.school import Moment, Term
from portal_core.policy.attendance import CUTOVER, attendance
from portal_core.store.people import Enrolment
from portal_core.store.registers import Mark
from portal_core.store.school import TermDates

SESSIONS = ("possible", "attended", "authorised", "unauthorised", "late")
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")  # as databases count them
BETWEEN_TERMS = "Outside the terms entered"
NO_YEAR = "No year group recorded"


@dataclass(frozen=True)
class Counted:
    """Sessions of each pupil (by id), half-term and weekday; `labels` gives the order of each grouping's groups."""

    rows: pd.DataFrame
    labels: Mapping[str, list[str]]


def count(session: Session, at: Moment, first: date, last: date) -> Counted:
    """Marks between two days, both included, as published at the moment."""
    terms = terms_between(session, first, last)
    spans = [(Mark.day.between(term.begins, term.ends), n) for n, term in enumerate(terms, 1)]
    half_term = case(*spans, else_=0) if spans else literal(0)
    weekday = cast(extract("dow", Mark.day), Integer)
    before = Mark.day < CUTOVER
    marks = session.execute(
        select(Mark.pupil_id, half_term, weekday, Mark.code, before, func.count())
        .where(Mark.day.between(first, last), Mark.public_from <= at.instant)
        .group_by(Mark.pupil_id, half_term, weekday, Mark.code, before)
    ).all()
    halves = [BETWEEN_TERMS, *(term.name for term in terms)]
    years, year_labels = year_groups(session, at)
    rows = _sessions(pd.DataFrame(marks, columns=["pupil", "half-term", "weekday", "code", "before", "marks"]))
    rows["half-term"] = rows["half-term"].map(dict(enumerate(halves)))
    rows["weekday"] = rows["weekday"].map(dict(enumerate(WEEKDAYS)))
    rows.insert(1, "year group", rows.pupil.map(years).fillna(NO_YEAR))
    labels = {
        "year group": year_labels,
        "half-term": half_term_labels(terms),
        "weekday": [*WEEKDAYS[1:], WEEKDAYS[0]],
    }
    return Counted(rows, labels)


def terms_between(session: Session, first: date, last: date) -> list[Term]:
    """The half-terms that touch those days, in order."""
    rows = session.execute(
        select(TermDates.name, TermDates.begins, TermDates.ends)
        .where(TermDates.ends >= first, TermDates.begins <= last)
        .order_by(TermDates.begins)
    )
    return [Term(*row) for row in rows]


def half_term_labels(terms: Sequence[Term]) -> list[str]:
    """Their names in order, and what lies between them at the end."""
    return [*dict.fromkeys([*(term.name for term in terms), BETWEEN_TERMS])]


def _sessions(marks: pd.DataFrame) -> pd.DataFrame:
    """Each mark under what its code counts as, by the rule that counts for parents."""
    worth = []
    for code, before in marks[["code", "before"]].drop_duplicates().itertuples(index=False):
        one = attendance([(code, bool(before), 1)])
        worth.append((code, before, one.possible, one.attended, one.authorised, one.unauthorised, one.lates))
    rows = marks.merge(pd.DataFrame(worth, columns=["code", "before", *SESSIONS]), on=["code", "before"])
    for name in SESSIONS:
        rows[name] = (rows[name] * rows.marks).astype("int64")
    cells = ["pupil", "half-term", "weekday"]
    return rows.groupby(cells, as_index=False, sort=False)[list(SESSIONS)].sum()


def year_groups(session: Session, at: Moment) -> tuple[dict[int, str], list[str]]:
    """The year group of each pupil's latest spell on roll, as known at the moment."""
    spells = session.execute(
        select(Enrolment.pupil_id, Enrolment.year_group)
        .where(
            Enrolment.begun_on <= at.day,
            Enrolment.recorded_at <= at.instant,
            Enrolment.superseded_at.is_(None) | (Enrolment.superseded_at > at.instant),
        )
        .order_by(Enrolment.begun_on, Enrolment.id)
    ).all()
    latest: dict[int, int] = {}
    latest.update((pupil, year) for pupil, year in spells)
    labels = [f"Year {year}" for year in sorted(set(latest.values()))]
    return {pupil: f"Year {year}" for pupil, year in latest.items()}, [*labels, NO_YEAR]
