"""Withholding an adult's access, and giving it back: restrictions with a preview, lifting, questions left open (REVOKE-1 to 3)."""

from collections.abc import Callable
from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import said_on
from dashboards.components.look import button, column, field, html
from dashboards.staff.acting import Acting, Reader, outcome, until_done
from portal_core.domain.clauses import Clause
from portal_core.importers.values import Unreadable, day_or_none
from portal_core.services import casework, parties
from portal_core.services.caseload import Held
from portal_core.services.families import Around
from portal_core.services.parties import Party

GROUNDS = {
    "Responsibility is questioned (REVOKE-1)": Clause.REVOKE_1,
    "A court ruling (REVOKE-2)": Clause.REVOKE_2,
    "A breach of the policy (REVOKE-3)": Clause.REVOKE_3,
}


class Restrict(Acting):
    """One adult, a ground, the children concerned; looked at before it is done."""

    clause = param.Selector(objects=GROUNDS)
    pupils = param.ListSelector(default=[], objects={})
    evidence = param.String(default="")
    review_on = param.String(default="", doc="A day as people write it; empty leaves it to the school's setting.")
    seen = param.ClassSelector(
        class_=tuple, constant=True, doc="The preview; None until asked for, and after each change."
    )

    def __init__(self, reader: Reader, adult: Around, **params: Any) -> None:
        super().__init__(reader, **params)
        self.adult = adult
        self.param.pupils.objects = {tie.pupil: tie.pupil_id for tie in adult.ties}

    @property
    def whole(self) -> bool:
        """A breach concerns the whole account; the other grounds only the children named."""
        return bool(self.clause is Clause.REVOKE_3)

    @param.depends("clause", "pupils", "evidence", "review_on", watch=True)
    def _forget(self) -> None:
        with param.edit_constant(self):
            self.seen = None

    async def look(self, _: Any = None) -> None:
        """Who would lose what."""
        if not self.whole and not self.pupils:
            self.tell("Please choose the children that are concerned.", failed=True)
            return
        found = await self.perform(parties.preview, pupils=None if self.whole else self.pupils, adults=[self.adult.id])
        if found is not None:
            with param.edit_constant(self):
                self.seen = tuple(found.answer)

    async def confirm(self, _: Any = None) -> None:
        """Do it; only after the preview of just this."""
        if self.seen is None:
            self.tell("Please look at the preview first.", failed=True)
            return
        try:
            review_on = day_or_none(self.review_on)
        except Unreadable as fault:
            self.tell(f"When is it to be looked at again? {fault}.", failed=True)
            return
        made = await self.perform(
            casework.restrict, adult=self.adult.id, clause=self.clause, pupils=None if self.whole else self.pupils,
            evidence=self.evidence, review_on=review_on,
        )  # fmt: skip
        if made is not None:
            self.tell(f"Access of {self.adult.name} is withheld from now on.", done=True)


def preview_html(seen: tuple[Party, ...] | None) -> str:
    """Who loses and keeps what, as a table."""
    if seen is None:
        return ""
    rows = Markup("").join(
        Markup("<tr><th scope=row>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>").format(
            one.adult.name, ", ".join(c.name for c in one.loses) or "nobody: they see none of these now",
            ", ".join(c.name for c in one.keeps) or "nobody", one.live_logins or "none",
        )
        for one in seen
    )  # fmt: skip
    return str(
        Markup('<div class="scroll" role="region" tabindex="0" aria-label="Preview"><table><caption>If you confirm</caption>'
               "<thead><tr><th scope=col>Adult</th><th scope=col>Loses sight of</th><th scope=col>Keeps</th>"
               "<th scope=col>Signed in now</th></tr></thead><tbody>{}</tbody></table></div>").format(rows)
    )  # fmt: skip


