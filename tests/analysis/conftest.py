"""One school on each kind of database, read by a machine that may analyse."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from portal_core.analysis import AttendanceFrames, Source
from portal_core.domain.clauses import Duty
from portal_core.domain.people import Machine
from tests.analysis.school import School, build_school
from tests.fixtures_store import DATABASES

KEY = b"k" * 32
JUPYTER = Machine("jupyter", frozenset({Duty.ANALYSE}))


@pytest.fixture(scope="module", params=DATABASES)
def school(request: pytest.FixtureRequest, migrated: Callable[[str], Engine]) -> School:
    """Year 10 has three pupils, the other year groups more."""
    return build_school(migrated(request.param))


@pytest.fixture(scope="module")
def frames(school: School) -> AttendanceFrames:
    return Source(school.store, JUPYTER, KEY).attendance()
