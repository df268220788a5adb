"""Runs the benchmarks: `python -m benchmarks` all of them, `python -m benchmarks parent_page` those that are named."""

import sys
from importlib import import_module
from pathlib import Path

THERE = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if "\ndef main() -> None:" in path.read_text(encoding="utf-8")
)


def run(names: list[str]) -> None:
    """One after the other, so that none disturbs the next."""
    if unknown := set(names) - set(THERE):
        raise SystemExit(f"There is no benchmark called {', '.join(sorted(unknown))}. There are: {', '.join(THERE)}.")
    for name in names or THERE:
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    run(sys.argv[1:])
