"""A one-time code, shown once: on the page and in the letter that goes with it, and nowhere afterwards (PASS-1)."""

from base64 import b64encode
from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import said_on
from dashboards.components.look import button, column, html
from dashboards.staff.acting import Acting, Came
from portal_core.security.devices import downloads_allowed
from portal_core.services.accounts import IssuedCode
from portal_core.services.letters import letter_with_code


class Issuing(Acting):
    """A screen that may come by a code."""

    issued = param.ClassSelector(class_=IssuedCode, constant=True, doc="None until made; gone with the page.")
    letter = param.ClassSelector(class_=bytes, constant=True, doc="The same as a letter, in PDF.")

    async def hand_over(self, came: Came[IssuedCode] | None, said: str, *, done: bool) -> None:
        """Show the code, and set its letter; if that cannot be done, the code stands and the reason is said."""
        if came is None:
            return
        self.show(issued=came.answer, letter=None)
        letter = await self.perform(letter_with_code, issued=came.answer, portal=self.reader.origin)
        self.show(letter=letter.answer if letter else None)
        said = said if letter else f"{said} {self.said}"
        if done:
            await self.finish(said, failed=letter is None)
        else:
            self.tell(said, failed=letter is None)

    def noted(self, _: Any = None) -> None:
        """Take the code off the page; nobody can bring it back."""
        self.show(issued=None, letter=None)
        self.tell("")


def shown_once(model: Issuing) -> pn.Column:
    """The code and its letter, once there are any."""

    def code(issued: IssuedCode | None) -> str:
        if issued is None:
            return ""
        until = said_on(issued.expires_at, model.reader.now().zone)
        return str(
            Markup(
                "<p>Username <code>{}</code><br>One-time code <code>{}</code></p><p class=hint>Good until {}, for one use, at"
                " {}/activate. Give it to its owner alone: once you leave this page, nobody can see it again.</p>"
            ).format(issued.username, issued.code, until, model.reader.origin)
        )

    def link(letter: bytes | None) -> str:
        if letter is None:
            return ""
        if not downloads_allowed(model.reader.principal):
            return "<p class=hint>You signed in as on a shared device, so no letter is handed out here. Give the code by hand; or sign out, sign in as on a device of your own, and make a new code with its letter: this one stops working then.</p>"
        return str(
            Markup('<p><a download="letter-{}.pdf" href="data:application/pdf;base64,{}">Download the letter (PDF)</a></p>').format(
                model.issued.username, b64encode(letter).decode()
            )
        )  # fmt: skip

    noted = button("I have noted the code", model.noted, "default")
    noted.visible = param.bind(lambda issued: issued is not None, model.param.issued)
    return column(html(param.bind(code, model.param.issued)), html(param.bind(link, model.param.letter)), noted)
