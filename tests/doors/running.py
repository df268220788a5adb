"""A portal's server in a thread on a free port, for any gate: the stand-in's or the real one."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from tornado.ioloop import IOLoop

from dashboards.security.provider import Gate, ServerSettings
from dashboards.server import App, Server, build
from tests.doors.wire import until


@dataclass(frozen=True)
class Running:
    """A server that answers, and the loop it runs on."""

    server: Server
    settings: ServerSettings
    loop: IOLoop

    @property
    def url(self) -> str:
        return self.settings.origin

    def on_loop(self, work: Callable[[], Any]) -> Any:
        """Run something where the server's own objects may be touched; its result, or its exception."""
        answer: Any = asyncio.run_coroutine_threadsafe(_as_coroutine(work), self.loop.asyncio_loop)  # type: ignore[attr-defined]
        return answer.result(timeout=10)

    def noted(self) -> None:
        """Wait until what people did so far is on record as use of their logins, at the time when they did it."""
        portal = self.server.portal
        until(lambda: not portal.seen and not portal.open, "what was done was not noted")
        portal.seen.add(0)  # nobody's: gone with the next round, which begins when this one has been written
        until(lambda: not portal.seen, "what was done was not noted")


async def _as_coroutine(work: Callable[[], Any]) -> Any:
    result = work()
    return await result if asyncio.iscoroutine(result) else result


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    gate: Gate, apps: Mapping[str, App], routes: Sequence[tuple[Any, ...]], **changed: Any
) -> Iterator[Running]:
    """Serve until the block ends; `changed` are fields of ServerSettings other than the demo's."""
    port = free_port()
    base = ServerSettings(port=port, origin=f"http://localhost:{port}", secret_key="k" * 64, demo=True)
    settings = replace(base, **changed)
    ready: threading.Event = threading.Event()
    held: dict[str, Any] = {}

    def run() -> None:
        async def main() -> None:
            try:
                held["loop"] = IOLoop.current()
                held["server"] = server = build(gate, settings, apps, routes)
                server.start()
                held["end"] = asyncio.Event()
            except BaseException as fault:
                held["fault"] = fault
                return
            finally:
                ready.set()
            await held["end"].wait()
            server.stop()
            await server._http.close_all_connections()

        asyncio.run(main())

    thread = threading.Thread(target=run, name="portal", daemon=True)
    thread.start()
    if not ready.wait(60):
        raise TimeoutError("the server did not start")
    if "fault" in held:
        raise held["fault"]
    try:
        yield Running(held["server"], settings, held["loop"])
    finally:
        held["loop"].add_callback(held["end"].set)
        thread.join(20)
