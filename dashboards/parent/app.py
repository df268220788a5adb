"""The Panel application /parent: the year in detail of the child that the page is about."""

import asyncio
from collections.abc import Callable

import panel as pn

from dashboards.parent.year import YearInDetail, layout
from dashboards.security.sockets import visitor
from portal_core.audit.views import View
from portal_core.domain.clauses import Verb
from portal_core.domain.language import speaking
from portal_core.domain.records import PointKind
from portal_core.errors import NotPermitted
from portal_core.services.gate import Gate
from portal_core.services.year import ChildYear, child_year


def parent_app(gate: Gate) -> Callable[[], pn.Column]:
    """The application, over this gate; its first reading begins when the document has been handed over."""

    def app() -> pn.Column:
        found = visitor()
        reader, pupil_id = found.principal, found.pupil_id
        if pupil_id is None:
            raise NotPermitted("This page is not available to you.")

        async def read(term: str | None, kind: PointKind | None) -> ChildYear:
            """In a thread, decided anew, and on record before it is shown."""
            at = gate.now()

            def recorded(verb: Verb) -> asyncio.Future[None]:
                return gate.views.recorded(View(at.instant, str(reader), verb, pupil_id, {"what": "/parent/app"}))

            try:
                year = await asyncio.to_thread(
                    child_year, gate.store, by=reader, at=at, pupil=pupil_id, term=term, kind=kind
                )
            except NotPermitted:
                await recorded(Verb.WAS_REFUSED)
                raise
            await recorded(Verb.VIEWED)
            return year

        with speaking(found.language):
            model = YearInDetail(read)
            pn.state.onload(model.load)  # not before: what changes while the browser still draws is lost on it
            return layout(model)

    return app
