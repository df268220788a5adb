"""Whether a message may leave at this instant, and what it then says. Asked in the transaction that claims it, every time.

A message about children needs the access decision of policy/access.py and the parent's own choice; each rests on what is
committed by now. Messages about an account need the account. Every message needs an address that takes mail.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal_core.domain.language import ENGLISH, Language, speaking
from portal_core.domain.mail import ALERTS, MailKind
from portal_core.domain.people import AccountState
from portal_core.domain.records import PointKind
from portal_core.domain.school import Half, Moment, SchoolSettings
from portal_core.errors import NotConfigured
from portal_core.locale import known
from portal_core.policy.access import may_see
from portal_core.policy.attendance import CUTOVER, NO_REASON_YET, attendance
from portal_core.security.credentials import Vault
from portal_core.services.alerts import chosen_by, is_stopped
from portal_core.services.mail_words import Absence, Week, Words, words_for
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.facts import about_adults
from portal_core.store.jobs import Job, JobState
from portal_core.store.people import Adult, Pupil
from portal_core.store.registers import Mark, Point

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that may leave now: to whom, its words, and the children whom they name."""

    to: str
    words: Words
    pupils: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """A message that must not leave; `why` goes to the audit, `unusable` is an address to which nothing can be sent."""

    state: JobState
    why: str
    unusable: str = ""


def decide(session: Session, job: Job, vault: Vault, school: SchoolSettings, at: Moment) -> Letter | Withheld:
    """The decision on one message, by what this transaction finds on record at that moment; in its reader's language."""
    with speaking(_language_of(session, job.adult_id, school)):
        return _decided(session, job, vault, school, at)


def _decided(session: Session, job: Job, vault: Vault, school: SchoolSettings, at: Moment) -> Letter | Withheld:
    kind, about = MailKind(job.kind), json.loads(job.payload)
    if at.instant >= job.expires_at:
        return Withheld(JobState.EXPIRED, "too late")
    try:
        said = json.loads(vault.open(job.sealed)) if job.sealed is not None else {}
    except NotConfigured:  # sealed under a key that was lost
        return Withheld(JobState.WITHHELD, "sealed under another key")
    if not _has_account(session, job.adult_id, active=kind is not MailKind.ACTIVATION_CODE):
        return Withheld(JobState.WITHHELD, "account")
    to = said.get("to") or session.scalar(select(Adult.email).where(Adult.id == job.adult_id)) or ""
    if not to.strip():
        return Withheld(JobState.WITHHELD, "no address")
    if not _usable(to.strip()):
        return Withheld(JobState.REFUSED, "address", unusable=to)
    if is_stopped(session, to):
        return Withheld(JobState.WITHHELD, "address came back")
    if kind is MailKind.ACCESS_CHANGED and not _may_see(session, job.adult_id, at):
        return _NO_ACCESS  # withheld again meanwhile
    if kind not in ALERTS:
        return Letter(
            to.strip(),
            words_for(
                kind,
                school,
                link=said.get("link", ""),
                code=said.get("code", ""),
                username=said.get("username", ""),
                what=about.get("what", ""),
            ),
        )
    seen = _may_see(session, job.adult_id, at)
    chosen = chosen_by(session, job.adult_id)
    if not (chosen.weekly if kind is MailKind.DIGEST else chosen.absence):
        return Withheld(JobState.WITHHELD, "choice")
    if kind is MailKind.DIGEST:
        named = seen if school.mail_names_children else ()
        words = words_for(kind, school, weeks=tuple(_weeks(session, named, at)))
        return Letter(to.strip(), words, tuple(named)) if seen else _NO_ACCESS
    if about["pupil"] not in seen:
        return _NO_ACCESS
    day, half = date.fromisoformat(about["day"]), Half(about["half"])
    if not _still_unexplained(session, about["pupil"], day, half, at):
        return Withheld(JobState.WITHHELD, "explained meanwhile")
    if not school.mail_names_children:
        return Letter(to.strip(), words_for(kind, school))
    forename = session.scalar(select(Pupil.forename).where(Pupil.id == about["pupil"])) or ""
    return Letter(to.strip(), words_for(kind, school, absence=Absence(forename, day, half)), (about["pupil"],))


def _language_of(session: Session, adult: int, school: SchoolSettings) -> Language:
    """As the account's owner chose it, else the school's."""
    chosen = session.scalar(select(Account.language).where(Account.adult_id == adult))
    return known(chosen) or known(school.language) or ENGLISH


def _usable(address: str) -> bool:
    """Whether mail can be addressed so: one plain address, with nothing that a header or an envelope would read as more."""
    try:
        return bool(_ADDRESS.fullmatch(address)) and not Address(addr_spec=address).display_name
    except (ValueError, IndexError, HeaderParseError):
        return False


_NO_ACCESS = Withheld(JobState.WITHHELD, "access")


def _has_account(session: Session, adult: int, *, active: bool) -> bool:
    """Whether the adult has an account that is in use, or (not `active`) issued at least."""
    states = {AccountState.ACTIVE} if active else {AccountState.ACTIVE, AccountState.ISSUED}
    held = select(AccountStatus.state).join(Account, Account.id == AccountStatus.account_id)
    found = session.scalars(held.where(Account.adult_id == adult, AccountStatus.superseded_at.is_(None))).all()
    return bool(found) and states.issuperset(found)


def _may_see(session: Session, adult: int, at: Moment) -> list[int]:
    """The children whom the access rule lets this adult see (policy/access.py)."""
    facts = about_adults(session.connection(), [adult], at.instant).facts
    return sorted(pupil for (_, pupil), found in facts.items() if may_see(found, at))


def _still_unexplained(session: Session, pupil: int, day: date, half: Half, at: Moment) -> bool:
    mark = session.get(Mark, (pupil, day, half))
    return mark is not None and mark.code == NO_REASON_YET and mark.public_from <= at.instant


def _weeks(session: Session, pupils: Iterable[int], at: Moment) -> Iterable[Week]:
    """Each child's week so far, of what is published."""
    monday = at.day - timedelta(at.day.weekday())
    begins = datetime.combine(monday, time(), at.zone).astimezone(UTC)
    for pupil in pupils:
        forename = session.scalar(select(Pupil.forename).where(Pupil.id == pupil)) or ""
        counts = session.execute(
            select(Mark.code, func.count())
            .where(Mark.pupil_id == pupil, Mark.day >= monday, Mark.day <= at.day, Mark.public_from <= at.instant)
            .group_by(Mark.code)
        )
        been = attendance((code, monday < CUTOVER, number) for code, number in counts)
        given = select(Point.kind, func.sum(Point.amount)).where(
            Point.pupil_id == pupil, Point.at >= begins, Point.at <= at.instant, Point.public_from <= at.instant
        )
        points = dict(session.execute(given.group_by(Point.kind)).all())
        yield Week(
            forename,
            been.attended,
            been.possible,
            points.get(PointKind.ACHIEVEMENT, 0),
            points.get(PointKind.BEHAVIOUR, 0),
        )
