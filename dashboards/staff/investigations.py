"""Suspending all parties of a child while a concern is looked into, and what becomes of each when it is closed (REVOKE-4)."""

from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import said_on
from dashboards.components.look import button, column, field, html
from dashboards.staff.acting import Acting, Reader, outcome, until_done
from dashboards.staff.withholding import preview_html
from portal_core.services import casework, parties
from portal_core.services.caseload import OpenCase
from portal_core.services.families import Around, Person
from portal_core.store.casework import Outcome

OUTCOMES = {"Please choose": None, "Access as before": Outcome.REINSTATED, "Stays withheld": Outcome.RESTRICTED}


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
        self.param.also.objects = {one.name: one.id for one in siblings}

    @property
    def pupils(self) -> list[int]:
        """All that it would concern."""
        return [self.pupil.id, *self.also]

    @param.depends("also", "reference", watch=True)
    def _forget(self) -> None:
        with param.edit_constant(self):
            self.seen = None

    async def look(self, _: Any = None) -> None:
        """Every adult who would be affected."""
        found = await self.perform(parties.preview, pupils=self.pupils)
        if found is not None:
            with param.edit_constant(self):
                self.seen = tuple(found.answer)

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
        html(param.bind(preview_html, model.param.seen)), confirm, outcome(model),
    )  # fmt: skip


class Close(Acting):
    """An open investigation, and an outcome for each party."""

    def __init__(self, reader: Reader, case: OpenCase) -> None:
        super().__init__(reader)
        self.case = case
        for party in case.parties:
            self.param.add_parameter(f"party_{party.adult.id}", param.Selector(objects=dict(OUTCOMES), default=None))

    async def close(self, _: Any = None) -> None:
        """Close it, if each party has an outcome; the service asks for a second person."""
        chosen = {party.adult.id: getattr(self, f"party_{party.adult.id}") for party in self.case.parties}
        outcomes = {adult: outcome for adult, outcome in chosen.items() if outcome is not None}
        if len(outcomes) < len(chosen):
            self.tell("Please choose an outcome for each person.", failed=True)
            return
        if await self.perform(casework.close_investigation, investigation=self.case.id, outcomes=outcomes) is not None:
            self.tell("The investigation is closed. Other grounds, if there are any, still hold.", done=True)


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
        fields = [
            field(pn.widgets.Select, model.param[f"party_{one.adult.id}"], one.adult.name) for one in case.parties
        ]
        parts += [*until_done(model, *fields, button("Close the investigation", model.close)), outcome(model)]
    return column(*parts)
