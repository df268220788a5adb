"""Requests for information and breaches over HTTP: put down, read, released, taken away, refused; by whom and what with."""

import re

import pytest

from portal_core.domain.clauses import Clause
from tests.families import TODAY

FORM = {"asker": "Somebody", "reach": "01632 960 111", "basis": "educational record", "came_on": str(TODAY)}


def seen(whole, page):
    """What the forms of the page say that it shows."""
    return re.search(r'name="seen" value="(\w+)"', whole.get(page, "lead").text)[1]


def logged(whole, child="Amelia"):
    return whole.send("/staff/information", "office", pupil=whole.families.pupils[child], **FORM).headers["location"]


def test_from_the_request_to_the_file(fresh_whole):
    page = logged(fresh_whole)
    assert "Somebody with the duty" in fresh_whole.get(page, "office").text
    shown = fresh_whole.get(page, "lead").text
    point = re.search(r'name="(point-\d+)"', shown)[1]
    assert fresh_whole.send(page, "lead", do="pdf").status == 400
    assert fresh_whole.send(page, "lead", do="items", **{point: "yes"}).status == 409
    assert fresh_whole.send(page, "lead", do="items", seen=seen(fresh_whole, page), **{point: "yes"}).status == 303
    assert f'name="{point}" id="{point}" value="yes" checked' in fresh_whole.get(page, "lead").text
    assert fresh_whole.send(page, "lead", do="release", sure="yes", seen=seen(fresh_whole, page)).status == 303
    file = fresh_whole.send(page, "lead", do="pdf")
    assert (file.status, file.body[:5], file.headers["cache-control"]) == (200, b"%PDF-", "no-store")
    assert fresh_whole.send(page, "lead", do="csv").headers["content-type"].startswith("text/csv")
    assert fresh_whole.send(page, "lead", do="refuse", refusal="no").status == 409
    assert fresh_whole.send(logged(fresh_whole, "Maja"), "lead", do="typo").status == 400
    for do in ("pdf", "release", "items"):
        assert fresh_whole.send(page, "office", do=do, sure="yes").status == 403


@pytest.mark.clause(Clause.REVOKE_5)
def test_what_goes_out_is_shown_and_nothing_goes_without_a_tick(fresh_whole):
    """For whom, by which law, what goes, how much stays; on a shared device also that no file is given to it."""
    page = logged(fresh_whole)
    shown = fresh_whole.get(page, "lead").text
    points = re.findall(r'name="(point-\d+)" id="[^"]*" value="yes"><label[^>]*>([^<]*)<', shown)
    fresh_whole.send(page, "lead", do="items", seen=seen(fresh_whole, page), **{points[0][0]: "yes"})
    left = len(points) - 1
    unticked = fresh_whole.send(page, "lead", do="release", seen=seen(fresh_whole, page))
    told = unticked.text.partition("What goes out")[2].partition("</dl>")[0]
    assert (unticked.status, "Nothing was released" in unticked.text) == (400, True)
    assert all(words in told for words in ("Somebody, to be reached at", "regulation 5", points[0][1], "every mark"))
    assert ("1 item" if left == 1 else f"{left} items" if left else "None") in told.partition("left out")[2]
    assert not any(text in told for _, text in points[1:])
    assert fresh_whole.send(page, "lead", do="pdf").status == 400


def test_whoever_put_it_down_is_told_that_another_answers(fresh_whole):
    """There is no button, and pressing it all the same does nothing."""
    page = fresh_whole.send("/staff/information", "lead", pupil=fresh_whole.families.pupils["Amelia"], **FORM).headers[
        "location"
    ]
    assert "a second person who may release" in fresh_whole.get(page, "lead").text
    assert 'value="release"' not in fresh_whole.get(page, "lead").text
    assert fresh_whole.send(page, "lead", do="release", sure="yes", seen=seen(fresh_whole, page)).status == 403
    assert 'value="release"' in fresh_whole.get(page, "deputy_lead").text


def test_an_order_is_weighed_before_anything_is_given(fresh_whole):
    page = logged(fresh_whole, "Jude")
    shown = fresh_whole.get(page, "lead").text
    assert "Weigh this first" in shown
    assert re.search(r"Mr Neil Holroyd</a>: court ruling \(REVOKE-2\)", shown)
    assert "Weigh this first" not in fresh_whole.get(logged(fresh_whole, "Maja"), "lead").text
    assert fresh_whole.send(page, "lead", do="refuse", refusal="The order forbids it.").status == 303
    assert "The order forbids it." in fresh_whole.get(page, "lead").text
    office = fresh_whole.get(page, "office").text
    assert "Refused" in office
    assert "The order forbids it." not in office + fresh_whole.get("/staff/information?which=answered", "office").text


