"""dev.py: what it says and decides before anything is installed or started."""

import ast
import os
import shutil
import sys

import pytest

import dev
from dashboards.commands.demo import own_folder
from tests.house.tree import ROOT

SOURCE = (ROOT / "dev.py").read_text(encoding="utf-8")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with nothing installed, and no conda."""
    for name in ("constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "PINNED", tmp_path / "constraints.txt")
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    return tmp_path


def test_it_is_short_and_any_python_3_can_read_it():
    """An old Python must get as far as the sentence that says it is too old."""
    assert len(SOURCE.splitlines()) < 200
    assert ast.parse(SOURCE, feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 14, 0)])
def test_an_unfit_python_is_told_which_would_do(checkout, monkeypatch, version):
    """One sentence, and nothing made."""
    monkeypatch.setattr(dev.sys, "version_info", version)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11, 3\.12 or 3\.13; this is 3\.1[04]\."):
        dev.main(["demo"])
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("arguments", [[], ["serve"]])
def test_without_a_command_it_says_which_there_are(arguments):
    """Every command stands in the text shown."""
    with pytest.raises(SystemExit) as leaving:
        dev.main(arguments)
    assert all(command in str(leaving.value) for command in dev.COMMANDS)


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml"])
def test_it_installs_again_when_what_is_wanted_changes(checkout, name):
    """An environment made from an older set is not taken for ready."""
    before = dev.wanted()
    with (checkout / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert dev.wanted() != before


def test_an_active_conda_environment_of_ours_is_used(checkout, monkeypatch):
    """Any other conda environment is left alone."""
    monkeypatch.setenv("CONDA_PREFIX", str(checkout / "conda"))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "base")
    assert dev.environment() == checkout / ".venv"
    monkeypatch.setenv("CONDA_DEFAULT_ENV", dev.CONDA_NAME)
    assert dev.environment() == checkout / "conda"


@pytest.mark.parametrize(("failing", "code"), [(None, 0), ("mypy", 1)])
def test_every_check_runs_even_after_one_has_failed(checkout, monkeypatch, failing, code):
    """A contributor sees all that is wrong at once, and the exit code tells."""
    ran = []

    def run(*command):
        ran.append(command[-1])
        return failing in command

    monkeypatch.setattr(dev, "run", run)
    assert (dev.check(), ran) == (code, ["check", "--check", "mypy", "--no-logo", "--verify"])


@pytest.mark.parametrize("named", [pytest.param("", id="nothing set"), pytest.param("school", id="a school named")])
def test_jupyterlab_reads_the_demo_unless_a_school_is_named(monkeypatch, named):
    """A newcomer sets nothing, and PORTAL_DATA wins over the demo."""
    began = []
    monkeypatch.setenv("PORTAL_DATA", named)
    monkeypatch.setattr(dev, "program", lambda name: sys.executable)
    monkeypatch.setattr(dev, "become", lambda *command: began.append((command, os.environ["PORTAL_DATA"])))
    dev.lab(["--no-browser"])
    assert began == [(("python", "-m", "jupyterlab", "notebooks", "--no-browser"), named or str(own_folder()))]
