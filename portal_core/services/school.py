"""What a school changes about itself: dated settings, versions of its wording, and its calendar as it is now."""

import json
import re
from collections.abc import Sequence
from datetime import date, time
from typing import Any, get_type_hints
from zoneinfo import available_timezones

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import DayKind, Moment, SchoolSettings
from portal_core.errors import BadInput, NotFound, Stale
from portal_core.locale import known, languages
from portal_core.services.import_registers import shift_publication
from portal_core.settings import ADDRESS
from portal_core.store.accounts import NoticeVersion, PolicyVersion
from portal_core.store.registers import Category, LessonMark, Mark, MarkAmendment, Point
from portal_core.store.school import ClosedDay, SchoolSetting, TermDates
from portal_core.store.scope import Store

LONGEST_TEXT = 50_000
LONGEST_MEANING = 300
LONGEST_VALUE = 200
MOST, LONGEST_NUMBER = 1_000, 6
BOUNDS = {
    "persistent_absence_percent": (1, 100),
    "retain_leavers_years": (6, 100),  # SI 2024/208: attendance entries are kept for six years at least
    "responsibility_ends_at": (16, 18),  # USER-1: nobody holds parental responsibility for an adult
    "throttle_after_failures": (3, 20),
    "idle_minutes_private": (1, 60),
    "idle_minutes_shared": (1, 60),
    "longest_login_hours": (1, 24),
    "register_open_minutes": (1, 30),  # SI 2024/208
    "small_number": (3, 1_000),  # below three a number told withholds nothing
    "audit_rows_a_day": (1, 100_000),
    "audit_rows_alarm": (1, 2_000),
}
"""The least and the most of a setting that others rest on, where that is not 1 and MOST."""
TELEPHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,}")
NEEDED = ("name", "email", "telephone")
_DELAYS = {"marks_delay_minutes": (Mark, MarkAmendment, LessonMark), "points_delay_minutes": (Point,)}
_TRUTH = {"yes": True, "no": False, "true": True, "false": False}


def set_setting(store: Store, *, by: Actor, at: Moment, key: str, value: str, seen: int | None = None) -> None:
    """A setting's next value, as a person writes it (10:30, 5, yes); the one before stays for the days it held.

    `seen` is the row that its writer saw in force, 0 for the default; Stale if that is no longer so. A changed publication delay
    moves what is waiting to be published (CONTACT-2). Raises BadInput, NotPermitted.
    """
    told = as_setting(key, value.strip())
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        before = getattr(work.settings, key)
        now = work.session.scalar(
            select(SchoolSetting).where(SchoolSetting.key == key, SchoolSetting.superseded_at.is_(None))
        )
        if seen is not None and seen != (now.id if now is not None else 0):
            raise Stale("A colleague has changed this in the meantime. Look at what it is now.")
        if key == "audit_rows_alarm" and told > (quota := work.settings.audit_rows_a_day):
            raise BadInput(f"Nobody would ever be told: one person may take {quota:,} rows a day.")
        if now is not None:
            now.superseded_at = at.instant
            work.session.flush()
        work.session.add(SchoolSetting(key=key, value=json.dumps(told, default=_written), recorded_at=at.instant))
        for table in _DELAYS.get(key, ()):
            shift_publication(work, table, told - before)
        work.audit(Verb.SET, setting=key)


def categories(session: Session) -> Sequence[Category]:
    """Every category of points, by name."""
    return session.scalars(select(Category).order_by(Category.name)).all()


def word_category(store: Store, *, by: Actor, at: Moment, category: int, meaning: str, seen: str | None = None) -> None:
    """The school's own words for what a category of points covers (CONTACT-4); none leaves it to the MIS again.

    The audit keeps the words and those before. `seen` is what their writer saw in force: Stale if that is no longer
    so. Raises BadInput, NotFound, NotPermitted.
    """
    meaning = " ".join(meaning.split())
    if len(meaning) > LONGEST_MEANING or not meaning.isprintable():
        raise BadInput(f"Please say it in up to {LONGEST_MEANING} plain characters: parents read it on a telephone.")
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        found = work.hold(Category, category)
        if seen is not None and seen != found.meaning:
            raise Stale("A colleague has changed these words in the meantime. Look at what they are now.")
        if meaning == found.meaning:
            raise BadInput("These are the words in force. Change them first; nothing was saved.")
        work.audit(Verb.SET, category=found.id, meaning=meaning, before=found.meaning)
        found.meaning = meaning


def add_term(store: Store, *, by: Actor, at: Moment, name: str, begins: date, ends: date) -> None:
    """A term or half-term, its bank holidays closed; one that overlaps another is refused. Raises BadInput, NotPermitted."""
    if ends <= begins:
        raise BadInput(f"{name} ends before it begins. Give its first and last day with pupils in school.")
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        other = work.session.scalar(
            select(TermDates).where(TermDates.begins <= ends, TermDates.ends >= begins).limit(1)
        )
        if other is not None:
            raise BadInput(f"These days are in “{other.name}” already ({other.begins} to {other.ends}).")
        work.add(TermDates(name=name, begins=begins, ends=ends))
        for day in bank_holidays(begins, ends):
            if work.session.get(ClosedDay, day) is None:
                work.session.add(ClosedDay(day=day, kind=DayKind.BANK_HOLIDAY))
        work.audit(Verb.SET, term=[begins.isoformat(), ends.isoformat()])


