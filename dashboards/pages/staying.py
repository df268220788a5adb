"""What an open page asks while nobody does anything: /here and /stay, /idle when time has run out, /drafts (USE-2).

A sign that a tab is open keeps a login on a shared device alive; it is no use of it, so it never moves the idle limit on.
"""

import asyncio
import json
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from tornado.web import HTTPError

from dashboards.security.drafts import FORM
from dashboards.security.handlers import PortalHandler, local_path
from dashboards.security.provider import SIGN_IN
from dashboards.security.scripted import Scripted
from portal_core.domain.clauses import Duty
from portal_core.domain.people import Principal

MOST_FIELDS = 40


def seconds_left(principal: Principal, at: datetime) -> int:
    """How long a login stays if nobody does anything more."""
    ends = [end for end in (principal.idle_until, principal.expires_at) if end is not None]
    return max(0, int((min(ends) - at).total_seconds())) if ends else 0


class Living(Scripted):
    """Asked by any login that lives, at whichever step of signing in it is."""

    duty = Duty.VISIT
    counts: ClassVar[bool] = False


class Here(Living):
    """POST /here: a tab is open; answered {"left": seconds until the idle limit}.

    With `warns`, the tab is about to show its warning: what its fields send as they lose the focus to it is no use.
    """

    wants = "here"

    def post(self) -> None:
        principal = self.live()
        if self.field("warns", "") == "yes":
            self.application.note_warning(principal.login_id)
        if principal.shared_device:
            self.application.open.add(principal.login_id)
        self.finish({"left": seconds_left(principal, self.at.instant)})


class Stay(Living):
    """POST /stay: somebody is there and goes on; answered as /here, from the new limit."""

    wants = "stay"

    async def post(self) -> None:
        gate, login = self.application.gate, self.live().login_id
        await asyncio.to_thread(gate.seen, [login], self.at)
        await asyncio.to_thread(gate.open, [login], self.at)
        self.principal = await self.who()
        self.finish({"left": seconds_left(self.live(), self.at.instant)})


class Idle(PortalHandler):
    """GET /idle: where a page goes whose time is over; on to signing in, or if another tab was used, back."""

    duty = Duty.VISIT
    counts: ClassVar[bool] = False

    async def get(self) -> None:
        onward = local_path(self.query("next", "/"))
        if self.principal is not None:
            self.show("idle.html", onward=onward)
            return
        await self.leave_nothing()
        self.redirect(f"{SIGN_IN}?after=idle&next={quote(onward, safe='')}")


class KeepDraft(Scripted):
    """POST /drafts/keep: a form as it stands; typing is use, so this moves the idle limit on."""

    duty = Duty.KEEP_ACCOUNT
    wants = "draft"

    async def post(self) -> None:
        form, fields = _form(self.field("form")), _fields(self.field("fields"))
        await self.application.drafts.keep(self.live().account_id, form, fields, self.at)
        self.finish({})


class LeaveDraft(KeepDraft):
    """POST /drafts/leave: the same from a page that nobody uses any more, which is no use."""

    counts: ClassVar[bool] = False


class TakeDraft(Scripted):
    """POST /drafts/take: what this account had typed into a form, handed back once."""

    duty = Duty.KEEP_ACCOUNT
    counts: ClassVar[bool] = False
    wants = "draft"

    async def post(self) -> None:
        form = _form(self.field("form"))
        self.finish({"fields": await self.application.drafts.take(self.live().account_id, form, self.at)})


def _form(name: str) -> str:
    if not FORM.fullmatch(name):
        raise HTTPError(400, "no name of a form")
    return name


def _fields(text: str) -> dict[str, str]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise HTTPError(400, "fields that are no JSON") from None
    if not isinstance(told, dict) or len(told) > MOST_FIELDS or not all(isinstance(one, str) for one in told.values()):
        raise HTTPError(400, "fields that are no text by name")
    return told


ROUTES: list[tuple[Any, ...]] = [
    (r"/here", Here),
    (r"/stay", Stay),
    (r"/idle", Idle),
    (r"/drafts/keep", KeepDraft),
    (r"/drafts/leave", LeaveDraft),
    (r"/drafts/take", TakeDraft),
]
