"""/staff/audit, /staff/audit/<number>: what happened, found, explained, taken away in measure, and proved unchanged (SEC-4).

/staff/pupil/<id>/looked: who has looked at one child's record.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from dashboards.pages.staff_lists import NUMBER, ListHandler
from dashboards.staff.days import gone_by
from portal_core.domain.clauses import Duty, Verb
from portal_core.errors import AuditBroken, BadInput
from portal_core.policy.duties import duties
from portal_core.services import audit_desk, looks, staff
from portal_core.services.audit_desk import Sought
from portal_core.store.scope import Store

LATELY, WHOLE_MINUTE = timedelta(days=28), timedelta(minutes=1)
ACTOR = re.compile(r"(?:staff|adult):[0-9]{1,9}")


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
        return {name: self.query(name, "").strip()[:40] for name in ("verb", "actor", "pupil", "first", "last")}

    async def _show(self, problem: str = "", verified: str = "") -> None:
        before = self.query("before", "")
        sought, asked = Sought(), self._asked()
        try:
            sought = _sought(asked)
        except BadInput as fault:
            said = self.say(fault)
            problem = problem or said
        page = await self.asked(
            audit_desk.entries, sought=sought, before=int(before) if before and NUMBER.fullmatch(before) else None
        )
        kept = {name: value for name, value in asked.items() if value}
        self.show_list(
            "staff_audit.html", page=page, asked=asked, problem=problem, verified=verified, kept=urlencode(kept),
            verbs=await self.asked(audit_desk.verbs), verifies=Duty.VERIFY_AUDIT in duties(self.principal),
        )  # fmt: skip


class OneEntry(ListHandler):
    """GET /staff/audit/<number>: one entry with all that it holds."""

    duty = Duty.READ_AUDIT

    async def get(self, number: str) -> None:
        self.show_list("staff_audit_entry.html", one=await self.asked(audit_desk.entry, number=int(number)))


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
    if asked["verb"] and asked["verb"] not in set(Verb):
        raise BadInput("Please choose what was done from the list.")
    if asked["actor"] and not ACTOR.fullmatch(asked["actor"]):
        raise BadInput("Write who did it as staff:3 or adult:7, with the number of their page.")
    if not NUMBER.fullmatch(asked["pupil"]):
        raise BadInput("Write the number of the pupil’s page.")
    return Sought(
        Verb(asked["verb"]) if asked["verb"] else None, asked["actor"], int(asked["pupil"]) if asked["pupil"] else None,
        _day(asked["first"]), _day(asked["last"]),
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
