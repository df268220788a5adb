"""What messages say, each sentence whole and all in one place. Nothing personal unless the school allows it.

Without the school's leave a message about a child says no more than that there is something to look at in the portal: an
inbox may be read by others in the house, at work, or by somebody who must not know where a child is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from portal_core.domain.clauses import Verb
from portal_core.domain.language import N_, _, spoken
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
    """A message before it is put in form: a greeting, paragraphs, the way on (its label and a path), then what comes last."""

    subject: str
    paragraphs: tuple[str, ...]
    label: str = ""
    path: str = ""
    last: tuple[str, ...] = ()
    hello: str = field(default_factory=lambda: _("Hello,"))
    language: str = field(default_factory=lambda: spoken().code)


SUBJECTS: Mapping[MailKind, str] = {
    MailKind.PASSWORD_RESET: N_("A new password for the parent portal"),
    MailKind.EMAIL_CHANGE_CONFIRM: N_("Please confirm your e-mail address"),
    MailKind.EMAIL_CHANGE_AGREE: N_("Shall we write to another address from now on?"),
    MailKind.EMAIL_CHANGED_NOTICE: N_("Your e-mail address for the parent portal"),
    MailKind.ACTIVATION_CODE: N_("Your code for the parent portal"),
    MailKind.ACCOUNT_CHANGED: N_("A change to your account in the parent portal"),
    MailKind.ACCESS_CHANGED: N_("A change to what you see in the parent portal"),
    MailKind.DIGEST: N_("Your weekly look at the parent portal"),
    MailKind.ABSENCE: N_("Please look at the parent portal"),
}
CHANGED: Mapping[str, str] = {
    Verb.CHANGED_PASSWORD: N_("Your password for the parent portal was changed."),
    Verb.RESET_PASSWORD: N_("A new password for the parent portal was chosen by a link from an e-mail."),
    Verb.ENROLLED_FACTOR: N_("The second step of your sign-in to the parent portal was switched on."),
    Verb.DROPPED_FACTOR: N_("The second step of your sign-in to the parent portal was switched off."),
}
"""What is told to the owner of an account, by the verb that did it."""
_NOT_YOU = N_(
    "If this was not you, please tell the school. Nobody at the school will ever ask for your password or a code."
)
_STOP = N_("You choose which messages you get, or none, in the portal under “My alerts”.")


def words_for(
    kind: MailKind,
    school: SchoolSettings,
    *,
    link: str = "",
    code: str = "",
    username: str = "",
    what: str = "",
    weeks: tuple[Week, ...] = (),
    absence: Absence | None = None,
) -> Words:
    """The words of one message. `what` is the verb of a change to an account; `weeks` and `absence` are given only where the school's setting lets mail name children."""
    subject = _(SUBJECTS[kind])
    match kind:
        case MailKind.PASSWORD_RESET:
            asked = _("Somebody asked for a new password for your account in the parent portal.")
            way = _("If it was you, choose it here. The link works once, and for a short time only.")
            return Words(subject, (asked, way), _("Choose a new password"), link, (_(_NOT_YOU),))
        case MailKind.EMAIL_CHANGE_CONFIRM:
            asked = _("Somebody asked for messages from the parent portal to be sent to this address.")
            return Words(
                subject, (asked, _("If it was you, confirm it here.")), _("Confirm this address"), link, (_(_NOT_YOU),)
            )
        case MailKind.EMAIL_CHANGE_AGREE:
            asked = _(
                "Somebody asked the parent portal to write to another address. It would then write to this one no more."
            )
            way = _("If it was you, say yes here. If not, do nothing: we go on writing to this address.")
            return Words(subject, (asked, way), _("Say yes to the other address"), link, (_(_NOT_YOU),))
        case MailKind.EMAIL_CHANGED_NOTICE:
            told = _("The e-mail address of your account in the parent portal is being changed.")
            more = _("If you asked for this, there is nothing for you to do.")
            return Words(subject, (told, more), _("Look at it in the portal") if link else "", link, (_(_NOT_YOU),))
        case MailKind.ACTIVATION_CODE:
            asked = _("The school has made you a one-time code for the parent portal.")
            told = _("Your username is {username}. Your code is {code}").format(username=username, code=code)
            way = _("The code works once. With it you choose your own password.")
            return Words(subject, (asked, told, way), _("Use the code"), "/activate", (_(_NOT_YOU),))
        case MailKind.ACCOUNT_CHANGED:
            return Words(
                subject, (_(CHANGED[what]), _("If you did this, there is nothing for you to do.")), last=(_(_NOT_YOU),)
            )
        case MailKind.ACCESS_CHANGED:
            told = _("What you can see in the parent portal has changed. Please sign in and look.")
            return Words(subject, (told, _ask(school)), _("Go to the portal"), CHILDREN_PAGE)
        case MailKind.DIGEST:
            told = _("The school week is over. In the parent portal you can see how it went.")
            paragraphs = (told, *(_said(week) for week in weeks))
        case MailKind.ABSENCE:
            paragraphs = _absence(absence, school)
    return Words(subject, paragraphs, _("Go to the portal"), CHILDREN_PAGE, (_(_STOP),))


def _said(week: Week) -> str:
    return _(
        "{child}: in school for {attended} of {possible} sessions; achievement points: {good}, behaviour points: {other}."
    ).format(
        child=week.forename, attended=week.attended, possible=week.possible, good=week.achievement, other=week.behaviour
    )


def _absence(absence: Absence | None, school: SchoolSettings) -> tuple[str, ...]:
    if absence is None:
        return (
            _("There is something new for you to look at in the parent portal. You asked us to write to you about it."),
        )
    if absence.half is Half.AM:
        words = _("{child} was not in school on the morning of {day}, and the school does not know why.")
    else:
        words = _("{child} was not in school on the afternoon of {day}, and the school does not know why.")
    ways = _ways(school)
    return (
        words.format(child=absence.forename, day=in_words(absence.day)),
        _("If you know the reason, please tell the school: {ways}.").format(ways=ways)
        if ways
        else _("If you know why, please tell the school."),
    )


def _ask(school: SchoolSettings) -> str:
    ways = _ways(school)
    return (
        _("If you have a question, ask the school: {ways}.").format(ways=ways)
        if ways
        else _("If you have a question, ask the school.")
    )


def _ways(school: SchoolSettings) -> str:
    """How the school is reached: an address, a number, or both."""
    return " {} ".format(_("or")).join(way for way in (school.email, school.telephone) if way)
