"""Accounts of staff: inviting, roles, a lost telephone, the last day; and the proof that the audit is whole."""

from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import ACCOUNTS
from dashboards.components.look import beside, button, column, html
from dashboards.components.tables import STACKS, table_html
from dashboards.staff.acting import UNCHOSEN, Acting, Reader, asking, choices, in_two_steps, outcome
from dashboards.staff.codes import Issuing, shown_once
from portal_core.domain.clauses import Role
from portal_core.domain.people import AccountState
from portal_core.services import desk, staff
from portal_core.services.desk import Colleague
from portal_core.services.families import Person

WATCHED = (
    "<p class=hint>A new code or role for somebody who may read grounds or keep accounts of staff is put on record, and all "
    "others who may are told of it.</p>"
)
ROLES = {str(role).capitalize(): role for role in Role}


class Colleagues(Issuing):
    """One colleague at a time, and what to do about their account; after each action nobody is chosen any more.

    On a colleague's own page it is about them alone (`only`, their number).
    """

    person = param.Selector(objects=UNCHOSEN, default="")
    role = param.Selector(objects=UNCHOSEN | ROLES, default="")
    everybody = param.List(constant=True, item_type=Colleague)

    def __init__(self, reader: Reader, everybody: list[Colleague], only: int | None = None) -> None:
        super().__init__(reader)
        self.only = only
        self._list(everybody)

    @param.depends("person", watch=True)
    def _anew(self) -> None:
        """Nothing chosen for one colleague and nothing said of them stands beside another."""
        self.role = ""
        self.tell("")
        self.show(asked="", faults={})

    @param.depends("role", watch=True)
    def _ask_anew(self) -> None:
        self.show(asked="", faults={})

    @property
    def chosen(self) -> Colleague | None:
        """Whom it is about."""
        return next((one for one in self.everybody if one.id == self.person), None)

    @property
    def whom(self) -> str:
        """Their name."""
        return self.chosen.name if self.chosen else "this colleague"

    def lacking(self) -> dict[str, str]:
        """What must be chosen before a role can be given or taken."""
        return {} if self.role else {"role": "Please choose the role."}

    async def invite(self, _: Any = None) -> None:
        """An account with this role, and a one-time code for it."""
        words = f"{self.whom} is invited with the role “{self.role}”. Hand them this code. It is shown this once."
        await self._with_role(self._code, staff.invite_staff, words, staff=self.person, roles=[self.role])

    async def recover(self, _: Any = None) -> None:
        """For a lost telephone: a one-time code to start anew with."""
        words = f"{self.whom} starts anew with this code. Hand it to them. It is shown this once."
        await self._code(staff.recover_second_factor, words, username=(self.chosen and self.chosen.username) or "")

    async def add(self, _: Any = None) -> None:
        """One role more."""
        words = f"{self.whom} holds the role “{self.role}” from now on."
        await self._with_role(self._do, staff.add_role, words, staff=self.person, role=self.role)

    async def remove(self, _: Any = None) -> None:
        """One role less; what it opened closes at once."""
        words = f"{self.whom} no longer holds the role “{self.role}”, and what it opened is closed."
        await self._with_role(self._do, staff.remove_role, words, staff=self.person, role=self.role)

    async def close(self, _: Any = None) -> None:
        """The last day."""
        words = f"The account of {self.whom} is closed and their sign-ins are ended."
        await self._do(staff.close_staff_account, words, account=self.chosen and self.chosen.account_id)

    async def _with_role(self, does: Any, *args: Any, **given: Any) -> None:
        if faults := self.lacking():
            self.mark(faults)
        else:
            await does(*args, **given)

    async def _do(self, verb: Any, words: str, **given: Any) -> None:
        if await self.perform(verb, **given) is None:
            return
        if self.only:
            await self.finish(words)
        else:
            await self._afresh()
            self.tell(words)

    async def _code(self, verb: Any, words: str, **given: Any) -> None:
        if (came := await self.perform(verb, **given)) is not None:
            if not self.only:
                await self._afresh()
            await self.hand_over(came, words, done=bool(self.only))

    async def _afresh(self) -> None:
        if (came := await self.perform(desk.colleagues)) is not None:
            self._list(came.answer)

    def _list(self, everybody: list[Colleague]) -> None:
        listed = choices(Person(one.id, f"{one.name}, {one.job_title or 'no post given'}") for one in everybody)
        self.param.person.objects = UNCHOSEN | listed
        self.person = self.only if self.only in listed.values() else ""
        self.show(everybody=everybody, asked="")


