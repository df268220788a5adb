"""/account/password, /account/second-step, /account/email: what an account is proved with, changed by its owner."""

from markupsafe import Markup

from dashboards.account.own import AccountHandler
from dashboards.pages.activation import qr_code
from portal_core.domain.language import N_, _
from portal_core.errors import BadInput, PortalError
from portal_core.security import first_use, own_factor, own_password
from portal_core.security.own_factor import Kept
from portal_core.services import own_email, own_record

SAME_TWICE = N_("The two new passwords are not the same. Please type both again.")


class Password(AccountHandler):
    """/account/password."""

    async def get(self) -> None:
        await self._form()

    async def post(self) -> None:
        old, new, again = self.field("password"), self.field("new"), self.field("again")
        try:
            if new != again:
                raise BadInput(_(SAME_TWICE))
            step = await self.own_hashing(own_password.change_password, password=old, new=new)
        except self.SAID as fault:
            await self._form(self.say(fault), "new" if isinstance(fault, BadInput) else "password")
            return
        self.set_login(step.token)
        self.go("/account/password?done=yes")

    async def _form(self, problem: str | None = None, field: str = "password") -> None:
        name = await self.own(first_use.username)
        done = self.query("done", "") == "yes" and problem is None
        self.show("account_password.html", here="/account", problem=problem, field=field, username=name, done=done)


class SecondStep(AccountHandler):
    """/account/second-step: which of its forms was sent is said by `do`."""

    parents = True

    async def get(self) -> None:
        await self._form()

    async def post(self) -> None:
        wanted = self.field("do")
        verb = {"begin": self._begin, "confirm": self._confirm, "codes": self._codes, "off": self._off}.get(wanted)
        try:
            if verb is None:
                raise BadInput(_("Please use the buttons of this page."))
            await verb()
        except self.SAID as fault:
            await self._form(self.say(fault), wanted)

    async def _begin(self) -> None:
        await self.own_hashing(own_factor.begin, password=self.field("password"), vault=self.desk.vault)
        self.go("/account/second-step")

    async def _confirm(self) -> None:
        self._kept(await self.own(own_factor.confirm, code=self.field("code"), **self._clocked()), "on")

    async def _codes(self) -> None:
        self._kept(await self.own(own_factor.renew_codes, code=self.field("code"), **self._clocked()), "codes")

    async def _off(self) -> None:
        password, code = self.field("password"), self.field("code")
        step = await self.own_hashing(own_factor.drop, password=password, code=code, **self._clocked())
        self.set_login(step.token)
        self.go("/account/second-step?done=off")

    def _clocked(self) -> dict[str, object]:
        return {"vault": self.desk.vault, "read_at": self.desk.authenticators()}

    def _kept(self, kept: Kept, what: str) -> None:
        self.set_login(kept.step.token)
        self.show("account_codes.html", here="/account", codes=kept.codes, what=what)

    async def _form(self, problem: str | None = None, sent: str = "") -> None:
        standing = await self.own(own_record.standing)
        enrolment = None if standing.factor else await self.own(own_factor.to_enrol, vault=self.desk.vault)
        self.show(
            "account_second_step.html", here="/account", problem=problem, sent=sent, standing=standing,
            enrolment=enrolment, drawing=qr_code(enrolment) if enrolment else Markup(""),
            off=self.query("done", "") == "off" and not problem,
        )  # fmt: skip


class Email(AccountHandler):
    """/account/email: the address that the portal writes to."""

    parents = True

    async def get(self) -> None:
        await self._form()

    async def post(self) -> None:
        if self.field("do", "") == "stop":
            await self.own(own_email.stop_change)
            self.go("/account/email")
            return
        address, password = self.field("address"), self.field("password")
        try:
            await self.own_hashing(
                own_email.ask_to_change, address=address, password=password, vault=self.desk.vault
            )  # fmt: skip
        except self.SAID as fault:
            await self._form(self.say(fault), address[:200], fault)
            return
        self.go("/account/email")

    async def _form(self, problem: str | None = None, typed: str = "", fault: PortalError | None = None) -> None:
        own = await self.own(own_email.own_address)
        field = "address" if isinstance(fault, BadInput) else "password"
        self.show("account_email.html", here="/account", problem=problem, field=field, own=own, typed=typed)
