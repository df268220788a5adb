"""Whether the time of a refusal tells its cause: another's child, one's own whom a court order covers, one that never was.

One reader asks for the three in turn, over one connection, in an order drawn anew each round. For each pair it prints the
difference of the medians, and how often labels drawn by chance would part the times as far or further: a small share would
be a leak.

    python -m benchmarks refusals
"""

import asyncio
from itertools import combinations
from random import Random
from statistics import median
from time import perf_counter

from benchmarks.parent_page import answer, request_to
from benchmarks.school import served

ROUNDS, WARM_UP, DRAWN = 500, 50, 1000
LEAST_SHARE = 0.01
"""Below this, chance alone hardly explains the difference: the time tells the cause."""


async def _times(port: int, cookie: str, children: dict[str, int]) -> dict[str, list[float]]:
    """In ms, by cause."""
    chance = Random(1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken: dict[str, list[float]] = {cause: [] for cause in children}
    for number in range(WARM_UP + ROUNDS):
        for cause in chance.sample(sorted(children), len(children)):
            begun = perf_counter()
            writer.write(request_to(f"/parent/{children[cause]}", cookie))
            head, _ = await answer(reader)
            if not head.startswith(b"HTTP/1.1 403"):
                raise RuntimeError(f"{cause}: {head.decode()}")
            if number >= WARM_UP:
                taken[cause].append(1000 * (perf_counter() - begun))
    writer.close()
    return taken


def by_chance(one: list[float], other: list[float]) -> float:
    """The share of random divisions of all these times whose medians lie as far apart, or further."""
    apart, chance, both = abs(median(one) - median(other)), Random(2), [*one, *other]
    found = 0
    for _ in range(DRAWN):
        chance.shuffle(both)
        found += abs(median(both[: len(one)]) - median(both[len(one) :])) >= apart
    return found / DRAWN


def main() -> list[str]:
    """Build a school, serve it from another process, be refused."""
    with served() as told:
        taken = asyncio.run(_times(told["page"], *told["refused"]))
    print(f"403 at /parent/<id>, one reader, {ROUNDS} interleaved tries of each cause")
    for cause, times in taken.items():
        ordered = sorted(times)
        print(
            f"  {cause:22} median {median(times):6.3f} ms   ({ordered[ROUNDS // 10]:.3f} to {ordered[-ROUNDS // 10]:.3f}, tenths)"
        )
    faults = []
    for one, other in combinations(taken, 2):
        share = by_chance(taken[one], taken[other])
        print(f"  {one} / {other}: {median(taken[one]) - median(taken[other]):+.3f} ms; as far by chance: {share:.2f}")
        if share < LEAST_SHARE:
            faults.append(f"the time of a refusal tells {one} from {other}")
    return faults
