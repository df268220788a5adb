"""The school's own pages over HTTP: a setting is changed, a wording seen and published; what was typed comes back with its problem."""

import re
from typing import get_type_hints

import pytest

from portal_core.domain.clauses import Clause
from portal_core.domain.school import SchoolSettings


def test_a_setting_is_changed_and_a_stale_page_is_told(fresh_whole):
    page = fresh_whole.get("/staff/school/contact_from", "data_manager").text
    assert 'type="time" value="10:30"' in page
    answer = fresh_whole.send("/staff/school/contact_from", "data_manager", value="10:10", seen="0")
    assert (answer.status, answer.headers["location"]) == (303, "/staff/school?saved=contact_from")
    listed = fresh_whole.get("/staff/school?saved=contact_from", "data_manager").text
    assert "is 10:10 from now on" in listed
    stale = fresh_whole.send("/staff/school/contact_from", "data_manager", value="10:20", seen="0")
    assert stale.status == 409
    assert "changed this in the meantime" in stale.text
    assert 'value="10:20"' in stale.text
    assert "10:10" in fresh_whole.get("/staff/school", "data_manager").text


@pytest.mark.parametrize(("value", "status"), [("soon", 400), ("25:00", 400), ("x" * 5_000, 400), ("<b>", 400)])
def test_a_value_that_is_none_comes_back_with_its_problem(fresh_whole, value, status):
    answer = fresh_whole.send("/staff/school/contact_from", "data_manager", value=value, seen="0")
    assert answer.status == status
    assert "Write a time of day" in answer.text
    assert "<b>" not in answer.text.partition("<form")[2].partition("</form>")[0].replace("<b>Problem", "")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("email", "nope", "an e-mail address"), ("absence_email", "a b@c.example", "an e-mail address"), ("telephone", "abc", "a telephone number"),
        ("points_telephone", "12", "a telephone number"), ("persistent_absence_percent", "101", "from 1 to 100"), ("email", "", "cannot be empty"),
    ],
)  # fmt: skip
def test_what_parents_would_be_led_astray_by_is_not_taken(fresh_whole, key, value, said):
    before = fresh_whole.get("/contact").text
    answer = fresh_whole.send(f"/staff/school/{key}", "data_manager", value=value, seen="0")
    assert (answer.status, said in answer.text) == (400, True)
    assert fresh_whole.get("/contact").text.partition("<main")[2] == before.partition("<main")[2]


NUMBERS = sorted(key for key, kind in get_type_hints(SchoolSettings).items() if kind is int)


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize("key", NUMBERS)
def test_no_number_gets_past_its_bounds_by_how_it_is_written(whole, key):
    """A throttle of thousands of millions would be none, and a login that long cannot be begun."""
    for value in ("0009990000000", "000000999", "9990000000", "-1", "1e3", "1_0", "\u0661"):
        answer = whole.send(f"/staff/school/{key}", "data_manager", value=value, seen="0")
        assert (answer.status, "Write a whole number from" in answer.text) == (400, True), value


@pytest.mark.parametrize(
    ("key", "value"), [("absence_email", ""), ("points_telephone", "+44 (0)1632 960-100"), ("points_email", "hello@school.example")]
)  # fmt: skip
def test_what_reaches_somebody_is_taken(fresh_whole, key, value):
    assert fresh_whole.send(f"/staff/school/{key}", "data_manager", value=value, seen="0").status == 303


def test_there_is_no_other_setting(fresh_whole):
    assert fresh_whole.get("/staff/school/secret_key", "data_manager").status == 404
    assert fresh_whole.get("/staff/wording/other", "data_manager").status == 404


