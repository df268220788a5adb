"""/enquiries, /staff/enquiries, /staff/enquiries/<id>: questions about the portal itself, asked and answered (CONTACT-7).

Plain forms on both sides. What was typed comes back with the problem; nothing is kept in the browser.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from dashboards.components.decision import said_on
from dashboards.pages import whom
from dashboards.pages.staff_lists import ListHandler
from dashboards.security.handlers import PortalHandler
from portal_core.domain.clauses import Duty
from portal_core.errors import BadInput, Stale
from portal_core.services import enquiries
from portal_core.services.enquiries import Asked
from portal_core.services.families import Found
from portal_core.store.enquiries import Cause, Way
from portal_core.store.scope import Store


class EnquiryHandler(PortalHandler):
    """What all of them have in common."""

    def initialize(self, store: Store) -> None:
        """The school's records."""
        self.store = store

    async def asked(self, verb: Any, **given: Any) -> Any:
        """One verb of the services, in a thread, in the reader's name."""
        return await asyncio.to_thread(verb, self.store, by=self.principal, at=self.at, **given)

    def said_on(self, one: Asked, *, answered: bool = False) -> str:
        """The day on which it was asked or answered, in words."""
        instant = one.answered_at if answered and one.answered_at else one.asked_at
        return said_on(instant.astimezone(self.at.zone).date(), self.at.zone)


class Own(EnquiryHandler):
    """GET and POST /enquiries: ask, and read one's answers."""

    duty = Duty.KEEP_ACCOUNT

    async def get(self) -> None:
        await self._show(sent=self.query("sent", "") == "yes")

    async def post(self) -> None:
        text = self.field("text", "")
        try:
            await self.asked(enquiries.ask, text=text)
        except BadInput as fault:
            self.set_status(400)
            await self._show(problem=str(fault), text=text)
        else:
            self.go("/enquiries?sent=yes")

    async def _show(self, *, problem: str = "", text: str = "", sent: bool = False) -> None:
        mine = await self.asked(enquiries.own)
        self.show("enquiries.html", mine=mine, problem=problem, text=text, sent=sent, said_on=self.said_on,
                  longest=enquiries.LONGEST)  # fmt: skip


class Unanswered(EnquiryHandler):
    """GET /staff/enquiries: what waits for an answer, and what they have been about."""

    duty = Duty.ANSWER_ENQUIRIES

    async def get(self) -> None:
        await self.list(done=self.query("done", ""))

    async def list(
        self, *, about: int | None = None, problem: str = "", text: str = "", cause: str = "",
        logging: dict[str, str] | None = None, people: Sequence[Found] = (), done: str = "",
    ) -> None:  # fmt: skip
        """The page; what was typed for one of them comes back with the problem, what was done is confirmed."""
        waiting = await self.asked(enquiries.unanswered)
        counted = await self.asked(enquiries.causes)
        self.show("staff_enquiries.html", waiting=waiting, counted=counted, causes=list(Cause), about=about,
                  problem=problem, text=text, cause=cause, said_on=self.said_on, longest=enquiries.LONGEST,
                  ways=[way for way in Way if way is not Way.PORTAL], logging=logging, people=people, done=done)  # fmt: skip


class Log(Unanswered):
    """POST /staff/enquiries/log: what came another way."""

    get = PortalHandler.get  # only what is put down comes here

    async def post(self) -> None:
        typed = {name: self.field(name, "") for name in ("came_by", "asker", "adult", "adult_words", "text")}
        try:
            if typed["came_by"] not in set(Way):
                raise BadInput("Please choose how it came.")
            adult = await whom.chosen(self, "adult")
            await self.asked(
                enquiries.log, came_by=Way(typed["came_by"]), asker=typed["asker"], text=typed["text"], adult=adult
            )
        except BadInput as fault:
            self.set_status(400)
            people = await whom.proposed(self, "adult", typed["adult"], fault)
            typed["adult_words"] = whom.still_typed(self, "adult", fault)
            await self.list(problem=str(fault), logging=typed, people=people)
        else:
            self.go("/staff/enquiries")


class Answered(ListHandler):
    """GET /staff/enquiries/answered: what was asked and answered, searched."""

    duty = Duty.ANSWER_ENQUIRIES

    async def get(self) -> None:
        found = await self.asked(enquiries.answered, wanted=self.wanted())
        self.show_list("staff_enquiries_answered.html", found=found)


class Answer(Unanswered):
    """POST /staff/enquiries/<id>."""

    get = PortalHandler.get  # only answers come here

    async def post(self, id_: str) -> None:
        text, cause = self.field("text", ""), self.field("cause", "")
        try:
            if cause not in set(Cause):
                raise BadInput("Please choose what it was about.")
            reads = await self.asked(enquiries.answer, enquiry=int(id_), text=text, cause=Cause(cause))
        except (BadInput, Stale) as fault:
            await self.list(about=int(id_), problem=self.say(fault), text=text, cause=cause)
        else:
            self.go(f"/staff/enquiries?done={'sent' if reads else 'kept'}")


def routes(store: Store) -> list[tuple[Any, ...]]:
    """For the server's table."""
    reads = {"store": store}
    return [
        (r"/enquiries", Own, reads),
        (r"/staff/enquiries", Unanswered, reads),
        (r"/staff/enquiries/log", Log, reads),
        (r"/staff/enquiries/answered", Answered, reads),
        (r"/staff/enquiries/(\d{1,9})", Answer, reads),
    ]
