"""Talking with the school about a point (CONTACT-3 to CONTACT-6): the letter that is prepared, and when somebody answers.

The letter says which point is meant and no more: the pupil's forename and form, the day, and whether it was in a lesson.
No surname, no category, no word of good or bad: an e-mail passes many hands, and the school finds the rest in its records.
"""

from dataclasses import dataclass

from portal_core.domain.clauses import Clause
from portal_core.domain.language import N_, _
from portal_core.domain.records import ContactPoint, Point, PointKind, StaffContact
from portal_core.domain.school import Calendar, Moment, SchoolSettings
from portal_core.policy.contact import about_point, in_words, open_again

NOT_YET = {
    PointKind.ACHIEVEMENT: N_(
        "Ask {child} what this point was for, and let them tell you. It is good news, and it is theirs to tell. If you would"
        " like to know more then, come back to this page: it tells you whom to ask."
    ),
    PointKind.BEHAVIOUR: N_(
        "Find a quiet moment and ask {child} what happened. Listen first. A point is for a small thing, and most are settled"
        " by a talk at home. If a question is left then, come back to this page: it tells you whom to ask."
    ),
}
"""How to begin, for a parent who has not talked with their child yet (CONTACT-3, CONTACT-4)."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Whom to ask about a point and how, once parent and child have talked.

    `not_yet` says how to begin that talk. `words` say who it is and why; `subject` and `body` begin an e-mail to `contact`; `closed` says on a day without
    school when it opens again, else nothing.
    """

    clause: Clause
    first: str
    not_yet: str
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
        _(NOT_YET[point.kind]).format(child=child),
        advice.words,
        contact,
        _("For {who}: a question from home").format(who=contact.who),
        _(
            "For {who} (form {form}).\n\n{child} and I have talked about the point given {place} on {day}."
            " I would like to ask:\n\n"
        ).format(who=contact.who, form=form, child=child, place=place, day=day),
        open_again(at, calendar=calendar, settings=settings),
    )
