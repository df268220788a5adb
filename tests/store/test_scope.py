"""Sessions with a reader: what each duty finds, what is refused before it runs, and that a change goes with its audit or not at all."""

import pytest
from sqlalchemy import Select, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import aliased

from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import Machine
from portal_core.services.explaining import explain
from portal_core.store.casework import Investigation, Restriction
from portal_core.store.people import Adult, Connection, Enrolment, Pupil, Staff
from portal_core.store.registers import Mark, Point
from portal_core.store.scope import Unscoped
from tests.doors.test_causes import corrected
from tests.services.people import School

TABLES = {"pupils": Pupil, "adults": Adult, "connections": Connection, "enrolment": Enrolment, "marks": Mark, "points": Point,
          "restrictions": Restriction, "investigations": Investigation}  # fmt: skip
SEES = {
    "office": {"pupils", "adults", "connections", "enrolment", "marks", "points"},
    "lead": set(TABLES),
    "data_manager": {"pupils", "adults", "connections", "enrolment", "marks", "points"},
    "analyst": {"enrolment", "marks", "points"},
    "administrator": set(),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def school(request, migrated):
    return School(migrated(request.param))


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", SEES)
def test_staff_find_what_their_duties_open(school, who):
    """Whoever wrote the query: a table that is closed is empty."""
    reader, at = school.by(who), school.at()
    with school.store.reading_as(reader, at) as session:
        found = {name for name, table in TABLES.items() if session.scalars(select(table).limit(1)).first() is not None}
    assert found == SEES[who]


@pytest.mark.clause(Clause.SEC_3, Clause.USER_1)
@pytest.mark.parametrize(
    ("who", "children"),
    [("two_children", {"Amelia", "Noah"}), ("one_child", {"Zayn"}), ("court_order", set()), ("investigated", set()), ("left", set()),
     ("of_age", set()), ("unverified", set()), ("restricted_for_one", {"Daisy"}), ("grandmother", set())],
)  # fmt: skip
def test_parents_find_their_own_children_and_nothing_of_others(school, who, children):
    reader, at = school.by(who), school.at()
    with school.store.reading_as(reader, at) as session:
        assert set(session.scalars(select(Pupil.forename))) == children
        assert {school.families.pupils[name] for name in children} >= set(session.scalars(select(Mark.pupil_id)))
    for table in (Adult, Connection, Restriction, Investigation):
        assert nothing(school, reader, select(table))


def test_a_number_that_one_should_not_know_finds_nobody(school):
    """By key, by join, by alias and by update alike."""
    reader, other, again = school.by("one_child"), school.families.pupils["Amelia"], aliased(Pupil)
    with school.store.reading_as(reader, school.at()) as session:
        assert session.get(Pupil, other) is None
    assert nothing(school, reader, select(again).where(again.id == other))
    assert nothing(school, reader, select(Mark.code).join(Pupil, Pupil.id == Mark.pupil_id).where(Pupil.id == other))
    assert nothing(school, reader, update(Pupil).where(Pupil.id == other).values(forename="Mine"))


def nothing(school, reader, statement):
    """Whether a statement finds or changes nothing; on PostgreSQL a parent's role may not even look at some tables."""
    with school.store.reading_as(reader, school.at()) as session:
        try:
            found = session.execute(statement)
        except ProgrammingError as refused:
            return "permission denied" in str(refused)
        return found.all() == [] if isinstance(statement, Select) else found.rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [text("SELECT * FROM pupil"), select(Pupil.__table__), select(text("1"))],
    ids=["text", "core", "mixed"],
)
def test_a_statement_that_the_scope_cannot_reach_never_runs(school, statement):
    with school.store.reading_as(school.by("one_child"), school.at()) as session, pytest.raises(Unscoped):
        session.execute(statement)


def test_a_change_without_an_entry_is_a_fault_and_changes_nothing(school):
    before = school.rows()
    machine = Machine("test", frozenset({Duty.IMPORT}))
    with pytest.raises(Unscoped, match="without an audit entry"), school.store.writing_as(machine, school.at()) as work:
        work.add(Staff(surname="Nobody"))
    assert school.rows() == before


def test_leaving_with_an_error_changes_nothing(school):
    before = school.rows()
    machine = Machine("test", frozenset({Duty.IMPORT}))

    def stumble():
        with school.store.writing_as(machine, school.at()) as work:
            work.add(Staff(surname="Nobody"))
            work.audit(Verb.SET, staff=1)
            raise KeyError("stumbled")

    with pytest.raises(KeyError):
        stumble()
    assert school.rows() == before
    assert school.said() == []


@pytest.mark.clause(Clause.SEC_4)
def test_a_past_decision_is_replayed_from_what_was_known_then(school):
    """A correction afterwards changes what is decided now, and not what was decided then."""
    adult, pupil = school.families.adults["one_child"], school.families.pupils["Zayn"]
    then = school.at()
    asked = {"adult": adult, "pupil": pupil}
    assert school.does(explain, "lead", about=then, **asked).allowed
    corrected(
        school, Connection, Connection.adult_id == adult, responsibility="no", verified_at=None, verified_by_id=None
    )
    now = school.at()
    assert not school.does(explain, "lead", about=now, **asked).allowed
    assert school.does(explain, "lead", about=then, **asked).allowed
