"""What goes on while a server runs: old data (CONTACT-2), addresses to erase (SEC-2), old drafts, and mail that is due."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import getLogger
from threading import Event, Thread

from portal_core.jobs.worker import Worker
from portal_core.services import ageing, drafts, own_logins, retention, sharing
from portal_core.store.scope import Store

log = getLogger(__name__)
HOUR = 3600.0
DUE: dict[str, Callable[[Store], object]] = {
    "whether the data has grown old": lambda store: ageing.note_age(store, by=ageing.WATCH, at=store.moment()),
    "addresses of sign-ins": lambda store: sharing.erase_addresses(store, by=sharing.WATCH, at=store.moment()),
    "e-mail addresses not confirmed": lambda store: own_logins.forget_unconfirmed(
        store, by=sharing.WATCH, at=store.moment()
    ),
    "requests that ended long ago": lambda store: retention.erase_requests(
        store, by=retention.UPKEEP, at=store.moment()
    ),
    "text that was not sent": lambda store: drafts.forget_old(store, at=store.clock()),
}
"""What is seen to, each by itself: one that fails keeps no other waiting."""


@contextmanager
def looked_after(store: Store, every: float = HOUR) -> Iterator[None]:
    """At once and every hour from then on, in a thread of its own; what goes wrong is logged and tried again."""
    over = Event()

    def look() -> None:
        while True:
            for what, see_to in DUE.items():
                try:
                    see_to(store)
                except Exception:
                    log.exception("%s could not be seen to", what)
            if over.wait(every):
                return

    thread = Thread(target=look, name="upkeep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5)


@contextmanager
def mailed(worker: Worker | None) -> Iterator[None]:
    """Sends what is due, in a thread of its own; nothing without a worker. Several processes may do so at once."""
    over = Event()
    if worker is None:
        yield
        return
    thread = Thread(target=worker.follow, args=(over,), name="mail", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5)
