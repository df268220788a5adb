"""A reader who subtracts: nothing that either notebook withholds can be worked out from all that both of them print.

The reader here knows more than the notebooks say: every printed figure exactly, as it was before it was rounded, and which
categories are given in lessons. Each figure is a sum of cells too fine to be shown; a withheld one is worked out if it is a
combination of printed ones, whatever the cells hold.
"""

from collections import Counter, defaultdict
from datetime import date
from itertools import combinations, product

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal_core.analysis import Source
from portal_core.domain.clauses import Clause
from portal_core.store.people import Enrolment
from portal_core.store.registers import Category, Point
from portal_core.store.school import TermDates
from tests.analysis.conftest import JUPYTER, KEY
from tests.analysis.school import LAST, NOW, ZONE, build_school
from tests.notebooks.printed import Printed, tables

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
SESSIONS = {  # a heading, and which kinds of session it counts
    "Sessions attended": {"attended"},
    "Sessions of authorised absence": {"authorised"},
    "Sessions of unauthorised absence": {"unauthorised"},
    "Possible sessions": {"attended", "authorised", "unauthorised"},
    "Sessions late": {"late"},
}
PEOPLE = ("Pupils", "Pupils persistently absent")
SHARES = ("%", "Each pupil")


class Reader:
    """What a reader knows of the cells: a row for each printed figure, a column for each cell."""

    def __init__(self, school, printed: dict[str, list[Printed]]) -> None:
        def listed(notebook, by):  # a group that is not listed has nothing
            rows = (row for table in printed[notebook] if table.heads[0] == by for row in table.rows)
            return [group for group in dict.fromkeys(row[0] for row in rows) if group != "All"]

        with Session(school.store.engine) as session:
            places = session.execute(
                select(Point.in_lesson, Category.kind, Category.name).join(Category).distinct()
            ).all()
        groups = {name: [listed(name, by) for by in ("Year group", "Half-term")] for name in printed}
        places = [place for place in places if place.name in listed("points", "Category")]
        kinds = ("attended", "authorised", "unauthorised", "late")
        years, halves = groups["attendance"]
        self.cells = [
            *(("session", *cell) for cell in product(years, halves, WEEKDAYS, kinds)),
            *(("point", *cell, *place) for cell in product(*groups["points"]) for place in places),
            *(("people", what, year) for what in PEOPLE for year in years),
            *(("people at", what, time) for what in PEOPLE for time in (*halves, *WEEKDAYS)),
        ]
        self.printed, self.withheld = {}, {}
        for notebook, of_notebook in printed.items():
            for table in of_notebook:
                self.take(notebook, table)

    def take(self, notebook: str, table: Printed) -> None:
        """Note each figure of a table, or that it is withheld."""
        for group, *figures in table.rows:
            said = dict(zip(table.heads[1:], figures, strict=True))
            for head in (*SHARES, f"% of {table.chosen.get('kind')} points"):
                share = said.pop(head, "withheld")
                assert share == "withheld" or "withheld" not in said.values(), "a share tells of what is withheld"
            for head, figure in said.items():
                cells = self.sum_of(notebook, table, head, group)
                (self.withheld if figure == "withheld" else self.printed)[cells] = (
                    notebook,
                    table.heads[0],
                    head,
                    group,
                )

    def sum_of(self, notebook, table, head, group) -> frozenset:
        """The cells that a figure is the sum of."""
        by = table.heads[0]
        if head in PEOPLE:  # a pupil is in one year group, and in most half-terms
            time = by in ("Half-term", "Weekday") and group != "All"
            told = {"people at", head, group} if time else {"people", head}
            return frozenset(
                c for c in self.cells if told <= {*c} and (time or by == "Place" or group in ("All", c[2]))
            )
        if notebook == "attendance":
            return frozenset(
                c for c in self.cells if c[0] == "session" and c[4] in SESSIONS[head] and (group == "All" or group in c)
            )
        return frozenset(c for c in self.cells if c[0] == "point" and self.is_of(c, by, head, group, table.chosen))

    @staticmethod
    def is_of(cell, by, head, group, chosen) -> bool:
        _, year, half, in_lesson, kind, category = cell
        place = "In lessons" if in_lesson else "Outside lessons"
        of_group = group in {"All", year, half, place} if by != "Category" else group in ("All", category)
        told = {
            "Achievement": kind == "achievement", "Behaviour": kind == "behaviour", "In lessons": in_lesson,
            "Outside": not in_lesson, "Points": kind == chosen.get("kind"),
        }  # fmt: skip
        return of_group and told[head]

    def works_out(self, also=()) -> list:
        """Sets of withheld figures of one column whose sum is a combination of printed ones; `also` counts as printed."""
        place = {cell: number for number, cell in enumerate(self.cells)}

        def row(cells):
            vector = np.zeros(len(place))
            vector[[place[cell] for cell in cells]] = 1
            return vector

        known = np.array([row(cells) for cells in (*self.printed, *also)])
        _, sizes, axes = np.linalg.svd(known, full_matrices=False)
        axes = axes[sizes > 1e-8]
        beyond = {c: (wanted := row(c)) - axes.T @ (axes @ wanted) for c in self.withheld if c not in also}
        return [
            some
            for column in self.columns()
            for size in range(1, len(column) + 1)
            for some in combinations([cells for cells in column if cells in beyond], size)
            if np.linalg.norm(sum(beyond[cells] for cells in some)) < 1e-6
        ]

    def columns(self) -> list:
        """The withheld figures that stand under one another."""
        found = defaultdict(list)
        for cells, (notebook, by, head, group) in self.withheld.items():
            if group != "All":
                found[notebook, by, head].append(cells)
        return [*found.values()]


