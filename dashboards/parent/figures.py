"""Attendance in figures as parents read them: each with how it is worked out, and where the child stands over the year.

The formula is the DfE's: half-days attended, approved activities elsewhere among them, out of the half-days possible.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from portal_core.domain.language import N_, _, ngettext
from portal_core.domain.language import percent as in_percent
from portal_core.domain.periods import Period
from portal_core.domain.records import SessionMark
from portal_core.policy.attendance import Attendance, attendance_of

EARLY = 20
"""Possible half-days, two weeks, before which a share of them says little."""
WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"))


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it counts, how it came about, and what must stand beside it lest it be misread."""

    what: str
    number: str
    how: str
    note: str = ""

    @property
    def words(self) -> str:
        """The number with its note, for a table or a file."""
        return _noted(self.number, self.note)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table that compares: a half-term or a weekday. `link` is its page, "" for none."""

    name: str
    link: str
    present: str
    share: str
    authorised: int
    unauthorised: str  # with how many of them await their reason
    late: int


def half_days(number: int) -> str:
    """So many half-days."""
    return ngettext("{number} half-day", "{number} half-days", number).format(number=number)


def awaited(counted: Attendance) -> str:
    """How many of the unauthorised absences only await their reason, which the law counts among them (CONTACT-2)."""
    if not (number := counted.awaited):
        return ""
    if number == counted.unauthorised:
        return ngettext("its reason still awaited", "their reasons still awaited", number)
    return ngettext(
        "{number} of them still awaiting its reason", "{number} of them still awaiting their reasons", number
    ).format(number=number)


def _noted(number: str, note: str) -> str:
    return f"{number}, {note}" if note else number


def figures(counted: Attendance) -> tuple[Figure, ...]:
    """The figures of a stretch; none while no half-day was possible."""
    if not counted.possible:
        return ()
    present = _("All half-days marked present or late before the register closed.")
    if counted.elsewhere:
        present = _(
            "All half-days marked present or late before the register closed, {elsewhere} of them learning elsewhere with the"
            " school’s approval."
        ).format(elsewhere=counted.elsewhere)
    how = _(
        "{present} present, divided by {possible} possible, times 100. Possible are {attended} present, {authorised} authorised"
        " and {unauthorised} unauthorised{awaited}."
    ).format(
        present=half_days(counted.attended), possible=counted.possible, attended=counted.attended,
        authorised=counted.authorised, unauthorised=counted.unauthorised, awaited=_noted("", awaited(counted)),
    )  # fmt: skip
    return (
        Figure(_("attendance"), counted.percent_words(counted.attended), how),
        Figure(_("half-days present"), str(counted.attended), present),
        Figure(_("authorised absences"), str(counted.authorised),
               _("Half-days away for a reason that the school accepts, such as an illness.")),
        Figure(_("unauthorised absences"), str(counted.unauthorised),
               _("Half-days away without a reason that the school accepts, those whose reason is still awaited, and coming"
                 " after the register had closed."), awaited(counted)),
        Figure(_("times late"), str(counted.lates),
               _("Late before the register closed, which counts as present, and after, which is an unauthorised absence.")),
    )  # fmt: skip


def left_out(counted: Attendance) -> str:
    """Half-days that are in no figure, which is said and not hidden."""
    words = ""
    if counted.not_counted:
        words += _("{days} in no figure: nobody could attend, or the child was not due in school.").format(
            days=half_days(counted.not_counted)
        )
    if counted.unknown:
        words += " " + _("{days} without a mark that counts: in no figure either.").format(
            days=half_days(counted.unknown)
        )
    return words.strip()


def standing(counted: Attendance, percent: int, child: str) -> str:
    """Where the child stands over the school year against the share from which absence is called persistent: one sentence."""
    missed, possible, share = counted.missed, counted.possible, counted.percent_words(counted.missed)
    if not possible:
        return ""
    if possible < EARLY:
        return _(
            "{child} has missed {missed} of {days}; so early in the year a single day weighs much, so wait some weeks before"
            " comparing it with the {percent}% at which schools and families look for help together."
        ).format(child=child, missed=missed, days=half_days(possible), percent=percent)
    given = {"child": child, "missed": missed, "possible": possible, "share": share, "part_time": counted.part_time}
    so_far = _("{child} has missed {missed} of {possible} half-days, {share}")
    if counted.part_time:
        so_far = _(
            "{child} has missed {missed} of {possible} half-days, {share} ({part_time} of them by the agreed part-time timetable)"
        )
    if counted.persistent(percent):
        words = _(
            "{so_far}: that is at or above {percent}%, where schools and families look together for what would help, and the"
            " school is glad to talk with you about it."
        )
    elif share == in_percent(10 * percent):
        words = _(
            "{so_far}: just below {percent}%, which would be {makes} of {possible} and is where schools and families look"
            " together for what would help."
        )
    else:
        words = _(
            "{so_far}: below {percent}%, which would be {makes} of {possible} and is where schools and families look together"
            " for what would help."
        )
    return words.format(so_far=so_far.format(**given), percent=percent, makes=counted.makes(percent), possible=possible)


def by_term(marks: Iterable[SessionMark], terms: Iterable[Period], link: Callable[[Period], str]) -> tuple[Row, ...]:
    """A row for each half-term begun."""
    marks = list(marks)
    return tuple(_row(term.name, link(term), (mark for mark in marks if mark.day in term)) for term in terms)


def by_weekday(marks: Iterable[SessionMark]) -> tuple[Row, ...]:
    """A row for each day of the school week."""
    marks = list(marks)
    return tuple(
        _row(_(name), "", (mark for mark in marks if mark.day.weekday() == number))
        for number, name in enumerate(WEEKDAYS)
    )


def _row(name: str, link: str, marks: Iterable[SessionMark]) -> Row:
    counted = attendance_of(marks)
    present = _("{some} of {all}").format(some=counted.attended, all=counted.possible)
    share = counted.percent_words(counted.attended) if counted.possible else "–"
    unauthorised = _noted(str(counted.unauthorised), awaited(counted))
    return Row(name, link, present, share, counted.authorised, unauthorised, counted.lates)
