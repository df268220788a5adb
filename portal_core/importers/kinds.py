"""The six kinds of file: the columns of each and the names these go by, how a row is made, and what makes two rows one."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from portal_core.importers import people, school_days
from portal_core.importers.columns import Column, column
from portal_core.importers.reading import R, Reading
from portal_core.importers.rows import ContactRow, LessonMarkRow, MarkRow, PointRow, PupilRow, StaffRow


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """A kind of file. `columns` stand in the order in which `build` takes their cells.

    Two rows with one `key` are about one thing; where they differ, `merge` makes one of them, and without it both are
    refused. `look` is a last look over all rows, for remarks. The first `ids` columns say whom a row is about.
    """

    name: str
    words: tuple[str, ...]  # in a file's name
    columns: tuple[Column, ...]
    build: Callable[[Reading[R], int, Sequence[str]], R | None]
    key: Callable[[R], Hashable]
    ids: int = 1
    merge: Callable[[Sequence[R]], R] | None = None
    look: Callable[[Reading[R]], None] | None = None


_PUPIL = column(
    "pupil_id",
    "mis id|pupil mis id|pupil id|student id|arbor student id|globally unique student id|person id|admission number|"
    "adno|admission no|pupil|id",
    required=True,
)
_DAY = column("day", "day|date|mark date|session date|attendance date|calendar start date", required=True)
_CODE = column("code", "code|mark|marks|attendance code|attendance mark|mark code", required=True)
_LATE = column("minutes_late", "minutes late|late minutes|mins late|minutes")

PUPILS: Kind[PupilRow] = Kind(
    "pupils",
    ("pupil", "student"),
    (
        _PUPIL,
        column("upn", "upn|unique pupil number"),
        column("forename", "preferred forename|preferred first name|forename|first name|given name|legal forename|"
               "legal first name", required=True),
        column("surname", "preferred surname|preferred last name|surname|last name|family name|legal surname|"
               "legal last name", required=True),
        column("born_on", "dob|date of birth|birth date|born", required=True),
        column("year", "nc year|year|year group|nc years for today|year groups this academic year|nc year actual"),
        column("form", "form|reg group|reg|registration group|registration form|tutor group|tutor group name|class|"
               "registration"),
        column("enrolled_from", "enrolled from|on roll from|admission date|date of admission|doa|entry date|"
               "start date|begin date|joined"),
        column("enrolled_until", "enrolled until|on roll until|leaving date|date of leaving|dol|leaving|end date|left"),
    ),
    people.pupil,
    lambda row: (row.pupil_id, row.enrolled_from),
)  # fmt: skip

STAFF: Kind[StaffRow] = Kind(
    "staff",
    ("staff", "teacher", "employee"),
    (
        column("staff_id", "mis id|staff id|staff mis id|employee id|person id|teacher id|id", required=True),
        column("code", "staff code|code|initials|teacher code", required=True),
        column("title", "title"),
        column("forename", "preferred forename|forename|first name|given name|legal forename"),
        column("surname", "preferred surname|surname|last name|family name|legal surname", required=True),
        column("post", "post|job title|role|position|post title"),
        column("email", "work email|email|email address|primary email"),
        column("telephone", "work telephone|telephone|phone|extension"),
        column("manages", "learning manager of|manages|head of year of|head of year|pastoral lead of|year manager of"),
    ),
    people.staff,
    lambda row: row.staff_id,
    look=people.look_at_staff,
)


def _of_adult(field: str, names: str, beside: str, *, required: bool = False) -> Column:
    """A column about the adult: by its own name, or by a general one that stands right of the adult's id."""
    return column(field, names, required=required, right_of="adult_id", beside=beside)


CONTACTS: Kind[ContactRow] = Kind(
    "contacts",
    ("contact", "parent", "guardian"),
    (
        _PUPIL,
        column("adult_id", "contact id|contact mis id|adult id|adult mis id|parent id|guardian id|id", required=True),
        _of_adult("title", "contact title|adult title|parent title", "title"),
        _of_adult("forename", "contact forename|contact first name|adult forename|parent forename|guardian forename",
                  "forename|first name|given name"),
        _of_adult("surname", "contact surname|contact last name|adult surname|parent surname|guardian surname",
                  "surname|last name|family name", required=True),
        column("relationship", "relationship|contact relationship|relationship to pupil|relationship type|relation"),
        column("responsibility", "parental responsibility|pr|has parental responsibility|is legal guardian|"
               "legal guardian|contact parental responsibility", required=True),
        column("court_order", "court order|court order flag|has court order|court orders|contact court order"),
        _of_adult("email", "contact email|contact home email|home email|primary email",
                  "email|email address"),
        _of_adult("telephone", "contact mobile|mobile number|mobile|main telephone|contact telephone",
                  "telephone|phone"),
        _of_adult("address", "contact address|postal address|address line 1|address 1|house and street", "address"),
        column("address_2", "address line 2|address 2|locality"),
        column("address_3", "address line 3|address 3"),
        column("town", "town|post town|city|address town"),
        column("county", "county|address county"),
        column("postcode", "postcode|address postcode"),
    ),
    people.contact,
    lambda row: (row.pupil_id, row.adult_id),
    2,
    people.merged_contacts,
    people.look_at_contacts,
)  # fmt: skip

MARKS: Kind[MarkRow] = Kind(
    "session marks",
    ("session", "mark", "attendance", "register"),
    (
        _PUPIL,
        _DAY,
        column("half", "session|am pm|half|session name|period display name", required=True),
        _CODE,
        _LATE,
        column("taken_at", "register taken|taken at|register taken at|register time|time taken"),
        column("original_code", "original mark|original code|first mark|mark before|previous mark"),
        column("amended_at", "amended at|amended|amendment date|date amended|changed at"),
    ),
    school_days.mark,
    lambda row: row[:3],
)

LESSON_MARKS: Kind[LessonMarkRow] = Kind(
    "lesson marks",
    ("lesson",),
    (
        _PUPIL,
        _DAY,
        column("period", "period|lesson|period name|lesson event|period display name", required=True),
        _CODE,
        _LATE,
        column("subject", "subject|subject name|course"),
    ),
    school_days.lesson_mark,
    lambda row: row[:3],
)

POINTS: Kind[PointRow] = Kind(
    "points",
    ("point", "achievement", "behaviour", "conduct"),
    (
        column("point_id", "event id|point id|event record id|incident id|record id|award id", required=True),
        _PUPIL,
        column("kind", "type|kind|point type|achievement or behaviour|polarity"),
        column("amount", "points|amount|adjustment|value|score"),
        column("category", "category|event|event name|behaviour|achievement|point award category|incident name",
               required=True),
        column("meaning", "category meaning|meaning|category description"),
        column("date", "date|event date|day|given on|awarded on|incident date|date time", required=True),
        column("time", "time|event time|given at"),
        column("recorded_at", "recorded at|recorded|logged at|entered at"),
        column("in_lesson", "in lesson|lesson or outside|activity type"),
        column("subject", "subject|subject name|course"),
        column("period", "period|lesson"),
        column("staff_code", "staff code|teacher code|teacher|staff|logged by|awarded by|recorded by"),
        column("place", "place|location|where"),
    ),
    school_days.point,
    lambda row: (row.point_id, row.pupil_id),
)  # fmt: skip

KINDS: tuple[Kind[Any], ...] = (PUPILS, STAFF, CONTACTS, LESSON_MARKS, MARKS, POINTS)
"""In the order in which a file's name is matched: "lesson" before "mark"."""
