"""A child's points along time, achievements above: a shape for each kind; and the same as a list in words."""

from calendar import timegm
from datetime import date, timedelta

from bokeh.models import ColumnDataSource, FixedTicker, HoverTool
from bokeh.plotting import figure
from markupsafe import Markup

from dashboards.components.words import amount, where
from portal_core.domain.language import N_, _, ngettext, said
from portal_core.domain.records import Point, PointKind
from portal_core.services.year import ChildYear

INK = "#17212b"
LOOKS = {  # the row's name, the marker, its colour: 3:1 on white and on the dark card
    PointKind.ACHIEVEMENT: (N_("Achievement"), "star", "#2a8a55"),
    PointKind.BEHAVIOUR: (N_("Behaviour"), "square", "#b5701a"),
}


MOST_MONTHS, FEWEST_MONTHS, MOST_DAYS = 6, 3, 3
"""How many ticks there is room for: months are short words, days longer ones."""


def points_plot(year: ChildYear) -> figure:
    """The plot: time to the right, a row for each kind; larger for more points."""
    plot = figure(
        x_axis_type="datetime", y_range=[_(LOOKS[PointKind.BEHAVIOUR][0]), _(LOOKS[PointKind.ACHIEVEMENT][0])], height=170,
        sizing_mode="stretch_width", max_width=760, min_width=250, tools="", toolbar_location=None,
        outline_line_color=None,
    )  # fmt: skip
    for kind, (row, marker, colour) in LOOKS.items():
        given = [point for point in year.points if point.kind is kind]
        days = [point.at.astimezone(year.at.zone) for point in given]
        source = ColumnDataSource(
            {
                "day": [local.replace(tzinfo=None) for local in days],
                "row": [_(row)] * len(given),
                "size": [9 + 3 * min(point.amount, 5) for point in given],
                "words": [
                    f"{said('day', local)}: {point.category}, {amount(point)}, {where(point)}"
                    for local, point in zip(days, given, strict=True)
                ],
            }
        )
        drawn = plot.scatter("day", "row", marker=marker, size="size", color=colour, alpha=0.85, source=source)
        plot.add_tools(HoverTool(renderers=[drawn], tooltips="@words"))
    ticks = _ticks([point.at.astimezone(year.at.zone).date() for point in year.points])
    plot.xaxis.ticker, plot.xaxis.major_label_overrides = FixedTicker(ticks=list(ticks)), ticks
    plot.ygrid.visible = False
    plot.axis.axis_line_color = plot.yaxis.major_tick_line_color = None
    plot.axis.major_label_text_color = INK
    plot.axis.major_label_text_font_size = "12px"
    return plot


def _ticks(days: list[date]) -> dict[float, str]:
    """Days to label, as a plot counts time: so few that they stand apart on the smallest telephone.

    The first of each month, of a long time of each second or third; of a short time some of its days. The words are ours, since the
    browser's part of the plot knows English months alone.
    """
    if not days:
        return {}
    first, last = min(days), max(days)
    months = [one for n in range((last - first).days + 1) if (one := first + timedelta(n)).day == 1]
    if len(months) < FEWEST_MONTHS:
        step = max(1, -(-((last - first).days + 1) // MOST_DAYS))
        return {
            _place(first + timedelta(n)): said("brief", first + timedelta(n))
            for n in range(0, (last - first).days + 1, step)
        }
    return {_place(one): said("month in brief", one) for one in months[:: -(-len(months) // MOST_MONTHS)]}


def _place(day: date) -> float:
    return timegm(day.timetuple()) * 1000.0


def points_html(year: ChildYear) -> str:
    """The same in words, newest first within each kind, achievements before behaviour."""
    if not year.points:
        return str(Markup("<p>{}</p>").format(_("No points in this time.")))
    parts = []
    for kind, (row, *_look) in LOOKS.items():
        given = [point for point in year.points if point.kind is kind]
        if given:
            lines = Markup("").join(map(_line, given, [year] * len(given)))
            parts.append(Markup("<h4>{}: {}</h4><ul>{}</ul>").format(_(row), _sum(given), lines))
    return str(Markup("").join(parts))


def _line(point: Point, year: ChildYear) -> Markup:
    local = point.at.astimezone(year.at.zone)
    return Markup("<li>{}: <b>{}</b>, {}, {}{}</li>").format(
        said("listed", local), point.category, amount(point), where(point),
        f". {point.meaning}" if point.meaning else "",
    )  # fmt: skip


def _sum(given: list[Point]) -> str:
    total = sum(point.amount for point in given)
    return ngettext("{number} point", "{number} points", total).format(number=total)
