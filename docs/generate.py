"""Prints the tables of docs/ from the code: clauses, duties, settings. `python docs/generate.py` writes them anew.

A clause's row says what it asks, where the code names it, and which tests are marked with it; a test compares the files.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from portal_core.domain.clauses import Clause, Duty, Role
from portal_core.domain.school import SchoolSettings
from portal_core.policy.duties import DUTIES_OF

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def _named(path: Path) -> set[Clause]:
    """The clauses that a module names, as members or in its docstrings."""
    source = path.read_text()
    found = {Clause[name] for name in re.findall(r"\bClause\.([A-Z]+(?:_\d)?)\b", source) if name in Clause.__members__}
    values = {clause.value: clause for clause in Clause}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            said = ast.get_docstring(node) or ""
            found |= {values[word] for word in re.findall(r"\b[A-Z]+(?:-\d)?\b", said) if word in values}
    return found


def _marked(path: Path) -> Iterator[Clause]:
    """The clauses that marks bear: on a test, a module or a case."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "clause":
            yield from (Clause[arg.attr] for arg in node.args if isinstance(arg, ast.Attribute))


def clauses() -> str:
    """The clause-by-clause table."""
    code: dict[Clause, list[str]] = defaultdict(list)
    tests: dict[Clause, int] = defaultdict(int)
    for top in ("portal_core", "dashboards"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if path.name != "clauses.py":
                for clause in _named(path):
                    code[clause].append(str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for clause in _marked(path):
            tests[clause] += 1
    lines = [
        "# The policy, clause by clause",
        "",
        "Printed from the code by `docs/generate.py`. “–” where no module names the clause; one without marked tests is not kept yet.",
        "",
        "| clause | asks | kept in | tests |",
        "|---|---|---|---|",
    ]
    for clause in Clause:
        where = ", ".join(f"`{path}`" for path in code[clause]) or "–"
        lines.append(f"| {clause} | {clause.asks} | {where} | {tests[clause] or 'none: not kept yet'} |")
    return "\n".join(lines) + "\n"


def duties() -> str:
    """Which role carries which duty."""
    lines = ["# Roles and duties", "", "Printed from `portal_core/policy/duties.py` by `docs/generate.py`.", ""]
    lines += ["| duty | " + " | ".join(Role) + " |", "|---|" + "---|" * len(Role)]
    for duty in Duty:
        held = ["yes" if duty in DUTIES_OF[role] else "" for role in Role]
        if any(held):
            lines.append(f"| {duty} | " + " | ".join(held) + " |")
    lines += ["", "Every role also carries `work as staff` and `keep own account`, once a second factor was shown."]
    return "\n".join(lines) + "\n"


def settings() -> str:
    """A school's own settings and their defaults."""
    lines = ["# A school's settings", "", "Printed from `portal_core/domain/school.py` by `docs/generate.py`.", ""]
    lines += ["| setting | default |", "|---|---|"]
    for field in fields(SchoolSettings):
        default = (
            field.default
            if isinstance(field.default, str | int | bool)
            else f"{field.default:%H:%M}"
            if hasattr(field.default, "hour")
            else "none"
            if field.default is None
            else "none: every school has its own"
        )
        lines.append(f"| `{field.name}` | {default} |")
    return "\n".join(lines) + "\n"


TABLES = {"clauses.md": clauses, "duties.md": duties, "settings.md": settings}

if __name__ == "__main__":
    for name, table in TABLES.items():
        (DOCS / name).write_text(table())
