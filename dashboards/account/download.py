"""/account/download: one child's record as a file, decided and on record before a byte of it leaves (USE-1, SEC-3, SEC-4).

It is read and set first; then the decision is asked once more, so that what came in between holds, and only then recorded
and sent. No file is given to a shared device (USE-2).
"""

from collections.abc import Callable, Mapping

from tornado.web import HTTPError

from dashboards.account.own import AccountHandler
from dashboards.pages.parent import ParentHandler
from dashboards.pages.signin import Desk
from dashboards.parent.taking_away import record_of
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import N_, _
from portal_core.errors import BadInput, NotPermitted
from portal_core.letters import Record, record_csv, record_pdf
from portal_core.security.devices import downloads_allowed
from portal_core.services import own_record
from portal_core.services.reading import Asking
from portal_core.services.year import child_year
from portal_core.store.scope import Store

FORMS: Mapping[str, tuple[str, Callable[[Record], bytes]]] = {
    "pdf": ("application/pdf", record_pdf),
    "csv": ("text/csv; charset=utf-8", record_csv),
}
SHARED = N_(
    "This is a shared device, so nothing can be downloaded to it. If it is your own, sign out, sign in again and say so there."
)


class Download(ParentHandler, AccountHandler):
    """GET shows whose record can be had; POST gives the file."""

    duty = Duty.KEEP_ACCOUNT
    parents = True

    def initialize(self, desk: Desk) -> None:
        """The process's one desk."""
        AccountHandler.initialize(self, desk)

    async def get(self) -> None:
        await self._form()

    async def post(self) -> None:
        child, form = self.field("child"), self.field("form")
        if form not in FORMS or not (child.isascii() and child.isdigit() and len(child) < 10):
            raise HTTPError(400, "no such child or form")
        if not downloads_allowed(self.principal):
            self.set_status(403)
            await self._form()
            return
        try:
            file = await self._made(int(child), form)
            await self._decided_again(int(child))
        except NotPermitted:
            await self.refuse(int(child))
            return
        except BadInput as fault:
            await self._form(self.say(fault))
            return
        await self.application.gate.viewed(self.asking, Verb.EXPORTED, int(child), f"/account/download {form}")
        self.give(file, f"school-record-{self.at.day}.{form}", FORMS[form][0])

    async def _made(self, pupil: int, form: str) -> bytes:
        page = await self.application.gate.child_page(self.asking, pupil)
        year = await self.own(child_year, pupil=pupil)
        reader = (await self.own(own_record.standing)).name
        record = record_of(page, year, reader=reader)
        return await self.desk.hashing(_set, record=record, form=form)  # in the line that leaves a core to the readers

    async def _decided_again(self, pupil: int) -> None:
        """Raises NotPermitted unless login and decision still stand at this instant."""
        at, held = self.application.gate.now(), self.application.doors.held(self.request)
        again: Asking | None = await self.application.gate.asking(held, at) if held is not None else None
        if again is None or pupil not in again.children:
            raise NotPermitted("This page is not available to you.")
        self.at, self.asking = at, again

    async def _form(self, problem: str | None = None) -> None:
        children = await self.own(own_record.children)
        allowed = downloads_allowed(self.principal)
        self.show(
            "account_download.html", here="/account", children=children, problem=problem or ("" if allowed else _(SHARED)),
            allowed=allowed,
        )  # fmt: skip


def _set(_store: Store, *, record: Record, form: str) -> bytes:
    return FORMS[form][1](record)
