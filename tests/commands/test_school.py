"""`portal school`: what a school changes about itself, dated or versioned, and what it cannot say."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from portal_core.domain.clauses import Clause, Duty
from portal_core.domain.people import Machine
from portal_core.domain.records import PointKind
from portal_core.domain.school import DayKind, utc_now
from portal_core.errors import NotPermitted
from portal_core.services import school as services
from portal_core.services.calendar import calendar_of
from portal_core.services.installation import COMMAND_LINE, opened
from portal_core.services.published import notice, policy, policy_to_accept
from portal_core.store.registers import Category, Mark, Point
from portal_core.store.scope import Store
from tests.families import build_families

NOBODY = Machine("somebody", frozenset(set(Duty) - {Duty.SET_SCHOOL}))


def settings(folder, at=None):
    with opened(folder) as one:
        return one.store.settings(at or utc_now())


def calendar(folder):
    with opened(folder) as one, one.store.reading_as(COMMAND_LINE, one.store.moment()) as session:
        return calendar_of(session)


def test_a_setting_holds_from_now_on_and_the_one_before_for_its_days(portal, school):
    began = utc_now()
    portal("school", "set", "--data", school, "contact_from", "10:45")
    changed = utc_now()
    assert portal("school", "set", "--data", school, "contact_from", "11:00").exit_code == 0

    assert f"{settings(school).contact_from:%H:%M}" == "11:00"
    assert f"{settings(school, changed).contact_from:%H:%M}" == "10:45"
    assert f"{settings(school, began).contact_from:%H:%M}" == "10:30"
    assert "contact_from                 11:00" in portal("school", "show", "--data", school).output


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("show_staff_names", "yes", True),
        ("persistent_absence_percent", "12", 12),
        ("points_delay_minutes", "0", 0),
        ("manager_title", " Head of Year ", "Head of Year"),
        ("zone", "Europe/Dublin", "Europe/Dublin"),
        ("points_from", "2026-01-05", date(2026, 1, 5)),
        ("points_from", "none", None),
        ("absence_contact", "the attendance officer", "the attendance officer"),
        ("points_email", "pastoral@school.example", "pastoral@school.example"),
    ],
)
def test_a_value_is_read_as_a_person_writes_it(portal, school, key, value, expected):
    assert portal("school", "set", "--data", school, key, value).exit_code == 0
    assert getattr(settings(school), key) == expected


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("contact_at", "10:30", "no setting called contact_at"),
        ("contact_from", "half past ten", "a time of day"),
        ("show_staff_names", "perhaps", "yes or no"),
        ("idle_minutes_private", "0", "a whole number from 1"),
        ("idle_minutes_private", "61", "to 60"),
        ("points_delay_minutes", "-5", "a whole number from 0"),
        ("zone", "Europe/Lundon", "no such time zone"),
        ("telephone", " ", "cannot be empty"),
        ("small_number", "2", "a whole number from 3"),
        ("register_open_minutes", "45", "to 30"),
        ("audit_rows_alarm", "10000", "to 2000"),
        ("name", "A School\r\nBcc: somebody@elsewhere.example", "in one line"),
        ("points_from", "5 January", "a day, such as 2026-01-05, or none"),
    ],
)
def test_a_value_that_does_not_fit_changes_nothing(portal, school, key, value, words):
    before = settings(school)
    done = portal("school", "set", "--data", school, key, "--", value)
    assert (done.exit_code, words in done.output) == (1, True), done.output
    assert settings(school) == before


def test_a_term_entered_wrongly_is_taken_back_and_entered_anew(portal, school):
    portal("school", "term", "--data", school, "Summer", "2027-04-12", "2027-07-02")
    assert portal("school", "term", "--data", school, "Summer", "2027-04-12", "2027-07-20").exit_code == 1
    assert portal("school", "remove-term", "--data", school, "2027-04-12").exit_code == 0
    assert "No term begins on 2027-04-12" in portal("school", "remove-term", "--data", school, "2027-04-12").output
    assert portal("school", "term", "--data", school, "Summer", "2027-04-12", "2027-07-20").exit_code == 0
    assert "2027-04-12 to 2027-07-20  Summer" in portal("school", "show", "--data", school).output


@pytest.mark.clause(Clause.CONTACT_4)
def test_a_school_says_in_its_own_words_what_a_category_covers(portal, school):
    """The next import leaves them alone; without any, the MIS has the word again."""
    with opened(school) as one, one.store.counting() as session:
        session.add(Category(name="Homework late", kind=PointKind.BEHAVIOUR))
    told = portal("school", "category", "--data", school, "Homework late", "Handed in after the day.  One small thing.")
    assert told.exit_code == 0, told.output
    assert (
        "Homework late (behaviour): Handed in after the day. One small thing."
        in portal("school", "show", "--data", school).output
    )
    portal("school", "category", "--data", school, "Homework late", "")
    assert "Homework late (behaviour): not explained" in portal("school", "show", "--data", school).output


@pytest.mark.clause(Clause.CONTACT_4)
@pytest.mark.parametrize(
    ("name", "meaning", "words"),
    [
        ("Homework lost", "x", "no category called Homework lost"),
        ("Homework late", "x" * 301, "up to 300 plain characters"),
    ],
)
def test_a_wording_that_does_not_fit_changes_nothing(portal, school, name, meaning, words):
    with opened(school) as one, one.store.counting() as session:
        session.add(Category(name="Homework late", kind=PointKind.BEHAVIOUR))
    done = portal("school", "category", "--data", school, name, meaning)
    assert (done.exit_code, words in done.output) == (1, True), done.output


def test_who_may_not_set_the_school_words_no_category(school):
    """The verb asks for itself."""
    with opened(school) as one, pytest.raises(NotPermitted):
        services.word_category(one.store, by=NOBODY, at=one.store.moment(), category=1, meaning="x")


@pytest.mark.clause(Clause.CONTACT_2)
@pytest.mark.parametrize(
    ("key", "table", "minutes"), [("marks_delay_minutes", Mark, 90), ("points_delay_minutes", Point, 30)]
)
def test_another_delay_moves_what_was_published_under_the_one_before(engine, key, table, minutes):
    """Else a mark that came yesterday would be shown by yesterday's delay for ever."""
    build_families(engine)
    store = Store(engine, utc_now)
    before = getattr(store.settings(utc_now()), key)
    question = select(table.public_from).order_by(table.public_from)
    with engine.connect() as connection:
        public = connection.scalars(question).all()

    services.set_setting(store, by=COMMAND_LINE, at=store.moment(), key=key, value=str(minutes))

    with engine.connect() as connection:
        assert connection.scalars(question).all() == [at + timedelta(minutes=minutes - before) for at in public]


