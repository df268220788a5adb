"""Encodings, separators, header maps, and a folder whose files are recognised."""

import codecs
import csv
import os
from datetime import UTC, datetime

import pytest

from portal_core.errors import ImportRefused
from portal_core.importers import CONTACTS, KINDS, MARKS, POINTS, PUPILS, STAFF, read, read_files, read_folder, read_map

PUPIL = "ID,Forename,Surname,DOB"


@pytest.mark.parametrize(
    ("shown", "codec", "mark"),
    [
        ("UTF-8", "utf-8", b""),
        ("UTF-8 (marked)", "utf-8", codecs.BOM_UTF8),
        ("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE),
        ("UTF-16", "utf-16-be", codecs.BOM_UTF16_BE),
        ("UTF-32", "utf-32-le", codecs.BOM_UTF32_LE),
        ("Windows-1252 (guessed)", "cp1252", b""),
    ],
)
def test_the_encoding_is_found_and_shown_with_a_name_to_judge_it_by(put, shown, codec, mark):
    """è, ï and ñ are the same in each."""
    reading = read(PUPILS, put(mark, PUPIL, "8,Irène,Muñoz,01/01/2013", encoding=codec))

    assert (shown, "Irène", "Muñoz") == (reading.encoding, reading.accented, reading.rows[0].surname)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_separator_is_the_one_under_which_the_header_is_known(put, separator, newline):
    """Commas within quotes, and the line ends of any machine, do not mislead it."""
    path = put(
        PUPIL.replace(",", separator), separator.join(["8", '"Ann, ""Annie"""', "Lee", "01/01/2013"]), newline=newline
    )

    assert [(row.forename, row.line) for row in read(PUPILS, path).rows] == [('Ann, "Annie"', 2)]


def test_a_header_map_names_columns_by_header_or_number(put):
    """Where a header repeats, only the number can say which."""
    path = put("Nr,Name,Name,Geboren", "8,Ann,Lee,01/01/2013")
    mapped = {"pupils": {"pupil_id": "nr", "forename": 2, "surname": 3, "born_on": "Geboren"}}

    assert [(r.pupil_id, r.forename, r.surname) for r in read(PUPILS, path, mapped).rows] == [("8", "Ann", "Lee")]


@pytest.mark.parametrize(
    ("said", "mapped"),
    [
        ("kinds of file that there are not: pupil", {"pupil": {}}),
        ("fields that there are not: id", {"pupils": {"id": "ID"}}),
        ("no column of the file is called so", {"pupils": {"pupil_id": "Nummer"}}),
        ("2 columns of the file are called so", {"pupils": {"surname": "Name"}}),
        ("in column 9; the file has 4", {"pupils": {"surname": 9}}),
    ],
)
def test_a_header_map_that_does_not_fit_is_refused(put, said, mapped):
    """An unknown setting is an error, never ignored."""
    path = put("ID,Name,Name,DOB", "8,Ann,Lee,01/01/2013")

    with pytest.raises(ImportRefused, match=said):
        read(PUPILS, path, mapped)


def test_a_repeated_header_outside_a_contacts_report_is_remarked_on(put):
    """The first is taken, and a person is told."""
    reading = read(PUPILS, put("ID,Forename,Surname,Surname,DOB", "8,Ann,Lee,Roe,01/01/2013"))

    assert [row.surname for row in reading.rows] == ["Lee"]
    assert [r.why for r in reading.warnings] == ["more than one column is called “Surname”: the first was taken"]


def test_a_folder_is_recognised_by_names_and_headers(put, tmp_path):
    """The report says which file was taken for what, and by what; a stranger is left, with the reason."""
    put(PUPIL, "8,Ann,Lee,01/01/2013", name="Pupils on roll.csv")
    put("Staff ID,Code,Surname", "S1,ABE,Bell", name="a.csv")
    put("Pupil ID,Contact ID,Contact Surname,PR", "8,A1,Lee,T", name="b.csv")
    put("Pupil ID,Date,Session,Mark", "8,12/03/2026,AM,/", name="attendance am.csv")
    put("Pupil ID,Date,Session,Mark", "8,12/03/2026,PM,\\", name="attendance pm.csv")
    put("Event ID,Pupil ID,Category,Date,Points", "E1,8,Effort,12/03/2026,1", name="c.txt")
    put("Dish,Price", "Soup,2", name="menu.csv")
    put("Not an export", name="notes.md")

    files = read_folder(tmp_path)

    assert {
        ("Pupils on roll.csv", "pupils", "name"), ("a.csv", "staff", "header"), ("b.csv", "contacts", "header"),
        ("attendance am.csv", "session marks", "name"), ("attendance pm.csv", "session marks", "name"),
        ("c.txt", "points", "header"),
    } == {(taken.file, taken.kind, taken.by) for taken in files.taken}  # fmt: skip
    assert [left.file for left in files.left] == ["menu.csv"]
    assert [len(reading.rows) for reading in files.of(MARKS)] == [1, 1]
    assert [len(files.of(kind)[0].rows) for kind in (PUPILS, STAFF, CONTACTS, POINTS)] == [1, 1, 1, 1]


def test_files_are_taken_by_name_or_with_their_folder_and_once(put, tmp_path):
    """Given twice they are still one; files given by name may end in anything."""
    pupils = put(PUPIL, "8,Ann,Lee,01/01/2013", name="pupils.csv")
    staff = put("Staff ID,Code,Surname", "S1,ABE,Bell", name="staff.export")

    files = read_files([tmp_path, pupils, staff])

    assert [taken.file for taken in files.taken] == ["pupils.csv", "staff.export"]
    assert [len(reading.rows) for reading in files.readings] == [1, 1]


def test_all_that_is_wrong_is_said_at_once(put, tmp_path):
    """One report for a folder of bad files, each by its name; none of them is taken."""
    put(PUPIL, '8,"Ann,Lee,01/01/2013', name="a.csv")
    put("Pupil ID,Contact ID,PR", "8,A1,T", name="contacts.csv")
    put(PUPIL, "9,Bo,Roe,01/01/2013", name="good.csv")
    stranger = put("Dish,Price", "Soup,2", name="menu.csv")

    with pytest.raises(ImportRefused) as refused:
        read_files([tmp_path])
    assert [line.partition(",")[0] for line in str(refused.value).splitlines()] == ["a.csv", "contacts.csv"]
    with pytest.raises(ImportRefused, match=r"menu\.csv: its header is of no export that is read"):
        read_files([stranger])


def test_a_file_that_fits_two_kinds_is_named_for_one(put, tmp_path):
    """A guess would put marks of lessons into percentages."""
    cells = "Pupil ID,Date,Period display name,Mark", "8,12/03/2026,AM,/"
    put(*cells, name="export.csv")

    with pytest.raises(ImportRefused, match=r"fits lesson marks and session marks\. Name the file for one"):
        read_folder(tmp_path)
    (tmp_path / "export.csv").rename(tmp_path / "attendance.csv")
    assert [taken.kind for taken in read_folder(tmp_path).taken] == ["session marks"]


def test_rows_said_again_in_another_file_are_one(put, tmp_path):
    """Where two files differ about one thing, both rows are refused, each in its file."""
    put("Pupil ID,Date,Session,Mark", "8,12/03/2026,AM,/", "9,12/03/2026,AM,/", name="marks a.csv")
    put("Pupil ID,Date,Session,Mark", "8,12/03/2026,AM,/", "9,12/03/2026,AM,N", name="marks b.csv")

    first, second = read_folder(tmp_path).of(MARKS)

    assert [[row.pupil_id for row in reading.rows] for reading in (first, second)] == [["8"], []]
    assert (first.repeated, second.repeated) == (0, 1)
    assert {refusal.why for refusal in (*first.refused, *second.refused)} == {
        "marks a.csv line 3, marks b.csv line 3 say different things under one id: which is right?"
    }


def test_contacts_of_several_files_are_joined_with_caution(put, tmp_path):
    """As within one file: the least responsibility and any order win."""
    header = "Pupil ID,Contact ID,Contact Surname,PR,Court Order"
    put(header, "8,A1,Lee,T,N", name="contacts 1.csv")
    put(header, "8,A1,Lee,T,Y", name="contacts 2.csv")

    rows = [row for reading in read_folder(tmp_path).of(CONTACTS) for row in reading.rows]

    assert [(row.adult_id, row.court_order) for row in rows] == [("A1", True)]


def test_files_are_as_old_as_their_session_marks(put, tmp_path):
    """The oldest file of them; a list of staff from September makes nothing old."""
    ages = {"staff.csv": 1, "marks a.csv": 200, "marks b.csv": 100, "pupils.csv": 300}
    put("Staff ID,Code,Surname", "S1,ABE,Bell", name="staff.csv")
    put(PUPIL, "8,Ann,Lee,01/01/2013", name="pupils.csv")
    for name, session in (("marks a.csv", "AM"), ("marks b.csv", "PM")):
        put("Pupil ID,Date,Session,Mark", f"8,12/03/2026,{session},/", name=name)
    for name, age in ages.items():
        os.utime(tmp_path / name, (age, age))

    assert read_folder(tmp_path).written == datetime(1970, 1, 1, 0, 1, 40, tzinfo=UTC)
    assert read_files([tmp_path / "staff.csv", tmp_path / "pupils.csv"]).written.second == 1


MAPS = {
    "not TOML": ("[pupils", "cannot be read"),
    "not text": (b"\xff\xfe\x00", "cannot be read"),
    "a kind that there is not": ("[pupil]\nsurname = 1", "kinds of file that there are not: pupil"),
    "a field that there is not": ("[pupils]\nid = 1", "fields that there are not: id"),
    "no table": ("pupils = 3", "Give a line for each field"),
    "a list": ("[pupils]\nsurname = [1]", "Give the header, or the column's number"),
    "neither name nor number": ("[pupils]\nsurname = true", "Give the header, or the column's number"),
    "nothing": ('[pupils]\nsurname = ""', "Give the header, or the column's number"),
}


@pytest.mark.parametrize(("content", "said"), MAPS.values(), ids=MAPS)
def test_a_map_that_cannot_be_meant_is_refused_before_any_file(put, content, said):
    """With words that say what to write instead."""
    with pytest.raises(ImportRefused, match=said):
        read_map(put(content, name="map.toml"))


def test_a_map_names_kinds_of_two_words_with_or_without_the_space(put, tmp_path):
    path = put("Nr,Tag,Sitzung,Kode", "8,12/03/2026,AM,/", name="anything.csv")
    for table in ('["session marks"]', "[session_marks]"):
        told = read_map(put(table, 'pupil_id = "Nr"', "day = 2", 'half = "Sitzung"', 'code = "Kode"', name="map.toml"))
        assert [row.code for row in read_files([path], told).of(MARKS)[0].rows] == ["/"]
    with pytest.raises(ImportRefused, match="cannot be read"):
        read_map(tmp_path / "none.toml")


def test_a_name_never_outweighs_a_header(put, tmp_path):
    """A contacts report called “pupils” is still a contacts report."""
    put("Pupil ID,Contact ID,Contact Surname,PR", "8,A1,Lee,T", name="pupils.csv")

    assert [(taken.kind, taken.by) for taken in read_folder(tmp_path).taken] == [("contacts", "header")]


def test_a_folder_without_exports_is_refused(put, tmp_path):
    """And so is what is no folder."""
    put("Dish,Price", "Soup,2", name="menu.csv")
    with pytest.raises(ImportRefused, match="no file that is recognised"):
        read_folder(tmp_path)
    with pytest.raises(ImportRefused, match="is not a folder"):
        read_folder(tmp_path / "menu.csv")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_name_of_a_column_is_found_again(kind):
    """No name is written so that it can never match, and none stands twice in one column."""
    for column in kind.columns:
        names = (*column.names, *column.beside)
        assert all(name and name.isalnum() and name == name.casefold() for name in names)
        assert len(set(names)) == len(names)


def test_the_field_limit_that_guards_memory_is_as_documented():
    """It is the csv module's own, and nothing of ours has raised it."""
    assert csv.field_size_limit() == 131_072
