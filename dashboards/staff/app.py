"""The Panel application /staff: by duty and by whom the page is about. A reader without a duty gets neither widget nor data of it."""

from collections.abc import Callable
from dataclasses import replace
from logging import getLogger
from typing import Any

import panel as pn

from dashboards.components.look import SHRINKS, html
from dashboards.security.sockets import visitor
from dashboards.staff import accounts, colleagues, desk, investigations, lifting, withholding
from dashboards.staff.acting import Reader
from dashboards.staff.typed import Typed
from portal_core.domain.clauses import Duty
from portal_core.errors import NotPermitted
from portal_core.services import caseload, families, parties
from portal_core.services import desk as waits
from portal_core.services.gate import Gate

log = getLogger(__name__)
LOADING = '<p role="status">Loading…</p>'
FAILED = '<p role="status">This could not be read just now. Please load the page again.</p>'
EMPTY = '<p role="status">There is nothing for you to do here.</p>'


def staff_app(gate: Gate) -> Callable[[], pn.Column]:
    """The application, over this gate; it is read once the document has been handed over."""

    def app() -> pn.Column:
        seen = visitor()
        kind, _, id_ = seen.about.partition(":")
        reader = Reader(gate.store, seen.principal, f"/staff/{kind}/{id_}" if kind else "/staff", seen.origin)
        if not reader.holds(Duty.WORK):
            raise NotPermitted("This page is not available to you.")
        page = pn.Column(html(LOADING), stylesheets=SHRINKS, sizing_mode="stretch_width", margin=(8, 12))

        @pn.io.with_lock  # else what has nothing to wait for changes the page before Panel takes it for loaded
        async def fill() -> None:
            try:
                left = await reader.ask(Typed.left, here=reader.here)
                page[:] = await _parts(replace(reader, typed=left), kind, int(id_ or 0)) or [html(EMPTY)]
            except Exception:
                log.exception("the staff's part could not be read")
                page[:] = [html(FAILED)]

        pn.state.onload(fill)  # not before: what changes while the browser still draws is lost on it
        return page

    return app


async def _parts(reader: Reader, kind: str, id_: int) -> list[Any]:
    match kind:
        case "pupil":
            return await _pupil(reader, id_)
        case "adult":
            return await _adult(reader, id_)
        case _:
            return await _desk(reader)


async def _pupil(reader: Reader, pupil: int) -> list[Any]:
    if not reader.holds(Duty.INVESTIGATE, Duty.READ_GROUNDS):
        return []
    around = await reader.ask(families.around_pupil, pupil=pupil)
    siblings = await reader.ask(parties.siblings, pupil=pupil)
    cases = [case for case in await reader.ask(caseload.open_cases) if pupil in {one.id for one in case.pupils}]
    suspend = investigations.layout(investigations.Suspend(reader, around, siblings))
    return [investigations.open_cases(reader, cases), suspend] if cases else [suspend]


async def _adult(reader: Reader, adult: int) -> list[Any]:
    parts: list[Any] = []
    if not (reader.holds(Duty.ISSUE_ACCOUNTS) or reader.holds(Duty.RESTRICT, Duty.READ_GROUNDS)):
        return parts
    around = await reader.ask(families.around_adult, adult=adult)
    if reader.holds(Duty.ISSUE_ACCOUNTS):
        alike = await reader.ask(families.look_alikes, adult=adult)
        parts.append(accounts.layout(accounts.ChecksList(reader, around), alike))
    if reader.holds(Duty.RESTRICT, Duty.READ_GROUNDS):
        held = await reader.ask(caseload.restrictions_of, adult=adult)
        parts += [
            withholding.layout(withholding.Restrict(reader, around)),
            lifting.layout(reader, held, around),
            lifting.flags(reader, around, await reader.ask(caseload.court_flags, adult=adult)),
        ]
    return parts


async def _desk(reader: Reader) -> list[Any]:
    parts: list[Any] = []
    if reader.holds(Duty.INVESTIGATE, Duty.READ_GROUNDS):
        parts.append(investigations.open_cases(reader, await reader.ask(caseload.open_cases)))
    if any(reader.holds(duty) for duty in waits.DUTY_OF.values()):
        parts.append(desk.tasks(reader, await reader.ask(waits.waiting)))
    if reader.holds(Duty.IMPORT):
        parts.append(desk.imports(reader, await reader.ask(waits.last_runs), await reader.ask(waits.registers)))
    if reader.holds(Duty.KEEP_STAFF):
        parts.append(colleagues.layout(colleagues.Colleagues(reader, await reader.ask(waits.colleagues))))
    if reader.holds(Duty.VERIFY_AUDIT):
        parts.append(colleagues.proof(colleagues.Proof(reader)))
    return parts
