"""Suspending all parties of a child while a concern is looked into, and what becomes of each when it is closed (REVOKE-4)."""

from collections.abc import Iterable
from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import said_on
from dashboards.components.look import button, column, field, html
from dashboards.staff.acting import UNCHOSEN, Acting, Reader, asking, choices, heading, outcome, until_done
from dashboards.staff.withholding import previewed
from portal_core.services import caseload, casework, parties
from portal_core.services.caseload import Afterwards, OpenCase
from portal_core.services.families import Around, Person
from portal_core.services.withheld import REFERENCE_LENGTH
from portal_core.store.casework import Outcome

OUTCOMES = UNCHOSEN | {"Access as before": Outcome.REINSTATED, "Stays withheld": Outcome.RESTRICTED}
MEANS = (
    "<p class=hint>“Access as before”: this investigation no longer stands against them; whatever else does still holds."
    " “Stays withheld”: they get a ground of their own, concern or dispute (REVOKE-4), with a day on which it is looked at again.</p>"
)
REFERENCE = "Reference of your safeguarding record (never the story)"


class Suspend(Acting):
    """A child, brothers and sisters one by one, a reference; looked at before it is done."""

    also = param.ListSelector(default=[], objects={}, doc="Brothers and sisters to be included.")
    reference = param.String(default="")
    again = param.Boolean(
        default=True, constant=True, doc="False where an investigation is open and nobody asked for another."
    )
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
        """Every adult who would be affected; all that stands in the way of doing it is said here."""
        if not self.reference.strip():
            self.mark({"reference": "Please give the reference of your safeguarding record."})
            return
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
            await self.finish(
                "All parties are suspended. Live pages are closing now, and whatever they load next is refused."
            )


def layout(model: Suspend, cases: Iterable[OpenCase] = ()) -> pn.Column:
    """The choice, the preview, the confirmation; where all parties are suspended already, only once somebody asks again."""
    confirm = button("Suspend all of these adults now", model.confirm, "danger")
    confirm.visible = param.bind(lambda seen, done: seen is not None and not done, model.param.seen, model.param.done)
    also: list[Any] = []
    if model.param.also.objects:
        also = [
            heading(model, "also", "Brothers and sisters: include any?"),
            field(pn.widgets.CheckBoxGroup, model.param.also, "Include"),
        ]
    form = column(
        html("<p>Everybody connected with this child loses access until you have looked into it, those connected later too. They"
             " are not told why.</p>"),
        *until_done(
            model, *also, asking(model, pn.widgets.TextInput, "reference", REFERENCE, max_length=REFERENCE_LENGTH),
            button("Preview", model.look, "default"),
        ),
        previewed(model), confirm, outcome(model),
    )  # fmt: skip
    records = ", ".join(case.reference for case in cases)
    if not records:
        return column(html("<h3>Suspend all parties</h3>"), form)
    model.show(again=False)
    form.visible = model.param.again
    another = button("Suspend them for a second, separate concern", lambda _: model.show(again=True), "default")
    another.visible = param.bind(lambda again: not again, model.param.again)
    words = Markup("<h3>Suspend all parties</h3><p>All parties of this child are suspended already: record {}.</p>")
    return column(html(str(words.format(records))), another, form)


class Finding(param.Parameterized):
    """What becomes of one party."""

    outcome = param.Selector(objects=OUTCOMES, default="")

    def __init__(self, adult: Person) -> None:
        super().__init__()
        self.adult = adult


