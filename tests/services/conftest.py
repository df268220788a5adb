"""A school of ten families, and one that imports, each on each kind of database."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from portal_core.store.scope import Store
from tests.services.office import NOON, Office
from tests.services.people import School


@pytest.fixture
def at_work(engine: Engine) -> School:
    return School(engine)


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return Office(Store(engine, clock=lambda: NOON.instant), tmp_path)
