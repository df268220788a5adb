"""/activate and /sign-in/next: first use by a one-time code, and each step that a login still owes.

Which step it is comes from the login, never from the address: a form sent for another step leads back to the right one.
"""

from io import BytesIO
from typing import Any

import segno
from markupsafe import Markup

from dashboards.pages.public import shown
from dashboards.pages.signin import Desk, DeskHandler
from dashboards.security.provider import NEXT_STEP
from portal_core.domain.clauses import Duty
from portal_core.domain.language import _, said
from portal_core.domain.people import Principal
from portal_core.errors import BadInput
from portal_core.security import first_use, logins
from portal_core.security.first_use import Enrolment
from portal_core.security.logins import Step
from portal_core.services import published
from portal_core.store.accounts import Stage


class Activate(DeskHandler):
    """/activate: username and one-time code (PASS-1)."""

    duty = Duty.VISIT

    def get(self) -> None:
        self._form()

    async def post(self) -> None:
        username, code = self.field("username"), self.field("code")
        try:
            step = await self.desk.hashing(
                first_use.activate, username=username, code=code, device=self.device(), at=self.at
            )
        except self.SAID as fault:
            self._form(self.say(fault), username)
            return
        if self.principal is not None:
            await self.desk.quickly(logins.sign_out, by=self.principal, at=self.at)
        await self.lead_on(step)

    def _form(self, problem: str | None = None, username: str = "") -> None:
        shared = self.field("device", "") if problem else ""
        self.show("activate.html", problem=problem, username=username[:200], onward="/", shared=shared)


class NextStep(DeskHandler):
    """/sign-in/next: the form of the step that is due."""

    duty = Duty.PROVE
    stage: Stage

    async def who(self) -> Principal | None:
        """With the stage that the login has come to."""
        held = self.application.doors.held(self.request)
        found = await self.application.gate.asking(held, self.at) if held is not None else None
        if found is None:
            return None
        self.stage = found.known.stages[found.principal.login_id]
        return found.principal

    async def get(self) -> None:
        await self._form()

    async def post(self) -> None:
        if self.field("step", "") != self.stage:
            self.go(NEXT_STEP)
            return
        try:
            step = await self._prove()
        except self.SAID as fault:
            await self._form(self.say(fault))
            return
        await self.lead_on(step)

    async def _prove(self) -> Step:
        given = {"by": self.principal, "at": self.at}
        match self.stage:
            case Stage.PASSWORD:
                if self.field("password") != self.field("again"):
                    raise BadInput(_("The two passwords are not the same. Please type both again."))
                return await self.desk.hashing(
                    first_use.set_first_password, password=self.field("password"), vault=self.desk.vault, **given
                )
            case Stage.ACCEPT:
                if self.field("accept", "") != "yes":
                    raise BadInput(
                        _("Please tick the box if you accept the policy. Without it the portal stays closed.")
                    )
                version, notice = (_number(self.field(name, "")) for name in ("version", "notice"))
                return await self.desk.quickly(first_use.accept_policy, version=version, notice=notice, **given)
            case _:
                return await self.desk.quickly(
                    logins.show_factor,
                    code=self.field("code"),
                    vault=self.desk.vault,
                    read_at=self.desk.authenticators(),
                    **given,
                )

    async def _form(self, problem: str | None = None) -> None:
        given: dict[str, Any] = {"problem": problem, "onward": self.onward(), "step": self.stage}
        match self.stage:
            case Stage.PASSWORD:
                name = await self.desk.quickly(first_use.username, by=self.principal, at=self.at)
                self.show("first_password.html", username=name, **given)
            case Stage.ACCEPT:
                policy = await self.desk.quickly(published.policy_to_accept, at=self.at)
                notice = await self.desk.quickly(published.notice, at=self.at)
                before = await self.desk.quickly(first_use.last_accepted, by=self.principal, at=self.at)
                self.show(
                    "accept.html",
                    policy=shown(policy, self.at, below=2),
                    notice=shown(notice, self.at, below=2),
                    accepted=said("long", before.astimezone(self.at.zone)) if before else "",
                    **given,
                )
            case Stage.ENROL:
                enrolment = await self.desk.quickly(
                    first_use.enrolment, by=self.principal, at=self.at, vault=self.desk.vault
                )
                self.show("enrol.html", enrolment=enrolment, drawing=qr_code(enrolment), **given)
            case _:
                self.show("factor.html", **given)


def qr_code(enrolment: Enrolment) -> Markup:
    """The code that an authenticator app scans, as SVG within the page: asked of nobody, kept nowhere."""
    out = BytesIO()
    segno.make(enrolment.address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, omitsize=True, border=3, dark="#000", light="#fff", title=_("QR code"),
        desc=_("Holds the same secret as the text beside it."),
    )  # fmt: skip
    return Markup(out.getvalue().decode())  # noqa: S704  drawn by segno from an escaped address


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def routes(desk: Desk) -> list[tuple[Any, ...]]:
    """First use, and the steps."""
    return [(r"/activate", Activate, {"desk": desk}), (NEXT_STEP, NextStep, {"desk": desk})]
