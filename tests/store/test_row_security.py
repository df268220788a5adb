"""Beneath the session: what PostgreSQL by itself shows to the role that a parent's page is read as."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from portal_core.domain.clauses import Clause
from tests.services.people import School

NEVER = ("password_hash FROM account", "username FROM account", "* FROM adult", "* FROM login", "* FROM activation_code",
         "* FROM audit_entry", "* FROM task", "* FROM staff_role", "* FROM draft")  # fmt: skip


@pytest.fixture(scope="module")
def at_school(migrated):
    return School(migrated("postgresql"))


@pytest.fixture
def as_parent(at_school):
    """A connection as that role, asking in the name of Zayn's father; no filter of ours stands before it."""
    now = at_school.store.moment()
    asked = {
        "adult": str(at_school.families.adults["one_child"]),
        "at": now.instant.isoformat(),
        "day": now.day.isoformat(),
    }
    with at_school.engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE portal_parent"))
        for key, value in {**asked, "of_age": "2008-03-12"}.items():
            say(connection, key, value)
        yield connection


def say(connection: Connection, key: str, value: str) -> None:
    connection.execute(text("SELECT set_config(:key, :value, true)"), {"key": f"portal.{key}", "value": value})


@pytest.mark.clause(Clause.SEC_3, Clause.USER_1)
def test_a_parents_role_finds_its_own_child_and_its_own_records(at_school, as_parent):
    """Nobody else's ties, acceptances or accounts, though the filter's own questions are asked of those tables."""
    own, child = at_school.families.adults["one_child"], at_school.families.pupils["Zayn"]
    assert as_parent.scalars(text("SELECT id FROM pupil")).all() == [child]
    for table in ("birth", "enrolment", "mark", "point"):
        assert set(as_parent.scalars(text(f"SELECT pupil_id FROM {table}"))) == {child}
    for table in ("connection", "acceptance", "account"):
        assert set(as_parent.scalars(text(f"SELECT adult_id FROM {table}"))) == {own}
    assert as_parent.scalars(text("SELECT id FROM restriction")).all() == []


def test_an_adult_whom_a_court_keeps_away_finds_no_child(at_school, as_parent):
    say(as_parent, "adult", str(at_school.families.adults["court_order"]))
    for table in ("pupil", "birth", "enrolment", "mark", "point", "lesson_mark", "mark_amendment"):
        assert as_parent.execute(text(f"SELECT * FROM {table}")).all() == []


def test_a_connection_that_names_nobody_finds_nobody(as_parent):
    """A question that forgot to say who asks."""
    say(as_parent, "adult", "")
    for table in ("pupil", "mark", "connection", "account"):
        assert as_parent.scalars(text(f"SELECT count(*) FROM {table}")).one() == 0


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("asked", NEVER)
def test_a_parents_role_may_not_look_there_at_all(as_parent, asked):
    with pytest.raises(ProgrammingError, match="permission denied"):
        as_parent.execute(text(f"SELECT {asked}"))


@pytest.mark.parametrize(
    "change",
    ["UPDATE pupil SET forename = 'Mine'", "DELETE FROM mark", "INSERT INTO category (name, kind) VALUES ('x', 'x')"],
)
def test_a_parents_role_changes_nothing(as_parent, change):
    with pytest.raises(ProgrammingError, match="permission denied"):
        as_parent.execute(text(change))
