"""An installation made by `portal init`, and a way to run any command on it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboards.cli import main

Portal = Callable[..., Result]
TERMS = ("--term", "Autumn", "2026-09-01", "2026-12-18", "--term", "Spring", "2027-01-04", "2027-03-26")
ANSWERS = (
    "--school", "Millbrook High School", "--zone", "Europe/London", "--email", "office@millbrook.example", "--telephone",
    "01632 960 100", "--origin", "https://portal.millbrook.example", "--administrator", "Beth", "Turnbull", "--proxy", *TERMS,
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def portal() -> Iterator[Portal]:
    """Call it with the words of a command; its exit code, output and standard error come back."""
    before = os.umask(0o022)

    def run(*words: object, answers: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], input=answers)

    yield run
    os.umask(before)


@pytest.fixture
def school(portal: Portal, tmp_path: Path) -> Path:
    """The data folder of a school that has just been set up, on SQLite."""
    folder = tmp_path / "portal"
    made = portal("init", "--data", folder, *ANSWERS)
    assert made.exit_code == 0, made.output
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, portal: Portal, tmp_path: Path) -> tuple[Path, Callable[[str], Path]]:
    """A school on each kind of database, and a way to make a second folder with an empty database for a restore."""

    def database() -> list[str]:
        if request.param == "sqlite":
            return []
        return ["--database", request.getfixturevalue("fresh_postgres")()]

    folder = tmp_path / "portal"
    made = portal("init", "--data", folder, *ANSWERS, *database())
    assert made.exit_code == 0, made.output

    def empty(name: str) -> Path:
        other = tmp_path / name
        other.mkdir()
        told = (folder / "portal.toml").read_text()
        for word in database()[1:]:
            told = (
                "\n".join(line for line in told.splitlines() if not line.startswith("database"))
                + f'\ndatabase = "{word}"\n'
            )
        (other / "portal.toml").write_text(told)
        (other / "secret_key").write_text((folder / "secret_key").read_text())
        return other

    return folder, empty
