"""The information desk: deadlines by law, two duties, free text item by item; and breaches with what shows them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput, NotFound, NotPermitted, Stale
from portal_core.letters import record_csv, record_pdf
from portal_core.services import breaches, desk, information, tasks
from portal_core.services.casework import open_investigation
from portal_core.services.information import Which, as_shown, month_after
from portal_core.services.listing import Wanted
from portal_core.services.pack import pack
from portal_core.services.school import set_setting
from portal_core.services.tasks import Matter
from portal_core.store.accounts import Acceptance, PolicyVersion
from portal_core.store.information import Basis
from portal_core.store.registers import Point
from portal_core.store.school import AuditEntry, TaskKind
from tests.families import FAMILIES, TODAY


def logged(school, child="Amelia", who="office", basis=Basis.EDUCATIONAL_RECORD, **given):
    told = {"asker": "Somebody", "reach": "01632 960 111", "came_on": TODAY} | given
    return school.does(information.log_request, who, pupil=school.families.pupils[child], basis=basis, **told)


def one(school, id_, who="lead"):
    return school.does(information.request, who, id_=id_)


def seen(school, id_):
    """What a page opened now gives its forms."""
    return as_shown(one(school, id_)[1])


def give(school, id_):
    """Released, the items as they stand."""
    school.does(information.answer, "lead", id_=id_, seen=seen(school, id_))


def free_text(school, *texts):
    """Points of Amelia's with these words; their ids."""
    with school.store.counting() as session:
        points = session.scalars(
            select(Point)
            .where(Point.pupil_id == school.families.pupils["Amelia"], Point.subject == "")
            .order_by(Point.id)
            .limit(len(texts))
        ).all()
        for point, text in zip(points, texts, strict=True):
            point.place = text
        return [point.id for point in points]


def test_the_same_request_is_put_down_once(at_work):
    """Two clicks, or two colleagues."""
    logged(at_work)
    with pytest.raises(Stale, match="already"):
        logged(at_work)
    logged(at_work, asker="Somebody else")


@pytest.mark.parametrize("came", [date(1, 1, 1), TODAY + timedelta(1), TODAY - timedelta(400)])
def test_a_request_came_within_the_last_year(at_work, came):
    with pytest.raises(BadInput, match="within the last year"):
        logged(at_work, came_on=came)


def test_whoever_puts_a_request_down_does_not_answer_it(at_work):
    """A lead carries both duties, and needs a colleague all the same."""
    id_ = logged(at_work, who="lead")
    for refusal in (None, "It is not for them."):
        with pytest.raises(NotPermitted, match="second person"):
            at_work.does(information.answer, "lead", id_=id_, refusal=refusal, seen=seen(at_work, id_))
    at_work.does(information.answer, "deputy_lead", id_=id_, seen=seen(at_work, id_))
    assert one(at_work, id_)[0].ended_by.id == at_work.families.staff["deputy_lead"]


@pytest.mark.parametrize(
    ("came", "due"),
    [
        ("2026-01-31", "2026-02-28"), ("2024-01-31", "2024-02-29"), ("2026-12-10", "2027-01-10"), ("2026-03-12", "2026-04-12"),
    ],
)  # fmt: skip
def test_a_calendar_month_ends_on_the_same_day_or_the_months_last(came, due):
    assert month_after(date.fromisoformat(came)) == date.fromisoformat(due)


@pytest.mark.clause(Clause.REVOKE_5)
def test_deadlines_are_those_of_the_law_by_the_schools_calendar_and_setting(at_work):
    school_days = list(at_work.families.calendar.school_days(TODAY, TODAY + timedelta(60)))
    assert one(at_work, logged(at_work))[0].due_on == school_days[15]
    assert one(at_work, logged(at_work, basis=Basis.SUBJECT_ACCESS))[0].due_on == month_after(TODAY)
    at_work.does(set_setting, "data_manager", key="educational_record_days", value="20", seen=0)
    assert one(at_work, logged(at_work, asker="Somebody else"))[0].due_on == school_days[20]


