"""The road to an SMTP server: everything up to the message first, then the message in one go, or none of it.

A server takes an envelope (sender, recipient, DATA) before it is given the message, and forgets it if the connection ends
there. So the last decision is made between the two: see worker.py.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from portal_core.settings import Settings

SECONDS = 30.0
"""How long the other side may take for one answer."""
_ENHANCED = re.compile(rb"^\s*5\.(\d+)\.\d+")
_READY, _ACCEPTED = 354, 250


class NotNow(Exception):
    """The other side cannot take it now: nothing has been handed over, try again later."""


class TurnedAway(Exception):
    """The other side will not take it for this address, now or later."""


class Unsure(Exception):
    """The connection ended after the message was handed over and before the other side said whether it has it."""


class Line(Protocol):
    """An open connection that takes one message after another."""

    def offer(self, sender: str, to: str) -> None:
        """Everything up to the message itself. Raises NotNow, TurnedAway; after either, the next may be offered."""
        ...

    def hand_over(self, message: bytes) -> None:
        """The message that was offered. Raises NotNow, TurnedAway, Unsure."""
        ...

    def take_back(self) -> None:
        """Ends the connection in place of handing over what was offered."""
        ...

    def works(self) -> bool:
        """Whether the next message may go over this connection."""
        ...


class Road(Protocol):
    """Where messages go."""

    def open(self) -> AbstractContextManager[Line]:
        """A connection, for a while. Raises NotNow."""
        ...


class SmtpLine:
    """A Line to a server that has been greeted and signed in to."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def offer(self, sender: str, to: str) -> None:
        """See Line."""
        try:
            self._expect(self._smtp.mail(sender), 250, of_address=False)
            self._expect(self._smtp.rcpt(to), 250, 251, of_address=True)
            self._expect(self._smtp.docmd("DATA"), _READY, of_address=False)
        except (OSError, smtplib.SMTPException, ValueError) as fault:
            self._smtp.close()
            raise NotNow(type(fault).__name__) from None

    def hand_over(self, message: bytes) -> None:
        """See Line. Nothing that goes wrong here without an answer is taken for a refusal."""
        try:
            self._smtp.send(re.sub(rb"(?m)^\.", b"..", message).removesuffix(b"\r\n") + b"\r\n.\r\n")
            answer = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            self._smtp.close()
            raise Unsure(type(fault).__name__) from None
        self._expect(answer, _ACCEPTED, of_address=True)

    def take_back(self) -> None:
        """See Line: in the middle of DATA there is no other way to say no."""
        self._smtp.close()

    def works(self) -> bool:
        """See Line."""
        return self._smtp.sock is not None

    def _expect(self, answer: tuple[int, bytes], *good: int, of_address: bool) -> None:
        code, text = answer
        if code in good:
            return
        if self.works():
            try:
                self._smtp.rset()
            except (OSError, smtplib.SMTPException):
                self._smtp.close()
        if of_address and is_about_the_address(code, text):
            raise TurnedAway(str(code))
        raise NotNow(str(code))


def is_about_the_address(code: int, text: bytes) -> bool:
    """Whether a refusal is for good and about this recipient: 5xx, unless its enhanced code says that the fault is ours.

    RFC 3463: 5.1 is the address, 5.2 the mailbox, 5.6 the content; 5.3, 5.4, 5.5 and 5.7 are systems, routes, protocol and
    policy (relaying denied, not signed in): a setting of ours to be mended, and no reason to stop writing to a parent.
    """
    if not 500 <= code < 600:
        return False
    said = _ENHANCED.match(text)
    return said is None or said[1] in (b"1", b"2", b"6")


@dataclass(frozen=True, slots=True)
class Smtp:
    """The road to the server of the settings; see Road."""

    host: str
    port: int
    tls: str  # starttls, tls or none
    user: str = ""
    password: str = field(default="", repr=False)
    trusted: str | None = None  # a file of certificates (PEM) in place of the system's

    @contextmanager
    def open(self) -> Iterator[SmtpLine]:
        """Greets, goes over to TLS, signs in. Raises NotNow for whatever goes wrong with it."""
        try:
            smtp = self._greeted()
        except (OSError, smtplib.SMTPException, ValueError) as fault:
            raise NotNow(f"{type(fault).__name__} at {self.host}:{self.port}") from None
        try:
            yield SmtpLine(smtp)
        finally:
            try:
                if smtp.sock is not None:
                    smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def _greeted(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=self.trusted)
        if self.tls == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            smtp.ehlo()
            if self.tls == "starttls":
                smtp.starttls(context=context)  # raises where the server has none: never in the clear instead
                smtp.ehlo()
            if self.user:
                smtp.login(self.user, self.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def road_of(settings: Settings) -> Smtp | None:
    """The road that the settings name; None where no mail is sent."""
    if not settings.smtp_host:
        return None
    return Smtp(settings.smtp_host, settings.smtp_port, settings.smtp_tls, settings.smtp_user, settings.smtp_password)


def mail_in_words(settings: Settings) -> str:
    """What is set about mail, in a line; never the password."""
    if not settings.smtp_host:
        return "Mail: none is sent, since `smtp_host` is not set. Parents get no alerts and no links by e-mail."
    tls = {"starttls": "STARTTLS", "tls": "TLS", "none": "no TLS, on this machine"}[settings.smtp_tls]
    user = f", signed in as {settings.smtp_user}" if settings.smtp_user else ""
    return f"Mail: from {settings.mail_from} through {settings.smtp_host}:{settings.smtp_port} ({tls}{user})."


def mail_complaints(settings: Settings) -> list[str]:
    """Whether the server greets us, goes over to TLS and lets us sign in; no message is sent."""
    road = road_of(settings)
    if road is None:
        return []
    try:
        with road.open():
            return []
    except NotNow as fault:
        return [f"The mail server does not take mail from us: {fault}. See `smtp_host` and what belongs to it."]
