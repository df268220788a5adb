"""/forgotten, /reset and /email: a new password by a link, and a new address confirmed by one; for whoever holds the link.

A link is looked at by GET and used by POST alone, since programs that scan mail open every link.
"""

from dashboards.pages.signin import DeskHandler
from portal_core.domain.clauses import Duty
from portal_core.domain.language import N_, _
from portal_core.errors import BadInput, SignInRefused
from portal_core.services import forgotten, own_email

LONGEST_TOKEN = 100
SAME_TWICE = N_("The two passwords are not the same. Please type both again.")


class Forgotten(DeskHandler):
    """/forgotten: asks for a link; the answer is one, whether there is such a name or not."""

    duty = Duty.VISIT

    def get(self) -> None:
        self.show("forgotten.html", problem=None, username="", sent=self.query("sent", "") == "yes")

    async def post(self) -> None:
        username = self.field("username")[:200]
        try:
            await self.desk.quickly(
                forgotten.ask_for_reset, username=username, device=self.device(), at=self.at, vault=self.desk.vault
            )
        except self.SAID as fault:
            self.show("forgotten.html", problem=self.say(fault), username=username, sent=False)
            return
        self.go("/forgotten?sent=yes")


class Reset(DeskHandler):
    """/reset?t=…: a new password by the link."""

    duty = Duty.VISIT

    async def get(self) -> None:
        token = self.query("t", "")[:LONGEST_TOKEN]
        await self._form(token)

    async def post(self) -> None:
        token, password = self.field("token")[:LONGEST_TOKEN], self.field("password")
        try:
            if password != self.field("again"):
                raise BadInput(_(SAME_TWICE))
            await self.desk.hashing(
                forgotten.reset_password, token=token, password=password, device=self.device(), at=self.at
            )
        except self.SAID as fault:
            await self._form(token, self.say(fault))
            return
        self.end_login()  # a login of that account has just ended; another's signs in again
        self.go("/reset?done=yes")

    async def _form(self, token: str, problem: str | None = None) -> None:
        done = self.query("done", "") == "yes"
        live = bool(token) and await self.desk.quickly(forgotten.live_link, token=token, at=self.at) is not None
        self.show("reset.html", problem=problem, token=token, live=live, done=done)


class ConfirmEmail(DeskHandler):
    """/email?t=…: one of two addresses says yes."""

    duty = Duty.VISIT

    async def get(self) -> None:
        token = self.query("t", "")[:LONGEST_TOKEN]
        live = bool(token) and await self.desk.quickly(own_email.waiting_link, token=token, at=self.at) is not None
        self.show("email.html", token=token, live=live, done=self.query("done", ""))

    async def post(self) -> None:
        token = self.field("token")[:LONGEST_TOKEN]
        try:
            whole = await self.desk.quickly(
                own_email.confirm_address, token=token, at=self.at, vault=self.desk.vault
            )  # fmt: skip
        except SignInRefused:
            self.set_status(401)
            self.show("email.html", token="", live=False, done="")
            return
        self.go(f"/email?done={'both' if whole else 'one'}")
