"""The tables: models and migrations agree, each step up keeps what is there, every truth about a row is enforced."""

from datetime import UTC, date, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal_core.domain.clauses import Clause, Verb
from portal_core.errors import OldSchema
from portal_core.store import (
    accounts,
    casework,
    enquiries,
    information,
    intake,
    jobs,
    people,
    recovery,
    registers,
    schema,
    school,
)
from portal_core.store.base import Base, open_engine
from tests.families import LONG_AGO, build_families

LATER = LONG_AGO + timedelta(1)
REVISIONS = [f"{number:04}" for number in range(1, 24)]

NOON = "'2026-03-12 12:00:00'"
RELEASED = (
    "staff (id, code, title, forename, surname, email, job_title, telephone) VALUES (1, 'S', '', 'A', 'B', '', '', '')",
    f"import_run (id, started_at, data_as_of, digest, report) VALUES (1, {NOON}, {NOON}, '', '{{}}')",
    "category (id, name, kind, meaning) VALUES (1, 'Corridor', 'behaviour', '')",
    "point (id, mis_id, pupil_id, at, kind, amount, category_id, in_lesson, subject, place, public_from, run_id)"
    f" VALUES (1, 'E1 P1', 1, {NOON}, 'behaviour', 1, 1, false, '', 'hall', {NOON}, 1)",
    "information_request (id, pupil_id, asker, reach, basis, came_on, due_on, taken_by_id, taken_at)"
    f" VALUES (1, 1, 'A', 'B', 'subject access', '2026-03-12', '2026-04-12', 1, {NOON})",
    f"released_item (request_id, point_id, released_by_id, released_at) VALUES (1, 1, 1, {NOON})",
)

ENTRIES = (
    (Verb.RESTRICTED, '{"adult":4,"pupils":[5,6],"restriction":1}'),
    (Verb.CLOSED_INVESTIGATION, '{"investigation":1,"outcomes":{"4":"reinstated","7":"restricted"}}'),
    (Verb.CLOSED_ACCOUNT, '{"account":9,"logins":2}'),
    (Verb.OPENED_TASK, '{"kind":"court-order flag in the records","subject":"adult:4 pupil:5"}'),
    (Verb.BEGAN_INTAKE, '{"adults":240,"intake":1}'),
)


def test_models_and_migrations_agree(engine):
    """What a model says is what a migrated database has; row-level security is no part of the models."""
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False}), Base.metadata)
    assert [difference for difference in found if difference[0] != "remove_index"] == []


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """An engine on a database without a table."""
    url = (
        f"sqlite:///{tmp_path / 'portal.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("fresh_postgres")()
    )
    engine = open_engine(url)
    yield engine
    engine.dispose()


def test_each_step_up_keeps_what_is_there(empty):
    """A row in each table as soon as there is one, then every step to the head."""
    for revision in REVISIONS:
        schema.upgrade(empty, revision)
        assert schema.found(empty) == revision
        if revision == "0001":
            with empty.begin() as connection:
                connection.execute(
                    text("INSERT INTO pupil (id, mis_id, forename, surname) VALUES (1, 'P1', 'Ana', 'Núñez')")
                )
                connection.execute(
                    text(
                        "INSERT INTO birth (id, pupil_id, born_on, recorded_at) VALUES (1, 1, '2014-02-01', '2025-09-01 08:00:00')"
                    )
                )
        if revision == "0010":  # an account as it was before its owner could choose a language
            with empty.begin() as connection:
                connection.execute(
                    text(
                        "INSERT INTO adult (id, mis_id, title, forename, surname, email, telephone, address, email_own)"
                        " VALUES (1, 'A1', '', 'Eva', 'Núñez', '', '', '', false)"
                    )
                )
                connection.execute(text("INSERT INTO account (id, adult_id, username) VALUES (1, 1, 'eva')"))
        if revision == "0012":  # a task that nobody could own yet
            with empty.begin() as connection:
                connection.execute(
                    text(
                        "INSERT INTO task (id, kind, subject, opened_at) VALUES (1, 'verify responsibility', 'adult:1', '2025-09-01 08:00:00')"
                    )
                )
        if revision == "0019":  # an item released before it was kept which words were read
            with empty.begin() as connection:
                for row in RELEASED:
                    connection.execute(text(f"INSERT INTO {row}"))
        if revision == "0022":  # entries of the audit before it was kept apart whom each is about
            with empty.begin() as connection:
                rows = [
                    {"id": number, "at": LONG_AGO, "actor": "staff:1", "verb": verb, "detail": detail, "digest": b""}
                    for number, (verb, detail) in enumerate(ENTRIES, 1)
                ]
                connection.execute(insert(school.AuditEntry), rows)
    with empty.connect() as connection:
        about = select(school.AuditAbout.entry_id, school.AuditAbout.kind, school.AuditAbout.subject_id)
        assert sorted(connection.execute(about).all()) == [
            *((1, "adult", 4), (1, "pupil", 5), (1, "pupil", 6)),
            *((2, "adult", 4), (2, "adult", 7)),
            (3, "account", 9),
            *((4, "adult", 4), (4, "pupil", 5)),
        ]
        assert connection.execute(select(information.ReleasedItem.read)).scalar_one() == ""  # so it is read again
        assert connection.execute(text("SELECT surname FROM pupil")).scalar_one() == "Núñez"
        assert connection.execute(select(accounts.Account.username, accounts.Account.language)).one() == ("eva", None)
        assert connection.execute(select(school.Task.subject, school.Task.owner_id)).one() == ("adult:1", None)
        assert connection.execute(select(people.Birth.born_on, people.Birth.recorded_at)).one() == (
            date(2014, 2, 1),
            datetime(2025, 9, 1, 8, tzinfo=UTC),
        )
    assert schema.found(empty) == schema.needed()


