"""The demo school's registers: each pupil's marks day by day, with the habits, illnesses and corrections of a real school.

A pupil's marks depend on the seed and the day alone, so that tomorrow's file says the same of today as today's did, save what
has been corrected since.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from portal_core.demo.families import Child
from portal_core.demo.staff import MORNING_PERIODS, Lesson
from portal_core.demo.year import IMPORTS
from portal_core.domain.school import Calendar, Half

REGISTERS_TAKEN = {Half.AM: time(9, 5), Half.PM: time(13, 40)}
CAME = dict(zip(Half, IMPORTS, strict=False))
"""From when a session's register is in the files."""
PRESENT = {Half.AM: "/", Half.PM: "\\"}
HABITS = {  # share of pupils: chance to fall ill on a day, to be late, to stay away without leave
    "steady": (46, 0.011, 0.01, 0.0005),
    "ordinary": (38, 0.02, 0.025, 0.004),
    "fragile": (11, 0.05, 0.03, 0.008),
    "often away": (5, 0.07, 0.08, 0.09),
}
Said = tuple[str, int | None]
"""What is entered for a session, and minutes late."""
IN_SCHOOL = frozenset("/\\LU")
LESSON_DAYS = 10
"""School days for which the demo has lesson marks."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the session marks report."""

    day: date
    half: Half
    code: str
    late: int | None = None
    original: str = ""
    amended_on: date | None = None


SCRIPT = 35
"""School days after which the script of the family whose page shows everything begins anew."""

# That script by days back from the one on which the demo was built: both codes. "N>M" is entered as N and corrected to M.
SHOWN = {
    "Amelia": {1: ("/", "N>I"), 2: ("L", "\\"), 4: ("/", "N>M"), 6: ("V", "V"), 9: ("I", "I"), 10: ("N>I", "I"), 16: ("/", "M"),
               21: ("O", "\\"), 26: ("U", "\\"), 31: ("L", "\\")},
    "Noah": {1: ("/", "N>I"), 7: ("I", "I"), 14: ("L", "\\"), 24: ("G", "G")},
    "Oscar": {3: ("L", "C2"), 5: ("L>/", "\\"), 8: ("/", "Y1"), 12: ("N>O", "\\")},
}  # fmt: skip

PART_TIME = {"Oscar": ((0, Half.PM), (2, Half.PM), (4, Half.PM))}
"""By weekday and half, when a pupil on a part-time timetable is not due; entered before the session begins."""


def script_days(calendar: Calendar, days: Sequence[date], built_on: date) -> dict[date, int]:
    """Where in the script each school day stands; it repeats, so that the page goes on showing something new."""
    last = len(calendar.school_days(days[0], built_on)) - 1 if days else 0
    return {day: (last - place) % SCRIPT for place, day in enumerate(days)}


def session_marks(child: Child, calendar: Calendar, now: datetime, built_on: date, seed: int) -> Iterator[Line]:
    """A pupil's marks from the first day of the year up to now, by the school's clock; the first day first."""
    last = min(child.left or now.date(), now.date())
    days = list(calendar.school_days(max(child.joined, calendar.year_begins(now.date())), last))
    script = SHOWN.get(child.forename) if child.calm else None
    codes = _shown(script, script_days(calendar, days, built_on)) if script else _lived(child, days, seed)
    following = dict(zip(days, [*days[1:], None], strict=True))
    not_due = PART_TIME.get(child.forename, ()) if child.calm else ()
    for day, halves in codes:
        for half, (said, late) in zip(Half, halves, strict=True):
            if (day.weekday(), half) in not_due:
                yield Line(day, half, "C2")
                continue
            if day == now.date() and now.time() < CAME[half]:
                continue
            if day == now.date() and not child.calm and Random(f"{seed}:{child.pupil_id}:{day}").random() < 0.01:
                continue  # the teacher has not marked this one yet
            first, _, final = said.partition(">")
            settled = day
            for _ in range(3 if final else 0):
                settled = following.get(settled) or date.max
            if not final or settled >= now.date():
                yield Line(day, half, first, late)
            else:
                yield Line(day, half, final, None, first, settled)


def _shown(script: Mapping[int, tuple[str, str]], days: Mapping[date, int]) -> Iterator[tuple[date, list[Said]]]:
    for day, place in days.items():
        yield day, [(code, {"L": 9, "U": 48}.get(code)) for code in script.get(place, tuple(PRESENT.values()))]


@lru_cache(maxsize=2048)
def _out_visiting(seed: int, year: int, day: date) -> bool:
    """A whole year group on an educational visit."""
    return Random(f"{seed}:{year}:{day}:visit").random() < 0.012


def _lived(child: Child, days: Sequence[date], seed: int) -> Iterator[tuple[date, list[Said]]]:
    chance = Random(f"{seed}:{child.pupil_id}:marks")
    habit = "steady" if child.calm else chance.choices([*HABITS], [share for share, *_ in HABITS.values()])[0]
    _, ill, late, away = HABITS[habit]
    in_bed = 0
    for day in days:
        edge = 1.4 if day.weekday() in (0, 4) else 1.0
        drawn = chance.random()
        halves: list[Said] = [(PRESENT[half], None) for half in Half]
        if in_bed:
            in_bed -= 1
            halves = [("I", None)] * 2
        elif _out_visiting(seed, child.year, day):
            halves = [("V", None)] * 2
        elif drawn < ill * edge:
            in_bed = chance.choice((0, 0, 1, 1, 2, 4))
            halves = [(chance.choice(("I", "I", "N>I")), None), ("I", None)]
        elif drawn < (ill + away) * edge:
            code = chance.choice(("O", "N>O", "N>O", "G", "C"))
            halves = [(code, None), (chance.choice((PRESENT[Half.PM], code)), None)]
        elif drawn > 1 - late:
            halves[0] = ("L", chance.randrange(2, 25)) if chance.random() < 0.85 else ("U", chance.randrange(31, 90))
        elif drawn > 1 - late - 0.006:
            halves[chance.randrange(2)] = (chance.choice(("M", "M", "M", "R", "J1" if child.year == 11 else "M")), None)
        yield day, halves


def lesson_marks(
    lines: list[Line], week: tuple[tuple[Lesson, ...], ...], now: datetime
) -> Iterator[tuple[date, str, str, int | None, Lesson]]:
    """Marks of the last days' lessons: day, period, code, minutes late, lesson; as present as the session was."""
    codes = {(line.day, line.half): line for line in lines}
    for day in sorted({line.day for line in lines})[-LESSON_DAYS:]:
        for number, lesson in enumerate(week[day.weekday()]):
            half = Half.AM if number < MORNING_PERIODS else Half.PM
            line = codes.get((day, half))
            begins = datetime.combine(day, time(9, 10)) + timedelta(minutes=55 * number)
            if line is None or (day == now.date() and begins > now.replace(tzinfo=None)):
                continue
            first = number in (0, MORNING_PERIODS)
            code = "/" if line.code in "/\\LV" or (line.code == "U" and not first) else "N"
            late = line.late if first and line.code == "L" else None
            yield day, f"P{number + 1}", "L" if late else code, late, lesson
