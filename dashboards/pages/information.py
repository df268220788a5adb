"""/staff/information, /staff/information/<id>: who asks for a pupil's record by law, and what they are given (REVOKE-5)."""

import re
from datetime import date
from typing import Any

from dashboards.account.download import FORMS
from dashboards.pages import whom
from dashboards.pages.staff_lists import ListHandler
from portal_core.domain.clauses import Duty
from portal_core.errors import BadInput, NotFound, PortalError, Stale
from portal_core.policy.duties import duties
from portal_core.security.devices import downloads_allowed
from portal_core.services import information
from portal_core.services.information import LONGEST, Which
from portal_core.services.pack import pack
from portal_core.store.information import Basis
from portal_core.store.scope import Store

FIELDS = ("pupil", "pupil_words", "asker", "reach", "basis", "came_on")
ITEM = re.compile(r"point-[0-9]{1,9}")


class Information(ListHandler):
    """GET lists requests, the nearest deadline first; POST puts one down."""

    duty = Duty.LOG_INFORMATION

    async def get(self) -> None:
        await self._list()

    async def post(self) -> None:
        typed = {name: self.field(name, "").strip() for name in FIELDS}
        try:
            pupil = await whom.chosen(self, "pupil")
            if pupil is None:
                raise BadInput("Please give the name of the pupil.")
            made = await self.asked(information.log_request, pupil=pupil, **self._read(typed))
        except (BadInput, NotFound, Stale) as fault:
            self.set_status(409 if isinstance(fault, Stale) else 400)
            await self._list(fault, **typed)
        else:
            self.go(f"/staff/information/{made}")

    @staticmethod
    def _read(typed: dict[str, str]) -> dict[str, Any]:
        if typed["basis"] not in set(Basis):
            raise BadInput("Please choose on which law the request rests.")
        try:
            came_on = date.fromisoformat(typed["came_on"])
        except ValueError:
            raise BadInput("Please give the day on which it came.") from None
        return {
            "asker": typed["asker"], "reach": typed["reach"], "basis": Basis(typed["basis"]),
            "came_on": came_on,
        }  # fmt: skip

    async def _list(self, fault: PortalError | None = None, **typed: str) -> None:
        which = self.one_of(Which, "which", Which.OPEN)
        found = await self.asked(information.requests, wanted=self.wanted(), which=Which(which))
        blank = dict.fromkeys(FIELDS, "") | {"pupil": self.query("pupil", "")[:9]}
        shown = blank | typed | {"pupil_words": whom.still_typed(self, "pupil", fault)}
        people = [] if isinstance(fault, NotFound) else await whom.proposed(self, "pupil", shown["pupil"], fault)
        self.show_list(
            "staff_information.html", found=found, which=which, all_of=list(Which), bases=list(Basis),
            problem=str(fault or ""), people=people, typed=shown, longest=LONGEST,
        )  # fmt: skip


class OneRequest(ListHandler):
    """GET /staff/information/<id> shows it; POST releases items, answers it, or takes the pack away."""

    duty = Duty.LOG_INFORMATION

    async def get(self, id_: str) -> None:
        await self._show(int(id_))

    async def post(self, id_: str) -> None:
        do, one = self.action(*FORMS, "items", "refuse", "release"), int(id_)
        try:
            if do in FORMS:
                await self._file(one, do)
                return
            if do == "items":
                chosen = [int(name.removeprefix("point-")) for name in self._fields if ITEM.fullmatch(name)]
                await self.asked(information.release_items, id_=one, points=chosen, seen=self.field("seen", ""))
            elif do == "refuse":
                await self.asked(information.answer, id_=one, refusal=self.field("refusal", ""))
            else:
                self.require_tick("Please look at what goes out, and tick that you have. Nothing was released.")
                await self.asked(information.answer, id_=one, seen=self.field("seen", ""))
        except (BadInput, Stale) as fault:
            await self._show(one, self.say(fault))
        else:
            self.go(f"/staff/information/{one}")

    async def _file(self, id_: int, form: str) -> None:
        self.require_own_device()
        record = await self.asked(pack, id_=id_)
        kind, made = FORMS[form]
        self.give(made(record), f"record-{self.at.day}-{id_}.{form}", kind)

    async def _show(self, id_: int, problem: str = "") -> None:
        one, items, concerns = await self.asked(information.request, id_=id_)
        releases = Duty.RELEASE_INFORMATION in duties(self.principal)
        self.show_list(
            "staff_information_one.html", one=one, items=items, concerns=concerns, problem=problem, releases=releases, longest=LONGEST,
            mine=self.principal is not None and one.taken_by.id == self.principal.staff_id, shared=not downloads_allowed(self.principal), seen=information.as_shown(items),
        )  # fmt: skip


def routes(store: Store) -> list[tuple[Any, ...]]:
    """For the server's table."""
    reads = {"store": store}
    return [(r"/staff/information", Information, reads), (r"/staff/information/(\d{1,9})", OneRequest, reads)]
