"""Sessions with a reader: what each duty finds, and what is refused before it runs."""

import pytest
from sqlalchemy import delete, insert, literal_column, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import aliased

from portal_core.domain.clauses import Clause, Role
from portal_core.domain.people import Principal
from portal_core.policy.duties import duties
from portal_core.store import people, registers
from portal_core.store.people import Adult, Pupil, Staff
from portal_core.store.readers import BY_DUTY, TO_EVERYONE, every_table
from portal_core.store.registers import Mark, Point
from portal_core.store.scope import Unscoped
from tests.services.people import School

PEOPLE = {"pupil", "birth", "adult", "connection", "enrolment", "mark", "point", "staff", "staff_role"}
GROUNDS = {"restriction", "restricted_pupil", "investigation", "investigated_pupil"}
SEES = {
    "office": PEOPLE,
    "lead": PEOPLE | GROUNDS,
    "data_manager": PEOPLE,
    "analyst": {"enrolment", "mark", "point"},
    "administrator": {"staff", "staff_role"},
    "one_child": {"pupil", "birth", "enrolment", "mark", "point"},
    "two_children": {"pupil", "birth", "enrolment", "mark", "point"},
    "court_order": set(),
    "investigated": set(),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def at_school(request, migrated):
    return School(migrated(request.param))


def found(at_school, reader, statement):
    """What a statement finds; on PostgreSQL a parent's role may not even look at some tables."""
    with at_school.store.reading_as(reader, at_school.at()) as session:
        try:
            return session.execute(statement).all()
        except ProgrammingError as refused:
            if "permission denied" not in str(refused):
                raise
            return []


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", SEES)
def test_each_reader_finds_the_tables_that_are_theirs_and_the_schools_own(at_school, who):
    """Whoever wrote the query: every other table is empty, those of accounts, of the audit and of tasks for everyone."""
    reader = at_school.by(who)
    tables = {table.__tablename__ for table in every_table() if found(at_school, reader, select(table).limit(1))}
    own = {table.__tablename__ for table in TO_EVERYONE}
    assert tables - own == SEES[who]
    assert len(tables & own) == len(own)


@pytest.mark.clause(Clause.SEC_3)
def test_a_table_is_opened_once_and_by_a_duty_of_staff():
    """What nobody thought of is closed: accounts, logins, the audit."""
    assert not TO_EVERYONE & set(BY_DUTY)
    carried = duties(Principal(1, 1, staff_id=1, roles=frozenset(Role)))
    assert all(opening and opening <= carried for opening in BY_DUTY.values())
    closed = {table.__tablename__ for table in every_table() if table not in TO_EVERYONE and table not in BY_DUTY}
    assert {"account", "login", "activation_code", "audit_entry", "task", "job"} <= closed


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("complete", [True, False])
def test_before_the_sign_in_is_complete_nothing_of_a_person_is_found(at_school, complete):
    """A parent and a lead between password and second factor, and the same people a step later."""
    for who in ("one_child", "lead"):
        known = at_school.by(who)
        reader = Principal(
            known.login_id, known.account_id, known.adult_id, known.staff_id, known.roles, complete=complete
        )
        assert bool(found(at_school, reader, select(Pupil.id))) is complete


@pytest.mark.clause(Clause.SEC_3, Clause.USER_1)
@pytest.mark.parametrize(
    ("who", "children"),
    [("two_children", {"Amelia", "Noah"}), ("one_child", {"Zayn"}), ("court_order", set()), ("breach", set()), ("investigated", set()),
     ("investigated_too", set()), ("unactivated", set()), ("left", set()), ("new", {"Erin"}), ("of_age", set()), ("unverified", set()),
     ("unaccepted", set()), ("sees_both", {"Toby", "Daisy"}), ("restricted_for_one", {"Daisy"}), ("grandmother", set())],
)  # fmt: skip
def test_parents_find_their_own_children_and_what_is_published_of_them(at_school, who, children):
    reader = Principal(1, 1, adult_id=at_school.families.adults[who])  # unactivated or not, as if they were signed in
    ids = {at_school.families.pupils[name] for name in children}
    assert {row[0] for row in found(at_school, reader, select(Pupil.forename))} == children
    for table in (registers.Mark, registers.Point, people.Birth, people.Enrolment):
        assert {row[0] for row in found(at_school, reader, select(table.pupil_id))} <= ids


@pytest.mark.clause(Clause.CONTACT_2)
def test_what_is_not_published_yet_is_not_found(at_school):
    """A point given at twenty past ten, an hour's delay, asked at eleven and half past."""
    reader, now = at_school.by("two_children"), at_school.families.now
    given = select(Point.id).where(Point.mis_id == "Amelia-0")
    at_school.families.at("11:19")
    assert found(at_school, reader, given) == []
    at_school.families.at("11:20")
    assert len(found(at_school, reader, given)) == 1
    at_school.families.now = now


OTHER = aliased(Pupil)
ROUNDABOUT = {
    "by number": lambda n: select(Pupil).where(Pupil.id == n),
    "by alias": lambda n: select(OTHER).where(OTHER.id == n),
    "by join": lambda n: select(Mark.code).join(Pupil, Pupil.id == Mark.pupil_id).where(Pupil.id == n),
    "by a mark": lambda n: select(Mark.code).where(Mark.pupil_id == n),
    "by a question within": lambda n: select(Mark.code).where(Mark.pupil_id.in_(select(Pupil.id).where(Pupil.id == n))),
    "by a union": lambda n: select(Mark.code).where(Mark.pupil_id == n).union_all(select(Pupil.surname)),
    "by counting": lambda n: select(literal_column("1")).select_from(Pupil).where(Pupil.id == n),
    "by an entity and a column": lambda n: select(Pupil, Pupil.upn).where(Pupil.id == n),
}


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("road", ROUNDABOUT)
def test_a_number_that_one_should_not_know_finds_nobody(at_school, road):
    """The same statement finds the child for a parent of theirs."""
    child = at_school.families.pupils["Amelia"]
    own = {"Malik"} if road == "by a union" else set()  # the half that asks for no number finds the reader's own
    assert {row[0] for row in found(at_school, at_school.by("one_child"), ROUNDABOUT[road](child))} == own
    assert found(at_school, at_school.by("two_children"), ROUNDABOUT[road](child))


@pytest.mark.parametrize("who", ["one_child", "lead", "analyst"])
def test_a_session_keeps_no_row_for_the_next_reader(at_school, who):
    """What another session found, and what was refused before, is asked again: by key the filter holds as well."""
    child = at_school.families.pupils["Amelia"]
    with at_school.store.reading_as(at_school.by("two_children"), at_school.at()) as session:
        kept = session.get(Pupil, child)
        assert kept is session.get(Pupil, child)
    with at_school.store.reading_as(at_school.by(who), at_school.at()) as session:
        assert (session.get(Pupil, child) is not None) is (who == "lead")
        assert (session.scalar(select(Pupil).where(Pupil.id == child)) is not None) is (who == "lead")


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", ["one_child", "office", "lead", "administrator"])
@pytest.mark.parametrize(
    "statement",
    [
        text("SELECT * FROM pupil"),
        select(Pupil.__table__),
        select(text("1")),
        update(Pupil).values(forename="Mine"),
        delete(Mark),
        insert(Staff).values(surname="Nobody"),
        update(Pupil.__table__).values(forename="Mine"),
    ],
    ids=["text", "core", "mixed", "update", "delete", "insert", "core update"],
)
def test_a_reader_runs_nothing_that_the_scope_cannot_reach_or_that_changes(at_school, who, statement):
    with at_school.store.reading_as(at_school.by(who), at_school.at()) as session, pytest.raises(Unscoped):
        session.execute(statement)


def test_a_session_that_reads_takes_no_new_row_and_no_changed_one(at_school):
    """There is no audit behind it."""
    before = at_school.rows()
    reader = at_school.by("lead")
    with at_school.store.reading_as(reader, at_school.at()) as session:
        session.add(Staff(surname="Nobody"))
        with pytest.raises(Unscoped, match="changes nothing"):
            session.commit()
    with at_school.store.reading_as(reader, at_school.at()) as session:
        session.scalars(select(Adult)).first().surname = "Other"
        with pytest.raises(Unscoped, match="changes nothing"):
            session.flush()
    assert at_school.rows() == before
