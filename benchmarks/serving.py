"""The process that the benchmarks measure: the whole portal on one port, on another what it is compared with."""

import asyncio
import json
import logging
import sqlite3
import sys
import time
from datetime import time as clock
from typing import Any
from unittest.mock import patch

import panel
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from dashboards.portal import put_together
from dashboards.security.headers import ALWAYS, UNLESS_SET
from dashboards.security.provider import ServerSettings
from dashboards.server import build
from portal_core.store.base import open_engine
from portal_core.store.scope import Store
from tests.doors.running import free_port
from tests.families import TODAY, instant

KEPT: dict[str, Any] = {"headers": {}, "page": b""}
SECRET = "k" * 64


class Plain(RequestHandler):
    """Sends what it was given: an answer as it came off the wire, head and body."""

    def post(self) -> None:
        head, _, KEPT["page"] = self.request.body.partition(b"\r\n\r\n")
        lines = (line.split(": ", 1) for line in head.decode().splitlines()[1:])
        KEPT["headers"] = {name: value for name, value in lines if name not in ("Date", "Content-Length", "Connection")}

    def get(self) -> None:
        for name, value in KEPT["headers"].items():
            self.set_header(name, value)
        self.finish(KEPT["page"])

    def compute_etag(self) -> None:
        """None, as the page's."""


class Line(RequestHandler):
    """A page of one line, which a browser paints as fast as it can paint any that keeps itself apart as ours do."""

    def get(self) -> None:
        for name, value in {**ALWAYS, **UNLESS_SET}.items():
            self.set_header(name, value)
        self.finish("<!doctype html><html lang=en><title>One line</title><p>One line of text.</p></html>")


class Cpu(RequestHandler):
    """The seconds of CPU that this process has used."""

    def get(self) -> None:
        self.finish(json.dumps(time.process_time()))


class Statements(RequestHandler):
    """How many statements the road ran since the last call; counting ends with each second one."""

    seen: list[str] | None = None

    def get(self) -> None:
        kind = type(self)
        self.finish(json.dumps(len(kind.seen or ())))
        kind.seen = [] if kind.seen is None else None
        KEPT["road"].set_trace_callback(kind.seen.append if kind.seen is not None else None)


async def serve(folder: str) -> None:
    """Until the process is ended."""
    engine = open_engine(f"sqlite:///{folder}/portal.db")
    now = instant(TODAY, clock(11))
    connect = sqlite3.connect

    def kept(*given: Any, **named: Any) -> sqlite3.Connection:
        KEPT["road"] = connect(*given, **named)
        return KEPT["road"]

    with patch("sqlite3.connect", kept):
        portal = put_together(Store(engine, clock=lambda: now), SECRET)
    ports = {name: free_port() for name in ("page", "plain")}
    settings = ServerSettings(
        port=ports["page"], origin=f"http://localhost:{ports['page']}", secret_key=SECRET, demo=True
    )
    build(portal.gate, settings, portal.apps, portal.routes).start()
    beside = [("/plain", Plain), ("/line", Line), ("/cpu", Cpu), ("/statements", Statements)]
    HTTPServer(Application(beside)).add_sockets(bind_sockets(ports["plain"], "127.0.0.1"))
    ports["panel"] = free_port()
    panel.io.server.get_server(panel.Column, port=ports["panel"], address="127.0.0.1", start=False).start()
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.disable()
    asyncio.run(serve(sys.argv[1]))
