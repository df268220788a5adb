"""What a good file of each kind becomes."""

from datetime import UTC, date, datetime

import pytest

from portal_core.domain.clauses import Clause
from portal_core.domain.people import Responsibility
from portal_core.domain.records import PointKind
from portal_core.domain.school import Half
from portal_core.importers import (
    CONTACTS,
    LESSON_MARKS,
    MARKS,
    POINTS,
    PUPILS,
    STAFF,
    ContactRow,
    LessonMarkRow,
    MarkRow,
    PointRow,
    PupilRow,
    StaffRow,
    read,
)


def test_a_pupil_keeps_both_ends_of_a_spell_on_roll(put):
    """Dates are day first, or ISO; the UPN and form stay as written."""
    path = put(
        "Student ID,UPN,Legal Surname,Legal Forename,DOB,NC Year,Reg Group,Admission Date,Leaving Date",
        "00417,B801200005001,Nowak,Zofia,03/09/2013,Year 8,8C,04/09/2024,",
        "00418,,Reid,Sam,2014-01-31,7,7A,2025-09-03,2026-02-13",
    )

    reading = read(PUPILS, path)

    assert [
        PupilRow("00417", "B801200005001", "Zofia", "Nowak", date(2013, 9, 3), 8, "8C", date(2024, 9, 4), None, "export.csv", 2),
        PupilRow("00418", "", "Sam", "Reid", date(2014, 1, 31), 7, "7A", date(2025, 9, 3), date(2026, 2, 13), "export.csv", 3),
    ] == reading.rows  # fmt: skip
    assert (reading.refused, reading.warnings) == ([], [])


def test_a_pupil_who_came_back_has_two_spells(put):
    """The same id with another first day on roll is another spell, not a contradiction."""
    path = put(
        "ID,Forename,Surname,DOB,Admission date,Leaving date",
        "1,Ann,Lee,01/01/2013,04/09/2024,20/12/2024",
        "1,Ann,Lee,01/01/2013,28/04/2025,",
    )

    reading = read(PUPILS, path)

    assert [date(2024, 9, 4), date(2025, 4, 28)] == [row.enrolled_from for row in reading.rows]


def test_staff_say_which_years_and_forms_they_manage(put):
    """A year is its figure however it is written; anything else is a form."""
    path = put(
        "Staff ID,Staff Code,Title,Forename,Surname,Job title,Work email,Learning Manager of",
        "S9,ABE,Dr,Ana,Bell,Learning Manager,a.bell@school.example,Year 7; 8B",
    )

    assert [
        StaffRow("S9", "ABE", "Dr", "Ana", "Bell", "Learning Manager", "a.bell@school.example", "", ("7", "8B"), "export.csv", 2)
    ] == read(STAFF, path).rows  # fmt: skip


def test_repeated_headers_of_a_contacts_report_go_by_place(put):
    """ID, Forename and Surname stand first for the pupil, then for the adult; a third ID, of a class, is nobody's."""
    path = put(
        "ID,Forename,Surname,ID,(Contact) Priority,Parental responsibility,Title,Forename,Surname,Relationship,"
        "(Contact) Home Email,Mobile number,Court order,Address line 1,Town,Postcode,ID",
        "P1,Zofia,Nowak,A1,1,T,Mrs,Maria,Nowak,Mother,m@home.example,07700 900123,F,4 Elm Row,Wrenbridge,ZZ1 1AA,C7",
    )

    reading = read(CONTACTS, path)

    assert [
        ContactRow("P1", "A1", "Mrs", "Maria", "Nowak", "Mother", Responsibility.YES, False, "m@home.example",
                   "07700 900123", ("4 Elm Row", "Wrenbridge", "ZZ1 1AA"), "export.csv", 2)
    ] == reading.rows  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "cell"),
    [
        *((Responsibility.YES, cell) for cell in ("T", "true", "Yes", "1", " y ")),
        *((Responsibility.NO, cell) for cell in ("F", "FALSE", "no", "0")),
        *((Responsibility.UNKNOWN, cell) for cell in ("", "null", "2", "Priority 1", "see file")),
    ],
)
def test_responsibility_is_yes_only_where_the_file_says_so(put, expected, cell):
    """Blank, null and what nobody can read are unknown; being rung first is no responsibility (USER-1)."""
    path = put("Pupil ID,Contact ID,Contact Surname,PR,Priority", f"P1,A1,Nowak,{cell},1")

    assert [expected] == [row.responsibility for row in read(CONTACTS, path).rows]


