"""Questions about the portal: each asker reads their own alone, an answer is given once, nothing typed is lost or half-kept."""

from datetime import timedelta

import pytest

from portal_core.domain.clauses import Clause, Verb
from portal_core.domain.people import AccountState
from portal_core.errors import BadInput, NotFound, NotPermitted, Stale
from portal_core.security.logins import set_state
from portal_core.services.desk import counts
from portal_core.services.enquiries import LONGEST, MOST_OPEN, answer, answered, ask, causes, log, own, unanswered
from portal_core.services.listing import Wanted
from portal_core.services.tasks import hand
from portal_core.store.enquiries import Cause, Way
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
    assert at_work.does(causes, "office") == {Cause.WORDING: (1, 1)}
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


@pytest.mark.clause(Clause.CONTACT_7)
def test_what_came_by_telephone_is_put_down_taken_on_answered_and_found(at_work):
    """Somebody with an account reads the answer; somebody without one is named as they said."""
    father = at_work.families.adults["one_child"]
    told = {"came_by": Way.TELEPHONE, "asker": "Mr Malik", "text": "What does N mean?"}
    theirs = at_work.does(log, "office", adult=father, **told)
    nobodys = at_work.does(log, "office", **told | {"asker": "A neighbour", "came_by": Way.LETTER})
    waiting = {one.id: one for one in at_work.does(unanswered, "office")}
    assert (waiting[theirs].asker.id, waiting[nobodys].asker, waiting[nobodys].named) == (father, None, "A neighbour")
    owner = at_work.families.staff["office"]
    at_work.does(hand, "office", id_=waiting[theirs].task, held_by=None, to=owner)
    assert {one.id: bool(one.owner) for one in at_work.does(unanswered, "office")} == {theirs: True, nobodys: False}
    assert {one.id: one.reads for one in waiting.values()} == {theirs: True, nobodys: False}
    for number in (theirs, nobodys):
        given = {"enquiry": number, "text": "No reason yet.", "cause": Cause.MARK}
        assert at_work.does(answer, "office", **given) is (number == theirs)
    assert [one.answer for one in at_work.does(own, "one_child")] == ["No reason yet."]
    found = at_work.does(answered, "office", wanted=Wanted(find="neighbour"))
    assert [one.id for one in found.rows] == [nobodys]
    assert at_work.does(causes, "office") == {Cause.MARK: (2, 2)}
    at_work.families.now += timedelta(days=300)
    assert at_work.does(causes, "office") == {Cause.MARK: (0, 2)}


@pytest.mark.clause(Clause.CONTACT_7)
@pytest.mark.parametrize("state", [AccountState.ISSUED, AccountState.CLOSED])
def test_an_account_that_nobody_can_sign_in_to_reads_no_answer(at_work, state):
    """Not activated yet, or closed: the office is told to reach them another way."""
    father = at_work.families.adults["one_child"]
    asked = at_work.does(log, "office", adult=father, came_by=Way.TELEPHONE, asker="Mr Malik", text="What does N mean?")
    with at_work.store.writing_as(at_work.by("office"), at_work.store.moment()) as work:
        set_state(work, at_work.families.accounts["one_child"], state)
        work.audit(Verb.CLOSED_ACCOUNT)
    [waiting] = at_work.does(unanswered, "office")
    assert (waiting.asker.id, waiting.reads) == (father, False)
    assert at_work.does(answer, "office", enquiry=asked, text="No reason yet.", cause=Cause.MARK) is False


@pytest.mark.parametrize("given", [{"asker": " "}, {"asker": "x" * 151}, {"text": ""}, {"text": "x" * 10_000}])
def test_what_is_missing_or_too_long_is_not_put_down(at_work, given):
    before = at_work.rows()
    with pytest.raises(BadInput):
        at_work.does(log, "office", **{"came_by": Way.LETTER, "asker": "Somebody", "text": "Why?"} | given)
    assert at_work.rows() == before


@pytest.mark.parametrize("who", ["lead", "data_manager", "analyst", "administrator", "two_children"])
def test_nobody_else_puts_down_or_searches(at_work, who):
    with pytest.raises(NotPermitted):
        at_work.does(log, who, came_by=Way.LETTER, asker="Somebody", text="Why?")
    with pytest.raises(NotPermitted):
        at_work.does(answered, who, wanted=Wanted())
