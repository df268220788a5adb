"""Requests, going live and new intakes over HTTP: the public form gives one answer, a run is watched, letters come as a file."""

import re
from datetime import timedelta

import pytest

from portal_core.domain.clauses import Clause
from portal_core.services import intake
from portal_core.store.people import Adult
from tests.doors.wire import until
from tests.services.test_intake import joined

PERSON = {"name": "Robin Newcombe0", "children": "Sam Newcombe0", "reach": "robin@family.example"}


@pytest.mark.clause(Clause.PASS_1)
def test_the_public_form_gives_one_answer_whoever_is_on_record(fresh_whole):
    """A parent with an account, one restricted, a child's name with a stranger, nobody at all."""
    told = [
        fresh_whole.send("/request-access", name=name, children=child, reach="x@family.example")
        for name, child in (
            ("one_child", "Zayn"),
            ("court_order", "Lily"),
            ("A stranger", "Amelia"),
            ("Nobody", "None"),
        )
    ]
    assert {(one.status, one.headers["location"]) for one in told} == {(303, "/request-access?sent=yes")}
    assert "with the school" in fresh_whole.get("/request-access?sent=yes").text
    lacking = fresh_whole.send("/request-access", name="<b>Robin", children="", reach="x")
    assert lacking.status == 400
    assert "&lt;b&gt;Robin" in lacking.text


def test_a_request_is_matched_and_denied_by_the_office(fresh_whole):
    made = fresh_whole.send("/staff/requests", "office", **PERSON)
    page = made.headers["location"]
    assert re.fullmatch(r"/staff/requests/\d+", page)
    assert "Robin Newcombe0" in fresh_whole.get("/staff/requests", "office").text
    other = fresh_whole.send("/staff/requests", "office", **PERSON | {"name": "Imran Malik"}).headers["location"]
    shown = fresh_whole.get(other, "office").text
    assert "of that name; connected with Zayn Malik" in shown
    assert shown.count('value="match"') == 1  # one button, whether chosen or named
    adult = fresh_whole.families.adults["one_child"]
    assert fresh_whole.send(page, "office", do="match", adult=adult).status == 303
    assert f'href="/staff/adult/{adult}#act"' in fresh_whole.get(page, "office").text
    assert fresh_whole.send(page, "office", do="match", adult="999999999").status == 400
    assert fresh_whole.send(page, "office", do="match", adult="1 OR 1").status == 400
    assert fresh_whole.send(page, "office", do="deny", denial="because", sure="yes").status == 400
    untick = fresh_whole.send(page, "office", do="deny", denial="not a real request")
    assert (untick.status, "Nothing was decided" in untick.text) == (400, True)
    assert 'value="not a real request" selected' in untick.text
    assert f'href="/staff/adult/{adult}#act"' in fresh_whole.get(page, "office").text  # open still
    assert fresh_whole.send(page, "office", do="deny", denial="not a real request", sure="yes").status == 303
    late = fresh_whole.send(page, "office", do="match", adult=adult)
    assert (late.status, "has decided on this request already" in late.text) == (409, True)


def test_who_asked_is_named_and_chosen_among_several(fresh_whole):
    """Nobody copies a number: the only one who bears the name is taken, of several one is chosen, of none it is said."""
    page = fresh_whole.send("/staff/requests", "office", **PERSON).headers["location"]
    several = fresh_whole.send(page, "office", do="match", adult_words="a")
    assert (several.status, "Please choose who is meant" in several.text) == (400, True)
    assert re.search(r'name="adult_words"[^>]* value=""', several.text)  # what is chosen now is not gone by again
    adult = fresh_whole.families.adults["one_child"]
    nobody = fresh_whole.send(page, "office", do="match", adult_words="Nobodysname")
    assert (nobody.status, "no adult on record called “Nobodysname”" in nobody.text) == (400, True)
    assert 'value="Nobodysname"' in nobody.text
    assert fresh_whole.send(page, "office", do="match", adult_words="Imran Mal").status == 303
    assert f'href="/staff/adult/{adult}#act"' in fresh_whole.get(page, "office").text
    assert fresh_whole.send(page, "office", do="match").status == 400


def test_going_live_and_a_new_intake_to_letters_in_hand(fresh_whole):
    joined(fresh_whole, 5, verified=False)
    page = fresh_whole.get("/staff/go-live", "office").text
    number = re.search(r'name="number" value="(\d+)"', page)[1]
    untick = fresh_whole.send("/staff/go-live", "office", number=number, reference="shelf 3")
    assert (untick.status, 'value="shelf 3"' in untick.text) == (400, True)
    assert fresh_whole.send("/staff/go-live", "office", number=number, reference="shelf 3", attest="yes").status == 303
    again = fresh_whole.send("/staff/go-live", "office", number=number, reference="shelf 3", attest="yes")
    assert (again.status, "when you looked" in again.text) == (409, True)
    made = fresh_whole.send("/staff/intake", "office", year="7").headers["location"]
    until(lambda: "Make the letters" in fresh_whole.get(made, "office").text, "the accounts were not made")
    letters = fresh_whole.send(made, "office", do="letters")
    assert (letters.status, letters.headers["content-type"], letters.body[:5]) == (200, "application/pdf", b"%PDF-")
    assert letters.headers["cache-control"] == "no-store"
    made_at = re.search(r'name="made_at" value="([^"]+)"', fresh_whole.get(made, "office").text)[1]
    assert fresh_whole.send(made, "office", do="handed", made_at="soon").status == 400
    assert fresh_whole.send(made, "office", do="handed", made_at=made_at.replace("+", " ")).status == 400
    assert fresh_whole.send(made, "office", do="handed", made_at=made_at).status == 303
    assert "as a letter in hand" in fresh_whole.get(made, "office").text
    assert fresh_whole.send(made, "office", do="letters").status == 400


