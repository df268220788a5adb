"""Register codes and attendance figures, in whole numbers (SI 2024/208 reg 10; before it, SI 2006/1751).

A code means what it meant on the day of the session: J was an approved activity until 18 August 2024 and is no code
since. So each edition of the codes is kept whole, and a code is read with its day.

Of 20 sessions marked 15 present, L, V, I, U and Y4, one was not possible: 17 attended of 19, 1 authorised,
1 unauthorised, 2 late, 2 missed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from portal_core.domain.language import N_, _, percent
from portal_core.domain.records import AttendanceClass, SessionMark

CUTOVER = date(2024, 8, 19)
"""The first day of the codes of SI 2024/208."""

LATE_CODES = frozenset("LU")
"""Late before and after the register closed; only L is attending."""


PART_TIME_CODE = "C2"
NO_REASON_YET = "N"
"""An absence whose reason is not yet established counts as unauthorised until it is (SI 2024/208 reg 10)."""


@dataclass(frozen=True, slots=True)
class RegisterCode:
    """A code as one edition of the register has it; `words` are what a parent reads, once translated."""

    code: str
    kind: AttendanceClass
    words: str

    @property
    def late(self) -> bool:
        """Whether the pupil came late (DfE: late sessions are L + U)."""
        return self.kind is not AttendanceClass.NO_MARK and self.code in LATE_CODES


def _edition(classes: Mapping[AttendanceClass, Mapping[str, str]]) -> dict[str, RegisterCode]:
    return {code: RegisterCode(code, kind, words) for kind, codes in classes.items() for code, words in codes.items()}


_ATTENDING = {
    "/": N_("Present in the morning"),
    "\\": N_("Present in the afternoon"),
    "L": N_("Late, before the register closed"),
}
_UNAUTHORISED = {
    "G": N_("Holiday the school had not agreed to"),
    "N": N_("Reason not yet established"),
    "O": N_("Absent, without a reason the school could accept"),
    "U": N_("Arrived after the register had closed"),
}
_ADMINISTRATIVE = {"Z": N_("Not yet on roll here"), "#": N_("School closed to pupils, as planned")}

SINCE_CUTOVER: Mapping[str, RegisterCode] = _edition(
    {
        AttendanceClass.ATTENDING: _ATTENDING,
        AttendanceClass.APPROVED_ACTIVITY: {
            "B": N_("Learning off site, with the school's approval"),
            "K": N_("Education arranged by the local authority"),
            "P": N_("Sporting activity"),
            "V": N_("Educational visit or trip"),
            "W": N_("Work experience"),
        },
        AttendanceClass.AUTHORISED: {
            "C": N_("Leave agreed for exceptional circumstances"),
            "C1": N_("Leave for a licensed performance or work abroad"),
            "C2": N_("Not due in school, by an agreed part-time timetable"),
            "E": N_("Suspended or excluded"),
            "I": N_("Ill"),
            "J1": N_("Interview for a job or a place to study"),
            "M": N_("Medical or dental appointment"),
            "R": N_("Religious observance"),
            "S": N_("Study leave"),
            "T": N_("Travelling with a parent for the parent's work"),
        },
        AttendanceClass.UNAUTHORISED: _UNAUTHORISED,
        AttendanceClass.NOT_POSSIBLE: {
            "D": N_("At the other school where also on roll"),
            "Q": N_("Could not attend: arrangements for access were missing"),
            "X": N_("Not required in school, being outside compulsory school age"),
            "Y1": N_("Could not attend: the usual transport did not run"),
            "Y2": N_("Could not attend: travel was widely disrupted"),
            "Y3": N_("Could not attend: part of the site was closed"),
            "Y4": N_("Could not attend: the school was unexpectedly closed"),
            "Y5": N_("Could not attend: in custody"),
            "Y6": N_("Could not attend: public health rules or advice"),
            "Y7": N_("Could not attend: another cause that could not be avoided"),
        },
        AttendanceClass.ADMINISTRATIVE: _ADMINISTRATIVE,
    }
)

# D was filed with approved activities by many systems, yet no national total counts it. B then covered remote
# learning too. I01, I02 and X01 to X09 are the sub-codes of 2020 to 2022, read as the I and X they stood for.
BEFORE_CUTOVER: Mapping[str, RegisterCode] = _edition(
    {
        AttendanceClass.ATTENDING: _ATTENDING,
        AttendanceClass.APPROVED_ACTIVITY: {
            "B": N_("Learning off site, with the school's approval"),
            "J": N_("Interview for a job or a place to study"),
            "P": N_("Sporting activity"),
            "V": N_("Educational visit or trip"),
            "W": N_("Work experience"),
        },
        AttendanceClass.AUTHORISED: {
            "C": N_("Leave agreed by the school"),
            "E": N_("Suspended or excluded"),
            "F": N_("Extended family holiday, agreed by the school"),
            "H": N_("Holiday agreed by the school"),
            "I": N_("Ill"),
            "I01": N_("Ill"),
            "I02": N_("Ill"),
            "M": N_("Medical or dental appointment"),
            "R": N_("Religious observance"),
            "S": N_("Study leave"),
            "T": N_("Travelling with a parent for the parent's work"),
        },
        AttendanceClass.UNAUTHORISED: _UNAUTHORISED,
        AttendanceClass.NOT_POSSIBLE: {
            "D": N_("At the other school where also on roll"),
            "X": N_("Not required in school"),
            **{f"X0{n}": N_("Not required in school") for n in range(1, 10)},
            "Y": N_("Could not attend: exceptional circumstances"),
        },
        AttendanceClass.ADMINISTRATIVE: _ADMINISTRATIVE,
    }
)

# Keyed as the store counts: SQLite answers a comparison with 0 or 1, which hash as False and True do.
_REGISTER: Mapping[tuple[str, bool], RegisterCode] = {
    **{(code, False): entry for code, entry in SINCE_CUTOVER.items()},
    **{(code, True): entry for code, entry in BEFORE_CUTOVER.items()},
}


def register_code(code: str, day: date) -> RegisterCode:
    """What a code means for a session of that day; never guessed, never by its first letter alone."""
    return _REGISTER.get((code, day < CUTOVER)) or RegisterCode(code, AttendanceClass.NO_MARK, N_("No mark"))


@dataclass(frozen=True, slots=True)
class Attendance:
    """Sessions counted. `lates` are L and U, `unknown` those without a mark that means anything; both lie outside the sum.

    `elsewhere` is the part of `attended` spent on approved activities, `part_time` that of `authorised` on which the pupil was
    not due by a part-time timetable, which counts as absence all the same (SI 2024/208, C2). `awaited` is the part of `unauthorised`
    whose reason is not known yet. `not_counted` are sessions that were not possible or on which the school was closed.
    """

    attended: int = 0
    authorised: int = 0
    unauthorised: int = 0
    lates: int = 0
    unknown: int = 0
    elsewhere: int = 0
    not_counted: int = 0
    part_time: int = 0
    awaited: int = 0

    @property
    def missed(self) -> int:
        """Absences of both kinds."""
        return self.authorised + self.unauthorised

    @property
    def possible(self) -> int:
        """Sessions that the pupil could have attended: the denominator of every percentage."""
        return self.attended + self.authorised + self.unauthorised

    def percent(self, sessions: int) -> Fraction | None:
        """A number of sessions in the hundred possible, exactly; None while none were possible."""
        return Fraction(100 * sessions, self.possible) if self.possible else None

    def percent_words(self, sessions: int) -> str:
        """The same to one decimal, half rounded up, as a parent reads it; "no sessions yet" while none were possible."""
        if not (possible := self.possible):
            return _("no sessions yet")
        return percent((2000 * sessions + possible) // (2 * possible))

    def makes(self, percent: int) -> int:
        """How many of the possible sessions make that share: 23 of 229 are the first number that is a tenth."""
        return -(-percent * self.possible // 100)

    def persistent(self, percent: int = 10) -> bool:
        """Persistently absent: a tenth of the possible sessions missed, or the school's own setting (DfE since 2015/16).

        Compared in whole numbers; not while no session was possible.
        """
        return 100 * self.missed >= percent * self.possible > 0


def attendance(counts: Iterable[tuple[str, bool, int]]) -> Attendance:
    """The figures from marks already counted: (code, whether the session's day is before CUTOVER, how many)."""
    attended = authorised = unauthorised = lates = unknown = elsewhere = not_counted = part_time = awaited = 0
    for code, before_cutover, sessions in counts:
        known = _REGISTER.get((code, before_cutover))
        if known is None:
            unknown += sessions
            continue
        if code in LATE_CODES:
            lates += sessions
        match known.kind:
            case AttendanceClass.ATTENDING:
                attended += sessions
            case AttendanceClass.APPROVED_ACTIVITY:
                attended += sessions
                elsewhere += sessions
            case AttendanceClass.AUTHORISED:
                authorised += sessions
                part_time += sessions if code == PART_TIME_CODE else 0
            case AttendanceClass.UNAUTHORISED:
                unauthorised += sessions
                awaited += sessions if code == NO_REASON_YET else 0
            case _:
                not_counted += sessions
    return Attendance(attended, authorised, unauthorised, lates, unknown, elsewhere, not_counted, part_time, awaited)


def attendance_of(marks: Iterable[SessionMark]) -> Attendance:
    """The figures of these marks."""
    counted = Counter((mark.code, mark.day < CUTOVER) for mark in marks)
    return attendance((code, before, sessions) for (code, before), sessions in counted.items())
