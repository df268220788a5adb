"""/staff/adult/<id>/breaches: what an adult did against the policy, and what came of it (REVOKE-3, LIABLE-1)."""

import re
from typing import Any

from tornado.web import HTTPError

from dashboards.pages.staff_lists import NUMBER, ListHandler
from portal_core.domain.clauses import Duty
from portal_core.errors import BadInput, Stale
from portal_core.services import breaches
from portal_core.store.scope import Store

NUMBERS = re.compile(r"[0-9]{1,9}(?:[ ,]+[0-9]{1,9})*")


class Breaches(ListHandler):
    """GET lists them; POST records one, or puts down what the parent answered."""

    duty = Duty.READ_GROUNDS

    async def get(self, adult: str) -> None:
        await self._show(int(adult))

    async def post(self, adult: str) -> None:
        id_ = int(adult)
        typed = {name: self.field(name, "") for name in ("what", "entries", "answer", "breach")}
        try:
            if self.action("answer", "record") == "answer":
                if not typed["breach"] or not NUMBER.fullmatch(typed["breach"]):
                    raise HTTPError(400, "no breach")
                await self.asked(breaches.note_answer, adult=id_, breach=int(typed["breach"]), answer=typed["answer"])
            else:
                numbers = typed["entries"].strip()
                if not NUMBERS.fullmatch(numbers[:300]):
                    raise BadInput(
                        "Please give the numbers of the audit’s entries, with commas between, such as 812, 815."
                    )
                outcome = self.field("outcome", "")
                if outcome not in ("warning", "restriction"):
                    raise BadInput("Please choose what comes of it.")
                entries = [int(one) for one in re.split(r"[ ,]+", numbers)]
                await self.asked(
                    breaches.record_breach, adult=id_, what=typed["what"], entries=entries,
                    restrict=outcome == "restriction",
                )  # fmt: skip
        except (BadInput, Stale) as fault:
            await self._show(id_, self.say(fault), **typed)
        else:
            self.go(f"/staff/adult/{id_}/breaches")

    async def _show(self, adult: int, problem: str = "", **typed: str) -> None:
        person, found = await self.asked(breaches.breaches, adult=adult)
        self.show_list(
            "staff_breaches.html", person=person, found=found, problem=problem, longest=breaches.LONGEST,
            typed={"what": "", "entries": "", "answer": "", "breach": ""} | typed,
        )  # fmt: skip


def routes(store: Store) -> list[tuple[Any, ...]]:
    """For the server's table."""
    return [(r"/staff/adult/(\d{1,9})/breaches", Breaches, {"store": store})]
