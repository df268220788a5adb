"""The desk: tasks that wait, and for a data manager what the last imports brought."""

from collections.abc import Mapping
from typing import Any

import panel as pn
from markupsafe import Markup

from dashboards.components.decision import said_on
from dashboards.components.look import beside, button, column, html
from dashboards.staff.acting import Acting, Reader, outcome, until_done
from portal_core.domain.school import Half
from portal_core.services import desk
from portal_core.services.desk import Run, Waiting

SHOWN = 25
HALVES = {Half.AM: "morning", Half.PM: "afternoon"}


class SeeTo(Acting):
    """A task that ends by being seen to."""

    def __init__(self, reader: Reader, task: int) -> None:
        super().__init__(reader)
        self.task = task

    async def see_to(self, _: Any = None) -> None:
        """Mark it as done."""
        if await self.perform(desk.see_to, task=self.task) is not None:
            self.tell("Done.", done=True)


def tasks(reader: Reader, waiting: list[Waiting]) -> pn.Column:
    """The tasks, oldest first, each with the way to whom it is about."""
    if not waiting:
        return column(html("<h3>Tasks</h3><p>Nothing waits for you.</p>"))
    zone, parts = reader.now().zone, []
    for task in waiting[:SHOWN]:
        people = [("adult", task.adult), ("pupil", task.pupil)]
        named = Markup(", ").join(
            Markup('<a href="/staff/{}/{}">{}</a>').format(kind, one.id, one.name)
            for kind, one in people
            if one is not None
        )
        kind = str(task.kind)
        words = html(
            str(Markup("<p><b>{}</b> {} <span class=hint>since {}</span></p>").format(
                kind[:1].upper() + kind[1:], named or task.about, said_on(task.opened_at.astimezone(zone).date(), zone)))
        )  # fmt: skip
        if task.kind in desk.TO_BE_SEEN:
            model = SeeTo(reader, task.id)
            parts += [*until_done(model, beside(words, button("Seen to", model.see_to, "default"))), outcome(model)]
        else:
            parts.append(words)
    more = len(waiting) - SHOWN
    if more > 0:
        parts.append(
            html(f"<p class=hint>and {more}{' or more' if len(waiting) >= desk.MOST else ''} after these.</p>")
        )
    return column(html("<h3>Tasks, the oldest first</h3>"), *parts)


def brought(kind: str, counts: Mapping[str, int]) -> str:
    """What an import did with one kind of rows."""
    done = ", ".join(f"{counts[what]:,} {what}" for what in ("new", "changed", "leaving") if counts.get(what))
    return f"{kind}: {done or 'as they were'}"


def imports(reader: Reader, runs: list[Run], registers: list[Any]) -> pn.Column:
    """What came last from the school's system."""
    zone = reader.now().zone
    if not runs:
        return column(
            html("<h3>Imports</h3><p>Nothing has been imported yet. Run <code>portal import</code> on the server.</p>")
        )
    rows = Markup("").join(
        Markup("<tr><th scope=row>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>").format(
            said_on(run.started_at, zone), said_on(run.data_as_of, zone),
            "; ".join(brought(kind, counts) for kind, counts in run.report.get("kinds", {}).items()) or "nothing",
            f"{run.report.get('refused', 0):,}",
        )
        for run in runs
    )  # fmt: skip
    came = Markup("").join(
        Markup("<li>{}, {}: came {}</li>").format(said_on(day, zone), HALVES[half], said_on(at, zone))
        for day, half, at in registers[:6]
    )
    return column(
        html(str(Markup(
            '<h3>Imports</h3><div class="scroll" role="region" tabindex="0" aria-label="Imports"><table><caption>The latest imports</caption>'
            "<thead><tr><th scope=col>Entered</th><th scope=col>Data as of</th><th scope=col>What it did</th><th scope=col>Rows refused</th>"
            "</tr></thead><tbody>{}</tbody></table></div><h3>Registers that came last</h3><ul>{}</ul>").format(rows, came)))
    )  # fmt: skip