def test_an_older_and_an_empty_database_are_named(empty):
    with pytest.raises(OldSchema, match="at revision none"):
        schema.require_current(empty)
    schema.upgrade(empty, "0003")
    with pytest.raises(OldSchema, match=f"at revision 0003; this program needs {schema.needed()}"):
        schema.require_current(empty)


# --- a breach for each named truth about a row ---------------------------------------------------------------------------

DAY, BEFORE = date(2026, 3, 12), date(2026, 3, 11)
TWICE = {"recorded_at": LATER, "superseded_at": LONG_AGO}


def account(**given):
    return accounts.Account(username="x", **given)


def enquiry(**given):
    return enquiries.Enquiry(**({"account_id": 1, "asked_at": LONG_AGO, "text": "", "answer": ""} | given))


def wanted(**given):
    days = {"came_on": DAY, "due_on": DAY}
    told = {"pupil_id": 1, "asker": "", "reach": "", "basis": "subject access", "taken_by_id": 1, "taken_at": LONG_AGO}
    return information.InformationRequest(**(told | days | given))


def asked(**given):
    return intake.AccessRequest(**({"made_at": LONG_AGO, "name": "", "children": "", "reach": "", "text": ""} | given))


def restriction(**given):
    return casework.Restriction(
        **(
            {
                "adult_id": 1,
                "clause": Clause.REVOKE_1,
                "whole_account": True,
                "begins_at": LONG_AGO,
                "review_on": DAY,
                "evidence": "",
                "made_by_id": 1,
                "recorded_at": LONG_AGO,
            }
            | given
        )
    )


def connection_(**given):
    return people.Connection(
        **(
            {
                "adult_id": 1,
                "pupil_id": 1,
                "relationship": "",
                "responsibility": "yes",
                "begun_on": DAY,
                "recorded_at": LONG_AGO,
            }
            | given
        )
    )


def investigation(**given):
    return casework.Investigation(**({"reference": "", "opened_at": LONG_AGO, "opened_by_id": 1} | given))


def job(**given):
    times = {"made_at": LONG_AGO, "run_at": LONG_AGO, "expires_at": LATER}
    return jobs.Job(
        **(
            {"kind": "weekly digest", "adult_id": 1, "payload": "{}", "message_id": "a", "state": "waiting", **times}
            | given
        )
    )


