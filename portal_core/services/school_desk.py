"""The school's settings and wording as the desk shows them: what holds now, since when, who changed it, what held before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time

from sqlalchemy import func, select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import AccountState, Actor
from portal_core.domain.records import PointKind
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.errors import NotFound
from portal_core.services.audit_desk import is_about
from portal_core.services.audit_entries import names_of
from portal_core.services.families import named
from portal_core.services.school import categories
from portal_core.store.accounts import Acceptance, Account, AccountStatus, NoticeVersion, PolicyVersion
from portal_core.store.people import Staff
from portal_core.store.registers import Category
from portal_core.store.school import AuditEntry, SchoolSetting
from portal_core.store.scope import Store, Work

DEFAULTS: Mapping[str, object] = {field.name: field.default for field in fields(SchoolSettings) if field.name != "name"}


@dataclass(frozen=True, slots=True)
class Held:
    """A value that a setting had: as people write it, from when, and who gave it ("" for the default)."""

    row: int  # 0 for the default
    value: str
    since: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Worded:
    """A category of points and the words for it that parents read, the newest first; what has no date came from the MIS."""

    id: int
    name: str
    kind: PointKind
    been: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the policy or the privacy notice: `agreed` accepted it (or were shown it), of `all` active accounts of parents."""

    number: int
    text: str
    published_at: datetime
    by: str
    must_accept: bool
    agreed: int
    all: int


def written(value: object) -> str:
    """A value as people write it and `set_setting` reads it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case None:
            return ""
        case _:
            return str(value)


def settings_now(store: Store, *, by: Actor, at: Moment) -> dict[str, Held]:
    """Every setting with the value that holds now, in the order of SchoolSettings."""
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        rows = work.session.scalars(select(SchoolSetting).where(SchoolSetting.superseded_at.is_(None))).all()
        makers = _makers(work, [row.recorded_at for row in rows])
        work.audit(Verb.VIEWED, what="settings")
        now, set_ = asdict(work.settings), {row.key: row for row in rows}
        return {key: _held(set_.get(key), written(value), makers, key) for key, value in now.items()}


def history(store: Store, *, by: Actor, at: Moment, key: str) -> list[Held]:
    """What a setting has been, the newest first, the default last. Raises NotFound."""
    if key not in {field.name for field in fields(SchoolSettings)}:
        raise NotFound("A school has no such setting.")
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        rows = work.session.scalars(
            select(SchoolSetting).where(SchoolSetting.key == key).order_by(SchoolSetting.id.desc())
        ).all()
        makers = _makers(work, [row.recorded_at for row in rows])
        work.audit(Verb.VIEWED, what="setting", setting=key)
        found = [_held(row, written(json.loads(row.value)), makers, key) for row in rows]
        return found + ([Held(0, written(DEFAULTS[key]), None, "")] if key in DEFAULTS else [])


def categories_now(store: Store, *, by: Actor, at: Moment) -> list[Worded]:
    """Every category of points by name, with the words that parents read for it (CONTACT-4)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        found = categories(work.session)
        work.audit(Verb.VIEWED, what="categories")
        return [Worded(one.id, one.name, one.kind, _wordings(work, one)) for one in found]


def category_now(store: Store, *, by: Actor, at: Moment, category: int) -> Worded:
    """One of them. Raises NotFound."""
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        one = work.get(Category, category)
        work.audit(Verb.VIEWED, what="category", category=category)
        return Worded(one.id, one.name, one.kind, _wordings(work, one))


def _wordings(work: Work, category: Category) -> tuple[Held, ...]:
    """A category's words, the newest first, by the audit; those that no entry tells of came from the MIS."""
    entries = work.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.verb == Verb.SET, is_about("category", category.id))
        .order_by(AuditEntry.id.desc())
    ).all()
    makers = names_of(work, {entry.actor for entry in entries})
    been, now = [], category.meaning
    for entry in entries:
        told = json.loads(entry.detail)  # entries from before the words were kept have none
        if told.get("meaning", now) != now:
            been.append(Held(0, now, None, ""))
        been.append(Held(entry.id, told.get("meaning", now), entry.at, makers[entry.actor]))
        now = told.get("before", "")
    return (*been, Held(0, now, None, "")) if now or not been else tuple(been)


def versions(store: Store, *, by: Actor, at: Moment, notice: bool) -> list[Version]:
    """Each version of the policy, or of the privacy notice, the newest first, with how many have agreed to it (SEC-4, SEC-5)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        rows: Sequence[PolicyVersion | NoticeVersion] = (
            work.session.scalars(select(NoticeVersion).order_by(NoticeVersion.number.desc())).all()
            if notice
            else work.session.scalars(select(PolicyVersion).order_by(PolicyVersion.number.desc())).all()
        )
        what = (NoticeVersion if notice else PolicyVersion).__tablename__
        makers = _makers(work, [row.published_at for row in rows])
        agreed = dict(work.session.execute(select(Acceptance.version, func.count()).group_by(Acceptance.version)).all())
        active = work.session.scalar(
            select(func.count())
            .select_from(Account)
            .join(AccountStatus, AccountStatus.account_id == Account.id)
            .where(
                Account.adult_id.is_not(None), AccountStatus.superseded_at.is_(None),
                AccountStatus.state == AccountState.ACTIVE,
            )
        )  # fmt: skip
        work.audit(Verb.VIEWED, what=what)
        return [
            Version(
                row.number, row.text, row.published_at, makers.get((row.published_at, what), ""),
                isinstance(row, PolicyVersion) and row.must_accept, 0 if notice else agreed.get(row.number, 0), active or 0,
            )
            for row in rows
        ]  # fmt: skip


def _held(row: SchoolSetting | None, value: str, makers: Mapping[tuple[datetime, str], str], key: str) -> Held:
    return (
        Held(row.id, value, row.recorded_at, makers.get((row.recorded_at, key), ""))
        if row
        else Held(0, value, None, "")
    )


def _makers(work: Work, instants: list[datetime]) -> dict[tuple[datetime, str], str]:
    """Who set or published what at these instants, by the audit: a member of staff by name, else the command line."""
    entries = work.session.execute(
        select(AuditEntry.at, AuditEntry.actor, AuditEntry.detail).where(
            AuditEntry.at.in_(instants), AuditEntry.verb.in_((Verb.SET, Verb.PUBLISHED))
        )
    ).all()
    ids = {actor: int(actor.partition(":")[2]) for _at, actor, _detail in entries if actor.startswith("staff:")}
    people = named(work, Staff, set(ids.values()))
    found = {}
    for when, actor, detail in entries:
        told = json.loads(detail)
        what = str(told.get("setting") or told.get("what") or "")
        found[when, what] = people[ids[actor]].name if actor in ids and ids[actor] in people else actor
    return found
