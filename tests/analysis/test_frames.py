"""The frames that analysts get: right, recorded, for them alone, and without anybody in them."""

from collections import defaultdict
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from portal_core.analysis import A_WEEK, Grouping, Source, counts
from portal_core.analysis import frames as module
from portal_core.domain.clauses import Clause, Duty, Role, Verb
from portal_core.domain.people import Machine, Principal
from portal_core.domain.school import Calendar
from portal_core.errors import NotPermitted
from portal_core.policy.attendance import CUTOVER, Attendance, attendance
from portal_core.policy.disclosure import pseudonym, rounded
from portal_core.store.accounts import Login
from portal_core.store.people import Enrolment, StaffRole
from portal_core.store.registers import Mark
from portal_core.store.school import AuditEntry, TermDates
from tests.analysis.conftest import JUPYTER, KEY
from tests.analysis.school import LAST, LONG_AGO, NOW, SIZES

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def by_hand(school, grouping) -> dict[str, dict[int, Attendance]]:
    """Attendance of each pupil in each group, counted mark by mark."""
    with Session(school.store.engine) as session:
        marks = session.execute(select(Mark.pupil_id, Mark.day, Mark.code).where(Mark.day <= LAST)).all()
        years = dict(session.execute(select(Enrolment.pupil_id, Enrolment.year_group)).all())
        terms = session.execute(select(TermDates.name, TermDates.begins, TermDates.ends)).all()
    sessions = defaultdict(lambda: defaultdict(list))
    for pupil, day, code in marks:
        group = {
            Grouping.YEAR_GROUP: lambda pupil=pupil: f"Year {years[pupil]}",
            Grouping.HALF_TERM: lambda day=day: next(t.name for t in terms if t.begins <= day <= t.ends),
            Grouping.WEEKDAY: lambda day=day: DAYS[day.weekday()],
        }[grouping]()
        for key in (group, "All"):
            sessions[key][pupil].append((code, day < CUTOVER, 1))
    return {group: {pupil: attendance(of_one) for pupil, of_one in held.items()} for group, held in sessions.items()}


@pytest.mark.parametrize("grouping", list(Grouping))
def test_every_figure_shown_is_what_counting_by_hand_gives(school, frames, grouping):
    frame = frames.groups[grouping]
    expected = by_hand(school, grouping)
    assert set(frame.group) == set(expected)
    assert frame.group.iloc[-1] == "All"
    shown = 0
    for row in frame.dropna().to_dict("records"):
        held = expected[row["group"]].values()
        figures = {name: sum(getattr(one, name) for one in held) for name in ("possible", "attended", "authorised")}
        figures["unauthorised"] = sum(one.unauthorised for one in held)
        figures["late"] = sum(one.lates for one in held)
        figures["pupils"] = sum(one.possible > 0 for one in held)
        if grouping is not Grouping.WEEKDAY:
            figures["persistent"] = sum(one.persistent() for one in held)
        steps = {name: 5 if name in ("pupils", "persistent") else 5 * A_WEEK for name in figures}
        assert {name: row[name] for name in figures} == {name: rounded(n, steps[name]) for name, n in figures.items()}
        shown += 1
    assert shown >= 3


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize(("count", "shown"), [(0, 0), (24, 0), (25, 50), (74, 50), (75, 100), (9104, 9100)])
def test_one_session_more_is_told_by_no_figure(count, shown):
    """Two readings differ by whole steps, whatever happened in between."""
    assert rounded(count, 50) == shown


def test_percentages_are_exact_to_one_decimal(frames):
    row = frames.groups[Grouping.YEAR_GROUP].to_dict("records")[-1]
    for part in ("attended", "authorised", "unauthorised"):
        assert row[part + "_percent"] == (2000 * row[part] + row["possible"]) // (2 * row["possible"]) / 10
    assert row["persistent_percent"] == (2000 * row["persistent"] + row["pupils"]) // (2 * row["pupils"]) / 10


@pytest.mark.clause(Clause.SEC_3)
def test_a_small_group_is_withheld_whole_and_so_is_one_that_covers_for_it(frames):
    frame = frames.groups[Grouping.YEAR_GROUP].set_index("group")
    assert SIZES[10] < frames.settings.small_number
    assert frame.loc["Year 10"].isna().all()
    assert frame.loc["Year 8"].isna().all()  # the next smallest: else the total less the others would tell
    assert frame.loc[["Year 7", "Year 9", "All"]].notna().all(axis=None)


def test_persistent_absence_is_not_given_by_weekday(frames):
    assert not {"persistent", "persistent_percent"} & set(frames.groups[Grouping.WEEKDAY])


@pytest.mark.clause(Clause.SEC_3)
def test_no_name_id_or_date_of_birth_is_in_any_frame(school, frames):
    everything = [frames.pupils, *frames.groups.values()]
    held = {str(value) for frame in everything for name in frame for value in {name, *frame[name].tolist()}}
    held |= {str(value) for frame in everything for value in frame.index}
    assert len(held) > 100
    assert not held & school.words
    whole = " ".join(frame.to_csv() for frame in everything)
    assert [word for word in school.words if len(word) > 4 and word in whole] == []
    assert set(frames.pupils) == {
        "pupil", "year_group", "half_term", "weekday", "possible", "attended", "authorised", "unauthorised", "late",
    }  # fmt: skip


