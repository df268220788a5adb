"""Who is asked about a point."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_core.domain.clauses import Clause
from portal_core.domain.records import ContactPoint, Point, PointKind, StaffContact
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.policy.contact import about_point

SCHOOL = SchoolSettings("Hollins Brook School", email="office@hollinsbrook.example", telephone="01632 960 001")
FRIDAY_MORNING = Moment(datetime(2026, 3, 27, 9, tzinfo=UTC), ZoneInfo("Europe/London"))
OFFICE = (ContactPoint("the school office", SCHOOL.email, SCHOOL.telephone),)
TEACHER = StaffContact("Ms Ferreday", "r.ferreday@hollinsbrook.example")
MANAGER = StaffContact("Mr Oduya", "t.oduya@hollinsbrook.example", "01632 960 002")
LEFT = replace(TEACHER, left_on=date(2026, 3, 26))
NAMED = replace(SCHOOL, show_staff_names=True)
POINT = Point(
    7,
    datetime(2026, 3, 26, 11, 20, tzinfo=UTC),
    PointKind.BEHAVIOUR,
    1,
    "Equipment",
    "something needed for the lesson was left at home",
    in_lesson=True,
    subject="French",
    teacher=TEACHER,
)
OUTSIDE = replace(POINT, in_lesson=False, subject=None, teacher=None, place="Dining hall")
AT_SCHOOL = (SCHOOL.email, SCHOOL.telephone)


def point_advice(point: Point, settings: SchoolSettings = SCHOOL, manager: StaffContact | None = MANAGER):
    return about_point(point, child="Amelia", settings=settings, manager=manager, at=FRIDAY_MORNING)


@pytest.mark.clause(Clause.CONTACT_5)
@pytest.mark.parametrize(
    ("contact", "point", "settings"),
    [
        pytest.param(ContactPoint("Amelia’s French teacher", *AT_SCHOOL), POINT, SCHOOL, id="names hidden"),
        pytest.param(
            ContactPoint("Ms Ferreday, Amelia’s French teacher", TEACHER.email, SCHOOL.telephone),
            POINT,
            NAMED,
            id="names shown",
        ),
        pytest.param(*OFFICE, replace(POINT, teacher=LEFT), SCHOOL, id="the teacher has left"),
        pytest.param(*OFFICE, replace(POINT, teacher=LEFT), NAMED, id="the teacher has left, names shown"),
        pytest.param(
            ContactPoint("Amelia’s French teacher", *AT_SCHOOL),
            replace(POINT, teacher=None),
            NAMED,
            id="teacher unknown",
        ),
        pytest.param(
            ContactPoint("the teacher of that lesson", *AT_SCHOOL),
            replace(POINT, subject=None),
            SCHOOL,
            id="no subject",
        ),
    ],
)
def test_behaviour_in_a_lesson_goes_to_its_teacher(contact, point, settings):
    """Before the Learning Manager and before the office, while there is such a teacher."""
    advice = point_advice(point, settings)

    assert (Clause.CONTACT_5, (contact,)) == (advice.clause, advice.contacts)
    assert contact.who in advice.words


@pytest.mark.clause(Clause.CONTACT_6)
@pytest.mark.parametrize(
    ("contact", "settings", "manager"),
    [
        pytest.param(ContactPoint("Amelia’s Learning Manager", *AT_SCHOOL), SCHOOL, MANAGER, id="names hidden"),
        pytest.param(
            ContactPoint("Mr Oduya, Amelia’s Head of Year", MANAGER.email, MANAGER.telephone),
            replace(NAMED, manager_title="Head of Year"),
            MANAGER,
            id="names shown, another title",
        ),
        pytest.param(*OFFICE, SCHOOL, None, id="nobody"),
        pytest.param(*OFFICE, NAMED, replace(MANAGER, left_on=date(2026, 3, 26)), id="has left"),
        pytest.param(
            ContactPoint("Amelia’s Learning Manager", *AT_SCHOOL),
            SCHOOL,
            replace(MANAGER, left_on=date(2026, 3, 27)),
            id="on the last day in post",
        ),
    ],
)
def test_behaviour_outside_a_lesson_goes_to_the_pupils_manager(contact, settings, manager):
    """Falling back to the office."""
    advice = point_advice(OUTSIDE, settings, manager)

    assert (Clause.CONTACT_6, (contact,)) == (advice.clause, advice.contacts)


@pytest.mark.clause(Clause.CONTACT_3, Clause.CONTACT_4)
@pytest.mark.parametrize("kind", PointKind)
def test_the_child_is_asked_first(kind):
    """Before any contact; of behaviour that small things count, of an achievement that it is good to hear of."""
    advice = point_advice(replace(POINT, kind=kind))

    assert advice.first.startswith("Have you talked with Amelia about it?")
    assert ("small things" in advice.first) is (kind is PointKind.BEHAVIOUR)
    assert ("like to tell you" in advice.first) is (kind is PointKind.ACHIEVEMENT)
    assert "Equipment" not in advice.words  # the point is explained once, above


@pytest.mark.clause(Clause.CONTACT_3)
def test_an_achievement_is_asked_about_the_same_way_but_is_nothing_to_discuss():
    """The teacher answers for both kinds; only behaviour is a matter for discussion."""
    advice = point_advice(replace(POINT, kind=PointKind.ACHIEVEMENT))

    assert (advice.clause, advice.contacts[0].who) == (Clause.CONTACT_3, "Amelia’s French teacher")
    assert "discuss" not in advice.words


staff = st.none() | st.sampled_from([TEACHER, MANAGER, LEFT])


@pytest.mark.clause(Clause.CONTACT_5, Clause.CONTACT_6)
@given(
    kind=st.sampled_from(PointKind),
    in_lesson=st.booleans(),
    subject=st.sampled_from([None, "French"]),
    teacher=staff,
    manager=staff,
    named=st.booleans(),
)
def test_a_point_always_has_someone_to_ask_and_hidden_names_stay_hidden(
    kind, in_lesson, subject, teacher, manager, named
):
    """Never nobody; and where names are hidden, neither name nor own address is anywhere in the advice."""
    point = replace(POINT, kind=kind, in_lesson=in_lesson, subject=subject, teacher=teacher)
    advice = point_advice(point, NAMED if named else SCHOOL, manager)
    shown = repr(advice)

    (contact,) = advice.contacts
    assert contact.who
    assert contact.email
    assert advice.first
    if not named:
        assert (contact.email, contact.telephone) == AT_SCHOOL
        assert not any(hidden in shown for person in (TEACHER, MANAGER) for hidden in (person.name, person.email))
