"""Encodings, separators, header maps, and a folder whose files are recognised."""

import codecs
import csv

import pytest

from portal_core.errors import ImportRefused
from portal_core.importers import CONTACTS, KINDS, MARKS, POINTS, PUPILS, STAFF, read, read_folder

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


def test_a_name_never_outweighs_a_header(put, tmp_path):
    """A contacts report called “pupils” is still a contacts report."""
    put("Pupil ID,Contact ID,Contact Surname,PR", "8,A1,Lee,T", name="pupils.csv")

    assert [(taken.kind, taken.by) for taken in read_folder(tmp_path).taken] == [("contacts", "header")]


def test_a_folder_without_exports_is_refused(put, tmp_path):
    """And so is what is no folder."""
    put("Dish,Price", "Soup,2", name="menu.csv")
    with pytest.raises(ImportRefused, match="holds no file that is recognised"):
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
