"""The demo school's staff, and which of them teaches which form what, when."""

from dataclasses import dataclass
from datetime import time
from random import Random

from portal_core.demo.names import HERITAGES, gendered, plain_letters
from portal_core.domain.clauses import Role

YEARS = (7, 8, 9, 10, 11)
FORMS = tuple(f"{year}{letter}" for year in YEARS for letter in "ABCDEFGH")
PERIODS = (time(9, 10), time(10, 5), time(11, 20), time(12, 15), time(13, 40), time(14, 35))
"""When the six lessons of a day begin; the first four lie in the morning session."""

MORNING_PERIODS = 4

# Teachers of a subject, and its lessons in a form's week of thirty.
SUBJECTS = {
    "English": (9, 4), "Mathematics": (9, 4), "Science": (11, 5), "French": (4, 2), "Spanish": (3, 1), "History": (4, 2),
    "Geography": (4, 2), "Religious Studies": (3, 2), "Physical Education": (6, 2), "Art": (3, 1), "Music": (2, 1),
    "Drama": (2, 1), "Design and Technology": (5, 2), "Computing": (4, 1),
}  # fmt: skip
POSTS = (
    *((f"Learning Manager, Year {year}", None) for year in YEARS),
    ("Headteacher", Role.SAFEGUARDING_LEAD),
    ("Designated Safeguarding Lead", Role.SAFEGUARDING_LEAD),
    ("Office Manager", Role.OFFICE),
    ("Data Manager", Role.DATA_MANAGER),
    ("Network Manager", Role.ADMINISTRATOR),
    ("Business Manager", Role.ADMINISTRATOR),
    ("Assistant Headteacher, Outcomes", Role.ANALYST),
    *((post, None) for post in ("Deputy Headteacher", "Deputy Headteacher", "Attendance Officer", "Receptionist")),
    *((post, None) for post in ("Receptionist", "Pastoral Support", "Pastoral Support", "Librarian", "Exams Officer")),
)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One invented member of staff; `role` is what the demo makes them to the portal."""

    staff_id: str
    code: str
    title: str
    forename: str
    surname: str
    post: str
    subject: str
    manages: str
    role: Role | None

    @property
    def email(self) -> str:
        """At the school's own invented domain."""
        return f"{plain_letters(self.forename)[0]}.{plain_letters(self.surname)}.{self.staff_id[1:]}@wrenbridge.example"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson of a form's week."""

    subject: str
    teacher: str  # code


def staff_of(seed: int) -> list[StaffMember]:
    """About ninety people: those with a post, then teachers by subject."""
    chance = Random(f"{seed}:staff")
    posts = [(post, "", role) for post, role in POSTS]
    posts += [(f"Teacher of {subject}", subject, None) for subject, (many, _) in SUBJECTS.items() for _ in range(many)]
    taken: set[str] = set()
    members = []
    for number, (post, subject, role) in enumerate(posts, start=1):
        heritage = chance.choices(HERITAGES, [h.weight for h in HERITAGES])[0]
        woman = chance.random() < 0.62
        forename = heritage.forename(chance, woman)
        surname = gendered(chance.choice(heritage.surnames), woman)
        title = chance.choice(("Mrs", "Miss", "Ms", "Ms")) if woman else "Mr"
        code = _code(forename, surname, taken)
        taken.add(code)
        manages = post.rpartition(", ")[2] if post.startswith("Learning Manager") else ""
        members.append(StaffMember(f"S{number:03}", code, title, forename, surname, post, subject, manages, role))
    return members


def _code(forename: str, surname: str, taken: set[str]) -> str:
    letters = (plain_letters(forename)[:1] + plain_letters(surname)).upper()
    tries = (letters[0] + letters[1] + last for last in letters[2:] + "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return next(code for code in tries if code not in taken)


def timetables(seed: int, members: list[StaffMember]) -> dict[str, tuple[tuple[Lesson, ...], ...]]:
    """For each form, five days of six lessons; a form keeps its teacher of a subject all year."""
    chance = Random(f"{seed}:timetable")
    teachers = {subject: [m.code for m in members if m.subject == subject] for subject in SUBJECTS}
    weeks = {}
    for number, form in enumerate(FORMS):
        week = [
            Lesson(subject, teachers[subject][number % len(teachers[subject])])
            for subject, (_, lessons) in SUBJECTS.items()
            for _ in range(lessons)
        ]
        chance.shuffle(week)
        weeks[form] = tuple(tuple(week[day * 6 : day * 6 + 6]) for day in range(5))
    return weeks
