"""A real SMTP server on loopback, one for a test."""

import asyncio
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.doors.running import free_port


class PostOffice:
    """A real server; what it took, and what it is told to do at each step."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], bytes]] = []
        self.at_recipient: Callable[[str], str | None] = lambda address: None
        self.at_data: Callable[[], str | None] = lambda: None
        self.closes_after_data = False
        self.port = free_port()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await asyncio.to_thread(self.at_recipient, address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await asyncio.to_thread(self.at_data)
        if answer is None:
            self.taken.append((list(envelope.rcpt_tos), bytes(envelope.original_content or b"")))
        if self.closes_after_data:
            server.transport.close()
        return answer or "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        """What arrived, as a reader's program takes it."""
        return [message_from_bytes(raw, _class=EmailMessage, policy=default) for _, raw in self.taken]

    @property
    def reached(self) -> list[str]:
        """To whom, in order."""
        return [to for tos, _ in self.taken for to in tos]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A mail server of the test's own."""
    handler = PostOffice()
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()
