"""The year in detail: its model without a browser, its components, and its reading over the websocket."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from dashboards.components.calendar import calendar_plot, legend_html, table_html
from dashboards.components.points import points_html, points_plot
from dashboards.parent.year import FAILED, LOADING, WHOLE, YearInDetail
from portal_core.domain.clauses import Clause, Verb
from portal_core.domain.people import Principal
from portal_core.domain.records import PointKind
from portal_core.errors import BadInput, NotPermitted
from portal_core.services.year import child_year
from portal_core.store.registers import Mark
from tests.doors.wire import READY, changed, socket, token_of, until

NOW, BEFORE = "Spring, second half", "Spring, first half"


def principal(portal, who):
    """An adult of the families, wholly signed in."""
    return Principal(login_id=1, account_id=portal.families.accounts[who], adult_id=portal.families.adults[who])


def read(portal, who="two_children", child="Amelia", **chosen):
    """What the service reads for them now."""
    at = portal.store.moment()
    return child_year(portal.store, by=principal(portal, who), at=at, pupil=portal.families.pupils[child], **chosen)


def test_the_year_holds_each_school_day_so_far_and_its_marks(portal):
    """From the first school day to today, no closed day among them."""
    year = read(portal)
    assert (year.days[0], year.days[-1]) == (date(2025, 9, 3), date(2026, 3, 12))
    assert len(year.marks) == 2 * len(year.days) - 1  # this afternoon is still to come
    assert not set(year.days) & set(portal.families.calendar.closed)


def test_nothing_is_missing_from_before_the_records_begin(portal):
    """A child's first mark is the first day that is told."""
    first = date(2026, 3, 2)
    with portal.store.counting() as session:
        session.query(Mark).filter(Mark.pupil_id == portal.families.pupils["Zayn"], Mark.day < first).delete()
    assert read(portal, "one_child", "Zayn").days[0] == first
    assert read(portal, "one_child", "Zayn", term=BEFORE).days == ()


@pytest.mark.clause(Clause.CONTACT_1)
def test_a_mark_is_missing_once_the_school_may_be_asked_about_it(portal):
    """Noah's morning has none today; its register came at 9:40."""
    for clock, words in (("10:29", "Not taken yet"), ("10:30", "No mark")):
        portal.families.at(clock)
        assert f"<td>{words}</td>" in table_html(read(portal, child="Noah"))


def test_a_term_and_a_kind_narrow_it(portal):
    """Both at once, and only what is published."""
    year = read(portal, term=BEFORE, kind=PointKind.BEHAVIOUR)
    assert (year.days[0], year.days[-1]) == (date(2026, 1, 6), date(2026, 2, 13))
    assert [(point.category, point.subject) for point in year.points] == [("Equipment missing", "Art")]
    assert "Kindness" in {point.category for point in read(portal).points}


@pytest.mark.clause(Clause.CONTACT_2)
def test_a_point_is_read_once_its_time_to_settle_is_over(portal):
    """Given at 10:20, shown from 11:20."""
    before = len(read(portal).points)
    portal.families.at("11:20")
    assert len(read(portal).points) == before + 1


@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_4, Clause.USER_1)
@pytest.mark.parametrize(
    ("who", "child"),
    [("court_order", "Jude"), ("investigated", "Lily"), ("restricted_for_one", "Toby"), ("left", "Daniel"),
     ("one_child", "Amelia"), ("grandmother", "Noah")],
)  # fmt: skip
def test_reading_decides_again(portal, who, child):
    """Whoever may not see the child reads nothing."""
    with pytest.raises(NotPermitted):
        read(portal, who, child)


def test_there_is_no_such_term(portal):
    """A name that is not among this year's."""
    with pytest.raises(BadInput):
        read(portal, term="Michaelmas")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_later_choice_overtakes_an_earlier(portal, order):
    """Answers come in any order; what was asked last is what shows, though the same was asked before."""
    years = [read(portal, term=term) for term in (BEFORE, NOW, BEFORE)]

    async def story():
        answers = []

        async def slow(term, kind):
            answers.append(asyncio.get_running_loop().create_future())
            return await answers[-1]

        model = YearInDetail(slow)
        model.param.term.objects = [WHOLE, BEFORE, NOW]
        for number, term in enumerate((BEFORE, NOW, BEFORE)):
            model.term = term
            await when(lambda number=number: len(answers) > number)
        assert (model.year, model.said) == (None, LOADING)
        for number in order:
            answers[number].set_result(years[number])
            await asyncio.sleep(0)
        await when(lambda: model.said == "")
        return model.year

    assert asyncio.run(story()) is years[2]


def test_a_term_of_last_year_leads_to_the_whole_of_this_one(portal):
    """The page was left open over the summer."""
    whole = read(portal)

    async def story():
        async def over_the_summer(term, kind):
            if term is not None:
                raise BadInput("There is no such term.")
            return whole

        model = YearInDetail(over_the_summer)
        model.param.term.objects = [WHOLE, "Summer, second half"]
        model.term = "Summer, second half"
        await when(lambda: model.year is whole)
        return model.term, model.said

    assert asyncio.run(story()) == (WHOLE, "")


