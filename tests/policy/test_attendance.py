"""Codes by day, worked examples, thresholds."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_core.domain.records import AttendanceClass, SessionMark
from portal_core.domain.school import Half
from portal_core.policy.attendance import (
    BEFORE_CUTOVER,
    CUTOVER,
    SINCE_CUTOVER,
    Attendance,
    attendance,
    attendance_of,
    register_code,
)

BEFORE, SINCE = date(2024, 8, 18), CUTOVER
ATTENDING, ACTIVITY, AUTHORISED, UNAUTHORISED, NOT_POSSIBLE, ADMINISTRATIVE, NO_MARK = AttendanceClass

CLASSES_SINCE = {
    ATTENDING: "/ \\ L",
    ACTIVITY: "B K P V W",
    AUTHORISED: "C C1 C2 E I J1 M R S T",
    UNAUTHORISED: "G N O U",
    NOT_POSSIBLE: "D Q X Y1 Y2 Y3 Y4 Y5 Y6 Y7",
    ADMINISTRATIVE: "Z #",
    NO_MARK: "H J Y F I01 I02 X01 X02 - * ! @ & 1 Y8 C3 /L l",
}
CLASSES_BEFORE = {
    ATTENDING: "/ \\ L",
    ACTIVITY: "B J P V W",
    AUTHORISED: "C E F H I I01 I02 M R S T",
    UNAUTHORISED: "G N O U",
    NOT_POSSIBLE: "D X X01 X02 X07 Y",
    ADMINISTRATIVE: "Z #",
    NO_MARK: "C1 C2 J1 K Q Y1 Y7 - * ! @ & 1 X10 I03",
}


@pytest.mark.parametrize(
    ("kind", "code", "day"),
    [
        pytest.param(kind, code, day, id=f"{code} {day:%Y}-{kind}")
        for day, classes in ((SINCE, CLASSES_SINCE), (BEFORE, CLASSES_BEFORE))
        for kind, codes in classes.items()
        for code in codes.split()
    ],
)
def test_a_code_has_the_class_of_its_day_and_words(kind, code, day):
    """Whole codes, by the edition in force on the session's day; anything else is no mark."""
    entry = register_code(code, day)

    assert (kind, code) == (entry.kind, entry.code)
    assert entry.words
    assert (code in ("L", "U")) == entry.late


@pytest.mark.parametrize(
    ("edition", "classes"),
    [
        pytest.param(SINCE_CUTOVER, CLASSES_SINCE, id="since"),
        pytest.param(BEFORE_CUTOVER, CLASSES_BEFORE, id="before"),
    ],
)
def test_no_code_is_in_an_edition_unlisted(edition, classes):
    """The table above is whole, save for the numbered X of 2020 to 2022."""
    listed = {code for kind, codes in classes.items() if kind is not NO_MARK for code in codes.split()}

    assert listed == set(edition) - {"X03", "X04", "X05", "X06", "X08", "X09"}


def test_n_reads_reason_not_yet_established():
    """An N is a question still open, not an accusation."""
    assert register_code("N", SINCE).words == "Reason not yet established"


@pytest.mark.parametrize(
    ("expected", "codes"),
    [
        pytest.param(
            Attendance(7_557_398, 269_633, 186_253, 134_615, elsewhere=63_628, part_time=13_095, awaited=1738),
            "/ 7373649 L 120121 B 14085 P 2450 V 46784 K 309 I 201733 M 18185 R 8180 S 4 T 735 E 2756 C 23895 C1 141"
            " J1 909 C2 13095 G 48338 U 14494 O 121683 N 1738",
            id="A, Walsall's primary schools",
        ),
        pytest.param(
            Attendance(17, 1, 1, 2, elsewhere=1, not_counted=1), "/ 15 L 1 V 1 I 1 U 1 Y4 1", id="C, twenty marks"
        ),
        pytest.param(Attendance(10, unknown=4, not_counted=8), "/ 10 - 3 H 1 # 2 Z 1 D 5", id="outside every figure"),
        pytest.param(Attendance(), "", id="nothing"),
    ],
)
def test_worked_examples(expected, codes):
    """Counts by code give attended, authorised, unauthorised, lates and what has no meaning."""
    words = codes.split()
    counts = [(code, False, int(n)) for code, n in zip(words[::2], words[1::2], strict=True)]

    assert expected == attendance(counts)


