"""Every clause of the policy has a test that names it; read from the source, so that one file can be run alone."""

import ast

from portal_core.domain.clauses import Clause
from tests.house.tree import python_files


def marked_clauses(source: str) -> set[Clause]:
    """The clauses in every `clause(Clause.X, …)` of a file: a mark on a test, a module or a case."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    marks = (call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "clause")
    return {Clause[a.attr] for mark in marks for a in mark.args if isinstance(a, ast.Attribute)}


def test_every_clause_has_a_test():
    tested = set().union(*(marked_clauses(path.read_text(encoding="utf-8")) for path in python_files("tests")))
    assert sorted(set(Clause) - tested) == [], "no test bears its mark"


def test_a_mark_is_found_wherever_it_stands():
    """On a module, a test and a case, with one clause or several."""
    source = """
pytestmark = pytest.mark.clause(Clause.SEC_1)
@pytest.mark.clause(Clause.USER_1, Clause.PASS_1)
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.clause(Clause.SEC_4))])
def test_it(x): say(Clause.SEC_5)
"""
    assert marked_clauses(source) == {Clause.SEC_1, Clause.USER_1, Clause.PASS_1, Clause.SEC_4}
