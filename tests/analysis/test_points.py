"""The frames of points that analysts get: right, published, recorded, for them alone, and without anybody in them."""

from collections import defaultdict

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal_core.analysis import Grouping, PointGrouping, Source
from portal_core.analysis import points as module
from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import Machine
from portal_core.domain.records import PointKind
from portal_core.errors import NotPermitted
from portal_core.policy.disclosure import pseudonym, rounded
from portal_core.store.people import Enrolment
from portal_core.store.registers import Category, Point
from portal_core.store.school import AuditEntry, TermDates
from tests.analysis.conftest import JUPYTER, KEY
from tests.analysis.school import LAST, NOW, SIZES, ZONE, build_school
from tests.analysis.school_points import CATEGORIES, FEW, MOSTLY_ONE, NIGHT

STEP = 10


@pytest.fixture(scope="module")
def given(school):
    return Source(school.store, JUPYTER, KEY).points()


def by_hand(school) -> list[dict]:
    """Every point that belongs in, one by one."""
    with Session(school.store.engine) as session:
        rows = session.execute(select(Point, Category.name).join(Category, Category.id == Point.category_id)).all()
        years = dict(session.execute(select(Enrolment.pupil_id, Enrolment.year_group)).all())
        terms = session.execute(select(TermDates.name, TermDates.begins, TermDates.ends)).all()
    found = []
    for point, category in rows:
        day = point.at.astimezone(ZONE).date()
        if point.public_from <= NOW and NIGHT.astimezone(ZONE).date() <= day <= LAST:
            found.append(
                {
                    "pupil": point.pupil_id,
                    "year group": f"Year {years[point.pupil_id]}",
                    "half-term": next((t.name for t in terms if t.begins <= day <= t.ends), None),
                    "place": "In lessons" if point.in_lesson else "Outside lessons",
                    "kind": point.kind,
                    "category": category,
                    "amount": point.amount,
                }
            )
    return found


def measured(points, measure) -> int:
    told = {
        "achievement": lambda p: p["kind"] is PointKind.ACHIEVEMENT,
        "behaviour": lambda p: p["kind"] is PointKind.BEHAVIOUR,
        "in_lessons": lambda p: p["place"] == "In lessons",
        "outside": lambda p: p["place"] == "Outside lessons",
    }[measure]
    return sum(p["amount"] for p in points if told(p))


@pytest.mark.parametrize("grouping", list(PointGrouping))
def test_every_sum_shown_is_what_adding_by_hand_gives(school, given, grouping):
    points, frame = by_hand(school), given.groups[grouping]
    assert frame.group.tolist()[-1] == "All"
    assert set(frame.group[:-1]) == {p[grouping] for p in points}
    shown = 0
    for row in frame.dropna(subset=["achievement"]).to_dict("records"):
        of_group = [p for p in points if row["group"] in ("All", p[grouping])]
        measures = [m for m in module.MEASURES if m in row]
        assert {m: row[m] for m in measures} == {m: rounded(measured(of_group, m), STEP) for m in measures}
        shown += 1
    assert shown >= 3


@pytest.mark.parametrize("kind", list(PointKind))
def test_every_category_shown_is_what_adding_by_hand_gives(school, given, kind):
    points, frame = [p for p in by_hand(school) if p["kind"] is kind], given.categories[kind]
    assert frame.group.tolist() == [*sorted({p["category"] for p in points}), "All"]  # by name, and not by size
    total = rounded(sum(p["amount"] for p in points), STEP)
    for row in frame.dropna().to_dict("records"):
        in_all = sum(p["amount"] for p in points if row["group"] in ("All", p["category"]))
        assert row["points"] == rounded(in_all, STEP)
        assert row["percent"] == (2000 * row["points"] + total) // (2 * total) / 10
    assert len(frame.dropna()) >= 3


def test_shares_and_points_for_each_pupil_come_of_the_figures_shown(school, given):
    attended = Source(school.store, JUPYTER, KEY).attendance().groups[Grouping.YEAR_GROUP].set_index("group").pupils
    frame = given.groups[PointGrouping.YEAR_GROUP].set_index("group")
    assert frame.pupils.equals(attended[frame.index])  # withheld here where it is withheld there
    row = frame.loc["Year 7"]
    both = row.achievement + row.behaviour
    assert row.balance_percent == (2000 * row.achievement + both) // (2 * both) / 10
    assert row.achievement_each == (20 * row.achievement + row.pupils) // (2 * row.pupils) / 10


@pytest.mark.clause(Clause.CONTACT_2)
def test_points_count_by_the_schools_day_once_they_are_published(school, given):
    """A point of half past midnight is of that day; an hour earlier is last year's, and one not out yet is nowhere."""
    held = given.pupils.groupby(["pupil", "half_term", "place", "kind", "category"], observed=True).points.sum()
    expected = defaultdict(int)
    for p in by_hand(school):
        key = (pseudonym(KEY, "pupil", p["pupil"]), p["half-term"], p["place"], p["kind"], p["category"])
        expected[key] += p["amount"]
    assert {key: points for key, points in held.items() if points} == dict(expected)


