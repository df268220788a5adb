"""Every table that a notebook can print, for every choice that a reader has."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import product
from typing import Any

import panel as pn
import param

from dashboards.notebooks import FOLDER, Notebook
from portal_core.analysis import Source, serving


@dataclass(frozen=True)
class Printed:
    """A table as the reader has it: what was chosen, its headings, and its rows of words."""

    chosen: dict[str, Any]
    heads: list[str]
    rows: list[list[str]]


class _Table(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def tables(name: str, source: Source) -> list[Printed]:
    """Run a notebook in this reader's name and make every choice there is."""
    space: dict[str, Any] = {"__name__": "__main__"}
    with serving(source):
        for code in Notebook(name, FOLDER / f"{name}.ipynb").read().code:
            exec(code, space)
    views = [
        one for one in space.values() if isinstance(one, param.Parameterized) and type(one).__module__ == "__main__"
    ]
    return [table for view in views for table in _of(view)]


def _of(view: param.Parameterized) -> Iterator[Printed]:
    choices = {name: list(one.objects) for name, one in view.param.objects().items() if isinstance(one, param.Selector)}
    for values in product(*choices.values()):
        chosen = dict(zip(choices, values, strict=True))
        view.param.update(**chosen)
        drawn = getattr(view, "table", None) or view.drawn
        for html in _texts(drawn()):
            parser = _Table()
            parser.feed(html)
            if parser.rows:
                yield Printed(chosen, parser.rows[0], parser.rows[1:])


def _texts(shown: Any) -> list[str]:
    if isinstance(shown, pn.pane.HTML):
        return [shown.object]
    return [text for one in shown for text in _texts(one)] if isinstance(shown, pn.Column) else []
