"""/account and the pages under it that read: how the account stands, what was agreed to, what was opened.

Every page here is its owner's alone and is the same whatever the school has decided about children (no tipping off).
"""

from datetime import datetime

from tornado.web import HTTPError

from dashboards.pages.public import shown
from dashboards.pages.signin import DeskHandler
from portal_core.domain.clauses import Duty
from portal_core.domain.people import Principal
from portal_core.policy.contact import in_words
from portal_core.services import own_email, own_record
from portal_core.services.own_record import Agreed


class AccountHandler(DeskHandler):
    """A page of one's own account; `parents` alone have some of them, and staff are led back to the first."""

    duty = Duty.KEEP_ACCOUNT
    parents = False
    principal: Principal

    async def prepare(self) -> None:
        await super().prepare()
        if not self._finished and self.parents and self.principal.adult_id is None:
            self.redirect("/account", status=303 if self.request.method == "POST" else 302)

    async def own(self, verb, /, **given):  # type: ignore[no-untyped-def]
        """A verb about the caller's own account, now."""
        return await self.desk.quickly(verb, by=self.principal, at=self.at, **given)

    async def own_hashing(self, verb, /, **given):  # type: ignore[no-untyped-def]
        """The same for one that takes a core for a while, in its turn."""
        return await self.desk.hashing(verb, by=self.principal, at=self.at, **given)

    def when(self, instant: datetime) -> str:
        """An instant as people say it."""
        local = instant.astimezone(self.at.zone)
        return f"{in_words(local.date())}, {local:%H:%M}"


class Overview(AccountHandler):
    """GET /account."""

    async def get(self) -> None:
        standing = await self.own(own_record.standing)
        address = await self.own(own_email.own_address) if self.principal.adult_id is not None else None
        self.show("account.html", here="/account", standing=standing, address=address, when=self.when)


class Agreements(AccountHandler):
    """GET /account/policy: each version accepted, each notice shown, with its text (SEC-4, SEC-5)."""

    async def get(self) -> None:
        policies, notices = await self.own(own_record.agreed)
        self.show("account_policy.html", here="/account", policies=self._told(policies), notices=self._told(notices))

    def _told(self, agreed: list[Agreed]) -> list[dict[str, object]]:
        return [{**(shown(one.wording, self.at, below=3) or {}), "on": self.when(one.on)} for one in agreed]


class WhatIOpened(AccountHandler):
    """GET /account/opened: what the reader opened, and nobody else's."""

    parents = True

    async def get(self) -> None:
        page = self.query("page", "1")
        if not (page.isascii() and page.isdigit() and 0 < len(page) < 5):
            raise HTTPError(404, "no such page")
        found, more = await self.own(own_record.opened, page=int(page))
        self.show("account_opened.html", here="/account", found=found, more=more, page=int(page), when=self.when)
