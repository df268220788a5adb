"""The wire as an attacker holds it: any header, any token, any message."""

import http.client
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

LIMIT = 10  # seconds until a condition must hold


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str,
    path: str,
    method: str = "GET",
    *,
    cookie: str | None = None,
    origin: str | None = None,
    form: Mapping[str, Any] | bytes | None = None,
    **headers: str,
) -> Answer:
    """One request, exactly as said; underscores in a header's name stand for hyphens. `cookie` is the login's."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if cookie is not None:
        sent["Cookie"] = "; ".join(filter(None, [f"sid={cookie}", sent.get("Cookie")]))
    if origin is not None:
        sent["Origin"] = origin
    body = None
    if form is not None:
        body = form if isinstance(form, bytes) else urlencode(form, doseq=True).encode()
        sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LIMIT)
    try:
        connection.request(method, path, body=body, headers=sent)
        got = connection.getresponse()
        listed = got.getheaders()
        cookies = tuple(value for name, value in listed if name.lower() == "set-cookie")
        return Answer(got.status, {name.lower(): value for name, value in listed}, got.read(), cookies)
    finally:
        connection.close()


def form_token(url: str, **headers: str) -> tuple[str, str]:
    """The token of a form, and the cookie that it belongs to, as a visitor's browser would hold them."""
    page = ask(url, "/sign-in", **headers)
    [cookie] = [line.partition(";")[0] for line in page.cookies if "xsrf=" in line]
    [token] = re.findall(r'name="_xsrf" value="([^"]+)"', page.text.partition("<main")[2])
    return token, cookie


def join(url: str, app: str, cookie: str | None, child: Any = None, *, about: str = "", **changed: Any) -> Answer:
    """POST /<app>/app as portal-join.js sends it, but for what is changed; None leaves a header out."""
    sent: dict[str, Any] = {"origin": url, "X_Portal": "join"} | changed
    return ask(
        url,
        f"{app}/app",
        "POST",
        cookie=cookie,
        form=({} if child is None else {"child": child}) | ({"about": about} if about else {}),
        **{name: value for name, value in sent.items() if value is not None},
    )


def token_of(url: str, app: str, cookie: str, child: Any = None) -> str:
    answer = join(url, app, cookie, child)
    assert answer.status == 200, answer.text
    return str(answer.json["token"])


SAME = object()


@contextmanager
def socket(
    url: str,
    app: str,
    token: str,
    *,
    cookie: str | None,
    origin: Any = SAME,
    query: str = "",
    offered: Sequence[str] | None = None,
    **headers: str,
) -> Iterator["Page"]:
    """An open websocket that has been acknowledged; `offered` are the subprotocols if not Bokeh's. Raises Refused."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if cookie is not None:
        sent["Cookie"] = f"sid={cookie}"
    try:
        opened = connect(
            url.replace("http", "ws", 1) + app + "/ws" + query,
            subprotocols=offered or ["bokeh", token],  # type: ignore[arg-type]
            additional_headers=sent,
            origin=url if origin is SAME else origin,  # type: ignore[arg-type]
            proxy=None,
            open_timeout=LIMIT,
            close_timeout=LIMIT,
            max_size=None,
        )
    except InvalidStatus as refused:
        raise Refused(refused.response.status_code) from None
    with opened as wire:
        page = Page(wire)
        assert page.receive()[0]["msgtype"] == "ACK"
        yield page


class Refused(Exception):
    """The handshake was refused with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Page:
    """One open websocket, speaking Bokeh's protocol by hand."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self._id = 0

    def send(self, kind: str, content: Any) -> None:
        self._id += 1
        for part in ({"msgid": str(self._id), "msgtype": kind}, {}, content):
            self.wire.send(json.dumps(part))

    def receive(self) -> tuple[dict[str, Any], Any]:
        """The next message: its header and content; binary parts are passed over."""
        header, _, content = (json.loads(self.wire.recv(LIMIT)) for _ in range(3))
        for _ in range(2 * header.get("num_buffers", 0)):
            self.wire.recv(LIMIT)
        return header, content

    def answer(self, kind: str, content: Any) -> tuple[dict[str, Any], Any]:
        """Send, and wait for the reply to just that."""
        self.send(kind, content)
        while True:
            header, reply = self.receive()
            if header.get("reqid") == str(self._id):
                return header, reply

    def pull(self) -> "Document":
        return Document(self.answer("PULL-DOC-REQ", {})[1])

    def patch(self, *events: Any) -> tuple[dict[str, Any], Any]:
        return self.answer("PATCH-DOC", {"events": list(events)})

    def closed(self) -> int | None:
        """Wait until the server closes it; the code it gave."""
        try:
            while True:
                self.wire.recv(LIMIT)
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None


class Document:
    """What a pulled document holds, by model id."""

    def __init__(self, reply: Any) -> None:
        self.text = json.dumps(reply)
        self.models: dict[str, dict[str, Any]] = {}
        self._walk(reply)

    def _walk(self, value: Any) -> None:
        if isinstance(value, dict):
            if value.get("type") == "object" and "id" in value:
                self.models[value["id"]] = value
            for inner in value.values():
                self._walk(inner)
        elif isinstance(value, list):
            for inner in value:
                self._walk(inner)

    def find(self, kind: str, label: str | None = None) -> str:
        """The id of the one model whose type ends so and that a reader sees under this label."""
        [found] = [
            model["id"]
            for model in self.models.values()
            if model["name"].split(".")[-1] == kind
            and (label is None or label in map(model.get("attributes", {}).get, ("title", "label", "name")))
        ]
        return str(found)

    def shown(self, model: str) -> bool:
        """Whether a browser would draw it: neither it nor what it lies in is hidden."""
        hidden = (one for one in self.models.values() if one.get("attributes", {}).get("visible") is False)
        return all(model not in Document(one).models for one in hidden)


def changed(model: str, attr: str, new: Any) -> dict[str, Any]:
    return {"kind": "ModelChanged", "model": {"id": model}, "attr": attr, "new": new}


def clicked(model: str) -> dict[str, Any]:
    values = {"type": "map", "entries": [["model", {"id": model}]]}
    data = {"type": "event", "name": "button_click", "values": values}
    return {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": data}


READY = {
    "kind": "MessageSent",
    "msg_type": "bokeh_event",
    "msg_data": {"type": "event", "name": "document_ready", "values": {"type": "map"}},
}
"""What a browser sends once it has drawn the document; what is read for it begins then."""


def until(condition: Callable[[], bool], what: str, *, within: float = LIMIT) -> None:
    """Wait for a condition; fail if it does not come about in so many seconds."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)
