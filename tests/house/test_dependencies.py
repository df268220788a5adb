"""What is installed: each direct dependency has a reason, the pinned set is whole, and every road installs it."""

import ast
import importlib.metadata
import re
import sys
from itertools import chain

from packaging.requirements import Requirement

import dev
from tests.house.tree import PYPROJECT, ROOT, python_files

OURS = {"portal_core", "dashboards"}
PINNED = (ROOT / "constraints.txt").read_text(encoding="utf-8")


def plain(requirement: str) -> str:
    """The normalised name in a requirement."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=~! ;]", requirement, maxsplit=1)[0]).lower()


def direct(extra: str | None = None) -> set[str]:
    """The names that pyproject.toml asks for, ourselves left out."""
    project = PYPROJECT["project"]
    wanted = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    return {plain(requirement) for requirement in wanted} - {"parent-portal"}


def everything_direct() -> set[str]:
    return direct().union(*(direct(extra) for extra in PYPROJECT["project"]["optional-dependencies"]))


def test_every_direct_dependency_says_what_it_is_for():
    """One line each in docs/dependencies.md, and no line for what is no longer used."""
    table = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    reasoned = re.findall(r"(?m)^\| `([^`]+)` \| .{20,} \|$", table)
    assert sorted(reasoned) == sorted(everything_direct())


def test_every_direct_dependency_is_pinned_with_hashes():
    """One version each, and nothing in the set without a hash or with an address."""
    entries = re.findall(
        r"(?m)^([\w.-]+)==\S+(?: ;[^\\\n]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+)", PINNED
    )
    assert everything_direct() <= {plain(name) for name, _ in entries}
    assert len(entries) == len(re.findall(r"(?m)^\S", PINNED))
    assert "://" not in PINNED
    assert "--index" not in PINNED


def test_the_pinned_set_was_compiled_after_the_last_change():
    """Each pinned version is one that pyproject.toml asks for."""
    project = PYPROJECT["project"]
    wanted = map(Requirement, [*project["dependencies"], *chain(*project["optional-dependencies"].values())])
    pinned = {plain(name): version for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", PINNED)}
    outdated = [str(r) for r in wanted if r.name != project["name"] and pinned[plain(r.name)] not in r.specifier]
    assert outdated == []


def imported(source: str) -> set[str]:
    """The top-level names of the packages that a module imports."""
    nodes = list(ast.walk(ast.parse(source)))
    plainly = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named_in = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.split(".")[0] for name in plainly | named_in}


def test_the_program_imports_only_what_it_declares():
    """A package that happens to be there because another needs it may be gone tomorrow."""
    files = python_files(*OURS)
    used = set().union(*(imported(path.read_text(encoding="utf-8")) for path in files)) - OURS
    sources = importlib.metadata.packages_distributions()
    declared = direct() | direct("postgres")
    undeclared = {
        name
        for name in used - sys.stdlib_module_names
        if not declared & {plain(distribution) for distribution in sources.get(name, ())}
    }
    assert undeclared == set()


def test_conda_installs_the_same_set():
    """environment.yml brings a Python that we support and pip; all else comes from the pinned set."""
    lines = [line.strip() for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()]
    entries = [line[2:].strip('"') for line in lines if line.startswith("- ")]
    assert f"name: {dev.CONDA_NAME}" in lines
    assert entries == [
        "conda-forge",
        f"python {PYPROJECT['project']['requires-python']}",
        "pip",
        "pip:",
        "-r constraints.txt",
    ]


def test_dev_and_pyproject_agree_on_python():
    """The versions that dev.py takes are those that pyproject.toml declares."""
    assert PYPROJECT["project"]["requires-python"] == f">={dev.OLDEST[0]}.{dev.OLDEST[1]},<3.{dev.NEWEST[1] + 1}"
