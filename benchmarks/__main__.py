"""Runs the benchmarks: `python -m benchmarks` all of them, `python -m benchmarks parent_page` those that are named.

Each answers what of its bounds was broken, and the command then ends in failure. An aim that is missed is printed and no failure.
"""

import sys
from importlib import import_module
from pathlib import Path

THERE = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if "\ndef main() -> list[str]:" in path.read_text(encoding="utf-8")
)


def run(names: list[str]) -> None:
    """One after the other, so that none disturbs the next."""
    if unknown := set(names) - set(THERE):
        raise SystemExit(f"There is no benchmark called {', '.join(sorted(unknown))}. There are: {', '.join(THERE)}.")
    broken = [fault for name in names or THERE for fault in import_module(f"benchmarks.{name}").main()]
    if broken:
        raise SystemExit("\n".join(f"Bound broken: {fault}" for fault in broken))


if __name__ == "__main__":
    run(sys.argv[1:])
