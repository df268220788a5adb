"""What all tests share: the clause marker, Hypothesis's profiles, a real PostgreSQL, a real browser."""

import os

import pytest
from hypothesis import HealthCheck, settings

from portal_core.domain.clauses import Clause

pytest_plugins = [
    "tests.fixtures_browser",
    "tests.fixtures_postgres",
    "tests.fixtures_store",
    "tests.fixtures_whole",
    "tests.fixtures_demo",
    "tests.fixtures_mail",
]

# The same cases on every machine in CI, so that a red run is repeated by running it again; elsewhere new ones each time.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a clause marker that names no clause; put the files that drive a browser last.

    Playwright's synchronous interface keeps an event loop running in the thread that uses it, and after that no test of
    this process could call asyncio.run.
    """
    for item in items:
        for marker in item.iter_markers("clause"):
            if not marker.args or not all(isinstance(clause, Clause) for clause in marker.args):
                raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.clause takes members of Clause")
    driven = {item.path for item in items if drives_browser(item)}
    items.sort(
        key=lambda item: (item.path in driven, str(item.path) if item.path in driven else "", drives_browser(item))
    )


def drives_browser(item: pytest.Item) -> bool:
    """Whether a test asks for the browser, itself or by a fixture."""
    return "chromium" in getattr(item, "fixturenames", ())
