"""The enums that are stored and hashed by value, and the words that come with them."""

import re
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum

import pytest

from portal_core.domain import clauses, people, records, school
from portal_core.domain.clauses import GROUNDS, Clause
from portal_core.domain.records import StaffContact

MODULES = (clauses, people, records, school)
DEFINED = [
    thing
    for module in MODULES
    for thing in vars(module).values()
    if getattr(thing, "__module__", "") == module.__name__
]


@pytest.mark.parametrize("enum", [thing for thing in DEFINED if isinstance(thing, type) and issubclass(thing, Enum)])
def test_no_value_is_used_twice(enum):
    """An alias would be read back from the store as something else."""
    assert len(enum.__members__) == len({member.value for member in enum})


@pytest.mark.parametrize("clause", Clause)
def test_a_clause_reads_as_in_the_policy_and_says_what_it_asks(clause):
    """The name in code is the id, and each has its line."""
    assert re.fullmatch(r"PURPOSE|[A-Z]+-\d", clause)
    assert clause.name == clause.replace("-", "_")
    assert clause.asks
    assert clause is Clause(str(clause))


def test_the_grounds_are_the_revoking_clauses_but_the_last():
    """REVOKE-5 is a duty towards those without access, no ground."""
    assert set(GROUNDS) == {clause for clause in Clause if clause.name.startswith("REVOKE")} - {Clause.REVOKE_5}


@pytest.mark.parametrize("kind", [thing for thing in DEFINED if is_dataclass(thing)])
def test_records_are_values(kind):
    """Frozen and slotted: nobody changes what a decision was made on, and no field is added in passing."""
    assert kind.__dataclass_params__.frozen
    assert {field.name for field in fields(kind)} == set(kind.__slots__)


@pytest.mark.parametrize(
    ("in_post", "left_on"),
    [
        pytest.param(True, None, id="still here"),
        pytest.param(True, date(2026, 3, 27), id="the last day"),
        pytest.param(False, date(2026, 3, 26), id="the day after"),
    ],
)
def test_staff_are_in_post_until_their_last_day(in_post, left_on):
    """That day included."""
    assert in_post == StaffContact("Ms Ferreday", left_on=left_on).in_post(date(2026, 3, 27))
