"""Whether a parent waits longer in a larger school: 1,200 pupils beside 12,000, both served at once, asked in turn.

python -m benchmarks size
"""

import asyncio
from statistics import median
from typing import Any

from benchmarks.parent_page import asked, request_to
from benchmarks.school import served

SIZES, ROUNDS, GOAL = (1_200, 12_000), 7, 1.2


async def _measure(schools: list[dict[str, Any]]) -> list[list[float]]:
    """The p50 of each round in ms, by school; one connection, so that nothing waits for anything but its page."""
    middle: list[list[float]] = [[] for _ in schools]
    for number in range(ROUNDS + 1):
        for told, found in zip(schools, middle, strict=True):
            requests = [request_to(f"/parent/{child}", cookie) for child, cookie in told["parents"]]
            _, taken = await asked(told["page"], requests, 1)
            if number:  # the first only warms up
                found.append(taken[len(taken) // 2])
    return middle


def main() -> list[str]:
    """Build both, which takes a minute, and measure."""
    with served(SIZES[0]) as small, served(SIZES[1]) as large:
        middle = asyncio.run(_measure([small, large]))
    for pupils, found in zip(SIZES, middle, strict=True):
        print(f"  {pupils:6,} pupils   p50 {median(found):5.2f} ms ({min(found):.2f} to {max(found):.2f})")
    ratios = [large / small for small, large in zip(*middle, strict=True)]
    print(f"  ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); the aim is {GOAL} or less")
    return [f"a page takes {median(ratios):.2f} times as long in the larger school"] if median(ratios) > GOAL else []