def test_the_page_for_the_office_is_the_same_whatever_is_withheld(fresh_whole):
    """Lily's parents are suspended, Amelia's are not: the office reads the same words of both."""
    pages = []
    for child, name in (("Amelia", "Amelia Ashworth"), ("Lily", "Lily Redfern")):
        page = logged(fresh_whole, child)
        text = fresh_whole.get(page, "office").text.partition('<main id="main"')[2]
        pages.append(re.sub(r"/staff/(pupil|information)/\d+", "", text.replace(name, "the child")))
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "changed",
    [
        {"pupil": "999999999"}, {"pupil_words": "Nobodysname"}, {"basis": "because"}, {"came_on": "soon"}, {"asker": "x" * 10_000}, {"reach": ""},
    ],
)  # fmt: skip
def test_what_makes_no_sense_comes_back_with_its_problem(fresh_whole, changed):
    given = {"pupil": fresh_whole.families.pupils["Amelia"], **FORM} | changed
    answer = fresh_whole.send("/staff/information", "office", **given)
    assert (answer.status, "There is a problem" in answer.text) == (400, True)
    assert 'value="Somebody"' in answer.text or "asker" in changed


def test_nothing_for_a_shared_device_which_is_said_before(fresh_whole, monkeypatch):
    page, other = logged(fresh_whole), logged(fresh_whole, "Maja")
    fresh_whole.send(page, "lead", do="release", sure="yes", seen=seen(fresh_whole, page))
    monkeypatch.setattr("dashboards.pages.staff_lists.downloads_allowed", lambda principal: False)
    assert fresh_whole.send(page, "lead", do="pdf").status == 400
    monkeypatch.setattr("dashboards.pages.information.downloads_allowed", lambda principal: False)
    assert "no file is given to it" in fresh_whole.get(other, "lead").text


def test_a_breach_is_recorded_with_a_restriction_and_the_answer_put_down(fresh_whole):
    adult = fresh_whole.families.adults["one_child"]
    fresh_whole.get(f"/parent/{fresh_whole.families.pupils['Amelia']}", "one_child")  # refused, and on record
    audit = fresh_whole.get(f"/staff/audit?verb=everything&actor=adult:{adult}", "lead").text
    entry = re.search(r"/staff/audit/(\d+)", audit)[1]
    page = f"/staff/adult/{adult}/breaches"
    told = {"what": "<b>Tried</b> another’s child.", "entries": entry, "answer": "", "breach": ""}
    assert fresh_whole.send(page, "lead", do="record", outcome="perhaps", **told).status == 400
    assert (
        fresh_whole.send(page, "lead", do="record", outcome="restriction", **told | {"entries": "1; 2"}).status == 400
    )
    assert fresh_whole.send(page, "lead", do="record", outcome="restriction", **told).status == 303
    shown = fresh_whole.get(page, "lead").text
    assert "&lt;b&gt;Tried" in shown
    assert fresh_whole.get(f"/parent/{fresh_whole.families.pupils['Zayn']}", "one_child").status == 403
    breach = re.search(r'name="breach" value="(\d+)"', shown)[1]
    assert fresh_whole.send(page, "lead", do="answer", **told | {"answer": "Sorry.", "breach": breach}).status == 303
    assert fresh_whole.send(page, "lead", do="answer", **told | {"answer": "No.", "breach": breach}).status == 409


def test_for_nobody_else(fresh_whole):
    page, adult = logged(fresh_whole), fresh_whole.families.adults["one_child"]
    for who in ("data_manager", "analyst", "administrator", "one_child"):
        assert fresh_whole.get(page, who).status == 403
        assert fresh_whole.get("/staff/information", who).status == 403
    for who in ("office", "data_manager", "analyst", "administrator", "one_child"):
        assert fresh_whole.get(f"/staff/adult/{adult}/breaches", who).status == 403
        assert fresh_whole.send(f"/staff/adult/{adult}/breaches", who, do="record").status == 403


def test_the_child_is_named_and_chosen_among_several(fresh_whole):
    """By name, or by the link on the child's page, which names the child; in the address there is nothing to copy."""
    zayn = fresh_whole.families.pupils["Zayn"]
    shown = fresh_whole.get(f"/staff/information?pupil={zayn}", "office").text
    assert re.search(rf'value="{zayn}" checked><label[^>]*>Zayn Malik', shown)
    several = fresh_whole.send("/staff/information", "office", pupil_words="a", **FORM)
    assert (several.status, "Please choose who is meant" in several.text) == (400, True)
    assert len(re.findall(r'type="radio" id="pupil-', several.text)) > 1
    assert re.search(r'name="pupil_words"[^>]* value=""', several.text)
    assert fresh_whole.send("/staff/information", "office", **FORM).status == 400
    made = fresh_whole.send("/staff/information", "office", pupil_words="Zayn", **FORM)
    assert "Zayn Malik" in fresh_whole.get(made.headers["location"], "office").text