@pytest.mark.clause(Clause.PASS_1)
def test_letters_are_not_made_again_without_a_tick_nor_from_a_page_that_did_not_show_them(fresh_whole):
    """A second press on the page from before the download would void what is being printed."""
    joined(fresh_whole, 3)
    made = fresh_whole.send("/staff/intake", "office", year="7").headers["location"]
    until(lambda: "Make the letters" in fresh_whole.get(made, "office").text, "the accounts were not made")
    assert f'<a href="{made}">look at this page again</a>' in fresh_whole.get(made, "office").text
    assert fresh_whole.send(made, "office", do="letters").status == 200

    stale = fresh_whole.send(made, "office", do="letters", sure="yes")
    assert (stale.status, "since you looked" in stale.text) == (409, True)
    assert "Make 3 letters with new codes: the codes of the letters made before stop working" in stale.text
    first = re.search(r'name="seen" value="([^"]+)"', stale.text)[1]
    assert fresh_whole.send(made, "office", do="letters", seen=first).status == 400
    assert f'name="made_at" value="{first}"' in fresh_whole.get(made, "office").text  # those made first still work
    fresh_whole.families.now += timedelta(minutes=1)
    assert fresh_whole.send(made, "office", do="letters", seen=first, sure="yes").status == 200
    assert fresh_whole.send(made, "office", do="letters", seen=first, sure="yes").status == 409


def test_no_letters_for_a_shared_device(fresh_whole, monkeypatch):
    monkeypatch.setattr("dashboards.pages.staff_lists.downloads_allowed", lambda principal: False)
    joined(fresh_whole, 1)
    made = fresh_whole.send("/staff/intake", "office", year="7").headers["location"]
    until(lambda: "Make the letters" in fresh_whole.get(made, "office").text, "the accounts were not made")
    assert fresh_whole.send(made, "office", do="letters").status == 400


def test_a_run_that_was_broken_off_is_gone_on_with(fresh_whole):
    joined(fresh_whole, 30)
    run = intake.begin(
        fresh_whole.store, by=fresh_whole.principal("office"), at=fresh_whole.store.moment(), year_group=7
    )
    page = fresh_whole.get(f"/staff/intake/{run}", "office").text
    assert "This was broken off" in page
    assert fresh_whole.send(f"/staff/intake/{run}", "office", do="on").status == 303
    until(
        lambda: "30 of 30 made" in fresh_whole.get(f"/staff/intake/{run}", "office").text, "the accounts were not made"
    )


@pytest.mark.clause(Clause.PASS_1)
def test_a_code_by_mail_is_sent_once_and_never_shown(fresh_whole):
    adult = fresh_whole.families.adults["one_child"]
    with fresh_whole.store.counting() as session:
        session.get(Adult, adult).email = "imran@post.example"
    page = f"/staff/adult/{adult}/code"
    assert fresh_whole.send(page, "office").status == 400
    assert (
        fresh_whole.send(page, "office", sure="yes").headers["location"] == f"/staff/adult/{adult}?sent=yes#mail-code"
    )
    assert "on its way" in fresh_whole.get(f"/staff/adult/{adult}?sent=yes", "office").text
    again = fresh_whole.send(page, "office", sure="yes")
    assert (again.status, "just now" in again.text) == (409, True)
    assert fresh_whole.send("/staff/adult/999999999/code", "office", sure="yes").status == 404
    for who in ("lead", "data_manager", "administrator", "analyst", "one_child"):
        assert fresh_whole.send(page, who, sure="yes").status in (302, 403)


def test_for_nobody_else(fresh_whole):
    fresh_whole.send("/request-access", **PERSON)
    for who in ("lead", "data_manager", "administrator", "analyst", "one_child"):
        for path in ("/staff/requests", "/staff/requests/1", "/staff/go-live", "/staff/intake", "/staff/intake/1"):
            assert fresh_whole.get(path, who).status == 403
            if path != "/staff/requests":
                assert fresh_whole.send(path, who, do="deny", attest="yes", number="1", year="7").status == 403


@pytest.mark.clause(Clause.PASS_1)
def test_codes_of_a_run_go_by_mail_after_a_tick(fresh_whole):
    adults = joined(fresh_whole, 3)
    with fresh_whole.store.counting() as session:
        for adult in adults[:2]:
            session.get(Adult, adult).email = f"robin{adult}@post.example"
    made = fresh_whole.send("/staff/intake", "office", year="7").headers["location"]
    until(lambda: "2 of them have an e-mail address" in fresh_whole.get(made, "office").text, "nobody is reachable")
    untick = fresh_whole.send(f"{made}/codes", "office")
    assert (untick.status, "Please tick" in untick.text) == (400, True)
    assert fresh_whole.send(f"{made}/codes", "lead", sure="yes").status == 403
    assert fresh_whole.send(f"{made}/codes", "office", sure="yes").headers["location"] == made
    page = fresh_whole.get(made, "office").text
    assert "1 adult has no letter in hand yet" in page
    assert "e-mail address" not in page
