"""What a task is about, as a way on: whoever it names by name, and the page on which it is done."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from dashboards.components.decision import said_on
from portal_core.domain.clauses import Duty
from portal_core.services.desk import Waiting
from portal_core.services.families import Person
from portal_core.store.school import TaskKind

DONE_AT: Mapping[TaskKind, tuple[str, str]] = {
    TaskKind.ACCESS_REQUEST: ("/staff/requests/{}", "Read request {}"),
    TaskKind.INFORMATION: ("/staff/information/{}", "Read request {}"),
    TaskKind.ENQUIRY: ("/staff/enquiries", "Read enquiry {}"),
}
"""Where what somebody asked is answered, by the kind of the task; whoever has such a task may go there."""
PAGES = {
    "adult": ("/staff/adult/{}", Duty.FIND_PEOPLE),
    "pupil": ("/staff/pupil/{}", Duty.FIND_PEOPLE),
    "staff": ("/staff/colleagues/{}", Duty.KEEP_STAFF),
}
"""Each person's page, and the duty of whoever may go there."""
LINK = Markup('<a href="{}">{}</a>')


def about(task: Waiting, held: Collection[Duty], zone: ZoneInfo, also: Sequence[Person] = ()) -> Markup:
    """Whom a task is about, `also` further pupils: a name leads to its page for a reader who may go there; else the day."""
    ways = []
    if task.kind in DONE_AT:
        page, words = DONE_AT[task.kind]
        [number] = re.findall(r"^[a-z]+:(\d+)", task.about) or [""]
        ways.append(LINK.format(page.format(number), words.format(number)))
    named = [("adult", task.adult), ("pupil", task.pupil), *(("pupil", one) for one in also), ("staff", task.colleague)]
    for kind, one in named:
        if one is not None:
            page, needed = PAGES[kind]
            ways.append(LINK.format(page.format(one.id), one.name) if needed in held else escape(one.name))
    if ways:
        return Markup(", ").join(ways)
    what, _, of = task.about.partition(":")
    return escape(f"last data of {said_on(date.fromisoformat(of), zone)}" if what == "day" else task.about)