def remove_term(store: Store, *, by: Actor, at: Moment, begins: date) -> str:
    """Takes back a term that was entered wrongly, by its first day; its name. Closed days stay. Raises NotFound, NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        term = work.session.scalar(select(TermDates).where(TermDates.begins == begins))
        if term is None:
            raise NotFound(f"No term begins on {begins}. `portal school show` lists them.")
        work.session.delete(term)
        work.audit(Verb.SET, removed_term=[begins.isoformat(), term.ends.isoformat()])
        return term.name


def bank_holidays(first: date, last: date) -> list[date]:
    """The bank holidays of England between two dates that fall on a weekday."""
    import holidays  # slow, and needed when a term is entered alone

    found = holidays.country_holidays("GB", subdiv="ENG", years=range(first.year, last.year + 1))
    return [day for day in sorted(found) if first <= day <= last and day.weekday() < 5]


def close_day(store: Store, *, by: Actor, at: Moment, day: date, kind: DayKind | None) -> None:
    """A day without registers and why, or with None an ordinary day again. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        closed = work.session.get(ClosedDay, day)
        if closed is not None:
            work.session.delete(closed)
            work.session.flush()
        if kind is not None:
            work.session.add(ClosedDay(day=day, kind=kind))
        work.audit(Verb.SET, day=day.isoformat(), closed=kind)


def publish_policy(
    store: Store, *, by: Actor, at: Moment, text: str, must_accept: bool = True, after: int | None = None
) -> int:
    """The policy's next version, its number; parents accept it anew unless it only corrects the one before (SEC-4).

    `after` is the version that its writer saw in force: Stale if another has been published since.
    """
    return _publish(store, by, at, PolicyVersion, after, text=text, must_accept=must_accept)


def publish_notice(store: Store, *, by: Actor, at: Moment, text: str, after: int | None = None) -> int:
    """The privacy notice's next version, its number (SEC-5); `after` as for the policy."""
    return _publish(store, by, at, NoticeVersion, after, text=text)


def _publish(
    store: Store,
    by: Actor,
    at: Moment,
    kind: type[PolicyVersion | NoticeVersion],
    after: int | None,
    *,
    text: str,
    **more: bool,
) -> int:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise BadInput(f"Please give the text, in up to {LONGEST_TEXT} characters.")
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        newest = work.session.scalar(select(func.max(kind.number))) or 0
        if after is not None and after != newest:
            raise Stale("A colleague has published another version in the meantime. Look at it first.")
        held = work.session.scalar(select(kind.text).where(kind.number == newest))
        if held is not None and held.split() == text.split():
            raise BadInput("This is the text that is in force. Change it first; nothing was published.")
        number = 1 + newest
        work.add(kind(number=number, text=text, published_at=at.instant, **more))
        work.audit(Verb.PUBLISHED, what=kind.__tablename__, version=number)
    return number


def _written(told: time | date) -> str:
    """What JSON has no kind for, as store.facts reads it again."""
    return f"{told:%H:%M}" if isinstance(told, time) else told.isoformat()


def as_setting(key: str, value: str) -> Any:
    """What was written for a setting, as its kind. Raises BadInput where there is no such setting or it does not fit."""
    kind = get_type_hints(SchoolSettings).get(key)
    if kind is None:
        raise BadInput(f"A school has no setting called {key}. `portal school show` lists them.")
    if kind == date | None:
        if value.casefold() in ("", "none"):
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise BadInput("Write a day, such as 2026-01-05, or none.") from None
    if kind is time:
        try:
            return time.fromisoformat(value).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError:
            raise BadInput("Write a time of day, such as 10:30.") from None
    if kind is bool:
        if value.casefold() not in _TRUTH:
            raise BadInput("Write yes or no.")
        return _TRUTH[value.casefold()]
    if kind is int:
        least, most = BOUNDS.get(key, (0 if key in _DELAYS else 1, MOST))
        if not value.isascii() or not value.isdigit() or len(value) > LONGEST_NUMBER or not least <= int(value) <= most:
            raise BadInput(f"Write a whole number from {least} to {most}.")
        return int(value)
    if not value.isprintable():
        raise BadInput("Write it in one line, without characters that cannot be seen.")
    if len(value) > LONGEST_VALUE:
        raise BadInput(f"Please keep it to {LONGEST_VALUE} characters.")
    if key == "zone" and value not in available_timezones():
        raise BadInput("There is no such time zone; Europe/London is that of the United Kingdom.")
    if key == "language" and known(value) is None:
        raise BadInput(f"The portal speaks {', '.join(one.code for one in languages())}.")
    if key in NEEDED and not value:
        raise BadInput("This is shown on every page and cannot be empty.")
    if value and key.endswith("email") and not ADDRESS.fullmatch(value):
        raise BadInput("Write an e-mail address, such as office@school.example: parents’ pages lead to it.")
    if value and key.endswith("telephone") and not TELEPHONE.fullmatch(value):
        raise BadInput("Write a telephone number in figures, such as 01632 960 100: parents’ pages dial it.")
    return value
