"""How a notebook finds its school: the visitor's on the server, a data folder's in JupyterLab, or a sentence."""

import shutil
from threading import Thread
from zoneinfo import ZoneInfo

import pytest

from portal_core import analysis
from portal_core.analysis import Source, pseudonym_key, serving
from portal_core.domain.clauses import Duty
from portal_core.domain.school import Calendar, Moment, utc_now
from portal_core.errors import NotConfigured
from portal_core.policy.disclosure import SHORTEST_KEY
from portal_core.services.installation import COMMAND_LINE, create_school
from portal_core.store.base import open_engine
from portal_core.store.scope import Store
from tests.analysis.conftest import JUPYTER, KEY


def test_without_a_school_it_says_what_to_do(monkeypatch):
    monkeypatch.delenv("PORTAL_DATA", raising=False)
    with pytest.raises(NotConfigured, match="Set PORTAL_DATA to the portal's data folder"):
        analysis.source()


def test_a_folder_that_is_none_of_the_portals_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    with pytest.raises(NotConfigured, match=r"holds no portal\.toml"):
        analysis.source()
    assert list(tmp_path.iterdir()) == []  # and no empty database was made there


def test_a_data_folder_is_read_as_a_machine_that_may_analyse_and_no_more(monkeypatch, tmp_path, migrated_sqlite):
    shutil.copy(migrated_sqlite, tmp_path / "portal.db")
    store = Store(open_engine(f"sqlite:///{tmp_path / 'portal.db'}"), utc_now)
    at, told = Moment(utc_now(), ZoneInfo("Europe/London")), {"name": "Millbrook High School"}
    create_school(store, by=COMMAND_LINE, at=at, told=told, calendar=Calendar((), {}))
    store.engine.dispose()
    (tmp_path / "secret_key").write_text("s" * 40 + "\n")
    (tmp_path / "portal.toml").write_text("")
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    found = analysis.source()
    assert found.reader.duties == {Duty.ANALYSE, Duty.SEE_USE}
    assert found.key == pseudonym_key("s" * 40)
    found.store.engine.dispose()


def test_the_server_sets_the_source_for_one_notebook_and_no_other(monkeypatch, school):
    monkeypatch.delenv("PORTAL_DATA", raising=False)
    served, elsewhere = Source(school.store, JUPYTER, KEY), []

    def other() -> None:
        try:
            analysis.source()
        except NotConfigured as refused:
            elsewhere.append(refused)

    with serving(served):
        assert analysis.source() is served
        thread = Thread(target=other)
        thread.start()
        thread.join()
    assert len(elsewhere) == 1
    with pytest.raises(NotConfigured):
        analysis.source()


def test_another_secret_key_gives_other_pseudonyms():
    keys = {pseudonym_key(secret) for secret in ("a" * 32, "b" * 32)}
    assert len(keys) == 2
    assert all(len(key) >= SHORTEST_KEY for key in keys)
