"""How the portal is used: counted once each, withheld where few stand behind it, grounds for those who read them alone."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal_core.analysis import Source
from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import AccountState, Machine, Responsibility
from portal_core.errors import NotPermitted
from portal_core.store.accounts import Account, AccountStatus, Login, Stage
from portal_core.store.casework import Restriction
from portal_core.store.enquiries import Cause, Enquiry
from portal_core.store.intake import AccessRequest
from portal_core.store.people import Adult, Connection, Enrolment, Pupil
from portal_core.store.school import AuditEntry
from tests.services.people import School

KEY = b"k" * 32
RUNS_IT = Machine("jupyter", frozenset({Duty.SEE_USE}))
READS_GROUNDS = Machine("lead", frozenset({Duty.SEE_USE, Duty.READ_GROUNDS}))
SINCE = datetime(2026, 1, 12, 8, tzinfo=UTC)  # a Monday of term; the school's clock says the same in January


@pytest.fixture
def school(engine):
    return School(engine)


def figures(school, reader=RUNS_IT):
    return Source(school.store, reader, KEY).use()


def as_rows(frame):
    """Each group's figures; None is withheld."""
    return {
        group: tuple(None if pd.isna(value) else value for value in values)
        for group, *values in frame.itertuples(index=False)
    }


def adults_of(session, school, year, *states):
    """So many verified adults, each with a child of their own in a year group, and an account in that state."""
    made = []
    for number, state in enumerate(states):
        pupil = Pupil(mis_id=f"U-{year}-{number}", forename="Ada", surname="Use")
        adult = Adult(forename="Alan", surname=f"Use {year} {number}")
        session.add_all([pupil, adult])
        session.flush()
        session.add(
            Enrolment(pupil_id=pupil.id, begun_on=date(2025, 9, 1), year_group=year, form="X", recorded_at=SINCE)
        )
        tie(session, school, adult.id, pupil.id)
        made.append(account(session, adult.id, state) if state else None)
    return made


def tie(session, school, adult, pupil):
    session.add(
        Connection(
            adult_id=adult, pupil_id=pupil, relationship="parent", responsibility=Responsibility.YES, verified_at=SINCE,
            verified_by_id=school.families.staff["office"], begun_on=date(2025, 9, 1), recorded_at=SINCE,
        )
    )  # fmt: skip


def account(session, adult, state, used_after=timedelta(days=3)):
    """An account that was made at SINCE, and is as it is since `used_after`."""
    one = Account(adult_id=adult, username=f"use{adult}")
    session.add(one)
    session.flush()
    issued = AccountStatus(account_id=one.id, state=AccountState.ISSUED, recorded_at=SINCE)
    session.add(issued)
    if state is not AccountState.ISSUED:
        issued.superseded_at = SINCE + used_after
        session.flush()
        session.add(AccountStatus(account_id=one.id, state=state, recorded_at=SINCE + used_after))
    return one.id


ACTIVE, ISSUED, CLOSED = AccountState.ACTIVE, AccountState.ISSUED, AccountState.CLOSED


def test_adults_count_by_the_youngest_child_and_by_how_their_account_stands(school):
    with Session(school.engine) as session, session.begin():
        made = adults_of(session, school, 3, *[ACTIVE] * 6, *[ISSUED] * 5, *[None] * 4, CLOSED)
        adults_of(session, school, 4, *[ACTIVE] * 5)
        older = session.scalars(select(Enrolment.pupil_id).where(Enrolment.year_group == 4)).first()
        tie(session, school, session.get(Account, made[0]).adult_id, older)  # is counted in year 3 all the same
    shown = as_rows(figures(school).activation)
    assert shown["Year 3"] == (16, 6, 5, 5, 37.5)
    assert shown["Year 4"] == (5, 5, 0, 0, 100.0)


def test_a_year_group_with_a_few_of_a_kind_is_withheld_and_so_is_a_total_that_would_tell_them(school):
    with Session(school.engine) as session, session.begin():
        adults_of(session, school, 3, *[ACTIVE] * 9, *[ISSUED] * 2)
        adults_of(session, school, 4, *[ACTIVE] * 9, *[ISSUED] * 5)
    shown = as_rows(figures(school).activation)
    assert (shown["Year 3"], shown["Year 4"][:2]) == ((None,) * 5, (14, 9))
    assert shown["All"] == (None,) * 5  # of those withheld, in all year groups, less than five have not used it
    with Session(school.engine) as session, session.begin():
        adults_of(session, school, 5, *[ACTIVE] * 9, *[ISSUED] * 4, *[None] * 9)
    assert as_rows(figures(school).activation)["All"][0] is not None


