"""What no answer does, whatever it answers: run a script of its own, name a third party, heed a header of the caller's."""

import re

import pytest

from tests.doors.wire import ask


def answers(whole):
    """One answer of each status that there is, by what it is."""
    child = whole.families.pupils["Amelia"]
    return {
        "page": whole.get(f"/parent/{child}", "two_children"),
        "staff": whole.get("/staff", "office"),
        "public": whole.get("/policy"),
        "to sign in": whole.get("/staff"),
        "join refused": ask(whole.url, "/staff/app", "POST", form={}),
        "refused": whole.get(f"/parent/{child}", "one_child"),
        "without the duty": whole.get("/staff", "one_child"),
        "missing": whole.get("/nothing"),
        "wrong verb": ask(whole.url, "/policy", "PUT", form={}),
        "form refused": ask(whole.url, "/sign-in", "POST", form={"username": "x"}),
        "wrong host": whole.get("/", Host="portal.attacker.example"),
    }


def test_no_page_names_a_third_party_or_runs_a_script_of_its_own(whole):
    """Error pages included: every address is ours, every script a file."""
    for what, answer in answers(whole).items():
        page = answer.text
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*', page) == [], what
        assert re.findall(r"<script(?![^>]* src=)", page) == [], what
        assert re.findall(r"\son\w+=", page) == [], what


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "X-Real-Ip", "X-Http-Method-Override", "X-Original-Url", "X-Rewrite-Url"]
)
def test_no_header_of_a_caller_changes_who_or_what_it_is(whole, name):
    child = whole.families.pupils["Amelia"]
    assert whole.get(f"/parent/{child}", "one_child", **{name.replace("-", "_"): f"/parent/{child}"}).status == 403
    assert whole.get(f"/parent/{child}", "two_children", **{name.replace("-", "_"): "x"}).status == 200