@pytest.mark.clause(Clause.REVOKE_5)
def test_one_duty_puts_it_down_and_another_releases_it(at_work):
    id_ = logged(at_work)
    assert at_work.does(desk.counts, "lead")[TaskKind.INFORMATION] == 1
    for verb, given in (
        (information.answer, {}), (information.release_items, {"points": [], "seen": ""}), (pack, {}),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            at_work.does(verb, "office", id_=id_, **given)
    with pytest.raises(BadInput, match="not released"):
        at_work.does(pack, "lead", id_=id_)
    give(at_work, id_)
    with pytest.raises(Stale, match="answered this request already"):
        at_work.does(information.answer, "deputy_lead", id_=id_, refusal="no")
    assert TaskKind.INFORMATION not in at_work.does(desk.counts, "lead")
    assert at_work.does(pack, "lead", id_=id_).title == "Record of Amelia Ashworth"
    assert "exported" in [verb for _, verb in at_work.said()]


@pytest.mark.clause(Clause.REVOKE_5)
def test_free_text_is_left_out_unless_that_item_was_read_and_released(at_work):
    """And nobody else is named in it, in either form."""
    _, second = free_text(at_work, "with Zayn Malik by the gate", "in the hall")
    id_ = logged(at_work)
    _, items, _ = one(at_work, id_)
    assert {item.text for item in items} >= {"with Zayn Malik by the gate", "in the hall"}
    at_work.does(information.release_items, "lead", id_=id_, points=[second], seen=as_shown(items))
    give(at_work, id_)
    record = at_work.does(pack, "lead", id_=id_)
    file = record_csv(record).decode("utf-8-sig")
    assert "in the hall" in file
    assert "left out" in file
    halves = ('2026-03-10","morning', '2026-03-10","afternoon', '2026-03-09","morning')
    assert sorted(halves, key=file.index) == list(halves)
    others = {word for adults, _ in FAMILIES.values() for _, name in adults for word in name.split()[1:]} - {"Ashworth"}
    assert not [name for name in {*others, "Malik", "Zayn"} if name in file]
    assert record_pdf(record)[:5] == b"%PDF-"


@pytest.mark.clause(Clause.REVOKE_5, Clause.SEC_3)
def test_words_that_an_import_changed_are_left_out_until_they_are_read_again(at_work):
    """Before the answer and after it: what was released is what somebody read."""
    [point] = free_text(at_work, "in the hall")
    id_ = logged(at_work)
    at_work.does(information.release_items, "lead", id_=id_, points=[point], seen=seen(at_work, id_))
    page = seen(at_work, id_)
    free_text(at_work, "with Zayn Malik")
    assert not one(at_work, id_)[1][0].released
    with pytest.raises(Stale, match="no longer as this page showed"):
        at_work.does(information.answer, "lead", id_=id_, seen=page)
    at_work.does(information.release_items, "lead", id_=id_, points=[point], seen=seen(at_work, id_))
    give(at_work, id_)
    assert "with Zayn Malik" in record_csv(at_work.does(pack, "lead", id_=id_)).decode("utf-8-sig")
    free_text(at_work, "with Omar by the gate")
    assert "Omar" not in record_csv(at_work.does(pack, "lead", id_=id_)).decode("utf-8-sig")


@pytest.mark.clause(Clause.REVOKE_5)
def test_two_who_read_at_once_do_not_undo_each_other(at_work):
    first, second = free_text(at_work, "in the hall", "by the gate")
    id_ = logged(at_work)
    page = seen(at_work, id_)
    at_work.does(information.release_items, "lead", id_=id_, points=[first], seen=page)
    before = at_work.rows()
    for verb, more in ((information.release_items, {"points": [second]}), (information.answer, {})):
        with pytest.raises(Stale, match="was the last to release some"):
            at_work.does(verb, "deputy_lead", id_=id_, seen=page, **more)
    assert at_work.rows() == before


@pytest.mark.clause(Clause.REVOKE_5, Clause.REVOKE_4)
def test_it_is_given_while_the_portal_is_closed_to_everybody(at_work):
    at_work.does(open_investigation, "lead", pupils=[at_work.families.pupils["Zayn"]], reference="SG 5")
    id_ = logged(at_work, "Zayn")
    give(at_work, id_)
    assert at_work.does(pack, "lead", id_=id_).sections[1].rows


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"asker": " "}, "who asks"), ({"reach": "x" * 151}, "150 characters"), ({"came_on": TODAY + timedelta(1)}, "future"),
    ],
)  # fmt: skip
def test_bad_input_changes_nothing(at_work, given, words):
    before = at_work.rows()
    with pytest.raises(BadInput, match=words):
        logged(at_work, **given)
    assert at_work.rows() == before


