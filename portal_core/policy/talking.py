"""Talking with the school about a point (CONTACT-3 to CONTACT-6): the letter that is prepared, and when somebody answers.

The letter says which point is meant and no more: the pupil's forename and form, the day, and whether it was in a lesson.
No surname, no category, no word of good or bad: an e-mail passes many hands, and the school finds the rest in its records.
"""

from dataclasses import dataclass

from portal_core.domain.clauses import Clause
from portal_core.domain.language import _
from portal_core.domain.records import ContactPoint, Point, StaffContact
from portal_core.domain.school import Calendar, Moment, SchoolSettings
from portal_core.policy.contact import about_point, in_words, open_again


@dataclass(frozen=True, slots=True)
class Talk:
    """Whom to ask about a point and how, once parent and child have talked.

    `words` say who it is and why; `subject` and `body` begin an e-mail to `contact`; `closed` says on a day without
    school when it opens again, else nothing.
    """

    clause: Clause
    first: str
    words: str
    contact: ContactPoint
    subject: str
    body: str
    closed: str


def talk_about(
    point: Point,
    *,
    child: str,
    form: str,
    settings: SchoolSettings,
    manager: StaffContact | None,
    calendar: Calendar,
    at: Moment,
) -> Talk:
    """The way to the right person about one point; `child` is the name the pupil goes by."""
    advice = about_point(point, child=child, settings=settings, manager=manager, at=at)
    (contact,) = advice.contacts
    day = in_words(point.at.astimezone(at.zone).date())
    if point.in_lesson and point.subject:
        place = _("in {subject}").format(subject=point.subject)
    else:
        place = _("in a lesson") if point.in_lesson else _("outside lessons")
    return Talk(
        advice.clause,
        advice.first,
        advice.words,
        contact,
        _("For {who}: a question from home").format(who=contact.who),
        _(
            "For {who} (form {form}).\n\n{child} and I have talked about the point given {place} on {day}."
            " I would like to ask:\n\n"
        ).format(who=contact.who, form=form, child=child, place=place, day=day),
        open_again(at, calendar=calendar, settings=settings),
    )