def parts(school) -> dict[tuple, Counter]:
    """What each pupil has in each cell of points."""
    with Session(school.store.engine) as session:
        points = session.execute(select(Point, Category).join(Category)).all()
        years = dict(session.execute(select(Enrolment.pupil_id, Enrolment.year_group)).all())
        terms = session.execute(select(TermDates.name, TermDates.begins, TermDates.ends)).all()
    found = defaultdict(Counter)
    for point, category in points:
        day = point.at.astimezone(ZONE).date()
        half = next((t.name for t in terms if t.begins <= day <= t.ends), "Outside the terms entered")
        if point.public_from <= NOW and date(2025, 9, 1) <= day <= LAST:
            cell = ("point", f"Year {years[point.pupil_id]}", half, point.in_lesson, category.kind, category.name)
            found[cell][point.pupil_id] += point.amount
    return found


SCHOOLS = {
    "one small year group": ({7: 45, 8: 25, 9: 35, 10: 3}, None),
    "two small year groups": ({7: 4, 8: 30, 9: 2, 10: 30, 11: 31}, None),
    "year groups of one size": ({7: 20, 8: 20, 9: 20, 10: 3}, None),
    "behaviour of four alone": ({7: 20, 8: 20, 9: 20}, 4),
    "behaviour of one year group": ({7: 25, 8: 20, 9: 20}, 25),
    "behaviour of six": ({7: 20, 8: 20, 9: 20}, 6),
    "hardly anybody": ({7: 6, 8: 1}, None),
}


@pytest.fixture(scope="module", params=list(SCHOOLS))
def read(request, migrated):
    """A school, and a reader of both notebooks of it."""
    sizes, naughty = SCHOOLS[request.param]
    school = build_school(migrated("sqlite"), sizes, naughty=naughty)
    printed = {name: tables(name, Source(school.store, JUPYTER, KEY)) for name in ("attendance", "points")}
    assert min(map(len, printed.values())) > 5
    reader = Reader(school, printed)
    return school, reader


@pytest.mark.clause(Clause.SEC_3)
def test_nothing_withheld_in_either_notebook_is_worked_out_from_both(read):
    """Not one figure; and where the sum of several is, it stands for enough pupils, none of whom has most of it."""
    school, reader = read
    assert len(reader.withheld) > 3
    assert not reader.withheld.keys() & reader.printed.keys(), "withheld in one table and printed in another"
    told, held = reader.works_out(), parts(school)
    assert [reader.withheld[cells] for some in told for cells in some if len(some) == 1] == []
    for some in told:
        together = sum((held[cell] for cells in some for cell in cells if cell in held), Counter())
        few = 0 < len(together) < 5 or 2 * max(together.values(), default=0) > together.total()
        assert not few, [reader.withheld[cells] for cells in some]


@pytest.mark.clause(Clause.SEC_3)
def test_the_attempt_is_an_earnest_one(read):
    """Were a column printed but for one figure, with its total, subtraction would find it."""
    _, reader = read
    totals = [cells for cells, figure in reader.withheld.items() if figure[3] == "All"]
    columns = [column for column in reader.columns() if reader.withheld[column[0]][2] not in PEOPLE]
    assert columns
    for first, *others in columns[:3]:
        assert (first,) in reader.works_out(also=[*others, *totals])
