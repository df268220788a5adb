"""/staff/go-live, /staff/intake, /staff/intake/<id>: responsibility attested for many, accounts and letters for many (PASS-1).

A run works on in the server while its page is looked at; whoever closes the page loses nothing, and after a crash the page offers
to go on.
"""

import asyncio
import logging
from datetime import datetime
from typing import Any, ClassVar

from tornado.web import HTTPError

from dashboards.pages.staff_lists import NUMBER, ListHandler
from portal_core.domain.clauses import Duty
from portal_core.errors import BadInput, PortalError, Stale
from portal_core.services import golive, intake
from portal_core.services.golive import Of
from portal_core.store.scope import Store

_log = logging.getLogger(__name__)


class GoLive(ListHandler):
    """GET shows what an attestation would cover and what it leaves; POST attests."""

    duty = Duty.ISSUE_ACCOUNTS

    async def get(self) -> None:
        await self._show()

    async def post(self) -> None:
        number, reference = self.field("number", ""), self.field("reference", "")
        try:
            if self.field("attest", "") != "yes" or not number or not NUMBER.fullmatch(number):
                raise BadInput("Please tick that you attest it, in your name.")
            covered = await self.asked(golive.attest, number=int(number), reference=reference)
        except (BadInput, Stale) as fault:
            await self._show(problem=self.say(fault), reference=reference)
        else:
            self.go(f"/staff/go-live?attested={covered.connections}")

    async def _show(self, problem: str = "", reference: str = "") -> None:
        attested, covers = self.query("attested", ""), await self.asked(golive.proposal)
        of = self.one_of(Of, "of", Of.COVERED if covers.connections else Of.LEFT)
        self.show_list(
            "staff_golive.html", covers=covers, problem=problem, reference=reference, of=of, all_of=list(Of),
            found=await self.asked(golive.unverified, wanted=self.wanted(), of=Of(of)),
            attested=int(attested) if attested and NUMBER.fullmatch(attested) else 0,
        )  # fmt: skip


class Intakes(ListHandler):
    """GET lists the runs; POST begins one."""

    duty = Duty.ISSUE_ACCOUNTS

    async def get(self) -> None:
        await self._show()

    async def post(self) -> None:
        year = self.field("year", "")
        try:
            if not NUMBER.fullmatch(year):
                raise BadInput("Please choose a year group.")
            made = await self.asked(intake.begin, year_group=int(year) if year else None)
        except BadInput as fault:
            await self._show(self.say(fault))
        else:
            OneIntake.work_on(self.store, self.principal, made)
            self.go(f"/staff/intake/{made}")

    async def _show(self, problem: str = "") -> None:
        ready, runs = await self.asked(intake.ready), await self.asked(intake.runs)
        self.show_list("staff_intakes.html", ready=ready, runs=runs, problem=problem)


class OneIntake(ListHandler):
    """GET /staff/intake/<id> shows how far a run is; POST goes on with it, gives its letters, or notes them in hand."""

    duty = Duty.ISSUE_ACCOUNTS
    working: ClassVar[dict[tuple[Store, int], asyncio.Future[None]]] = {}

    async def get(self, id_: str) -> None:
        await self.show_run(int(id_))

    async def post(self, id_: str) -> None:
        run, do = int(id_), self.action("letters", "handed", "on")
        try:
            if do == "letters":
                await self._letters(run)
                return
            if do == "handed":
                await self.asked(intake.handed, intake=run, made_at=self._instant(self.field("made_at", "")))
            else:
                await self.asked(intake.one_run, intake=run)
                self.work_on(self.store, self.principal, run)
        except (BadInput, Stale) as fault:
            await self.show_run(run, self.say(fault))
        else:
            self.go(f"/staff/intake/{run}")

    async def _letters(self, run: int) -> None:
        self.require_own_device()
        if seen := self.field("seen", ""):
            self.require_tick(
                "Please tick that the codes of the letters made before may stop working. Nothing was made."
            )
        made = await self.asked(intake.letters, intake=run, portal=self.application.portal.origin, seen=seen)
        self.give(made.pdf, f"letters-{self.at.day}-{run}.pdf", "application/pdf")

    @staticmethod
    def _instant(typed: str) -> datetime:
        try:
            instant = datetime.fromisoformat(typed[:40])
        except ValueError:
            raise HTTPError(400, "no instant") from None
        if instant.tzinfo is None:
            raise HTTPError(400, "an instant needs its zone")
        return instant

    async def show_run(self, run: int, problem: str = "") -> None:
        """The page, and what kept something from being done."""
        one = await self.asked(intake.one_run, intake=run)
        self.show_list("staff_intake.html", one=one, problem=problem, at_work=(self.store, run) in self.working)

    @classmethod
    def work_on(cls, store: Store, by: Any, run: int) -> None:
        """Makes the accounts of a run, some at a time in a thread, unless this process is at it already."""
        if (store, run) not in cls.working:
            cls.working[store, run] = asyncio.ensure_future(cls._accounts(store, by, run))

    @classmethod
    async def _accounts(cls, store: Store, by: Any, run: int) -> None:
        try:
            while await asyncio.to_thread(intake.go_on, store, by=by, at=store.moment(), intake=run):
                pass
        except PortalError as fault:  # signed out, or the duty taken away: the page offers to go on
            _log.warning("intake stopped: %s", type(fault).__name__)
        finally:
            del cls.working[store, run]


def routes(store: Store) -> list[tuple[Any, ...]]:
    """For the server's table."""
    reads = {"store": store}
    return [
        (r"/staff/go-live", GoLive, reads),
        (r"/staff/intake", Intakes, reads),
        (r"/staff/intake/(\d{1,9})", OneIntake, reads),
    ]
