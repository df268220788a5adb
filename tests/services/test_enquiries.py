"""Questions about the portal: each asker reads their own alone, an answer is given once, nothing typed is lost or half-kept."""

import pytest

from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput, NotFound, NotPermitted, Stale
from portal_core.services.desk import counts
from portal_core.services.enquiries import LONGEST, MOST_OPEN, answer, ask, causes, own, unanswered
from portal_core.store.enquiries import Cause
from portal_core.store.school import TaskKind

WORDS = "I cannot find the calendar on my telephone."


@pytest.mark.clause(Clause.CONTACT_7)
def test_what_is_asked_waits_for_the_office_until_it_is_answered(at_work):
    """The task ends with the answer, which the asker alone reads; the record names no word of either."""
    asked = at_work.does(ask, "two_children", text=f"  {WORDS}\r\n")
    [waiting] = at_work.does(unanswered, "office")
    assert (waiting.id, waiting.text, waiting.asker.id) == (asked, WORDS, at_work.families.adults["two_children"])
    assert at_work.does(counts, "office")[TaskKind.ENQUIRY] == 1

    at_work.does(answer, "office", enquiry=asked, text="Scroll down to “The year in detail”.", cause=Cause.WORDING)
    [mine] = at_work.does(own, "two_children")
    assert (mine.answer, mine.cause) == ("Scroll down to “The year in detail”.", Cause.WORDING)
    assert at_work.does(own, "one_child") == []
    assert at_work.does(unanswered, "office") == []
    assert TaskKind.ENQUIRY not in at_work.does(counts, "office")
    assert at_work.does(causes, "office") == {Cause.WORDING: 1}
    said = at_work.said()
    assert ("staff:1", "answered an enquiry") in said or "answered an enquiry" in {verb for _, verb in said}
    assert "calendar" not in str(at_work.rows()["audit_entry"])


def test_two_who_answer_at_once_do_not_overwrite_each_other(at_work):
    asked = at_work.does(ask, "two_children", text=WORDS)
    at_work.does(answer, "office", enquiry=asked, text="First.", cause=Cause.OTHER)
    with pytest.raises(Stale):
        at_work.does(answer, "office", enquiry=asked, text="Second.", cause=Cause.FAULT)
    assert [one.answer for one in at_work.does(own, "two_children")] == ["First."]


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * (LONGEST + 1)], ids=["nothing", "blanks", "too long"])
def test_what_cannot_be_asked_leaves_nothing(at_work, text):
    before = at_work.rows()
    with pytest.raises(BadInput):
        at_work.does(ask, "two_children", text=text)
    assert at_work.rows() == before


def test_one_person_cannot_fill_the_desk(at_work):
    """As many as a hand asks; then by telephone, until something is answered."""
    first, *_ = [at_work.does(ask, "two_children", text=f"{WORDS} {n}") for n in range(MOST_OPEN)]
    with pytest.raises(BadInput, match="ring the school"):
        at_work.does(ask, "two_children", text=WORDS)
    at_work.does(ask, "one_child", text=WORDS)
    at_work.does(answer, "office", enquiry=first, text="Yes.", cause=Cause.OTHER)
    at_work.does(ask, "two_children", text=WORDS)


@pytest.mark.parametrize("who", ["lead", "data_manager", "analyst", "administrator", "two_children"])
def test_nobody_but_the_office_reads_or_answers(at_work, who):
    asked = at_work.does(ask, "one_child", text=WORDS)
    for verb, given in (
        (unanswered, {}),
        (causes, {}),
        (answer, {"enquiry": asked, "text": "No.", "cause": Cause.OTHER}),
    ):
        with pytest.raises(NotPermitted):
            at_work.does(verb, who, **given)
    assert [one.answer for one in at_work.does(own, "one_child")] == [""]


def test_an_enquiry_that_is_not_there_is_not_found(at_work):
    with pytest.raises(NotFound):
        at_work.does(answer, "office", enquiry=4711, text="Yes.", cause=Cause.OTHER)
