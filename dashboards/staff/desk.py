"""The desk: tasks that wait, and for a data manager what the last imports brought."""

from collections.abc import Mapping, Sequence
from typing import Any

import panel as pn
import param
from markupsafe import Markup, escape

from dashboards.components.decision import said_on
from dashboards.components.look import beside, button, column, html
from dashboards.components.subject import about
from dashboards.components.tables import STACKS, table_html
from dashboards.staff.acting import Acting, Reader, asking, outcome, until_done
from dashboards.staff.days import LIKE, LONGEST_DAY, WRITTEN, typed_day
from portal_core.domain.school import Half
from portal_core.errors import BadInput
from portal_core.policy.duties import duties
from portal_core.services import desk
from portal_core.services.desk import Arrival, Run, Waiting
from portal_core.services.families import Person
from portal_core.services.import_matches import SAME_UPN, UNDER
from portal_core.services.leavers import confirm_leaver
from portal_core.services.new_ids import take_new_id
from portal_core.services.tasks import OneTask
from portal_core.store.school import TaskKind

SHOWN = 25
HALVES = {Half.AM: "morning", Half.PM: "afternoon"}


HINTS = {
    TaskKind.VERIFY_RESPONSIBILITY: "Go through the checks on the adult’s page.",
    TaskKind.RESPONSIBILITY_WITHDRAWN: "Access is withheld. Ask the family, and have the records corrected if they are wrong.",
    TaskKind.COURT_FLAG: "Access is withheld. Read the order, and decide on the adult’s page.",
    TaskKind.CHILD_LINKED_LATER: "Access is withheld. Decide on the adult’s page whether the order covers this child.",
    TaskKind.MISSING_PUPIL: "If the child has left, give the last day on roll. If not, have the next file checked.",
    TaskKind.MAIL_CAME_BACK: "Nothing is sent to this address until you have seen to it. Ask for the right address and have it put on record.",
    TaskKind.MAIL_UNSURE: "Sending was broken off. It was not sent again, so that nobody gets it twice: ask the person if it matters.",
    TaskKind.SECOND_CHECK: "A colleague went through the checks, and a second person must look at them. Do it on the adult’s page.",
    TaskKind.ACCESS_REQUEST: "Somebody asks for access. Match them with the records, then go through the checks.",
    TaskKind.ENQUIRY: "Somebody asked about the portal: answer under Enquiries.",
    TaskKind.UNCLEAR_MATCH: "One id, and it seems another person: the rows were left out. If it is somebody else, correct the id in your "
    "school’s system. If you say it is the same person, the office verifies anew who may see what.",
    TaskKind.OLD_DATA: "Find out why nothing has come from your school’s system. Parents are told how old the data is.",
    TaskKind.SHARED_SIGN_IN: "Two sign-ins from different places and browsers were in use at the same time. It may well be one person"
    " with a telephone and a computer. Nothing has been done about it: ask kindly, and offer a new code if somebody else knows the password.",
    TaskKind.SHARED_STAFF_SIGN_IN: "Two sign-ins from different places and browsers were in use at the same time. It may well be one"
    " person with a telephone and a computer. Nothing has been done about it: ask your colleague.",
    TaskKind.SIGN_IN_DISOWNED: "Their sign-ins are ended and their password is void. Speak with them, and renew their code once you are sure who they are.",
    TaskKind.STAFF_SIGN_IN_DISOWNED: "Their sign-ins are ended and their password is void. Speak with them, and renew their code on their page under Accounts of staff.",
    TaskKind.EMAIL_CHANGED: "They confirmed it from both addresses. Correct it in your school’s system.",
    TaskKind.WAY_IN_FOR_LEADS: "They were given a code or a role that opens children’s records, the grounds or the accounts of staff. Ask them in person"
    " whether they wanted it and have the code themselves. If not, have an administrator close the account at once.",
    TaskKind.WAY_IN_FOR_ADMINISTRATORS: "They were given a code or a role that opens children’s records, the grounds or the accounts of staff. Ask them in"
    " person whether they wanted it and have the code themselves. If not, close the account at once.",
    TaskKind.INFORMATION: "Somebody asks for what is held on this child. Read it, and release or refuse it under Information.",
    TaskKind.BULK_EXPORT: "They took a large part of the audit away as a file. Ask them what for.",
    TaskKind.COLLEAGUE_LEFT: "Not in the last full file: their roles count no more. Close the account below, or have your school’s"
    " system corrected if they still work here.",
}
"""What to do about each kind of task."""
NEW_ID = Markup(
    "The files have this person a second time, under the id {}: those rows were left out. If your school’s system holds one person "
    "twice, join the two there. If you say it is the same person, the office verifies anew who may see what."
)
NEW_ID_SAME_UPN = NEW_ID + Markup(" Two pupils never have the same UPN: if they are two, correct it there.")
"""What to do where the marks of somebody on record come under an id that is not."""
ENDS = {
    TaskKind.UNCLEAR_MATCH: "It is the same person",
    TaskKind.MISSING_PUPIL: "Still on roll",
    TaskKind.MAIL_CAME_BACK: "The address is right now",
    TaskKind.WAY_IN_FOR_LEADS: "I have asked them",
    TaskKind.WAY_IN_FOR_ADMINISTRATORS: "I have asked them",
}
"""What it means to have seen to a task, where that is more than having read it."""


