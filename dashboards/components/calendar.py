"""A child's marks as a calendar: a row a week, ten cells a row, each with its letter; and the same as a table.

The plot is for eyes that like an overview. The table says all of it in words, and a legend names every letter.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from bokeh.models import ColumnDataSource, FactorRange, HoverTool
from bokeh.plotting import figure
from markupsafe import Markup

from dashboards.components.signs import LEGEND, NO_MARK, NOT_YET, Sign, told
from portal_core.domain.school import Half
from portal_core.services.year import ChildYear

INK, LINE = "#17212b", "#7b8896"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
HALVES: Mapping[Half, tuple[str, str]] = {Half.AM: ("am", "morning"), Half.PM: ("pm", "afternoon")}
ROW, AROUND = 24, 48  # pixels


def shown(year: ChildYear, day: date, half: Half) -> tuple[Sign, str]:
    """The sign of a session and what it means in words."""
    mark = year.marks.get((day, half))
    found, words = told(mark) if mark else (NOT_YET if day == year.at.day else NO_MARK, "")
    return found, f"{found.word}: {words}" if words else found.word


def calendar_plot(year: ChildYear) -> figure:
    """The plot; as high as it has weeks, and as wide as there is room."""
    weeks: dict[date, str] = {}
    cells: dict[str, list[object]] = {name: [] for name in ("place", "week", "letter", "colour", "words")}
    for day in year.days:
        monday = day - timedelta(day.weekday())
        weeks.setdefault(monday, f"{monday.day} {monday:%b}")
        for half, (short, name) in HALVES.items():
            if (day, half) not in year.marks and day == year.at.day:
                continue  # it may still come
            found, words = shown(year, day, half)
            cells["place"].append((WEEKDAYS[day.weekday()], short))
            cells["week"].append(weeks[monday])
            cells["letter"].append(found.letter)
            cells["colour"].append(found.colour)
            cells["words"].append(f"{day:%A} {day.day} {day:%B}, {name}: {words}")
    plot = figure(
        x_range=FactorRange(*((day, short) for day in WEEKDAYS for short, _ in HALVES.values()), group_padding=0.4),
        y_range=FactorRange(*reversed(weeks.values())),
        height=AROUND + ROW * max(len(weeks), 1), sizing_mode="stretch_width", max_width=520, min_width=250,
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
            one.colour, one.letter or Markup("&nbsp;"), one.word
        )
        for one in LEGEND
    )
    return str(Markup('<ul class="legend">{}</ul>').format(Markup("").join(items)))


def table_html(year: ChildYear) -> str:
    """The same marks in words, newest first."""
    if not year.days:
        return "<p>No school days in this time.</p>"
    rows = Markup("").join(
        Markup('<tr><th scope="row">{} {} {}</th><td>{}</td><td>{}</td></tr>').format(
            f"{day:%a}", day.day, f"{day:%b}", *(shown(year, day, half)[1] for half in HALVES)
        )
        for day in reversed(year.days)
    )
    table = Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="Marks by day"><table class="marks">'
        "<caption>{}’s marks, newest first</caption>"
        '<thead><tr><th scope="col">Day</th><th scope="col">Morning</th><th scope="col">Afternoon</th></tr></thead>'
        "<tbody>{}</tbody></table></div>"
    )
    return str(table.format(year.forename, rows))