def test_what_is_due_within_a_week_of_school_is_counted_and_listed_first(at_work):
    late = logged(at_work, came_on=TODAY - timedelta(40))
    new = logged(at_work, "Zayn")
    assert at_work.does(tasks.matters, "office")[Matter.INFORMATION_DUE] == 1
    found = at_work.does(information.requests, "office", wanted=Wanted()).rows
    assert [row.id for row in found] == [late, new]
    assert [row.id for row in at_work.does(information.requests, "office", wanted=Wanted(find="zayn")).rows] == [new]
    at_work.does(information.answer, "lead", id_=late, refusal="It would harm the child.")
    for who, reason in (("office", ""), ("lead", "It would harm the child.")):  # a reason may rest on a ground
        [ended] = at_work.does(information.requests, who, wanted=Wanted(), which=Which.ENDED).rows
        assert (ended.refused, ended.refusal) == (True, reason)


@pytest.mark.clause(Clause.REVOKE_2, Clause.REVOKE_5)
def test_whoever_releases_is_told_from_whom_the_child_is_withheld_and_why(at_work):
    names = {one: at_work.families.adults[one] for one in ("court_order", "breach", "investigated", "investigated_too")}
    for child, told in (
        ("Jude", [("court_order", Clause.REVOKE_2), ("breach", Clause.REVOKE_3)]),
        ("Lily", [("investigated", Clause.REVOKE_4), ("investigated_too", Clause.REVOKE_4)]),
        ("Maja", []),
    ):
        id_ = logged(at_work, child)
        concerns = one(at_work, id_)[2]
        assert [(each.adult.id, each.finding.clause) for each in concerns] == [(names[who], what) for who, what in told]
        assert one(at_work, id_, "office")[1:] == ((), ())


@pytest.mark.parametrize("who", ["data_manager", "analyst", "administrator", "two_children"])
def test_nobody_else_sees_or_logs(at_work, who):
    id_ = logged(at_work)
    with pytest.raises(NotPermitted):
        logged(at_work, who=who)
    with pytest.raises(NotPermitted):
        one(at_work, id_, who)
    with pytest.raises(NotPermitted):
        at_work.does(information.requests, who, wanted=Wanted())


# --- breaches ---------------------------------------------------------------------------------------------------------


def own_entry(school, who="one_child"):
    """Something that this adult did, on record."""
    school.does(breaches_seen, who)
    with school.engine.connect() as connection:
        return connection.scalar(
            select(AuditEntry.id).where(AuditEntry.actor == f"adult:{school.families.adults[who]}").limit(1)
        )


def breaches_seen(store, *, by, at):
    """An adult tries what is not theirs: the refusal is on record as their doing."""
    with pytest.raises(NotPermitted):
        breaches.breaches(store, by=by, at=at, adult=1)


