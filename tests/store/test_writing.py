"""One transaction with its audit, or nothing; and what decides keeps its history, whatever a verb tries."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import Machine
from portal_core.errors import NotFound
from portal_core.store.accounts import Acceptance, AccountStatus, PolicyVersion
from portal_core.store.base import Base, Recorded
from portal_core.store.casework import Investigation, PartyOutcome, Restriction
from portal_core.store.people import Adult, Birth, Connection, Enrolment, Staff
from portal_core.store.school import AuditEntry, SchoolSetting
from portal_core.store.scope import ENDINGS, Unscoped
from tests.services.people import School

MACHINE = Machine("test", frozenset({Duty.IMPORT}))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def at_school(request, migrated):
    return School(migrated(request.param))


@pytest.fixture
def unchanged(at_school):
    """Whatever the test tries, nothing of it may be there afterwards."""
    before = at_school.rows()
    yield at_school
    assert at_school.rows() == before


def told(at_school, change):
    """A change, with an entry that tells of it."""
    with at_school.store.writing_as(MACHINE, at_school.at()) as work:
        work.audit(Verb.SET, what="history")
        return change(work)


def test_a_change_without_an_entry_is_a_fault(unchanged):
    with (
        pytest.raises(Unscoped, match="without an audit entry"),
        unchanged.store.writing_as(MACHINE, unchanged.at()) as work,
    ):
        work.add(Staff(surname="Nobody"))


def stumble(at_school):
    with at_school.store.writing_as(MACHINE, at_school.at()) as work:
        work.add(Staff(surname="Nobody"))
        work.audit(Verb.SET, staff=1)
        raise KeyError("stumbled")


def test_leaving_with_an_error_changes_and_says_nothing(unchanged):
    with pytest.raises(KeyError):
        stumble(unchanged)


def no_json(at_school):
    with at_school.store.writing_as(MACHINE, at_school.at()) as work:
        work.add(Staff(surname="Nobody"))
        work.audit(Verb.SET, what=object())


@pytest.mark.clause(Clause.SEC_4)
def test_an_entry_that_cannot_be_written_undoes_the_change(unchanged):
    """Its value has no spelling; then its table is away."""
    with pytest.raises(TypeError):
        no_json(unchanged)
    with unchanged.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME TO elsewhere"))
    with pytest.raises(Exception, match="audit_entry"):
        told(unchanged, lambda work: work.add(Staff(surname="Nobody")))
    with unchanged.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO audit_entry"))


def test_entries_stand_in_the_order_in_which_they_were_noted_and_bear_one_instant(at_school):
    at = at_school.at()
    with at_school.store.writing_as(MACHINE, at) as work:
        work.audit(Verb.SET, what="first")
        work.audit(Verb.SET, pupil=3, what="second")
    with at_school.engine.connect() as connection:
        rows = connection.execute(select(AuditEntry.__table__).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert [(row.at, row.actor, row.pupil_id, row.detail) for row in reversed(rows)] == [
        (at.instant, "test", None, '{"what":"first"}'),
        (at.instant, "test", 3, '{"what":"second"}'),
    ]


def test_a_row_that_is_not_there_is_not_found(unchanged):
    with unchanged.store.writing_as(MACHINE, unchanged.at()) as work:
        for look in (work.get, work.hold):
            with pytest.raises(NotFound, match="not there any more"):
                look(Adult, 99_999)


# --- what past decisions are replayed from -------------------------------------------------------------------------------

OVERWRITINGS = {
    "a responsibility": (Connection, {"responsibility": "no"}),
    "a verification": (Connection, {"verified_at": None, "verified_by_id": None}),
    "a court flag": (Connection, {"court_flag": True}),
    "a spell": (Enrolment, {"ended_on": None, "year_group": 8}),
    "a date of birth": (Birth, {"born_on": None}),
    "an account's standing": (AccountStatus, {"state": "closed"}),
    "a setting": (SchoolSetting, {"value": "19"}),
    "a ground": (Restriction, {"clause": Clause.REVOKE_3}),
    "when a ground began": (Restriction, {"begins_at": None}),
    "when it was known": (Restriction, {"recorded_at": None}),
    "when an investigation was opened": (Investigation, {"opened_at": None}),
    "an acceptance": (Acceptance, {"accepted_at": None}),
    "a policy": (PolicyVersion, {"must_accept": False}),
}


@pytest.mark.clause(Clause.SEC_4)
@pytest.mark.parametrize("name", OVERWRITINGS)
def test_what_decides_is_never_changed_in_place(unchanged, name):
    """Not by its row, by a statement over many, nor by taking it out."""
    table, values = OVERWRITINGS[name]

    def change(session):
        row = session.scalars(select(table)).first()
        for key, value in values.items():
            setattr(row, key, value)
        session.flush()

    def take_out(session):
        session.delete(session.scalars(select(table)).first())
        session.flush()

    for tried in (
        change,
        take_out,
        lambda session: session.execute(update(table).values(values)),
        lambda session: session.execute(delete(table)),
    ):
        with pytest.raises(Unscoped, match="history"):
            told(unchanged, lambda work, tried=tried: tried(work.session))


def test_an_end_is_put_once(at_school):
    """A restriction lifted, then lifted anew later: the first end stays."""
    at, again = at_school.at(), at_school.at()

    def lift(at):
        with at_school.store.writing_as(MACHINE, at) as work:
            row = work.session.scalars(select(Restriction).order_by(Restriction.id)).first()
            row.superseded_at, row.lifted_by_id = at.instant, at_school.families.staff["lead"]
            work.audit(Verb.LIFTED_RESTRICTION, restriction=row.id)

    lift(at)
    with pytest.raises(Unscoped, match="Restriction has its history"):
        lift(again)
    with at_school.engine.connect() as connection:
        [ended] = connection.scalars(select(Restriction.superseded_at).where(Restriction.superseded_at.is_not(None)))
    assert ended == at.instant


def test_the_audit_is_not_changed_through_a_session(at_school):
    """Not even by whoever may do everything else: there is no verb for it."""
    with at_school.store.writing_as(MACHINE, at_school.at()) as work:
        work.audit(Verb.SET, what="there")
    for statement in (update(AuditEntry).values(actor="nobody"), delete(AuditEntry)):
        with pytest.raises(Unscoped), at_school.store.writing_as(MACHINE, at_school.at()) as work:
            work.session.execute(statement)
    with pytest.raises(Unscoped), at_school.store.writing_as(MACHINE, at_school.at()) as work:
        work.session.scalars(select(AuditEntry)).first().detail = "{}"


def test_every_table_that_a_decision_rests_on_has_its_history():
    """The rule's facts come from these; one added to them must keep its history too."""
    facts = {
        "connection", "enrolment", "birth", "pupil_consent", "account_status", "acceptance", "policy_version", "restriction",
        "restricted_pupil", "investigation", "staff_role", "school_setting",
    }  # fmt: skip
    kept = {t.__tablename__ for t in (m.class_ for m in Base.registry.mappers) if issubclass(t, tuple(ENDINGS))}
    assert facts <= kept
    assert {PartyOutcome, AuditEntry, Recorded} <= set(ENDINGS)


def test_two_records_of_one_fact_never_stand_at_once(unchanged):
    """On either database the second is refused; on PostgreSQL, where another may have been first, as something to look at again."""
    with unchanged.engine.connect() as connection:
        pupil = connection.scalar(select(Birth.pupil_id).limit(1))
    again = Birth(
        pupil_id=pupil, born_on=unchanged.store.moment().day - timedelta(4000), recorded_at=unchanged.store.clock()
    )
    with pytest.raises(Exception, match=r"birth\.pupil_id|at the same moment"):
        told(unchanged, lambda work: work.add(again))
