"""What goes on while a server runs: whether the school's data has grown old (CONTACT-2), and mail that is due."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger
from threading import Event, Thread

from portal_core.jobs.worker import Worker
from portal_core.services.ageing import WATCH, note_age
from portal_core.store.scope import Store

log = getLogger(__name__)
HOUR = 3600.0


@contextmanager
def looked_after(store: Store, every: float = HOUR) -> Iterator[None]:
    """At once and every hour from then on, in a thread of its own; what goes wrong is logged and tried again."""
    over = Event()

    def look() -> None:
        while True:
            try:
                note_age(store, by=WATCH, at=store.moment())
            except Exception:
                log.exception("whether the data has grown old could not be looked at")
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
