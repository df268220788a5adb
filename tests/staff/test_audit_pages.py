"""The audit over HTTP: found by address, one entry explained, taken away, verified; and equal bytes for every ground."""

import pytest


def test_it_is_found_explained_taken_away_and_verified(fresh_whole):
    pupil = fresh_whole.families.pupils["Zayn"]
    assert fresh_whole.get(f"/staff/pupil/{pupil}", "lead").status == 200
    listed = fresh_whole.get(f"/staff/audit?pupil={pupil}&verb=explained+access", "lead")
    assert listed.status == 200
    number = int(listed.text.partition('<a href="/staff/audit/')[2].partition('"')[0])
    one = fresh_whole.get(f"/staff/audit/{number}", "lead").text
    assert f'<a href="/staff/pupil/{pupil}">' in one
    file = fresh_whole.send(f"/staff/audit?pupil={pupil}", "lead", do="export")
    assert (file.status, file.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert file.headers["content-disposition"].startswith("attachment")
    assert "entries are as they were written" in fresh_whole.send("/staff/audit", "administrator", do="verify").text
    assert fresh_whole.send("/staff/audit", "lead", do="verify").status == 403  # reads it, and does not vouch for it


@pytest.mark.parametrize(
    "query",
    [
        "verb=eaten",
        "actor=staff:1+OR+1=1",
        "pupil=-1",
        "pupil=one",
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


def test_nothing_for_a_shared_device(fresh_whole, monkeypatch):
    monkeypatch.setattr("dashboards.pages.staff_lists.downloads_allowed", lambda principal: False)
    answer = fresh_whole.send("/staff/audit", "lead", do="export")
    assert (answer.status, "shared" in answer.text) == (400, True)


def test_for_nobody_else(fresh_whole):
    for who in ("office", "data_manager", "analyst", "one_child"):
        assert fresh_whole.get("/staff/audit", who).status == 403
        assert fresh_whole.get("/staff/audit/1", who).status == 403
        assert fresh_whole.send("/staff/audit", who, do="export").status == 403
