"""One colleague's account: inviting, roles, a lost telephone, the last day."""

from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.look import beside, column, html
from dashboards.staff.acting import UNCHOSEN, Reader, asking, in_two_steps, outcome
from dashboards.staff.codes import Issuing
from portal_core.domain.clauses import Role
from portal_core.domain.people import AccountState
from portal_core.services import staff
from portal_core.services.staff_list import Colleague

WATCHED = (
    "<p class=hint>A new code or role for somebody who may read grounds or keep accounts of staff is put on record, and all "
    "others who may are told of it.</p>"
)
ROLES = {str(role).capitalize(): role for role in Role}


class Account(Issuing):
    """What to do about a colleague's account; after each action their page is read anew."""

    role = param.Selector(objects=UNCHOSEN | ROLES, default="")
    whom = param.ClassSelector(class_=Colleague, constant=True)

    def __init__(self, reader: Reader, whom: Colleague) -> None:
        super().__init__(reader)
        self.show(whom=whom)

    @param.depends("role", watch=True)
    def _ask_anew(self) -> None:
        self.show(asked="", faults={})

    @property
    def is_open(self) -> bool:
        """Whether they have an account that is not closed."""
        return self.whom.state not in (None, AccountState.CLOSED)

    def lacking(self) -> dict[str, str]:
        """What must be chosen before a role can be given or taken."""
        return {} if self.role else {"role": "Please choose the role."}

    async def invite(self, _: Any = None) -> None:
        """An account with this role, and a one-time code for it."""
        words = f"{self.whom.name} is invited with the role “{self.role}”. Hand them this code. It is shown this once."
        await self._with_role(self._code, staff.invite_staff, words, staff=self.whom.id, roles=[self.role])

    async def recover(self, _: Any = None) -> None:
        """For a lost telephone: a one-time code to start anew with."""
        words = f"{self.whom.name} starts anew with this code. Hand it to them. It is shown this once."
        await self._code(staff.recover_second_factor, words, username=self.whom.username)

    async def add(self, _: Any = None) -> None:
        """One role more."""
        words = f"{self.whom.name} holds the role “{self.role}” from now on."
        await self._with_role(self._do, staff.add_role, words, staff=self.whom.id, role=self.role)

    async def remove(self, _: Any = None) -> None:
        """One role less; what it opened closes at once."""
        words = f"{self.whom.name} no longer holds the role “{self.role}”, and what it opened is closed."
        await self._with_role(self._do, staff.remove_role, words, staff=self.whom.id, role=self.role)

    async def close(self, _: Any = None) -> None:
        """The last day."""
        words = f"The account of {self.whom.name} is closed and their sign-ins are ended."
        await self._do(staff.close_staff_account, words, account=self.whom.account_id)

    async def _with_role(self, does: Any, *args: Any, **given: Any) -> None:
        if faults := self.lacking():
            self.mark(faults)
        else:
            await does(*args, **given)

    async def _do(self, verb: Any, words: str, **given: Any) -> None:
        if await self.perform(verb, **given) is not None:
            await self.finish(words)

    async def _code(self, verb: Any, words: str, **given: Any) -> None:
        await self.hand_over(await self.perform(verb, **given), words, done=True)


def layout(model: Account) -> pn.Column:
    """What can be done for them as their account stands."""

    def asked(label: str, words: str, sure: str, does: Any, *, of_a_role: bool = True) -> list[Any]:
        def said(role: object) -> str:
            return str(Markup(words).format(name=model.whom.name, role=role))  # noqa: S704  a sentence of this file

        about = param.bind(said, model.param.role)
        return in_two_steps(model, label, about, sure, does, model.lacking if of_a_role else dict)

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
    ] if model.is_open else [
        asked(
            "Invite with this role", "<p>{name} gets an account with the role “{role}”, and a one-time code to activate it.</p>",
            "Yes, invite them", model.invite,
        ),
    ]  # fmt: skip
    return column(
        html("<h3>Their account</h3>" + WATCHED), asking(model, pn.widgets.Select, "role", "Role"),
        beside(*(first for first, _ in steps)), *(second for _, second in steps), outcome(model),
    )  # fmt: skip
