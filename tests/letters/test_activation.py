"""The activation letter: tagged, one page an adult, and nothing but text in whatever the records hold."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
import typst

from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput
from portal_core.letters import LetterData, activation_letter

LETTER = LetterData(
    school="Wrenbridge School",
    school_address=("Mill Lane", "Wrenbridge", "ZZ1 1ZZ"),
    adult="Mrs Maria Nowak",
    address=("4 Elm Row", "Wrenbridge", "ZZ1 1AA"),
    username="maria.nowak",
    code="K7QM-2XWP-9TRD",
    portal="https://portal.wrenbridge.example/activate",
    written_on=date(2026, 3, 12),
    expires_on=date(2026, 4, 9),
    contact="portal@wrenbridge.example or 01632 960100",
)


def pages(pdf: bytes) -> list[str]:
    """The text of each page, its line breaks made spaces."""
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(BytesIO(pdf)).pages]


@pytest.mark.clause(Clause.PASS_1)
def test_the_letter_says_all_that_the_first_sign_in_needs():
    """Whose it is, where to go, username, code once, until when, what to do, whom to ask, and that it is private."""
    (page,) = pages(activation_letter(LETTER))

    for words in (
        "Dear Mrs Maria Nowak,", "4 Elm Row", "Wrenbridge School", "Mill Lane", "maria.nowak", "9 April 2026",
        "https://portal.wrenbridge.example/activate", "12 March 2026", "portal@wrenbridge.example or 01632 960100",
        "Use the one-time code", "Private and confidential",
    ):  # fmt: skip
        assert words in page
    assert page.count("K7QM-2XWP-9TRD") == 1


def test_the_pdf_is_tagged_and_says_what_it_is():
    """PDF/UA: a marked structure tree with headings and a table, a title, a language."""
    root = pypdf.PdfReader(BytesIO(activation_letter(LETTER))).trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert {"/H1", "/H2", "/Table", "/TH", "/L", "/P"} <= kinds_of(root["/StructTreeRoot"])


def kinds_of(element: pypdf.generic.PdfObject) -> set[str]:
    """Every kind of element in a structure tree."""
    found = element.get_object()
    if isinstance(found, pypdf.generic.ArrayObject):
        return set().union(*(kinds_of(child) for child in found))
    if not isinstance(found, pypdf.generic.DictionaryObject):
        return set()
    children = kinds_of(found["/K"]) if "/K" in found else set()
    return children | ({str(found["/S"])} if "/S" in found else set())


@pytest.mark.parametrize(
    "hostile",
    [
        "#sys.inputs", "#panic()", "*strong*", "_x_", "$1/0$", "= Heading", "`raw`", "#read(\"/etc/passwd\")", "\\u{41}",
        "@ref", "<label>", "// gone", "/* gone */", "[b]", "\"quoted\"", "#import \"@preview/cetz:0.3.0\"", "- item", "~", "---",
        "https://a.example", "Łukasz Ştefan Nguyễn O’Hara",
    ],
)  # fmt: skip
def test_markup_in_a_name_comes_out_as_text(hostile):
    """Names, addresses and the rest are data: nothing in them is obeyed, nothing lost."""
    (page,) = pages(activation_letter(replace(LETTER, adult=hostile, address=(hostile, "ZZ1 1AA"), school=hostile)))

    assert page.replace(" ", "").count(hostile.replace(" ", "")) == 5


def test_what_a_letter_says_is_never_part_of_a_typst_source(monkeypatch):
    """The compiler gets the template's own file, and the data beside it as JSON."""
    given = []
    monkeypatch.setattr(typst, "compile", lambda source, **rest: given.append((source, rest)) or b"%PDF")

    activation_letter(LETTER)

    ((source, rest),) = given
    assert LETTER.code not in Path(source).read_text()
    assert [name for name, value in rest.items() if LETTER.code in str(value)] == ["sys_inputs"]


def test_the_template_fetches_nothing():
    """No package, no file, no address of the network."""
    template = Path(__file__).parents[2] / "portal_core/letters/activation.typ"

    assert not re.search(r"@preview|#?import |include |read\(|image\(|https?:", template.read_text())


def test_a_list_is_one_document_with_a_page_for_each_adult():
    """Nobody's code is on another's page."""
    letters = [replace(LETTER, adult=f"Adult {n}", code=f"CODE-{n:04}") for n in range(12)]

    printed = pages(activation_letter(letters))

    assert [re.findall(r"CODE-\d{4}", page) for page in printed] == [[f"CODE-{n:04}"] for n in range(12)]


def test_the_same_letter_is_the_same_bytes():
    """Whatever the machine's fonts and clock."""
    assert activation_letter(LETTER) == activation_letter(LETTER)


def test_a_name_that_cannot_be_printed_is_refused_without_telling_more():
    """The message has the character; neither the name nor the code."""
    with pytest.raises(BadInput, match="李") as refused:
        activation_letter(replace(LETTER, adult="Mr Bruce 李 Nowak"))

    assert not {"Bruce", LETTER.code} & set(re.split(r"[\s.,]+", str(refused.value)))


def test_a_letter_to_nobody_is_refused():
    """An empty PDF would be mistaken for a finished job."""
    with pytest.raises(BadInput, match="nobody to write to"):
        activation_letter([])
