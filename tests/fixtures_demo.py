"""A small demo school, built once a process as the demo builds the whole one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal_core.demo.build import build
from portal_core.demo.signins import SignIn, Told
from portal_core.services.installation import make_folder
from portal_core.store import schema
from portal_core.store.base import open_engine
from portal_core.store.scope import Store

NOW = datetime(2026, 3, 12, 11, tzinfo=UTC)
FORMS = ("7B", "7C", "8C", "9B", "9C", "10B", "11A", "11B")


@dataclass(frozen=True)
class Demo:
    """Its folder, its records and whom to sign in as."""

    folder: Path
    told: Told
    store: Store
    key: str

    def person(self, role: str, number: int = 0) -> SignIn:
        return [one for one in self.told.signins if one.role == role][number]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    settings = make_folder(folder, {"origin": "http://localhost:8000"})
    engine = open_engine(settings.url)
    schema.upgrade(engine)
    told = build(engine, folder / "exports", now=NOW, key=settings.keys[0], say=lambda _: None, forms=FORMS)
    yield Demo(folder, told, Store(engine, lambda: NOW), settings.keys[0])
    engine.dispose()
