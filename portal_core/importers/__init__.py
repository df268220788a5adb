"""A school's files in, typed rows and a report out; no store.

    reading = read(PUPILS, Path("pupils.csv"))         # one file: rows, refused, warnings, encoding, counts
    files = read_folder(Path("exports"))               # every file, recognised; files.of(MARKS) are its readings

Nothing here decides who is who or what may change: portal_core.services does, by MIS id alone.
"""

from portal_core.importers.kinds import CONTACTS, KINDS, LESSON_MARKS, MARKS, POINTS, PUPILS, STAFF, Kind
from portal_core.importers.mis_csv import Files, HeaderMap, Taken, read, read_folder
from portal_core.importers.reading import Reading
from portal_core.importers.rows import (
    ContactRow,
    LessonMarkRow,
    MarkRow,
    PointRow,
    PupilRow,
    Refusal,
    Remark,
    StaffRow,
)

__all__ = [
    "CONTACTS",
    "KINDS",
    "LESSON_MARKS",
    "MARKS",
    "POINTS",
    "PUPILS",
    "STAFF",
    "ContactRow",
    "Files",
    "HeaderMap",
    "Kind",
    "LessonMarkRow",
    "MarkRow",
    "PointRow",
    "PupilRow",
    "Reading",
    "Refusal",
    "Remark",
    "StaffRow",
    "Taken",
    "read",
    "read_folder",
]
