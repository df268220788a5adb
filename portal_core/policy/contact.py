"""Whom a parent may ask about a mark or a point, and from when (CONTACT-1 to CONTACT-6).

Every question gets words; a contact comes with them only where the policy opens one. Times are compared as instants
and said by the school's clock.

A morning mark is missing on Friday 27 March: until 10:30 the page says when to look again; from 10:30 the office may be
asked, provided registers for that morning have come. A missing afternoon opens at 10:30 on Monday 30 March.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from portal_core.domain.clauses import Clause
from portal_core.domain.language import N_, _, said
from portal_core.domain.records import ContactPoint, Point, PointKind, StaffContact
from portal_core.domain.school import Calendar, DayKind, Half, Moment, SchoolSettings

CLOSED = {
    DayKind.HOLIDAY: N_("holiday"),
    DayKind.BANK_HOLIDAY: N_("bank holiday"),
    DayKind.INSET: N_("INSET day"),
    DayKind.CLOSURE: N_("closure"),
}
"""Why a weekday is no school day, in words for parents."""
REASON_WITHIN_SCHOOL_DAYS = 5
"""An N is to be settled within so many school days of its session (SI 2024/208 reg 10(7)-(9)); not for a school to set."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What a parent is told, by which clause, and whom they may ask: none while the policy keeps contact closed.

    `first` is what to do before asking anyone. `opens_at`, in UTC, is when contact opens or opened, None where no such
    time is set.
    """

    clause: Clause
    words: str
    contacts: tuple[ContactPoint, ...] = ()
    opens_at: datetime | None = None
    first: str = ""


def about_missing_mark(
    day: date,
    half: Half,
    at: Moment,
    *,
    settings: SchoolSettings,
    calendar: Calendar,
    received: datetime | None,
    last_came: datetime | None = None,
) -> Advice:
    """CONTACT-1: what to say of a session without a mark.

    `received` is the newest arrival of registers for this session whose marks a parent may see by now (CONTACT-2), in
    UTC, None where none has come; `last_came` the newest arrival of registers for any session.
    """
    if not calendar.is_school_day(day):
        why = calendar.closed.get(day)
        words = _("No school on this day ({why}).").format(why=_(CLOSED[why])) if why else _("No school on this day.")
        return Advice(Clause.CONTACT_1, words)
    begins = _instant(day, settings.morning_begins if half is Half.AM else settings.afternoon_begins, at)
    opens_on = day if half is Half.AM else calendar.next_school_day(day)
    if opens_on is None:
        return Advice(
            Clause.CONTACT_1,
            _("Not registered yet; please look again when the school's calendar holds the next school day."),
        )
    opens_at = _instant(opens_on, settings.contact_from, at)
    if at.instant < opens_at:
        if half is Half.PM and at.instant < begins:
            words = _("The afternoon begins at {time}.").format(time=f"{settings.afternoon_begins:%H:%M}")
            return Advice(Clause.CONTACT_1, words, opens_at=opens_at)
        again = f"{settings.contact_from:%H:%M}"
        if opens_on != at.day:
            again = _("{time} on {day}").format(time=again, day=in_words(opens_on))
        words = _("Not registered yet; please look again after {time}.").format(time=again)
        return Advice(Clause.CONTACT_1, words, opens_at=opens_at)
    if received is None or received < begins:
        came = _("No registers have come yet.")
        if last_came:
            came = _("Registers last came {when}.").format(when=when(last_came, at))
        return Advice(
            Clause.CONTACT_1,
            _("The register for this session has not reached this page. {came} Please look again later.").format(
                came=came
            ),
            opens_at=opens_at,
        )
    return Advice(
        Clause.CONTACT_1,
        _("The register came without a mark for this session. You may ask the school about it."),
        (about_absences(settings),),
        opens_at,
    )


def about_unexplained_absence(day: date, at: Moment, *, settings: SchoolSettings, calendar: Calendar) -> Advice:
    """CONTACT-2: what an N means, what happens next and until when; the office may be told the reason once contact opens."""
    due = reason_due(day, calendar)
    opens_at = _instant(day, settings.contact_from, at)
    if due is None:
        until = _("The school has five school days to record the reason.")
    elif at.day <= due:
        until = _("The school will record the reason by {day}.").format(day=in_words(due))
    else:
        until = _("The reason was to be recorded by {day}, and the correction has not reached this page.").format(
            day=in_words(due)
        )
    words = _("Reason not yet established. {until} Without one, the absence is recorded as unauthorised.").format(
        until=until
    )
    if at.instant < opens_at:
        return Advice(Clause.CONTACT_2, words, opens_at=opens_at)
    return Advice(
        Clause.CONTACT_2,
        words + " " + _("If you know the reason, please tell the school."),
        (about_absences(settings),),
        opens_at,
    )


def about_point(
    point: Point, *, child: str, settings: SchoolSettings, manager: StaffContact | None, at: Moment
) -> Advice:
    """CONTACT-3, CONTACT-5, CONTACT-6: talk with the child first; then the teacher of the lesson, or the pupil's own manager.

    `child` is the name the pupil goes by. Where staff names are hidden, the contact is the role, through the school's
    address. Where there is nobody in post, it is the office: never nobody, and it is said why.
    """
    if point.in_lesson:
        clause, contact = Clause.CONTACT_5, _teacher(point, child, settings, at)
    else:
        clause, contact = Clause.CONTACT_6, learning_manager(manager, child, settings, at)
    if point.kind is PointKind.ACHIEVEMENT:
        first = _("Have you talked with {child} about it? They may like to tell you what it was for.")
        clause, wish = Clause.CONTACT_3, _("If you would like to know more, the first to ask is {who}.")
    else:
        first = _("Have you talked with {child} about it? Points are given for small things.")
        wish = _("If you would still like to discuss it, the first to ask is {who}.")
    words = wish.format(who=contact.who) + _why_office(point, manager, settings, at)
    return Advice(clause, words, (contact,), first=first.format(child=child))


def giver(point: Point, *, child: str, settings: SchoolSettings) -> str:
    """Who gave a point, as a parent reads it: by name only where the school shows names; "" where nothing is known."""
    if point.teacher is not None and settings.show_staff_names:
        return point.teacher.name
    return _role_of(point, child) if point.in_lesson else ""


def reason_due(day: date, calendar: Calendar) -> date | None:
    """The last day for settling an N of that day; None where the calendar ends before it (SI 2024/208 reg 10(7)-(9))."""
    due: date | None = day
    for _day in range(REASON_WITHIN_SCHOOL_DAYS):
        due = due and calendar.next_school_day(due)
    return due


def office(settings: SchoolSettings) -> ContactPoint:
    """CONTACT-7: the contact that is always there."""
    return ContactPoint(_("the school office"), settings.email, settings.telephone)


def about_absences(settings: SchoolSettings) -> ContactPoint:
    """Whom to ask about a mark: as the school has set it, else the office."""
    return ContactPoint(
        settings.absence_contact or _("the school office"),
        settings.absence_email or settings.email,
        settings.absence_telephone or settings.telephone,
    )


def open_again(at: Moment, *, calendar: Calendar, settings: SchoolSettings) -> str:
    """When somebody answers again, on a day without school; "" on a school day, whose hours stand beside the number."""
    if calendar.is_school_day(at.day):
        return ""
    following = calendar.next_school_day(at.day)
    if following is None:
        return _(
            "The school is closed today, and its next term is not in the calendar yet. You can write all the same: it will be"
            " read when the school opens again."
        )
    return _(
        "The school is closed today. It opens again on {day} ({hours}). You can write all the same: it will be read then."
    ).format(day=in_words(following), hours=settings.hours)


def as_of(came: datetime | None, at: Moment) -> str:
    """CONTACT-2: how old what is shown is; `came` is when data last came, in UTC."""
    return _("As of {when}").format(when=when(came, at)) if came else _("No data has come yet")


def when(instant: datetime, at: Moment) -> str:
    """An instant by the school's clock: "10:05 today" or "18:30 on Friday 27 March 2026"."""
    local = instant.astimezone(at.zone)
    if local.date() == at.day:
        return _("{time} today").format(time=f"{local:%H:%M}")
    return _("{time} on {day}").format(time=f"{local:%H:%M}", day=in_words(local.date()))


