"""What is withheld, so that no figure of a group stands for a few pupils or tells one that does.

Attendance counts pupils and their sessions; of points only sums are shown, which have parts of any size.

A group is shown whole or not at all, since its figures tell each other: possible less attended is absent. The rule of
policy/disclosure.py is asked of each measure, by the number of pupils behind it, and the smallest groups are hidden too until
the total tells nothing of those that had to be. Pupils may stand in several groups (each was here on Mondays and on
Tuesdays), so those together are counted once: whoever subtracts what is shown from the total gets the figures of at least
`threshold` pupils.

All groupings have the same total, so a measure whose total would tell something in one of them is withheld in all.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

from portal_core.policy.disclosure import is_small, suppress, tells_of_few

Behind = Mapping[str, Mapping[str, frozenset[int]]]
"""For each measure and group, the pupils who are counted there."""
Parts = Mapping[str, Mapping[str, Counter[int]]]
"""For each measure and group, what each pupil has there of the sum."""

LINKED = (frozenset({"authorised", "unauthorised"}), frozenset({"persistent", "others"}))
"""Measures of which one tells the other, since their sum is shown."""
NEEDED = frozenset({"pupils", "attended", "missed"})
"""Measures that what is left would tell: without them nothing is shown."""


def withheld_measures(cuts: Iterable[Behind], threshold: int) -> set[str]:
    """Measures to show in no group and no total of any grouping; "possible" among them where nothing may be shown."""
    cuts = list(cuts)
    hidden = {
        measure
        for behind in cuts
        for measure, groups in behind.items()
        if is_small(_together(groups), threshold) or suppress(_sizes(groups), threshold).total is None
    }
    for linked in LINKED:
        if hidden & linked:
            hidden |= linked
    return {"possible"}.union(*cuts) if hidden & NEEDED else hidden


def withheld_groups(behind: Behind, threshold: int) -> set[str]:
    """Groups to hide beside a shown total; `behind` without the measures that are shown nowhere, but with "pupils"."""
    hidden = {g for groups in behind.values() for g, pupils in groups.items() if is_small(len(pupils), threshold)}
    return _covered(hidden, _sizes(behind["pupils"]), lambda hidden: _told(hidden, behind, threshold))


def withheld_sums(parts: Parts, threshold: int) -> set[str]:
    """Measures to show in no group and no total, since the total would tell of a few pupils."""
    return {measure for measure, groups in parts.items() if tells_of_few(_added(groups.values()), threshold)}


def withheld_parts(parts: Parts, threshold: int, within: Collection[frozenset[str]] = ()) -> set[str]:
    """Groups to hide beside a shown total of sums; `parts` without the measures that are shown nowhere.

    `within` are groups that have a total of their own, shown in another table: beside each total enough is hidden.
    """
    hidden = {
        g for groups in parts.values() for g, of_each in groups.items() if tells_of_few(of_each.values(), threshold)
    }
    pupils: dict[str, set[int]] = {}
    for groups in parts.values():
        for group, of_each in groups.items():
            pupils.setdefault(group, set()).update(of_each)
    sizes = {group: len(of_group) for group, of_group in pupils.items()}

    def told(hidden: set[str]) -> bool:
        left = (_added(groups[group] for group in hidden) for groups in parts.values())
        return len(hidden) == 1 or any(tells_of_few(sums, threshold) for sums in left)

    before = None
    while hidden != before:
        before = set(hidden)
        for block in (*within, frozenset(sizes)):
            hidden |= _covered(hidden & block, {group: sizes[group] for group in block & sizes.keys()}, told)
    return hidden


def _covered(hidden: set[str], sizes: Mapping[str, int], told: Callable[[set[str]], bool]) -> set[str]:
    """The hidden, and beside them the smallest others until nothing is told of them."""
    while hidden and hidden != set(sizes) and told(hidden):
        smallest = min(size for group, size in sizes.items() if group not in hidden)
        hidden = hidden | {
            group for group, size in sizes.items() if size == smallest
        }  # all of a size: no choice that tells
    return hidden


def _added(groups: Iterable[Counter[int]]) -> list[int]:
    """What each pupil has in all of them."""
    each: Counter[int] = Counter()
    for of_each in groups:
        each.update(of_each)
    return [*each.values()]


def _sizes(groups: Mapping[str, frozenset[int]]) -> dict[str, int]:
    return {group: len(pupils) for group, pupils in groups.items()}


def _together(groups: Mapping[str, frozenset[int]]) -> int:
    return len(frozenset[int]().union(*groups.values()))


def _told(hidden: set[str], behind: Behind, threshold: int) -> bool:
    """Whether the total less all that is shown would tell of a hidden group, or of too few pupils, in some measure."""
    if len(hidden) == 1:
        return True
    among = [{group: groups[group] for group in hidden} for groups in behind.values()]
    return any(is_small(_together(groups), threshold) for groups in among) or any(
        suppress(_sizes(groups), threshold).total is None for groups in among
    )
