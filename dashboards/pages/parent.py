"""/parent and /parent/<id>: which children there are, and one child's page.

Two statements a page: who is asking with all that decides, then that child's data if the decision allows. The page is put
together while the view is being recorded, and leaves when it is on record; a refusal is recorded in the same way.
"""

import zlib
from asyncio import Future
from typing import Any

from dashboards.parent.view import View
from dashboards.security.handlers import PortalHandler
from dashboards.security.static import accepts_gzip
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.errors import NotPermitted
from portal_core.services.reading import Asking

GZIP_LEVEL = 4  # more costs time and saves next to nothing


class ParentHandler(PortalHandler):
    """What both have in common: the question who is asking brings what decides along."""

    duty = Duty.SEE_OWN_CHILDREN
    asking: Asking

    async def who(self) -> Principal | None:
        """Both in one statement."""
        held = self.application.doors.held(self.request)
        found = await self.application.gate.asking(held, self.at) if held is not None else None
        if found is None:
            return None
        self.asking = found
        return found.principal

    def recorded(self, verb: Verb, pupil_id: int | None) -> "Future[None]":
        """Puts it on record; await it before anything is sent."""
        return self.application.gate.viewed(self.asking, verb, pupil_id, "/parent")

    def compute_etag(self) -> None:
        """None: a page that no browser keeps is never asked whether it changed."""

    async def refuse(self, pupil_id: int | None) -> None:
        """The one neutral page: whatever the cause, and whether there is such a child or not."""
        await self.recorded(Verb.WAS_REFUSED, pupil_id)
        self.set_status(403)
        self.show("parent_none.html")

    def send(self, page: str) -> None:
        """A page, compressed here and not by the server, whose level costs more than it saves."""
        body = page.encode()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        if accepts_gzip(self.request.headers.get("Accept-Encoding", "")):
            packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
            body = packer.compress(body) + packer.flush()
            self.set_header("Content-Encoding", "gzip")
        self.finish(body)


class Children(ParentHandler):
    """GET /parent: on to the first child, or the neutral page for whoever may see none."""

    async def get(self) -> None:
        if children := self.asking.children:
            self.redirect(f"/parent/{children[0]}")
        else:
            await self.refuse(None)


class ChildHandler(ParentHandler):
    """GET /parent/<id>."""

    async def get(self, pupil: str) -> None:
        pupil_id = int(pupil)
        try:
            page = await self.application.gate.child_page(self.asking, pupil_id)
        except NotPermitted:
            await self.refuse(pupil_id)
            return
        recorded = self.recorded(Verb.VIEWED, pupil_id)
        html = self.page("parent.html", view=View.of(page))
        await recorded
        self.send(html)


ROUTES: list[tuple[Any, ...]] = [
    (r"/parent", Children),
    (r"/parent/(\d{1,9})", ChildHandler),  # the ids that a record of the view can hold
]