@pytest.mark.clause(Clause.SEC_3)
def test_a_sum_of_few_pupils_or_nearly_of_one_is_withheld_and_so_is_what_would_tell_it(given):
    years = given.groups[PointGrouping.YEAR_GROUP].set_index("group")
    assert (
        years.loc[["Year 10", "Year 8"], [*module.MEASURES]].isna().all(axis=None)
    )  # the smallest, and the next to cover
    assert years.loc[["Year 7", "Year 9", "All"], [*module.MEASURES]].notna().all(axis=None)
    behaviour = given.categories[PointKind.BEHAVIOUR].set_index("group").points
    assert behaviour[[FEW, MOSTLY_ONE]].isna().all()
    assert behaviour.isna().sum() == 3  # of the two together one pupil has most still
    assert given.categories[PointKind.ACHIEVEMENT].points.notna().all()


@pytest.mark.clause(Clause.SEC_3)
def test_a_kind_that_is_withheld_takes_the_other_and_all_categories_with_it(migrated):
    """Behaviour of four pupils alone: neither kind has a figure anywhere, lessons and outside still have theirs."""
    school = build_school(migrated("sqlite"), {7: 20, 8: 20, 9: 20}, naughty=4)
    frames = Source(school.store, JUPYTER, KEY).points()
    for frame in frames.groups.values():
        assert frame[["achievement", "behaviour", "balance_percent"]].isna().all(axis=None)
    for frame in frames.categories.values():
        assert len(frame) > 3
        assert frame[["points", "percent"]].isna().all(axis=None)
    assert frames.groups[PointGrouping.HALF_TERM].in_lessons.notna().all()


@pytest.mark.clause(Clause.SEC_3)
def test_no_name_id_or_date_of_birth_is_in_any_frame(school, given):
    everything = [given.pupils, *given.groups.values(), *given.categories.values()]
    whole = " ".join(frame.to_csv() for frame in everything)
    assert [word for word in school.words if len(word) > 4 and word in whole] == []
    assert set(given.pupils) == {"pupil", "year_group", "half_term", "place", "kind", "category", "points"}
    assert given.pupils.pupil.is_monotonic_increasing
    small = {pseudonym(KEY, "pupil", number) for number in school.pupils[-SIZES[10] :]}
    assert given.pupils[given.pupils.pupil.isin(small)].year_group.isna().all()


@pytest.mark.clause(Clause.SEC_4)
def test_each_reading_is_on_record_and_no_other_duty_has_any(school):
    def entries():
        with Session(school.store.engine) as session:
            return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))

    before = len(entries())
    Source(school.store, JUPYTER, KEY).points()
    [made] = entries()[before:]
    assert (made.verb, made.actor, made.pupil_id) == (Verb.ANALYSED, "jupyter", None)
    assert ("points" in made.detail, LAST.isoformat() in made.detail) == (True, True)
    for duty in set(Duty) - {Duty.ANALYSE}:
        with pytest.raises(NotPermitted):
            Source(school.store, Machine("other", frozenset({duty})), KEY).points()
    assert len(entries()) == before + 1


def test_what_is_on_record_comes_before_what_is_read(school, monkeypatch):
    read = []
    monkeypatch.setattr("portal_core.store.scope.append", lambda *_: 1 / 0)
    monkeypatch.setattr(module, "count_points", lambda *asked: read.append(asked))
    with pytest.raises(ZeroDivisionError):
        Source(school.store, JUPYTER, KEY).points()
    assert read == []


def test_before_the_first_whole_week_there_is_nothing_and_no_error(school):
    at = school.store.moment(NOW.replace(year=2025, month=9, day=3))
    early = module.points(school.store, by=JUPYTER, at=at, key=KEY)
    assert early.pupils.empty
    for frame in early.groups.values():
        assert (frame.group.tolist(), frame.achievement.tolist()) == (["All"], [0])
        assert frame.balance_percent.isna().all()
    assert {kind: frame.points.tolist() for kind, frame in early.categories.items()} == {
        kind: [0] for kind in PointKind
    }


def test_in_september_figures_are_last_years_until_the_school_has_sent_data(school, given):
    """They end with the week of which data has come, and say so by the same dates."""
    at = school.store.moment(NOW.replace(month=9, day=20))
    later = module.points(school.store, by=JUPYTER, at=at, key=KEY)
    assert (later.first, later.last, later.as_of) == (given.first, given.last, given.as_of)
    assert later.groups[PointGrouping.YEAR_GROUP].equals(given.groups[PointGrouping.YEAR_GROUP])
    assert set(CATEGORIES) < {*later.pupils.category}
