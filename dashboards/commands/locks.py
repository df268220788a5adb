"""Who uses a data folder: any number of `portal serve`, or one command that needs it for itself. A lock ends with its process."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from portal_core.errors import BadInput

SERVING = "serving.lock"


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    """Beside others that serve. Raises BadInput while a command has the folder for itself."""
    with (folder / SERVING).open("a") as file:
        _take(file, "An upgrade or a rotation of the key is running on this folder. Try again when it is done.", True)
        yield


@contextmanager
def stopped(folder: Path) -> Iterator[None]:
    """While nobody serves from this folder. Raises BadInput while somebody does."""
    with (folder / SERVING).open("a") as file:
        _take(file, "`portal serve` is running on this folder. Stop it first; nothing was changed.", False)
        yield


def take(file: IO[str], *, shared: bool = False) -> None:
    """A lock on an open file, for as long as it is open. Raises OSError while somebody else has it."""
    if sys.platform == "win32":  # where there is no shared lock, one process serves
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def _take(file: IO[str], otherwise: str, shared: bool) -> None:
    try:
        take(file, shared=shared)
    except OSError:
        raise BadInput(otherwise) from None
