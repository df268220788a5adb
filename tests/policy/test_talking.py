"""The way to the right person about a point, and what a prepared letter says."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from portal_core.domain.clauses import Clause
from portal_core.domain.records import Point, PointKind, StaffContact
from portal_core.domain.school import Calendar, DayKind, Moment, SchoolSettings, Term
from portal_core.policy.contact import about_absences, giver, open_again
from portal_core.policy.talking import talk_about

LONDON = ZoneInfo("Europe/London")
SCHOOL = SchoolSettings("Hollins Brook School", email="office@hollinsbrook.example", telephone="01632 960 001")
NAMED = replace(SCHOOL, show_staff_names=True)
CALENDAR = Calendar(
    (Term("spring", date(2026, 1, 5), date(2026, 4, 1)), Term("summer", date(2026, 4, 20), date(2026, 7, 21))),
    {date(2026, 3, 31): DayKind.INSET},
)
TEACHER = StaffContact("Ms Ferreday", "r.ferreday@hollinsbrook.example")
MANAGER = StaffContact("Mr Oduya", "t.oduya@hollinsbrook.example")
POINT = Point(7, datetime(2026, 3, 26, 23, 30, tzinfo=UTC), PointKind.BEHAVIOUR, 1, "Equipment", "something was left at home",
              in_lesson=True, subject="French", teacher=TEACHER)  # fmt: skip
OUTSIDE = replace(POINT, in_lesson=False, subject=None, teacher=None, place="Dining hall")


def moment(utc="2026-03-27T10:00"):
    return Moment(datetime.fromisoformat(utc).replace(tzinfo=UTC), LONDON)


def talk(point=POINT, settings=SCHOOL, manager=MANAGER, utc="2026-03-27T10:00"):
    return talk_about(
        point, child="Amelia", form="9A", settings=settings, manager=manager, calendar=CALENDAR, at=moment(utc)
    )


@pytest.mark.clause(Clause.CONTACT_3, Clause.CONTACT_5)
def test_a_letter_names_the_role_the_day_and_the_lesson_and_nothing_more():
    """Not the teacher, not the category, not the kind, not the surname: an e-mail passes many hands."""
    told = talk()
    assert told.first.startswith("Have you talked with Amelia about it?")
    assert told.subject == "For Amelia’s French teacher: a question from home"
    assert told.body == (
        "For Amelia’s French teacher (form 9A).\n\n"
        "Amelia and I have talked about the point given in French on Thursday 26 March 2026. I would like to ask:\n\n"
    )
    letter = told.subject + told.body
    assert not any(word in letter for word in ("Ferreday", "Equipment", "behaviour", "Behaviour"))
    assert told.contact.email == SCHOOL.email


@pytest.mark.clause(Clause.CONTACT_3, Clause.CONTACT_4)
@pytest.mark.parametrize(
    ("kind", "begins"), [(PointKind.BEHAVIOUR, "Find a quiet moment"), (PointKind.ACHIEVEMENT, "Ask Amelia what")]
)
def test_whoever_has_not_talked_yet_is_told_how_to_begin(kind, begins):
    """And that the way to the school stays open; nobody's name or address is in it."""
    told = talk(replace(POINT, kind=kind)).not_yet
    assert told.startswith(begins)
    assert "come back to this page" in told
    assert "@" not in told


@pytest.mark.clause(Clause.CONTACT_5, Clause.CONTACT_6)
@pytest.mark.parametrize(
    ("told", "email", "words"),
    [
        pytest.param(talk(settings=NAMED), TEACHER.email, "Ms Ferreday, Amelia’s French teacher", id="names shown"),
        pytest.param(talk(OUTSIDE), SCHOOL.email, "Amelia’s Learning Manager", id="outside"),
        pytest.param(talk(OUTSIDE, manager=None), SCHOOL.email, "There is no Learning Manager for this form", id="no manager"),
        pytest.param(talk(OUTSIDE, manager=replace(MANAGER, left_on=date(2026, 3, 1))), SCHOOL.email,
                     "the office finds the right person", id="manager left"),
        pytest.param(talk(replace(POINT, teacher=replace(TEACHER, left_on=date(2026, 3, 26)))), SCHOOL.email,
                     "no longer works here, so the office finds the right person", id="teacher left"),
        pytest.param(talk(replace(POINT, teacher=None, subject=None)), SCHOOL.email, "the teacher of that lesson", id="nothing known"),
    ],
)  # fmt: skip
def test_there_is_always_somebody_to_ask_and_it_is_said_why(told, email, words):
    """No dead ends."""
    assert told.contact.email == email
    assert words in told.words


@pytest.mark.clause(Clause.CONTACT_5, Clause.CONTACT_6)
def test_a_school_may_have_an_address_of_its_own_for_points():
    """Roles are reached through it; a person shown by name has their own."""
    settings = replace(SCHOOL, points_email="pastoral@hollinsbrook.example", points_telephone="01632 960 009")
    for point in (POINT, OUTSIDE):
        contact = talk(point, settings).contact
        assert (contact.email, contact.telephone) == ("pastoral@hollinsbrook.example", "01632 960 009")
    assert talk(settings=replace(settings, show_staff_names=True)).contact.email == TEACHER.email


@pytest.mark.clause(Clause.CONTACT_1)
def test_a_school_may_name_somebody_for_absences():
    """Until then it is the office."""
    assert about_absences(SCHOOL).who == "the school office"
    settings = replace(SCHOOL, absence_contact="the attendance officer", absence_telephone="01632 960 003")
    contact = about_absences(settings)
    assert (contact.who, contact.email, contact.telephone) == (
        "the attendance officer", SCHOOL.email, "01632 960 003",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("utc", "words"),
    [
        pytest.param("2026-03-27T10:00", "", id="a school day"),
        pytest.param("2026-03-27T22:00", "", id="its evening, whose hours stand beside the number"),
        pytest.param("2026-03-28T10:00", "It opens again on Monday 30 March 2026", id="Saturday"),
        pytest.param("2026-03-28T23:59", "It opens again on Monday 30 March 2026", id="as the clocks go forward"),
        pytest.param("2026-03-29T23:30", "", id="Monday already, by the school's clock"),
        pytest.param("2026-03-31T10:00", "It opens again on Wednesday 1 April 2026", id="INSET"),
        pytest.param("2026-04-02T10:00", "It opens again on Monday 20 April 2026", id="the first day of the holidays"),
        pytest.param("2026-08-03T10:00", "its next term is not in the calendar yet", id="the summer"),
    ],
)
def test_a_closed_school_says_when_it_opens_again(utc, words):
    """And that one can write meanwhile."""
    closed = open_again(moment(utc), calendar=CALENDAR, settings=SCHOOL)
    assert words in closed
    assert bool(closed) == bool(words)
    assert talk(utc=utc).closed == closed


@pytest.mark.clause(Clause.CONTACT_5)
@pytest.mark.parametrize(
    ("point", "settings", "who"),
    [
        (POINT, SCHOOL, "Amelia’s French teacher"),
        (POINT, NAMED, "Ms Ferreday"),
        (OUTSIDE, SCHOOL, ""),
        (replace(OUTSIDE, teacher=MANAGER), NAMED, "Mr Oduya"),
        (replace(POINT, teacher=None), NAMED, "Amelia’s French teacher"),
    ],
)
def test_who_gave_a_point_is_a_role_unless_the_school_shows_names(point, settings, who):
    assert giver(point, child="Amelia", settings=settings) == who
