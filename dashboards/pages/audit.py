"""/staff/audit, /staff/audit/<number>: what happened, found, explained, taken away in measure, and proved unchanged (SEC-4).

/staff/pupil/<id>/looked: who has looked at one child's record.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from dashboards.components import audited
from dashboards.pages.staff_lists import NUMBER, ListHandler
from dashboards.staff.days import gone_by
from portal_core.domain.clauses import Duty, Verb
from portal_core.errors import AuditBroken, BadInput
from portal_core.policy.duties import duties
from portal_core.services import audit_desk, families, looks, staff
from portal_core.services.audit_desk import Sought
from portal_core.store.scope import Store

LATELY, WHOLE_MINUTE = timedelta(days=28), timedelta(minutes=1)
ACTOR = re.compile(r"(?:staff|adult):[0-9]{1,9}")
PERSON = re.compile(r"(staff|adult|pupil):([0-9]{1,9})")
EVERYTHING = "everything"
"""In place of a verb: with what was only read."""


class Audit(ListHandler):
    """GET shows a page of what is sought; POST gives it as a file, or verifies the whole."""

    duty = Duty.READ_AUDIT

    async def get(self) -> None:
        await self._show()

    async def post(self) -> None:
        try:
            if self.action("verify", "export") == "verify":
                number = await self.asked(staff.verify_audit)
                await self._show(verified=f"All {number:,} entries are as they were written.")
                return
            self.require_own_device()
            file = await self.asked(audit_desk.export, sought=_sought(self._asked()))
        except (BadInput, AuditBroken) as fault:
            self.set_status(400 if isinstance(fault, BadInput) else 500)
            await self._show(problem=str(fault))
            return
        self.give(file, f"audit-{self.at.day}.csv", "text/csv; charset=utf-8")

    def _asked(self) -> dict[str, str]:
        """What is sought, as it stands in the address."""
        return {name: self.query(name, "").strip()[:40] for name in ("verb", "actor", "about", "first", "last")}

    async def _show(self, problem: str = "", verified: str = "") -> None:
        """What is sought; for a name, those who bear it, each a link; for what cannot be read, its problem alone."""
        before, asked, held = self.query("before", ""), self._asked(), duties(self.principal)
        page, people = None, []
        try:
            if asked["about"] and not PERSON.fullmatch(asked["about"]) and Duty.FIND_PEOPLE in held:
                people = await self.asked(families.find, words=asked["about"])
            else:
                page = await self.asked(
                    audit_desk.entries, sought=_sought(asked),
                    before=int(before) if before and NUMBER.fullmatch(before) else None,
                )  # fmt: skip
        except BadInput as fault:
            said = self.say(fault)
            problem = problem or said
        kept = {name: value for name, value in asked.items() if value}
        self.show_list(
            "staff_audit.html", page=page, people=people, asked=asked, problem=problem, verified=verified, kept=urlencode(kept),
            others=urlencode({name: value for name, value in kept.items() if name != "about"}), audited=audited,
            choices=await self.asked(audit_desk.choices, asked=[asked["actor"], asked["about"]]), everything=EVERYTHING,
            verifies=Duty.VERIFY_AUDIT in held,
        )  # fmt: skip


class OneEntry(ListHandler):
    """GET /staff/audit/<number>: one entry with all that it holds."""

    duty = Duty.READ_AUDIT

    async def get(self, number: str) -> None:
        one = await self.asked(audit_desk.entry, number=int(number))
        self.show_list("staff_audit_entry.html", one=one, audited=audited)


class Looked(ListHandler):
    """GET /staff/pupil/<id>/looked, with two times of the school's clock: the last four weeks if none are given."""

    duty = Duty.READ_GROUNDS

    async def get(self, pupil: str) -> None:
        now = self.at.local
        typed = self._times("since", now - LATELY) | self._times("until", now)
        found, problem = None, ""
        try:
            since, until = (
                gone_by(typed[f"{end}_day"], typed[f"{end}_time"], self.at.zone) for end in ("since", "until")
            )
            until = min(until, self.at.instant) + WHOLE_MINUTE  # nothing has been looked at later
            found = await self.asked(looks.looks, pupil=int(pupil), since=since, until=until)
        except BadInput as fault:
            problem = self.say(fault)
        self.show_list("staff_looked.html", found=found, problem=problem, typed=typed)

    def _times(self, end: str, default: datetime) -> dict[str, str]:
        given = {f"{end}_day": f"{default:%Y-%m-%d}", f"{end}_time": f"{default:%H:%M}"}
        return {name: self.query(name, value).strip()[:20] for name, value in given.items()}


def _sought(asked: dict[str, str]) -> Sought:
    """What the address asks for. BadInput for what cannot be read."""
    verb, person = asked["verb"], PERSON.fullmatch(asked["about"])
    if verb not in {"", EVERYTHING, *Verb}:
        raise BadInput("Please choose what was done from the list.")
    if asked["actor"] and not ACTOR.fullmatch(asked["actor"]):
        raise BadInput("Please choose who did it from the list, or go by the link on their page.")
    if asked["about"] and not person:
        raise BadInput("Whom it is about is found by the link on their page.")
    return Sought(
        None if verb in ("", EVERYTHING) else Verb(verb), asked["actor"], (person[1], int(person[2])) if person else None,
        _day(asked["first"]), _day(asked["last"]), looking=verb != "",
    )  # fmt: skip


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise BadInput("Write the days as the calendar of your browser does, such as 2027-01-31.") from None


def routes(store: Store) -> list[tuple[Any, ...]]:
    """For the server's table."""
    reads = {"store": store}
    return [
        (r"/staff/audit", Audit, reads),
        (r"/staff/audit/(\d{1,9})", OneEntry, reads),
        (r"/staff/pupil/(\d{1,9})/looked", Looked, reads),
    ]
