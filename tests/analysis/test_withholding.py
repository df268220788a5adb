"""Whatever is withheld cannot be had by subtracting, for any pupils in any groups."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_core.analysis.withholding import (
    LINKED,
    NEEDED,
    withheld_groups,
    withheld_measures,
    withheld_parts,
    withheld_sums,
)
from portal_core.domain.clauses import Clause

THRESHOLD = 5
MEASURES = ("pupils", "attended", "authorised", "unauthorised", "missed", "late", "persistent", "others")


@st.composite
def a_cut(draw):
    """Groups of pupils who may stand in several, with measures as they hang together in a real one."""
    behind = {measure: {} for measure in MEASURES}
    for number in range(draw(st.integers(1, 6))):
        pupils = draw(st.frozensets(st.integers(0, 30), max_size=25))
        some = st.frozensets(st.sampled_from(sorted(pupils)), max_size=25) if pupils else st.just(frozenset())
        group = {name: draw(some) for name in ("attended", "authorised", "unauthorised", "late", "persistent")}
        group["pupils"] = group["attended"] | group["authorised"] | group["unauthorised"] | pupils
        group["missed"] = group["authorised"] | group["unauthorised"]
        group["persistent"] &= group["missed"]
        group["others"] = group["pupils"] - group["persistent"]
        for name in MEASURES:
            behind[name][f"group {number}"] = group[name]
    return behind


def small(pupils) -> bool:
    return 0 < len(pupils) < THRESHOLD


def together(groups, names) -> frozenset[int]:
    return frozenset().union(*(groups[name] for name in names))


@pytest.mark.clause(Clause.SEC_3)
@given(a_cut())
def test_no_figure_and_no_difference_stands_for_a_few_pupils(behind):
    nowhere = withheld_measures([behind], THRESHOLD)
    shown = {measure: groups for measure, groups in behind.items() if measure not in nowhere}
    if not shown:
        return
    hidden = withheld_groups(shown, THRESHOLD)
    assert len(hidden) != 1
    for measure, groups in shown.items():
        assert not small(together(groups, groups)), measure  # the total
        assert not small(together(groups, hidden)), measure  # the total less what is shown
        for group in groups.keys() - hidden:
            assert not small(groups[group]), (measure, group)


@given(a_cut())
def test_what_another_measure_would_tell_is_withheld_with_it(behind):
    nowhere = withheld_measures([behind], THRESHOLD)
    for linked in LINKED:
        assert not nowhere & linked or linked <= nowhere
    if nowhere & NEEDED:
        assert nowhere == {"possible", *MEASURES}


@given(a_cut(), a_cut())
def test_a_measure_withheld_in_one_grouping_is_withheld_in_all(one, other):
    assert withheld_measures([one, other], THRESHOLD) >= withheld_measures([one], THRESHOLD)


def cut(**sizes: int) -> dict[str, dict[str, frozenset[int]]]:
    """Every measure alike, over pupils who stand in one group each."""
    groups, first = {}, 0
    for group, size in sizes.items():
        groups[group] = frozenset(range(first, first + size))
        first += size
    return dict.fromkeys(MEASURES, groups)


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        pytest.param({"a": 20, "b": 30, "c": 40}, set(), id="none is small"),
        pytest.param({"a": 3, "b": 30, "c": 40}, {"a", "b"}, id="the smallest covers"),
        pytest.param({"a": 3, "b": 30, "c": 30}, {"a", "b", "c"}, id="of equals neither is picked"),
        pytest.param({"a": 3, "b": 4, "c": 40}, {"a", "b"}, id="two small ones cover for each other"),
        pytest.param({"a": 1, "b": 1, "c": 40, "d": 50}, {"a", "b", "c"}, id="two of one are told by their sum"),
    ],
)
def test_the_least_that_protects_is_hidden(sizes, hidden):
    assert withheld_measures([cut(**sizes)], THRESHOLD) == set()
    assert withheld_groups(cut(**sizes), THRESHOLD) == hidden


def test_the_same_few_pupils_in_two_groups_do_not_cover_for_each_other():
    few, many = frozenset(range(3)), frozenset(range(100, 140))
    behind = {key: {"a": few | many, "b": few | many, "c": few | many} for key in MEASURES}
    behind["late"] = {"a": few, "b": few, "c": many}
    assert withheld_groups(behind, THRESHOLD) == {"a", "b", "c"}


def tells(parts: Counter) -> bool:
    return small(parts) or 2 * max(parts.values(), default=0) > parts.total()


def added(groups, names) -> Counter:
    return sum((groups[name] for name in names), Counter())


GROUPS = ("a", "b", "c", "d", "e")
SUMS = st.fixed_dictionaries(
    {
        measure: st.fixed_dictionaries(
            {
                group: st.dictionaries(st.integers(0, 30), st.integers(1, 60), max_size=14).map(Counter)
                for group in GROUPS
            }
        )
        for measure in ("achievement", "behaviour")
    }
)


@pytest.mark.clause(Clause.SEC_3)
@given(SUMS, st.lists(st.sampled_from(GROUPS), unique=True))
def test_no_sum_and_no_difference_is_of_few_pupils_or_nearly_of_one(parts, some):
    """Whatever pupils have, in all groups together and in those that have a total of their own elsewhere."""
    blocks = [frozenset(some), frozenset(GROUPS) - frozenset(some)]
    nowhere = withheld_sums(parts, THRESHOLD)
    shown = {measure: groups for measure, groups in parts.items() if measure not in nowhere}
    if not shown:
        return
    hidden = withheld_parts(shown, THRESHOLD, blocks)
    assert len(hidden) != 1
    for groups in shown.values():
        assert not tells(added(groups, GROUPS))
        assert not tells(added(groups, hidden))
        assert not any(tells(groups[group]) for group in groups.keys() - hidden)
        for block in blocks:
            if not block <= hidden:  # else its own total is no more than the sum of the hidden
                assert len(hidden & block) != 1
                assert not tells(added(groups, hidden & block))


def sums(**groups: list[int]) -> dict[str, dict[str, Counter]]:
    """One measure; each pupil has a part in one group."""
    return {"points": {name: Counter({f"{name}{n}": part for n, part in enumerate(of)}) for name, of in groups.items()}}


@pytest.mark.parametrize(
    ("groups", "within", "hidden"),
    [
        pytest.param({"a": [1] * 20, "b": [1] * 30}, [], set(), id="none is of few"),
        pytest.param({"a": [9] * 4, "b": [1] * 30, "c": [1] * 40}, [], {"a", "b"}, id="few, and the smallest covers"),
        pytest.param({"a": [9, 1, 1, 1, 1], "b": [1] * 30, "c": [1] * 40}, [], {"a", "b"}, id="nearly all one's own"),
        pytest.param({"a": [4, 1, 1, 1, 1], "b": [1] * 30}, [], set(), id="half of it is not nearly all"),
        pytest.param({"a": [60] + [1] * 9, "b": [1] * 30, "c": [1] * 40}, [], {"a", "b", "c"}, id="two are not enough"),
        pytest.param(
            {"a": [1], "b": [1] * 5, "c": [1] * 6, "d": [1] * 7},
            [{"a", "c"}, {"b", "d"}],
            {"a", "c"},
            id="its own place covers",
        ),
        pytest.param(
            {"a": [1], "b": [1] * 5, "c": [1] * 6, "d": [1] * 7},
            [{"a"}, {"b", "c", "d"}],
            {"a", "b", "c"},
            id="what covers from another place is covered there",
        ),
    ],
)
def test_the_least_that_protects_a_sum_is_hidden(groups, within, hidden):
    got = withheld_parts(sums(**groups), THRESHOLD, [frozenset(block) for block in within])
    assert got == hidden
