"""policy/ and domain/ reach nothing outside themselves: no file, no socket, no clock, no chance, no other layer."""

import ast
from pathlib import Path

import pytest

from tests.house.tree import named, python_files

ALLOWED = {
    *(
        "__future__",
        "abc",
        "bisect",
        "collections",
        "contextlib",
        "contextvars",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
    ),
    *("functools", "hashlib", "hmac", "itertools", "math", "operator", "re", "statistics", "string", "types"),
    *("typing", "unicodedata", "zoneinfo"),
}
"""Of the standard library: modules that only compute. Whoever needs another adds it here, with a thought."""

BANNED_CALLS = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__"}
CLOCKS = {"now", "utcnow", "today", "utc_now"}


def impurities(source: str, ours: tuple[str, ...]) -> list[str]:
    """What a module imports or calls that a pure one would not; `ours` are our own packages that it may import."""
    found = []
    for node in ast.walk(ast.parse(source)):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = ["." * node.level + (node.module or "")]
            found += [f"takes {alias.name}" for alias in node.names if alias.name in CLOCKS]
        for module in modules:
            if module.split(".")[0] not in ALLOWED and not f"{module}.".startswith(ours):
                found.append(f"imports {module}")
        if isinstance(node, ast.Name) and node.id in BANNED_CALLS:
            found.append(f"uses {node.id}")
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            found.append(f"reads {node.attr}")
    return found


def file_id(path: Path) -> str:
    return named(path)


@pytest.mark.parametrize("path", python_files("portal_core/policy"), ids=file_id)
def test_policy_takes_facts_and_a_moment_and_nothing_else(path):
    """Only domain and modules that compute; the instant comes in as an argument."""
    source = path.read_text(encoding="utf-8")
    assert impurities(source, ("portal_core.domain.", "portal_core.policy.")) == []


@pytest.mark.parametrize("path", python_files("portal_core/domain"), ids=file_id)
def test_domain_stands_alone(path):
    """It knows no other layer; the one clock of the program is its utc_now."""
    found = impurities(path.read_text(encoding="utf-8"), ("portal_core.domain.",))
    assert found == (["reads now"] if path.name == "school.py" else [])


@pytest.mark.parametrize(
    ("expected", "source"),
    [
        pytest.param(["imports portal_core.store.people"], "from portal_core.store.people import Pupil", id="layer"),
        pytest.param(["imports os.path"], "import os.path", id="files"),
        pytest.param(["imports .access"], "from .access import may_see", id="relative"),
        pytest.param(["uses open"], "text = open('x').read()", id="opens"),
        pytest.param(["reads now"], "import datetime\nat = datetime.datetime.now()", id="clock"),
        pytest.param(["takes utc_now"], "from portal_core.domain.school import utc_now", id="our clock"),
        pytest.param([], "from portal_core.domain.people import Facts\nimport math", id="pure"),
    ],
)
def test_what_is_not_pure_is_seen(expected, source):
    """The check itself sees each way out."""
    assert impurities(source, ("portal_core.domain.",)) == expected
