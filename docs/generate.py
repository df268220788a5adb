"""Prints the tables of docs/ from the code: clauses, duties, settings. `python docs/generate.py` writes them anew.

A clause's row says what it asks, where the code names it, and which tests are marked with it; a test compares the files.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

from dashboards.portal import put_together
from dashboards.security.provider import ServerSettings
from dashboards.server import PortalTornado, declared_rules
from portal_core.domain.clauses import Clause, Duty, Role
from portal_core.domain.people import Principal
from portal_core.domain.school import SchoolSettings, utc_now
from portal_core.policy.duties import DUTIES_OF
from portal_core.policy.duties import duties as held_by
from portal_core.store.base import open_engine
from portal_core.store.schema import upgrade
from portal_core.store.school import SchoolSetting
from portal_core.store.scope import Store

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


WHO = {
    "signed out": None,
    "half-way": Principal(1, 1, adult_id=1, complete=False),
    "parent": Principal(1, 1, adult_id=1),
    **{str(role): Principal(1, 1, staff_id=1, roles=frozenset({role})) for role in Role},
    "staff without a role": Principal(1, 1, staff_id=1),
}
"""Who may come to a door; half-way is whoever still owes a second factor, the activation or the policy's acceptance."""


def doors() -> str:
    """Every door of the running router, the verbs it knows, the duty it asks for, and who carries that."""
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/new.sqlite")
        upgrade(engine)
        store = Store(engine, utc_now)
        with engine.begin() as connection:
            named = {"key": "name", "value": '"A school"', "recorded_at": store.clock()}
            connection.execute(SchoolSetting.__table__.insert(), named)
        portal = put_together(store, "k" * 64)
        settings = ServerSettings(port=80, origin="http://localhost", secret_key="k" * 64, demo=True)
        rules = declared_rules(PortalTornado(portal.gate, settings, portal.apps, portal.routes))
        portal.close()
        engine.dispose()
    rows = sorted((pattern(rule.pattern), rule) for rule in rules)
    lines = [
        "# Doors",
        "",
        "Printed from the running router by `docs/generate.py`: a handler without a declared duty keeps the server from starting.",
        "Whoever lacks the duty is led to signing in, or refused; a verb that is not named is 405 for everybody.",
        "Behind a door, a parent's children come from the access rule (`policy/access.py`), never from the address alone.",
        "`tests/doors/test_matrix.py` tries each with every verb as each of these people, as parents of other children, as parents who",
        "see none, and with the numbers of nobody; the applications behind `/app` and `/ws` also with tokens that we signed ourselves.",
        "",
        "| door | verbs | duty | " + " | ".join(WHO) + " |",
        "|---|---|---|" + "---|" * len(WHO),
    ]
    for door, rule in rows:
        verbs = " ".join(verb for verb in rule.handler.SUPPORTED_METHODS if verb not in ("HEAD", "OPTIONS"))
        opens = ["yes" if rule.duty in held_by(who) else "" for who in WHO.values()]
        lines.append(f"| `{door}` | {verbs} | {rule.duty} | " + " | ".join(opens) + " |")
    return "\n".join(lines) + "\n"


def pattern(regex: str) -> str:
    """An address as people write it: what varies in angle brackets."""
    spoken = {
        "otherwise": "any other address",
        "too large": "a request that is too large",
        r"(\d{1,9})": "<number>",
        "([a-z_]{1,40})": "<name>",
        ".*": "<file>",
    }
    for part, said in spoken.items():
        regex = regex.replace(part, said)
    return re.sub(r"\(([^)]*)\)", lambda one: one[1].replace("|", " or "), regex.removesuffix("$").replace("\\", ""))


TABLES = {"clauses.md": clauses, "doors.md": doors, "duties.md": duties, "settings.md": settings}

if __name__ == "__main__":
    for name, table in TABLES.items():
        (DOCS / name).write_text(table())
