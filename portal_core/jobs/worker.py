"""Sends what is due, one message after another over one connection.

For each: claim it with the decision, offer its envelope, decide once more, hand it over at once, record what was answered.
The second decision lies between the envelope and the message, however long the server took over the envelope: nothing
leaves later than AT_MOST after it, so a restriction, a leaver or a withdrawn choice committed before that stops it.
"""

from dataclasses import dataclass
from logging import getLogger
from threading import Event
from time import monotonic

from portal_core.domain.mail import ALERTS
from portal_core.errors import PortalError
from portal_core.jobs import outbox
from portal_core.jobs.deciding import Letter, Withheld
from portal_core.jobs.message import put_in_form
from portal_core.jobs.outbox import Claim
from portal_core.jobs.smtp import Line, NotNow, Road, TurnedAway, Unsure, road_of
from portal_core.security.credentials import Vault
from portal_core.services.alerting import MAIL, queue_due
from portal_core.services.installation import Installation
from portal_core.store.jobs import JobState
from portal_core.store.scope import Store

log = getLogger(__name__)
AT_MOST = 0.5
"""Seconds between the last decision's beginning and handing over; past it, it is asked again."""
TRIES_TO_BE_QUICK = 5
LOOK_EVERY, QUEUE_EVERY = 2.0, 60.0
BACK_OFF = (30.0, 120.0, 600.0)
"""Seconds to wait while the server cannot be reached; no message is touched meanwhile."""


@dataclass(frozen=True, slots=True)
class Worker:
    """What sending takes: the records, the key, the road, and what the messages say of us."""

    store: Store
    vault: Vault
    road: Road
    origin: str
    sender: str

    def once(self) -> int:
        """Everything that is due now; how many messages were handed over. Raises NotNow if the server cannot be reached."""
        found = outbox.due(self.store, by=MAIL)
        if found.lost:
            outbox.settle_lost(self.store, by=MAIL)
        sent = 0
        while found.waiting:
            with self.road.open() as line:
                more = self._over(line)
            sent += more
            found = outbox.due(self.store, by=MAIL)
        return sent

    def follow(self, over: Event) -> None:
        """Until `over` is set: looks for what is due every two seconds, records what time brings every minute."""
        queued_at, failures = -QUEUE_EVERY, 0
        while not over.is_set():
            wait = LOOK_EVERY
            try:
                if monotonic() - queued_at >= QUEUE_EVERY:
                    queue_due(self.store, by=MAIL, at=self.store.moment())
                    queued_at = monotonic()
                self.once()
                failures = 0
            except NotNow as fault:
                wait = BACK_OFF[min(failures, len(BACK_OFF) - 1)]
                failures += 1
                log.warning("mail cannot be sent now (%s)", fault)
            except PortalError as fault:  # another worker recorded the same at the same moment
                log.info("mail is looked at again (%s)", type(fault).__name__)
            except Exception:
                log.exception("mail could not be sent")
                wait = BACK_OFF[0]
            over.wait(wait)

    def _over(self, line: Line) -> int:
        """As many as this connection takes."""
        sent = 0
        while line.works() and (held := outbox.claim(self.store, self.vault)) is not None:
            sent += self._deliver(line, held)
        return sent

    def _deliver(self, line: Line, held: Claim) -> bool:
        if isinstance(held.decision, Withheld):
            self._end(held, held.decision)
            return False
        try:
            line.offer(self.sender, held.decision.to)
            sure = self._decided_just_now(held)
            if sure is None or isinstance(sure.decision, Withheld):
                line.take_back()
                if sure is not None and isinstance(sure.decision, Withheld):
                    self._end(sure, sure.decision)
                return False
            held = sure
            line.hand_over(self._written(sure, sure.decision))
        except TurnedAway as fault:
            outbox.finish(self.store, by=MAIL, held=held, state=JobState.REFUSED, why=f"SMTP {fault}")
            return False
        except NotNow as fault:
            log.warning("message %d is to be tried again (SMTP %s)", held.job, fault)
            outbox.postpone(self.store, held)
            return False
        except Unsure as fault:  # left as it is: its lease runs out, and settle_lost asks a person
            log.warning("message %d may or may not have arrived (%s)", held.job, fault)
            return False
        outbox.finish(self.store, by=MAIL, held=held, state=JobState.SENT)
        return True

    def _decided_just_now(self, held: Claim) -> Claim | None:
        """The last decision, not older than AT_MOST: waiting for a lock or a disk makes it old, and it is asked again."""
        for _ in range(TRIES_TO_BE_QUICK):
            begun = monotonic()
            sure = outbox.confirm(self.store, self.vault, held)
            if sure is None or isinstance(sure.decision, Withheld) or monotonic() - begun < AT_MOST:
                return sure
            held = sure
        outbox.postpone(self.store, held)
        return None

    def _end(self, held: Claim, why: Withheld) -> None:
        outbox.finish(self.store, by=MAIL, held=held, state=why.state, why=why.why, unusable=why.unusable)

    def _written(self, held: Claim, letter: Letter) -> bytes:
        at = self.store.moment()
        message = put_in_form(
            letter, message_id=held.message_id, sender=self.sender, origin=self.origin,
            school=self.store.settings(at.instant), at=at, alert=held.kind in ALERTS,
        )  # fmt: skip
        return message.as_bytes()


def worker_of(installation: Installation) -> Worker | None:
    """The worker of an installation; None where no mail is set up."""
    settings = installation.settings
    road = road_of(settings)
    if road is None:
        return None
    return Worker(installation.store, Vault(*settings.keys), road, settings.origin, settings.mail_from)
