"""Text that is typed and not sent, on its way to the store: one thread, so that what was sent is dropped before it is asked for.

A form opts in with a hidden field (templates/draft.html) that names it. What it held when it was sent too late, to a login
that had run out meanwhile, is kept as well: that needs no script.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from portal_core.domain.people import Lapsed
from portal_core.domain.school import Moment

if TYPE_CHECKING:
    from dashboards.security.provider import Gate

T = TypeVar("T")
NAMES_FORM = "_draft"
FORM = re.compile(r"[a-z0-9][a-z0-9:/_-]{0,99}")


class Drafts:
    """A process's, over its gate."""

    def __init__(self, gate: "Gate") -> None:
        self._gate = gate
        self._thread = ThreadPoolExecutor(1, "drafts")

    async def keep(self, account: int, form: str, fields: Mapping[str, str], at: Moment) -> None:
        """The form as it stands. Raises BadInput for too much."""
        await self._in_turn(lambda: self._gate.keep_draft(account, form, fields, at))

    async def take(self, account: int, form: str, at: Moment) -> dict[str, str]:
        """What was kept, once."""
        return await self._in_turn(lambda: self._gate.take_draft(account, form, at))

    def sent(self, account: int, fields: Mapping[str, str]) -> None:
        """A form has done what it was sent for: what was kept of it goes."""
        if FORM.fullmatch(form := fields.get(NAMES_FORM, "")):
            self._thread.submit(self._gate.drop_draft, account, form)

    async def sent_too_late(self, lapsed: Lapsed, fields: Mapping[str, str], at: Moment) -> None:
        """A form came in with a login that time alone has ended: it is kept for the same account's next."""
        if lapsed.by_itself and FORM.fullmatch(form := fields.get(NAMES_FORM, "")):
            text = {name: value for name, value in fields.items() if not name.startswith("_")}
            await self.keep(lapsed.account_id, form, text, at)

    async def _in_turn(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Finish what was handed in."""
        self._thread.shutdown()
