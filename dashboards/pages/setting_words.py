"""What each setting of a school is called on the desk, and what to write: a label, a hint, a number's unit."""

from collections.abc import Mapping
from typing import get_type_hints

from portal_core.domain.school import SchoolSettings
from portal_core.locale import languages

MINUTES, DAYS, SCHOOL_DAYS, ROWS = (
    ("minute", "minutes"),
    ("day", "days"),
    ("school day", "school days"),
    ("row", "rows"),
)
WORDS: Mapping[str, tuple[str, str]] = {
    "name": ("Name of the school", "As it stands on every page and letter."),
    "zone": ("Time zone", "Europe/London for the United Kingdom. The server has to be started again."),
    "email": ("E-mail address for questions about the portal", "It stands at the foot of every page."),
    "telephone": ("Telephone number for questions about the portal", "It stands at the foot of every page."),
    "address": ("Postal address", "For letters."),
    "office_hours": ("When the office can be reached", "In words, such as “8.00 to 16.00 on school days”."),
    "privacy_contact": ("Contact for data protection", "An address or a name, as the privacy notice gives it."),
    "manager_title": ("What a Learning Manager is called here", "Such as “Head of Year”."),
    "contact_from": ("From when parents may ask about a missing mark", "A time of day, such as 10:30."),
    "morning_begins": ("When the morning session begins", "A time of day."),
    "afternoon_begins": ("When the afternoon session begins", "A time of day."),
    "register_open_minutes": ("How long a register stays open", "By law at most 30 minutes."),
    "marks_delay_minutes": ("How long marks wait before parents see them", ""),
    "points_delay_minutes": ("How long points wait before parents see them", ""),
    "show_staff_names": ("Name teachers beside points", "With no, “the French teacher”."),
    "points_from": ("First day whose points are shown", "A day; empty is the start of the school year."),
    "points_email": ("E-mail address for talking about points", "Empty is the school’s own."),
    "points_telephone": ("Telephone number for talking about points", "Empty is the school’s own."),
    "absence_contact": ("Whom parents tell of an absence", "Such as “the attendance officer”; empty is the office."),
    "absence_email": ("E-mail address for absences", "Empty is the school’s own."),
    "absence_telephone": ("Telephone number for absences", "Empty is the school’s own."),
    "stale_after_school_days": ("When data counts as old", "Days of school without an import."),
    "persistent_absence_percent": ("From which share an absence is called persistent", "Of the half-days that were possible."),
    "mail_names_children": ("Let e-mail name children and say what happened", "An inbox may be read by others."),
    "language": ("Language for whoever has chosen none", "And whose browser asks for none that the portal speaks."),
    "digest_from": ("When the weekly e-mail goes out", "A time of day, on the last school day of the week."),
    "small_number": ("Fewer pupils than this are not counted in notebooks", ""),
    "review_after_school_days": ("When a questioned responsibility is looked at again", ""),
    "idle_minutes_private": ("Signed out without use: on one’s own device", ""),
    "idle_minutes_shared": ("Signed out without use: on a shared device", ""),
    "longest_login_hours": ("Longest that one sign-in lasts", ""),
    "sharing_minutes": ("Two sign-ins within this look shared", ""),
    "code_days_letter": ("How long a code by letter is good", ""),
    "code_days_email": ("How long a code by e-mail is good", ""),
    "throttle_after_failures": ("Sign-in slows down after so many failures", ""),
    "responsibility_ends_at": ("Age at which responsibility ends without the pupil’s consent", ""),
    "retain_addresses_days": ("How long addresses of sign-ins are kept", ""),
    "retain_leavers_years": ("After how many years the records of a pupil who left are due for erasure", ""),
    "retain_requests_days": ("How long names and words stand in a request that has ended", ""),
    "educational_record_days": ("In how many school days an educational record is given", "15 by law for maintained schools; academies and independent schools follow their own rules."),
    "audit_rows_a_day": ("How much of the audit one person may take away in a day", ""),
    "audit_rows_alarm": ("From how much taken away by one person colleagues are told", ""),
}  # fmt: skip


UNITS: Mapping[str, tuple[str, str]] = {
    "register_open_minutes": MINUTES,
    "marks_delay_minutes": MINUTES,
    "points_delay_minutes": MINUTES,
    "stale_after_school_days": SCHOOL_DAYS,
    "persistent_absence_percent": ("percent", "percent"),
    "small_number": ("pupil", "pupils"),
    "review_after_school_days": SCHOOL_DAYS,
    "idle_minutes_private": MINUTES,
    "idle_minutes_shared": MINUTES,
    "longest_login_hours": ("hour", "hours"),
    "sharing_minutes": MINUTES,
    "code_days_letter": DAYS,
    "code_days_email": DAYS,
    "throttle_after_failures": ("failure", "failures"),
    "responsibility_ends_at": ("year", "years"),
    "retain_addresses_days": DAYS,
    "retain_leavers_years": ("year", "years"),
    "retain_requests_days": DAYS,
    "educational_record_days": SCHOOL_DAYS,
    "audit_rows_a_day": ROWS,
    "audit_rows_alarm": ("row a day", "rows a day"),
}
"""What each number is a number of: one, and several."""


def said(key: str, value: str) -> str:
    """A value as people read it: a number with its unit, a language by its name."""
    if key == "language":
        return next((one.name for one in languages() if one.code == value), value)
    if key in UNITS and value.isdecimal():
        return f"{int(value):,} {UNITS[key][int(value) != 1]}"
    return value or "empty"


def choices(key: str) -> list[tuple[str, str]]:
    """What there is to choose from, each with its words; nothing where anything may be written."""
    if key == "language":
        return [(one.code, one.name) for one in languages()]
    return [("yes", "yes"), ("no", "no")] if get_type_hints(SchoolSettings)[key] is bool else []
