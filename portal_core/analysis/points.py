"""Points for analysts: sums of groups without a name, each on record before it is read.

What parents read of one child is here added up: points given and published, achievement and behaviour side by side and never
set off against each other. Every table is one grouping of the same points, by whole weeks; none may be crossed with another.

A group is shown whole or not at all, and what is withheld is decided by who has a part in each sum (analysis/withholding.py).
How many pupils have points is shown nowhere. How many there are is taken from the attendance that is shown, or withheld there, so that
the two notebooks together tell no more than each. Figures are rounded: one step of 10 may stand for 1 point given
between two readings, or for 19.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import pandas as pd

from portal_core.analysis.counts import Counted, count
from portal_core.analysis.frames import ALL, Grouping, by_group, tenths, unnamed
from portal_core.analysis.point_counts import MEASURES, count_points
from portal_core.analysis.weeks import recorded_weeks
from portal_core.analysis.withholding import Parts, withheld_parts, withheld_sums
from portal_core.domain.people import Actor
from portal_core.domain.records import PointKind
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.policy.disclosure import percent, rounded
from portal_core.store.scope import Store


class PointGrouping(StrEnum):
    """The groupings there are, besides the categories of one kind."""

    YEAR_GROUP = "year group"
    HALF_TERM = "half-term"
    PLACE = "place"


POINTS_A_WEEK = 2
"""Points that few pupils have more of in a week; what sums are rounded to is as many for each pupil of a small number."""
LINKED = (frozenset({"achievement", "behaviour"}), frozenset({"in_lessons", "outside"}))
"""Measures of which one tells the other, since both pairs add up to all points."""


@dataclass(frozen=True)
class PointsFrames:
    """Points of a school year up to a Sunday.

    `groups` and `categories` are fit to show: a row for each group and one for all, rounded; what would single people out is
    missing (pandas.NA). `pupils` has a row for each pupil, half-term, place and category, the pupil under the pseudonym that
    attendance gives: it is to work with, not to show.
    """

    groups: Mapping[PointGrouping, pd.DataFrame]
    categories: Mapping[PointKind, pd.DataFrame]
    pupils: pd.DataFrame
    first: date
    last: date
    as_of: datetime | None  # when the school's own system gave the newest data, UTC
    settings: SchoolSettings


def points(store: Store, *, by: Actor, at: Moment, key: bytes) -> PointsFrames:
    """This school year's frames for whoever may analyse, recorded before they are read. Raises NotPermitted.

    `key` makes the pseudonyms (policy.disclosure).
    """
    weeks = recorded_weeks(store, by=by, at=at, what="points")
    with store.reading_as(by, at) as session:
        counted = count_points(session, at, weeks.first, weeks.last)
        attended = by_group(count(session, at, weeks.first, weeks.last), weeks.settings)
    threshold = weeks.settings.small_number
    nowhere = _nowhere(counted, threshold)
    order = {name: counted.labels[name] for name in ("half-term", "place", "category")}
    return PointsFrames(
        groups={one: _with_rates(_group(counted, one, nowhere, threshold), attended, one) for one in PointGrouping},
        categories={kind: _categories(counted, kind, nowhere, threshold) for kind in PointKind},
        pupils=unnamed(counted.rows.drop(columns=[*MEASURES]), order, key, threshold),
        first=weeks.first,
        last=weeks.last,
        as_of=weeks.as_of,
        settings=weeks.settings,
    )


def _nowhere(counted: Counted, threshold: int) -> set[str]:
    hidden = withheld_sums(_parts(counted.rows.assign(all=ALL), "all", MEASURES), threshold)
    return hidden.union(*(linked for linked in LINKED if hidden & linked))


def _group(counted: Counted, grouping: PointGrouping, nowhere: Collection[str], threshold: int) -> pd.DataFrame:
    measures = MEASURES[:2] if grouping is PointGrouping.PLACE else MEASURES  # a place's points are of that place
    return _sums(counted.rows, grouping, counted.labels[grouping], measures, nowhere, threshold)


def _categories(counted: Counted, kind: PointKind, nowhere: Collection[str], threshold: int) -> pd.DataFrame:
    """The categories of a kind; all are withheld where the kind is, which they add up to.

    Those given in one place alone add up to what the kind has there, and those given there most of all nearly do.
    """
    rows = counted.rows[counted.rows.kind == kind]
    hidden = {"points"} if kind in nowhere else set[str]()
    mostly = rows.groupby(["category", "place"], as_index=False).points.sum().sort_values("points")
    mostly = mostly.drop_duplicates("category", keep="last")
    within = [frozenset(of_place.category) for _, of_place in mostly.groupby("place")]
    frame = _sums(rows, "category", counted.labels["category"], ("points",), hidden, threshold, within)
    frame["percent"] = _rates(frame.points, [frame.points.iloc[-1]] * len(frame), 100)
    return frame


def _sums(
    rows: pd.DataFrame, grouping: str, labels: Iterable[str], measures: Collection[str], nowhere: Collection[str],
    threshold: int, within: Collection[frozenset[str]] = (),
) -> pd.DataFrame:  # fmt: skip
    """A row for each group that has points and one for all, rounded, without what must be withheld."""
    parts = _parts(rows, grouping, measures)
    shown = {measure: groups for measure, groups in parts.items() if measure not in nowhere}
    there = [label for label in labels if label in set(rows[grouping])]
    hidden = withheld_parts(shown, threshold, within) if shown else set(there)
    sums = rows.groupby(grouping)[list(measures)].sum()
    step = threshold * POINTS_A_WEEK
    figures = [
        [None if one in hidden or m in nowhere else rounded(int(sums.loc[one, m]), step) for m in measures]
        for one in there
    ]
    everyone = [None if m in nowhere else rounded(int(rows[m].sum()), step) for m in measures]
    frame = pd.DataFrame([*figures, everyone], columns=[*measures]).astype("Int64")
    frame.insert(0, "group", [*there, ALL])
    return frame


def _parts(rows: pd.DataFrame, grouping: str, measures: Collection[str]) -> Parts:
    """What each pupil has in each group; a group in which nobody has anything of a measure is there with nobody."""
    each = rows.groupby([grouping, "pupil"], as_index=False)[list(measures)].sum()
    parts: dict[str, dict[str, Counter[int]]] = {m: {group: Counter() for group in each[grouping]} for m in measures}
    for measure, groups in parts.items():
        some = each[each[measure] > 0]
        for group, pupil, amount in some[[grouping, "pupil", measure]].itertuples(index=False):
            groups[group][int(pupil)] = int(amount)
    return parts


def _with_rates(
    frame: pd.DataFrame, attended: Mapping[Grouping, pd.DataFrame], grouping: PointGrouping
) -> pd.DataFrame:
    """Beside the sums their shares, and how many pupils there are as the attendance says that is shown."""
    of_place = grouping is PointGrouping.PLACE
    pupils = attended[Grouping.YEAR_GROUP if of_place else Grouping(grouping)].set_index("group").pupils
    frame["pupils"] = pd.array([pupils.get(ALL if of_place else group, pd.NA) for group in frame.group], "Int64")
    frame["balance_percent"] = _rates(frame.achievement, frame.achievement + frame.behaviour, 100)
    if not of_place:
        frame["in_lessons_percent"] = _rates(frame.in_lessons, frame.in_lessons + frame.outside, 100)
    for kind in PointKind:
        frame[f"{kind}_each"] = _rates(frame[kind], frame.pupils, 1)
    return frame


def _rates(parts: Iterable[Any], wholes: Iterable[Any], of: int) -> pd.Series:
    """Each part of its whole, in hundredths or in ones; missing where either is, and where the whole is nothing."""
    known = (
        (None if pd.isna(part) else int(part), None if pd.isna(whole) else int(whole))
        for part, whole in zip(parts, wholes, strict=True)
    )
    shares = (percent(part, whole) for part, whole in known)
    return pd.Series([tenths(None if share is None else share * of / 100) for share in shares], dtype="Float64")
