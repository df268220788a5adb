"""What a mark looks like to a parent: a word, a shape and a letter, and a colour that never stands alone."""

from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from portal_core.domain.records import AttendanceClass, SessionMark
from portal_core.policy.attendance import RegisterCode, register_code


@dataclass(frozen=True)
class Sign:
    """`word` for a badge or a table, `shape` the class of a badge in portal.css, `letter` and `colour` for a cell."""

    word: str
    shape: str
    letter: str
    colour: str  # behind dark ink, at least 4.5:1

    @cached_property
    def badge(self) -> Markup:
        """The word with its shape."""
        return Markup('<span class="badge {}">{}</span>').format(self.shape, self.word)


PRESENT = Sign("Present", "good", "P", "#dcefe3")
ELSEWHERE = Sign("Present, learning elsewhere", "good", "E", "#d3e9ee")
LATE = Sign("Late", "caution", "L", "#fbe9b7")
AWAITED = Sign("Absent, reason awaited", "caution", "?", "#f3e3f5")
AUTHORISED = Sign("Absent, authorised", "plain", "A", "#d5dff2")
UNAUTHORISED = Sign("Absent, unauthorised", "bad", "U", "#f6cdb8")
NOT_COUNTED = Sign("Not counted", "plain", "–", "#e6e6e6")
NOT_YET = Sign("Not yet", "plain", "", "#ffffff")
NO_MARK = Sign("No mark", "plain", "", "#ffffff")

LEGEND = (PRESENT, LATE, ELSEWHERE, AUTHORISED, UNAUTHORISED, AWAITED, NOT_COUNTED, NO_MARK)
"""Every sign there is, in the order in which a legend names them."""

_BY_CLASS = {
    AttendanceClass.ATTENDING: PRESENT,
    AttendanceClass.APPROVED_ACTIVITY: ELSEWHERE,
    AttendanceClass.AUTHORISED: AUTHORISED,
    AttendanceClass.UNAUTHORISED: UNAUTHORISED,
    AttendanceClass.NOT_POSSIBLE: NOT_COUNTED,
    AttendanceClass.ADMINISTRATIVE: NOT_COUNTED,
    AttendanceClass.NO_MARK: NO_MARK,
}


def sign(code: RegisterCode) -> Sign:
    """The sign of a register code; one that is late before the register closed and an N have their own."""
    if code.kind is AttendanceClass.ATTENDING and code.late:
        return LATE
    if code.kind is AttendanceClass.UNAUTHORISED and code.code == "N":
        return AWAITED
    return _BY_CLASS[code.kind]


SAID = {PRESENT: "", AWAITED: "", NO_MARK: "", LATE: "before the register closed"}
"""What the code says beyond its sign's word, where that is not the code's own words."""


def told(mark: SessionMark) -> tuple[Sign, str]:
    """A mark's sign, and what is to be said beyond it: the reason, and how late."""
    code = register_code(mark.code, mark.day)
    found = sign(code)
    words = SAID.get(found, code.words)
    if not mark.minutes_late or found is NO_MARK:
        return found, words
    late = f"{mark.minutes_late} minutes" if mark.minutes_late > 1 else "1 minute"
    if found is LATE:
        return found, f"{late}, {words}"
    return found, f"{words}, {late} late" if words else f"{late} late"
