"""A small demo school, built once a process as the demo builds the whole one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal_core.demo import build
from portal_core.demo.folder import database, ready
from portal_core.demo.signins import SignIn, Told
from portal_core.domain.school import utc_now
from portal_core.settings import load
from portal_core.store.scope import Store

NOW = datetime(2026, 3, 12, 11, tzinfo=UTC)
FORMS = ("7B", "8C", "9B", "11A")
SEED = 7


@dataclass(frozen=True)
class Demo:
    """Its folder, its records and whom to sign in as."""

    folder: Path
    told: Told
    store: Store
    keys: tuple[str, ...]

    def person(self, role: str, number: int = 0) -> SignIn:
        """One of the list, as it numbers the people of a role."""
        return [one for one in self.told.signins if one.role == role][number]


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a few forms, set to NOW; to be copied and never opened."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    with few_accounts():
        ready(folder, asked=NOW, real=utc_now(), fresh=False, say=lambda _: None, forms=FORMS, seed=SEED)
    return folder


@contextmanager
def few_accounts() -> Iterator[None]:
    """Hardly more than those that are told: issuing hundreds takes as long as all else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "ISSUED_ALSO", 30)
        patch.setattr(build, "ACTIVE_ALSO", 6)
        yield


@pytest.fixture(scope="module")
def demo(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of the module's own."""
    folder = shutil.copytree(demo_folder, tmp_path_factory.mktemp("demo") / "data")
    told = Told.read(folder)
    assert told is not None
    with database(folder) as engine:
        yield Demo(folder, told, Store(engine, lambda: NOW), load(folder).keys)
