"""Who has looked at a child's record, over HTTP: parents and staff, refused tries, lists, two times and nobody else's business."""

import re

import pytest

from portal_core.domain.clauses import Clause, Verb

LEAD, OFFICE = "Ms Farah Siddiqui (staff)", "Mrs Jean Birtwistle (staff)"
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The table's cells, without their marks."""
    body = text.partition("<tbody")[2].partition("</tbody>")[0]
    body = re.sub(r'<b aria-hidden="true">.*?</b>', "", body)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in CELL.findall(row)] for row in body.split("</tr>")
    ][:-1]


def between(pupil: int, since: str, until: str) -> str:
    """The address for two times of the day that the families live on."""
    day = "2026-03-12"
    return f"/staff/pupil/{pupil}/looked?since_day={day}&since_time={since}&until_day={day}&until_time={until}"


@pytest.mark.clause(Clause.SEC_3)
def test_parents_staff_lists_and_refusals_are_told_with_what_was_seen_and_how_often(fresh_whole):
    families = fresh_whole.families
    pupil = families.pupils["Zayn"]
    for path in (f"/parent/{pupil}", f"/parent/{pupil}", f"/parent/{pupil}/points"):
        assert fresh_whole.get(path, "one_child").status == 200
    assert fresh_whole.get(f"/parent/{pupil}", "two_children").status == 403
    assert fresh_whole.get(f"/staff/pupil/{pupil}", "office").status == 200
    assert fresh_whole.get("/staff?find=Malik", "office").status == 200
    assert fresh_whole.get(f"/staff/adult/{families.adults['one_child']}/sees/{pupil}", "lead").status == 200
    told = rows(fresh_whole.get(f"/staff/pupil/{pupil}/looked", "lead").text)
    assert sorted((who, what, often) for who, what, often, *_ in told) == sorted(
        [
            ("Mr Imran Malik (parent)", "Overview", "2"),
            ("Mr Imran Malik (parent)", "Points", "1"),
            ("Mrs Ruth Ashworth (parent)", "nothing: was refused", "1"),
            (LEAD, "the first page, as a parent sees it", "1"),
            (OFFICE, "the name, in a list", "1"),
            (OFFICE, "who may see the child, and why", "1"),
        ]
    )


@pytest.mark.clause(Clause.SEC_3, Clause.SEC_4)
def test_whoever_reads_the_audit_of_a_child_or_a_list_of_requests_has_looked_too(fresh_whole):
    pupil = fresh_whole.families.pupils["Zayn"]
    form = {"asker": "Somebody", "reach": "01632 960 111", "basis": "educational record", "came_on": "2026-03-12"}
    assert fresh_whole.send("/staff/information", "office", pupil=pupil, **form).status == 303
    assert fresh_whole.get("/staff/information", "office").status == 200
    assert fresh_whole.get(f"/staff/audit?about=pupil:{pupil}", "lead").status == 200
    assert fresh_whole.send(f"/staff/audit?about=pupil:{pupil}", "lead", do="export").status == 200
    told = {tuple(row[:2]) for row in rows(fresh_whole.get(f"/staff/pupil/{pupil}/looked", "deputy_lead").text)}
    assert told == {
        (OFFICE, "the name, in a list"),
        (LEAD, "the audit’s entries about the child"),
        (LEAD, "took away the audit’s entries about the child"),
    }


@pytest.mark.parametrize("find", ["Malik", "Zayn"])
def test_a_list_counts_for_those_pupils_alone_who_stood_in_it(fresh_whole, find):
    assert fresh_whole.get(f"/staff?find={find}", "office").status == 200
    other = fresh_whole.families.pupils["Amelia"]
    assert "Nobody looked between these times" in fresh_whole.get(f"/staff/pupil/{other}/looked", "lead").text


def test_only_what_lies_between_the_two_times_both_included(fresh_whole):
    pupil = fresh_whole.families.pupils["Zayn"]
    for clock in ("10:00", "10:01", "10:02"):
        fresh_whole.families.at(clock)
        assert fresh_whole.get(f"/parent/{pupil}", "one_child").status == 200
    fresh_whole.families.at("11:00")
    for since, until, times in (("10:00", "10:02", "3"), ("10:01", "10:01", "1"), ("10:00", "10:01", "2")):
        [[_, what, often, *_]] = rows(fresh_whole.get(between(pupil, since, until), "lead").text)
        assert (what, often) == ("Overview", times)
    assert "Nobody looked between these times" in fresh_whole.get(between(pupil, "10:03", "10:05"), "lead").text


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [("10:05", "10:00", "Give the earlier one first"), ("noon", "10:00", "give a day and a time"), ("", "", "give a day and a time")],
)  # fmt: skip
def test_times_that_make_no_sense_get_words_and_show_nothing(fresh_whole, since, until, said):
    pupil = fresh_whole.families.pupils["Zayn"]
    answer = fresh_whole.get(between(pupil, since, until), "lead")
    assert said in answer.text
    assert "Zayn" not in answer.text


def test_the_last_day_of_the_calendar_is_a_day(fresh_whole):
    pupil = fresh_whole.families.pupils["Zayn"]
    assert fresh_whole.get(f"/parent/{pupil}", "one_child").status == 200
    address = f"/staff/pupil/{pupil}/looked?until_day=9999-12-31&until_time=23:59"
    [[_, what, *_]] = rows(fresh_whole.get(address, "lead").text)
    assert what == "Overview"


def test_reading_it_is_on_record(fresh_whole):
    pupil = fresh_whole.families.pupils["Zayn"]
    before = len(fresh_whole.audit())
    fresh_whole.get(f"/staff/pupil/{pupil}/looked", "lead")
    lead = f"staff:{fresh_whole.families.staff['lead']}"
    assert [(verb, actor, about) for verb, actor, about, _ in fresh_whole.audit(before)] == [
        (Verb.READ_AUDIT, lead, pupil)
    ]


@pytest.mark.parametrize("who", ["office", "data_manager", "administrator", "analyst", "one_child"])
def test_for_nobody_who_may_not_read_grounds(whole, who):
    """That a parent's views end, or that one is refused, tells that something is withheld."""
    assert whole.get(f"/staff/pupil/{whole.families.pupils['Zayn']}/looked", who).status == 403
