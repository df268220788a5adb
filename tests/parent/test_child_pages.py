"""A child's further pages over HTTP: who may, by which statements, what is on record, and which bytes are sent."""

import gzip
import re
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select, text, update

from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import Machine
from portal_core.domain.school import DayKind
from portal_core.services.school import set_setting
from portal_core.store.people import PastoralCharge, Staff
from portal_core.store.registers import LessonMark, MarkAmendment, Point
from portal_core.store.school import ClosedDay, ImportRun
from tests.doors.running import running
from tests.doors.wire import ask
from tests.families import TODAY, instant
from tests.parent.conftest import ROUTES, masked

SCHOOL = Machine("test", frozenset({Duty.SET_SCHOOL}))
PAGES = (
    "",
    "/attendance",
    "/attendance?period=2026-02",
    "/lessons",
    "/points",
    "/points/{point}",
    "/points/{point}?talked=yes",
)
CLEAR = (
    "/attendance?period=2031-01",
    "/attendance?period=%3Cscript%3E",
    "/lessons?period=2020-W01",
    "/points/999999999",
)
REFUSED = (
    "court_order", "breach", "investigated", "investigated_too", "left", "of_age", "unverified", "grandmother", "one_child",
)  # fmt: skip
WEDNESDAY = date(2026, 3, 11)


@pytest.mark.clause(Clause.CONTACT_2)
def test_a_day_without_school_ages_no_data_on_any_page(portal):
    """From Thursday to Tuesday, the Friday an INSET day: two school days."""
    ids, closed = portal.families, ClosedDay(day=date(2026, 3, 13), kind=DayKind.INSET)
    with portal.store.counting() as session:
        session.add(closed)
    for view in ("", "/attendance", "/lessons", "/points"):
        for day, old in ((17, False), (18, True)):
            ids.now = instant(date(2026, 3, day), time(11))
            page = ask(portal.url, f"/parent/{ids.pupils['Amelia']}{view}", cookie=portal.cookie("two_children"))
            assert ("3 school days old" in page.text, page.status) == (old, 200), (view, day)
    with portal.store.counting() as session:
        session.delete(closed)


@pytest.fixture(scope="module", autouse=True)
def more(served):
    """Lesson marks and a corrected mark of Amelia's; some not yet published, some of another child."""
    amelia, zayn = served.families.pupils["Amelia"], served.families.pupils["Zayn"]
    came, later = instant(WEDNESDAY, time(16)), instant(TODAY, time(12))
    with served.store.counting() as session:
        run = session.scalars(select(ImportRun.id)).first()
        for pupil, period, subject, code, public in (
            (amelia, "P1", "Geography", "/", came), (amelia, "P2", "Computing", "L", came), (amelia, "P3", "Drama", "N", later),
            (zayn, "P1", "Spanish", "N", came),
        ):  # fmt: skip
            session.add(
                LessonMark(pupil_id=pupil, day=WEDNESDAY, period=period, subject=subject, code=code,
                           minutes_late=6 if code == "L" else None, public_from=public, run_id=run)
            )  # fmt: skip
        session.add(
            MarkAmendment(pupil_id=amelia, day=date(2026, 2, 25), half=0, code="O", minutes_late=None, public_from=came,
                          replaced_at=came, run_id=run)
        )  # fmt: skip


def point_of(portal, category="Homework late", child="Amelia"):
    """The id of a child's point."""
    with portal.store.counting() as session:
        ids = session.scalars(
            select(Point.id).where(Point.pupil_id == portal.families.pupils[child]).order_by(Point.id)
        )
        return {"Homework late": 2, "Corridor": 3, "Kindness": 0}[category] + next(iter(ids))


def get(portal, end, who="two_children", child="Amelia", **headers):
    path = f"/parent/{portal.families.pupils[child]}{end.format(point=point_of(portal))}"
    return ask(portal.url, path, cookie=portal.cookie(who), **headers)


def change(portal, key, value):
    set_setting(portal.store, by=SCHOOL, at=portal.store.moment(), key=key, value=value)


def test_each_page_says_whose_it_is_how_old_and_where_the_others_are(portal):
    """The one on show is marked, and so is the child; another child's link leads to the same page of theirs."""
    noah = portal.families.pupils["Noah"]
    for end, name in (("", "Overview"), ("/attendance", "Attendance"), ("/lessons", "Lessons"), ("/points", "Points")):
        page = get(portal, end).text
        assert "<h1>Amelia Ashworth</h1>" in page
        assert "As of 09:40 today" in page
        assert f'aria-current="page">{name}</a>' in page
        assert f'<a href="/parent/{noah}{end}">Noah</a>' in page


