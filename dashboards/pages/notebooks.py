"""/notebooks/ and /notebooks/<name>: the list of notebooks, and the prose of one around the part that is joined.

A name is looked up among the notebooks that were found at the start; no address is ever made into a path.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from tornado.web import HTTPError

from dashboards.notebooks import Notebook
from dashboards.pages.markdown import to_html
from dashboards.security.handlers import PortalHandler
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.errors import NotFound
from portal_core.policy.duties import OF_NOTEBOOKS, duties, duty_of_notebook
from portal_core.services.reading import Asking


class NotebookHandler(PortalHandler):
    """What both have in common."""

    duty = Duty.ANALYSE
    asking: Asking

    def initialize(self, notebooks: Mapping[str, Notebook]) -> None:
        """The notebooks there are, by name."""
        self.notebooks = notebooks

    async def who(self) -> Principal | None:
        """With what the record of a view needs."""
        held = self.application.doors.held(self.request)
        found = await self.application.gate.asking(held, self.at) if held is not None else None
        if found is None:
            return None
        self.asking = found
        return found.principal

    async def record(self, what: str) -> None:
        """Put it on record; nothing is sent before."""
        await self.application.gate.viewed(self.asking, Verb.ANALYSED, None, what)


class NotebookList(NotebookHandler):
    """GET /notebooks/."""

    async def get(self) -> None:
        await self.record("/notebooks/")
        self.show("notebooks.html", notebooks=await asyncio.to_thread(self._titles))

    def _titles(self) -> list[tuple[str, str]]:
        titles = []
        held = duties(self.asking.principal)
        for name, notebook in self.notebooks.items():
            if duty_of_notebook(name) not in held:
                continue
            try:
                titles.append((name, notebook.read().title or name))
            except NotFound:
                continue  # taken away since the start
        return titles


class NotebookPage(NotebookHandler):
    """GET /notebooks/<name>: its prose; portal-join.js joins the rest."""

    async def get(self, name: str) -> None:
        notebook = self.notebooks.get(name)
        if notebook is None or duty_of_notebook(name) is not self.duty:
            raise HTTPError(404)
        contents = await asyncio.to_thread(notebook.read)
        await self.record(f"/notebooks/{name}")
        self.show(
            "notebook.html",
            name=name,
            title=contents.title or name,
            before=to_html(contents.before),
            after=to_html(contents.after),
        )


class UsePage(NotebookPage):
    """GET /notebooks/portal_use: the same for those who run the portal."""

    duty = Duty.SEE_USE


PAGES = {Duty.ANALYSE: NotebookPage, Duty.SEE_USE: UsePage}


def routes(notebooks: Mapping[str, Notebook]) -> list[tuple[Any, ...]]:
    """The pages, for the server's table."""
    named = {"notebooks": notebooks}
    own = [(rf"/notebooks/({name})", PAGES[duty], named) for name, duty in OF_NOTEBOOKS.items() if name in notebooks]
    return [(r"/notebooks/", NotebookList, named), *own, (r"/notebooks/([a-z0-9_-]+)", NotebookPage, named)]
