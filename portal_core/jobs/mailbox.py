"""Where a demo's messages go: kept in memory for whoever tries the demo, sent to nobody."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Lock

MOST = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """One message as its reader would find it."""

    number: int
    to: str
    sender: str
    subject: str
    date: str
    text: str


class Mailbox:
    """A Road that ends in this process; the latest MOST messages are kept."""

    def __init__(self) -> None:
        self._messages: deque[Kept] = deque(maxlen=MOST)
        self._count = 0
        self._lock = Lock()

    @contextmanager
    def open(self) -> Iterator["_Slot"]:
        """See smtp.Road."""
        yield _Slot(self)

    def take(self, message: bytes) -> None:
        """Keeps a message."""
        read = message_from_bytes(message, _class=EmailMessage, policy=default)
        body = read.get_body(("plain",))
        with self._lock:
            self._count += 1
            self._messages.appendleft(
                Kept(
                    self._count, str(read["To"]), str(read["From"]), str(read["Subject"]), str(read["Date"]),
                    body.get_content() if isinstance(body, EmailMessage) else "",
                )
            )  # fmt: skip

    def messages(self) -> list[Kept]:
        """The newest first."""
        with self._lock:
            return list(self._messages)


class _Slot:
    """A Line into the mailbox."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box

    def offer(self, sender: str, to: str) -> None:
        """See smtp.Line; every address is good."""

    def hand_over(self, message: bytes) -> None:
        """See smtp.Line."""
        self._box.take(message)

    def take_back(self) -> None:
        """See smtp.Line: nothing has been kept yet."""

    def works(self) -> bool:
        """See smtp.Line."""
        return True
