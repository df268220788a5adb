"""The tables of docs/ are what the code says."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert _spec is not None
assert _spec.loader is not None
generate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)


@pytest.mark.parametrize("name", generate.TABLES)
def test_a_table_is_printed_from_the_code(name: str) -> None:
    """Run `python docs/generate.py` after a rule, a duty, a setting or a marked test has changed."""
    assert generate.TABLES[name]() == (ROOT / "docs" / name).read_text()
