"""A family at other times and through a parent's eyes: who might see whom then, and the parent's page that leads nowhere."""

import re
from datetime import timedelta

import pytest

from portal_core.domain.clauses import Clause, Verb
from tests.families import TODAY
from tests.fixtures_whole import serving
from tests.staff.test_pages import withheld

GROUNDS = (Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)


def withhold(whole, clause):
    """From Zayn's father, now; half a minute passes."""
    withheld(whole, clause)
    whole.families.now += timedelta(seconds=30)


def then(whole, who, kind, id_, on=TODAY, time="10:00"):
    page = whole.get(f"/staff/{kind}/{id_}?on={on}&time={time}", who)
    return page.status, page.text.partition('id="then"')[2].partition("</section>")[0]


@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
@pytest.mark.parametrize("clause", GROUNDS)
def test_what_was_so_before_a_decision_is_found_after_it(fresh_whole, clause):
    adult, pupil = fresh_whole.families.adults["one_child"], fresh_whole.families.pupils["Zayn"]
    withhold(fresh_whole, clause)
    for kind, id_ in (("adult", adult), ("pupil", pupil)):
        status, before = then(fresh_whole, "lead", kind, id_)
        assert (status, "May see" in before) == (200, True)
        _, after = then(fresh_whole, "lead", kind, id_, time="11:00")
        assert (str(clause) in after, "May not see" in after) == (True, True)


@pytest.mark.clause(*GROUNDS)
def test_the_past_tells_nothing_of_any_ground_to_whom_lacks_the_duty(migrated):
    """Not even since when: the answers on two minutes, before and after, are those of a school where nothing is withheld."""
    told = set()
    for clause in (None, *GROUNDS):
        with serving(migrated("sqlite")) as whole:
            if clause is not None:
                withhold(whole, clause)
            whole.families.at("11:01")
            people = (("adult", whole.families.adults["one_child"]), ("pupil", whole.families.pupils["Zayn"]))
            told.add(
                tuple(
                    then(whole, "office", kind, id_, time=time)[1].replace(time, "")
                    for kind, id_ in people
                    for time in ("10:00", "11:00")
                )
            )
    assert len(told) == 1
    [answers] = told
    for answer in answers:
        assert "May see, unless withheld" in answer
        assert "for the safeguarding leads to say" in answer


@pytest.mark.parametrize(
    ("on", "time", "words"),
    [
        pytest.param("2026-03-29", "01:30", "clocks went forward", id="an hour that was left out"),
        pytest.param("2027-01-01", "10:00", "time gone by", id="to come"),
        pytest.param("soon", "10:00", "Please give a day", id="no day"),
        pytest.param("2026-03-01", "25:00", "Please give a day", id="no time"),
    ],
)
def test_a_time_that_makes_no_sense_gets_words(fresh_whole, on, time, words):
    fresh_whole.families.at("11:00", TODAY.replace(month=4, day=20))
    status, said = then(fresh_whole, "office", "adult", fresh_whole.families.adults["one_child"], on, time)
    assert (status, words in said) == (400, True)


def test_the_parents_page_as_they_see_it_leads_nowhere_and_is_marked(fresh_whole):
    adult, pupil = fresh_whole.families.adults["two_children"], fresh_whole.families.pupils["Amelia"]
    page = fresh_whole.get(f"/staff/adult/{adult}/sees/{pupil}", "office")
    assert page.status == 200
    own = fresh_whole.get(f"/parent/{pupil}", "two_children").text
    [day] = re.findall(r'<dl class="halves">.*?</dl>', own, flags=re.DOTALL)
    words = " ".join(re.sub(r"<[^>]+>", " ", day).split())
    assert words in " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    main = page.text.partition('<main id="main"')[2].partition("</main>")[0]
    assert re.findall(r'<a [^>]*href="([^"]+)"', main) == [f"/staff/adult/{adult}"]
    assert "<form" not in main
    assert "data-app" not in page.text
    assert "portal-join" not in page.text
    assert main.count("recorded") == 1
    assert [(verb, who, about) for verb, who, about, _ in fresh_whole.audit() if verb is Verb.SAW_AS_PARENT] == [
        (Verb.SAW_AS_PARENT, f"staff:{fresh_whole.families.staff['office']}", pupil)
    ]


@pytest.mark.clause(*GROUNDS)
@pytest.mark.parametrize("who", ["office", "lead"])
def test_what_is_kept_from_the_parent_is_kept_from_this_view_alike(migrated, who):
    told = set()
    for clause in GROUNDS:
        with serving(migrated("sqlite")) as whole:
            withhold(whole, clause)
            adult, pupil = whole.families.adults["one_child"], whole.families.pupils["Zayn"]
            page = whole.get(f"/staff/adult/{adult}/sees/{pupil}", who)
            told.add((page.status, page.text.partition("<main")[2]))
    assert len(told) == 1
    assert "halves" not in str(told)


def test_for_nobody_else_and_of_nobody_else(fresh_whole):
    adult, pupil = fresh_whole.families.adults["two_children"], fresh_whole.families.pupils["Amelia"]
    for who in ("data_manager", "analyst", "administrator", "two_children", None):
        assert fresh_whole.get(f"/staff/adult/{adult}/sees/{pupil}", who).status in (302, 403)
    zayn = fresh_whole.families.pupils["Zayn"]
    assert "halves" not in fresh_whole.get(f"/staff/adult/{adult}/sees/{zayn}", "lead").text
    assert fresh_whole.get("/staff/adult/999999999/sees/1", "lead").status == 404
