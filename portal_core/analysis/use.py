"""How the portal is used, for those who run it: counts of adults, sign-ins, accounts and enquiries, each on record before it is read.

No table crosses another, and each counts a person or an event in one cell only, so that policy/disclosure.py can withhold small
numbers and what would tell them. How many adults are refused on which ground is for those who read grounds (REVOKE-1 to REVOKE-4),
withheld in the same way.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from portal_core.analysis.frames import ALL, tenths
from portal_core.domain.clauses import GROUNDS, Clause, Duty, Verb
from portal_core.domain.people import AccountState, Actor
from portal_core.domain.school import Calendar, Moment, SchoolSettings
from portal_core.policy.disclosure import is_small, percent, rounded, suppress
from portal_core.services.calendar import calendar_of
from portal_core.store.accounts import Account, AccountStatus, Login, Stage
from portal_core.store.casework import InvestigatedPupil, Investigation, Restriction, not_over
from portal_core.store.enquiries import Cause, Enquiry
from portal_core.store.intake import AccessRequest
from portal_core.store.people import Connection, Enrolment
from portal_core.store.scope import Store, Work

WEEKS = 4
"""Of how many weeks sign-ins are counted."""
WAITS = {"the same day": 0, "within a week": 7, "within two weeks": 14, "later": 10_000}
"""How long something took, each with its last day."""
STANDINGS = ("active", "issued", "without")
"""How the accounts of adults stand: used, waiting for the first use, none that can be used."""
STANDS = {AccountState.ACTIVE: "active", AccountState.ISSUED: "issued"}


@dataclass(frozen=True)
class UseFrames:
    """The portal's use up to now; a figure that would single people out is missing (pandas.NA).

    `activation` has a row for each year group, an adult counted with the youngest child. `hours` has sign-ins of parents by hour of
    the school's clock, rounded. `waits` tells how long a request waited for its account, and an account for its first use.
    `enquiries` has what parents asked about, by whether that was before the school can say why a child is absent (CONTACT-1).
    `grounds` is None for whoever may not read grounds.
    """

    activation: pd.DataFrame
    hours: pd.DataFrame
    waits: pd.DataFrame
    enquiries: pd.DataFrame
    grounds: pd.DataFrame | None
    first: date  # of the school year
    settings: SchoolSettings


def use(store: Store, *, by: Actor, at: Moment) -> UseFrames:
    """What whoever may see how the portal is used sees now. Raises NotPermitted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.SEE_USE)
        first = Calendar((), {}).year_begins(at.day)
        work.audit(Verb.ANALYSED, what="use", first=first.isoformat(), last=at.day.isoformat())
        since = datetime.combine(first, time(0), at.zone).astimezone(UTC)
        return UseFrames(
            activation=_activation(work),
            hours=_hours(work),
            waits=_waits(work, since),
            enquiries=_enquiries(work, since),
            grounds=_grounds(work) if Duty.READ_GROUNDS in work.held else None,
            first=first,
            settings=work.settings,
        )


