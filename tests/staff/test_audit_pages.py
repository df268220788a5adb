"""The audit over HTTP: found by address, one entry explained, taken away, verified; and equal bytes for every ground."""

import re

import pytest

from portal_core.domain.clauses import Clause
from tests.staff.test_pages import withheld


def test_it_is_found_explained_taken_away_and_verified(fresh_whole):
    pupil = fresh_whole.families.pupils["Zayn"]
    assert fresh_whole.get(f"/staff/pupil/{pupil}", "lead").status == 200
    listed = fresh_whole.get(f"/staff/audit?about=pupil:{pupil}&verb=explained+access", "lead")
    assert listed.status == 200
    number = int(listed.text.partition('<a href="/staff/audit/')[2].partition('"')[0])
    one = fresh_whole.get(f"/staff/audit/{number}", "lead").text
    assert f'<a href="/staff/pupil/{pupil}">' in one
    file = fresh_whole.send(f"/staff/audit?verb=everything&about=pupil:{pupil}", "lead", do="export")
    assert (file.status, file.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert file.headers["content-disposition"].startswith("attachment")
    assert "entries are as they were written" in fresh_whole.send("/staff/audit", "administrator", do="verify").text
    assert fresh_whole.send("/staff/audit", "lead", do="verify").status == 403  # reads it, and does not vouch for it


@pytest.mark.parametrize(
    "query",
    [
        "verb=eaten",
        "actor=staff:1+OR+1=1",
        "about=pupil:-1",
        "about=pupil:1;adult:2",
        "about=%27;--",
        "first=yesterday",
        "actor[]=x",
        "before=last",
        "verb=%00",
    ],
)
def test_an_address_that_makes_no_sense_gets_words_and_finds_nothing_more(fresh_whole, query):
    answer = fresh_whole.get(f"/staff/audit?{query}", "lead")
    assert answer.status in (200, 400)
    assert "Traceback" not in answer.text
    assert "SELECT" not in answer.text


def test_a_wrong_filter_shows_its_problem_and_no_entry(fresh_whole):
    """Nor the way to take everything away in place of what was meant."""
    fresh_whole.get("/staff/school", "data_manager")
    page = fresh_whole.get("/staff/audit?verb=everything&first=yesterday", "lead")
    assert "Write the days as" in page.text
    assert "<table" not in page.text
    assert 'value="export"' not in page.text


@pytest.mark.clause(Clause.SEC_4)
def test_an_entry_is_told_in_words_with_the_people_as_links(fresh_whole):
    adult, pupil = fresh_whole.families.adults["one_child"], fresh_whole.families.pupils["Zayn"]
    withheld(fresh_whole, Clause.REVOKE_1)
    of_child = f'<a href="/staff/pupil/{pupil}">Zayn Malik</a>'
    words = f'withheld {of_child} from <a href="/staff/adult/{adult}">Mr Imran Malik</a>'
    for kind, id_ in (("pupil", pupil), ("adult", adult)):
        assert words in fresh_whole.get(f"/staff/audit?about={kind}:{id_}", "lead").text
    assert words not in fresh_whole.get("/staff/audit", "administrator").text
    number = re.search(r"/staff/audit/(\d+)", fresh_whole.get(f"/staff/audit?about=pupil:{pupil}", "lead").text)[1]
    entry = fresh_whole.get(f"/staff/audit/{number}", "lead").text
    assert words in entry
    assert not re.search(r"[\[{&]", entry.partition("<main")[2].partition("</main>")[0].replace("&amp;", ""))


def test_a_name_leads_to_those_who_bear_it_and_on_to_what_was_done(fresh_whole):
    pupil = fresh_whole.families.pupils["Zayn"]
    page = fresh_whole.get("/staff/audit?verb=everything&about=Zay", "lead").text
    assert f'<a href="/staff/audit?verb=everything&amp;about=pupil:{pupil}">Zayn Malik</a>' in page
    assert "Nobody of that name" in fresh_whole.get("/staff/audit?about=Xyz", "lead").text
    assert "found by the link" in fresh_whole.get("/staff/audit?about=Zay", "administrator").text  # finds nobody


def test_what_was_only_read_is_left_out_unless_asked_for(fresh_whole):
    fresh_whole.get("/staff/school", "data_manager")
    assert "looked at a page" not in fresh_whole.get("/staff/audit", "lead").text.partition("<table")[2]
    assert "looked at a page" in fresh_whole.get("/staff/audit?verb=everything", "lead").text.partition("<table")[2]


def test_nothing_for_a_shared_device(fresh_whole, monkeypatch):
    monkeypatch.setattr("dashboards.pages.staff_lists.downloads_allowed", lambda principal: False)
    answer = fresh_whole.send("/staff/audit", "lead", do="export")
    assert (answer.status, "shared" in answer.text) == (400, True)


def test_for_nobody_else(fresh_whole):
    for who in ("office", "data_manager", "analyst", "one_child"):
        assert fresh_whole.get("/staff/audit", who).status == 403
        assert fresh_whole.get("/staff/audit/1", who).status == 403
        assert fresh_whole.send("/staff/audit", who, do="export").status == 403