def is_open(one: Colleague | None) -> bool:
    """Whether somebody has an account that is not closed."""
    return one is not None and one.state not in (None, AccountState.CLOSED)


def accounts_html(everybody: list[Colleague]) -> str:
    """Colleagues with an account."""
    rows = [
        (one.name, one.username or "", ", ".join(one.roles) or "none", ACCOUNTS[one.state])
        for one in everybody
        if is_open(one)
    ]
    table = table_html("Colleagues with an account", ("Name", "Username", "Roles", "Account"), rows)
    return str(Markup('<div role="region" aria-label="Accounts of staff">{}</div>').format(table))


class Proof(Acting):
    """Whether the audit is whole."""

    async def verify(self, _: Any = None) -> None:
        """Read every entry again."""
        if (came := await self.perform(staff.verify_audit)) is not None:
            self.tell(f"All {came.answer} entries of the audit are as they were written.")


def proof(model: Proof) -> pn.Column:
    """The way to the proof."""
    return column(html("<h3>Audit</h3>"), button("Verify the audit", model.verify, "default"), outcome(model))


def layout(model: Colleagues) -> pn.Column:
    """The list, whom it is about, and what can be done for them as their account stands."""

    def shown_if(opened: bool, *parts: Any) -> pn.Column:
        def fits(person: int | str) -> bool:
            return bool(person) and is_open(model.chosen) is opened

        found = column(*parts)
        found.visible = param.bind(fits, model.param.person)
        return found

    def asked(label: str, words: str, sure: str, does: Any, *, of_a_role: bool = True) -> list[Any]:
        def said(_: object, role: object) -> str:
            return str(Markup(words).format(name=model.whom, role=role))  # noqa: S704  a sentence of this file

        about = param.bind(said, model.param.person, model.param.role)
        return in_two_steps(model, label, about, sure, does, model.lacking if of_a_role else dict)

    role = asking(model, pn.widgets.Select, "role", "Role")
    role.visible = param.bind(lambda person: bool(person), model.param.person)
    invite, inviting = asked(
        "Invite with this role", "<p>{name} gets an account with the role “{role}”, and a one-time code to activate it.</p>", "Yes, invite them",
        model.invite,
    )  # fmt: skip
    steps = [
        asked("Add this role", "<p>{name} will hold the role “{role}” as well.</p>", "Yes, add it", model.add),
        asked(
            "Take this role away", "<p>{name} will no longer hold the role “{role}”. What it opened closes at once.</p>", "Yes, take it away",
            model.remove,
        ),
        asked(
            "Lost telephone: new code", "<p>The sign-ins of {name} end and their password stops working at once.</p>",
            "Yes, make a new code", model.recover, of_a_role=False,
        ),
        asked(
            "Close the account", "<p>The sign-ins of {name} end at once, and all their roles are taken away.</p>",
            "Yes, close the account", model.close, of_a_role=False,
        ),
    ]  # fmt: skip
    whom = [
        html(param.bind(accounts_html, model.param.everybody), STACKS),
        asking(model, pn.widgets.Select, "person", "Colleague"),
    ]
    return column(
        html(("" if model.only else "<h3>Accounts of staff</h3>") + WATCHED), *([] if model.only else whom),
        role,
        shown_if(False, invite, inviting),
        shown_if(True, beside(*(first for first, _ in steps)), *(second for _, second in steps)),
        outcome(model), shown_once(model),
    )  # fmt: skip
