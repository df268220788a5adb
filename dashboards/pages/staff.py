"""/staff, /staff/pupil/<id>, /staff/adult/<id>: what waits, who is found, and a family at a glance with each decision explained.

Plain pages, that read; what staff do, they do in the part that is joined (dashboards/staff). Every read here is put on record in
its own transaction before it is shown.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from tornado.web import HTTPError

from dashboards.components import decision
from dashboards.security.handlers import PortalHandler
from dashboards.staff.days import gone_by
from portal_core.domain.clauses import Duty
from portal_core.domain.school import Moment
from portal_core.errors import BadInput
from portal_core.policy.duties import duties
from portal_core.services import caseload, desk, explaining, families, staff, tasks
from portal_core.services.families import Around, Found
from portal_core.services.listing import Wanted
from portal_core.services.tasks import STANDING_OF, Matter
from portal_core.store.scope import Store

LONGEST_SEARCH = 100
WAITS = {
    "verify responsibility": ("responsibility to verify", "responsibilities to verify"),
    "responsibility withdrawn in the records": ("responsibility withdrawn in the records", "responsibilities withdrawn in the records"),
    "court-order flag in the records": ("court-order flag to decide on", "court-order flags to decide on"),
    "child connected after a restriction": ("child connected after a court ruling", "children connected after a court ruling"),
    "pupil missing from a full file": ("pupil missing from the last full file", "pupils missing from the last full file"),
    "unclear match in an import": ("unclear match in an import", "unclear matches in an import"),
    "checks that need a second person": ("checks list to be looked at by a second person", "checks lists to be looked at by a second person"),
    "request for access": ("request for access", "requests for access"),
    "enquiry about the portal": ("enquiry to answer", "enquiries to answer"),
    "no data for some days": ("warning that data is old", "warnings that data is old"),
    "signs of a shared sign-in": ("sign of a shared sign-in", "signs of shared sign-ins"),
    "signs of a shared sign-in of staff": ("sign of a sign-in that colleagues share", "signs of sign-ins that colleagues share"),
    "sign-in that a parent did not know": ("sign-in that a parent did not know", "sign-ins that parents did not know"),
    "sign-in that a colleague did not know": ("sign-in that a colleague did not know", "sign-ins that colleagues did not know"),
    "e-mail address changed by its owner": ("e-mail address changed by its owner", "e-mail addresses changed by their owners"),
    "mail came back": ("address that mail comes back from", "addresses that mail comes back from"),
    "mail that may not have arrived": ("message that may not have arrived", "messages that may not have arrived"),
    "new way in for a colleague": ("colleague given a new code or role", "colleagues given a new code or role"),
    "new way in to an account of staff": ("account of staff given a new code or role", "accounts of staff given a new code or role"),
    "request for information": ("request for information to answer", "requests for information to answer"),
    "much of the audit taken away": ("colleague who took much of the audit away", "times that much of the audit was taken away"),
    "colleague who has left": ("account of a colleague who has left", "accounts of colleagues who have left"),
}  # fmt: skip


MATTERS: Mapping[Matter, str] = {
    Matter.INFORMATION_DUE: "requests for information due within a week of school",
    Matter.REVIEWS: "restrictions to review",
    Matter.ENDING: "restrictions about to end",
    Matter.CODES_EXPIRING: "codes about to run out",
    Matter.CODES_EXPIRED: "codes that have run out",
    Matter.NEVER_ACTIVATED: "accounts not activated for two weeks",
    Matter.SHARED_EMAILS: "adults whose e-mail address another has too",
    Matter.TWICE: "adults on record twice, it seems",
    Matter.LEAVERS: "children about to leave",
    Matter.REFUSED_ROWS: "rows refused by the last import",
    Matter.DORMANT: "accounts of staff unused for three months",
    Matter.TO_ERASE: "pupils who left so long ago that their records are due for erasure",
}
"""Each in the plural."""
PLACES: Mapping[Matter, str] = {
    Matter.INFORMATION_DUE: "/staff/information",
    Matter.REVIEWS: "/staff/withheld?sort=review",
    Matter.ENDING: "/staff/withheld?sort=ends",
    Matter.LEAVERS: "/staff/leavers",
    Matter.REFUSED_ROWS: "#work",
    Matter.DORMANT: "/staff/colleagues?which=unused+for+three+months",
    Matter.TO_ERASE: "/staff/retention",
    **{matter: f"/staff/accounts?standing={quote_plus(standing)}" for matter, standing in STANDING_OF.items()},
}
"""Where each matter is seen to."""


class StaffHandler(PortalHandler):
    """What the three have in common."""

    duty = Duty.WORK

    def initialize(self, store: Store) -> None:
        """The school's records."""
        self.store = store

    async def asked(self, verb: Any, **given: Any) -> Any:
        """A read of the services, in a thread, in the reader's name."""
        return await asyncio.to_thread(verb, self.store, by=self.principal, at=self.at, **given)

    def action(self, *known: str) -> str:
        """Which button of the page was pressed; 400 for one that it does not have."""
        if (do := self.field("do")) not in known:
            raise HTTPError(400, "the page has no such button")
        return do

    def require_tick(self, words: str) -> None:
        """Raises BadInput with these words, unless the form came with its box ticked."""
        if self.field("sure", "") != "yes":
            raise BadInput(words)

    def wanted(self) -> Wanted:
        """Which page of a list the address asks for; what is no number is the first."""
        page = self.query("page", "1")
        number = int(page[:6]) if page.isascii() and page.isdigit() else 1
        return Wanted(self.query("find", "").strip()[:LONGEST_SEARCH], self.query("sort", "")[:20], number)