class Close(Acting):
    """An open investigation, and an outcome for each party; looked at before it is done."""

    seen = param.ClassSelector(
        class_=tuple, constant=True, doc="The preview; None until asked for, and after each change."
    )

    def __init__(self, reader: Reader, case: OpenCase) -> None:
        super().__init__(reader)
        self.case = case
        self.findings = [Finding(party.adult) for party in case.parties]
        for one in self.findings:
            one.param.watch(lambda _: self.show(seen=None), "outcome")

    @property
    def outcomes(self) -> dict[int, Any]:
        """What was chosen for each party."""
        return {one.adult.id: one.outcome for one in self.findings}

    async def look(self, _: Any = None) -> None:
        """Who would see whom again."""
        if missing := [one.adult.name for one in self.findings if not one.outcome]:
            self.tell(f"Please choose an outcome for each person. It is missing for {', '.join(missing)}.", failed=True)
            return
        found = await self.perform(caseload.after_closing, investigation=self.case.id, outcomes=self.outcomes)
        if found is not None:
            self.show(seen=tuple(found.answer))

    async def close(self, _: Any = None) -> None:
        """Close it, if just this was looked at; the service asks for a second person."""
        if self.seen is None:
            self.tell("Please look at the preview first.", failed=True)
            return
        given = {"investigation": self.case.id, "outcomes": self.outcomes}
        if await self.perform(casework.close_investigation, **given) is not None:
            await self.finish("The investigation is closed. Other grounds, if there are any, still hold.")
        elif self.failed:
            self.show(changed=True)  # most often somebody was connected since this page was made


def afterwards_html(reader: Reader, seen: tuple[Afterwards, ...] | None) -> str:
    """Who will see whom again and who will not, a sentence each."""
    if seen is None:
        return ""
    said = Markup("").join(
        Markup("<li>{} <b>{}</b> {}{}.</li>").format(one.adult.name, will, ", ".join(child.name for child in children), more)
        for one in seen
        for will, children, more in (
            ("will see again:", one.regains, ""),
            ("will not see:", one.kept, _kept(one, said_on(one.review_on, reader.now().zone))),
        )
        if children
    )  # fmt: skip
    listed = Markup("<ul>{}</ul>").format(said) if said else Markup("<p>Nobody is connected with these children.</p>")
    return str(
        Markup('<div role="region" aria-label="What closing it brings"><p>If you close it now:</p>{}</div>').format(
            listed
        )
    )


def _kept(one: Afterwards, review: str) -> str:
    if one.review_on is not None:
        return f", withheld for concern or dispute (REVOKE-4), to be looked at again on {review}"
    return ", as something else stands against it, which their page names"


def open_cases(reader: Reader, cases: list[OpenCase], closers: list[Person] | None = None) -> pn.Column:
    """The investigations that are open, each with its parties and the way to close it; `closers` are colleagues who can."""
    parts: list[Any] = [html("<h3>Open investigations</h3>" + ("" if cases else "<p>None.</p>"))]
    for case in cases:
        about = Markup(", ").join(
            Markup('<a href="/staff/pupil/{}">{}</a>').format(pupil.id, pupil.name) for pupil in case.pupils
        )
        words = Markup("<p><b>{}</b><br>Record {}, opened on {} by {}</p>").format(
            about, case.reference, said_on(case.opened_at, reader.now().zone), case.opened_by.name
        )
        parts.append(html(str(words)))
        mine = case.opened_by.id == reader.principal.staff_id
        parts += [html(_another(closers or []))] if mine else _closing(Close(reader, case))
    return column(*parts)


def _another(closers: list[Person]) -> str:
    if not closers:
        return (
            "<p class=hint>You opened this: somebody else with this duty closes it, and nobody else holds it now. Please ask an"
            " administrator to give the role to a second person.</p>"
        )
    names = " or ".join(one.name for one in closers)
    return str(
        Markup(
            "<p class=hint>You opened this: somebody else with this duty closes it. If it was a mistake, please ask {} to close"
            " it with “Access as before” for each person.</p>"
        ).format(names)
    )


def _closing(model: Close) -> list[Any]:
    close = button("Close the investigation now", model.close, "danger")
    close.visible = param.bind(lambda seen, done: seen is not None and not done, model.param.seen, model.param.done)
    shown = param.bind(
        lambda seen, done: "" if done else afterwards_html(model.reader, seen), model.param.seen, model.param.done
    )
    fields = [field(pn.widgets.Select, one.param.outcome, one.adult.name) for one in model.findings]
    ask = until_done(model, *fields, html(MEANS), button("Preview what closing it brings", model.look, "default"))
    return [*ask, html(shown), close, outcome(model)]
