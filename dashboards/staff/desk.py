"""The desk: tasks that wait, and for a data manager what the last imports brought."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import panel as pn
import param
from markupsafe import Markup, escape

from dashboards.components.decision import said_on
from dashboards.components.look import beside, button, column, field, html
from dashboards.staff.acting import Acting, Reader, outcome, until_done
from dashboards.staff.withholding import LONGEST_DAY
from portal_core.domain.clauses import Duty
from portal_core.domain.school import Half
from portal_core.importers.values import Unreadable, day
from portal_core.services import desk
from portal_core.services.desk import Run, Waiting
from portal_core.services.leavers import confirm_leaver
from portal_core.store.school import TaskKind

SHOWN = 25
HALVES = {Half.AM: "morning", Half.PM: "afternoon"}


HINTS = {
    TaskKind.VERIFY_RESPONSIBILITY: "Go through the checks on the adult’s page.",
    TaskKind.RESPONSIBILITY_WITHDRAWN: "Access is closed. Ask the family, and have the records corrected if they are wrong.",
    TaskKind.COURT_FLAG: "Access is closed. Read the order, and decide on the adult’s page.",
    TaskKind.CHILD_LINKED_LATER: "Access is closed. Decide on the adult’s page whether the order covers this child.",
    TaskKind.MISSING_PUPIL: "If the child has left, give the last day on roll. If not, have the next file checked.",
    TaskKind.UNCLEAR_MATCH: "One id, another name: the row was left out. If it is somebody else, correct the id in your school’s system.",
    TaskKind.OLD_DATA: "Find out why nothing has come from your school’s system. Parents are told how old the data is.",
    TaskKind.WAY_IN_FOR_LEADS: "They were given a code or a role that opens the grounds or the accounts of staff. Ask them in person"
    " whether they wanted it and have the code themselves. If not, have an administrator close the account at once.",
    TaskKind.WAY_IN_FOR_ADMINISTRATORS: "They were given a code or a role that opens the grounds or the accounts of staff. Ask them in"
    " person whether they wanted it and have the code themselves. If not, close the account at once.",
    TaskKind.COLLEAGUE_LEFT: "Not in the last full file: their roles count no more. Close the account below, or have your school’s"
    " system corrected if they still work here.",
}
"""What to do about each kind of task."""
ENDS = {
    TaskKind.UNCLEAR_MATCH: "It is the same person",
    TaskKind.MISSING_PUPIL: "Still on roll",
    TaskKind.WAY_IN_FOR_LEADS: "I have asked them",
    TaskKind.WAY_IN_FOR_ADMINISTRATORS: "I have asked them",
}
"""What it means to have seen to a task, where that is more than having read it."""


class SeeTo(Acting):
    """A task that ends by being seen to."""

    last_day = param.String(default="", doc="Of a pupil who has left: a day as people write it.")

    def __init__(self, reader: Reader, task: int) -> None:
        super().__init__(reader)
        self.task = task

    async def see_to(self, _: Any = None) -> None:
        """Mark it as done."""
        if await self.perform(desk.see_to, task=self.task) is not None:
            self.tell("Done.", done=True)

    async def has_left(self, _: Any = None) -> None:
        """End the pupil's spell on roll."""
        try:
            last_day = day(self.last_day)
        except Unreadable as fault:
            self.tell(f"Please write the day like 31/01/2027: {fault}.", failed=True)
            return
        if await self.perform(confirm_leaver, task=self.task, last_day=last_day) is not None:
            self.tell("Done. Nobody sees this child’s record any more.", done=True)


def tasks(reader: Reader, waiting: list[Waiting]) -> pn.Column:
    """The tasks, oldest first, each with the way to whom it is about."""
    if not waiting:
        return column(html("<h3>Tasks</h3><p>Nothing waits for you.</p>"))
    parts = [part for task in waiting[:SHOWN] for part in _task(reader, task)]
    more = len(waiting) - SHOWN
    if more > 0:
        or_more = " or more" if len(waiting) >= desk.MOST else ""
        parts.append(html(f"<p class=hint>and {more}{or_more} after these.</p>"))
    return column(html("<h3>Tasks, the oldest first</h3>"), *parts)


def _task(reader: Reader, task: Waiting) -> list[Any]:
    kind, zone, model = str(task.kind), reader.now().zone, SeeTo(reader, task.id)
    words = Markup("<p><b>{}</b> {} <span class=hint>since {}<br>{}</span></p>").format(
        kind[:1].upper() + kind[1:], _about(reader, task), said_on(task.opened_at.astimezone(zone).date(), zone), HINTS[task.kind]
    )  # fmt: skip
    if task.kind not in desk.TO_BE_SEEN:
        return [html(str(words))]
    ends = [button(ENDS.get(task.kind, "Seen to"), model.see_to, "default")]
    left: list[Any] = []
    if task.kind is TaskKind.MISSING_PUPIL:
        left = [
            field(
                pn.widgets.TextInput,
                model.param.last_day,
                "Last day on roll (such as 31/01/2027)",
                max_length=LONGEST_DAY,
            )
        ]
        ends.insert(0, button("Has left", model.has_left, "default"))
    return [*until_done(model, html(str(words)), *left, beside(*ends)), outcome(model)]


def _about(reader: Reader, task: Waiting) -> Markup:
    """Whom it is about, with the way to their page for whoever may find people; else the day, or the record's number."""
    people = [(kind, one) for kind, one in (("adult", task.adult), ("pupil", task.pupil)) if one is not None]
    link = Markup('<a href="/staff/{}/{}">{}</a>')
    if people:
        finds = reader.holds(Duty.FIND_PEOPLE)
        return Markup(", ").join(link.format(kind, one.id, one.name) if finds else one.name for kind, one in people)
    if task.colleague is not None:
        return escape(task.colleague.name)
    what, _, of = task.about.partition(":")
    return (
        Markup("last data of {}").format(said_on(date.fromisoformat(of), reader.now().zone))
        if what == "day"
        else escape(task.about)
    )


def brought(kind: str, counts: Mapping[str, int]) -> str:
    """What an import changed in one kind of rows."""
    done = ", ".join(f"{counts[what]:,} {what}" for what in ("new", "changed", "leaving") if counts.get(what))
    return f"{kind}: {done}" if done else ""


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
            "; ".join(filter(None, (brought(*kind) for kind in run.report.get("kinds", {}).items()))) or "nothing new",
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
