"""The school's own pages over HTTP: a setting is changed, a wording seen and published; what was typed comes back with its problem."""

import re
from typing import get_type_hints

import pytest

from dashboards.pages.setting_words import UNITS
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


def test_every_number_bears_its_unit_wherever_it_stands(fresh_whole):
    """In the list, beside the field and in what it has been; one is not several, and what was never set is the default."""
    assert set(NUMBERS) == set(UNITS)
    assert fresh_whole.send("/staff/school/register_open_minutes", "data_manager", value="1", seen="0").status == 303
    page = fresh_whole.get("/staff/school/register_open_minutes", "data_manager").text
    assert re.search(r'aria-describedby="value-hint value-unit">\s*<span id="value-unit">minutes</span>', page)
    assert "<b>1 minute</b>" in page
    assert '<b>30 minutes</b> <span class="hint">the default</span>' in page
    listed = fresh_whole.get("/staff/school?saved=register_open_minutes", "data_manager").text
    assert "is 1 minute from now on" in listed
    for words in ("</b>1 minute</td>", "</b>10,000 rows</td>", "</b>the default</td>", "</b>English</td>"):
        assert words in listed
    assert "as the policy has it" not in listed + page


@pytest.mark.parametrize(
    ("key", "offered"),
    [
        pytest.param("language", {"en": "English", "pl": "Polski"}, id="by their own names"),
        pytest.param("show_staff_names", {"yes": "yes", "no": "no"}, id="yes and no"),
        pytest.param("manager_title", {}, id="anything may be written"),
    ],
)
def test_a_choice_is_chosen_and_not_written(fresh_whole, key, offered):
    page = fresh_whole.get(f"/staff/school/{key}", "data_manager").text
    assert dict(re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)</option>', page)) == offered


def test_time_zones_are_proposed(fresh_whole):
    page = fresh_whole.get("/staff/school/zone", "data_manager").text
    assert 'list="zones"' in page
    assert '<option value="Europe/London">' in page


def test_there_is_no_other_setting(fresh_whole):
    assert fresh_whole.get("/staff/school/secret_key", "data_manager").status == 404
    assert fresh_whole.get("/staff/wording/other", "data_manager").status == 404


def hidden(page, name):
    """A hidden field of a page."""
    return re.search(rf'name="{name}" value="(\w*)"', page.text)[1]


@pytest.mark.clause(Clause.SEC_4)
def test_a_wording_is_seen_before_it_is_published_and_then_accepted_anew(fresh_whole):
    words = "# Our policy\r\n\r\nBe **kind**. <script>alert(1)</script>"
    first = fresh_whole.get("/staff/wording/policy", "data_manager")
    assert "checked" not in first.text.partition("What it asks of parents")[2].partition("</fieldset>")[0]
    assert 'value="publish"' not in first.text
    told = {"text": words, "after": hidden(first, "after"), "must_accept": "yes"}
    seen = fresh_whole.send("/staff/wording/policy", "data_manager", do="preview", **told)
    assert (seen.status, "<strong>kind</strong>" in seen.text, "<script>alert" in seen.text) == (200, True, False)
    active = re.search(r"accepted by [\d,]+ of ([\d,]+) parents", seen.text)[1]
    assert f"all {active} active accounts of parents must accept it before they see anything" in seen.text
    child = f"/parent/{fresh_whole.families.pupils['Zayn']}"
    assert fresh_whole.get(child, "one_child").status == 200  # nothing is published yet
    told["looked_at"] = hidden(seen, "looked_at")
    again = told | {"text": words.replace("\r", "")}  # as the page gives it back
    assert fresh_whole.send("/staff/wording/policy", "data_manager", do="publish", **again).status == 303
    assert "kind" in fresh_whole.get("/policy").text
    late = told | {"text": "Another", "must_accept": "no"}
    seen = fresh_whole.send("/staff/wording/policy", "data_manager", do="preview", **late)
    assert "Nobody is asked to accept it" in seen.text
    late["looked_at"] = hidden(seen, "looked_at")
    refused = fresh_whole.send("/staff/wording/policy", "data_manager", do="publish", **late)
    assert (refused.status, "Another" in refused.text, 'value="publish"' in refused.text) == (409, True, False)


@pytest.mark.clause(Clause.SEC_4)
@pytest.mark.parametrize(
    ("which", "changed", "words"),
    [
        pytest.param("policy", {"must_accept": ""}, "Please choose whether", id="no choice"),
        pytest.param("policy", {"must_accept": "perhaps"}, "Please choose whether", id="no such choice"),
        pytest.param("policy", {"must_accept": "no"}, "not looked at it", id="another choice"),
        pytest.param("policy", {"text": "Be unkind."}, "not looked at it", id="another text"),
        pytest.param("policy", {"looked_at": ""}, "not looked at it", id="never seen"),
        pytest.param("notice", {"text": "We keep more."}, "not looked at it", id="another notice"),
    ],
)
def test_nothing_is_published_but_what_was_looked_at(fresh_whole, which, changed, words):
    page = f"/staff/wording/{which}"
    first = fresh_whole.get(page, "data_manager")
    told = {
        "text": "Be kind to all.",
        "after": hidden(first, "after"),
        "must_accept": "yes" if which == "policy" else "",
    }
    seen = fresh_whole.send(page, "data_manager", do="preview", **told)
    told |= {"looked_at": hidden(seen, "looked_at")} | changed
    refused = fresh_whole.send(page, "data_manager", do="publish", **told)
    assert (refused.status, words in refused.text, "How it will look" in refused.text) == (400, True, True)
    assert hidden(fresh_whole.get(page, "data_manager"), "after") == told["after"]


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