@pytest.mark.parametrize(("expected", "cell"), [(True, "Y"), (True, "see head"), (False, "N"), (False, "")])
def test_a_court_flag_that_cannot_be_read_counts_as_set(put, expected, cell):
    """REVOKE-2: a person looks; until then the order is taken to be there."""
    path = put("Pupil ID,Contact ID,Contact Surname,PR,Court Order", f"P1,A1,Nowak,T,{cell}")

    reading = read(CONTACTS, path)

    assert [expected] == [row.court_order for row in reading.rows]
    assert (cell == "see head") == any("court-order" in remark.why for remark in reading.warnings)


@pytest.mark.clause(Clause.REVOKE_2)
def test_a_report_that_cannot_tell_of_an_order_is_remarked_on(put):
    """Silence is no all-clear: a person must know that no flag will come."""
    reading = read(CONTACTS, put("Pupil ID,Contact ID,Contact Surname,PR", "P1,A1,Nowak,T"))

    assert [row.court_order for row in reading.rows] == [None]
    assert ["no column tells of court orders" in remark.why for remark in reading.warnings] == [True]


def test_contact_rows_that_disagree_are_joined_with_caution(put):
    """The least responsibility and any order win, whatever the order of the lines; a person is told."""
    header = "Pupil ID,Contact ID,Contact Surname,PR,Court Order"
    path = put(header, "P1,A1,Nowak,T,N", "P1,A1,Nowak,F,N", "P1,A1,Nowak,T,Y", "P1,A2,Nowak,T,N", "P1,A2,Nowak,T,N")

    reading = read(CONTACTS, path)

    assert [(row.adult_id, row.responsibility, row.court_order) for row in reading.rows] == [
        ("A1", Responsibility.NO, True),
        ("A2", Responsibility.YES, False),
    ]
    assert (reading.repeated, [remark.line for remark in reading.warnings]) == (3, [2])


def test_an_adult_with_two_names_is_shown_to_a_person(put):
    """Names match nobody, and so one id under two names may be two people."""
    path = put("Pupil ID,Contact ID,Contact Surname,PR,Court Order", "P1,A1,Nowak,T,F", "P2,A1,O’Hara,T,F")

    reading = read(CONTACTS, path)

    assert len(reading.rows) == 2
    assert [(remark.line, "another name" in remark.why) for remark in reading.warnings] == [(3, True)]


def test_a_session_mark_keeps_lateness_amendment_and_when_the_register_was_taken(put):
    """Times are the school's clock, in summer an hour ahead of UTC; a time alone is of the mark's own day."""
    path = put(
        "Pupil ID,Date,Session,Mark,Minutes late,Register taken,Original mark,Amended at",
        "P1,12/03/2026,AM,L,12,12/03/2026 08:55,,",
        "P1,31/03/2026,pm,I,,13:40,N,01/04/2026 09:10:00",
        "P2,2026-03-31,AM,\\,,2026-03-31T08:50:00Z,,",
    )

    assert [
        MarkRow("P1", date(2026, 3, 12), Half.AM, "L", 12, datetime(2026, 3, 12, 8, 55, tzinfo=UTC), "", None, "export.csv", 2),
        MarkRow("P1", date(2026, 3, 31), Half.PM, "I", None, datetime(2026, 3, 31, 12, 40, tzinfo=UTC), "N",
                datetime(2026, 4, 1, 8, 10, tzinfo=UTC), "export.csv", 3),
        MarkRow("P2", date(2026, 3, 31), Half.AM, "\\", None, datetime(2026, 3, 31, 8, 50, tzinfo=UTC), "", None, "export.csv", 4),
    ] == read(MARKS, path).rows  # fmt: skip


