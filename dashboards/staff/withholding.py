"""Withholding an adult's access on one ground, after a preview of what they lose (REVOKE-1 to REVOKE-3)."""

from datetime import date
from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import GROUND_NAMES, said_on
from dashboards.components.look import button, column, field, html
from dashboards.components.tables import STACKS, table_html
from dashboards.staff.acting import UNCHOSEN, Acting, Reader, asking, choices, heading, outcome, until_done
from dashboards.staff.days import LONGEST_DAY, WRITTEN, after, at_start, typed_day
from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput
from portal_core.services import casework, parties
from portal_core.services.families import Around, Person
from portal_core.services.parties import Party
from portal_core.services.withheld import REFERENCE_LENGTH, lacking

GROUNDS = UNCHOSEN | {name.capitalize(): one for one, name in GROUND_NAMES.items() if one is not Clause.REVOKE_4}
WHEN = {
    Clause.REVOKE_1: "If you leave it empty, it is looked at again on {}.",
    Clause.REVOKE_2: "An order needs this day or its last day.",
    Clause.REVOKE_3: "If you leave it empty, no day is set.",
}
"""What an empty day of review means, by the ground."""


class Restrict(Acting):
    """One adult, a ground, the children concerned; looked at before it is done. `review` is the usual day to look again."""

    clause = param.Selector(objects=GROUNDS, default="")
    pupils = param.ListSelector(default=[], objects={})
    evidence = param.String(default="")
    limits = param.String(default="", doc="What a court's order limits, as whoever read it writes it down.")
    review_on = param.String(default="", doc="A day as people write it; empty leaves it to the school's setting.")
    first_day = param.String(default="", doc="The first day on which it holds; empty is at once.")
    last_day = param.String(default="", doc="The last day on which it holds; empty is until it is lifted.")
    seen = param.ClassSelector(
        class_=tuple, constant=True, doc="The preview; None until asked for, and after each change."
    )

    def __init__(self, reader: Reader, adult: Around, review: date | None = None, **params: Any) -> None:
        super().__init__(reader, **params)
        self.adult, self.review = adult, review
        self.param.pupils.objects = choices(Person(tie.pupil_id, tie.pupil) for tie in adult.ties)

    @property
    def whole(self) -> bool:
        """A breach concerns the whole account; the other grounds only the children named."""
        return bool(self.clause is Clause.REVOKE_3)

    @param.depends("clause", "pupils", "evidence", "limits", "review_on", "first_day", "last_day", watch=True)
    def _forget(self) -> None:
        self.show(seen=None)

    async def look(self, _: Any = None) -> None:
        """Who would lose what; all that stands in the way of doing it is said here."""
        _, faults = self._given()
        if faults:
            self.mark(faults)
            return
        chosen = None if self.whole else self.pupils
        found = await self.perform(parties.preview, pupils=chosen, adults=[self.adult.id])
        if found is not None:
            self.show(seen=tuple(found.answer))

    async def confirm(self, _: Any = None) -> None:
        """Do it; only after the preview of just this."""
        if self.seen is None:
            self.tell("Please look at the preview first.", failed=True)
            return
        given, faults = self._given()
        if faults:
            self.mark(faults)
            return
        made = await self.perform(
            casework.restrict, adult=self.adult.id, pupils=None if self.whole else self.pupils, **given
        )
        if made is not None:
            begins = given["begins_at"]
            when = f"from {said_on(begins, self.reader.now().zone)} on" if begins else "from now on"
            await self.finish(f"Access of {self.adult.name} is withheld {when}.")

    def _given(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What was entered, as the service takes it, and what is wrong with it or missing, by field."""
        days, unreadable = dict[str, date | None](), dict[str, str]()
        for name in ("review_on", "first_day", "last_day"):
            try:
                days[name] = typed_day(getattr(self, name))
            except BadInput as fault:
                days[name], unreadable[name] = None, str(fault)
        at = self.reader.now()
        given = {
            "clause": self.clause or Clause.REVOKE_1, "evidence": self.evidence, "review_on": days["review_on"],
            "begins_at": at_start(days["first_day"], at.zone), "ends_at": after(days["last_day"], at.zone),
            "limits": self.limits.strip() if self.clause is Clause.REVOKE_2 else "",
        }  # fmt: skip
        faults = {} if self.clause else {"clause": "Please choose the ground."}
        faults |= lacking(at=at, whole_account=self.whole or not self.clause, pupils=self.pupils, **given)
        return given, faults | unreadable


def preview_html(seen: tuple[Party, ...] | None) -> str:
    """Who no longer sees whom, as a table."""
    if seen is None:
        return ""
    if not seen:
        return "<p>No adult is connected with these children. Whoever is connected later is refused as well.</p>"
    rows = [
        (
            one.adult.name,
            ", ".join(c.name for c in one.loses) or "nobody: they do not see any of these children now",
            ", ".join(c.name for c in one.keeps) or "nobody else",
            _signed_in(one),
        )
        for one in seen
    ]
    table = table_html("If you confirm", ("Adult", "No longer sees", "Still sees", "Has the portal open now"), rows)
    return str(Markup('<div role="region" aria-label="Preview">{}</div>').format(table))


def _signed_in(one: Party) -> str:
    """What becomes of the pages that they have open."""
    if not one.live_logins:
        return "no"
    places = "" if one.live_logins == 1 else f", signed in {one.live_logins} times"
    then = ": what shows these children closes as soon as access is withheld" if one.loses else ""
    return f"yes{places}{then}"


def previewed(model: Any) -> pn.pane.HTML:
    """The preview of a screen that has one, until it is done."""
    shown = param.bind(lambda seen, done: "" if done else preview_html(seen), model.param.seen, model.param.done)
    return html(shown, STACKS)


def layout(model: Restrict) -> pn.Column:
    """The choice, the preview, the confirmation."""

    def shown_if(whole: bool, part: Any) -> Any:
        part.visible = param.bind(
            lambda clause, done: bool(clause) and (clause is Clause.REVOKE_3) is whole and not done,
            model.param.clause, model.param.done,
        )  # fmt: skip
        return part

    def when(clause: Clause | str) -> str:
        words = WHEN[Clause(clause)].format(said_on(model.review, model.reader.now().zone)) if clause else ""
        return f"<p class=hint>{words}</p>" if words else ""

    confirm = button("Withhold access", model.confirm, "danger")
    confirm.visible = param.bind(lambda seen, done: seen is not None and not done, model.param.seen, model.param.done)
    text = pn.widgets.TextInput
    ground, evidence, review, hint, first, last, look = until_done(
        model,
        asking(model, pn.widgets.Select, "clause", "On which ground?"),
        asking(model, text, "evidence", "Evidence or decision it rests on, as filed", max_length=REFERENCE_LENGTH),
        asking(model, text, "review_on", f"To be looked at again on ({WRITTEN})", max_length=LONGEST_DAY),
        html(param.bind(when, model.param.clause)),
        asking(
            model,
            text,
            "first_day",
            f"First day, if it is not to begin at once ({WRITTEN})",
            max_length=LONGEST_DAY,
        ),
        asking(model, text, "last_day", f"Last day, if an order says one ({WRITTEN})", max_length=LONGEST_DAY),
        button("Preview", model.look, "default"),
    )
    limits = asking(
        model, text, "limits", "What the order limits, as it says (such as contact)", max_length=REFERENCE_LENGTH
    )
    limits.visible = param.bind(
        lambda clause, done: clause is Clause.REVOKE_2 and not done, model.param.clause, model.param.done
    )
    return column(
        html("<h3>Withhold access</h3>"),
        ground,
        shown_if(False, heading(model, "pupils", "Which children are concerned?")),
        shown_if(False, field(pn.widgets.CheckBoxGroup, model.param.pupils, "Children concerned")),
        shown_if(True, html("<p>A breach of the policy concerns the whole account.</p>")),
        evidence, limits, review, hint, first, last, look, previewed(model), confirm,
        outcome(model),
    )  # fmt: skip
