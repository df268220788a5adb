"""Giving access back, one ground at a time, and the questions that restrictions leave open (REVOKE-1 to REVOKE-4)."""

from collections.abc import Callable
from typing import Any

import panel as pn
from markupsafe import Markup

from dashboards.components.decision import said_on
from dashboards.components.look import beside, button, column, html
from dashboards.staff.acting import Acting, Reader, in_two_steps, outcome, until_done
from portal_core.domain.clauses import Clause
from portal_core.services import casework
from portal_core.services.caseload import Held
from portal_core.services.families import Around, Person


class Lift(Acting):
    """One restriction that is in force, or a question that waits for an answer."""

    def __init__(self, reader: Reader, **given: Any) -> None:
        super().__init__(reader)
        self.given = given

    async def lift(self, _: Any = None) -> None:
        """End it; every other ground stays."""
        words = "This restriction is lifted. Other grounds, if there are any, still hold."
        await self._do(casework.lift_restriction, words)

    async def covers(self, _: Any = None) -> None:
        """A child connected later is one that the restriction means."""
        await self._do(casework.decide_on_pupil, "Decided: the restriction covers this child.", covered=True)

    async def spares(self, _: Any = None) -> None:
        """A child connected later is not one that the restriction means."""
        await self._do(casework.decide_on_pupil, "Decided: the restriction does not cover this child.", covered=False)

    async def settle(self, _: Any = None) -> None:
        """Take the records' flag off, the order having been read."""
        words = "The flag is settled. What a court ordered is in force only as far as restrictions say so."
        await self._do(casework.settle_court_flag, words)

    async def _do(self, verb: Callable[..., None], words: str, **more: Any) -> None:
        if await self.perform(verb, **self.given, **more) is not None:
            self.tell(words, done=True)


def layout(reader: Reader, held: list[Held], adult: Around) -> pn.Column:
    """Each restriction with the way to lift it, and each question it leaves open."""
    parts: list[Any] = [html("<h3>Restrictions in force</h3>" + ("" if held else "<p>None.</p>"))]
    for one in held:
        model = Lift(reader, restriction=one.id)
        gives_back = Markup(
            "<p>{} gets back what this ground alone keeps from them: {}. Whatever else stands against it still holds.</p>"
        ).format(adult.name, _scope(one))
        parts += [
            html(_words(one, reader)),
            *in_two_steps(model, "Lift this restriction", str(gives_back), "Yes, lift it", model.lift),
            outcome(model),
        ]
        decided = {pupil.id for pupil in (*one.pupils, *one.spared)}
        for tie in adult.ties if one.clause is Clause.REVOKE_2 and not one.whole_account else ():
            if tie.pupil_id not in decided:
                parts += _question(Lift(reader, restriction=one.id, pupil=tie.pupil_id), tie.pupil)
    return column(*parts)


def _scope(one: Held) -> str:
    return "the whole account" if one.whole_account else ", ".join(pupil.name for pupil in one.pupils) or "no child"


def _words(one: Held, reader: Reader) -> str:
    zone, scope = reader.now().zone, _scope(one)
    until = f", until {said_on(one.ends_at, zone)}" if one.ends_at else ""
    review = f"; to be looked at again on {said_on(one.review_on, zone)}" if one.review_on else ""
    return str(
        Markup("<p><b>{}: {}</b><br>{}, since {}{}{}<br>Evidence: {}</p>").format(
            one.clause, one.clause.asks, scope[:1].upper() + scope[1:], said_on(one.begins_at, zone), until, review, one.evidence
        )
    )  # fmt: skip


def _question(model: Lift, name: str) -> list[Any]:
    asked = html(str(Markup("<p>{} was connected after this order. Does the order cover {}?</p>").format(name, name)))
    yes, no = button("Yes, it does", model.covers, "default"), button("No, it does not", model.spares, "default")
    return [*until_done(model, asked, beside(yes, no)), outcome(model)]


def flags(reader: Reader, adult: Around, pupils: list[Person]) -> pn.Column:
    """Court flags that came with the records and that nobody has settled."""
    parts: list[Any] = []
    for pupil in pupils:
        model = Lift(reader, adult=adult.id, pupil=pupil.id)
        words = Markup("<p>The school’s records flag a court order for {}. Read the order, withhold above what it limits, then"
                       " settle the flag: until then access stays closed.</p>").format(pupil.name)  # fmt: skip
        parts += [
            *until_done(model, html(str(words))),
            *in_two_steps(
                model, "The flag is settled",
                "<p>From then on only the restrictions above withhold access to this child.</p>", "Yes, settle it", model.settle,
            ),
            outcome(model),
        ]  # fmt: skip
    return column(html("<h3>Court orders flagged in the records</h3>"), *parts) if parts else column()