async def when(condition):
    """Lets the loop go round until a condition holds."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    pytest.fail("it never came about")


def test_what_cannot_be_read_says_so_and_shows_nothing(portal):
    """The old picture goes, so that none stands under the wrong choice."""

    async def failing(term, kind):
        raise OSError("the disk is full")

    model = YearInDetail(failing)
    with pytest.raises(OSError, match="full"):
        asyncio.run(model.load())
    assert (model.year, model.said) == (None, FAILED)


def test_the_plot_has_a_letter_for_each_session_and_the_legend_names_it(portal):
    """Colour never stands alone; a session still to come has no cell."""
    year = read(portal)
    [source] = {id(found.data_source): found.data_source for found in calendar_plot(year).renderers}.values()
    cells = source.data
    assert len(cells["letter"]) == len(year.marks)
    assert set(cells["letter"]) == {"P", "L", "E", "A", "U"}
    assert "Monday 9 March, morning: Late: 7 minutes, before the register closed" in cells["words"]
    assert cells["place"][0] == ("Wed", "am")
    legend = legend_html()
    assert all(f">{letter}</span>" in legend for letter in set(cells["letter"]))


def test_the_table_says_what_the_plot_shows(portal):
    """A row a school day, in words, newest first."""
    year = read(portal, term=BEFORE)
    table = table_html(year)
    assert table.count('<tr><th scope="row">') == len(year.days)
    assert table.index("Fri 13 Feb") < table.index("Tue 6 Jan")
    assert "Absent, authorised: Medical or dental appointment" in table
    assert "<caption>Amelia’s marks" in table


def test_points_differ_by_shape_and_are_told_in_words(portal):
    """Achievements before behaviour."""
    year = read(portal)
    plot = points_plot(year)
    assert [found.glyph.marker for found in plot.renderers] == ["star", "square"]
    told = points_html(year)
    assert told.index("Achievement: 12 points") < told.index("Behaviour: 3 points")
    assert "Tue 10 Mar: <b>Homework late</b>, 1 point, French. Homework handed in" in told


@pytest.mark.parametrize("length", [0, 1, 9, 40, 95, 180, 320, 364])
def test_the_labels_along_time_stand_apart_on_a_telephone(portal, length):
    """Few, and in order, however long the time; a day is said in more words than a month, so there are fewer."""
    given = read(portal).points[0]
    first = given.at - timedelta(length)
    labels = points_plot(replace(read(portal), points=(given, replace(given, at=first)))).xaxis[0].major_label_overrides
    assert 0 < len(labels) <= 6
    assert sum(map(len, labels.values())) + 2 * len(labels) <= 36
    assert list(labels) == sorted(labels)


def test_records_are_text_and_never_markup(portal):
    """Whatever stands in a name or a category."""
    year = read(portal)
    hostile = replace(year, forename="<b>x", points=(replace(year.points[0], category="<script>", meaning="<i>"),))
    assert "&lt;b&gt;x’s marks" in table_html(hostile)
    assert "<b>&lt;script&gt;</b>" in points_html(hostile)


def test_a_time_without_days_or_points_says_so(portal):
    """In place of an empty table."""
    year = replace(read(portal), days=(), points=())
    assert table_html(year) == "<p>No school days in this time.</p>"
    assert points_html(year) == "<p>No points in this time.</p>"


@pytest.fixture
def opened(portal):
    """The application of Amelia's page over its websocket, as her mother has it."""
    cookie = portal.cookie("two_children")
    token = token_of(portal.url, "/parent", cookie, portal.families.pupils["Amelia"])
    with socket(portal.url, "/parent", token, cookie=cookie) as page:
        yield page


def views(portal):
    """How often the year has been seen, by the record."""
    return sum(verb is Verb.VIEWED and "/parent/app" in detail for verb, _, _, detail in portal.audit())


def test_the_application_loads_after_its_document_and_reads_each_choice_anew(portal, opened):
    """Each reading is on record; a choice that is not on offer never reaches the model."""
    before = views(portal)
    assert LOADING in said(opened)
    opened.patch(READY)
    until(lambda: "Amelia’s marks" in said(opened), "the first reading")
    document = opened.pull()
    opened.patch(changed(document.find("CustomSelect", "Term"), "value", BEFORE))
    until(lambda: "Fri 13 Feb" in said(opened) and "Thu 12 Mar" not in said(opened), "a term")
    assert views(portal) == before + 2
    opened.patch(changed(document.find("CustomSelect", "Term"), "value", "Michaelmas"))
    opened.patch(changed(document.find("CustomSelect", "Points"), "value", "Achievement"))
    until(lambda: "Equipment missing" not in said(opened), "a kind")
    assert BEFORE in said(opened)
    assert views(portal) == before + 3


def said(page):
    """All that the document says by now."""
    return page.pull().text.encode().decode("unicode_escape", "ignore")


@pytest.mark.clause(Clause.SEC_4)
def test_a_reading_that_cannot_be_recorded_shows_nothing(portal):
    """The document says that it could not be read, and holds no mark."""
    with portal.store.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER broken BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(FAIL, 'full'); END")
        )
    try:
        cookie = portal.cookie("two_children")
        token = token_of(portal.url, "/parent", cookie, portal.families.pupils["Amelia"])
        with socket(portal.url, "/parent", token, cookie=cookie) as page:
            page.patch(READY)
            until(lambda: FAILED in said(page), "the failure is said")
            assert "Thu 12 Mar" not in said(page)
            assert "Homework late" not in said(page)
    finally:
        with portal.store.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER broken"))
