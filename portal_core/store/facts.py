"""From the rows of `questions.access` to what the rule takes: principals, and the facts on each adult and pupil."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from sqlalchemy import Connection as DatabaseConnection

from portal_core.domain.clauses import Clause, Role
from portal_core.domain.people import (
    AccountState,
    Connection,
    Days,
    Facts,
    Ground,
    Principal,
    Responsibility,
    Span,
)
from portal_core.domain.school import SchoolSettings
from portal_core.store.accounts import Stage
from portal_core.store.questions import BY_ADULTS, BY_LOGINS, access

Row = Any


@dataclass(slots=True)
class Known:
    """All that one asking of `questions.access` brought: who, what about whom, and the school's settings."""

    principals: dict[int, Principal] = field(default_factory=dict)  # by login
    stages: dict[int, Stage] = field(default_factory=dict)  # by login
    facts: dict[tuple[int, int], Facts] = field(default_factory=dict)  # by adult and pupil
    forms: dict[int, tuple[int, str]] = field(default_factory=dict)  # year group and form by pupil, last spell
    settings: SchoolSettings = field(default_factory=lambda: SchoolSettings(name=""))

    def children_of(self, adult_id: int) -> Iterator[Facts]:
        """The facts on each pupil an adult is connected with."""
        return (facts for (adult, _), facts in self.facts.items() if adult == adult_id)


_READ: dict[Any, Callable[[str], Any]] = {time: time.fromisoformat, date | None: date.fromisoformat}
"""How a setting that JSON has no kind for is written there."""


@lru_cache(maxsize=64)
def settings_of(rows: frozenset[tuple[str, str]]) -> SchoolSettings:
    """The school's settings from stored rows of key and JSON; what has no row keeps its default. Unknown keys are errors."""
    kinds = get_type_hints(SchoolSettings)
    values: dict[str, Any] = {"name": ""}
    for key, text in rows:
        value = json.loads(text)
        values[key] = _READ[kinds[key]](value) if value is not None and kinds[key] in _READ else value
    return SchoolSettings(**values)


def known_from(rows: Iterable[Row], at: datetime) -> Known:
    """Reads the rows, asked for at an instant, once; the order in which they come does not matter."""
    known = Known()
    readers: list[Row] = []
    connections: dict[tuple[int, int], list[Connection]] = defaultdict(list)
    enrolment: dict[int, set[Days]] = defaultdict(set)
    births: dict[int, set[date]] = defaultdict(set)
    consents: dict[tuple[int, int], list[Days]] = defaultdict(list)
    standing: dict[int, set[tuple[AccountState, datetime]]] = defaultdict(set)  # by account
    standing_of: dict[int | None, set[tuple[AccountState, datetime]]] = defaultdict(set)  # by adult
    accepted: dict[int, dict[int, datetime]] = defaultdict(dict)
    grounds: dict[int, dict[int, tuple[Clause, bool, Span, dict[int, bool]]]] = defaultdict(dict)
    concerns: dict[int, set[Span]] = defaultdict(set)
    roles: dict[int, set[tuple[Role, date | None]]] = defaultdict(set)  # with the holder's last day in post
    spells: dict[int, tuple[date, int, str]] = {}
    settings: set[tuple[str, str]] = set()
    required: int | None = None
    required_since: datetime | None = None
    for row in rows:
        kind, adult, pupil, n, m, flag, text, words, since, until, begun, ended = row
        match kind:
            case 0:
                if n is not None:
                    readers.append(row)
            case 1:
                connections[adult, pupil].append(
                    Connection(Responsibility(text), until, Days(begun, ended), bool(flag), since)
                )
            case 2:
                enrolment[pupil].add(Days(begun, ended))
                spells[pupil] = max(spells.get(pupil, (begun, n, text)), (begun, n, text))
            case 3:
                births[pupil].add(begun)
            case 4:
                consents[adult, pupil].append(Days(begun, ended))
            case 5:
                standing[n].add((AccountState(text), since))
                standing_of[adult].add((AccountState(text), since))
            case 6:
                accepted[adult][n] = since
            case 7:
                ground = grounds[adult].setdefault(n, (Clause(text), bool(m), Span(since, until), {}))
                if pupil is not None:
                    ground[3][pupil] = bool(flag) or ground[3].get(pupil, False)  # listed twice: covered wins
            case 8:
                concerns[pupil].add(Span(since, until))
            case 9:
                roles[pupil].add((Role(text), ended))
            case 10:
                required, required_since = n, since
            case 11:
                settings.add((text, words))
    known.settings = settings_of(frozenset(settings))
    today = at.astimezone(ZoneInfo(known.settings.zone)).date()
    known.forms = {pupil: (year_group, form) for pupil, (_, year_group, form) in spells.items()}
    for _, adult, staff, login, account, shared, stage, language, idle_until, expires_at, *_rest in readers:
        if stage == Stage.COMPLETE and {state for state, _ in standing[account]} != {AccountState.ACTIVE}:
            continue  # a closed account has no live logins
        if stage == Stage.COMPLETE and adult is not None and required and max(accepted[adult], default=0) < required:
            stage = Stage.ACCEPT  # a version that must be accepted was published meanwhile
        known.stages[login] = Stage(stage)
        known.principals[login] = Principal(
            login_id=login,
            account_id=account,
            adult_id=adult,
            staff_id=staff,
            roles=frozenset(role for role, last in roles.get(staff, ()) if last is None or today <= last),
            complete=stage == Stage.COMPLETE,
            shared_device=bool(shared),
            idle_until=idle_until,
            expires_at=expires_at,
            language=language,
        )
    for (adult, pupil), held in connections.items():
        acceptances = [] if required is None else [at for n, at in accepted[adult].items() if n >= required]
        born = births[pupil]
        known.facts[adult, pupil] = Facts(
            adult_id=adult,
            pupil_id=pupil,
            account=tuple(standing_of[adult]),
            policy_since=required_since,
            accepted_at=min(acceptances, default=None),
            connections=tuple(held),
            enrolment=tuple(enrolment[pupil]),
            born_on=next(iter(born)) if len(born) == 1 else None,  # two dates of birth are none
            ends_at_age=known.settings.responsibility_ends_at,
            consented=tuple(consents[adult, pupil]),
            grounds=tuple(
                Ground(clause, span, True if whole else listed.get(pupil))
                for clause, whole, span, listed in grounds[adult].values()
            ),
            investigations=tuple(concerns[pupil]),
        )
    return known


def about_adults(connection: DatabaseConnection, adults: Collection[int], at: datetime) -> Known:
    """The facts on adults and every pupil they are connected with, as known at an instant."""
    return known_from(connection.execute(access(BY_ADULTS), {"adults": list(adults), "at": at}).all(), at)


def about_logins(connection: DatabaseConnection, logins: Collection[int], at: datetime) -> Known:
    """The principals of those logins that are live at an instant, and the facts on their pupils: one statement."""
    return known_from(connection.execute(access(BY_LOGINS), {"logins": list(logins), "at": at}).all(), at)