def test_hours_are_the_schools_and_withheld_where_few_parents_signed_in(school):
    school.families.now = datetime(2026, 6, 15, 12, tzinfo=UTC)
    at = datetime(2026, 6, 12, 6, 30, tzinfo=UTC)  # half past seven at school
    with Session(school.engine) as session, session.begin():
        accounts = adults_of(session, school, 3, *[ACTIVE] * 6)
        for number, (one, when) in enumerate(
            [*((a, at) for a in accounts), *[(accounts[0], at + timedelta(hours=3))] * 8]
        ):
            session.add(
                Login(
                    token_hash=number.to_bytes(32, "big"), account_id=one, stage=Stage.COMPLETE, shared_device=False, begun_at=when,
                    seen_at=when, idle_until=when, expires_at=when,
                )
            )  # fmt: skip
    assert as_rows(figures(school).hours) == {"07:00 to 07:59": (5,), "10:00 to 10:59": (None,)}
    school.families.now += timedelta(weeks=5)
    assert as_rows(figures(school).hours) == {}


def test_waits_are_counted_in_days_of_the_school(school):
    with Session(school.engine) as session, session.begin():
        adults_of(session, school, 3, *[ACTIVE] * 6)  # used after three days
        adult = school.families.adults["one_child"]
        for number in range(13):
            took = timedelta(hours=1) if number < 6 else timedelta(days=9)
            session.add(
                AccessRequest(
                    made_at=SINCE, name="Alan Use", children="Ada", reach="01632 960 000", adult_id=adult, ended_at=SINCE + took,
                    ended_by_id=school.families.staff["office"],
                )
            )  # fmt: skip
    shown = as_rows(figures(school).waits)
    assert shown == {
        "the same day": (6, 0),
        "within a week": (0, 6),
        "within two weeks": (7, 0),
        "later": (0, 0),
        "All": (13, 6),
    }


@pytest.mark.clause(Clause.CONTACT_1)
def test_enquiries_are_told_apart_by_half_past_ten_on_a_school_day(school):
    saturday = SINCE - timedelta(days=2)
    asked = [
        *[(SINCE, Cause.MARK)] * 6,  # at eight
        *[(SINCE + timedelta(hours=2, minutes=29), Cause.MARK)] * 5,
        *[(SINCE + timedelta(hours=2, minutes=30), Cause.MARK)] * 7,
        *[(SINCE, Cause.FAULT)] * 8,
        *[(saturday, None)] * 9,
    ]
    with Session(school.engine) as session, session.begin():
        for at, cause in asked:
            answered = {"answered_at": at, "answered_by_id": school.families.staff["office"]} if cause else {}
            session.add(Enquiry(asker="Alan", asked_at=at, text="Why?", cause=cause, **answered))
    assert as_rows(figures(school).enquiries) == {
        "before 10:30 on a school day": (11, 8, 0),
        "later on a school day": (7, 0, 0),
        "on another day": (0, 0, 9),
    }


@pytest.mark.clause(Clause.SEC_3, Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
def test_grounds_are_for_those_who_read_them_and_withheld_where_few_are_concerned(school):
    assert figures(school).grounds is None
    few = as_rows(figures(school, READS_GROUNDS).grounds)
    assert set(few) == {"REVOKE-1", "REVOKE-2", "REVOKE-3", "REVOKE-4", "All"}
    assert {count for (count,) in few.values()} <= {None, 5}  # one or two on each
    with Session(school.engine) as session, session.begin():
        for number, one in enumerate(adults_of(session, school, 3, *[ACTIVE] * 15)):
            adult = session.get(Account, one).adult_id
            session.add(
                Restriction(
                    adult_id=adult, clause=Clause.REVOKE_3 if number < 8 else Clause.REVOKE_2, whole_account=True, begins_at=SINCE, evidence="file 1",
                    made_by_id=school.families.staff["lead"], recorded_at=SINCE,
                )
            )  # fmt: skip
    many = as_rows(figures(school, READS_GROUNDS).grounds)
    assert (many["REVOKE-3"], many["REVOKE-2"]) == ((9,), (None,))  # the eight stand in front of the few


@pytest.mark.clause(Clause.SEC_4)
def test_each_reading_is_on_record_and_no_other_duty_has_any(school):
    def entries():
        with Session(school.engine) as session:
            return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))

    before = len(entries())
    figures(school)
    [made] = entries()[before:]
    assert (made.verb, made.actor, "use" in made.detail) == (Verb.ANALYSED, "jupyter", True)
    for duty in set(Duty) - {Duty.SEE_USE}:
        with pytest.raises(NotPermitted):
            figures(school, Machine("other", frozenset({duty})))
    assert len(entries()) == before + 1