def test_codes_are_known_by_their_day_and_never_guessed(put):
    """H was a code until 18 August 2024; a school's own signs and small letters mean nothing and are counted."""
    path = put(
        "Pupil ID,Date,Session,Mark",
        "P1,16/07/2024,AM,H", "P1,16/07/2025,AM,H", "P1,17/07/2025,AM,-", "P2,17/07/2025,AM,-", "P1,18/07/2025,AM,i",
        "P1,18/07/2025,PM,", "P2,18/07/2025,PM,Y1",
    )  # fmt: skip

    reading = read(MARKS, path)

    assert reading.unknown_codes == {"H": 1, "-": 2, "i": 1}
    assert [(remark.line, remark.why[:3]) for remark in reading.warnings] == [(3, "“H”"), (4, "“-”"), (6, "“i”")]
    assert ([row.code for row in reading.rows], reading.blank_marks) == (["H", "H", "-", "-", "i", "Y1"], 1)


def test_two_marks_for_one_session_are_both_refused_unless_they_agree(put):
    """Which of them is right cannot be known from the file."""
    path = put(
        "Pupil ID,Date,Session,Mark",
        "P1,16/07/2025,AM,/", "P1,16/07/2025,AM,N", "P2,16/07/2025,AM,/", "P2,16/07/2025,AM,/", "P3,16/07/2025,AM,/",
    )  # fmt: skip

    reading = read(MARKS, path)

    assert [(row.pupil_id, row.line) for row in reading.rows] == [("P2", 4), ("P3", 6)]
    assert ([refusal.line for refusal in reading.refused], reading.repeated) == ([2, 3], 1)


def test_a_lesson_mark_names_its_period(put):
    """It is another kind of row, so that it can reach no percentage."""
    path = put("Pupil ID,Date,Period,Subject,Teacher,Mark,Late minutes", "P1,12/03/2026,3,French,ABE,L,4")

    assert [LessonMarkRow("P1", date(2026, 3, 12), "3", "L", 4, "French", "export.csv", 2)] == read(
        LESSON_MARKS, path
    ).rows


def test_points_of_both_kinds_in_and_outside_lessons(put):
    """Amounts lose their sign, since the kind says it; a comment column is not read."""
    path = put(
        "Event ID,Pupil ID,Type,Category,Meaning,Points,Date,Time,In lesson,Subject,Staff code,Location,Comment",
        "E1,P1,Achievement,Homework,Done well,1,12/03/2026,09:20,Y,French,ABE,,hit by Tom",
        "E2,P1,Behaviour,Corridor,Running,-2,2026-07-01T11:05:00,,N,,,Hall,",
    )

    reading = read(POINTS, path)

    assert [
        PointRow("E1", "P1", PointKind.ACHIEVEMENT, 1, "Homework", "Done well", datetime(2026, 3, 12, 9, 20, tzinfo=UTC),
                 None, True, "French", "ABE", "", "export.csv", 2),
        PointRow("E2", "P1", PointKind.BEHAVIOUR, 2, "Corridor", "Running", datetime(2026, 7, 1, 10, 5, tzinfo=UTC),
                 None, False, "", "", "Hall", "export.csv", 3),
    ] == reading.rows  # fmt: skip
    assert "Comment" not in reading.columns.values()


@pytest.mark.parametrize(
    ("kind", "in_lesson", "cells"),
    [(PointKind.BEHAVIOUR, True, "-1,French"), (PointKind.ACHIEVEMENT, False, "3,")],
)
def test_a_points_file_without_kind_goes_by_sign_and_subject(put, kind, in_lesson, cells):
    """A negative amount is behaviour; a subject makes it a lesson."""
    path = put("Event ID,Pupil ID,Category,Date,Adjustment,Subject", f"E1,P1,Effort,12/03/2026,{cells}")

    assert [(kind, in_lesson)] == [(row.kind, row.in_lesson) for row in read(POINTS, path).rows]
