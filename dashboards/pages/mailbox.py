"""/demo/mailbox: the messages that the demo would have sent. Added to the demo's routes alone, and shut anywhere else."""

from typing import Any

from tornado.web import HTTPError

from dashboards.security.handlers import PortalHandler
from portal_core.domain.clauses import Duty
from portal_core.jobs.mailbox import Mailbox


class MailboxHandler(PortalHandler):
    """For whoever tries the demo: its parents are invented, and so is what is written to them."""

    duty = Duty.VISIT

    def initialize(self, mailbox: Mailbox) -> None:
        """The messages."""
        self.mailbox = mailbox

    def get(self) -> None:
        if not self.application.portal.demo:
            raise HTTPError(404)
        origin = self.application.portal.origin
        self.show("mailbox.html", messages=self.mailbox.messages(), parts=lambda text: list(_parts(text, origin)))


def _parts(text: str, origin: str) -> Any:
    """A message's text cut at its links into our own pages: (text, link or None)."""
    before, *rest = text.split(f"{origin}/")
    yield before, None
    for piece in rest:
        path = piece.split(maxsplit=1)[0] if piece.strip() else ""
        yield f"{origin}/{path}", f"/{path}"
        yield piece[len(path) :], None


def routes(mailbox: Mailbox) -> list[tuple[Any, ...]]:
    """The demo's alone."""
    return [(r"/demo/mailbox", MailboxHandler, {"mailbox": mailbox})]