def _activation(work: Work) -> pd.DataFrame:
    """Verified adults of pupils on roll, and how the account of each stands."""
    day = work.at.day
    found = work.session.execute(
        select(func.min(Enrolment.year_group), func.max(AccountStatus.state))
        .join(Connection, Connection.pupil_id == Enrolment.pupil_id)
        .outerjoin(Account, Account.adult_id == Connection.adult_id)
        .outerjoin(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
        .where(
            Enrolment.superseded_at.is_(None),
            Enrolment.begun_on <= day,
            Enrolment.ended_on.is_(None) | (Enrolment.ended_on >= day),
            Connection.superseded_at.is_(None),
            Connection.verified_at.is_not(None),
        )
        .group_by(Connection.adult_id)
    )
    counted = Counter((year, STANDS.get(state, "without")) for year, state in found)
    years = {year: {stand: counted[year, stand] for stand in STANDINGS} for year in sorted({y for y, _ in counted})}
    few = {year for year, of_year in years.items() if _tells(of_year, work.settings)}
    whole, of_few = (_together(years[year] for year in chosen) for chosen in (years, few))
    told = (
        len(few) == 1 or _tells(whole, work.settings) or _tells(of_few, work.settings)
    )  # by what is left of the total
    rows = [_standing(f"Year {year}", None if year in few else of_year) for year, of_year in years.items()]
    return _frame([*rows, _standing(ALL, None if told else whole)], ("adults", *STANDINGS), "active_percent")


def _tells(counts: Mapping[str, int], settings: SchoolSettings) -> bool:
    """Whether any of the counts that adults are divided into would single some of them out."""
    return any(is_small(count, settings.small_number) for count in counts.values())


def _together(rows: Iterable[Mapping[str, int]]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for row in rows:
        whole.update(row)
    return whole


def _standing(group: str, counts: Mapping[str, int] | None) -> dict[str, Any]:
    if counts is None:
        return {"group": group}
    adults = sum(counts.values())
    share = tenths(percent(counts["active"], adults))
    return {"group": group, "adults": adults, **{s: counts[s] for s in STANDINGS}, "active_percent": share}


def _hours(work: Work) -> pd.DataFrame:
    """Sign-ins of parents in the last weeks, to the nearest small number; hours in which fewer adults signed in are withheld."""
    begun = work.session.execute(
        select(Login.begun_at, Account.id)
        .join(Account, Account.id == Login.account_id)
        .where(
            Account.adult_id.is_not(None),
            Login.stage == Stage.COMPLETE,
            Login.begun_at > work.at.instant - timedelta(weeks=WEEKS),
            Login.begun_at <= work.at.instant,
        )
    )
    of_hour: dict[int, list[int]] = {}
    for instant, account in begun:
        of_hour.setdefault(instant.astimezone(work.at.zone).hour, []).append(account)
    step = work.settings.small_number
    rows = [
        {"group": f"{hour:02}:00 to {hour:02}:59"}
        | ({"sign_ins": rounded(len(accounts), step)} if len({*accounts}) >= step else {})
        for hour, accounts in sorted(of_hour.items())
    ]
    return _frame(rows, ("sign_ins",))


def _waits(work: Work, since: datetime) -> pd.DataFrame:
    """Of this school year: requests by the days to their account, and accounts by the days to their first use."""
    requests = work.session.execute(
        select(AccessRequest.made_at, AccessRequest.ended_at).where(
            AccessRequest.denial.is_(None), AccessRequest.adult_id.is_not(None), AccessRequest.ended_at >= since
        )
    )
    issued = (
        select(AccountStatus.account_id, func.min(AccountStatus.recorded_at).label("at"))
        .where(AccountStatus.state == AccountState.ISSUED)
        .group_by(AccountStatus.account_id)
        .subquery()
    )
    first_used = work.session.execute(
        select(issued.c.at, func.min(AccountStatus.recorded_at))
        .join(issued, issued.c.account_id == AccountStatus.account_id)
        .join(Account, Account.id == AccountStatus.account_id)
        .where(Account.adult_id.is_not(None), AccountStatus.state == AccountState.ACTIVE)
        .group_by(AccountStatus.account_id, issued.c.at)
        .having(func.min(AccountStatus.recorded_at) >= since)
    )
    columns = {"to_account": _spread(work, requests), "to_first_use": _spread(work, first_used)}
    groups = [*WAITS, ALL]
    return _frame([{"group": g, **{name: of[g] for name, of in columns.items()}} for g in groups], tuple(columns))


def _spread(work: Work, spans: Iterable[Any]) -> dict[str, int | None]:
    """How many took how long, by the school's days."""
    days = [(end.astimezone(work.at.zone).date() - begin.astimezone(work.at.zone).date()).days for begin, end in spans]
    took = Counter(next(name for name, last in WAITS.items() if each <= last) for each in days)
    shown = suppress({name: took[name] for name in WAITS}, work.settings.small_number)
    return {**shown.cells, ALL: shown.total}


def _enquiries(work: Work, since: datetime) -> pd.DataFrame:
    """Enquiries of this school year by when they came; about a mark is what CONTACT-1 asks to be left until then."""
    calendar, from_then = calendar_of(work.session), work.settings.contact_from
    whens = (f"before {from_then:%H:%M} on a school day", "later on a school day", "on another day")
    counted: Counter[tuple[str, str]] = Counter()
    for asked, cause in work.session.execute(select(Enquiry.asked_at, Enquiry.cause).where(Enquiry.asked_at >= since)):
        local = asked.astimezone(work.at.zone)
        in_school = whens[0 if local.time() < from_then else 1]
        about = "not_answered" if cause is None else "mark" if cause is Cause.MARK else "other"
        counted[in_school if calendar.is_school_day(local.date()) else whens[2], about] += 1
    abouts = ("mark", "other", "not_answered")
    shown = suppress({(w, a): counted[w, a] for w in whens for a in abouts}, work.settings.small_number)
    return _frame([{"group": w, **{a: shown.cells[w, a] for a in abouts}} for w in whens], abouts)


def _grounds(work: Work) -> pd.DataFrame:
    """Adults who are refused something now, by ground; one who is on two grounds counts for the first of them."""
    now = work.at.instant
    of_adult: dict[int, Clause] = {}
    restricted = work.session.execute(
        select(Restriction.adult_id, Restriction.clause).where(not_over(now), Restriction.begins_at <= now)
    )
    for adult, clause in restricted:
        of_adult[adult] = min(of_adult.get(adult, clause), clause)
    parties = work.session.scalars(
        select(Connection.adult_id)
        .join(InvestigatedPupil, InvestigatedPupil.pupil_id == Connection.pupil_id)
        .join(Investigation, Investigation.id == InvestigatedPupil.investigation_id)
        .where(Investigation.closed_at.is_(None), Connection.superseded_at.is_(None))
        .distinct()
    )
    for adult in parties:
        of_adult.setdefault(adult, Clause.REVOKE_4)
    counted = Counter(of_adult.values())
    shown = suppress({ground: counted[ground] for ground in GROUNDS}, work.settings.small_number)
    return _frame(
        [*({"group": str(g), "adults": n} for g, n in shown.cells.items()), {"group": ALL, "adults": shown.total}],
        ("adults",),
    )


def _frame(rows: list[dict[str, Any]], counts: tuple[str, ...], *shares: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["group", *counts, *shares])
    return frame.astype(dict.fromkeys(counts, "Int64") | dict.fromkeys(shares, "Float64"))
