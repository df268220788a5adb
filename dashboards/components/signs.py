"""What a mark looks like to a parent: a word, a shape and a letter, and a colour that never stands alone.

Authorised and unauthorised absences differ in all four; a register that is not taken yet looks like neither.
"""

from dataclasses import dataclass

from markupsafe import Markup

from portal_core.domain.language import N_, _, ngettext, remembered
from portal_core.domain.records import AttendanceClass, Earlier, SessionMark
from portal_core.domain.school import Moment
from portal_core.policy.attendance import NO_REASON_YET, RegisterCode, register_code
from portal_core.policy.contact import when


@dataclass(frozen=True)
class Sign:
    """`english` is its word before it is translated, for a badge or a table, `shape` the class of a badge in portal.css or parent.css, the rest for a cell.

    `colour` stands behind dark ink, at least 4.5:1; `name` is the cell's class in parent.css, which knows the colour too.
    """

    english: str
    shape: str
    letter: str
    colour: str
    name: str

    @property
    def word(self) -> str:
        """As it is said."""
        return _(self.english)

    @property
    def badge(self) -> Markup:
        """The word with its shape."""
        return _badge(self)


@remembered(64)
def _badge(one: Sign) -> Markup:
    return Markup('<span class="badge {}">{}</span>').format(one.shape, one.word)


PRESENT = Sign(N_("Present"), "good", "P", "#dcefe3", "present")
ELSEWHERE = Sign(N_("Present, learning elsewhere"), "good", "E", "#d3e9ee", "elsewhere")
LATE = Sign(N_("Late"), "caution", "L", "#fbe9b7", "late")
AWAITED = Sign(N_("Absent, reason awaited"), "caution", "?", "#f3e3f5", "awaited")
AUTHORISED = Sign(N_("Absent, authorised"), "settled", "A", "#d5dff2", "authorised")
UNAUTHORISED = Sign(N_("Absent, unauthorised"), "bad", "U", "#f6cdb8", "unauthorised")
NOT_COUNTED = Sign(N_("Not counted"), "plain", "–", "#e6e6e6", "not-counted")
NOT_YET = Sign(N_("Not taken yet"), "open", "…", "#ffffff", "not-yet")
NO_MARK = Sign(N_("No mark"), "plain", "○", "#ffffff", "no-mark")

LEGEND = (PRESENT, LATE, ELSEWHERE, AUTHORISED, UNAUTHORISED, AWAITED, NOT_COUNTED, NO_MARK, NOT_YET)
"""Every sign there is, in the order in which a legend names them; no two have the same letter."""

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
    if code.kind is AttendanceClass.UNAUTHORISED and code.code == NO_REASON_YET:
        return AWAITED
    return _BY_CLASS[code.kind]


def missing(*, may_be_asked: bool) -> Sign:
    """The sign of a session without a mark: whether it is missing, so that the school may be asked about it (CONTACT-1), or may still come."""
    return NO_MARK if may_be_asked else NOT_YET


SAID = {PRESENT: "", AWAITED: "", NO_MARK: "", LATE: N_("before the register closed")}
"""What the code says beyond its sign's word, where that is not the code's own words."""


def late_by(minutes: int) -> str:
    """How late."""
    return ngettext("{minutes} minute", "{minutes} minutes", minutes).format(minutes=minutes)


def told(mark: SessionMark) -> tuple[Sign, str]:
    """A mark's sign, and what is to be said beyond it: the reason, and how late."""
    code = register_code(mark.code, mark.day)
    found = sign(code)
    words = SAID.get(found, code.words)
    words = _(words) if words else ""
    if not mark.minutes_late or found is NO_MARK:
        return found, words
    late = late_by(mark.minutes_late)
    if found is LATE:
        return found, f"{late}, {words}"
    late = _("{minutes} late").format(minutes=late)
    return found, f"{words}, {late}" if words else late


def corrected(mark: SessionMark, at: Moment) -> str:
    """What the register said before, and until when; nothing where it was only entered later than others (CONTACT-2)."""
    if not mark.earlier:
        return ""
    following = [*((one.code, one.minutes_late) for one in mark.earlier[1:]), (mark.code, mark.minutes_late)]
    changes = [
        _("at {when}; until then “{words}”").format(when=when(one.until, at), words=_first_said(one, mark))
        for one, after in zip(mark.earlier, following, strict=True)
        if (one.code, one.minutes_late) != after and sign(register_code(one.code, mark.day)) is not NO_MARK
    ]
    return _("Corrected {changes}.").format(changes=_(", and ").join(reversed(changes))) if changes else ""


def _first_said(one: Earlier, mark: SessionMark) -> str:
    words = _(register_code(one.code, mark.day).words)
    return f"{words}, {late_by(one.minutes_late)}" if one.minutes_late else words
