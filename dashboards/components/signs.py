"""What a mark looks like to a parent: a word, a shape and a letter, and a colour that never stands alone.

Authorised and unauthorised absences differ in all four; a register that is not taken yet looks like neither.
"""

from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from portal_core.domain.records import AttendanceClass, Earlier, SessionMark
from portal_core.domain.school import Moment
from portal_core.policy.attendance import RegisterCode, register_code
from portal_core.policy.contact import when


@dataclass(frozen=True)
class Sign:
    """`word` for a badge or a table, `shape` the class of a badge in portal.css or parent.css, the rest for a cell.

    `colour` stands behind dark ink, at least 4.5:1; `name` is the cell's class in parent.css, which knows the colour too.
    """

    word: str
    shape: str
    letter: str
    colour: str
    name: str

    @cached_property
    def badge(self) -> Markup:
        """The word with its shape."""
        return Markup('<span class="badge {}">{}</span>').format(self.shape, self.word)


PRESENT = Sign("Present", "good", "P", "#dcefe3", "present")
ELSEWHERE = Sign("Present, learning elsewhere", "good", "E", "#d3e9ee", "elsewhere")
LATE = Sign("Late", "caution", "L", "#fbe9b7", "late")
AWAITED = Sign("Absent, reason awaited", "caution", "?", "#f3e3f5", "awaited")
AUTHORISED = Sign("Absent, authorised", "settled", "A", "#d5dff2", "authorised")
UNAUTHORISED = Sign("Absent, unauthorised", "bad", "U", "#f6cdb8", "unauthorised")
NOT_COUNTED = Sign("Not counted", "plain", "–", "#e6e6e6", "not-counted")
NOT_YET = Sign("Not taken yet", "open", "", "#ffffff", "not-yet")
NO_MARK = Sign("No mark", "plain", "", "#ffffff", "no-mark")

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


def late_by(minutes: int) -> str:
    """How late."""
    return f"{minutes} minutes" if minutes > 1 else "1 minute"


def told(mark: SessionMark) -> tuple[Sign, str]:
    """A mark's sign, and what is to be said beyond it: the reason, and how late."""
    code = register_code(mark.code, mark.day)
    found = sign(code)
    words = SAID.get(found, code.words)
    if not mark.minutes_late or found is NO_MARK:
        return found, words
    late = late_by(mark.minutes_late)
    if found is LATE:
        return found, f"{late}, {words}"
    return found, f"{words}, {late} late" if words else f"{late} late"


def corrected(mark: SessionMark, at: Moment) -> str:
    """What the register said before, and until when; nothing where it was only entered later than others (CONTACT-2)."""
    if not mark.earlier:
        return ""
    following = [*((one.code, one.minutes_late) for one in mark.earlier[1:]), (mark.code, mark.minutes_late)]
    changes = [
        f"at {when(one.until, at)}; until then “{_first_said(one, mark)}”"
        for one, after in zip(mark.earlier, following, strict=True)
        if (one.code, one.minutes_late) != after and sign(register_code(one.code, mark.day)) is not NO_MARK
    ]
    return f"Corrected {', and '.join(reversed(changes))}." if changes else ""


def _first_said(one: Earlier, mark: SessionMark) -> str:
    words = register_code(one.code, mark.day).words
    return f"{words}, {late_by(one.minutes_late)}" if one.minutes_late else words
