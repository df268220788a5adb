"""What messages say, each sentence whole and all in one place. Nothing personal unless the school allows it.

Without the school's leave a message about a child says no more than that there is something to look at in the portal: an
inbox may be read by others in the house, at work, or by somebody who must not know where a child is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal_core.domain.mail import MailKind
from portal_core.domain.school import Half, SchoolSettings
from portal_core.policy.contact import in_words

ALERTS_PAGE, CHILDREN_PAGE = "/account/alerts", "/parent"


@dataclass(frozen=True, slots=True)
class Week:
    """One child's school week as a parent may see it by now: sessions attended of those possible, points by kind."""

    forename: str
    attended: int
    possible: int
    achievement: int
    behaviour: int


@dataclass(frozen=True, slots=True)
class Absence:
    """One child's absence without a reason yet."""

    forename: str
    day: date
    half: Half


@dataclass(frozen=True, slots=True)
class Words:
    """A message before it is put in form: paragraphs, then the way on (its label and a path), then what comes last."""

    subject: str
    paragraphs: tuple[str, ...]
    label: str = ""
    path: str = ""
    last: tuple[str, ...] = ()


SUBJECTS: Mapping[MailKind, str] = {
    MailKind.PASSWORD_RESET: "A new password for the parent portal",
    MailKind.EMAIL_CHANGE_CONFIRM: "Please confirm your e-mail address",
    MailKind.EMAIL_CHANGED_NOTICE: "Your e-mail address for the parent portal",
    MailKind.SIGN_IN_CODE: "Your code for the parent portal",
    MailKind.DIGEST: "Your weekly look at the parent portal",
    MailKind.ABSENCE: "Please look at the parent portal",
}
_NOT_YOU = (
    "If this was not you, please tell the school. Nobody at the school will ever ask for your password or a code."
)
_STOP = "You choose which messages you get, or none, in the portal under “My alerts”."


def words_for(
    kind: MailKind,
    school: SchoolSettings,
    *,
    link: str = "",
    code: str = "",
    weeks: tuple[Week, ...] = (),
    absence: Absence | None = None,
) -> Words:
    """The words of one message. `weeks` and `absence` are given only where the school's setting lets mail name children."""
    subject = SUBJECTS[kind]
    match kind:
        case MailKind.PASSWORD_RESET:
            asked = "Somebody asked for a new password for your account in the parent portal."
            way = "If it was you, choose it here. The link works once, and for a short time only."
            return Words(subject, (asked, way), "Choose a new password", link, (_NOT_YOU,))
        case MailKind.EMAIL_CHANGE_CONFIRM:
            asked = "Somebody asked for messages from the parent portal to be sent to this address."
            return Words(subject, (asked, "If it was you, confirm it here."), "Confirm this address", link, (_NOT_YOU,))
        case MailKind.EMAIL_CHANGED_NOTICE:
            told = "The e-mail address of your account in the parent portal is being changed."
            more = "If you asked for this, there is nothing for you to do."
            return Words(subject, (told, more), "Look at it in the portal" if link else "", link, (_NOT_YOU,))
        case MailKind.SIGN_IN_CODE:
            told = f"Your code is {code}"
            return Words(subject, (told, "It works once, and for a few minutes only."), last=(_NOT_YOU,))
        case MailKind.DIGEST:
            told = "The school week is over. In the parent portal you can see how it went."
            paragraphs = (told, *(_said(week) for week in weeks))
        case MailKind.ABSENCE:
            paragraphs = _absence(absence, school)
    return Words(subject, paragraphs, "Go to the portal", CHILDREN_PAGE, (_STOP,))


def _said(week: Week) -> str:
    points = f"achievement points: {week.achievement}, behaviour points: {week.behaviour}"
    return f"{week.forename}: in school for {week.attended} of {week.possible} sessions; {points}."


def _absence(absence: Absence | None, school: SchoolSettings) -> tuple[str, ...]:
    if absence is None:
        return (
            "There is something new for you to look at in the parent portal. You asked us to write to you about it.",
        )
    half = "morning" if absence.half is Half.AM else "afternoon"
    ways = " or ".join(way for way in (school.email, school.telephone) if way)
    return (
        f"{absence.forename} was not in school on the {half} of {in_words(absence.day)}, and the school does not know why.",
        f"If you know the reason, please tell the school: {ways}."
        if ways
        else "If you know why, please tell the school.",
    )
