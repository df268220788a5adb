"""/request-access, /staff/requests, /staff/requests/<id>: somebody asks for access, and the office decides (PASS-1).

The public form answers everybody alike, whoever is on record.
"""

from typing import Any

from dashboards.pages import whom
from dashboards.pages.signin import Desk, DeskHandler
from dashboards.pages.staff_lists import ListHandler
from portal_core.domain.clauses import Duty
from portal_core.errors import BadInput, NotFound, PortalError, Stale
from portal_core.services import requests
from portal_core.services.requests import LONGEST_LINE, LONGEST_TEXT, Asked, Which
from portal_core.store.intake import Denial

FIELDS = ("name", "children", "reach", "text")


class RequestAccess(DeskHandler):
    """GET and POST /request-access: nobody need be signed in."""

    duty = Duty.VISIT

    def get(self) -> None:
        self._form(sent=self.query("sent", "") == "yes")

    async def post(self) -> None:
        typed = {name: self.field(name, "") for name in FIELDS}
        try:
            await self.desk.quickly(
                requests.ask_for_access, asked=Asked(**typed), address=self.device().address, at=self.at
            )
        except self.SAID as fault:
            self._form(problem=self.say(fault), **typed)
            return
        self.go("/request-access?sent=yes")

    def _form(self, *, problem: str | None = None, sent: bool = False, **typed: str) -> None:
        blank = dict.fromkeys(FIELDS, "")
        self.show(
            "request_access.html", problem=problem, sent=sent, typed=blank | typed, line=LONGEST_LINE, text=LONGEST_TEXT
        )


class Requests(ListHandler):
    """GET /staff/requests lists them; POST puts one down that came by telephone, letter or in person."""

    duty = Duty.ISSUE_ACCOUNTS

    async def get(self) -> None:
        await self._list()

    async def post(self) -> None:
        typed = {name: self.field(name, "") for name in FIELDS}
        try:
            made = await self.asked(requests.take, asked=Asked(**typed))
        except BadInput as fault:
            await self._list(problem=self.say(fault), **typed)
        else:
            self.go(f"/staff/requests/{made}")

    async def _list(self, problem: str = "", **typed: str) -> None:
        which = self.one_of(Which, "which", Which.OPEN)
        found = await self.asked(requests.requests, wanted=self.wanted(), which=Which(which))
        self.show_list(
            "staff_requests.html", found=found, which=which, all_of=list(Which), problem=problem,
            typed=dict.fromkeys(FIELDS, "") | typed, line=LONGEST_LINE, text=LONGEST_TEXT,
        )  # fmt: skip


class OneRequest(ListHandler):
    """GET /staff/requests/<id> shows it; POST matches it with an adult, or denies it."""

    duty = Duty.ISSUE_ACCOUNTS

    async def get(self, id_: str) -> None:
        await self._show(int(id_))

    async def post(self, id_: str) -> None:
        try:
            if self.action("deny", "match") == "deny":
                denial = self.field("denial", "")
                if denial not in set(Denial):
                    raise BadInput("Please choose why access is not given.")
                self.require_tick("Please tick that they get no access. Nothing was decided.")
                await self.asked(requests.deny, id_=int(id_), denial=Denial(denial))
            else:
                adult = await whom.chosen(self, "adult")
                if adult is None:
                    raise BadInput("Please choose who this is, or write the name of somebody on record.")
                await self.asked(requests.match, id_=int(id_), adult=adult)
        except (BadInput, Stale, NotFound) as fault:
            self.set_status(409 if isinstance(fault, Stale) else 400)
            await self._show(int(id_), fault)
        else:
            self.go(f"/staff/requests/{id_}")

    async def _show(self, id_: int, fault: PortalError | None = None) -> None:
        one, alike = await self.asked(requests.request, id_=id_)
        named = fault.people if isinstance(fault, whom.Several) else ()
        self.show_list(
            "staff_request.html", one=one, alike=[*named, *(other for other in alike if other.id not in {found.id for found in named})], words=whom.still_typed(self, "adult", fault), problem=str(fault or ""), denials=list(Denial), neutral=requests.NEUTRAL,
            denial=self.field("denial", ""), denying=self.field("do", "") == "deny",
        )  # fmt: skip


def routes(desk: Desk) -> list[tuple[Any, ...]]:
    """For the server's table."""
    reads = {"store": desk.store}
    return [
        (r"/request-access", RequestAccess, {"desk": desk}),
        (r"/staff/requests", Requests, reads),
        (r"/staff/requests/(\d{1,9})", OneRequest, reads),
    ]