def test_example_a_and_b_as_published():
    """Percentages are exact until they are written down."""
    walsall = Attendance(7_557_398, 269_633, 186_253)
    england = Attendance(2_277_095_382, 2_445_419_687 - 2_277_095_382, 0)

    assert walsall.possible == 8_013_284
    assert pytest.approx(float(walsall.percent(walsall.attended)), abs=1e-12) == 94.3108717973804
    assert pytest.approx(float(walsall.percent(walsall.authorised)), abs=1e-12) == 3.36482520774254
    assert pytest.approx(float(walsall.percent(walsall.unauthorised)), abs=1e-12) == 2.32430299487701
    assert pytest.approx(float(england.percent(england.attended)), abs=1e-12) == 93.1167518649325


def test_example_c_in_words():
    """One decimal, as the department publishes."""
    child = Attendance(17, 1, 1, 2)

    assert tuple(map(child.percent_words, (17, 1, child.missed))) == ("89.5%", "5.3%", "10.5%")
    assert child.persistent()


@pytest.mark.parametrize(
    ("persistent", "half", "missed"),
    [
        pytest.param(True, False, 38, id="D, a tenth exactly"),
        pytest.param(False, False, 37, id="D, one session short"),
        pytest.param(True, True, 190, id="D, half exactly"),
        pytest.param(True, False, 189, id="one short of half"),
    ],
)
def test_thresholds_are_reached_not_passed(persistent, half, missed):
    """A tenth and a half, compared in whole numbers, of both kinds of absence together."""
    child = Attendance(380 - missed, missed // 2, missed - missed // 2)

    assert (persistent, half) == (child.persistent(), child.persistent(50))


def test_a_school_may_ask_for_another_share():
    """The share of persistent absence is a setting."""
    child = Attendance(94, 6, 0)

    assert (child.persistent(5), child.persistent()) == (True, False)


def test_no_sessions_yet():
    """Neither none nor all: there is nothing to divide by, and nobody is persistently absent."""
    child = attendance([("Y4", False, 3), ("#", False, 2), ("-", False, 1)])

    assert (child.percent_words(child.attended), child.percent(child.attended)) == ("no sessions yet", None)
    assert not child.persistent()


def test_a_code_counts_by_its_day():
    """J attended until the cutover and is no code since; the store's 0 and 1 do for the flag."""
    assert Attendance(attended=2, unknown=3, elsewhere=2) == attendance([("J", 1, 2), ("J", 0, 3)])


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*SINCE_CUTOVER, *BEFORE_CUTOVER, "-", "?"]),
            st.booleans(),
            st.integers(min_value=0, max_value=10**9),
        )
    )
)
def test_counts_may_come_in_any_order_and_any_pieces(counts):
    """One sum, however the store grouped it; and no percentage leaves 0 to 100."""
    whole = attendance(counts)
    pieces = [attendance([count]) for count in reversed(counts)]

    for figure in ("attended", "authorised", "unauthorised", "lates", "unknown", "possible", "missed"):
        assert sum(getattr(piece, figure) for piece in pieces) == getattr(whole, figure)
    if whole.possible:
        assert whole.percent(whole.attended) + whole.percent(whole.missed) == 100
        assert 0 <= whole.percent(whole.attended) <= 100


@given(st.integers(min_value=1, max_value=10**9), st.data())
def test_words_are_the_nearest_tenth(possible, data):
    """The words are never more than half a tenth from the truth."""
    attended = data.draw(st.integers(min_value=0, max_value=possible))
    figures = Attendance(attended, possible - attended)
    said = Fraction(figures.percent_words(attended).removesuffix("%"))

    assert abs(said - figures.percent(attended)) <= Fraction(1, 20)


@pytest.mark.parametrize(
    ("sessions", "possible", "percent"),
    [(23, 229, 10), (23, 230, 10), (24, 231, 10), (1, 1, 10), (0, 0, 10), (115, 229, 50), (28, 229, 12)],
)
def test_how_many_sessions_make_a_share(sessions, possible, percent):
    """The first whole number that reaches it: one fewer is below, for every school's own share."""
    assert Attendance(attended=possible).makes(percent) == sessions
    if sessions:
        assert Attendance(possible - sessions, sessions).persistent(percent)
        assert not Attendance(possible - sessions + 1, sessions - 1).persistent(percent)


def test_marks_are_counted_by_the_codes_of_their_day():
    """J attended on the last day before the cutover, and says nothing on the day itself."""
    public = datetime(2024, 9, 2, tzinfo=UTC)
    marks = [SessionMark(day, Half.AM, "J", None, public) for day in (CUTOVER - timedelta(1), CUTOVER)]

    assert attendance_of(marks) == Attendance(attended=1, unknown=1, elsewhere=1)
