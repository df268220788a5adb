"""The demo school as its MIS would report it: six CSV files in a folder, which then enter through the importer."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path

from portal_core.demo.families import FORM_SIZE, Child, Family, Grownup, Tie, Town, families
from portal_core.demo.marks import IN_SCHOOL, REGISTERS_TAKEN, lesson_marks, session_marks
from portal_core.demo.names import HERITAGES
from portal_core.demo.points import CATEGORIES, points
from portal_core.demo.staff import FORMS, Lesson, StaffMember, staff_of, timetables
from portal_core.demo.year import school_year
from portal_core.domain.school import Calendar

PARTS = {  # the families that the listed sign-ins belong to: surname, adults (name, woman, tie), children (name, year, form)
    "everything": ("Ashworth", (("Ruth", True, "Mother"), ("Daniel", False, "Father")), (("Amelia", 9, "9A"), ("Noah", 7, "7C"))),
    "one child": ("Malik", (("Imran", False, "Father"),), (("Zayn", 8, "8B"),)),
    "court order": ("Holroyd", (("Neil", False, "Father"), ("Karen", True, "Mother")), (("Jude", 8, "8A"),)),
    "investigation": ("Redfern", (("Paul", False, "Father"), ("Tina", True, "Mother")), (("Lily", 10, "10D"),)),
    "not yet": ("Nowak", (("Zofia", True, "Mother"),), (("Maja", 7, "7A"),)),
    "part time": ("Greenhalgh", (("Joanne", True, "Mother"),), (("Oscar", 10, "10D"),)),
}  # fmt: skip


@dataclass(frozen=True)
class DemoSchool:
    """Everything about the invented school. `forms` may be cut down to a few for a test; PARTS' own are always there."""

    seed: int
    built_on: date
    forms: Sequence[str] = field(default=FORMS)

    @cached_property
    def calendar(self) -> Calendar:
        """Of the school year in which the demo was built."""
        return school_year(self.built_on)

    @cached_property
    def staff(self) -> list[StaffMember]:
        """About ninety people."""
        return staff_of(self.seed)

    @cached_property
    def weeks(self) -> dict[str, tuple[tuple[Lesson, ...], ...]]:
        """Each form's timetable."""
        return timetables(self.seed, self.staff)

    @cached_property
    def pastoral(self) -> tuple[str, ...]:
        """Codes of the staff who give points outside lessons."""
        return tuple(one.code for one in self.staff if not one.subject and one.role is None)

    @cached_property
    def parts(self) -> dict[str, Family]:
        """The families with a part to play."""
        return self._people[0]

    @cached_property
    def families(self) -> list[Family]:
        """Every family, those with a part first."""
        return [*self.parts.values(), *self._people[1]]

    @cached_property
    def _people(self) -> tuple[dict[str, Family], list[Family]]:
        town = Town(self.seed, self.calendar.year_begins(self.built_on))
        town.places = {year: [form for form in places if form in self.forms] for year, places in town.places.items()}
        needed = [form for _, _, children in PARTS.values() for _, _, form in children if form not in self.forms]
        for form in needed:
            town.places[int(form[:-1])] += [form] * FORM_SIZE
        parts = {}
        for part, (surname, adults, children) in PARTS.items():
            home = town.home()
            pupils = tuple(town.child(HERITAGES[0], surname, year, form, name) for name, year, form in children)
            ties = tuple(
                Tie(town.adult(HERITAGES[0], surname, woman, home, name), tie, "T") for name, woman, tie in adults
            )
            parts[part] = Family(pupils, ties)
        rest = list(families(town))
        for family in rest[7::113]:  # a few have moved away since September
            for child in family.children:
                child.left = self.calendar.terms[0].ends
        return parts, rest

    @property
    def children(self) -> list[Child]:
        """Every pupil, leavers among them."""
        return [child for family in self.families for child in family.children]

    def adult(self, part: str, number: int = 0) -> Grownup:
        """One of the adults of a family with a part."""
        return self.parts[part].ties[number].adult

    @cached_property
    def leavers(self) -> tuple[StaffMember, ...]:
        """Who leaves just before the demo's first day: a teacher who has given Amelia a point, a Learning Manager."""
        amelia = self.parts["everything"].children[0]
        evening, week = datetime.combine(self.built_on, time.max), self.weeks[amelia.form]
        given = points(amelia, self.calendar, evening, self.built_on, week, self.seed, self.pastoral)
        codes = [one.staff for one in given if one.lesson and one.at.date() < self.built_on]
        return tuple(one for one in self.staff if one.code in codes[-1:] or one.manages == "Year 10")

    def write_people(self, folder: Path, *, without: Sequence[StaffMember] = ()) -> None:
        """Pupils, staff and contacts, as in September; a few are known to leave in the autumn."""
        _write(folder / "pupils.csv", ("Pupil ID", "UPN", "Forename", "Surname", "DOB", "NC Year", "Reg Group", "On Roll From",
               "On Roll Until"), ((c.pupil_id, c.upn, c.forename, c.surname, _day(c.born_on), c.year, c.form, _day(c.joined),
               _day(c.left)) for c in self.children))  # fmt: skip
        _write(folder / "staff.csv", ("Staff ID", "Staff Code", "Title", "Forename", "Surname", "Post", "Work Email",
               "Learning Manager Of"), ((s.staff_id, s.code, s.title, s.forename, s.surname, s.post, s.email, s.manages)
               for s in self.staff if s not in without))  # fmt: skip
        _write(folder / "contacts.csv", ("Pupil ID", "Contact ID", "Title", "Forename", "Surname", "Relationship",
               "Parental Responsibility", "Court Order", "Priority", "Primary Email", "Mobile Number", "House and Street",
               "Town", "Postcode"),
               ((child.pupil_id, one.adult_id, one.title, one.forename, one.surname, tie.relationship, tie.responsibility,
                 "T" if tie.court_order else "F", number, one.email, one.telephone, *one.address)
                for family in self.families for child in family.children
                for number, tie in enumerate(family.ties, 1) for one in (tie.adult,)))  # fmt: skip

    def write_days(self, folder: Path, now: datetime, since: date) -> None:
        """Marks and points of the days from `since` to now, by the school's clock, and older marks corrected since then."""
        sessions: list[Sequence[object]] = []
        lessons: list[Sequence[object]] = []
        given: list[Sequence[object]] = []
        for child in self.children:
            lines = list(session_marks(child, self.calendar, now, self.built_on, self.seed))
            sessions += (
                (child.pupil_id, _day(line.day), line.half.name, line.code, line.late, f"{line.day} {REGISTERS_TAKEN[line.half]:%H:%M}",
                 line.original, f"{line.amended_on} 10:00" if line.amended_on else "")
                for line in lines if (line.amended_on or line.day) >= since
            )  # fmt: skip
            week = self.weeks[child.form]
            lessons += (
                (child.pupil_id, _day(day), period, code, late, lesson.subject, lesson.teacher)
                for day, period, code, late, lesson in lesson_marks(lines, week, now) if day >= since
            )  # fmt: skip
            away = {(line.day, line.half) for line in lines if line.code not in IN_SCHOOL}
            given += (
                (p.id, child.pupil_id, p.kind, p.amount, p.category, CATEGORIES[p.category][2], _day(p.at.date()), f"{p.at:%H:%M}",
                 "Lesson" if p.lesson else "Outside lessons", p.lesson.subject if p.lesson else "", p.period, p.staff, p.place)
                for p in points(child, self.calendar, now, self.built_on, week, self.seed, self.pastoral)
                if p.at.date() >= since and (p.at.date(), p.half) not in away
            )  # fmt: skip
        sessions.sort(key=lambda row: (str(row[5]), str(row[0])))
        _write(folder / "session_marks.csv", ("Pupil ID", "Date", "Session", "Mark", "Minutes Late", "Register Taken",
               "Original Mark", "Amended At"), sessions)  # fmt: skip
        _write(
            folder / "lesson_marks.csv",
            ("Pupil ID", "Date", "Period", "Mark", "Minutes Late", "Subject", "Teacher"),
            lessons,
        )
        _write(folder / "points.csv", ("Event ID", "Pupil ID", "Type", "Points", "Category", "Category Meaning", "Date", "Time",
               "Activity Type", "Subject", "Period", "Staff Code", "Place"), given)  # fmt: skip


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
