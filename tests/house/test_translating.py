"""Code, templates and catalogues in step: no text forgotten, none left over, none that its translation would break."""

import ast
import re

import pytest
from jinja2 import Environment, nodes

from dashboards.pages.render import TEMPLATES, environment
from dashboards.pages.spoken import FUNCTIONS, STAFF, messages, translated
from portal_core.domain.language import _ as say
from portal_core.domain.language import remembered, speaking
from portal_core.locale import FURTHER, catalogue, language
from tests.house.reading import grade, sentences
from tests.house.tree import ROOT, named, python_files

MARKS = ("_", "N_", "ngettext", "pgettext")
HOLES = re.compile(r"\{\w*\}|</?\d+>")
PAGES = [path for path in sorted(TEMPLATES.glob("*.html")) if not STAFF.match(path.name)]


def marked_in(source):
    """Every text that a module marks, one, or a pair for singular and plural or with its meaning; wherever it stands, in an f-string too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            given = node.args[: 2 if node.func.id in ("ngettext", "pgettext") else 1]
            if all(isinstance(one, ast.Constant) for one in given):
                yield given[0].value if len(given) == 1 else tuple(one.value for one in given)


@pytest.fixture(scope="module")
def written():
    """Every text of the code and of the templates."""
    found = {text for path in python_files("portal_core", "dashboards") for text in marked_in(path.read_text())}
    for path in PAGES:
        source = path.read_text()
        found.update(messages(source))
        for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in FUNCTIONS:
                given = [one.value for one in call.args if isinstance(one, nodes.Const)]
                found.add(given[0] if call.node.name == "_" else tuple(given[:2]))
    return found


@pytest.mark.parametrize("code", FURTHER)
def test_every_text_is_in_every_catalogue_and_no_other(written, code):
    """`python -m portal_core.locale` brings them in step; then somebody translates what is new."""
    assert written == {(one.context, one.id) if one.context else one.id for one in catalogue(code) if one.id}


@pytest.mark.parametrize("code", FURTHER)
def test_every_message_is_translated_with_all_that_it_holds(code):
    """None empty or in doubt; each form holds the same values and tags; nothing that a page or a template would read as code."""
    kept = catalogue(code)
    faults = []
    for message in (one for one in kept if one.id):
        several = not isinstance(message.id, str)
        forms = list(message.string) if several else [message.string]
        holes = sorted(HOLES.findall(message.id[1] if several else message.id))
        right = len(forms) == (kept.num_plurals if several else 1) and not message.fuzzy
        right = right and all(form.strip() and sorted(HOLES.findall(form)) == holes for form in forms)
        if not right or any(re.search(r"[{<](?!\w+\}|/?\d+>)|\{\{|\{%", form) for form in forms):
            faults.append(message.id)
    assert faults == []


def test_the_polish_says_that_no_native_speaker_has_read_it():
    assert "NOT been read by a native speaker" in catalogue("pl").header_comment


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_template_keeps_all_but_its_words(path):
    """Put in again unchanged, the words leave the template as it was; translated, it still compiles."""
    source = path.read_text()
    assert translated(source, lambda words: words).split() == source.split()
    for code in FURTHER:
        environment(language(code)).get_template(path.name)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_words_stand_unmarked_in_an_expression(path):
    """A text of two words or with a capital within {{ }} or {% %} is marked there; others are names and values."""
    for constant in (tree := Environment(autoescape=True).parse(path.read_text())).find_all(nodes.Const):
        if isinstance(constant.value, str) and re.search(r"^[A-Z]|[^\W\d_] [^\W\d_]", constant.value):
            calls = [call for call in tree.find_all(nodes.Call) if constant in call.args]
            assert [call.node.name for call in calls if isinstance(call.node, nodes.Name)][-1:] in (
                ["_"],
                ["ngettext"],
                ["pgettext"],
            ), constant


def test_nothing_else_is_called_as_the_mark_is():
    """A module that says words with `_` names nothing else so: within that function the words would not be said."""
    faults = []
    for path in python_files("portal_core", "dashboards"):
        tree = ast.parse(path.read_text())
        imported = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "portal_core.domain.language"
        ]
        if any(alias.name == "_" for node in imported for alias in node.names):
            stored = (
                node.lineno
                for node in ast.walk(tree)
                if isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)
            )
            faults += [f"{named(path)}:{line}" for line in stored]
    assert faults == []


def test_what_is_remembered_is_remembered_for_each_language():
    """The same question in two languages, in either order, has two answers."""
    asked = remembered(8)(lambda words: say(words))
    assert asked("Present") == "Present"
    with speaking(language("pl")):
        assert asked("Present") == "Obecność"
    assert asked("Present") == "Present"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>We write to <b>{{ own.address }}</b>.</p>", ["We write to <1>{address}</1>."]),
        ("<a href='/x'>My account</a> ", ["My account"]),
        ('<ul aria-label="Lists of {{ one.name }}"><li>{{ a }} {{ b }}</li></ul>', ["Lists of {name}"]),
        ("{# words #}<p>One{% if x > 1 %} and two{% endif %}</p>", ["One", "and two"]),
        ("<p>{{ one.name }} of {{ two.name }}</p>", ["{name} of {name2}"]),
    ],
)
def test_a_text_is_found_by_its_place(source, expected):
    assert messages(source) == expected


def test_the_english_can_be_read_at_eleven():
    """Flesch-Kincaid over every fixed text that makes a sentence: grade 6, ages 11 to 12, or less; one in twenty may be hard."""
    texts = (message.id for message in catalogue("pl") if message.id)
    found = sentences(one if isinstance(one, str) else one[1] for one in texts)
    assert grade(found) < 6
    assert sum(grade([one]) > 9 for one in found) / len(found) < 0.05


@pytest.mark.parametrize("path", [*sorted((ROOT / "dashboards/pages/static").glob("*.css")), ROOT / "dashboards/components/look.py"],
                         ids=lambda path: path.name)  # fmt: skip
def test_styles_name_no_left_and_no_right(path):
    """So that a language written from right to left needs no styles of its own; four lengths in a row name them unsaid."""
    style = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    sided = r"(?<![\w-])(?:margin|padding|border|inset|text-align|float|clear)?-?(?:left|right)\b[^;{}]*"
    four = r"(?<![\w-])(?:margin|padding|inset|border-width|border-radius)\s*:\s*(?:[^\s;]+\s+){3}[^\s;]+(?=[;}])"
    assert [
        found for found in re.findall(f"{sided}|{four}", style) if not found.startswith("padding: .5rem clamp")
    ] == []
