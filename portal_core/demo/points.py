"""The demo school's points: small things, more of them good than bad, in lessons and outside."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from portal_core.demo.families import Child
from portal_core.demo.marks import script_days
from portal_core.demo.staff import PERIODS, Lesson
from portal_core.domain.records import PointKind
from portal_core.domain.school import Calendar, Half

A, B = PointKind.ACHIEVEMENT, PointKind.BEHAVIOUR
CATEGORIES: dict[str, tuple[PointKind, bool, str]] = {  # kind, whether it is given in a lesson, what it covers
    "Excellent work": (A, True, "A piece of work that is better than what was asked for."),
    "Super effort": (A, True, "Trying hard and keeping at it."),
    "Good homework": (A, True, "Homework done with care and on time."),
    "Joining in": (A, True, "Asking or answering questions that help everybody."),
    "Kindness": (A, False, "Looking after somebody else without being asked."),
    "Helping out": (A, False, "Giving a hand at an event, in the library or at lunch."),
    "Representing the school": (A, False, "Playing, singing, speaking or competing for the school."),
    "Homework late": (B, True, "Homework handed in after the day it was due. One small thing."),
    "Equipment missing": (B, True, "Came without a book, a pen or kit. One small thing."),
    "Off task": (B, True, "Did other things than the lesson's after being asked once."),
    "Talking over others": (B, True, "Talked while somebody else was speaking."),
    "Corridor": (B, False, "Running or being loud between lessons. One small thing."),
    "Uniform": (B, False, "Not dressed as the uniform list says. One small thing."),
}
PLACES = ("the hall", "the yard", "the library", "the dining room", "the corridor", "the sports hall")
OF_KIND = {kind: [name for name, (one, *_) in CATEGORIES.items() if one is kind] for kind in (A, B)}
AMOUNTS = {A: (1, 1, 1, 2, 3), B: (1, 1, 1, 1, 2)}


@dataclass(frozen=True, slots=True)
class Given:
    """A line of the points report."""

    id: str
    at: datetime  # the school's clock
    category: str
    amount: int
    lesson: Lesson | None
    period: str
    staff: str
    place: str

    @property
    def half(self) -> Half:
        """The session in which it was given."""
        return Half.AM if self.at.hour < 13 else Half.PM

    @property
    def kind(self) -> PointKind:
        """Of its category."""
        return CATEGORIES[self.category][0]


# Of the family whose page shows everything, by their script's days: category, amount.
SHOWN = {
    "Amelia": {0: ("Kindness", 1), 2: ("Homework late", 1), 3: ("Excellent work", 2), 5: ("Helping out", 1), 7: ("Corridor", 1),
               8: ("Super effort", 1), 12: ("Representing the school", 3), 15: ("Good homework", 1), 18: ("Equipment missing", 1),
               22: ("Joining in", 2), 28: ("Excellent work", 2)},
    "Noah": {3: ("Super effort", 1), 8: ("Kindness", 1), 13: ("Equipment missing", 1), 20: ("Good homework", 2)},
    "Oscar": {4: ("Joining in", 1), 6: ("Corridor", 1), 11: ("Off task", 1)},
}  # fmt: skip


def points(
    child: Child, calendar: Calendar, now: datetime, built_on: date, week: tuple[tuple[Lesson, ...], ...], seed: int,
    pastoral: tuple[str, ...],
) -> Iterator[Given]:  # fmt: skip
    """A pupil's points of this year up to now; `pastoral` are codes of staff who give points outside lessons."""
    chance = Random(f"{seed}:{child.pupil_id}:points")
    good, bad = chance.choice((0.05, 0.1, 0.1, 0.16)), chance.choice((0.004, 0.01, 0.015, 0.05))
    last = min(child.left or now.date(), now.date())
    days = list(calendar.school_days(max(child.joined, calendar.year_begins(now.date())), last))
    script = SHOWN.get(child.forename) if child.calm else None
    places = script_days(calendar, days, built_on) if script else {}
    for day in days:
        told = script.get(places[day]) if script else _drawn(chance, good, bad)
        if told:
            given = _given(child, day, *told, week, chance, pastoral)
            if given.at + timedelta(minutes=5) <= now.replace(tzinfo=None):
                yield given


def _drawn(chance: Random, good: float, bad: float) -> tuple[str, int] | None:
    drawn = chance.random()
    kind = A if drawn < good else B if drawn > 1 - bad else None
    return (chance.choice(OF_KIND[kind]), chance.choice(AMOUNTS[kind])) if kind else None


def _given(
    child: Child, day: date, category: str, amount: int, week: tuple[tuple[Lesson, ...], ...], chance: Random,
    pastoral: tuple[str, ...],
) -> Given:  # fmt: skip
    id_ = f"E{child.pupil_id}{day:%m%d}"
    if CATEGORIES[category][1]:
        period = chance.randrange(6)
        lesson = week[day.weekday()][period]
        at = datetime.combine(day, PERIODS[period]) + timedelta(minutes=chance.randrange(10, 45))
        return Given(id_, at, category, amount, lesson, f"P{period + 1}", lesson.teacher, "")
    at = datetime.combine(day, chance.choice((time(8, 40), time(11, 0), time(13, 10), time(15, 20))))
    return Given(id_, at, category, amount, None, "", chance.choice(pastoral), chance.choice(PLACES))
