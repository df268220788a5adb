"""Files: every one that is listed and nothing else, under its content's hash, kept for ever, the same to everyone."""

import gzip
import re
from hashlib import sha256

import pytest

from dashboards.security.headers import ALWAYS
from dashboards.security.static import FOREVER, OURS
from portal_core.domain.clauses import Clause


def files(whole):
    return whole.server.server.portal.assets.files


@pytest.mark.clause(Clause.SEC_1)
def test_every_file_is_what_its_address_says_and_may_be_kept_for_ever(whole):
    """Plain or compressed, it is the content that the hash in its name is of."""
    for address, asset in files(whole).items():
        plain, packed = whole.get(address), whole.get(address, Accept_Encoding="gzip")
        assert (plain.status, plain.body) == (200, asset.raw), address
        assert gzip.decompress(packed.body) == asset.raw, address
        assert packed.headers["content-encoding"] == "gzip"
        for answer in (plain, packed):
            assert {answer.headers[name.lower()] for name in ALWAYS} == set(ALWAYS.values())
            assert (answer.headers["cache-control"], answer.headers["content-type"], answer.cookies) == (
                FOREVER,
                asset.type,
                (),
            )
        if not address.startswith("/static/panel-"):  # a folder that bears the hash of all that is in it
            assert f".{sha256(asset.raw).hexdigest()[:16]}." in address


def test_a_browser_that_has_a_file_is_told_so(whole):
    """With the same promises as the file itself."""
    address = whole.server.server.portal.assets.address("portal.css")
    tag = whole.get(address).headers["etag"]
    again = whole.get(address, If_None_Match=tag)
    assert (again.status, again.body, again.headers["cache-control"]) == (304, b"", FOREVER)
    assert again.headers["x-content-type-options"] == "nosniff"


def test_what_is_served_is_scripts_styles_and_pictures_alone(whole):
    """No template, no program, no map of a script; of ours each file in the folder."""
    names = {address.rpartition("/")[2] for address in files(whole)}
    assert {name.rpartition(".")[2] for name in names} <= {"js", "css", "svg", "png"}
    assert {path.stem for path in OURS.rglob("*.*")} <= {name.split(".")[0] for name in names}


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize(
    "path",
    [
        "/static/", "/static", "/static/portal.css", "/static/portal.0123456789abcdef.css", "/static/js/bokeh.min.js",
        "/static/../portal.db", "/static/../../secret_key", "/static/..%2f..%2fsecret_key", "/static/%2e%2e/%2e%2e/secret_key",
        "/static//etc/passwd", "/static/..\\..\\secret_key", "/static/....//secret_key", "/static/~root", "/static/%00", "/static/x;y",
        "/static/extensions/panel/panel.min.js", "/static/panel-0000000000000000/css/button.css", "/staticx", "/Static/", "/static/.git/config",
    ],
)  # fmt: skip
def test_no_address_is_made_into_a_path(whole, path):
    """Nor is any other file found, signed in or not; refused without being kept."""
    for who in (None, "administrator"):
        answer = whole.get(path, who)
        assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")


def test_a_file_is_the_same_to_everyone_and_asks_for_no_login(whole):
    address = whole.server.server.portal.assets.address("portal-join.js")
    assert whole.get(address).body == whole.get(address, "two_children").body
    assert whole.get(address, Cookie="sid=" + "A" * 43, Range="bytes=0-9").status == 200


def test_no_style_asks_another_host_for_anything(whole):
    """What a style sheet names is within it or ours."""
    asked = re.compile(rb"(?:url\(|@import)\s*['\"]?\s*(?:[a-z]+:)?//[^)'\"]*", re.I)
    assert {
        address: asked.findall(asset.raw) for address, asset in files(whole).items() if address.endswith(".css")
    } == {address: [] for address in files(whole) if address.endswith(".css")}


def test_every_file_that_a_page_names_is_there(whole):
    child = whole.families.pupils["Amelia"]
    pages = {
        f"/parent/{child}": "two_children",
        "/staff": "lead",
        "/notebooks/attendance": "analyst",
        "/sign-in": None,
        "/nothing": None,
    }
    named = {name for path, who in pages.items() for name in re.findall(r"/static/[^\"' ]+", whole.get(path, who).text)}
    assert len(named) > 8
    assert named <= set(files(whole))