@pytest.mark.clause(Clause.SEC_3)
def test_a_pupil_is_a_pseudonym_of_this_key_and_a_rows_place_tells_nothing(school, frames):
    names = set(frames.pupils.pupil)
    assert names == {pseudonym(KEY, "pupil", number) for number in school.pupils}
    assert frames.pupils.pupil.is_monotonic_increasing
    assert not names & set(Source(school.store, JUPYTER, b"j" * 32).attendance().pupils.pupil)


@pytest.mark.clause(Clause.SEC_3)
def test_a_pupil_of_a_small_year_group_is_in_none(school, frames):
    small = {pseudonym(KEY, "pupil", number) for number in school.pupils[-SIZES[10] :]}
    assert frames.pupils[frames.pupils.pupil.isin(small)].year_group.isna().all()
    assert frames.pupils[~frames.pupils.pupil.isin(small)].year_group.notna().all()


def test_figures_end_with_the_last_whole_week(school, frames):
    assert frames.last == LAST
    possible = frames.groups[Grouping.WEEKDAY].set_index("group").possible
    counted = sum(one.possible for one in by_hand(school, Grouping.WEEKDAY)["All"].values())
    assert possible["All"] == rounded(counted, 5 * A_WEEK)
    with Session(school.store.engine) as session:
        assert session.scalars(select(Mark.day).where(Mark.day > LAST)).first() is not None  # there was more


def test_before_the_first_whole_week_there_is_nothing_and_no_error(school):
    at = school.store.moment(NOW.replace(year=2025, month=9, day=3))
    early = module.attendance(school.store, by=JUPYTER, at=at, key=KEY)
    assert at.day - Calendar((), {}).year_begins(at.day) < timedelta(7)
    assert early.pupils.empty
    for frame in early.groups.values():
        assert frame.group.tolist() == ["All"]
        assert frame.possible.tolist() == [0]


def test_a_mark_not_yet_published_counts_nowhere(school, frames):
    [earlier] = [
        module.attendance(school.store, by=JUPYTER, at=school.store.moment(NOW - timedelta(14)), key=KEY).groups[g]
        for g in [Grouping.WEEKDAY]
    ]
    assert earlier.possible.iloc[-1] < frames.groups[Grouping.WEEKDAY].possible.iloc[-1]


def entries(school) -> list[AuditEntry]:
    with Session(school.store.engine) as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


@pytest.mark.clause(Clause.SEC_4)
def test_each_reading_is_on_record(school):
    before = len(entries(school))
    Source(school.store, JUPYTER, KEY).attendance()
    [made] = entries(school)[before:]
    assert (made.verb, made.actor, made.pupil_id) == (Verb.ANALYSED, "jupyter", None)
    assert LAST.isoformat() in made.detail


@pytest.mark.clause(Clause.SEC_4)
def test_what_cannot_be_recorded_is_not_read(school, monkeypatch):
    read = []
    monkeypatch.setattr("portal_core.store.scope.append", lambda *_: 1 / 0)
    monkeypatch.setattr(module, "count", lambda *given: read.append(given))
    with pytest.raises(ZeroDivisionError):
        Source(school.store, JUPYTER, KEY).attendance()
    assert read == []


@pytest.mark.parametrize("duty", sorted(set(Duty) - {Duty.ANALYSE}))
def test_no_other_duty_opens_the_frames(school, duty):
    before = len(entries(school))
    with pytest.raises(NotPermitted):
        Source(school.store, Machine("other", frozenset({duty})), KEY).attendance()
    assert len(entries(school)) == before


def login_of(school, key: str) -> Principal:
    school.sign_in(key)
    with Session(school.store.engine) as session:
        number = session.scalars(select(Login.id).order_by(Login.id.desc())).first()
    return Principal(number, school.accounts[key], staff_id=1000, roles=frozenset({Role.ANALYST}))


def test_an_analyst_reads_until_the_role_is_taken_away(school):
    analyst = Source(school.store, login_of(school, "analyst"), KEY)
    assert len(analyst.attendance().groups) == len(Grouping)
    with Session(school.store.engine) as session, session.begin():
        taken = update(StaffRole).where(StaffRole.role == Role.ANALYST, StaffRole.superseded_at.is_(None))
        session.execute(taken.values(superseded_at=LONG_AGO + timedelta(1)))
    try:
        with pytest.raises(NotPermitted):
            analyst.attendance()
    finally:
        with Session(school.store.engine) as session, session.begin():
            session.execute(update(StaffRole).where(StaffRole.role == Role.ANALYST).values(superseded_at=None))


def test_a_principal_that_only_claims_the_role_is_refused(school):
    with pytest.raises(NotPermitted):
        Source(school.store, login_of(school, "office"), KEY).attendance()


def test_marks_are_counted_by_the_database(school, monkeypatch):
    """Not one row a mark comes over, or a large school would take minutes."""
    came = []
    sessions = counts._sessions
    monkeypatch.setattr(counts, "_sessions", lambda marks: (came.append(marks.marks), sessions(marks))[1])
    Source(school.store, JUPYTER, KEY).attendance()
    with school.store.engine.connect() as connection:
        kept = connection.execute(text("SELECT count(*) FROM mark WHERE day <= :last"), {"last": LAST.isoformat()})
        marks = kept.scalar_one()
    [counted] = came
    assert int(counted.sum()) == marks
    assert len(counted) < marks / 3
