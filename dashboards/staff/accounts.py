"""An adult's account: the checks list and issue, further children, a new code, closing (PASS-1, USER-1)."""

from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import ACCOUNTS, said_on
from dashboards.components.look import beside, button, column, field, html
from dashboards.staff.acting import (
    UNCHOSEN,
    Acting,
    Reader,
    asking,
    choices,
    heading,
    in_two_steps,
    outcome,
    until_done,
)
from dashboards.staff.codes import Issuing
from portal_core.domain.people import AccountState, Responsibility
from portal_core.services import accounts, second_check
from portal_core.services.accounts import Checks, Evidence, IdentitySeen
from portal_core.services.families import Around, Found, Person, Tie
from portal_core.services.second_check import Waiting

LOOKED = "I have looked for duplicates of this person"
IDENTITIES = UNCHOSEN | {str(one).capitalize(): one for one in IdentitySeen}
EVIDENCE = UNCHOSEN | {str(one).capitalize(): one for one in Evidence}
FILED = "Where is that evidence filed?"
VOIDS = {
    AccountState.ISSUED: "The code that they have now stops working at once. It may be on its way to them.",
    AccountState.ACTIVE: "Their password works now. It stops at once, their sign-ins end, and they start anew with the new code.",
}
"""What a new code ends, by how the account stands."""


def responsible_for(ties: tuple[Tie, ...], *, verified: bool) -> dict[str, int]:
    """Children for whom the records show parental responsibility, those verified among them or not."""
    return choices(
        Person(tie.pupil_id, tie.pupil)
        for tie in ties
        if tie.responsibility is Responsibility.YES and (verified or tie.verified_at is None)
    )


class ChecksList(Issuing):
    """The checks that come before an account, and the code that comes of them."""

    identity = param.Selector(objects=IDENTITIES, default="")
    evidence = param.Selector(objects=EVIDENCE, default="")
    reference = param.String(default="")
    pupils = param.ListSelector(default=[], objects={})
    looked = param.ListSelector(default=[], objects=[LOOKED])  # one box: a lone checkbox of Panel's has no label

    def __init__(self, reader: Reader, adult: Around, **params: Any) -> None:
        super().__init__(reader, **params)
        self.adult = adult
        self.param.pupils.objects = responsible_for(adult.ties, verified=True)

    async def issue(self, _: Any = None) -> None:
        """Issue, if every line of the list is done."""
        checks = Checks(self.identity, self.evidence, self.reference, frozenset(self.pupils), bool(self.looked))
        unchosen = {} if self.identity else {"identity": "Please say how you made sure who the person is."}
        unchosen |= {} if self.evidence else {"evidence": "Please say what shows their responsibility."}
        if faults := unchosen | checks.lacking():
            self.mark(faults)
            return
        came = await self.perform(accounts.issue_account, adult=self.adult.id, checks=checks)
        if came is not None and came.answer is None:
            await self.finish("The checks are kept. A second person must look at them before an account is issued.")
            return
        await self.hand_over(
            came, f"The account of {self.adult.name} is issued. The code below is shown this once.", done=True
        )

    async def confirm(self, _: Any = None) -> None:
        """Issue, or verify further children, by a colleague's checks."""
        came = await self.perform(second_check.confirm, adult=self.adult.id)
        if came is not None and came.answer is None:
            await self.finish(f"Responsibility of {self.adult.name} is verified.")
            return
        await self.hand_over(
            came, f"The account of {self.adult.name} is issued. The code below is shown this once.", done=True
        )

    async def take_back(self, _: Any = None) -> None:
        """End the checks that wait."""
        if await self.perform(second_check.take_back, adult=self.adult.id) is not None:
            await self.finish("The checks are taken back. Somebody can go through them anew.")

    async def new_code(self, _: Any = None) -> None:
        """A new code in one step; the old one is void."""
        came = await self.perform(accounts.renew_code, account=self._account)
        await self.hand_over(came, f"{self.adult.name} has a new code. The code below is shown this once.", done=True)

    async def close(self, _: Any = None) -> None:
        """Close the account and end its logins."""
        if await self.perform(accounts.close_account, account=self._account) is not None:
            await self.finish(f"The account of {self.adult.name} is closed and their sign-ins are ended.")

    @property
    def _account(self) -> int | None:
        return next((tie.account_id for tie in self.adult.ties), None)


class Verification(Acting):
    """Responsibility for further children of somebody who has an account."""

    evidence = param.Selector(objects=EVIDENCE, default="")
    reference = param.String(default="")
    pupils = param.ListSelector(default=[], objects={})

    def __init__(self, reader: Reader, adult: Around, **params: Any) -> None:
        super().__init__(reader, **params)
        self.adult = adult
        self.param.pupils.objects = responsible_for(adult.ties, verified=False)

    async def verify(self, _: Any = None) -> None:
        """Put on record that somebody has looked, and at what."""
        faults = {} if self.evidence else {"evidence": "Please say what shows their responsibility."}
        faults |= {} if self.reference.strip() else {"reference": "Please say where the evidence is filed."}
        faults |= {} if self.pupils else {"pupils": "Please choose at least one child."}
        if faults:
            self.mark(faults)
            return
        came = await self.perform(
            accounts.verify_responsibility, adult=self.adult.id, pupils=self.pupils, evidence=self.evidence,
            reference=self.reference,
        )  # fmt: skip
        if came is not None and came.answer:
            await self.finish(f"Responsibility of {self.adult.name} is verified.")
        elif came is not None:
            await self.finish("What you saw is kept. A second person must look at it before it counts.")


