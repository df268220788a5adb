"""Staff at their screens without a browser: the ten families, and a reader of the portal for each role."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboards.staff.acting import Reader
from tests.services.people import School


class Desks(School):
    """A school at work, with screens."""

    def reader(self, who: str) -> Reader:
        """Somebody at a page of theirs."""
        return Reader(self.store, self.by(who), "/staff/here", "https://portal.millbrook.example")

    async def around(self, who: str, read: Callable[..., Any], **given: Any) -> Any:
        """What a page would have read for them."""
        return await self.reader(who).ask(read, **given)


@pytest.fixture
def desks(migrated: Callable[[str], Engine]) -> Desks:
    return Desks(migrated("sqlite"))
