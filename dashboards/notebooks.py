"""Serves every notebook of a folder as an application of the portal: the analysts' .ipynb files, as they are.

A notebook is found when the server starts; what is in it is read anew for each visit. Its code runs in a thread, in the
visitor's name (portal_core.analysis.source), and what its cells end in `….servable()` is shown, in their order. One cell that
fails leaves nothing: the visitor reads our sentence and the log has the trace. Cells are plain Python: no magics.

    apps = notebook_apps(found(FOLDER), gate.store, pseudonym_key(secret_key))     # for server.build
    routes = routes(found(FOLDER))                                                 # of dashboards.pages.notebooks
"""

import ast
import asyncio
import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from logging import getLogger
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import panel as pn
from bokeh.application.application import SessionContext
from bokeh.application.handlers.handler import Handler
from bokeh.document import Document
from panel.io.state import set_curdoc

from dashboards.components.look import column
from portal_core.analysis import Source, serving
from portal_core.errors import NotFound
from portal_core.store.scope import Store

log = getLogger(__name__)

FOLDER = Path(__file__).parent.parent / "notebooks"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")  # what may stand in an address
HEADING = re.compile(r"#\s+(.+)")


@dataclass(frozen=True, slots=True)
class Notebook:
    """One .ipynb; `name` is its file's and its page's."""

    name: str
    path: Path

    def read(self) -> "Contents":
        """What is in the file now. Raises NotFound if it is gone or no notebook."""
        try:
            cells = json.loads(self.path.read_text(encoding="utf-8"))["cells"]
            return Contents([(cell["cell_type"], "".join(cell["source"])) for cell in cells])
        except (OSError, ValueError, KeyError, TypeError):
            log.exception("%s cannot be read", self.path.name)
            raise NotFound("This notebook is not there any more. Please look again.") from None


@dataclass(frozen=True, slots=True)
class Contents:
    """A notebook's cells as (kind, text)."""

    cells: list[tuple[str, str]]

    @property
    def code(self) -> list[str]:
        """The code cells in their order."""
        return [text for kind, text in self.cells if kind == "code"]

    @property
    def title(self) -> str:
        """The first heading of the prose."""
        first = self._prose()[0].partition("\n")[0] if self._prose() else ""
        heading = HEADING.match(first)
        return heading[1].strip() if heading else ""

    @property
    def before(self) -> str:
        """The prose before the first code cell, without the title."""
        kinds = [kind for kind, _ in self.cells]
        end = kinds.index("code") if "code" in kinds else len(kinds)
        text = "\n\n".join(text for kind, text in self.cells[:end] if kind == "markdown")
        return text.partition("\n")[2] if self.title else text

    @property
    def after(self) -> str:
        """The prose that stands between and after the code."""
        kinds = [kind for kind, _ in self.cells]
        begin = kinds.index("code") if "code" in kinds else len(kinds)
        return "\n\n".join(text for kind, text in self.cells[begin:] if kind == "markdown")

    def _prose(self) -> list[str]:
        return [text.lstrip() for kind, text in self.cells if kind == "markdown"]


def found(folder: Path = FOLDER) -> dict[str, Notebook]:
    """The notebooks of a folder by name; a file whose name cannot stand in an address is logged and left out."""
    notebooks = {}
    for path in sorted(folder.glob("*.ipynb")):
        if NAME.fullmatch(path.stem):
            notebooks[path.stem] = Notebook(path.stem, path)
        else:
            log.warning("%s is not served: its name needs small letters, digits, - and _ alone", path.name)
    return notebooks


def notebook_apps(notebooks: Mapping[str, Notebook], store: Store, key: bytes) -> dict[str, Handler]:
    """An application for each notebook, by its path; `key` makes the pseudonyms."""
    return {f"/notebooks/{name}": NotebookApp(notebook, store, key) for name, notebook in notebooks.items()}


class NotebookApp(Handler):
    """Runs a notebook for each session: its code in a thread beforehand, so that no other visitor waits for it."""

    def __init__(self, notebook: Notebook, store: Store, key: bytes) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(2, "notebooks")  # its own: a slow notebook keeps nobody else waiting
        self._notebook, self._store, self._key = notebook, store, key
        self._ready: WeakKeyDictionary[Document, Callable[[], pn.Column]] = WeakKeyDictionary()

    async def on_session_created(self, session_context: SessionContext) -> None:
        """Run the cells; what comes of it, or what went wrong, waits for the document."""
        source = Source(self._store, session_context.request.visitor.principal, self._key)
        try:
            shown = await asyncio.get_running_loop().run_in_executor(self._threads, run, self._notebook, source)
        except Exception as fault:
            self._ready[session_context._document] = partial(_fail, fault)
        else:
            self._ready[session_context._document] = partial(column, *shown)

    def modify_document(self, doc: Document) -> None:
        """Fill the document, or raise what the notebook raised: the socket then closes and the page says so."""
        with set_curdoc(doc):
            self._ready.pop(doc)().server_doc(doc, location=False)


def run(notebook: Notebook, source: Source) -> list[Any]:
    """What a notebook shows to this reader. Raises whatever a cell raises."""
    space: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    with serving(source):
        for number, code in enumerate(notebook.read().code, 1):
            place = f"<{notebook.name}, code cell {number}>"
            cell = ast.parse(code, place)
            last = ast.Expression(cell.body.pop().value) if cell.body and _is_shown(cell.body[-1]) else None
            exec(compile(cell, place, "exec"), space)  # noqa: S102  the school's own notebooks, as trusted as this file
            if last is not None:
                shown.append(eval(compile(last, place, "eval"), space))  # noqa: S307  the same
    if not shown:
        raise ValueError(f"{notebook.path.name} shows nothing: no cell ends in .servable()")
    return shown


def _is_shown(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "servable"


def _fail(fault: Exception) -> pn.Column:
    raise fault