def record(school, entries, adult="one_child", who="lead", **given):
    told = {"what": "Passed their password on.", "restrict": False} | given
    return school.does(breaches.record_breach, who, adult=school.families.adults[adult], entries=entries, **told)


def found(school, who="lead", adult="one_child"):
    return school.does(breaches.breaches, who, adult=school.families.adults[adult])[1]


@pytest.mark.clause(Clause.REVOKE_3, Clause.LIABLE_1)
def test_a_breach_cites_what_shows_it_and_the_version_accepted(at_work):
    entry = own_entry(at_work)
    id_ = record(at_work, [entry])
    [one_] = found(at_work)
    assert (one_.id, one_.entries, one_.policy, one_.restricted) == (id_, (entry,), 1, False)
    assert at_work.sees("one_child") == {"Zayn"}
    adult = at_work.families.adults["one_child"]
    at_work.does(breaches.note_answer, "deputy_lead", adult=adult, breach=id_, answer="It was my wife.")
    assert found(at_work)[0].answer == "It was my wife."
    with pytest.raises(Stale):
        at_work.does(breaches.note_answer, "lead", adult=adult, breach=id_, answer="Another")


@pytest.mark.clause(Clause.LIABLE_1)
def test_a_version_accepted_after_the_deed_is_not_what_was_breached(at_work):
    entry, adult, later = own_entry(at_work), at_work.families.adults["one_child"], at_work.at().instant + timedelta(1)
    with at_work.engine.begin() as connection:
        connection.execute(insert(PolicyVersion).values(number=2, text="", published_at=later, must_accept=True))
        connection.execute(insert(Acceptance).values(adult_id=adult, version=2, accepted_at=later))
    record(at_work, [entry])
    assert found(at_work)[0].policy == 1


@pytest.mark.clause(Clause.LIABLE_1)
def test_what_the_same_entries_show_is_put_down_once(at_work):
    entry = own_entry(at_work)
    record(at_work, [entry])
    with pytest.raises(Stale, match="already"):
        record(at_work, [entry, entry])
    assert len(found(at_work)) == 1


@pytest.mark.clause(Clause.REVOKE_3)
def test_a_restriction_for_it_holds_at_once_and_comes_with_it_or_not_at_all(at_work):
    entry = own_entry(at_work)
    record(at_work, [entry], restrict=True)
    assert at_work.sees("one_child") == set()
    before = at_work.rows()
    with pytest.raises(Stale):
        record(at_work, [entry], restrict=True)
    assert at_work.rows() == before


@pytest.mark.parametrize(
    ("entries", "given", "words"),
    [
        pytest.param([], {}, "at least one", id="nothing shows it"),
        pytest.param(range(1, 30), {}, "at most 20", id="everything shows it"),
        pytest.param([999_999], {}, "not of this adult", id="no such entry"),
        pytest.param(["other"], {}, "not of this adult", id="somebody else's doing"),
        pytest.param(["own"], {"what": "x" * 1_001}, "1,000 characters", id="a long story"),
        pytest.param(["own"], {"what": " "}, "what happened", id="no story"),
    ],
)
def test_what_does_not_show_it_is_not_taken(at_work, entries, given, words):
    entries = [
        own_entry(at_work) if one_ == "own" else own_entry(at_work, "two_children") if one_ == "other" else one_
        for one_ in entries
    ]
    before = at_work.rows()
    with pytest.raises(BadInput, match=words):
        record(at_work, entries, **given)
    assert at_work.rows() == before


@pytest.mark.parametrize("who", ["office", "data_manager", "analyst", "administrator", "two_children"])
def test_nobody_else_knows_of_breaches(at_work, who):
    with pytest.raises(NotPermitted):
        found(at_work, who)
    with pytest.raises(NotPermitted):
        record(at_work, [1], who=who)


def test_of_nobody_there_is_nothing(at_work):
    with pytest.raises(NotFound):
        at_work.does(breaches.breaches, "lead", adult=999_999_999)
