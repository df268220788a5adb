"""An adult's account: the checks list and issue, a new code, closing (PASS-1)."""

from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import ACCOUNTS, said_on
from dashboards.components.look import BUTTON, button, column, field, html
from dashboards.staff.acting import Acting, Came, Reader, outcome, until_done
from portal_core.domain.people import AccountState, Responsibility
from portal_core.letters.activation import LetterData, activation_letter
from portal_core.services import accounts
from portal_core.services.accounts import Checks, Evidence, IdentitySeen, IssuedCode
from portal_core.services.families import Around, Found

AGAIN = "Load the page again to see it above."


class ChecksList(Acting):
    """The checks that come before an account, and the code that comes of them, shown once."""

    identity = param.Selector(
        objects={"Please choose": None} | {str(one).capitalize(): one for one in IdentitySeen}, default=None
    )
    evidence = param.Selector(
        objects={"Please choose": None} | {str(one).capitalize(): one for one in Evidence}, default=None
    )
    reference = param.String(default="")
    pupils = param.ListSelector(default=[], objects={})
    looked = param.Boolean(default=False)
    issued = param.ClassSelector(class_=IssuedCode, constant=True, doc="None until issued; gone with the page.")
    letter = param.ClassSelector(class_=bytes, constant=True)

    def __init__(self, reader: Reader, adult: Around, **params: Any) -> None:
        super().__init__(reader, **params)
        self.adult = adult
        children = {tie.pupil: tie.pupil_id for tie in adult.ties if tie.responsibility is Responsibility.YES}
        self.param.pupils.objects = children

    async def issue(self, _: Any = None) -> None:
        """Issue, if every line of the list is done."""
        if self.identity is None or self.evidence is None:
            self.tell(
                "Please say how you made sure who the person is, and what shows their responsibility.", failed=True
            )
            return
        checks = Checks(self.identity, self.evidence, self.reference, frozenset(self.pupils), self.looked)
        await self._show(await self.perform(accounts.issue_account, adult=self.adult.id, checks=checks))

    async def renew(self, _: Any = None) -> None:
        """A new code in one step; the old one is void."""
        account = next((tie.account_id for tie in self.adult.ties), None)
        await self._show(await self.perform(accounts.renew_code, account=account))

    async def close(self, _: Any = None) -> None:
        """Close the account and end its logins."""
        account = next((tie.account_id for tie in self.adult.ties), None)
        if await self.perform(accounts.close_account, account=account) is not None:
            self.tell(f"The account of {self.adult.name} is closed and their sign-ins are ended. {AGAIN}", done=True)

    async def _show(self, came: Came[IssuedCode] | None) -> None:
        if came is None:
            return
        code = came.answer
        at, letter = self.reader.now(), None
        settings = self.reader.store.settings(at.instant)
        try:
            letter = activation_letter(
                LetterData(
                    school=settings.name, school_address=tuple(settings.address.splitlines()), adult=self.adult.name,
                    address=(), username=code.username, code=code.code, portal="",
                    written_on=at.day, expires_on=code.expires_at.astimezone(at.zone).date(),
                    contact=" or ".join(filter(None, (settings.email, settings.telephone))),
                )
            )  # fmt: skip
        finally:
            with param.edit_constant(self):
                self.param.update(issued=code, letter=letter)
            self.tell(f"The account of {self.adult.name} is issued. The code below is shown this once.", done=True)


def code_html(code: IssuedCode | None, reader: Reader) -> str:
    """The code, for whoever hands it over."""
    if code is None:
        return ""
    until = said_on(code.expires_at, reader.now().zone)
    return str(
        Markup("<p>Username <code>{}</code><br>One-time code <code>{}</code></p><p class=hint>Good until {}, for one use, at the"
               " portal’s address followed by /activate. Give it to {} alone.</p>").format(code.username, code.code, until, "this adult")
    )  # fmt: skip


def alike_html(alike: list[Found]) -> str:
    """Others on record who may be the same person."""
    if not alike:
        return "<p>No other adult on record has the same surname and initial, e-mail address or telephone number.</p>"
    items = Markup("").join(
        Markup('<li><a href="/staff/adult/{}">{}</a> <span class="hint">{}</span></li>').format(
            one.id, one.name, one.note
        )
        for one in alike
    )
    return str(Markup("<p>These may be the same person. Please look at each:</p><ul>{}</ul>").format(items))


def layout(model: ChecksList, alike: list[Found]) -> pn.Column:
    """The list if there is no account yet, else what can be done with it; the code when there is one."""
    state = next((tie.account for tie in model.adult.ties), None)
    letter = pn.Column(param.bind(lambda pdf: _download(pdf, model), model.param.letter), sizing_mode="stretch_width")
    if state in (None, AccountState.CLOSED) and model.adult.ties:
        parts = until_done(
            model,
            field(pn.widgets.Select, model.param.identity, "1. Identity: how do you know who this is?"),
            field(pn.widgets.Select, model.param.evidence, "2. Responsibility: what shows it?"),
            field(
                pn.widgets.TextInput,
                model.param.reference,
                "   Where is that evidence filed?",
                max_length=accounts.REFERENCE_LENGTH,
            ),
            html("<p><b>3. Children: which did you match with the school’s records?</b></p>"),
            field(pn.widgets.CheckBoxGroup, model.param.pupils, "Children matched"),
            html(f"<p><b>4. Duplicates</b></p>{alike_html(alike)}"),
            field(pn.widgets.Checkbox, model.param.looked, "I have looked for duplicates of this person"),
            button("Verify and issue an account", model.issue),
        )
    elif model.adult.ties:
        parts = until_done(
            model,
            html(f"<p>Now: {ACCOUNTS[state]}.</p>"),
            button("Make a new one-time code", model.renew),
            html("<p class=hint>The old code and password stop working at once.</p>"),
            button("Close the account", model.close, "default"),
        )
    else:
        parts = [html("<p>No child is connected with this adult, so there is nothing to check yet.</p>")]
    return column(
        html("<h3>Account</h3>"), *parts, outcome(model), html(param.bind(lambda code: code_html(code, model.reader), model.param.issued)), letter,
    )  # fmt: skip


def _download(letter: bytes | None, model: ChecksList) -> Any:
    if letter is None:
        return None
    from io import BytesIO

    name = f"letter-{model.issued.username}.pdf"
    return pn.widgets.FileDownload(
        BytesIO(letter),
        filename=name,
        label="Download the letter (PDF)",
        embed=True,
        button_type="primary",
        stylesheets=BUTTON,
    )
