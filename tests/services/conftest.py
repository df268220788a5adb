"""A school of ten families, on each kind of database."""

import pytest
from sqlalchemy import Engine

from tests.services.people import School


@pytest.fixture
def at_work(engine: Engine) -> School:
    return School(engine)
