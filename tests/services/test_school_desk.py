"""The school's settings and wording at the desk: what held when and who changed it; of two who change it at once the second is told."""

from dataclasses import fields

import pytest

from dashboards.pages.setting_words import WORDS
from portal_core.domain.clauses import Clause
from portal_core.domain.school import SchoolSettings
from portal_core.errors import BadInput, NotFound, NotPermitted, Stale
from portal_core.services import school, school_desk

OTHERS = ("office", "lead", "administrator", "analyst", "one_child")
RAHMAN = "Mr Adil Rahman"


def test_every_setting_has_its_words():
    assert list(WORDS) == [one.name for one in fields(SchoolSettings)]


@pytest.mark.clause(Clause.SEC_4)
def test_a_setting_keeps_what_it_was_and_who_changed_it(at_work):
    def now():
        return at_work.does(school_desk.settings_now, "data_manager")["contact_from"]

    assert (now().value, now().row, now().by) == ("10:30", 0, "")
    at_work.does(school.set_setting, "data_manager", key="contact_from", value="10:15", seen=0)
    at_work.does(school.set_setting, "data_manager", key="contact_from", value="9:45".zfill(5), seen=now().row)
    found = at_work.does(school_desk.history, "data_manager", key="contact_from")
    assert [(one.value, one.by) for one in found] == [("09:45", RAHMAN), ("10:15", RAHMAN), ("10:30", "")]
    assert found[0].since > found[1].since


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("points_from", "2026-01-05"),
        ("show_staff_names", "yes"),
        ("small_number", "7"),
        ("manager_title", "Head of Year"),
    ],
)
def test_each_kind_of_value_comes_back_as_it_was_written(at_work, key, value):
    at_work.does(school.set_setting, "data_manager", key=key, value=value)
    assert at_work.does(school_desk.settings_now, "data_manager")[key].value == value
    assert at_work.does(school_desk.history, "data_manager", key=key)[0].value == value


def test_a_value_has_a_length(at_work):
    with pytest.raises(BadInput, match="200 characters"):
        at_work.does(school.set_setting, "data_manager", key="name", value="x" * 201)


def test_of_two_who_change_a_setting_at_once_the_second_is_told(at_work):
    at_work.does(school.set_setting, "data_manager", key="small_number", value="6", seen=0)
    with pytest.raises(Stale, match="changed this in the meantime"):
        at_work.does(school.set_setting, "data_manager", key="small_number", value="7", seen=0)
    assert at_work.does(school_desk.settings_now, "data_manager")["small_number"].value == "6"


@pytest.mark.clause(Clause.SEC_4, Clause.SEC_5)
@pytest.mark.parametrize("notice", [False, True])
def test_a_version_is_published_after_the_one_that_was_seen(at_work, notice):
    verb = school.publish_notice if notice else school.publish_policy
    before = at_work.does(school_desk.versions, "data_manager", notice=notice)
    seen = before[0].number if before else 0
    number = at_work.does(verb, "data_manager", text="# Anew", after=seen)
    with pytest.raises(Stale, match="another version"):
        at_work.does(verb, "data_manager", text="# At the same time", after=seen)
    newest = at_work.does(school_desk.versions, "data_manager", notice=notice)[0]
    assert (newest.number, newest.text, newest.by, newest.agreed) == (number, "# Anew", RAHMAN, 0)
    with pytest.raises(BadInput):
        at_work.does(verb, "data_manager", text=" ", after=number)


def test_who_has_accepted_is_counted(at_work):
    first = at_work.does(school_desk.versions, "data_manager", notice=False)[-1]
    assert 0 < first.agreed <= len(at_work.families.adults)


def test_the_desk_is_for_whoever_sets_the_school_alone(at_work):
    for who in OTHERS:
        for verb, given in (
            (school_desk.settings_now, {}), (school_desk.history, {"key": "name"}), (school_desk.versions, {"notice": False}),
        ):  # fmt: skip
            with pytest.raises(NotPermitted):
                at_work.does(verb, who, **given)
    with pytest.raises(NotFound):
        at_work.does(school_desk.history, "data_manager", key="no_such")


@pytest.mark.clause(Clause.SEC_4)
def test_the_number_that_counts_as_much_is_within_the_quota(at_work):
    at_work.does(school.set_setting, "data_manager", key="audit_rows_a_day", value="100", seen=0)
    with pytest.raises(BadInput, match="100 rows a day"):
        at_work.does(school.set_setting, "data_manager", key="audit_rows_alarm", value="101", seen=0)
    at_work.does(school.set_setting, "data_manager", key="audit_rows_alarm", value="100", seen=0)


@pytest.mark.parametrize("verb", [school.publish_policy, school.publish_notice])
def test_a_text_that_says_the_same_is_not_published_again(at_work, verb):
    """Else one click would ask every parent to accept anew what they have accepted."""
    at_work.does(verb, "data_manager", text="# Be kind\r\n\r\nTo all.")
    with pytest.raises(BadInput, match="in force"):
        at_work.does(verb, "data_manager", text="# Be kind\n\nTo all.\n")
