"""What all tests share: the clause marker, Hypothesis's profiles, a real PostgreSQL, a real browser."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from passlib.context import CryptContext

from portal_core.domain.clauses import Clause
from portal_core.security import credentials

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


QUICK = CryptContext(schemes=["argon2"], argon2__memory_cost=64, argon2__time_cost=1, argon2__parallelism=1)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashes that take next to no time: a suite makes thousands. tests/security/test_credentials.py has the real ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "_CONTEXT", QUICK)
        patch.setattr(credentials, "_NOBODYS", QUICK.hash("nobody's"))
        yield


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
