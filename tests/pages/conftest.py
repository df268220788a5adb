"""One server for a module, on an embedded database; each test is a new visitor."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from sqlalchemy import Engine

from tests.pages.site import Site, Visitor, site

ADDRESSES = count(1)


@pytest.fixture(scope="module")
def portal(migrated: Callable[[str], Engine]) -> Iterator[Site]:
    """The demo's manners: plain HTTP on loopback."""
    with site(migrated("sqlite"), proxy=True) as running:
        yield running


@pytest.fixture(scope="module")
def strict(migrated: Callable[[str], Engine]) -> Iterator[Site]:
    """A school's: behind a proxy that ends TLS."""
    with site(migrated("sqlite"), demo=False, proxy=True, origin="https://localhost") as running:
        yield running


@pytest.fixture
def visitor(portal: Site) -> Visitor:
    """Somebody from an address of their own, so that no test slows another down."""
    number = next(ADDRESSES)
    return portal.visitor(X_Forwarded_For=f"198.51.{number // 200}.{number % 200 + 1}")


@pytest.fixture
def stranger(strict: Site) -> Visitor:
    """The same at a school's server."""
    number = next(ADDRESSES)
    return strict.visitor(
        X_Forwarded_For=f"198.51.{number // 200}.{number % 200 + 1}", X_Forwarded_Proto="https", Host="localhost"
    )