def alike_html(alike: list[Found]) -> str:
    """Others on record who may be the same person, each with why."""
    if not alike:
        return "<p>No other adult on record has the same surname and initial, e-mail address or telephone number.</p>"
    items = Markup("").join(
        Markup('<li><a href="/staff/adult/{}">{}</a> <span class="hint">{}; connected with {}</span></li>').format(
            one.id, one.name, one.why, one.note
        )
        for one in alike
    )
    return str(Markup("<p>These may be the same person. Please look at each:</p><ul>{}</ul>").format(items))


def layout(model: ChecksList, alike: list[Found], waits: Waiting | None = None) -> pn.Column:
    """The list if there is no account yet, else what can be done with it; the code when there is one."""
    state = next((tie.account for tie in model.adult.ties), None)
    if not model.adult.ties:
        parts: list[Any] = [html("<p>No child is connected with this adult, so there is nothing to check yet.</p>")]
    elif waits is not None and waits.identity:
        parts = _second(model, waits)
    elif state in (None, AccountState.CLOSED):
        parts = _checks(model, alike)
    else:
        renew, renewing = in_two_steps(
            model, "Make a new one-time code", f"<p>{VOIDS[state]}</p>", "Yes, make a new code", model.new_code
        )
        close, closing = in_two_steps(
            model, "Close the account",
            "<p>Their sign-ins end at once. They need a new check before they have an account again.</p>",
            "Yes, close the account", model.close,
        )  # fmt: skip
        parts = [
            *until_done(model, html(f"<p>Now: {ACCOUNTS[state]}.</p>")), beside(renew, close), renewing, closing,
        ]  # fmt: skip
    further = Verification(model.reader, model.adult)
    if waits is not None and not waits.identity:
        parts += _second(model, waits)
    elif state in (AccountState.ISSUED, AccountState.ACTIVE) and further.param.pupils.objects:
        parts.append(_further(further))
    return column(html("<h3>Account</h3>"), *parts, outcome(model))


def _second(model: ChecksList, waits: Waiting) -> list[Any]:
    told = Markup(
        "<p><b>These checks wait for a second person.</b> {} went through them on {}:</p><ul>{}"
        "<li>Responsibility: {}, filed at {}</li><li>For: {}</li></ul>"
    ).format(
        waits.made_by.name, said_on(waits.made_at, model.reader.now().zone),
        Markup("<li>Identity: {}</li>").format(waits.identity) if waits.identity else "", waits.evidence, waits.reference,
        ", ".join(pupil.name for pupil in waits.pupils),
    )  # fmt: skip
    ways = [button("Take them back", model.take_back, "default")]
    if not waits.mine:
        then = "issue the account" if waits.identity else "verify responsibility"
        ways.insert(0, button(f"I have looked at them too: {then}", model.confirm))
    return until_done(model, html(str(told)), beside(*ways))


def _checks(model: ChecksList, alike: list[Found]) -> list[Any]:
    if not model.param.pupils.objects:
        return [html("<p>The records show no parental responsibility for a child, so no account can be issued. If that is wrong,"
                     " have it corrected in the school’s system first.</p>")]  # fmt: skip
    return until_done(
        model,
        asking(model, pn.widgets.Select, "identity", "1. Identity: how do you know who this is?"),
        asking(model, pn.widgets.Select, "evidence", "2. Responsibility: what shows it?"),
        asking(model, pn.widgets.TextInput, "reference", FILED, max_length=accounts.REFERENCE_LENGTH),
        heading(model, "pupils", "3. Children: which did you match with the school’s records?"),
        field(pn.widgets.CheckBoxGroup, model.param.pupils, "Children matched"),
        heading(model, "looked", "4. Duplicates"),
        html(alike_html(alike)),
        field(pn.widgets.CheckBoxGroup, model.param.looked, "Duplicates"),
        button("Verify and issue an account", model.issue),
    )


def _further(model: Verification) -> pn.Column:
    return column(
        html("<h3>Children not verified yet</h3>"),
        *until_done(
            model,
            asking(model, pn.widgets.Select, "evidence", "What shows their responsibility?"),
            asking(model, pn.widgets.TextInput, "reference", FILED, max_length=accounts.REFERENCE_LENGTH),
            heading(model, "pupils", "Which children did you verify?"),
            field(pn.widgets.CheckBoxGroup, model.param.pupils, "Children verified"),
            button("Verify responsibility", model.verify),
        ),
        outcome(model),
    )
