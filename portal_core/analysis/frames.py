"""Attendance for analysts: frames without a name, an id or a date of birth, each on record before it is read.

One read counts the marks in the database; all frames come from that count. Figures follow DfE: possible sessions are
attended, authorised and unauthorised together; late are L and U; persistently absent is a tenth of one's own sessions.

Figures of groups end with the last whole week and are rounded: pupils to the small-number threshold, sessions to what so many
pupils have in a week. Set one reading against the next, a week or a correction later, and they differ by whole steps: one
step of 50 may stand for 1 session that changed in between, or for 99.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Any

import pandas as pd

from portal_core.analysis.counts import SESSIONS, Counted, count
from portal_core.analysis.weeks import recorded_weeks
from portal_core.analysis.withholding import Behind, withheld_groups, withheld_measures
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.policy.attendance import Attendance
from portal_core.policy.disclosure import percent, pseudonym, rounded
from portal_core.store.scope import Store

ALL = "All"


class Grouping(StrEnum):
    """The groupings there are; none may be crossed with another or cut in any other way."""

    YEAR_GROUP = "year group"
    HALF_TERM = "half-term"
    WEEKDAY = "weekday"


COUNTS = ("pupils", *SESSIONS, "persistent")
PERCENTS = ("attended_percent", "authorised_percent", "unauthorised_percent", "late_percent", "persistent_percent")
"""Shares of the possible sessions, and of pupils for the last, of the rounded counts; to one decimal, half rounded up."""
A_WEEK = 10
"""Sessions that a pupil has in a week."""
MEASURES = ("pupils", "attended", "authorised", "unauthorised", "missed", "late", "persistent", "others")
"""What pupils are counted by before a figure is shown: `missed` and `others` could be worked out from what is."""
OF_A_SPELL = frozenset({"persistent", "persistent_percent", "others"})
"""Only of a stretch of time: to miss a tenth of the Mondays is not persistent absence."""


@dataclass(frozen=True)
class AttendanceFrames:
    """Attendance of a school year up to a Sunday, cut three ways.

    `groups` are fit to show: a row for each group and one for all, rounded; a figure that would single people out is missing
    (pandas.NA). `pupils` has a row for each pupil, half-term and weekday, the pupil under a pseudonym: it is to work
    with, not to show.
    """

    groups: Mapping[Grouping, pd.DataFrame]
    pupils: pd.DataFrame
    first: date
    last: date
    as_of: datetime | None  # when the school's own system gave the newest data, UTC
    settings: SchoolSettings


def attendance(store: Store, *, by: Actor, at: Moment, key: bytes) -> AttendanceFrames:
    """This school year's frames for whoever may analyse, recorded before they are read. Raises NotPermitted.

    `key` makes the pseudonyms (policy.disclosure).
    """
    weeks = recorded_weeks(store, by=by, at=at, what="attendance")
    with store.reading_as(by, at) as session:
        counted = count(session, at, weeks.first, weeks.last)
    return AttendanceFrames(
        groups=by_group(counted, weeks.settings),
        pupils=_pupils(counted, key, weeks.settings.small_number),
        first=weeks.first,
        last=weeks.last,
        as_of=weeks.as_of,
        settings=weeks.settings,
    )


def by_group(counted: Counted, settings: SchoolSettings) -> dict[Grouping, pd.DataFrame]:
    """The frames that are fit to show."""
    threshold = settings.small_number
    cuts = {grouping: _figures(counted.rows, grouping, settings) for grouping in Grouping}
    behind = {grouping: _behind(figures, grouping) for grouping, figures in cuts.items()}
    nowhere = withheld_measures(behind.values(), threshold)
    everyone = _row(ALL, _figures(counted.rows.assign(all=ALL), "all", settings), nowhere, threshold)
    frames = {}
    for grouping, figures in cuts.items():
        shown = {measure: groups for measure, groups in behind[grouping].items() if measure not in nowhere}
        hidden = withheld_groups(shown, threshold) if shown else set(figures[grouping])
        groups = dict(iter(figures.groupby(grouping)))
        rows = [
            _row(group, groups[group], {*COUNTS} if group in hidden else nowhere, threshold)
            for group in counted.labels[grouping]
            if group in groups
        ]
        frame = pd.DataFrame([*rows, everyone]).astype(
            dict.fromkeys(COUNTS, "Int64") | dict.fromkeys(PERCENTS, "Float64")
        )
        frames[grouping] = frame.drop(columns=[*OF_A_SPELL & {*frame}]) if grouping is Grouping.WEEKDAY else frame
    return frames


def _figures(rows: pd.DataFrame, grouping: str, settings: SchoolSettings) -> pd.DataFrame:
    """A row for each pupil in each group, with whether the sessions there make them persistently absent."""
    figures = rows.groupby([grouping, "pupil"], as_index=False, sort=False)[list(SESSIONS)].sum()
    figures = figures[figures.possible > 0].assign(pupils=1)
    figures["missed"] = figures.authorised + figures.unauthorised
    sessions = zip(figures.attended, figures.authorised, figures.unauthorised, strict=True)
    share = settings.persistent_absence_percent
    figures["persistent"] = [int(Attendance(*map(int, of_one)).persistent(share)) for of_one in sessions]
    figures["others"] = figures.pupils - figures.persistent
    return figures


def _behind(figures: pd.DataFrame, grouping: Grouping) -> Behind:
    """Which pupils stand behind each measure of each group."""
    none: dict[str, frozenset[int]] = dict.fromkeys(figures[grouping], frozenset())
    return {
        measure: none | figures[figures[measure] > 0].groupby(grouping).pupil.agg(frozenset).to_dict()
        for measure in MEASURES
        if grouping is not Grouping.WEEKDAY or measure not in OF_A_SPELL
    }


def _row(group: str, figures: pd.DataFrame, hidden: Collection[str], threshold: int) -> dict[str, Any]:
    steps = {name: threshold * (A_WEEK if name in SESSIONS else 1) for name in COUNTS}
    counts = {n: None if n in hidden else rounded(int(figures[n].sum()), step) for n, step in steps.items()}
    wholes = {name: "pupils" if name in OF_A_SPELL else "possible" for name in PERCENTS}
    shares = {name: percent(counts[name.removesuffix("_percent")], counts[whole]) for name, whole in wholes.items()}
    return {"group": group, **counts, **{name: tenths(share) for name, share in shares.items()}}


def tenths(share: Fraction | None) -> float | None:
    """To one decimal, half rounded up."""
    return None if share is None else floor(share * 10 + Fraction(1, 2)) / 10


def _pupils(counted: Counted, key: bytes, threshold: int) -> pd.DataFrame:
    """The count itself under pseudonyms."""
    order = {column: counted.labels[column] for column in ("half-term", "weekday")}
    return unnamed(counted.rows, order, key, threshold)


def unnamed(rows: pd.DataFrame, order: Mapping[str, list[str]], key: bytes, threshold: int) -> pd.DataFrame:
    """Rows of pupils under pseudonyms, in their order, so that a row's place tells nothing; a small year group is left out.

    `order` has the columns that come next in the order, each with its values'.
    """
    sizes = rows.groupby("year group").pupil.nunique()
    small = set(sizes[sizes < threshold].index)
    named = {number: pseudonym(key, "pupil", number) for number in rows.pupil.unique().tolist()}
    frame = rows.assign(
        pupil=rows.pupil.map(named).astype(str),
        **{"year group": rows["year group"].mask(rows["year group"].isin(small))},
    )
    for column, values in order.items():
        frame[column] = pd.Categorical(frame[column], values, ordered=True)
    frame = frame.sort_values(["pupil", *order], ignore_index=True)
    return frame.rename(columns=lambda name: name.replace(" ", "_").replace("-", "_"))
