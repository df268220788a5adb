"""The watch over all open sockets of this process: who may stay is asked once a second, and before each message is handled."""

import asyncio
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from logging import getLogger
from typing import TYPE_CHECKING

from tornado.ioloop import PeriodicCallback

from dashboards.security.sockets import NO_LONGER_ALLOWED, TRY_AGAIN
from portal_core.domain.people import Standing

if TYPE_CHECKING:
    from dashboards.server import PortalTornado

log = getLogger(__name__)


class Watcher:
    """Once a second asks which open sockets of this process may stay, in one statement, and closes the others.

    If it cannot be asked, or does not answer within `patience` seconds, all are closed.
    """

    def __init__(self, application: "PortalTornado", *, patience: float = 5.0) -> None:
        self._application = application
        self._patience = patience
        self._threads = ThreadPoolExecutor(4, "doors")  # its own, so that no other work keeps it waiting
        self._every = PeriodicCallback(self.look, application.portal.watch_seconds * 1000)

    def start(self) -> None:
        """Begin, on the server's loop."""
        self._every.start()

    def stop(self) -> None:
        """End."""
        self._every.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def look(self) -> None:
        """One round: note who did something and whose tabs are open, close who may not stay."""
        await self._note_activity()
        open_now = list(self._application.sockets)
        if not open_now:
            return
        try:
            allowed = await self._ask({socket.standing for socket in open_now})
        except Exception:
            log.exception("no answer about who may stay: all %d sockets are closed", len(open_now))
            for socket in open_now:
                socket.bar(TRY_AGAIN)
            return
        for socket in open_now:
            if socket.standing not in allowed:
                log.info("%s: closed, no longer allowed", socket.app)
                socket.bar(NO_LONGER_ALLOWED)

    async def closes(self, standing: Standing) -> int | None:
        """With which code a socket has to close now; None if it may stay. Not to be asked is no answer, and closes too."""
        try:
            return None if standing in await self._ask([standing]) else NO_LONGER_ALLOWED
        except Exception:
            log.exception("no answer about who may stay")
            return TRY_AGAIN

    async def _ask(self, asked: Collection[Standing]) -> set[Standing]:
        gate = self._application.gate
        answer = asyncio.get_running_loop().run_in_executor(self._threads, gate.standing, asked, gate.now())
        return await asyncio.wait_for(answer, self._patience)

    async def _note_activity(self) -> None:
        gate, loop = self._application.gate, asyncio.get_running_loop()
        for noted, note in ((self._application.seen, gate.seen), (self._application.open, gate.open)):
            if not noted:
                continue
            logins, at = frozenset(noted), gate.now()
            noted.clear()
            try:
                await asyncio.wait_for(loop.run_in_executor(self._threads, note, logins, at), self._patience)
            except Exception:  # a login then ends earlier than it need, which is the safe side
                log.exception("activity could not be noted")
