"""A school's files in, typed rows and a report out; no store.

    reading = read(PUPILS, Path("pupils.csv"))         # one file: rows, refused, warnings, encoding
    files = read_files([Path("exports")])              # files and folders, recognised; files.of(MARKS) are its readings

Nothing here decides who is who or what may change: portal_core.services does, by MIS id alone.
"""

from portal_core.importers.files import Files, Taken, read_files, read_folder
from portal_core.importers.header_map import HeaderMap, read_map
from portal_core.importers.kinds import CONTACTS, KINDS, LESSON_MARKS, MARKS, POINTS, PUPILS, STAFF, Kind
from portal_core.importers.mis_csv import read
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
    "read_files",
    "read_folder",
    "read_map",
]