@pytest.mark.clause(Clause.SEC_4)
def test_a_wording_is_seen_before_it_is_published_and_then_accepted_anew(fresh_whole):
    words = "# Our policy\n\nBe **kind**. <script>alert(1)</script>"
    after = re.search(r'name="after" value="(\d+)"', fresh_whole.get("/staff/wording/policy", "data_manager").text)[1]
    seen = fresh_whole.send(
        "/staff/wording/policy", "data_manager", text=words, after=after, must_accept="yes", do="preview"
    )
    assert seen.status == 200
    assert "<strong>kind</strong>" in seen.text
    assert "<script>alert" not in seen.text
    assert (
        fresh_whole.get(f"/parent/{fresh_whole.families.pupils['Zayn']}", "one_child").status == 200
    )  # nothing is published yet
    assert (
        fresh_whole.send(
            "/staff/wording/policy", "data_manager", text=words, after=after, must_accept="yes", do="publish"
        ).status
        == 303
    )
    assert "kind" in fresh_whole.get("/policy").text
    late = fresh_whole.send("/staff/wording/policy", "data_manager", text="Another", after=after, do="publish")
    assert late.status == 409
    assert "Another" in late.text


def test_for_nobody_else(fresh_whole):
    for who in ("office", "lead", "administrator", "analyst", "one_child"):
        for path in ("/staff/school", "/staff/school/name", "/staff/wording/policy", "/staff/wording/notice"):
            assert fresh_whole.get(path, who).status == 403
        assert fresh_whole.send("/staff/school/name", who, value="Mine", seen="0").status == 403


@pytest.mark.clause(Clause.CONTACT_4)
def test_what_points_are_given_for_is_worded_dated_and_signed(fresh_whole):
    """And read by parents at once; what it was before stays to be read."""
    category = int(
        re.search(r'/staff/categories/(\d+)">Kindness', fresh_whole.get("/staff/categories", "data_manager").text)[1]
    )
    page = f"/staff/categories/{category}"
    before = re.search(r'name="seen" value="([^"]*)"', fresh_whole.get(page, "data_manager").text)[1]
    told = {"meaning": "Looked after\nsomebody new", "seen": before}
    assert fresh_whole.send(page, "data_manager", **told).headers["location"] == f"/staff/categories?saved={category}"
    shown = fresh_whole.get(page, "data_manager").text.partition("What they have been")[2]
    assert re.search(r"“Looked after somebody new” <span[^>]*>from [^<]+, set by \w+", shown)
    assert f"“{before}”" in shown
    assert "Looked after somebody new" in fresh_whole.get("/staff/categories", "data_manager").text
    child = fresh_whole.families.pupils["Amelia"]
    assert "Looked after somebody new" in fresh_whole.get(f"/parent/{child}/points", "two_children").text


@pytest.mark.parametrize(
    ("meaning", "seen", "status", "words"),
    [
        pytest.param("x" * 301, None, 400, "up to 300 plain characters", id="too long"),
        pytest.param("a\u202eb", None, 400, "up to 300 plain characters", id="turned about"),
        pytest.param(None, None, 400, "Change them first", id="as it is"),
        pytest.param("Something else", "as it was once", 409, "changed these words in the meantime", id="stale"),
    ],
)
def test_words_that_cannot_be_taken_come_back_and_nothing_changes(fresh_whole, meaning, seen, status, words):
    page = re.search(r"/staff/categories/\d+", fresh_whole.get("/staff/categories", "data_manager").text)[0]
    before = re.search(r'name="seen" value="([^"]*)"', fresh_whole.get(page, "data_manager").text)[1]
    answer = fresh_whole.send(
        page, "data_manager", meaning=before if meaning is None else meaning, seen=before if seen is None else seen
    )
    assert (answer.status, words in answer.text) == (status, True)
    assert f'name="seen" value="{before}"' in fresh_whole.get(page, "data_manager").text


def test_nobody_else_words_them(fresh_whole):
    for who in ("lead", "office", "administrator", "analyst", "one_child"):
        assert fresh_whole.get("/staff/categories", who).status == 403
        assert fresh_whole.send("/staff/categories/1", who, meaning="x", seen="").status == 403
