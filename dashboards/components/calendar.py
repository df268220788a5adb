"""A child's marks as a calendar: a row a week, ten cells a row, each with its letter; as a plot, as HTML, and in words.

Plot and grid are for eyes that like an overview. The table says all of it in words, and a legend names every letter. What a
session shows is told in one place, for the pages and the interactive part alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bokeh.models import ColumnDataSource, FactorRange, HoverTool
from bokeh.plotting import figure
from markupsafe import Markup

from dashboards.components.signs import LEGEND, NOT_YET, Sign, corrected, missing, told
from portal_core.domain.language import N_, _, remembered, said
from portal_core.domain.school import Half
from portal_core.services.year import ChildYear

INK, LINE = "#17212b", "#7b8896"
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"))
HALVES: Mapping[Half, tuple[str, str]] = {Half.AM: (N_("am"), N_("morning")), Half.PM: (N_("pm"), N_("afternoon"))}
ROW, AROUND = 24, 48  # pixels


def shown(year: ChildYear, day: date, half: Half) -> tuple[Sign, str]:
    """The sign of a session and what it means in words, with what was corrected."""
    mark = year.marks.get((day, half))
    if mark is None:
        found = missing(may_be_asked=(day, half) in year.missing)
        return found, found.word
    found, words = told(mark)
    said = f"{found.word}: {words}" if words else found.word
    before = corrected(mark, year.at)
    return found, f"{said}. {before}" if before else said


@dataclass(frozen=True, slots=True)
class Cells:
    """A calendar in HTML: the rows of its weeks and which signs occur in it, for a legend."""

    rows: Markup
    signs: tuple[Sign, ...]


def grid_html(days: Sequence[date], sign: Callable[[date, Half], Sign], link: Callable[[date], str]) -> Cells:
    """The weeks of these school days; `sign` is how a session looks, `link` gives the address of a day's week."""
    weeks: dict[date, dict[tuple[date, Half], Sign]] = {}
    for day in days:
        week = weeks.setdefault(day - timedelta(day.weekday()), {})
        for half in Half:
            week[day, half] = sign(day, half)
    rows = Markup("").join(
        Markup('<tr><th scope="row"><a href="{}">{}</a></th>{}</tr>').format(
            link(monday), said("brief", monday),
            Markup("").join(
                _cell(week.get((monday + timedelta(n), half))) for n in range(5) for half in Half
            ),
        )
        for monday, week in weeks.items()
    )  # fmt: skip
    seen = {found for week in weeks.values() for found in week.values()}
    return Cells(rows, tuple(one for one in LEGEND if one in seen))


@remembered(64)
def _cell(found: Sign | None) -> Markup:
    if found is None:
        return Markup('<td><span class="visually-hidden">{}</span></td>').format(_("no school"))
    return Markup(
        '<td class="{}"><span aria-hidden="true">{}</span><span class="visually-hidden">{}</span></td>'
    ).format(found.name, found.letter, found.word)


def calendar_plot(year: ChildYear) -> figure:
    """The plot; as high as it has weeks, and as wide as there is room."""
    weeks: dict[date, str] = {}
    cells: dict[str, list[object]] = {name: [] for name in ("place", "week", "letter", "colour", "words")}
    for day in year.days:
        monday = day - timedelta(day.weekday())
        weeks.setdefault(monday, said("brief", monday))
        for half, (short, name) in HALVES.items():
            found, words = shown(year, day, half)
            if found is NOT_YET and day == year.at.day:
                continue  # it may still come
            cells["place"].append((_(WEEKDAYS[day.weekday()]), _(short)))
            cells["week"].append(weeks[monday])
            cells["letter"].append(found.letter)
            cells["colour"].append(found.colour)
            cells["words"].append(f"{said('day', day)}, {_(name)}: {words}")
    plot = figure(
        x_range=FactorRange(*((_(day), _(short)) for day in WEEKDAYS for short, _name in HALVES.values()), group_padding=0.4),
        y_range=FactorRange(*reversed(weeks.values())),
        height=AROUND + ROW * max(len(weeks), 1), sizing_mode="stretch_width", max_width=440, min_width=250,
        tools="", toolbar_location=None, x_axis_location="above", outline_line_color=None,
    )  # fmt: skip
    source = ColumnDataSource(cells)
    squares = plot.rect(
        "place", "week", 0.96, 0.88, source=source, fill_color="colour", line_color=LINE, line_width=0.7
    )
    plot.text(
        "place", "week", "letter", source=source, text_align="center", text_baseline="middle", text_color=INK,
        text_font_size="11px", text_font_style="bold",
    )  # fmt: skip
    plot.add_tools(HoverTool(renderers=[squares], tooltips="@words"))
    plot.grid.visible = False
    plot.axis.axis_line_color = plot.axis.major_tick_line_color = None
    plot.axis.major_label_text_color = plot.xaxis.group_text_color = INK
    plot.axis.major_label_text_font_size = plot.xaxis.group_text_font_size = "11px"
    plot.xaxis.separator_line_color = None
    return plot


def legend_html() -> str:
    """Every letter with its meaning, beside the colour it stands on."""
    items = (
        Markup('<li><span class="cell" style="background:{}">{}</span> {}</li>').format(
            one.colour, one.letter, one.word
        )
        for one in LEGEND
    )
    return str(Markup('<ul class="legend">{}</ul>').format(Markup("").join(items)))


def table_html(year: ChildYear) -> str:
    """The same marks in words, newest first."""
    if not year.days:
        return str(Markup("<p>{}</p>").format(_("No school days in this time.")))
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>').format(
            said("listed", day), *(shown(year, day, half)[1] for half in HALVES)
        )
        for day in reversed(year.days)
    )
    table = Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table class="marks">'
        "<caption>{}</caption>"
        '<thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead>'
        "<tbody>{}</tbody></table></div>"
    )
    caption = _("{child}’s marks, newest first").format(child=year.forename)
    return str(table.format(_("Marks by day"), caption, _("Day"), _("Morning"), _("Afternoon"), rows))
