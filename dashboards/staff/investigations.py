"""Suspending all parties of a child while a concern is looked into, and what becomes of each when it is closed (REVOKE-4)."""

from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import said_on
from dashboards.components.look import button, column, field, html
from dashboards.staff.acting import UNCHOSEN, Acting, Reader, choices, outcome, until_done
from dashboards.staff.withholding import preview_html
from portal_core.services import casework, parties
from portal_core.services.caseload import OpenCase
from portal_core.services.families import Around, Person
from portal_core.store.casework import Outcome

OUTCOMES = UNCHOSEN | {"Access as before": Outcome.REINSTATED, "Stays withheld": Outcome.RESTRICTED}


class Suspend(Acting):
    """A child, brothers and sisters one by one, a reference; looked at before it is done."""

    also = param.ListSelector(default=[], objects={}, doc="Brothers and sisters to be included.")
    reference = param.String(default="")
    seen = param.ClassSelector(
        class_=tuple, constant=True, doc="The preview; None until asked for, and after each change."
    )

    def __init__(self, reader: Reader, pupil: Around, siblings: list[Person], **params: Any) -> None:
        super().__init__(reader, **params)
        self.pupil = pupil
        self.param.also.objects = choices(siblings)

    @property
    def pupils(self) -> list[int]:
        """All that it would concern."""
        return [self.pupil.id, *self.also]

    @param.depends("also", "reference", watch=True)
    def _forget(self) -> None:
        self.show(seen=None)

    async def look(self, _: Any = None) -> None:
        """Every adult who would be affected."""
        found = await self.perform(parties.preview, pupils=self.pupils)
        if found is not None:
            self.show(seen=tuple(found.answer))

    async def confirm(self, _: Any = None) -> None:
        """Do it; only after the preview of just this."""
        if self.seen is None:
            self.tell("Please look at the preview first.", failed=True)
            return
        made = await self.perform(casework.open_investigation, pupils=self.pupils, reference=self.reference)
        if made is not None:
            self.tell("All parties are suspended, and open pages are closing now.", done=True)


def layout(model: Suspend) -> pn.Column:
    """The choice, the preview, the confirmation."""
    confirm = button("Suspend all of these adults now", model.confirm, "danger")
    confirm.visible = param.bind(lambda seen, done: seen is not None and not done, model.param.seen, model.param.done)
    also: list[Any] = []
    if model.param.also.objects:
        also = [
            html("<p><b>Brothers and sisters: include any?</b></p>"),
            field(pn.widgets.CheckBoxGroup, model.param.also, "Include"),
        ]
    return column(
        html(
            "<h3>Suspend all parties</h3><p>Everybody connected with this child loses access until you have looked into it, those"
            " connected later too. They are not told why.</p>"
        ),
        *until_done(
            model,
            *also,
            field(pn.widgets.TextInput, model.param.reference, "Reference of your safeguarding record (never the story)",
                  max_length=casework.REFERENCE_LENGTH),
            button("Preview", model.look, "default"),
        ),
        html(param.bind(lambda seen, done: "" if done else preview_html(seen), model.param.seen, model.param.done)), confirm,
        outcome(model),
    )  # fmt: skip


class Finding(param.Parameterized):
    """What becomes of one party."""

    outcome = param.Selector(objects=OUTCOMES, default="")

    def __init__(self, adult: Person) -> None:
        super().__init__()
        self.adult = adult


class Close(Acting):
    """An open investigation, and an outcome for each party."""

    def __init__(self, reader: Reader, case: OpenCase) -> None:
        super().__init__(reader)
        self.case = case
        self.findings = [Finding(party.adult) for party in case.parties]

    async def close(self, _: Any = None) -> None:
        """Close it, if each party has an outcome; the service asks for a second person."""
        outcomes = {one.adult.id: one.outcome for one in self.findings}
        if not all(outcomes.values()):
            self.tell("Please choose an outcome for each person.", failed=True)
            return
        if await self.perform(casework.close_investigation, investigation=self.case.id, outcomes=outcomes) is not None:
            self.tell("The investigation is closed. Other grounds, if there are any, still hold.", done=True)
        elif self.failed:
            self.show(changed=True)  # most often somebody was connected since this page was made


def open_cases(reader: Reader, cases: list[OpenCase]) -> pn.Column:
    """The investigations that are open, each with its parties and the way to close it."""
    parts: list[Any] = [html("<h3>Open investigations</h3>" + ("" if cases else "<p>None.</p>"))]
    for case in cases:
        model = Close(reader, case)
        about = ", ".join(pupil.name for pupil in case.pupils)
        words = Markup("<p><b>{}</b><br>Record {}, opened on {} by {}</p>").format(
            about, case.reference, said_on(case.opened_at, reader.now().zone), case.opened_by.name
        )
        parts.append(html(str(words)))
        if case.opened_by.id == reader.principal.staff_id:
            parts.append(html("<p class=hint>You opened this: somebody else with this duty closes it.</p>"))
            continue
        fields = [field(pn.widgets.Select, one.param.outcome, one.adult.name) for one in model.findings]
        parts += [*until_done(model, *fields, button("Close the investigation", model.close)), outcome(model)]
    return column(*parts)
