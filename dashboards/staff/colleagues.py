"""Accounts of staff: inviting, roles, a lost telephone, the last day; and the proof that the audit is whole."""

from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import ACCOUNTS, said_on
from dashboards.components.look import beside, button, column, field, html
from dashboards.staff.acting import Acting, Came, Reader, outcome
from portal_core.domain.clauses import Role
from portal_core.domain.people import AccountState
from portal_core.services import staff
from portal_core.services.accounts import IssuedCode
from portal_core.services.desk import Colleague

AGAIN = "Load the page again to see it in the list."
ROLES = {str(role).capitalize(): role for role in Role}


class Colleagues(Acting):
    """One colleague at a time, and what to do about their account."""

    person = param.Selector(objects={"Please choose": None}, default=None)
    role = param.Selector(objects=ROLES, default=Role.OFFICE)
    issued = param.ClassSelector(class_=IssuedCode, constant=True)

    def __init__(self, reader: Reader, everybody: list[Colleague]) -> None:
        super().__init__(reader)
        self.everybody = {one.id: one for one in everybody}
        self.param.person.objects = {"Please choose": None} | {
            f"{one.name}, {one.job_title or 'no post given'} ({one.id})": one.id for one in everybody
        }

    async def invite(self, _: Any = None) -> None:
        """An account with this role, and a one-time code for it."""
        await self._code(staff.invite_staff, staff=self.person, roles=[self.role])

    async def recover(self, _: Any = None) -> None:
        """For a lost telephone: a one-time code to start anew with."""
        known = self.everybody.get(self.person)
        await self._code(staff.recover_second_factor, username=(known and known.username) or "")

    async def add(self, _: Any = None) -> None:
        """One role more."""
        await self._do(staff.add_role, "The role is given.", staff=self.person, role=self.role)

    async def remove(self, _: Any = None) -> None:
        """One role less; what it opened closes at once."""
        await self._do(
            staff.remove_role,
            "The role is taken away, and what it opened is closed.",
            staff=self.person,
            role=self.role,
        )

    async def close(self, _: Any = None) -> None:
        """The last day."""
        known = self.everybody.get(self.person)
        await self._do(
            staff.close_staff_account,
            "The account is closed and its sign-ins are ended.",
            account=known and known.account_id,
        )

    async def verify(self, _: Any = None) -> None:
        """Prove the audit."""
        if (came := await self.perform(staff.verify_audit)) is not None:
            self.tell(f"All {came.answer} entries of the audit are as they were written.")

    def _chosen(self, given: dict[str, Any]) -> bool:
        if None in given.values() or "" in given.values():
            self.tell("Please choose a colleague who has an account, or invite them first.", failed=True)
            return False
        return True

    async def _do(self, verb: Any, words: str, **given: Any) -> None:
        if self._chosen(given) and await self.perform(verb, **given) is not None:
            self.tell(f"{words} {AGAIN}")

    async def _code(self, verb: Any, **given: Any) -> None:
        if not self._chosen(given):
            return
        came: Came[IssuedCode] | None = await self.perform(verb, **given)
        if came is not None:
            with param.edit_constant(self):
                self.issued = came.answer
            self.tell("Hand this code to its owner. It is shown this once.")


def code_html(code: IssuedCode | None, reader: Reader) -> str:
    """The code, for whoever hands it over."""
    if code is None:
        return ""
    return str(Markup("<p>Username <code>{}</code><br>One-time code <code>{}</code></p><p class=hint>Good until {}, for one use, at"
                      " /activate.</p>").format(code.username, code.code, said_on(code.expires_at, reader.now().zone)))  # fmt: skip


def layout(model: Colleagues) -> pn.Column:
    """The list, and what can be done."""
    rows = Markup("").join(
        Markup("<tr><th scope=row>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>").format(
            one.name, one.username or "", ", ".join(one.roles) or "none", ACCOUNTS[one.state]
        )
        for one in model.everybody.values()
        if one.state not in (None, AccountState.CLOSED)
    )
    table = Markup('<h3>Accounts of staff</h3><div class="scroll" role="region" tabindex="0" aria-label="Accounts of staff"><table>'
                   "<caption>Colleagues with an account</caption><thead><tr><th scope=col>Name</th><th scope=col>Username</th>"
                   "<th scope=col>Roles</th><th scope=col>Account</th></tr></thead><tbody>{}</tbody></table></div>").format(rows)  # fmt: skip
    return column(
        html(str(table)),
        field(pn.widgets.Select, model.param.person, "Colleague"),
        field(pn.widgets.Select, model.param.role, "Role"),
        beside(
            button("Invite with this role", model.invite), button("Add this role", model.add, "default"),
            button("Take this role away", model.remove, "default"), button("Lost telephone: new code", model.recover, "default"),
            button("Close the account", model.close, "danger"),
        ),
        outcome(model), html(param.bind(lambda code: code_html(code, model.reader), model.param.issued)),
        html("<h3>Audit</h3>"), button("Verify the audit", model.verify, "default"),
    )  # fmt: skip
