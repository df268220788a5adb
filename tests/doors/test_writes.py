"""What a page is to be told leaves the server, even behind a task that has just ended."""

import asyncio

from bokeh.document import Document
from panel.io import document

from dashboards.writes import keep_what_waits


class Socket:
    """Keeps what is written to it."""

    def __init__(self):
        self._socket, self.written = self, []


def test_messages_that_came_in_behind_a_task_are_written(monkeypatch):
    keep_what_waits()
    monkeypatch.setitem(
        document.extra_socket_handlers, Socket, lambda connection, msg: connection.written.append(msg) or []
    )
    doc, connection = Document(), Socket()
    document._WRITE_MSGS[doc] = {connection: ["the last word"]}  # and no block: the task before has taken it away
    asyncio.run(document._dispatch_msgs(doc))
    assert connection.written == ["the last word"]
    assert doc not in document._WRITE_MSGS
    assert doc not in document._WRITE_BLOCK
