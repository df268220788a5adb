"""What each setting of a school is called on the desk, and what to write: a label, and a hint."""

from collections.abc import Mapping

MINUTES, DAYS = "Minutes.", "Days."
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
    "register_open_minutes": ("How long a register stays open", "Minutes; by law at most 30."),
    "marks_delay_minutes": ("How long marks wait before parents see them", MINUTES),
    "points_delay_minutes": ("How long points wait before parents see them", MINUTES),
    "show_staff_names": ("Name teachers beside points", "Yes or no. With no, “the French teacher”."),
    "points_from": ("First day whose points are shown", "A day; empty is the start of the school year."),
    "points_email": ("E-mail address for talking about points", "Empty is the school’s own."),
    "points_telephone": ("Telephone number for talking about points", "Empty is the school’s own."),
    "absence_contact": ("Whom parents tell of an absence", "Such as “the attendance officer”; empty is the office."),
    "absence_email": ("E-mail address for absences", "Empty is the school’s own."),
    "absence_telephone": ("Telephone number for absences", "Empty is the school’s own."),
    "stale_after_school_days": ("When data counts as old", "School days without an import."),
    "persistent_absence_percent": ("From which share an absence is called persistent", "Percent of possible half-days."),
    "mail_names_children": ("Let e-mail name children and say what happened", "Yes or no. An inbox may be read by others."),
    "language": ("Language for whoever has chosen none", "en or pl."),
    "digest_from": ("When the weekly e-mail goes out", "A time of day, on the last school day of the week."),
    "small_number": ("Fewer pupils than this are not counted in notebooks", "Pupils."),
    "review_after_school_days": ("When a questioned responsibility is looked at again", "School days."),
    "idle_minutes_private": ("Signed out without use: on one’s own device", MINUTES),
    "idle_minutes_shared": ("Signed out without use: on a shared device", MINUTES),
    "longest_login_hours": ("Longest that one sign-in lasts", "Hours."),
    "sharing_minutes": ("Two sign-ins within this look shared", MINUTES),
    "code_days_letter": ("How long a code by letter is good", DAYS),
    "code_days_email": ("How long a code by e-mail is good", DAYS),
    "throttle_after_failures": ("Sign-in slows down after so many failures", "Failures."),
    "responsibility_ends_at": ("Age at which responsibility ends without the pupil’s consent", "Years."),
    "retain_addresses_days": ("How long addresses of sign-ins are kept", DAYS),
    "retain_leavers_years": ("After how many years the records of a pupil who left are due for erasure", "Years."),
    "retain_requests_days": ("How long names and words stand in a request that has ended", DAYS),
    "educational_record_days": ("In how many school days an educational record is given", "15 by law for maintained schools; academies and independent schools follow their own rules."),
    "audit_rows_a_day": ("How much of the audit one person may take away in a day", "Rows."),
    "audit_rows_alarm": ("From how much taken away by one person colleagues are told", "Rows a day."),
}  # fmt: skip


def said(key: str, value: str) -> str:
    """A value as the list of settings shows it: with its unit, if it is a plain number of something."""
    unit = WORDS[key][1].removesuffix(".")
    return f"{value} {unit.lower()}" if value.isdigit() and unit.replace(" ", "").isalpha() else value or "empty"
