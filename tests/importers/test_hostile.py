"""A catalogue of bad files: each is refused by file and line, or the row is; nothing else is ever raised."""

import codecs
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_core.errors import ImportRefused
from portal_core.importers import CONTACTS, KINDS, MARKS, PUPILS, Reading, read, read_files

HEADER = "ID,Forename,Surname,DOB"
GOOD = "9,Ann,Lee,01/01/2013"


def accounted_for(reading: Reading[Any]) -> int:
    """Rows of which the reading says what became of them."""
    return len(reading.rows) + len(reading.refused) + reading.repeated + reading.blank_marks


@pytest.mark.parametrize(
    ("said", "content"),
    [
        pytest.param("is empty", [b""], id="nothing"),
        pytest.param("has no header", [b"\r\n \r\n,,\r\n"], id="blank lines"),
        pytest.param("is a spreadsheet", [b"PK\x03\x04whatever"], id="workbook under another name"),
        pytest.param("not text", [(HEADER + "\r\n").encode("utf-16-le")], id="UTF-16 without its mark"),
        pytest.param("line 1: the header holds control", ["ID,Dish\x1b[31m\x1b]0;mine\x07,Surname"], id="escapes in a header"),
        pytest.param("line 1: the header holds control", [HEADER + ",a\N{RIGHT-TO-LEFT OVERRIDE}b"], id="a header reversed"),
        pytest.param("line 3: neither", [HEADER, GOOD, b"8,\x81\x8d,Lee,01/01/2013\r\n"], id="no encoding fits"),
        pytest.param("line 1: no column for “born_on”", ["ID,Forename,Surname", "9,Ann,Lee"], id="a column missing"),
        pytest.param("line 1: no column", ["9,Ann,Lee,01/01/2013"], id="no header at all"),
        pytest.param("line 3: a quote opens", [HEADER, GOOD, '8,"Ann,Lee,01/01/2013', GOOD], id="quote never closed"),
        pytest.param("line 2: a quote opens", [HEADER, '8,"Ann,Lee', '7,"Bob",Roe,01/01/2013'], id="quote closed by another"),
        pytest.param("line 2: a quote opens", [HEADER, f'8,"{"x" * 200_000}",Lee,01/01/2013'], id="field beyond the limit"),
        pytest.param("line 2: a quote opens", [HEADER, "8," + "x" * 200_000 + ",Lee,01/01/2013"], id="the same, unquoted"),
        pytest.param("does not fit its encoding", [codecs.BOM_UTF8, HEADER, b"8,\xff\xfe,Lee,\r\n"], id="a mark that lies"),
        pytest.param("line 3: “01/13/2013” puts the month first", [HEADER, GOOD, "8,Ann,Lee,01/13/2013"], id="month first"),
        pytest.param("does not fit its encoding", [codecs.BOM_UTF16_LE, b"\x00\xd8\x00\xd8I"], id="UTF-16 cut short"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_as_a_whole_is_refused(put, said, content):
    """The message names the file, the line where one is known, and what to do."""
    path = put(*content)

    with pytest.raises(ImportRefused, match=said) as refused:
        read(PUPILS, path)

    assert "export.csv" in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_nothing_that_a_file_shows_moves_a_terminal(put, tmp_path):
    """Neither the cell that shows the encoding, nor a file's name, nor a header broken over lines."""
    with pytest.raises(ImportRefused) as refused:
        read(PUPILS, put('ID,"Fore\nname",Surname', "8,Ann,Lee"))
    assert "“Fore name”" in str(refused.value)
    contacts = put(
        "Pupil ID,Contact ID,Contact Surname,PR,Court Order", "8,A1,Lee,T,é\x1b]0;mine\x07", name="contacts.csv"
    )
    assert read(CONTACTS, contacts).accented == "é\N{REPLACEMENT CHARACTER}]0;mine\N{REPLACEMENT CHARACTER}"
    contacts.rename(tmp_path / "contacts\x1b[2J.csv")
    with pytest.raises(ImportRefused, match="the file's name holds control characters") as refused:
        read_files([tmp_path])
    assert "\x1b" not in str(refused.value)


def test_a_folder_or_nothing_in_place_of_a_file_is_refused(tmp_path):
    """The system's own error never reaches the person."""
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(ImportRefused, match="cannot be read"):
            read(PUPILS, path)


@pytest.mark.parametrize(
    ("why", "line"),
    [
        pytest.param("3 cells where the header has 4", "8,Ann,Lee", id="short"),
        pytest.param("5 cells where the header has 4", "8,Ann,Lee,01/01/2013,more", id="long"),
        pytest.param("not CSV", '8,"Ann"x,Lee,01/01/2013', id="text after a closing quote"),
        pytest.param("control character", "8,A\0nn,Lee,01/01/2013", id="NUL"),
        pytest.param("control character", "8,Ann,Lee\N{RIGHT-TO-LEFT OVERRIDE}nosnhoJ,01/01/2013", id="reversed name"),
        pytest.param("line break", '8,"Ann\r\nBea",Lee,01/01/2013', id="line break in a name"),
        pytest.param("50,000 characters", f"8,{'x' * 50_000},Lee,01/01/2013", id="huge"),
        pytest.param("the id is blank", " ,Ann,Lee,01/01/2013", id="no id"),
        pytest.param("the surname is blank", "8,Ann,,01/01/2013", id="no surname"),
        pytest.param("no day of any year", "8,Ann,Lee,31/02/2013", id="30 February and after"),
        pytest.param("no day of any year", "8,Ann,Lee,13/32/2013", id="neither day nor month"),
        pytest.param("not a date", "8,Ann,Lee,01/01/13", id="a year of two figures"),
        pytest.param("not a date", "8,Ann,Lee,٠١/٠١/٢٠١٣", id="figures of another script"),
        pytest.param("the year 9999", "8,Ann,Lee,31/12/9999", id="end of time"),
    ],
)
def test_a_bad_row_is_left_out_and_the_rest_is_taken(put, why, line):
    """The report says which line, and why, in words."""
    reading = read(PUPILS, put(HEADER, line, GOOD))

    assert [row.pupil_id for row in reading.rows] == ["9"]
    assert [(refusal.file, refusal.line) for refusal in reading.refused] == [("export.csv", 2)]
    assert why in reading.refused[0].why


@pytest.mark.parametrize(
    "line",
    [
        "P1,12/03/2026,Morning,/,",
        "P1,12/03/2026,AM,PRESENT,",
        "P1,12/03/2026,AM,L,-4",
        "P1,,AM,/,",
        "P1,12/03/2026,AM,L,1e9",
    ],
)
def test_a_bad_mark_is_left_out(put, line):
    """Session, code, lateness and day are each read or refused, never mended."""
    reading = read(MARKS, put("Pupil ID,Date,Session,Mark,Minutes late", line))

    assert (reading.rows, [refusal.line for refusal in reading.refused]) == ([], [2])


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "@SUM(A1)", "+44", "-Lee", "\t=1+1"])
def test_a_cell_that_looks_like_a_formula_is_text(put, cell):
    """It is kept as typed; whoever writes a spreadsheet again must make it harmless."""
    assert [cell.strip()] == [row.surname for row in read(PUPILS, put(HEADER, f"8,Ann,{cell},01/01/2013")).rows]


@pytest.mark.parametrize(
    "name",
    ["Zoë", "O’Neill", "Łukasz", "李小龍", "محمد", "שרה", "Αλέξανδρος", "Nguyễn", "ʻOkina", "می‌خواهم", "D'Arcy-Ştefan"],
)
def test_names_of_every_script_come_through_whole(put, name):
    """Joiners within a word are part of it."""
    reading = read(PUPILS, put(HEADER, f"8,{name},Lee,01/01/2013"))

    assert [name] == [row.forename for row in reading.rows]
    assert (name if not name.isascii() else "") == reading.accented


@pytest.mark.parametrize(
    ("unread", "torn", "line"),
    [
        pytest.param({("8",)}, False, "8,Ann,Lee,soon", id="whose date is none"),
        pytest.param({("8",)}, False, " 8 ,Ann,,01/01/2013", id="without a surname"),
        pytest.param({()}, True, "8,Ann", id="cut short"),
        pytest.param({("",)}, True, ",Ann,Lee,01/01/2013", id="without an id"),
    ],
)
def test_a_row_left_out_says_whom_it_is_about_where_it_can(put, unread, torn, line):
    """So that a full file does not make somebody missing whose row could not be read."""
    reading = read(PUPILS, put(HEADER, GOOD, line))

    assert (unread, torn) == (reading.unread, reading.torn)


def test_rows_under_one_id_that_differ_are_all_refused(put):
    """Two pupils under one id, or one pupil told twice: the file cannot say."""
    reading = read(PUPILS, put(HEADER, "8,Ann,Lee,01/01/2013", "8,Bob,Roe,02/02/2012", GOOD, GOOD))

    assert [row.pupil_id for row in reading.rows] == ["9"]
    assert ([refusal.line for refusal in reading.refused], reading.repeated) == ([2, 3], 1)
    assert (reading.unread, reading.torn) == ({("8",)}, False)


def test_every_row_of_a_file_is_accounted_for(put):
    """Taken, refused, said again or not entered yet: blank lines and cells beyond the header are nothing."""
    reading = read(PUPILS, put(HEADER, GOOD, "", ",,,", "8,Ann,Lee,x", GOOD + ",,", "7,Bo"))

    assert (reading.data_rows, accounted_for(reading)) == (4, 4)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kind=st.sampled_from(KINDS), body=st.binary(max_size=400), header=st.booleans())
