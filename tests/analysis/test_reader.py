"""What a session finds for an analyst: marks and year groups, and nobody whose they are."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal_core.domain.clauses import Clause
from portal_core.store.casework import InvestigatedPupil, Investigation, Restriction
from portal_core.store.people import Adult, Birth, Connection, Enrolment, Pupil, PupilConsent
from portal_core.store.registers import Mark
from tests.analysis.conftest import JUPYTER


@pytest.mark.clause(Clause.SEC_3)
def test_an_analyst_finds_marks_and_year_groups_without_a_name(school):
    store = school.store
    with store.reading_as(JUPYTER, store.moment()) as session:
        for table in (Pupil, Birth, Adult, Connection, PupilConsent, Restriction, Investigation, InvestigatedPupil):
            assert session.scalars(select(table)).all() == [], table
        assert len(set(session.scalars(select(Mark.pupil_id)))) == len(school.pupils)
        assert set(session.scalars(select(Enrolment.pupil_id))) == set(school.pupils)
        joined = select(Enrolment.year_group, Pupil.surname).join(Pupil, Pupil.id == Enrolment.pupil_id)
        assert session.execute(joined).all() == []
    with Session(store.engine) as session:  # they are there
        assert len(session.scalars(select(Pupil)).all()) == len(school.pupils)
        assert session.scalars(select(Adult)).first() is not None
