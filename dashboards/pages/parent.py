"""/parent and below /parent/<id>: which children there are, and the pages about each.

Two statements a page: who is asking with all that decides, then that child's data if the decision allows. The page is put
together while the view is being recorded, and leaves when it is on record; a refusal is recorded in the same way.
"""

import zlib
from asyncio import Future
from typing import Any, ClassVar

from dashboards.parent.attendance import AttendanceView
from dashboards.parent.frame import Nothing, no_such_point, no_such_time
from dashboards.parent.lessons import LessonsView
from dashboards.parent.points import PointsView
from dashboards.parent.talk import TalkView
from dashboards.parent.view import View
from dashboards.security.handlers import PortalHandler
from dashboards.security.static import accepts_gzip
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.errors import NotPermitted
from portal_core.services.reading import Asking

GZIP = {"level": 4, "wbits": 16 + 13, "memLevel": 6}
"""More costs time and saves next to nothing: with the usual window and tables, twice the time for one byte in a hundred and fifty."""


class ParentHandler(PortalHandler):
    """What both have in common: the question who is asking brings what decides along."""

    duty = Duty.SEE_OWN_CHILDREN
    what: ClassVar[str] = "/parent"  # as the record of a view names it
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
        return self.application.gate.viewed(self.asking, verb, pupil_id, self.what)

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
            packer = zlib.compressobj(**GZIP)
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
    """GET /parent/<id>: a child's first page. The further pages differ in what they ask for and how they say it."""

    async def get(self, pupil: str, *more: str) -> None:
        """Decided and read, put on record while it is put together, sent when it is on record."""
        pupil_id = int(pupil)
        try:
            found = await self.read(pupil_id)
        except NotPermitted:
            await self.refuse(pupil_id)
            return
        recorded = self.recorded(Verb.VIEWED, pupil_id)
        html = self.told(found, *more)
        await recorded
        self.send(html)

    async def read(self, pupil_id: int) -> Any:
        """What the page rests on. Raises NotPermitted."""
        return await self.application.gate.child_page(self.asking, pupil_id)

    def told(self, found: Any) -> str:
        """The page in HTML."""
        return self.page("parent.html", view=View.of(found))

    def nothing(self, view: Nothing) -> str:
        """A clear page for an address at which there is nothing."""
        self.set_status(404)
        return self.page("parent_nothing.html", view=view)


class AttendanceHandler(ChildHandler):
    """GET /parent/<id>/attendance, with a stretch of time as `period`."""

    what = "/parent/attendance"

    async def read(self, pupil_id: int) -> Any:
        """A school year."""
        return await self.application.gate.child_attendance(self.asking, pupil_id, self.query("period", ""))

    def told(self, found: Any) -> str:
        """The page, or which stretches there are."""
        view = AttendanceView.of(found)
        return (
            self.page("parent_attendance.html", view=view) if view else self.nothing(no_such_time(found, "attendance"))
        )


class LessonsHandler(ChildHandler):
    """GET /parent/<id>/lessons, with a stretch of time as `period`."""

    what = "/parent/lessons"

    async def read(self, pupil_id: int) -> Any:
        """A stretch of a school year."""
        return await self.application.gate.child_lessons(self.asking, pupil_id, self.query("period", ""))

    def told(self, found: Any) -> str:
        """The page, or which stretches there are."""
        view = LessonsView.of(found)
        return self.page("parent_lessons.html", view=view) if view else self.nothing(no_such_time(found, "lessons"))


class PointsHandler(ChildHandler):
    """GET /parent/<id>/points."""

    what = "/parent/points"

    async def read(self, pupil_id: int) -> Any:
        """All that are shown."""
        return await self.application.gate.child_points(self.asking, pupil_id)

    def told(self, found: Any) -> str:
        """The page."""
        return self.page("parent_points.html", view=PointsView.of(found))


ANSWERS = {"yes": True, "no": False}


class TalkHandler(PointsHandler):
    """GET /parent/<id>/points/<point>: what to do before asking, with ?talked=yes whom to ask, with ?talked=no how to begin (CONTACT-3 to 6)."""

    what = "/parent/points/talk"

    def told(self, found: Any, point: str) -> str:
        """The page, or where the points are."""
        view = TalkView.of(found, int(point), talked=ANSWERS.get(self.query("talked", "")))
        return self.page("parent_talk.html", view=view) if view else self.nothing(no_such_point(found))


ROUTES: list[tuple[Any, ...]] = [
    (r"/parent", Children),
    (r"/parent/(\d{1,9})", ChildHandler),  # the ids that a record of the view can hold
    (r"/parent/(\d{1,9})/attendance", AttendanceHandler),
    (r"/parent/(\d{1,9})/lessons", LessonsHandler),
    (r"/parent/(\d{1,9})/points", PointsHandler),
    (r"/parent/(\d{1,9})/points/(\d{1,9})", TalkHandler),
]
