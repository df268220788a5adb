"""/staff/tasks, /staff/tasks/<id>, /staff/accounts, /staff/colleagues, /staff/colleagues/<id>, /staff/withheld, /staff/leavers: the long
lists of staff.

Each is read whole from its address: search, order, page. A task has its own page, from which it can be handed on.
"""

import re
from functools import partial
from typing import Any

from markupsafe import Markup
from tornado.web import HTTPError

from dashboards.components import decision, subject
from dashboards.pages.staff import StaffHandler
from dashboards.staff.desk import HINTS
from portal_core.domain.clauses import Duty
from portal_core.errors import BadInput, Stale
from portal_core.policy.duties import duties
from portal_core.security.devices import downloads_allowed
from portal_core.services import account_list, caseload, staff_list, tasks, withheld_list
from portal_core.services.account_list import Standing
from portal_core.services.desk import Waiting
from portal_core.services.staff_list import Which
from portal_core.services.tasks import Whose
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store

NUMBER = re.compile(r"[0-9]{0,9}")


class ListHandler(StaffHandler):
    """What the lists have in common."""

    def one_of(self, kinds: Any, name: str, default: str) -> str:
        """A choice from the address. 404 for one that there is not."""
        asked = self.query(name, default)
        if asked != default and asked not in set(kinds):
            raise HTTPError(404, f"no such {name}")
        return asked

    def require_own_device(self) -> None:
        """Raises BadInput on a shared device, to which no file is given (USE-2)."""
        if not downloads_allowed(self.principal):
            raise BadInput("This device is shared, so nothing is taken away to it. Sign in on a device of your own.")

    def show_list(self, template: str, **told: Any) -> None:
        """The list, with dates by the school's clock."""
        self.show(template, said_on=partial(decision.said_on, zone=self.at.zone), at=self.at, **told)

    def about(self, task: Waiting) -> Markup:
        """Whom a task is about, with the ways that this reader may go."""
        return subject.about(task, duties(self.principal), self.at.zone)


class Accounts(ListHandler):
    """GET /staff/accounts: every adult on record and how their account stands."""

    duty = Duty.FIND_PEOPLE

    async def get(self) -> None:
        standing = self.one_of(Standing, "standing", Standing.ALL)
        found = await self.asked(account_list.accounts, wanted=self.wanted(), standing=Standing(standing))
        self.show_list(
            "staff_accounts.html", found=found, standing=standing, standings=list(Standing), states=decision.ACCOUNTS
        )


class Withheld(ListHandler):
    """GET /staff/withheld: restrictions in force, and open investigations, for those who read grounds."""

    duty = Duty.READ_GROUNDS

    async def get(self) -> None:
        found = await self.asked(withheld_list.in_force, wanted=self.wanted())
        leads = {Duty.INVESTIGATE, Duty.READ_GROUNDS, Duty.FIND_PEOPLE} <= duties(self.principal)
        cases = await self.asked(caseload.open_cases) if leads else []
        self.show_list("staff_withheld.html", found=found, cases=cases, ground=decision.ground)


class Leavers(ListHandler):
    """GET /staff/leavers: pupils whose last day on roll is near."""

    duty = Duty.FIND_PEOPLE

    async def get(self) -> None:
        found = await self.asked(withheld_list.leavers, wanted=self.wanted())
        self.show_list("staff_leavers.html", found=found)


class Colleagues(ListHandler):
    """GET /staff/colleagues: accounts of staff, for those who keep them."""

    duty = Duty.KEEP_STAFF

    async def get(self) -> None:
        which = self.one_of(Which, "which", Which.ALL)
        found = await self.asked(staff_list.staff_accounts, wanted=self.wanted(), which=Which(which))
        self.show_list("staff_colleagues.html", found=found, which=which, all_of=list(Which), states=decision.ACCOUNTS)


class OneColleague(ListHandler):
    """GET /staff/colleagues/<id>: one member of staff, and the part in which their account is kept."""

    duty = Duty.KEEP_STAFF

    async def get(self, id_: str) -> None:
        one = await self.asked(staff_list.colleague, staff=int(id_))
        self.show_list("staff_colleague.html", one=one, states=decision.ACCOUNTS)


class Tasks(ListHandler):
    """GET /staff/tasks: what waits for the reader's duties, and whose it is."""

    async def get(self) -> None:
        kind, whose = self.one_of(TaskKind, "kind", ""), self.one_of(Whose, "whose", Whose.ALL)
        found = await self.asked(
            tasks.tasks, wanted=self.wanted(), kind=TaskKind(kind) if kind else None, whose=Whose(whose)
        )
        self.show_list(
            "staff_tasks.html", found=found, kind=kind, whose=whose, kinds=list(TaskKind), all_of=list(Whose),
            about=self.about,
        )  # fmt: skip


class OneTask(ListHandler):
    """GET and POST /staff/tasks/<id>: what is to be done, whose it is, and the part in which it is done."""

    async def get(self, id_: str) -> None:
        await self._show(int(id_))

    async def post(self, id_: str) -> None:
        held_by, to = self.colleague("held_by"), self.colleague("to")
        try:
            await self.asked(tasks.hand, id_=int(id_), held_by=held_by, to=to)
        except (BadInput, Stale) as fault:
            await self._show(int(id_), self.say(fault))
        else:
            self.go(f"/staff/tasks/{id_}")

    def colleague(self, name: str) -> int | None:
        """A colleague's number in a field, nobody for an empty one. 400 for anything else."""
        asked = self.field(name)
        if not NUMBER.fullmatch(asked):
            raise HTTPError(400, "no colleague")
        return int(asked) if asked else None

    async def _show(self, id_: int, problem: str = "") -> None:
        try:
            one = await self.asked(tasks.task, id_=id_)
        except Stale as fault:
            self.set_status(404)
            self.show_list("staff_task.html", one=None, problem=problem or str(fault), hint="", about=self.about)
            return
        self.show_list("staff_task.html", one=one, problem=problem, hint=HINTS[one.waiting.kind], about=self.about)


def routes(store: Store) -> list[tuple[Any, ...]]:
    """For the server's table."""
    reads = {"store": store}
    return [
        (r"/staff/accounts", Accounts, reads),
        (r"/staff/withheld", Withheld, reads),
        (r"/staff/leavers", Leavers, reads),
        (r"/staff/colleagues", Colleagues, reads),
        (r"/staff/colleagues/(\d{1,9})", OneColleague, reads),
        (r"/staff/tasks", Tasks, reads),
        (r"/staff/tasks/(\d{1,9})", OneTask, reads),
    ]
