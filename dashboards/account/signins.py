"""/account/sign-ins: from when and from what somebody signed in, ending one or all others, and "this wasn't me" (SEC-2)."""

from dashboards.account.own import AccountHandler
from dashboards.security.handlers import PortalHandler
from portal_core.domain.clauses import Duty
from portal_core.domain.language import _
from portal_core.errors import BadInput
from portal_core.services import own_logins


class SignIns(AccountHandler):
    """The list, and its three buttons: which was pressed is said by `do`."""

    async def get(self) -> None:
        found = await self.own(own_logins.sign_ins)
        self.show(
            "account_signins.html", here="/account", found=found, when=self.when, done=self.query("done", "") == "yes"
        )

    async def post(self) -> None:
        match self.field("do"):
            case "one":
                login = self.field("login")
                if not (login.isascii() and login.isdigit() and len(login) < 10):
                    raise BadInput(_("Please use the buttons of this page."))
                await self.own(own_logins.end_login, login=int(login))
            case "others":
                await self.own(own_logins.end_others)
            case _:
                raise BadInput(_("Please use the buttons of this page."))
        self.go("/account/sign-ins?done=yes")


class NotMe(AccountHandler):
    """/account/not-me: what it does, said before it is done; then it is done to every sign-in, this one too."""

    async def get(self) -> None:
        self.show("account_not_me.html", here="/account")

    async def post(self) -> None:
        if self.field("sure") != "yes":
            raise BadInput(_("Please use the button of this page."))
        await self.own(own_logins.disown)
        await self.leave_nothing()
        self.end_login()
        self.go("/account-ended")


class Ended(PortalHandler):
    """GET /account-ended: signed out everywhere, and what to do next."""

    duty = Duty.VISIT

    def get(self) -> None:
        self.show("account_ended.html")
