"""What a parent may take away: a tagged PDF, and a CSV without formulas; both say that they are confidential."""

import csv
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pypdf
import pytest

from portal_core.domain.clauses import Clause
from portal_core.letters import Record, Section, record_csv, record_pdf
from portal_core.letters.record import CONFIDENTIAL, csv_bytes
from tests.letters.test_activation import kinds_of, pages

MANY = tuple((f"2026-03-{n % 28 + 1:02}", "Morning", "Present", "") for n in range(180))
RECORD = Record(
    school="Wrenbridge School",
    title="Record of Łucja Nowak",
    taken="Taken by Mrs Maria Nowak at 11:00 on Thursday 12 March 2026.",
    about=("Form 7A.", "As the school’s records stood at 09:40."),
    sections=(
        Section("Marks", ("Newest first.",), ("Day", "Half-day", "Mark", "More"), MANY),
        Section("Points", ("None so far.",)),
    ),
    taken_at=datetime(2026, 3, 12, 11, 0, 1, 234567, UTC),
)


@pytest.mark.clause(Clause.USE_1, Clause.SEC_3)
def test_each_page_of_the_pdf_says_who_when_and_that_it_is_confidential():
    found = pages(record_pdf(RECORD))

    assert len(found) > 2
    assert [page for page in found if CONFIDENTIAL not in page or RECORD.taken not in page] == []
    assert "Record of Łucja Nowak" in found[0]
    assert "None so far." in found[-1]


def test_the_pdf_is_tagged_and_says_what_it_is():
    """PDF/UA-1, with headings, a table that has header cells, a title, a language."""
    root = pypdf.PdfReader(BytesIO(record_pdf(RECORD))).trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert {"/H1", "/H2", "/Table", "/TH", "/P"} <= kinds_of(root["/StructTreeRoot"])


@pytest.mark.parametrize(
    "hostile", ["#panic()", "*strong*", "$1/0$", '#read("/etc/passwd")', "= Heading", "@ref", "\\"]
)
def test_markup_in_the_records_comes_out_as_text(hostile):
    record = Record(hostile, "T", "Taken.", (hostile,), (Section("S", (), ("A",), ((hostile,),)),), RECORD.taken_at)
    [page] = pages(record_pdf(record))
    assert page.count(hostile) == 3


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize(
    ("expected", "cell"),
    [
        *((f"'{sign}1+1", f"{sign}1+1") for sign in "=+-@\t\r\n"),
        ('\'=HYPERLINK("http://a.example")', '=HYPERLINK("http://a.example")'),
        ("1 point", "1 point"),
        ("a=b", "a=b"),
        ("–", "–"),
        ("", ""),
    ],
)
def test_no_cell_is_taken_for_a_formula(expected, cell):
    """Such a cell begins with an apostrophe; every other is as it was."""
    assert list(csv.reader(StringIO(csv_bytes([("a", cell)]).decode("utf-8-sig"), newline=""))) == [["a", expected]]


@pytest.mark.clause(Clause.USE_1)
def test_the_csv_begins_with_whose_it_is():
    """Confidential, taken by whom and when; then the parts, each row naming its part."""
    rows = list(csv.reader(StringIO(record_csv(RECORD).decode("utf-8-sig"), newline="")))

    assert rows[:2] == [[CONFIDENTIAL], [RECORD.taken]]
    assert ["Part", "Day", "Half-day", "Mark", "More"] in rows
    assert ["Marks", "2026-03-02", "Morning", "Present", ""] in rows
    assert ["Points", "None so far."] in rows