def layout(model: Restrict) -> pn.Column:
    """The choice, the preview, the confirmation."""
    children = field(pn.widgets.CheckBoxGroup, model.param.pupils, "Children concerned")
    named = html("<p><b>Which children are concerned?</b></p>")
    whole = html("<p>A breach of the policy concerns the whole account.</p>")
    for part in (children, named):
        part.visible = param.bind(
            lambda clause, done: clause is not Clause.REVOKE_3 and not done, model.param.clause, model.param.done
        )
    whole.visible = param.bind(
        lambda clause, done: clause is Clause.REVOKE_3 and not done, model.param.clause, model.param.done
    )
    confirm = button("Withhold access now", model.confirm, "danger")
    confirm.visible = param.bind(lambda seen, done: seen is not None and not done, model.param.seen, model.param.done)
    ground, evidence, review, look = until_done(
        model,
        field(pn.widgets.Select, model.param.clause, "On which ground?"),
        field(
            pn.widgets.TextInput,
            model.param.evidence,
            "Evidence or decision it rests on, as filed",
            max_length=casework.REFERENCE_LENGTH,
        ),
        field(
            pn.widgets.TextInput, model.param.review_on, "To be looked at again on (such as 31/01/2027)", max_length=10
        ),
        button("Preview", model.look, "default"),
    )
    return column(
        html("<h3>Withhold access</h3>"), ground, named, children, whole, evidence, review, look,
        html(param.bind(preview_html, model.param.seen)), confirm, outcome(model),
    )  # fmt: skip


class Lift(Acting):
    """One restriction that is in force, or a question that waits for an answer."""

    def __init__(self, reader: Reader, **given: Any) -> None:
        super().__init__(reader)
        self.given = given

    async def lift(self, _: Any = None) -> None:
        """End it; every other ground stays."""
        await self._do(
            casework.lift_restriction, "This restriction is lifted. Other grounds, if there are any, still hold."
        )

    async def decide(self, covered: bool) -> None:
        """Whether a restriction covers a child who was connected later."""
        words = "covers this child" if covered else "does not cover this child"
        await self._do(casework.decide_on_pupil, f"Decided: the restriction {words}.", covered=covered)

    async def settle(self, _: Any = None) -> None:
        """Take the records' flag off, the order having been read."""
        await self._do(
            casework.settle_court_flag,
            "The flag is settled. What a court ordered is in force only as far as restrictions say so.",
        )

    async def _do(self, verb: Callable[..., None], words: str, **more: Any) -> None:
        if await self.perform(verb, **self.given, **more) is not None:
            self.tell(words, done=True)


def restrictions(reader: Reader, held: list[Held], adult: Around) -> pn.Column:
    """Each restriction with the way to lift it, and each question it leaves open."""
    parts: list[Any] = [html("<h3>Restrictions in force</h3>" + ("" if held else "<p>None.</p>"))]
    zone = reader.now().zone
    for one in held:
        scope = "the whole account" if one.whole_account else ", ".join(p.name for p in one.pupils) or "no child"
        ends = f", until {said_on(one.ends_at, zone)}" if one.ends_at else ""
        review = f"; to be looked at again on {said_on(one.review_on, zone)}" if one.review_on else ""
        words = Markup("<p><b>{}: {}</b><br>{}, since {}{}{}<br>Evidence: {}</p>").format(
            one.clause,
            one.clause.asks,
            scope[:1].upper() + scope[1:],
            said_on(one.begins_at, zone),
            ends,
            review,
            one.evidence,
        )
        model = Lift(reader, restriction=one.id)
        parts += [
            html(str(words)),
            *until_done(model, button("Lift this restriction", model.lift, "default")),
            outcome(model),
        ]
        decided = {pupil.id for pupil in (*one.pupils, *one.spared)}
        for tie in adult.ties if one.clause is Clause.REVOKE_2 and not one.whole_account else ():
            if tie.pupil_id not in decided:
                parts += _question(Lift(reader, restriction=one.id, pupil=tie.pupil_id), tie.pupil)
    return column(*parts)


def _question(model: Lift, name: str) -> list[Any]:
    async def yes(_: Any) -> None:
        await model.decide(True)

    async def no(_: Any) -> None:
        await model.decide(False)

    asked = html(str(Markup("<p>{} was connected after this order. Does the order cover {}?</p>").format(name, name)))
    return [
        *until_done(model, asked, button("Yes, it does", yes, "default"), button("No, it does not", no, "default")),
        outcome(model),
    ]


def flags(reader: Reader, adult: Around) -> list[Any]:
    """The records' court flags on this adult's connections that nobody has settled."""
    parts: list[Any] = []
    for tie in adult.ties:
        if any(found.clause is Clause.REVOKE_2 and "flag" in found.words for found in tie.findings):
            model = Lift(reader, adult=adult.id, pupil=tie.pupil_id)
            words = Markup("<p>The school’s records flag a court order for {}. Read the order, restrict above what it limits, then"
                           " settle the flag: until then access stays closed.</p>").format(tie.pupil)  # fmt: skip
            parts += [
                *until_done(model, html(str(words)), button("The flag is settled", model.settle, "default")),
                outcome(model),
            ]
    return parts
