"""The Panel application /staff: by duty and by whom the page is about. A reader without a duty gets neither widget nor data of it."""

from collections.abc import Callable
from dataclasses import replace
from logging import getLogger
from typing import Any

import panel as pn

from dashboards.components.look import column, html
from dashboards.security.sockets import visitor
from dashboards.staff import accounts, colleagues, desk, investigations, lifting, withholding
from dashboards.staff.acting import Acting, Reader, outcome
from dashboards.staff.codes import Issuing, shown_once
from dashboards.staff.typed import Typed
from portal_core.domain.clauses import Duty
from portal_core.errors import NotPermitted
from portal_core.services import caseload, families, parties, second_check, staff_list, tasks
from portal_core.services import desk as waits
from portal_core.services.caseload import OpenCase
from portal_core.services.gate import Gate

log = getLogger(__name__)
LOADING = '<p role="status">Loading…</p>'
FAILED = '<p role="status">This could not be read just now. Please load the page again.</p>'
EMPTY = '<p role="status">There is nothing for you to do here.</p>'
PAGES = {
    "": "/staff",
    "pupil": "/staff/pupil/{}",
    "adult": "/staff/adult/{}",
    "task": "/staff/tasks/{}",
    "colleague": "/staff/colleagues/{}",
}
"""The address of the page that a part belongs to, by what it is about."""
RENEWALS = "renewals"
"""The tag of what tells static/staff.js that the page around this part is to be read anew."""


class Part:
    """The staff's part of one page: read once it has been handed over, and again after each thing done.

    What came of the last action stands on top, and each code until it has been noted.
    """

    def __init__(self, reader: Reader, kind: str, id_: int) -> None:
        self._reader, self._kind, self._id = replace(reader, renew=self.renew), kind, id_
        self._codes: list[Issuing] = []
        self._renewals = 0
        self.page = column(html(LOADING))
        self.page.margin = (8, 12)

    async def fill(self, *top: Any) -> None:
        """Read it; a failure is said."""
        try:
            left = await self._reader.ask(Typed.left, here=self._reader.here)
            parts = await _parts(replace(self._reader, typed=left), self._kind, self._id)
        except Exception:
            log.exception("the staff's part could not be read")
            parts = [html(FAILED)]
        told = pn.pane.HTML(str(self._renewals), tags=[RENEWALS], visible=False)
        self.page[:] = [*top, *(parts or ([] if top else [html(EMPTY)])), told]

    async def renew(self, done: Acting) -> None:
        """Read it anew, with what came of an action on top."""
        if isinstance(done, Issuing):
            self._codes.append(done)
        self._codes = [one for one in self._codes if one.issued is not None]
        self._renewals += 1
        await self.fill(outcome(done), *map(shown_once, self._codes))


def staff_app(gate: Gate) -> Callable[[], pn.Column]:
    """The application, over this gate; it is read once the document has been handed over."""

    def app() -> pn.Column:
        seen = visitor()
        kind, _, id_ = seen.about.partition(":")
        reader = Reader(gate.store, seen.principal, PAGES[kind].format(id_), seen.origin)
        if not reader.holds(Duty.WORK):
            raise NotPermitted("This page is not available to you.")
        part = Part(reader, kind, int(id_ or 0))

        @pn.io.with_lock  # else what has nothing to wait for changes the page before Panel takes it for loaded
        async def fill() -> None:
            await part.fill()

        pn.state.onload(fill)  # not before: what changes while the browser still draws is lost on it
        return part.page

    return app


async def _parts(reader: Reader, kind: str, id_: int) -> list[Any]:
    match kind:
        case "pupil":
            return await _pupil(reader, id_)
        case "adult":
            return await _adult(reader, id_)
        case "task":
            return [desk.one_task(reader, await reader.ask(tasks.task, id_=id_))]
        case "colleague" if reader.holds(Duty.KEEP_STAFF):
            return [colleagues.layout(colleagues.Account(reader, await reader.ask(staff_list.colleague, staff=id_)))]
        case "colleague":
            return []
        case _:
            return await _desk(reader)


async def _pupil(reader: Reader, pupil: int) -> list[Any]:
    if not reader.holds(Duty.INVESTIGATE, Duty.READ_GROUNDS):
        return []
    around = await reader.ask(families.around_pupil, pupil=pupil)
    siblings = await reader.ask(parties.siblings, pupil=pupil)
    cases = [case for case in await reader.ask(caseload.open_cases) if pupil in {one.id for one in case.pupils}]
    suspend = investigations.layout(investigations.Suspend(reader, around, siblings), cases)
    return [await _open(reader, cases), suspend] if cases else [suspend]


async def _open(reader: Reader, cases: list[OpenCase]) -> pn.Column:
    return investigations.open_cases(reader, cases, await reader.ask(caseload.others_who_may_close))


async def _adult(reader: Reader, adult: int) -> list[Any]:
    parts: list[Any] = []
    if not (reader.holds(Duty.ISSUE_ACCOUNTS) or reader.holds(Duty.RESTRICT, Duty.READ_GROUNDS)):
        return parts
    around = await reader.ask(families.around_adult, adult=adult)
    if reader.holds(Duty.ISSUE_ACCOUNTS):
        alike = await reader.ask(families.look_alikes, adult=adult)
        waits_for = await reader.ask(second_check.waiting, adult=adult)
        parts.append(accounts.layout(accounts.ChecksList(reader, around), alike, waits_for))
    if reader.holds(Duty.RESTRICT, Duty.READ_GROUNDS):
        tied = {tie.pupil_id for tie in around.ties}
        cases = await reader.ask(caseload.open_cases) if reader.holds(Duty.INVESTIGATE) else []
        parts += [
            lifting.layout(
                reader, around, await reader.ask(caseload.restrictions_of, adult=adult),
                [case for case in cases if tied & {pupil.id for pupil in case.pupils}],
                await reader.ask(caseload.court_flags, adult=adult),
                await reader.ask(caseload.ended_restrictions, adult=adult),
            ),
            withholding.layout(withholding.Restrict(reader, around, await reader.ask(caseload.review_day))),
        ]  # fmt: skip
    return parts


async def _desk(reader: Reader) -> list[Any]:
    parts: list[Any] = []
    if reader.holds(Duty.INVESTIGATE, Duty.READ_GROUNDS) and (cases := await reader.ask(caseload.open_cases)):
        parts.append(await _open(reader, cases))
    mine = any(reader.holds(duty) for duty in waits.DUTY_OF.values())
    if mine and (waiting := await reader.ask(waits.waiting)):
        parts.append(desk.tasks(reader, waiting))
    if reader.holds(Duty.IMPORT):
        parts.append(desk.imports(reader, await reader.ask(waits.last_runs), await reader.ask(waits.registers)))
    return parts