class Desk(StaffHandler):
    """GET /staff: what waits for this reader, and the search."""

    async def get(self) -> None:
        words = self.query("find", "").strip()[:LONGEST_SEARCH]
        counts = await self.asked(desk.counts)
        found: list[Found] = await self.asked(families.find, words=words) if len(words) > 1 else []
        more = any(sum(one.kind == kind for one in found) >= families.MOST for kind in ("pupil", "adult"))
        name, roles = await self.asked(staff.myself)
        waits = [
            (f"{number} {WAITS[kind][number != 1]}", f"/staff/tasks?kind={quote_plus(kind)}")
            for kind, number in counts.items()
        ]
        matters = await self.asked(tasks.matters)
        work = bool(waits)
        waits += [
            (f"{number} {matter if number == 1 else MATTERS[matter]}", PLACES[matter])
            for matter, number in matters.items()
        ]
        leads = {Duty.INVESTIGATE, Duty.READ_GROUNDS} <= duties(self.principal)
        if leads and (number := await self.asked(caseload.number_open)):
            waits.insert(0, (f"{number} open {'investigation' if number == 1 else 'investigations'}", "#work"))
            work = True
        self.show("staff.html", name=name, roles=roles, waits=waits, work=work, words=words, found=found, more=more)


class PersonHandler(StaffHandler):
    """A person's page; with a day and a time in the address, who might see whom then and why."""

    async def person(self, kind: str, around: Around, mailing: str = "") -> None:
        """The page, the answer on a time gone by if one is asked for, and why no code was mailed."""
        typed = {name: self.query(name, "").strip()[:20] for name in ("on", "time")}
        past, problem, about = None, "", None
        if typed["on"]:
            try:
                about = Moment(gone_by(typed["on"], typed["time"] or "12:00", self.at.zone), self.at.zone)
                past = await self.asked(explaining.explain_past, about=about, **{kind: around.id})
            except BadInput as fault:
                problem = self.say(fault)
        self.show(
            "staff_person.html", kind=kind, around=around, decision=decision, zone=self.at.zone, past=past, about=about,
            problem=problem, typed=typed, today=self.at.day,
            sent=self.query("sent", "") == "yes", mailing=mailing,
        )  # fmt: skip


class Pupil(PersonHandler):
    """GET /staff/pupil/<id>."""

    duty = Duty.FIND_PEOPLE

    async def get(self, id_: str) -> None:
        await self.person("pupil", await self.asked(families.around_pupil, pupil=int(id_)))


class Adult(PersonHandler):
    """GET /staff/adult/<id>."""

    duty = Duty.FIND_PEOPLE

    async def get(self, id_: str) -> None:
        await self.person("adult", await self.asked(families.around_adult, adult=int(id_)))


def routes(store: Store) -> list[tuple[Any, ...]]:
    """The pages of staff, for the server's table."""
    reads = {"store": store}
    return [
        (r"/staff", Desk, reads),
        (r"/staff/pupil/(\d{1,9})", Pupil, reads),
        (r"/staff/adult/(\d{1,9})", Adult, reads),
    ]
