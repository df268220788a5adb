"""Accounts of staff: inviting, roles, a lost telephone, the last day; and the proof that the audit is whole."""

from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import ACCOUNTS
from dashboards.components.look import beside, button, column, field, html
from dashboards.staff.acting import UNCHOSEN, Acting, Reader, choices, in_two_steps, outcome
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
    """One colleague at a time, and what to do about their account; after each action nobody is chosen any more."""

    person = param.Selector(objects=UNCHOSEN, default="")
    role = param.Selector(objects=ROLES, default=Role.OFFICE)
    everybody = param.List(constant=True, item_type=Colleague)

    def __init__(self, reader: Reader, everybody: list[Colleague]) -> None:
        super().__init__(reader)
        self._list(everybody)

    @param.depends("person", watch=True)
    def _anew(self) -> None:
        self.show(asked="")

    @property
    def chosen(self) -> Colleague | None:
        """Whom it is about."""
        return next((one for one in self.everybody if one.id == self.person), None)

    async def invite(self, _: Any = None) -> None:
        """An account with this role, and a one-time code for it."""
        await self._code(staff.invite_staff, staff=self.person, roles=[self.role])

    async def recover(self, _: Any = None) -> None:
        """For a lost telephone: a one-time code to start anew with."""
        await self._code(staff.recover_second_factor, username=(self.chosen and self.chosen.username) or "")

    async def add(self, _: Any = None) -> None:
        """One role more."""
        await self._do(staff.add_role, "The role is given.", staff=self.person, role=self.role)

    async def remove(self, _: Any = None) -> None:
        """One role less; what it opened closes at once."""
        words = "The role is taken away, and what it opened is closed."
        await self._do(staff.remove_role, words, staff=self.person, role=self.role)

    async def close(self, _: Any = None) -> None:
        """The last day."""
        words = "The account is closed and its sign-ins are ended."
        await self._do(staff.close_staff_account, words, account=self.chosen and self.chosen.account_id)

    async def _do(self, verb: Any, words: str, **given: Any) -> None:
        if await self.perform(verb, **given) is not None:
            await self._afresh()
            self.tell(words)

    async def _code(self, verb: Any, **given: Any) -> None:
        if (came := await self.perform(verb, **given)) is not None:
            await self._afresh()
            await self.hand_over(came, "Hand this code to its owner. It is shown this once.", done=False)

    async def _afresh(self) -> None:
        if (came := await self.perform(desk.colleagues)) is not None:
            self._list(came.answer)

    def _list(self, everybody: list[Colleague]) -> None:
        listed = choices(Person(one.id, f"{one.name}, {one.job_title or 'no post given'}") for one in everybody)
        self.param.person.objects = UNCHOSEN | listed
        self.person = ""
        self.show(everybody=everybody, asked="")


def is_open(one: Colleague | None) -> bool:
    """Whether somebody has an account that is not closed."""
    return one is not None and one.state not in (None, AccountState.CLOSED)


def table_html(everybody: list[Colleague]) -> str:
    """Colleagues with an account."""
    rows = Markup("").join(
        Markup("<tr><th scope=row>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>").format(
            one.name, one.username or "", ", ".join(one.roles) or "none", ACCOUNTS[one.state]
        )
        for one in everybody
        if is_open(one)
    )
    return str(
        Markup('<div class="scroll" role="region" tabindex="0" aria-label="Accounts of staff"><table>'
               "<caption>Colleagues with an account</caption><thead><tr><th scope=col>Name</th><th scope=col>Username</th>"
               "<th scope=col>Roles</th><th scope=col>Account</th></tr></thead><tbody>{}</tbody></table></div>").format(rows)
    )  # fmt: skip


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

        return pn.Column(*parts, visible=param.bind(fits, model.param.person), sizing_mode="stretch_width")

    role = field(pn.widgets.Select, model.param.role, "Role")
    role.visible = param.bind(lambda person: bool(person), model.param.person)
    return column(
        html("<h3>Accounts of staff</h3>" + WATCHED),
        html(param.bind(table_html, model.param.everybody)),
        field(pn.widgets.Select, model.param.person, "Colleague"),
        role,
        shown_if(False, button("Invite with this role", model.invite)),
        shown_if(
            True,
            beside(
                button("Add this role", model.add, "default"), button("Take this role away", model.remove, "default"),
                button("Lost telephone: new code", model.recover, "default"),
            ),
            *in_two_steps(
                model, "Close the account", "<p>Their sign-ins end at once, and all their roles are taken away.</p>",
                "Yes, close the account", model.close,
            ),
        ),
        outcome(model), shown_once(model),
    )  # fmt: skip
