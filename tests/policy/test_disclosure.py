"""Small numbers stay hidden, and so does what would tell them."""

from collections import defaultdict
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_core.domain.clauses import Clause
from portal_core.policy.disclosure import Counts, is_small, percent, pseudonym, suppress, tells_of_few

KEY = bytes(range(32))


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize(
    ("shown", "total", "counts"),
    [
        pytest.param([12, None, None, 21], 45, [12, 3, 9, 21], id="a small one, and the least that covers for it"),
        pytest.param([12, 9, 0, 5], 26, [12, 9, 0, 5], id="nothing small"),
        pytest.param([None, None, 20], 26, [2, 4, 20], id="two that cover for each other"),
        pytest.param([None, None, None], 24, [2, 2, 20], id="two that are small together"),
        pytest.param([None, None, None], 28, [4, 4, 20], id="two whose sum tells both"),
        pytest.param([None, None, None, 30], 43, [3, 5, 5, 30], id="equals hide together"),
        pytest.param([None, 0, 0], None, [3, 0, 0], id="none to cover: the total is hidden"),
        pytest.param([None, None], None, [4, 4], id="none to cover and the sum would tell"),
        pytest.param([0, 0], 0, [0, 0], id="nobody"),
        pytest.param([], 0, [], id="no cells"),
    ],
)
def test_what_is_shown_of_a_grouping(shown, total, counts):
    """The small are hidden, then the least that must be hidden with them."""
    assert Counts(dict(enumerate(shown)), total) == suppress(dict(enumerate(counts)), 5)


@pytest.mark.clause(Clause.SEC_3)
@given(st.dictionaries(st.integers(0, 30), st.integers(0, 12) | st.integers(0, 300)), st.integers(3, 12))
def test_no_small_number_survives_and_no_total_tells_one(counts, threshold):
    """Every cell and total shown is true and not small; what a total leaves over is neither one cell nor small."""
    shown = suppress(counts, threshold)
    hidden = [cell for cell, count in shown.cells.items() if count is None]

    assert counts.keys() == shown.cells.keys()
    for cell, count in shown.cells.items():
        assert count is None or (count == counts[cell] and not is_small(count, threshold))
    if shown.total is not None:
        assert shown.total == sum(counts.values())
        assert not is_small(shown.total, threshold)
        assert not hidden or (len(hidden) > 1 and sum(counts[cell] for cell in hidden) >= threshold)
    if not any(is_small(count, threshold) for count in counts.values()):
        assert Counts(counts, sum(counts.values())) == shown


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize(("size", "most", "threshold"), [(1, 12, 5), (2, 12, 5), (3, 10, 5), (4, 7, 5), (4, 5, 3)])
def test_whoever_knows_the_rule_still_cannot_tell_a_hidden_cell(size, most, threshold):
    """Over every grouping of that size: what is shown always fits two values or more of each hidden cell."""
    fits = defaultdict(list)
    for counts in product(range(most + 1), repeat=size):
        shown = suppress(dict(enumerate(counts)), threshold)
        fits[(*shown.cells.values(), shown.total)].append(counts)

    assert len(fits) > 1
    for shown, candidates in fits.items():
        for cell in range(size):
            assert shown[cell] is not None or len({counts[cell] for counts in candidates}) > 1, (shown, candidates)


@pytest.mark.clause(Clause.SEC_3)
def test_equals_hide_wherever_they_stand():
    """The order of the cells tells nothing."""
    for order in ([5, 5, 4], [5, 4, 5], [4, 5, 5]):
        assert Counts({0: None, 1: None, 2: None}, 14) == suppress(dict(enumerate(order)), 5)


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize(
    ("share", "part", "whole"),
    [
        pytest.param(Fraction(25), 5, 20, id="both shown"),
        pytest.param(Fraction(0), 0, 20, id="none of them"),
        pytest.param(None, None, 20, id="part hidden"),
        pytest.param(None, 5, None, id="whole hidden"),
        pytest.param(None, 0, 0, id="nobody"),
    ],
)
def test_a_share_is_hidden_with_either_of_its_counts(share, part, whole):
    """A percentage of a hidden number would give it back."""
    assert share == percent(part, whole)


def test_a_threshold_that_hides_nothing_is_refused():
    """With 2 every hidden cell would be a 1."""
    with pytest.raises(ValueError, match="at least 3"):
        suppress({"7A": 1}, 2)


@given(st.binary(min_size=32, max_size=64), st.sampled_from(["pupil", "staff"]), st.integers(0, 10**9))
def test_a_pseudonym_is_stable_and_holds_nothing_of_the_record(key, kind, number):
    """Same key, same record, same name; another key, kind or record, another."""
    name = pseudonym(key, kind, number)

    assert name == pseudonym(key, kind, number)
    assert len(name) == 16
    others = (pseudonym(key + b"1", kind, number), pseudonym(key, kind + "s", number), pseudonym(key, kind, number + 1))
    assert name not in others


def test_pseudonyms_do_not_move_between_releases():
    """Extracts of two years are joined by them; HMAC-SHA-256 of "pupil:1", as any other tool would compute it."""
    assert pseudonym(KEY, "pupil", 1) == "6af01fc2697fc8d5"


def test_a_short_key_is_refused():
    """Pupils' numbers are few enough to try them all against a guessable key."""
    with pytest.raises(ValueError, match="32 bytes"):
        pseudonym(KEY[:31], "pupil", 1)


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize(
    ("told", "parts"),
    [
        pytest.param(False, [], id="nobody"),
        pytest.param(False, [0, 0], id="nobody with anything"),
        pytest.param(True, [3, 3, 3, 3], id="four"),
        pytest.param(True, [3, 3, 3, 3, 0], id="a fifth with nothing"),
        pytest.param(False, [1] * 5, id="five alike"),
        pytest.param(False, [4, 1, 1, 1, 1], id="one with half"),
        pytest.param(True, [5, 1, 1, 1, 1], id="one with more than half"),
    ],
)
def test_a_sum_tells_of_few_or_of_one_who_has_most_of_it(told, parts):
    assert told == tells_of_few(parts, 5)


@given(*[st.dictionaries(st.integers(0, 12), st.integers(0, 40))] * 2, st.integers(3, 8))
def test_sums_that_tell_nothing_tell_nothing_added_up(one, other, threshold):
    """So a total of shown parts needs no check of its own."""
    if not tells_of_few(one.values(), threshold) and not tells_of_few(other.values(), threshold):
        both = [one.get(pupil, 0) + other.get(pupil, 0) for pupil in {*one, *other}]
        assert not tells_of_few(both, threshold)
