"""/staff/retention: pupils whose records are due for erasure, and their erasure, a page of the list at once (SEC-5)."""

import asyncio
import re
from typing import Any

from dashboards.pages.staff_lists import ListHandler
from portal_core.domain.clauses import Duty
from portal_core.errors import BadInput, Stale
from portal_core.services import retention
from portal_core.services.listing import PAGE
from portal_core.store.scope import Store

NUMBERS = re.compile(rf"\d{{1,9}}(,\d{{1,9}}){{0,{PAGE - 1}}}")


class Retention(ListHandler):
    """GET lists who is due; POST erases those who were on the page, once that is confirmed."""

    duty = Duty.ERASE

    async def get(self) -> None:
        await self._show()

    async def post(self) -> None:
        pupils = self.field("pupils", "")
        try:
            if self.field("sure", "") != "yes" or not NUMBERS.fullmatch(pupils):
                raise BadInput("Please tick that you have looked at the names and want these records erased.")
            erased = await self.asked(retention.erase, pupils=[int(one) for one in pupils.split(",")])
        except (BadInput, Stale) as fault:
            await self._show(self.say(fault))
        else:
            self.go(f"/staff/retention?pupils={erased.pupils}&adults={erased.adults}")

    async def _show(self, problem: str = "") -> None:
        done = {
            name: int(self.query(name, "0")[:6]) for name in ("pupils", "adults") if self.query(name, "0").isdecimal()
        }
        found = await self.asked(retention.due, wanted=self.wanted())
        settings = await asyncio.to_thread(self.store.settings, self.at.instant)
        self.show_list(
            "staff_retention.html", found=found, problem=problem, done=done, years=settings.retain_leavers_years
        )


def routes(store: Store) -> list[tuple[Any, ...]]:
    """For the server's table."""
    return [(r"/staff/retention", Retention, {"store": store})]
