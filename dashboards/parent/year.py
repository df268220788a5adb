"""The year in detail: what the reader chose and what was read for it, and how it is laid out.

The model knows no widget. Each choice is read anew under the reader's own scope; an answer that a later choice has
overtaken is dropped.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import panel as pn
import param

from dashboards.components.calendar import calendar_plot, legend_html, table_html
from dashboards.components.points import points_html, points_plot
from portal_core.domain.records import PointKind
from portal_core.services.year import ChildYear

WHOLE, BOTH = "The whole year", "All points"
KINDS = {BOTH: None, "Achievement": PointKind.ACHIEVEMENT, "Behaviour": PointKind.BEHAVIOUR}
LOADING = "Loading…"
FAILED = "This could not be read just now. All else on the page stands; please choose again in a while."

Read = Callable[[str | None, PointKind | None], Awaitable[ChildYear]]
"""Reads the year, or a term of it by name, and one kind of points or both."""


class YearInDetail(param.Parameterized):
    """A child's year as far as the reader chose to see it."""

    term = param.Selector(default=WHOLE, objects=[WHOLE], doc="A term by name, or the whole year.")
    kind = param.Selector(default=BOTH, objects=list(KINDS), doc="Which points.")
    year = param.ClassSelector(class_=ChildYear, constant=True, doc="What was read; None until first read.")
    said = param.String(default=LOADING, constant=True, doc="What the reader is told about reading.")

    def __init__(self, read: Read, **params: Any) -> None:
        super().__init__(**params)
        self._read = read
        self._asked = 0

    @param.depends("term", "kind", watch=True)
    async def load(self) -> None:
        """Read what is chosen now."""
        self._asked = asked = self._asked + 1
        self._show(said=LOADING)
        try:
            year = await self._read(None if self.term == WHOLE else self.term, KINDS[self.kind])
        except Exception:
            if asked == self._asked:
                self._show(year=None, said=FAILED)
            raise
        if asked == self._asked:  # else a later choice has overtaken this one
            self.param.term.objects = [WHOLE, *(term.name for term in year.terms if term.begins <= year.at.day)]
            self._show(year=year, said="")

    def _show(self, **changed: Any) -> None:
        with param.edit_constant(self):
            self.param.update(**changed)


STYLES = [
    """
:host, :host > * { font: 1rem/1.5 system-ui, sans-serif; color: #17212b; }
h3 { font-size: 1.08rem; margin: .75rem 0 .4rem; } h4 { margin: .6rem 0 .3rem; } p { margin: 0 0 .5rem; }
ul { margin: 0 0 .8rem; padding-inline-start: 1.2rem; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem 1.1rem; font-size: .92rem; }
.cell { display: inline-block; inline-size: 1.5em; text-align: center; border: 1px solid #7b8896; font-weight: 700; }
:focus-visible { outline: 3px solid #b04a00; outline-offset: 2px; }
.scroll { overflow: auto; max-block-size: 38rem; border: 1px solid #d5dbe1; border-radius: .35rem; padding: .25rem .75rem; }
table { border-collapse: collapse; inline-size: 100%; } caption { text-align: start; font-weight: 600; }
th, td { text-align: start; vertical-align: top; padding: .3rem .75rem .3rem 0; border-block-end: 1px solid #d5dbe1; }
th { font-weight: 600; }
@media (min-width: 40rem) { th { white-space: nowrap; } }
@media (max-width: 30rem) { .scroll { padding-inline: .5rem; font-size: .9rem; } th, td { padding-inline-end: .4rem; } }
"""
]
NARROW = 250  # pixels, on the smallest telephone
# Panel makes a row and what it stands in as wide as its parts together: not on a telephone
WRAPS = [":host { flex-wrap: wrap; min-width: 0 !important; }"]
SHRINKS = [":host { min-width: 0 !important; }"]
CHOICE = [
    ":host label, :host .bk-input { font: 1rem/1.5 system-ui, sans-serif; } :host .bk-input { block-size: 2.75rem; }"
]


def layout(model: YearInDetail) -> pn.Column:
    """Choices above; then the calendar with its words beside it, and the points with theirs below."""

    def html(text: Any, **sizes: Any) -> pn.pane.HTML:
        return pn.pane.HTML(text, stylesheets=STYLES, sizing_mode="stretch_width", **sizes)

    def of_year(words: Callable[[ChildYear], Any]) -> Any:
        return param.bind(lambda year: words(year) if year else None, model.param.year)

    def choice(parameter: param.Parameter, label: str) -> pn.widgets.Select:
        widget = pn.widgets.Select.from_param(parameter, label=label, width=250, stylesheets=CHOICE)
        widget.description = None  # or Panel would show what is written for programmers
        return widget

    def beside(*parts: Any) -> pn.Row:
        """Side by side, or one below the other where it is narrow."""
        return pn.Row(*parts, stylesheets=WRAPS, sizing_mode="stretch_width")

    return pn.Column(
        beside(choice(model.param.term, "Term"), choice(model.param.kind, "Points")),
        html(param.bind(lambda said: f'<p role="status">{said}</p>', model.param.said)),
        html("<h3>Marks</h3>"),
        html(legend_html()),
        beside(
            pn.pane.Bokeh(of_year(calendar_plot), sizing_mode="stretch_width", min_width=NARROW, max_width=520),
            html(of_year(table_html), min_width=NARROW),
        ),
        html("<h3>Points</h3>"),
        pn.pane.Bokeh(of_year(points_plot), sizing_mode="stretch_width"),
        html(of_year(points_html)),
        stylesheets=SHRINKS,
        sizing_mode="stretch_width",
        margin=(12, 4),
    )