class SeeTo(Acting):
    """A task that ends by being seen to."""

    last_day = param.String(default="", doc="Of a pupil who has left: a day as people write it.")

    def __init__(self, reader: Reader, task: int, about: str = "one task") -> None:
        super().__init__(reader, which=task)
        self.task, self.about = task, about

    async def see_to(self, _: Any = None) -> None:
        """Mark it as done."""
        if await self.perform(desk.see_to, task=self.task) is not None:
            await self.finish(f"Seen to: {self.about}.")

    async def took_new_id(self, _: Any = None) -> None:
        """Let the record go on under the id that the files give."""
        if await self.perform(take_new_id, task=self.task) is not None:
            await self.finish("Done. The record goes on under the new id, and the office verifies who may see it.")

    async def has_left(self, _: Any = None) -> None:
        """End the pupil's spell on roll."""
        try:
            last_day = typed_day(self.last_day)
        except BadInput as fault:
            self.mark({"last_day": str(fault)})
            return
        if last_day is None:
            self.mark({"last_day": f"Please write the last day on roll, like {LIKE}."})
        elif await self.perform(confirm_leaver, task=self.task, last_day=last_day) is not None:
            await self.finish(f"Done: {self.about}. Nobody sees this child’s record any more.")


def tasks(reader: Reader, waiting: list[Waiting]) -> pn.Column:
    """The tasks, oldest first, each with the way to whom it is about; decisions on one adult stand together."""
    together: dict[tuple[object, ...], list[Waiting]] = {}
    for task in waiting:
        alone = task.adult is None or task.kind in desk.TO_BE_SEEN
        together.setdefault((task.kind, task.id) if alone else (task.kind, 0, task.adult), []).append(task)
    groups = list(together.values())
    parts = [
        part
        for task, *more in groups[:SHOWN]
        for part in _task(reader, task, [one.pupil for one in more if one.pupil is not None])
    ]
    left = len(groups) - SHOWN
    if left > 0:
        or_more = " or more" if len(waiting) >= desk.MOST else ""
        parts.append(html(f"<p class=hint>and {left}{or_more} after these.</p>"))
    return column(html("<h3>Tasks, the oldest first</h3>"), *parts)


def one_task(reader: Reader, one: OneTask) -> pn.Column:
    """One task on its own page."""
    return column(*_task(reader, one.waiting))


def _task(reader: Reader, task: Waiting, also: Sequence[Person] = ()) -> list[Any]:
    kind, zone = str(task.kind), reader.now().zone
    whom = about(task, duties(reader.principal), zone, also)
    model = SeeTo(reader, task.id, f"{kind}, {whom.striptags()}")
    known_as, under, new_id = task.about.partition(UNDER)
    one = known_as.endswith(SAME_UPN)
    hint = (NEW_ID_SAME_UPN if one else NEW_ID).format(new_id) if under else escape(HINTS[task.kind])
    words = Markup("<p><b>{}</b> {} <span class=hint>since {}<br>{}</span></p>").format(
        kind[:1].upper() + kind[1:], whom, said_on(task.opened_at.astimezone(zone).date(), zone), hint
    )  # fmt: skip
    if task.kind not in desk.TO_BE_SEEN:
        return [html(str(words))]
    ends = [button(ENDS.get(task.kind, "Seen to"), model.see_to, "default")]
    if under:
        ends = [button("The same person, by a new id", model.took_new_id, "default")]
        if not one:
            ends.append(button("Two people", model.see_to, "default"))
    left: list[Any] = []
    if task.kind is TaskKind.MISSING_PUPIL:
        left = [
            asking(model, pn.widgets.TextInput, "last_day", f"Last day on roll ({WRITTEN})", max_length=LONGEST_DAY)
        ]
        ends.insert(0, button("Has left", model.has_left, "default"))
    return [*until_done(model, html(str(words)), *left, beside(*ends)), outcome(model)]


def brought(kind: str, counts: Mapping[str, int]) -> str:
    """What an import changed in one kind of rows."""
    done = ", ".join(f"{counts[what]:,} {what}" for what in ("new", "changed", "leaving") if counts.get(what))
    return f"{kind}: {done}" if done else ""


def imports(reader: Reader, runs: list[Run], registers: list[Arrival]) -> pn.Column:
    """What came last from the school's system."""
    zone = reader.now().zone
    if not runs:
        return column(
            html("<h3>Imports</h3><p>Nothing has been imported yet. Run <code>portal import</code> on the server.</p>")
        )
    rows = [
        (
            said_on(run.started_at, zone), said_on(run.data_as_of, zone),
            "; ".join(filter(None, (brought(*kind) for kind in run.report.get("kinds", {}).items()))) or "nothing new",
            f"{run.report.get('refused', 0):,}",
        )
        for run in runs
    ]  # fmt: skip
    table = table_html("The latest imports", ("Entered", "Data as of", "What it did", "Rows refused"), rows)
    return column(
        html("<h3>Imports</h3>"),
        html(str(Markup('<div role="region" aria-label="Imports">{}</div>').format(table)), STACKS),
        html(str(Markup("<h3>Registers that came last</h3><ul>{}</ul>").format(_arrivals(reader, registers)))),
    )


def _arrivals(reader: Reader, registers: list[Arrival]) -> Markup:
    zone = reader.now().zone
    return Markup("").join(
        Markup("<li>{}, {}: first came with the data of {}{}</li>").format(
            said_on(one.day, zone), HALVES[one.half], said_on(one.first_came, zone),
            f"; last changed with that of {said_on(one.last_changed, zone)}" if one.last_changed > one.first_came else "",
        )
        for one in registers
    )  # fmt: skip
