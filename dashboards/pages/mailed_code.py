"""/staff/adult/<id>/code: a new one-time code by e-mail, from the adult's page (PASS-1)."""

from typing import Any

from dashboards.pages.signin import Desk
from dashboards.pages.staff import Adult
from portal_core.domain.clauses import Duty
from portal_core.errors import BadInput, Stale
from portal_core.services import families, mailed_codes


class MailedCode(Adult):
    """POST alone; the answer is the adult's page."""

    duty = Duty.ISSUE_ACCOUNTS

    def initialize(self, desk: Desk) -> None:
        """The process's one desk, which has the vault that seals the code."""
        super().initialize(desk.store)
        self.vault = desk.vault

    async def post(self, id_: str) -> None:
        try:
            if self.field("sure", "") != "yes":
                raise BadInput("Please tick that it is them who ask.")
            await self.asked(mailed_codes.send_code, adult=int(id_), vault=self.vault)
        except (BadInput, Stale) as fault:
            around = await self.asked(families.around_adult, adult=int(id_))
            await self.person("adult", around, mailing=self.say(fault))
        else:
            self.go(f"/staff/adult/{id_}?sent=yes#mail-code")


def routes(desk: Desk) -> list[tuple[Any, ...]]:
    """For the server's table."""
    return [(r"/staff/adult/(\d{1,9})/code", MailedCode, {"desk": desk})]