BREACHES = {
    "birth_superseded_after_recorded": lambda: people.Birth(pupil_id=1, born_on=DAY, **TWICE),
    "enrolment_superseded_after_recorded": lambda: people.Enrolment(pupil_id=1, begun_on=DAY, year_group=7, form="", **TWICE),
    "enrolment_ends_after_it_begins": lambda: people.Enrolment(pupil_id=1, begun_on=DAY, ended_on=BEFORE, year_group=7, form="", recorded_at=LONG_AGO),
    "pupil_consent_superseded_after_recorded": lambda: people.PupilConsent(pupil_id=1, adult_id=1, begun_on=DAY, **TWICE),
    "pupil_consent_ends_after_it_begins": lambda: people.PupilConsent(pupil_id=1, adult_id=1, begun_on=DAY, ended_on=BEFORE, recorded_at=LONG_AGO),
    "connection_superseded_after_recorded": lambda: connection_(**TWICE),
    "connection_ends_after_it_begins": lambda: connection_(ended_on=BEFORE),
    "connection_a_verification_names_a_person": lambda: connection_(verified_at=LONG_AGO),
    "connection_only_a_yes_is_verified": lambda: connection_(responsibility="unknown", verified_at=LONG_AGO, verified_by_id=1),
    "staff_role_superseded_after_recorded": lambda: people.StaffRole(staff_id=1, role="office", **TWICE),
    "pastoral_charge_ends_after_it_begins": lambda: people.PastoralCharge(staff_id=1, year_group=7, begun_on=DAY, ended_on=BEFORE),
    "account_belongs_to_one_person": lambda: account(adult_id=1, staff_id=1),
    "account_status_superseded_after_recorded": lambda: accounts.AccountStatus(account_id=1, state="active", **TWICE),
    "enquiry_an_answer_names_a_person": lambda: enquiry(answered_at=LATER, cause="a mark"),
    "access_request_an_end_names_a_person": lambda: asked(ended_at=LATER),
    "access_request_a_denial_ends_it": lambda: asked(denial="not a real request"),
    "information_request_an_end_names_a_person": lambda: wanted(ended_at=LATER),
    "information_request_a_refusal_ends_it": lambda: wanted(refusal="no"),
    "information_request_is_due_after_it_came": lambda: wanted(due_on=BEFORE),
    "breach_an_answer_names_a_person": lambda: casework.Breach(
        adult_id=1, what="", entries="", recorded_at=LONG_AGO, recorded_by_id=1, answered_at=LATER
    ),
    "waiting_checks_an_end_names_a_person": lambda: intake.WaitingChecks(
        adult_id=1, identity="", evidence="", reference="", pupils="", made_at=LONG_AGO, made_by_id=1, ended_at=LATER
    ),
    "intake_adult_a_letter_is_of_an_account": lambda: intake.IntakeAdult(intake_id=1, adult_id=1, handed_at=LATER),
    "enquiry_is_from_somebody": lambda: enquiry(account_id=None),
    "enquiry_an_answer_names_a_cause": lambda: enquiry(answered_at=LATER, answered_by_id=1),
    "restriction_superseded_after_recorded": lambda: restriction(lifted_by_id=1, **TWICE),
    "restriction_ends_after_it_begins": lambda: restriction(ends_at=LONG_AGO),
    "restriction_is_on_a_ground": lambda: restriction(clause=Clause.USER_1),
    "restriction_a_question_has_a_review_date": lambda: restriction(review_on=None),
    "restriction_a_lifting_names_a_person": lambda: restriction(superseded_at=LATER),
    "restricted_pupil_superseded_after_recorded": lambda: casework.RestrictedPupil(restriction_id=1, pupil_id=1, covered=True, **TWICE),
    "investigation_closes_after_it_opens": lambda: investigation(closed_at=LONG_AGO, closed_by_id=2),
    "investigation_a_closing_names_a_person": lambda: investigation(closed_at=LATER),
    "investigation_a_second_person_releases": lambda: investigation(closed_at=LATER, closed_by_id=1),
    "school_setting_superseded_after_recorded": lambda: school.SchoolSetting(key="name", value="1", **TWICE),
    "job_a_final_state_has_its_time": lambda: job(done_at=LATER),
    "job_no_secret_outlives_its_job": lambda: job(state="sent", done_at=LATER, sealed=b"sealed"),
    "alert_choice_superseded_after_recorded": lambda: jobs.AlertChoice(adult_id=1, weekly=True, absence=False, **TWICE),
    "mail_stop_ends_after_it_begins": lambda: jobs.MailStop(address_hash=b"", adult_id=1, begun_at=LATER, ended_at=LONG_AGO),
    "email_change_no_address_outlives_its_change": lambda: recovery.EmailChange(
        account_id=1, address="a@b.example", new_hash=b"", made_at=LONG_AGO, expires_at=LATER, ended_at=LATER
    ),
    "term_ends_after_it_begins": lambda: school.TermDates(name="", begins=DAY, ends=BEFORE),
    "task_done_names_a_person": lambda: school.Task(kind="court-order flag in the records", subject="x", opened_at=LONG_AGO, done_at=LATER),
    "mark_half_is_am_or_pm": lambda: registers.Mark(pupil_id=1, day=DAY, half=2, code="/", public_from=LONG_AGO, run_id=1),
    "mark_minutes_late_not_negative": lambda: registers.Mark(pupil_id=1, day=DAY, half=1, code="L", minutes_late=-1, public_from=LONG_AGO, run_id=1),
}  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def peopled(request, migrated):
    engine = migrated(request.param)
    build_families(engine)
    return engine