def test_no_bytes_raise_anything_but_a_refusal(put, kind, body, header):
    """Below a good header or alone."""
    top = ",".join(column.names[0] for column in kind.columns).encode() + b"\n" if header else b""
    reading, said = None, ""
    try:
        reading = read(kind, put(top, body))
    except ImportRefused as refused:
        said = str(refused)

    assert "export.csv" in said if reading is None else reading.data_rows == accounted_for(reading)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kind=st.sampled_from(KINDS), data=st.data())
def test_no_cells_raise_anything_but_a_refusal(put, kind, data):
    """Plausible and odd cells in every column of every kind."""
    cell = st.sampled_from(
        ["", "1", "-", "T", "AM", "/", "L", "12/03/2026", "2026-03-12 08:55", "25:61", "08:55+01:00", "0001-01-01",
         "9999-12-31T23:59:59Z", "1900-01-01T00:00:00+23:59", "Year 99", "١", "=1", "Behaviour", "A" * 300, "Zoë"]
    )  # fmt: skip
    line = ",".join(data.draw(st.lists(cell, min_size=len(kind.columns), max_size=len(kind.columns))))
    reading = read(kind, put(",".join(column.names[0] for column in kind.columns), line))

    assert reading.data_rows == accounted_for(reading)


def test_contacts_without_a_name_beside_the_adult_are_refused(put):
    """A general “Surname” left of the adult's id is the pupil's: it is never taken for the adult's."""
    with pytest.raises(ImportRefused, match="surname"):
        read(CONTACTS, put("ID,Forename,Surname,Contact ID,PR", "P1,Ann,Lee,A1,T"))
