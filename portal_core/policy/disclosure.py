"""What analysts may see of groups: no small number, none to be worked out, and pseudonyms in place of names.

A grouping puts each pupil in one cell, so that its cells add up to its total. Persistently absent, threshold 5:

    Year 7: 12    Year 8: 3    Year 9: 9    Year 10: 21    all: 45

The 3 is hidden, being small, and the 9 with it: 45 - 12 - 9 - 21 would tell the 3. Where no cell can cover for
another, the total is hidden instead.
"""

import hmac
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

Cell = TypeVar("Cell", bound=Hashable)

SHORTEST_KEY = 32
"""Bytes that a pseudonym key has at least: as many as SHA-256 gives."""


@dataclass(frozen=True, slots=True)
class Counts(Generic[Cell]):
    """One grouping as it may be shown; None is hidden."""

    cells: Mapping[Cell, int | None]
    total: int | None


def is_small(count: int, threshold: int) -> bool:
    """Whether a count would single people out: fewer than the threshold, and somebody."""
    return 0 < count < threshold


def tells_of_few(parts: Collection[int], threshold: int) -> bool:
    """Whether a sum of what pupils have each would single people out (SEC-3).

    So it does where fewer than the threshold have a part in it, and where one has more than all others together: the sum is
    then nearly theirs. Sums that do not, of other pupils or of the same, do not when added up either.
    """
    some = [part for part in parts if part]
    return is_small(len(some), threshold) or 2 * max(some, default=0) > sum(some)


def suppress(counts: Mapping[Cell, int], threshold: int) -> Counts[Cell]:
    """A grouping without its small numbers and without the means to work one out (SEC-3).

    What is hidden beside a shown total stands for at least `threshold` pupils, and no hidden cell has one possible value
    only, even to a reader of this code. That holds for one grouping: publish none that shares pupils with another.
    Raises ValueError for a threshold under 3, beneath which a hidden cell could only be 1.
    """
    if threshold < 3:
        raise ValueError("a small-number threshold is at least 3")
    hidden = {cell for cell, count in counts.items() if is_small(count, threshold)}
    covers = sorted({count for count in counts.values() if count >= threshold}, reverse=True)
    while hidden and covers and _tells([counts[cell] for cell in hidden], threshold):
        # Every cell of that size: picking one of equals by its place would tell which of the hidden is small.
        size = covers.pop()
        hidden |= {cell for cell, count in counts.items() if count == size}
    told = bool(hidden) and _tells([counts[cell] for cell in hidden], threshold)
    return Counts(
        {cell: None if cell in hidden else count for cell, count in counts.items()},
        None if told else sum(counts.values()),
    )


def _tells(hidden: Collection[int], threshold: int) -> bool:
    """Whether the sum of the hidden, which a shown total gives away, is small or can be shared out in one way only."""
    together, most = sum(hidden), (threshold - 1) * len(hidden)
    return together < threshold or (max(hidden) < threshold and together in (len(hidden), most))


def rounded(count: int, to: int) -> int:
    """To the nearest multiple, half up: two such figures differ by whole multiples, however little lies between them."""
    return (2 * count + to) // (2 * to) * to


def percent(part: int | None, whole: int | None) -> Fraction | None:
    """A share of a hundred, exactly; None where either count is hidden or there is nobody to share among."""
    return None if part is None or not whole else Fraction(100 * part, whole)


def pseudonym(key: bytes, kind: str, number: int) -> str:
    """A name that stands for one record of a kind, the same for the same key and unlinkable without it.

    Raises ValueError for a key shorter than SHORTEST_KEY.
    """
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"a pseudonym key has at least {SHORTEST_KEY} bytes")
    return hmac.digest(key, f"{kind}:{number}".encode(), "sha256").hex()[:16]