@pytest.mark.parametrize("name", BREACHES)
def test_a_row_that_breaks_a_truth_is_refused_by_its_name(peopled, name):
    with Session(peopled) as session:
        session.add(BREACHES[name]())
        with pytest.raises(IntegrityError, match=f"ck_{name}"):
            session.flush()


def test_every_named_truth_has_its_breach():
    """A CHECK that nothing breaks may as well not be there."""
    named = {
        f"{table.name}_{str(check.name).split(f'ck_{table.name}_')[-1]}"
        for table in Base.metadata.sorted_tables
        for check in table.constraints
        if isinstance(check, CheckConstraint) and check.name
    }
    assert named == set(BREACHES)


def test_what_is_unique_now_may_have_been_otherwise_before(peopled):
    """Each fact has one row in force; superseded ones do not count."""
    uniques = {index.name for table in Base.metadata.sorted_tables for index in table.indexes if index.unique}
    assert {"uq_birth_current", "uq_connection_current", "uq_activation_code_live", "uq_task_open"} <= uniques
    with Session(peopled) as session:
        birth = session.scalars(select(people.Birth)).first()
        session.add(people.Birth(pupil_id=birth.pupil_id, born_on=DAY, recorded_at=LONG_AGO))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
        birth = session.scalars(select(people.Birth)).first()
        birth.superseded_at = LATER
        session.flush()
        session.add(people.Birth(pupil_id=birth.pupil_id, born_on=DAY, recorded_at=LATER))
        session.flush()
        session.rollback()


PLANS = {
    "a login by its cookie": ("SELECT id FROM login WHERE token_hash = {blob}", "login"),
    "an adult's connections": (
        "SELECT pupil_id FROM connection WHERE adult_id = 1",
        "ix_connection_adult_id_pupil_id",
    ),
    "a pupil's spells": ("SELECT begun_on FROM enrolment WHERE pupil_id = 1", "ix_enrolment_pupil_id"),
    "an adult's restrictions": ("SELECT id FROM restriction WHERE adult_id = 1", "ix_restriction_adult_id"),
    "a pupil's marks": ("SELECT code FROM mark WHERE pupil_id = 1 AND day > '2026-01-01'", "mark"),
    "a pupil's points": ("SELECT kind FROM point WHERE pupil_id = 1 ORDER BY at DESC LIMIT 8", "ix_point_pupil_id_at"),
}


@pytest.mark.parametrize("name", PLANS)
def test_what_the_parents_page_asks_is_found_by_an_index(peopled, name):
    """No table is read through, however many pupils there are."""
    statement, index = PLANS[name]
    with peopled.begin() as connection:
        if peopled.dialect.name == "sqlite":
            plan = " ".join(
                row[-1] for row in connection.execute(text("EXPLAIN QUERY PLAN " + statement.format(blob="x'00'")))
            )
            assert "SCAN" not in plan, plan
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = " ".join(connection.execute(text("EXPLAIN " + statement.format(blob=r"'\x00'"))).scalars())
            assert "Seq Scan" not in plan, plan
        assert index in plan


def test_marks_are_counted_from_the_index_alone(peopled):
    """The key carries code and publication: on PostgreSQL an index-only scan, on SQLite the table is the key."""
    with peopled.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        statement = "SELECT code, public_from FROM mark WHERE pupil_id = 1 AND day > '2026-01-01'"
        if peopled.dialect.name == "sqlite":
            [made] = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'mark'")).scalars()
            assert "WITHOUT ROWID" in made
        else:
            connection.execute(text("VACUUM (ANALYZE) mark"))
            connection.execute(text("SET enable_seqscan = off"))
            connection.execute(text("SET enable_bitmapscan = off"))
            assert "Index Only Scan" in " ".join(connection.execute(text(f"EXPLAIN {statement}")).scalars())
            connection.execute(text("RESET ALL"))


def test_there_is_no_table_that_no_model_knows(peopled):
    assert set(inspect(peopled).get_table_names()) - {"alembic_version"} == set(Base.metadata.tables)