def test_one_english_word_is_two_where_a_language_has_two(portal):
    """A subject taught at school, and that of an e-mail."""
    assert '<th scope="col">Przedmiot</th>' in get(portal, "/lessons", Accept_Language="pl").text
    assert "<dt>Temat</dt>" in get(portal, "/points/{point}?talked=yes", Accept_Language="pl").text


@pytest.mark.parametrize(
    ("end", "words", "absent"),
    [
        ("/attendance", ["222 half-days present, divided by 229 possible", "Medical or dental appointment", "By half-term", "By weekday", "45 minutes"], ["Geography"]),
        ("/attendance?period=2026-02", ["Attendance: February 2026", "Corrected at 16:00 on Wednesday 11 March 2026"], ["By half-term"]),
        ("/attendance?period=term-2026-01-06", ["Spring, first half", "Medical or dental"], ["45 minutes"]),
        ("/attendance?period=2026-W10", ["Week of 2 March 2026", "Educational visit or trip"], ["Medical"]),
        ("/lessons", ["Week of 9 March 2026", "Geography", "Computing", "6 minutes", "in no percentage"], ["Drama", "Spanish"]),
        ("/lessons?period=2026-02", ["No lesson marks have come for this time."], ["Geography"]),
        ("/points", ["12 achievement points", "3 behaviour points", "By half-term"], ["Geography"]),
        ("/points/{point}", ["Have you talked with Amelia about it?", "?talked=yes"], ["mailto:office@millbrook.example?"]),
        ("/points/{point}?talked=no", ["Talk with Amelia first", "what happened. Listen first.", "?talked=yes"], ["mailto:office@millbrook.example?"]),
        ("/points/{point}?talked=yes", ["Amelia’s French teacher", "mailto:office@millbrook.example?subject="], ["Duval"]),
    ],
)  # fmt: skip
def test_each_address_has_its_page(portal, end, words, absent):
    """What is of another time, of another page or not yet published is not on it."""
    answer = get(portal, end)
    assert answer.status == 200
    assert {word: word in answer.text for word in words} == dict.fromkeys(words, True)
    assert {word: word in answer.text for word in absent} == dict.fromkeys(absent, False)


@pytest.mark.parametrize("end", CLEAR)
def test_an_address_that_means_nothing_has_a_clear_page(portal, end):
    """Of the child, with what there is; what was asked for is not said back."""
    answer = get(portal, end)
    assert answer.status == 404
    assert "<h1>Amelia Ashworth</h1>" in answer.text
    assert "There is nothing at this address" in answer.text
    assert "<script>" not in answer.text
    assert "/points/999999999" in end or 'href="/parent/' in answer.text.split("Half-terms")[1]


def test_a_stretch_named_twice_is_not_guessed_at(portal):
    """Before anything is read."""
    assert get(portal, "/attendance?period=2026-02&period=2026-03").status == 400


