"""The year in detail: what the reader chose and what was read for it, and how it is laid out.

The model knows no widget. Each choice is read anew under the reader's own scope; an answer that a later choice has
overtaken is dropped.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import panel as pn
import param

from dashboards.components.calendar import calendar_plot, legend_html, table_html
from dashboards.components.look import beside, column, field, html
from dashboards.components.points import points_html, points_plot
from portal_core.domain.language import N_, _, speaking, spoken
from portal_core.domain.records import PointKind
from portal_core.errors import BadInput
from portal_core.services.year import ChildYear

WHOLE, BOTH = N_("The whole year"), N_("All points")
KINDS = {BOTH: None, N_("Achievement"): PointKind.ACHIEVEMENT, N_("Behaviour"): PointKind.BEHAVIOUR}
LOADING = N_("Loading…")
FAILED = N_("This could not be read just now. All else on the page stands; please choose again in a while.")

Read = Callable[[str | None, PointKind | None], Awaitable[ChildYear]]
"""Reads the year, or a term of it by name, and one kind of points or both."""


class YearInDetail(param.Parameterized):
    """A child's year as far as the reader chose to see it, in the language that is spoken when it is made."""

    term = param.Selector(default=WHOLE, objects=[WHOLE], doc="A term by name, or the whole year.")
    kind = param.Selector(default=BOTH, objects=list(KINDS), doc="Which points.")
    year = param.ClassSelector(class_=ChildYear, constant=True, doc="What was read; None until first read.")
    said = param.String(default=LOADING, constant=True, doc="What the reader is told about reading.")

    def __init__(self, read: Read, **params: Any) -> None:
        super().__init__(**params)
        self.language = spoken()
        self._whole, self._kinds = _(WHOLE), {_(words): kind for words, kind in KINDS.items()}
        self.param.term.objects, self.param.kind.objects = [self._whole], list(self._kinds)
        with param.edit_constant(self):
            self.param.update(term=self._whole, kind=_(BOTH), said=_(LOADING))
        self._read = read
        self._asked = 0

    @param.depends("term", "kind", watch=True)
    async def load(self) -> None:
        """Read what is chosen now."""
        with speaking(self.language):
            await self._load()

    async def _load(self) -> None:
        self._asked = asked = self._asked + 1
        self._show(said=_(LOADING))
        try:
            year = await self._read(None if self.term == self._whole else self.term, self._kinds[self.kind])
        except BadInput:  # left open into the next school year, which has no such term
            if asked == self._asked:
                self.term = self._whole
        except Exception:
            if asked == self._asked:
                self._show(year=None, said=_(FAILED))
            raise
        else:
            self._take(year, asked)

    def _take(self, year: ChildYear, asked: int) -> None:
        if asked == self._asked:  # else a later choice has overtaken this one
            self.param.term.objects = [self._whole, *(term.name for term in year.terms if term.begins <= year.at.day)]
            self._show(year=year, said="")

    def _show(self, **changed: Any) -> None:
        with param.edit_constant(self):
            self.param.update(**changed)


NARROW = 250  # pixels, on the smallest telephone


def layout(model: YearInDetail) -> pn.Column:
    """Choices above; then the calendar with its words beside it, and the points with theirs below."""

    def of_year(words: Callable[[ChildYear], Any]) -> Any:
        def told(year: ChildYear | None) -> Any:
            with speaking(model.language):
                return words(year) if year else None

        return param.bind(told, model.param.year)

    def heading(words: str) -> str:
        return f"<h3>{words}</h3>"

    def choice(parameter: param.Parameter, label: str) -> pn.widgets.Select:
        return field(pn.widgets.Select, parameter, label, width=250, sizing_mode=None)

    return column(
        beside(choice(model.param.term, _("Term")), choice(model.param.kind, _("Points"))),
        html(param.bind(lambda said: f'<p role="status">{said}</p>', model.param.said)),
        html(heading(_("Marks"))),
        html(legend_html()),
        beside(
            pn.pane.Bokeh(of_year(calendar_plot), sizing_mode="stretch_width", min_width=NARROW, max_width=440),
            html(of_year(table_html), min_width=NARROW),
        ),
        html(heading(_("Points"))),
        pn.pane.Bokeh(of_year(points_plot), sizing_mode="stretch_width"),
        html(of_year(points_html)),
        margin=(12, 4),
    )
