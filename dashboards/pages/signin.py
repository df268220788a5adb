"""Signing in and out: /sign-in, /sign-out, and what the steps in between have in common.

Hashing a password takes one core for 50 ms, so it waits in a line of its own that leaves a core to the readers; a line
that is full says so at once. Each step hands out a new cookie.
"""

import asyncio
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlsplit

from tornado.web import HTTPError

from dashboards.pages.public import home
from dashboards.security.handlers import PortalHandler, address_of, local_path
from dashboards.security.provider import NEXT_STEP, SIGN_IN
from dashboards.server import declared_rules
from portal_core.domain.clauses import Duty
from portal_core.domain.people import Principal
from portal_core.errors import BadInput, PortalError, SignInRefused, Throttled
from portal_core.policy.duties import duties
from portal_core.security import logins
from portal_core.security.credentials import Vault, token_hash
from portal_core.security.devices import browser_of
from portal_core.security.logins import Device, Step
from portal_core.store.accounts import Stage
from portal_core.store.scope import Store

MOST_WAITING = 100  # tries in line to be hashed: some seconds' work
ONES_OWN = ("/sign-in", "/sign-out", "/activate")  # nowhere to lead somebody who has just signed in

T = TypeVar("T")


class Desk:
    """Where people prove who they are: the records, the key to sealed secrets, and the line for hashing."""

    def __init__(self, store: Store, vault: Vault, authenticators: Callable[[], datetime] | None = None) -> None:
        """`authenticators` is the clock that people's apps go by; the portal's own if not given."""
        self.store, self.vault, self.authenticators = store, vault, authenticators or store.clock
        self._threads = ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1), thread_name_prefix="hashing")
        self._waiting = 0

    async def hashing(self, verb: Callable[..., T], **given: Any) -> T:
        """A verb that hashes, in its turn. HTTPError 503 if the line is full."""
        if self._waiting >= MOST_WAITING:
            raise HTTPError(503, "too many are signing in at once")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, copy_context().run, partial(verb, self.store, **given)
            )
        finally:
            self._waiting -= 1

    async def quickly(self, verb: Callable[..., T], **given: Any) -> T:
        """Any other verb, beside that line."""
        return await asyncio.to_thread(partial(verb, self.store, **given))


class DeskHandler(PortalHandler):
    """A page on which somebody proves something."""

    SAID: ClassVar[tuple[type[PortalError], ...]] = (BadInput, SignInRefused, Throttled)  # in the form, not on a page

    def initialize(self, desk: Desk) -> None:
        """The process's one desk."""
        self.desk = desk

    def device(self) -> Device:
        """Where from; whoever does not say that it is their own is treated as on a shared one (USE-2)."""
        address = address_of(self.request, proxied=self.application.portal.proxy)
        browser = browser_of(self.request.headers.get("User-Agent", ""))
        shared = self.field("device", "shared") != "private"
        return Device(address, shared, browser, beats=self.field("scripts", "") == "yes")

    def onward(self) -> str:
        """Where the caller wanted to go: an address of ours, given along from step to step."""
        return local_path(self.field("next", "/") if self.request.method == "POST" else self.query("next", "/"))

    async def lead_on(self, step: Step) -> None:
        """The new cookie, and on to what comes next."""
        self.set_login(step.token)
        wanted = self.onward()
        if step.stage is not Stage.COMPLETE:
            self.go(NEXT_STEP if wanted == "/" else f"{NEXT_STEP}?next={quote(wanted, safe='')}")
            return
        principal = await self.application.gate.principal(token_hash(step.token), self.at)
        self.go(wanted if principal is not None and self._has_duty(principal, wanted) else self._home(principal))

    @staticmethod
    def _home(principal: Principal | None) -> str:
        return (principal and home(principal)) or "/"

    def _has_duty(self, principal: Principal, path: str) -> bool:
        path = urlsplit(path).path
        if path == "/" or path.startswith(ONES_OWN):
            return False
        for rule in declared_rules(self.application):
            if re.fullmatch(rule.pattern.removesuffix("$"), path):
                page = issubclass(rule.handler, PortalHandler) and "GET" in rule.handler.SUPPORTED_METHODS
                return page and rule.duty in duties(principal)
        return False


class SignIn(DeskHandler):
    """/sign-in: the form, and the first step."""

    duty = Duty.VISIT

    def get(self) -> None:
        if self.principal is not None and self.principal.complete:
            self.redirect("/")
        else:
            self._form()

    async def post(self) -> None:
        username, password = self.field("username"), self.field("password")
        try:
            step = await self.desk.hashing(
                logins.sign_in, username=username, password=password, device=self.device(), at=self.at
            )
        except self.SAID as fault:
            self._form(self.say(fault), username)
            return
        if self.principal is not None:  # the login that this one takes the place of
            await self.desk.quickly(logins.sign_out, by=self.principal, at=self.at)
        await self.lead_on(step)

    def _form(self, problem: str | None = None, username: str = "") -> None:
        shared = self.field("device", "") if problem else ""
        idle = not problem and self.query("after", "") == "idle"
        self.show(
            "signin.html", problem=problem, username=username[:200], onward=self.onward(), shared=shared, idle=idle
        )


class SignOut(DeskHandler):
    """/sign-out: the button on a page of its own, and what it does."""

    duty = Duty.VISIT

    def get(self) -> None:
        self.show("signout.html")

    async def post(self) -> None:
        if self.principal is not None:
            await self.desk.quickly(logins.sign_out, by=self.principal, at=self.at)
        await self.leave_nothing()
        self.end_login()
        self.go("/sign-out")


def routes(desk: Desk) -> list[tuple[Any, ...]]:
    """The way in and the way out."""
    return [(SIGN_IN, SignIn, {"desk": desk}), (r"/sign-out", SignOut, {"desk": desk})]
