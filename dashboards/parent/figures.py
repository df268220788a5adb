"""Attendance in figures as parents read them: each with how it is worked out, and where the child stands over the year.

The formula is the DfE's: half-days attended, approved activities elsewhere among them, out of the half-days possible.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from portal_core.domain.periods import Period
from portal_core.domain.records import SessionMark
from portal_core.policy.attendance import Attendance, attendance_of

EARLY = 20
"""Possible half-days, two weeks, before which a share of them says little."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it counts, and how it came about."""

    what: str
    number: str
    how: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table that compares: a half-term or a weekday. `link` is its page, "" for none."""

    name: str
    link: str
    present: str
    share: str
    authorised: int
    unauthorised: int
    late: int


def half_days(number: int) -> str:
    """So many half-days."""
    return f"{number} half-day" if number == 1 else f"{number} half-days"


def figures(counted: Attendance) -> tuple[Figure, ...]:
    """The figures of a stretch; none while no half-day was possible."""
    if not counted.possible:
        return ()
    elsewhere = (
        f", {counted.elsewhere} of them learning elsewhere with the school’s approval" if counted.elsewhere else ""
    )
    return (
        Figure("attendance", counted.percent_words(counted.attended),
               f"{half_days(counted.attended)} present, divided by {counted.possible} possible, times 100. Possible are"
               f" {counted.attended} present, {counted.authorised} authorised and {counted.unauthorised} unauthorised."),
        Figure("half-days present", str(counted.attended),
               f"All half-days marked present or late before the register closed{elsewhere}."),
        Figure("authorised absences", str(counted.authorised),
               "Half-days away for a reason that the school accepts, such as an illness."),
        Figure("unauthorised absences", str(counted.unauthorised),
               "Half-days away without a reason that the school accepts, those whose reason is still awaited, and coming"
               " after the register had closed."),
        Figure("times late", str(counted.lates),
               "Late before the register closed, which counts as present, and after, which is an unauthorised absence."),
    )  # fmt: skip


def left_out(counted: Attendance) -> str:
    """Half-days that are in no figure, which is said and not hidden."""
    words = ""
    if counted.not_counted:
        words += (
            f"{half_days(counted.not_counted)} in no figure: nobody could attend, or the child was not due in school. "
        )
    if counted.unknown:
        words += f"{half_days(counted.unknown)} without a mark that counts: in no figure either. "
    return words.rstrip()


def standing(counted: Attendance, percent: int, child: str) -> str:
    """Where the child stands over the school year against the share from which absence is called persistent: one sentence."""
    missed, possible, share = counted.missed, counted.possible, counted.percent_words(counted.missed)
    if not possible:
        return ""
    if possible < EARLY:
        return (
            f"{child} has missed {missed} of {half_days(possible)}; so early in the year a single day weighs much, so"
            f" wait some weeks before comparing it with the {percent}% at which schools and families look for help together."
        )
    so_far = f"{child} has missed {missed} of {possible} half-days, {share}"
    if counted.part_time:
        so_far += f" ({counted.part_time} of them by the agreed part-time timetable)"
    if counted.persistent(percent):
        return (
            f"{so_far}: that is at or above {percent}%, where schools and families look together for what would help,"
            " and the school is glad to talk with you about it."
        )
    just = "just " if counted.percent(missed) is not None and share == f"{percent}.0%" else ""
    return (
        f"{so_far}: {just}below {percent}%, which would be {counted.makes(percent)} of {possible} and is where schools and"
        " families look together for what would help."
    )


def by_term(marks: Iterable[SessionMark], terms: Iterable[Period], link: Callable[[Period], str]) -> tuple[Row, ...]:
    """A row for each half-term begun."""
    marks = list(marks)
    return tuple(_row(term.name, link(term), (mark for mark in marks if mark.day in term)) for term in terms)


def by_weekday(marks: Iterable[SessionMark]) -> tuple[Row, ...]:
    """A row for each day of the school week."""
    marks = list(marks)
    return tuple(
        _row(name, "", (mark for mark in marks if mark.day.weekday() == number)) for number, name in enumerate(WEEKDAYS)
    )


def _row(name: str, link: str, marks: Iterable[SessionMark]) -> Row:
    counted = attendance_of(marks)
    present = f"{counted.attended} of {counted.possible}"
    share = counted.percent_words(counted.attended) if counted.possible else "–"
    return Row(name, link, present, share, counted.authorised, counted.unauthorised, counted.lates)
