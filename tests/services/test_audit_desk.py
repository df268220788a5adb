"""The audit as people read it: who finds what, no oracle for grounds, a quota and an alarm on taking it away."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import insert, text

from portal_core.domain.clauses import Clause, Role, Verb
from portal_core.errors import BadInput, NotFound, NotPermitted
from portal_core.services import accounts, audit_desk, desk, staff
from portal_core.services.audit_desk import OPEN, Sought
from portal_core.services.casework import open_investigation, restrict
from portal_core.services.school import set_setting
from portal_core.store.school import AuditEntry, TaskKind
from tests.families import LONG_AGO, TODAY
from tests.services.people import School
from tests.services.test_casework import REVIEW


def read(school, who, before=None, **sought):
    return school.does(audit_desk.entries, who, sought=Sought(**sought), before=before)


def seen(school, who, **sought):
    return [(one.number, one.verb, one.who, dict(one.detail)) for one in read(school, who, **sought).entries]


def exported(school, who, **sought):
    file = school.does(audit_desk.export, who, sought=Sought(**sought))
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"))))


def withheld(school, clause):
    adult, pupil = school.families.adults["one_child"], school.families.pupils["Zayn"]
    if clause is Clause.REVOKE_4:
        school.does(open_investigation, "lead", pupils=[pupil], reference="file 7")
        return
    pupils = None if clause is Clause.REVOKE_3 else [pupil]
    school.does(
        restrict, "lead", adult=adult, clause=clause, pupils=pupils, evidence="file 7", review_on=REVIEW
    )  # fmt: skip


@pytest.mark.parametrize("who", ["administrator"])
@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
def test_without_the_duty_every_ground_leaves_the_same_trace(migrated, who):
    """None: in the list, by each filter, in the file and by its number."""
    told = []
    for clause in (Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4):
        school = School(migrated("sqlite"))
        withheld(school, clause)
        pupil, lead = school.families.pupils["Zayn"], school.families.staff["lead"]
        filters = [
            {},
            {"about": ("pupil", pupil)},
            {"about": ("adult", school.families.adults["one_child"]), "looking": False},
            {"actor": f"staff:{lead}"},
            *({"verb": verb} for verb in Verb if verb not in OPEN),
        ]
        told.append([[one[1:] for one in seen(school, who, **sought)] for sought in filters])
        told[-1].append([line[1:] for line in exported(school, who)])
        with school.engine.connect() as connection:
            number = connection.scalar(
                text("SELECT min(id) FROM audit_entry WHERE verb IN ('restricted', 'opened investigation')")
            )
        with pytest.raises(NotFound):
            school.does(audit_desk.entry, who, number=number)
    assert told[0] == told[1] == told[2] == told[3]
    assert told[0][1] == []


def test_the_lead_finds_what_was_done_to_whom_by_whom(at_work):
    withheld(at_work, Clause.REVOKE_1)
    [found] = read(at_work, "lead", verb=Verb.RESTRICTED).entries
    assert found.actor == f"staff:{at_work.families.staff['lead']}"
    assert not found.who.startswith("staff")
    assert found.detail["adult"] == at_work.families.adults["one_child"]
    assert at_work.does(audit_desk.entry, "lead", number=found.number) == found
    assert {one.kind: one.name for one in found.subjects} == {"adult": "Mr Imran Malik", "pupil": "Zayn Malik"}


@pytest.mark.clause(Clause.SEC_4)
def test_what_was_done_is_found_by_each_person_whom_it_concerns(at_work):
    """By a child who was one of several, an adult, the owner of an account, a colleague; and by what they did themselves."""
    adult, pupil = at_work.families.adults["one_child"], at_work.families.pupils["Zayn"]
    for ground in (Clause.REVOKE_1, Clause.REVOKE_4):
        withheld(at_work, ground)
    at_work.does(accounts.renew_code, "office", account=at_work.families.accounts["one_child"])
    analyst = at_work.families.staff["analyst"]
    at_work.does(staff.add_role, "administrator", staff=analyst, role=Role.OFFICE)

    def verbs(who, kind, id_):
        return [verb for _, verb, *_ in seen(at_work, who, about=(kind, id_), looking=False)]

    assert verbs("lead", "pupil", pupil) == ["opened investigation", "restricted"]
    assert verbs("lead", "adult", adult) == ["renewed activation code", "restricted"]
    assert verbs("lead", "pupil", at_work.families.pupils["Amelia"]) == []
    assert verbs("administrator", "staff", analyst) == ["gave role"]
    assert "restricted" in verbs("lead", "staff", at_work.families.staff["lead"])
    assert verbs("administrator", "adult", adult) == ["renewed activation code"]


@pytest.mark.clause(Clause.SEC_4)
def test_of_whom_a_lead_took_the_entries_away_an_administrator_is_not_told(at_work):
    """That it was done, and how many rows, is: else nobody would watch over the leads."""
    adult, pupil = at_work.families.adults["one_child"], at_work.families.pupils["Zayn"]
    for about in (("adult", adult), ("pupil", pupil)):
        exported(at_work, "lead", about=about)
        for who, told in (("deputy_lead", 1), ("administrator", 0)):
            assert len(seen(at_work, who, about=about, verb=Verb.EXPORTED_AUDIT)) == told
    taken = read(at_work, "administrator", verb=Verb.EXPORTED_AUDIT).entries
    assert [(one.subjects, set(one.detail)) for one in taken] == [((), {"rows"})] * 2
    assert str(adult) not in [line[5] for line in exported(at_work, "administrator", verb=Verb.EXPORTED_AUDIT)[1:3]]


def test_pages_go_back_and_end(at_work):
    with at_work.engine.begin() as connection:
        rows = [
            {"id": number, "at": LONG_AGO, "actor": "staff:1", "verb": Verb.SET, "detail": "{}", "digest": b""}
            for number in range(1, 121)
        ]
        connection.execute(insert(AuditEntry), rows)
    numbers, before = [], None
    while True:
        page = read(at_work, "lead", before, verb=Verb.SET)
        numbers += [one.number for one in page.entries]
        before = page.older
        if before is None:
            break
    assert numbers == list(range(120, 0, -1))


def test_days_are_the_schools_own(at_work):
    withheld(at_work, Clause.REVOKE_1)
    assert seen(at_work, "lead", verb=Verb.RESTRICTED, first=TODAY, last=TODAY)
    assert not seen(at_work, "lead", verb=Verb.RESTRICTED, last=TODAY.replace(day=TODAY.day - 1))
    assert not seen(at_work, "lead", verb=Verb.RESTRICTED, first=TODAY.replace(day=TODAY.day + 1))


@pytest.mark.clause(Clause.SEC_4)
def test_nobody_takes_away_more_than_their_quota_and_others_hear_of_much_at_once(at_work):
    at_work.does(set_setting, "data_manager", key="audit_rows_a_day", value="12", seen=0)
    at_work.does(set_setting, "data_manager", key="audit_rows_alarm", value="8", seen=0)
    for _ in range(8):
        read(at_work, "lead")
    assert len(exported(at_work, "lead", verb=Verb.READ_AUDIT)) == 9
    told = {
        who: at_work.does(desk.counts, who).get(TaskKind.BULK_EXPORT, 0)
        for who in ("lead", "deputy_lead", "administrator")
    }
    assert told == {"lead": 0, "deputy_lead": 1, "administrator": 1}
    with pytest.raises(BadInput, match="4 rows that you may still take away today"):
        exported(at_work, "lead", verb=Verb.READ_AUDIT)
    assert len(exported(at_work, "deputy_lead", verb=Verb.READ_AUDIT)) == 9


@pytest.mark.clause(Clause.SEC_4)
def test_several_at_once_take_no_more_than_the_quota_either(at_work):
    """Four tries of one person at the same moment, of which the quota allows one."""
    at_work.does(set_setting, "data_manager", key="audit_rows_a_day", value="5", seen=0)
    for _ in range(4):
        read(at_work, "lead")
    by, at, begin = at_work.by("lead"), at_work.at(), Barrier(4)

    def try_it(_):
        begin.wait()
        try:
            return len(audit_desk.export(at_work.store, by=by, at=at, sought=Sought(verb=Verb.READ_AUDIT)))
        except BadInput:
            return 0

    with ThreadPoolExecutor(4) as pool:
        assert len([size for size in pool.map(try_it, range(4)) if size]) == 1


def test_much_taken_away_in_small_pieces_is_told_as_well_and_once(at_work):
    at_work.does(set_setting, "data_manager", key="audit_rows_alarm", value="8", seen=0)
    for _ in range(4):
        read(at_work, "lead")
    told = []
    for _ in range(4):
        assert len(exported(at_work, "lead", verb=Verb.READ_AUDIT)) == 5  # four and the head
        told.append(at_work.does(desk.counts, "administrator").get(TaskKind.BULK_EXPORT, 0))
    assert told == [0, 1, 1, 1]


@pytest.mark.parametrize("who", ["office", "data_manager", "analyst", "two_children"])
def test_nobody_else_reads_it(at_work, who):
    for verb, given in (
        (audit_desk.entries, {"sought": Sought()}), (audit_desk.entry, {"number": 1}), (audit_desk.export, {"sought": Sought()}),
        (audit_desk.choices, {}),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            at_work.does(verb, who, **given)


def test_reading_it_is_on_record(at_work):
    read(at_work, "administrator")
    exported(at_work, "administrator")
    assert [verb for _, verb in at_work.said()][-2:] == ["read the audit", "took away the audit"]


def test_each_filter_finds_by_an_index(at_work):
    """However long the audit is: none of them reads it from end to end."""
    plans = []
    about = "id IN (SELECT entry_id FROM audit_about WHERE kind = 'adult' AND subject_id = 1)"
    for sought in ("verb = 'restricted'", "actor = 'staff:1'", "pupil_id = 1", "id < 100", about):
        with at_work.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL enable_seqscan = off"))
            explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            statement = f"{explain} SELECT * FROM audit_entry WHERE {sought} ORDER BY id DESC LIMIT 51"
            plans.append(" ".join(str(row) for row in connection.execute(text(statement))))
    assert [bool(re.search(r"(?i)using (integer primary key|index)|index scan|bitmap", plan)) for plan in plans] == [
        True
    ] * 5
