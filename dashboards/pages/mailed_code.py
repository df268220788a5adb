"""/staff/adult/<id>/code, /staff/intake/<id>/codes: one-time codes by e-mail, to one adult and to those of a run (PASS-1)."""

from typing import Any

from dashboards.pages.intake import OneIntake
from dashboards.pages.signin import Desk
from dashboards.pages.staff import Adult, StaffHandler
from dashboards.security.handlers import PortalHandler
from portal_core.domain.clauses import Duty
from portal_core.errors import BadInput, Stale
from portal_core.services import families, mailed_codes


class ByMail(StaffHandler):
    """POST alone, after a tick; the answer is the page on which it was asked for."""

    duty = Duty.ISSUE_ACCOUNTS
    get = PortalHandler.get

    def initialize(self, desk: Desk) -> None:
        """The process's one desk, which has the vault that seals the code."""
        super().initialize(desk.store)
        self.vault = desk.vault


class MailedCode(ByMail, Adult):
    """To one adult."""

    async def post(self, id_: str) -> None:
        try:
            self.require_tick("Please tick that it is them who ask.")
            await self.asked(mailed_codes.send_code, adult=int(id_), vault=self.vault)
        except (BadInput, Stale) as fault:
            around = await self.asked(families.around_adult, adult=int(id_))
            await self.person("adult", around, mailing=self.say(fault))
        else:
            self.go(f"/staff/adult/{id_}?sent=yes#mail-code")


class MailedCodes(ByMail, OneIntake):
    """To everybody of a run who has an address of their own."""

    async def post(self, id_: str) -> None:
        try:
            self.require_tick("Please tick that you want them sent by e-mail.")
            while await self.asked(mailed_codes.send_codes, intake=int(id_), vault=self.vault):
                pass
        except (BadInput, Stale) as fault:
            await self.show_run(int(id_), self.say(fault))
        else:
            self.go(f"/staff/intake/{id_}")


def routes(desk: Desk) -> list[tuple[Any, ...]]:
    """For the server's table."""
    mails = {"desk": desk}
    return [(r"/staff/adult/(\d{1,9})/code", MailedCode, mails), (r"/staff/intake/(\d{1,9})/codes", MailedCodes, mails)]
