"""Where a notebook finds the school's records, and in whose name it reads them.

The same first line works in both places:

    school = analysis.source()

On the portal's server the source is the visitor's: the server sets it before the notebook runs, and each read asks the
visitor's duties again. In JupyterLab it is the database that the environment names, read as the machine `jupyter`.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from portal_core.analysis.frames import AttendanceFrames, attendance
from portal_core.analysis.points import PointsFrames, points
from portal_core.analysis.use import UseFrames, use
from portal_core.domain.clauses import Duty
from portal_core.domain.people import Actor, Machine
from portal_core.errors import NotConfigured
from portal_core.services.installation import open_folder
from portal_core.settings import DATA
from portal_core.store.scope import Store

_JUPYTER = Machine("jupyter", frozenset({Duty.ANALYSE, Duty.SEE_USE}))


@dataclass(frozen=True, slots=True)
class Source:
    """A school's records, a reader, and the key that pseudonyms are made with."""

    store: Store
    reader: Actor
    key: bytes

    def attendance(self) -> AttendanceFrames:
        """This school year's attendance as of now; on record before it is read. Raises NotPermitted."""
        return attendance(self.store, by=self.reader, at=self.store.moment(), key=self.key)

    def points(self) -> PointsFrames:
        """This school year's points as published by now; on record before they are read. Raises NotPermitted."""
        return points(self.store, by=self.reader, at=self.store.moment(), key=self.key)

    def use(self) -> UseFrames:
        """How the portal is used up to now; on record before it is read. Raises NotPermitted."""
        return use(self.store, by=self.reader, at=self.store.moment())


_served: ContextVar[Source | None] = ContextVar("served", default=None)


@contextmanager
def serving(source: Source) -> Iterator[None]:
    """Within it, `source()` answers with this one: set by the server around the cells of a notebook."""
    token = _served.set(source)
    try:
        yield
    finally:
        _served.reset(token)


def source() -> Source:
    """The visitor's source on the server, else the one that the environment names. Raises NotConfigured."""
    return _served.get() or _from_environment()


def pseudonym_key(secret_key: str) -> bytes:
    """The key of all pseudonyms of an installation; a new secret key makes new pseudonyms, unlinkable with the old."""
    return hashlib.blake2b(b"pseudonyms", key=hashlib.sha256(secret_key.encode()).digest()).digest()


def _from_environment() -> Source:
    named = os.environ.get(DATA)
    if not named:
        raise NotConfigured(
            f"No school to read. Set {DATA} to the portal's data folder before starting JupyterLab, or start it by "
            f"`python3 dev.py lab`, which reads the demo's; or open this notebook on the portal, under /notebooks/."
        )
    one = open_folder(Path(named).expanduser())
    return Source(one.store, _JUPYTER, pseudonym_key(one.settings.keys[0]))
