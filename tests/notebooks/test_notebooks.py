"""The analysts' notebooks: each runs from top to bottom, each file is a page for analysts alone, a broken one shows nothing."""

import json

import nbformat
import pytest
from nbclient import NotebookClient
from websockets.exceptions import ConnectionClosedError

from dashboards.notebooks import FOLDER, found, notebook_apps
from dashboards.pages.notebooks import routes
from dashboards.security.sockets import TRY_AGAIN
from portal_core.demo.folder import ready
from portal_core.domain.clauses import Clause
from portal_core.domain.school import utc_now
from portal_core.services.gate import Gate
from tests.doors.running import running
from tests.doors.wire import Refused, ask, join, socket, token_of
from tests.families import sign_in_as
from tests.fixtures_demo import FORMS, SEED, few_accounts

TITLES = {"/notebooks/attendance": "Attendance by group", "/notebooks/points": "Points by group and category"}
USE = "/notebooks/portal_use"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A demo school of a few forms, as it stands today: in JupyterLab the clock is the machine's own."""
    folder = tmp_path_factory.mktemp("notebooks") / "data"
    with few_accounts():
        ready(folder, asked=None, real=utc_now(), fresh=False, say=lambda _: None, forms=FORMS, seed=SEED)
    return folder


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom_in_a_kernel_of_its_own(path, data, monkeypatch):
    """As an analyst opens it in JupyterLab, with the data folder named in the environment."""
    monkeypatch.setenv("PORTAL_DATA", str(data))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert not [
        out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs if out.output_type == "error"
    ]


def test_without_a_school_it_says_what_to_do(monkeypatch):
    """All begin by the same line."""
    assert all("school = analysis.source()\n" in "\n".join(one.read().code) + "\n" for one in found().values())
    monkeypatch.delenv("PORTAL_DATA", raising=False)
    notebook = nbformat.read(FOLDER / "points.ipynb", as_version=4)
    with pytest.raises(Exception, match="Set PORTAL_DATA to the portal's data folder"):
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", ["office", "lead", "data_manager", "administrator", "two_children", None])
@pytest.mark.parametrize("path", TITLES)
def test_it_is_a_page_for_analysts_alone(whole, path, who):
    """Neither the page nor the way in opens to anybody else."""
    answer = whole.get(path, who)
    assert answer.status in (302, 403)
    cookie = whole.cookie(who) if who else None
    assert join(whole.url, path, cookie).status in (401, 403)
    analyst = whole.cookie("analyst")
    token = token_of(whole.url, path, analyst)
    with pytest.raises(Refused), socket(whole.url, path, token, cookie=cookie):
        pass
    assert TITLES[path] in whole.get(path, "analyst").text


@pytest.mark.parametrize("path", TITLES)
def test_the_list_leads_to_it_and_its_figures_stand_in_its_page(whole, path):
    """Within the portal's own frame, above what is withheld and why."""
    listed = whole.get("/notebooks/", "analyst").text
    assert f'href="{path}"' in listed
    page = whole.get(path, "analyst").text
    assert (f'data-app="{path}"' in page, "Sign out" in page, "What is withheld, and why" in page) == (True, True, True)
    with whole.page(path, "analyst") as joined:
        assert "For all" in joined.pull().text or "withheld" in joined.pull().text


def test_every_notebook_is_among_them():
    assert {f"/notebooks/{name}" for name in found()} == {*TITLES, USE}


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", ["analyst", "data_manager", "two_children", None])
def test_how_the_portal_is_used_is_for_those_who_run_it(whole, who):
    """Nobody else gets the page, the way in or a place in the list."""
    assert whole.get(USE, who).status in (302, 403)
    cookie = whole.cookie(who) if who else None
    assert join(whole.url, USE, cookie).status in (401, 403)
    token = token_of(whole.url, USE, whole.cookie("office"))
    with pytest.raises(Refused), socket(whole.url, USE, token, cookie=cookie):
        pass
    assert USE not in whole.get("/notebooks/", who).text


@pytest.mark.clause(Clause.SEC_3, Clause.REVOKE_4)
@pytest.mark.parametrize(("who", "reads_grounds"), [("office", False), ("administrator", False), ("lead", True)])
def test_grounds_are_in_it_for_the_lead_alone(whole, who, reads_grounds):
    """Whoever may not read grounds gets a page without a word of them."""
    assert f'href="{USE}"' in whole.get("/staff", who).text
    assert "How the portal is used" in whole.get(USE, who).text
    with whole.page(USE, who) as page:
        text = page.pull().text
        assert ("Who has come to the portal" in text, "An open investigation" in text) == (True, reads_grounds)


@pytest.mark.clause(Clause.SEC_4)
@pytest.mark.parametrize("path", TITLES)
def test_opening_it_is_on_record(whole, path):
    before = len(whole.audit())
    whole.get(path, "analyst")
    assert [str(verb) for verb, *_ in whole.audit()[before:]] == ["opened notebook"]


def written(folder, name, *cells):
    cells = [
        {
            "cell_type": kind,
            "metadata": {},
            "source": text,
            **({"outputs": [], "execution_count": None} if kind == "code" else {}),
        }
        for kind, text in cells
    ]
    (folder / f"{name}.ipynb").write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )


def test_a_file_more_is_a_page_more_and_a_broken_one_shows_nothing(whole, tmp_path):
    written(
        tmp_path,
        "lateness",
        ("markdown", "# Lateness\n\nWho comes late?"),
        ("code", "import panel as pn\npn.pane.HTML('<p>Counted.</p>').servable()"),
    )
    written(
        tmp_path,
        "broken",
        ("markdown", "# Broken"),
        ("code", "import panel as pn\npn.pane.HTML('<p>Half.</p>').servable()"),
        ("code", "1 / 0"),
    )
    written(tmp_path, "Not an address", ("markdown", "# Odd"))
    notebooks = found(tmp_path)
    assert set(notebooks) == {"broken", "lateness"}
    gate = Gate(whole.store)
    with running(gate, notebook_apps(notebooks, whole.store, b"k" * 32), routes(notebooks)) as server:
        cookie = sign_in_as(whole.store, whole.families.accounts["analyst"])
        listed = ask(server.url, "/notebooks/", cookie=cookie).text
        assert ("Lateness" in listed, "Broken" in listed, "Odd" in listed) == (True, True, False)
        assert "Who comes late?" in ask(server.url, "/notebooks/lateness", cookie=cookie).text
        with socket(
            server.url, "/notebooks/lateness", token_of(server.url, "/notebooks/lateness", cookie), cookie=cookie
        ) as page:
            assert "Counted." in page.pull().text
        token = token_of(server.url, "/notebooks/broken", cookie)
        with (
            pytest.raises(ConnectionClosedError) as closed,
            socket(server.url, "/notebooks/broken", token, cookie=cookie),
        ):
            pass
        assert closed.value.rcvd.code == TRY_AGAIN
    gate.close()
