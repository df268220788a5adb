"""What somebody finds of themselves: how their account stands, what they agreed to and were given, what they opened.

Mine alone: nothing here tells who else has looked, or that anybody else there is (SEC-4, SEC-5, USE-1).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import N_, _
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import NotFound
from portal_core.security.factor import recovery_codes_left
from portal_core.services.families import name_of
from portal_core.services.published import Wording
from portal_core.store.accounts import Acceptance, Account, Login, NoticeShown, NoticeVersion, PolicyVersion, lives
from portal_core.store.people import Adult, Pupil, Staff
from portal_core.store.school import AuditEntry
from portal_core.store.scope import Store

LATELY = timedelta(days=30)
PAGE = 50
CHANGES: Mapping[Verb, str] = {
    Verb.ACTIVATED: N_("You activated your account."),
    Verb.CHANGED_PASSWORD: N_("You changed your password."),
    Verb.ENROLLED_FACTOR: N_("You switched your second step on."),
    Verb.DROPPED_FACTOR: N_("You switched your second step off."),
    Verb.MADE_RECOVERY_CODES: N_("You made new recovery codes."),
    Verb.USED_RECOVERY_CODE: N_("You used a recovery code."),
    Verb.RESET_PASSWORD: N_("A new password was chosen by a link from an e-mail."),
    Verb.CHANGED_EMAIL: N_("Your e-mail address was changed."),
    Verb.ASKED_TO_CHANGE_EMAIL: N_("You asked to change your e-mail address."),
    Verb.ENDED_LOGINS: N_("You ended sign-ins of yours."),
}
"""What is told on the account's page, so that nobody needs e-mail to notice it."""
PAGES: Mapping[str, str] = {
    "/parent": N_("Overview"),
    "/parent/app": N_("The year in detail"),
    "/parent/attendance": N_("Attendance"),
    "/parent/lessons": N_("Lessons"),
    "/parent/points": N_("Points"),
    "/parent/points/talk": N_("Talking about a point"),
}
"""A child's pages as the record of views names them, and as the reader knows them."""
OPENED = N_("Opened")


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands. `codes` are recovery codes left, `open` the sign-ins that live, `lately` what was changed."""

    name: str
    username: str
    factor: bool
    codes: int
    open: int
    lately: tuple[tuple[datetime, str], ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """A text in the version that was accepted, or shown, and when."""

    wording: Wording
    on: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """One thing opened; `child` is the forename of a child whom the reader may see now, else empty."""

    at: datetime
    what: str
    child: str


def standing(store: Store, *, by: Principal, at: Moment) -> Standing:
    """The caller's own."""
    now = at.instant
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        account = work.get(Account, by.account_id)
        owner = work.session.get(Adult, account.adult_id) if account.adult_id else work.session.get(Staff, by.staff_id)
        live = work.session.scalar(
            select(func.count()).select_from(Login).where(Login.account_id == account.id, lives(Login, now))
        )
        changes = work.session.execute(
            select(AuditEntry.at, AuditEntry.verb)
            .where(AuditEntry.actor == str(by), AuditEntry.verb.in_(CHANGES), AuditEntry.at > now - LATELY)
            .order_by(AuditEntry.id.desc())
            .limit(8)
        )
        return Standing(
            name_of(owner) if owner is not None else "", account.username, account.factor_step is not None,
            recovery_codes_left(work, account.id), live or 0, tuple((when, _(CHANGES[verb])) for when, verb in changes),
        )  # fmt: skip


def agreed(store: Store, *, by: Principal, at: Moment) -> tuple[list[Agreed], list[Agreed]]:
    """The versions of the policy that the caller accepted, and of the privacy notice that they were shown; newest first."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        accepted = work.session.execute(
            select(PolicyVersion, Acceptance.accepted_at)
            .join(Acceptance, Acceptance.version == PolicyVersion.number)
            .where(Acceptance.adult_id == (by.adult_id or 0))
            .order_by(PolicyVersion.number.desc())
        )
        shown = work.session.execute(
            select(NoticeVersion, NoticeShown.shown_at)
            .join(NoticeShown, NoticeShown.version == NoticeVersion.number)
            .where(NoticeShown.account_id == by.account_id)
            .order_by(NoticeVersion.number.desc())
        )
        policies, notices = (
            [Agreed(Wording(one.number, one.text, one.published_at), when) for one, when in rows]
            for rows in (accepted, shown)
        )
        return policies, notices


def opened(store: Store, *, by: Principal, at: Moment, page: int = 1) -> tuple[list[Opened], bool]:
    """What the caller opened or downloaded, newest first, PAGE at a time, and whether there is more. Raises NotFound."""
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        if by.adult_id is None or page < 1:
            raise NotFound("There is no such page.")
        rows = work.session.execute(
            select(AuditEntry.at, AuditEntry.verb, AuditEntry.pupil_id, AuditEntry.detail)
            .where(AuditEntry.actor == str(by), AuditEntry.verb.in_((Verb.VIEWED, Verb.EXPORTED)))
            .order_by(AuditEntry.id.desc())
            .offset((page - 1) * PAGE)
            .limit(PAGE + 1)
        ).all()
    names = dict(children(store, by=by, at=at))
    found = [Opened(row.at, _what(row.verb, row.detail), names.get(row.pupil_id or 0, "")) for row in rows[:PAGE]]
    return found, len(rows) > PAGE


def _what(verb: Verb, detail: str) -> str:
    if verb is Verb.EXPORTED:
        return _("Downloaded")
    return _(PAGES.get(json.loads(detail).get("what", ""), OPENED))


def children(store: Store, *, by: Principal, at: Moment) -> list[tuple[int, str]]:
    """The children whom the caller may see now, by id and forename."""
    if by.adult_id is None:
        return []
    with store.reading_as(by, at) as session:
        rows = session.execute(select(Pupil.id, Pupil.forename).order_by(Pupil.forename, Pupil.id))
        return [(row.id, row.forename) for row in rows]