def in_words(day: date) -> str:
    """A date as it is said: Friday 27 March 2026."""
    return said("full", day)


def _instant(day: date, clock: time, at: Moment) -> datetime:
    return datetime.combine(day, clock, at.zone).astimezone(UTC)


def _through_school(who: str, settings: SchoolSettings) -> ContactPoint:
    """A role, reached by the address and the number that the school has for it."""
    return ContactPoint(who, settings.points_email or settings.email, settings.points_telephone or settings.telephone)


def _role_of(point: Point, child: str) -> str:
    if not point.subject:
        return _("the teacher of that lesson")
    return _("{child}’s {subject} teacher").format(subject=point.subject, child=child)


def _teacher(point: Point, child: str, settings: SchoolSettings, at: Moment) -> ContactPoint:
    role = _role_of(point, child)
    return _person(point.teacher, role, settings, at) if point.teacher else _through_school(role, settings)


def learning_manager(manager: StaffContact | None, child: str, settings: SchoolSettings, at: Moment) -> ContactPoint:
    """CONTACT-6: whom to ask about what happens outside lessons; the office where nobody holds the charge."""
    if manager is None:
        return office(settings)
    return _person(manager, _("{child}’s {title}").format(title=settings.manager_title, child=child), settings, at)


def _person(person: StaffContact, role: str, settings: SchoolSettings, at: Moment) -> ContactPoint:
    if not person.in_post(at.day):
        return office(settings)
    if not settings.show_staff_names:  # an address would tell the name
        return _through_school(role, settings)
    return ContactPoint(
        f"{person.name}, {role}", person.email or settings.email, person.telephone or settings.telephone
    )


def _why_office(point: Point, manager: StaffContact | None, settings: SchoolSettings, at: Moment) -> str:
    """Why the office is named in the place of a person, so that nobody thinks they were sent round; else nothing."""
    if point.in_lesson:
        if point.teacher is None or point.teacher.in_post(at.day):
            return ""
        return " " + _("The teacher who gave it no longer works here, so the office finds the right person.")
    if manager is not None and manager.in_post(at.day):
        return ""
    words = _("There is no {title} for this form at the moment, so the office finds the right person.")
    return " " + words.format(title=settings.manager_title)