def test_a_term_is_added_with_its_bank_holidays_and_never_twice(portal, school):
    words = ("school", "term", "--data", school, "Summer", "2027-04-12", "2027-07-20")
    assert portal(*words).exit_code == 0
    again = portal(*words)
    assert (again.exit_code, "in “Summer” already" in again.output) == (1, True)

    found = calendar(school)
    assert [term.name for term in found.terms] == ["Autumn", "Spring", "Summer"]
    assert found.closed[date(2027, 5, 3)] is DayKind.BANK_HOLIDAY
    backwards = portal("school", "term", "--data", school, "Odd", "2027-09-02", "2027-09-01")
    assert (backwards.exit_code, "ends before it begins" in backwards.output) == (1, True)


def test_a_day_is_closed_and_opened_again(portal, school):
    day = date(2026, 10, 9)
    portal("school", "close", "--data", school, day, "closure")
    portal("school", "close", "--data", school, day, "INSET day")
    assert calendar(school).closed[day] is DayKind.INSET
    portal("school", "close", "--data", school, day, "open")
    assert calendar(school).is_school_day(day)


@pytest.mark.clause(Clause.SEC_4)
def test_a_new_policy_is_accepted_anew_and_a_correction_is_not(portal, school, tmp_path):
    wording = tmp_path / "policy.md"
    for text_, more in (("# Be kind.", ()), ("# Be kind!", ("--correction",))):
        wording.write_text(text_)
        assert portal("school", "publish", "--data", school, "policy", wording, *more).exit_code == 0
    with opened(school) as one:
        at = one.store.moment()
        assert (policy(one.store, at).number, policy_to_accept(one.store, at).number) == (3, 2)
        assert policy_to_accept(one.store, at).text == "# Be kind."


@pytest.mark.clause(Clause.SEC_5)
def test_a_new_privacy_notice_is_the_next_version(portal, school, tmp_path):
    wording = tmp_path / "notice.md"
    wording.write_text("# What we keep")
    assert "version 2 of the notice" in portal("school", "publish", "--data", school, "notice", wording).output
    with opened(school) as one:
        assert notice(one.store, one.store.moment()).text == "# What we keep"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"], ids=["empty", "blank", "no text"])
def test_a_wording_that_is_none_is_refused(portal, school, tmp_path, content):
    wording = tmp_path / "policy.md"
    wording.write_bytes(content)
    assert portal("school", "publish", "--data", school, "policy", wording).exit_code == 1
    with opened(school) as one:
        assert policy(one.store, one.store.moment()).number == 1


VERBS = [
    (services.set_setting, {"key": "contact_from", "value": "10:45"}, "set"),
    (services.add_term, {"name": "Summer", "begins": date(2027, 4, 12), "ends": date(2027, 7, 20)}, "set"),
    (services.close_day, {"day": date(2026, 10, 9), "kind": DayKind.INSET}, "set"),
    (services.publish_policy, {"text": "Be kind."}, "published wording"),
    (services.publish_notice, {"text": "What we keep."}, "published wording"),
]


@pytest.mark.parametrize(("verb", "given", "named"), VERBS, ids=[verb.__name__ for verb, *_ in VERBS])
def test_each_change_asks_for_the_duty_and_is_on_record(school, verb, given, named):
    """By whatever way it is called."""
    with opened(school) as one:
        with pytest.raises(NotPermitted):
            verb(one.store, by=NOBODY, at=one.store.moment(), **given)
        verb(one.store, by=COMMAND_LINE, at=one.store.moment(), **given)
        with one.store.engine.connect() as connection:
            said = connection.execute(text("SELECT actor, verb FROM audit_entry WHERE id > 3")).all()
    assert [tuple(entry) for entry in said] == [("command line", named)]
