"""Files that a person can read whole, and that speak of no machine but the reader's."""

import re

import pytest

from tests.house.tree import ROOT, committed, named, python_files

LONGEST = 275  # about 250 is the aim; beyond this a file holds two subjects
SHORT_DECISION = 60  # half a page to a page

MACHINE = re.compile(r"(?<![\w.~)}-])/(?:root|work|home)/")
HOSTS = re.compile(
    r"(?:\w+\.)*(?:py" r"pi\.org|python" r"hosted\.org|npm" r"js\.(?:org|com)|yarn" r"pkg\.com|ana" r"conda\.(?:org|com)"
    r"|deb\.deb" r"ian\.org|play" r"wright\.azureedge\.net|git" r"hub\.com/[^/\s]+/[^/\s]+/releases/download)"
)  # fmt: skip


@pytest.mark.parametrize("folder", ["portal_core", "dashboards"])
def test_no_file_is_too_long_to_be_read_whole(folder):
    """Split by subject before a file grows past it."""
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(folder)}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def foreign_places(text: str) -> list[str]:
    """Registries' hosts and folders of one machine that a text names."""
    return [match.group() for pattern in (MACHINE, HOSTS) for match in pattern.finditer(text)]


def test_no_file_names_a_registry_or_a_folder_of_one_machine():
    """The clients know their registries; a path is relative to the checkout or to the reader's own folder."""
    found = {}
    for path in committed():
        try:
            places = foreign_places(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:  # a picture or a font
            continue
        if places:
            found[named(path)] = places
    assert found == {}


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        pytest.param(1, "fetched from files.python" + "hosted.org", id="registry"),
        pytest.param(1, "data in /" + "home/someone/portal", id="machine"),
        pytest.param(0, "talk between home/school, ~/work/ and /parent/7", id="neither"),
    ],
)
def test_a_foreign_place_is_seen(expected, text):
    """The check itself tells a machine's folder from a slash between words."""
    assert len(foreign_places(text)) == expected


def test_every_decision_record_is_short_and_numbered():
    """Half a page that a newcomer reads: the title, its status, the reason."""
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in records]
    assert len(numbers) >= 2
    assert numbers == sorted(set(numbers))
    for path in records:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert re.match(r"# \d{4} ", lines[0]), path.name
        assert lines[0][2:6] == path.name[:4]
        assert len(lines) <= SHORT_DECISION, path.name