@pytest.mark.clause(Clause.USER_1, Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
def test_the_neutral_page_is_the_same_at_every_address(portal):
    """Whatever the cause, whichever page, whether the time or the point exists or not."""
    ends = (*PAGES, *CLEAR)
    answers = {str(masked(get(portal, end, who))) for who in REFUSED for end in ends}
    answers |= {str(masked(portal.page(who, 4040))) for who in REFUSED[:2]}
    assert len(answers) == 1
    assert "There is nothing to show you here" in answers.pop()


def test_another_childs_point_is_none_of_this_childs(portal):
    """By its id, under the address of one's own child."""
    with portal.store.counting() as session:
        zayns = session.scalars(select(Point.id).where(Point.pupil_id == portal.families.pupils["Zayn"])).first()
    assert get(portal, f"/points/{zayns}").status == 404


@pytest.mark.clause(Clause.SEC_4)
@pytest.mark.parametrize(
    ("end", "what"),
    [
        ("/attendance", "attendance"),
        ("/lessons", "lessons"),
        ("/points", "points"),
        ("/points/{point}?talked=yes", "points/talk"),
    ],
)
def test_each_view_and_each_refusal_is_on_record(portal, end, what):
    """Which page it was."""
    amelia = portal.families.pupils["Amelia"]
    for who, verb in (("two_children", Verb.VIEWED), ("one_child", Verb.WAS_REFUSED)):
        get(portal, end, who)
        actor = f"adult:{portal.families.adults[who]}"
        assert portal.audit()[-1] == (verb, actor, amelia, f'{{"what":"/parent/{what}"}}')


@pytest.mark.clause(Clause.SEC_4)
@pytest.mark.parametrize("end", PAGES)
def test_what_cannot_be_recorded_is_not_sent(portal, end):
    """On any of the pages."""
    broken = "CREATE TRIGGER broken BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(FAIL, 'full'); END"
    path, cookie = (
        f"/parent/{portal.families.pupils['Amelia']}{end.format(point=point_of(portal))}",
        portal.cookie("two_children"),
    )
    with portal.store.engine.begin() as connection:
        connection.execute(text(broken))
    try:
        answer = ask(portal.url, path, cookie=cookie)
    finally:
        with portal.store.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER broken"))
    assert answer.status == 500
    assert "Amelia" not in answer.text


def test_every_page_takes_two_statements_and_a_refusal_one(portal, traced):
    """The decision lies between them; a refused reader's second is never asked."""
    gate, road = traced
    allowed, refused = portal.cookie("two_children"), portal.cookie("court_order")
    with running(gate, {}, ROUTES, watch_seconds=3600.0) as server:
        for end in PAGES:
            path = f"/parent/{portal.families.pupils['Amelia']}{end.format(point=point_of(portal))}"
            for cookie, asked in ((allowed, ["WITH", "SELECT"]), (refused, ["WITH"])):
                road.clear()
                ask(server.url, path, cookie=cookie)
                assert [statement.split()[0] for statement in road] == asked, path


def test_the_first_view_is_light(portal):
    """Page, styles and script together, as they cross the wire: 40 kB is the bound; each further page alone as well."""
    page = get(portal, "", Accept_Encoding="gzip")
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', gzip.decompress(page.body).decode()))
    assert len(files) >= 4
    weight = len(page.body) + sum(len(ask(portal.url, one, Accept_Encoding="gzip").body) for one in files)
    assert weight < 20_000
    for end in PAGES:
        assert len(get(portal, end, Accept_Encoding="gzip").body) < 8_000, end


@pytest.mark.clause(Clause.CONTACT_5, Clause.CONTACT_6, Clause.SEC_3)
def test_no_byte_names_a_member_of_staff_unless_the_school_shows_names(portal):
    """Neither name nor address, on any page, in any answer; once the school shows them, teacher and Learning Manager by name."""
    outside = f"/points/{point_of(portal, 'Corridor')}?talked=yes"
    hidden = re.compile(r"Duval|Hussain|french@|manager@", re.IGNORECASE)
    for end in (*PAGES, outside):
        assert hidden.search(get(portal, end).text) is None, end
    change(portal, "show_staff_names", "yes")
    try:
        shown = {
            end: set(hidden.findall(get(portal, end).text))
            for end in ("/points", "/points/{point}?talked=yes", outside)
        }
    finally:
        change(portal, "show_staff_names", "no")
    assert shown == {
        "/points": {"Duval"}, "/points/{point}?talked=yes": {"Duval", "french@"}, outside: {"Hussain", "manager@"},
    }  # fmt: skip


@pytest.mark.clause(Clause.CONTACT_5, Clause.CONTACT_6)
@pytest.mark.parametrize(
    ("table", "values", "category", "words"),
    [
        (Staff, {"left_on": TODAY - timedelta(2)}, "Homework late", "The teacher who gave it no longer works here"),
        (Staff, {"left_on": TODAY - timedelta(2)}, "Corridor", "There is no Learning Manager for this form at the moment"),
        (PastoralCharge, {"ended_on": TODAY - timedelta(2)}, "Corridor", "There is no Learning Manager for this form at the moment"),
    ],
)  # fmt: skip
def test_whoever_has_left_is_no_dead_end(portal, table, values, category, words):
    """The office takes the question, and the page says why."""
    with portal.store.counting() as session:
        session.execute(update(table).values(**values))
    try:
        page = get(portal, f"/points/{point_of(portal, category)}?talked=yes").text
        first = get(portal, "").text
    finally:
        with portal.store.counting() as session:
            session.execute(update(table).values(dict.fromkeys(values)))
    assert words in page
    assert "The school office: " in page
    assert "mailto:office@millbrook.example?subject=" in page
    assert category != "Corridor" or "then ask the school office" in first


@pytest.mark.parametrize(
    ("since", "first_page", "all_of_them"),
    [
        ("2026-03-11", "3 achievement points since Wednesday 11 March 2026", {"Super effort", "Kindness"}),
        ("2026-03-13", "No achievement points since Friday 13 March 2026", set()),
        ("2025-09-01", "13 achievement points this school year", None),
    ],
)
def test_points_are_shown_from_the_day_that_the_school_sets(portal, since, first_page, all_of_them):
    """On the first page, on the page of all, by its own address, and in totals: nothing from before."""
    portal.families.at("12:00")
    change(portal, "points_from", since)
    try:
        assert first_page in get(portal, "").text
        page = get(portal, "/points").text
        assert get(portal, "/points/{point}").status == (200 if all_of_them is None else 404)
    finally:
        change(portal, "points_from", "none")
    if all_of_them is not None:
        assert set(re.findall(r"<summary><b>([^<]+)</b>", page)) == all_of_them
