"""What withholds an adult's access now, each ground with the way to end it or on to it (REVOKE-1 to REVOKE-4).

Restrictions are lifted here, a flag of the records is settled here; an open investigation is closed on a child's page.
"""

from collections.abc import Callable, Sequence
from typing import Any

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.decision import ground, said_on
from dashboards.components.look import beside, button, column, html
from dashboards.staff.acting import Acting, Reader, asking, in_two_steps, outcome, until_done
from portal_core.domain.clauses import Clause
from portal_core.services import casework
from portal_core.services.caseload import Ended, Held, OpenCase
from portal_core.services.families import Around, Person
from portal_core.services.regaining import Regained
from portal_core.services.withheld import REFERENCE_LENGTH

NOTHING = "<p>No ground withholds access now.</p>"
LIFTED_FOR = "What does lifting it rest on? Such as an order and where it is filed, or who decided"


class Lift(Acting):
    """One restriction that is in force, or a question that waits for an answer."""

    rests_on = param.String(default="")

    def __init__(self, reader: Reader, **given: Any) -> None:
        super().__init__(reader, which="".join(f" {name}:{id_}" for name, id_ in sorted(given.items())))
        self.given = given

    async def lift(self, _: Any = None) -> None:
        """End it; every other ground stays."""
        if not self.rests_on.strip():
            self.mark({"rests_on": "Please say what it rests on."})
            return
        await self._do(casework.lift_restriction, "This ground is lifted.", rests_on=self.rests_on)

    async def covers(self, _: Any = None) -> None:
        """A child connected later is one that the restriction means."""
        await self._do(casework.decide_on_pupil, "Decided: the order covers this child.", covered=True)

    async def spares(self, _: Any = None) -> None:
        """A child connected later is not one that the restriction means."""
        await self._do(casework.decide_on_pupil, "Decided: the order does not cover this child.", covered=False)

    async def settle(self, _: Any = None) -> None:
        """Take the records' flag off, the order having been read."""
        words = "The flag is settled. What the court ordered is in force only as far as a ground on this page says so."
        await self._do(casework.settle_court_flag, words)

    async def _do(self, verb: Callable[..., Regained], words: str, **more: Any) -> None:
        came = await self.perform(verb, **self.given, **more)
        if came is not None:
            await self.finish(f"{words} {regained(came.answer)}".strip())


def regained(came: Regained) -> str:
    """Who is seen again, and whom something else still keeps."""
    again = f"Seen again: {', '.join(one.name for one in came.again)}. They are written to by e-mail, if an address is on record."
    kept = f"Still not seen, for other reasons: {', '.join(one.name for one in came.kept)}."
    return " ".join(words for words, children in ((again, came.again), (kept, came.kept)) if children)


def layout(
    reader: Reader, adult: Around, held: list[Held], cases: Sequence[OpenCase] = (), flagged: Sequence[Person] = (),
    ended: Sequence[Ended] = (),
) -> pn.Column:  # fmt: skip
    """All that withholds access: restrictions, open investigations, flags that nobody has settled; and what did before."""
    parts = [part for one in held for part in _restriction(reader, adult, one)]
    parts += [html(_investigation(reader, adult, case)) for case in cases]
    parts += [part for pupil in flagged for part in _flag(reader, adult, pupil)]
    before = [html(_before(ended, reader))] if ended else []
    return column(html("<h3>Withheld now</h3>"), *(parts or [html(NOTHING)]), *before)


def _restriction(reader: Reader, adult: Around, one: Held) -> list[Any]:
    model, name = Lift(reader, restriction=one.id), ground(one.clause)
    gives_back = Markup(
        "<p>{} gets back what this ground alone keeps from them: {}. Whatever else stands against it still holds.</p>"
    ).format(adult.name, _scope(one))
    parts = [
        html(_words(one, reader)),
        *in_two_steps(
            model,
            f"Lift: {name}",
            str(gives_back),
            "Yes, lift it",
            model.lift,
            also=[asking(model, pn.widgets.TextInput, "rests_on", LIFTED_FOR, max_length=REFERENCE_LENGTH)],
        ),
        outcome(model),
    ]
    decided = {pupil.id for pupil in (*one.pupils, *one.spared)}
    for tie in adult.ties if one.clause is Clause.REVOKE_2 and not one.whole_account else ():
        if tie.pupil_id not in decided:
            parts += _question(Lift(reader, restriction=one.id, pupil=tie.pupil_id), tie.pupil)
    return parts


def _scope(one: Held) -> str:
    return "the whole account" if one.whole_account else ", ".join(pupil.name for pupil in one.pupils) or "no child"


def _title(clause: Clause) -> str:
    name = ground(clause)
    return name[:1].upper() + name[1:]


def _words(one: Held, reader: Reader) -> str:
    zone, scope = reader.now().zone, _scope(one)
    until = f", until {said_on(one.ends_at, zone)}" if one.ends_at else ""
    review = f"; to be looked at again on {said_on(one.review_on, zone)}" if one.review_on else ""
    since = "since" if one.begins_at <= reader.now().instant else "not before"
    limits = Markup("<br>The order limits: {}").format(one.limits) if one.limits else ""
    return str(
        Markup("<p><b>{}</b><br>{}, {} {}{}{}<br>Evidence: {}{}</p>").format(
            _title(one.clause), scope[:1].upper() + scope[1:], since, said_on(one.begins_at, zone), until, review, one.evidence, limits
        )
    )  # fmt: skip


def _before(ended: Sequence[Ended], reader: Reader) -> str:
    zone = reader.now().zone
    items = Markup("").join(
        Markup("<li><b>{}</b>: {}, {} to {}. Evidence: {}. {}</li>").format(
            _title(one.held.clause), _scope(one.held), said_on(one.held.begins_at, zone), said_on(one.ended_at, zone),
            one.held.evidence or "–",
            f"Lifted by {one.lifted_by.name}: {one.lifted_for or '–'}" if one.lifted_by else "It ran out.",
        )
        for one in ended
    )  # fmt: skip
    return str(
        Markup("<details><summary>Withheld before ({})</summary><ul>{}</ul></details>").format(len(ended), items)
    )


def _investigation(reader: Reader, adult: Around, case: OpenCase) -> str:
    tied = {tie.pupil_id for tie in adult.ties}
    links = Markup(", ").join(
        Markup('<a href="/staff/pupil/{}">{}</a>').format(pupil.id, pupil.name)
        for pupil in case.pupils
        if pupil.id in tied
    )
    return str(
        Markup(
            "<p><b>{}: an investigation is open</b><br>{}, since {}, all parties suspended by {}<br>Record {}<br>"
            "<span class=hint>It is closed on the child’s page, with an outcome for each party.</span></p>"
        ).format(
            _title(Clause.REVOKE_4), links, said_on(case.opened_at, reader.now().zone), case.opened_by.name, case.reference
        )
    )  # fmt: skip


def _question(model: Lift, name: str) -> list[Any]:
    asked = html(str(Markup("<p>{} was connected after this order. Does the order cover {}?</p>").format(name, name)))
    yes, no = button("Yes, it does", model.covers, "default"), button("No, it does not", model.spares, "default")
    return [*until_done(model, asked, beside(yes, no)), outcome(model)]


def _flag(reader: Reader, adult: Around, pupil: Person) -> list[Any]:
    model = Lift(reader, adult=adult.id, pupil=pupil.id)
    words = Markup(
        "<p><b>{}: flagged in the school’s records</b><br>{}, until somebody has decided:</p><ol><li>Read the order.</li>"
        "<li>If it keeps {} from {}, withhold access on this page, on the ground “court ruling”.</li>"
        "<li>Then take the flag off here.</li></ol>"
    ).format(_title(Clause.REVOKE_2), pupil.name, adult.name, pupil.name)
    return [
        *until_done(model, html(str(words))),
        *in_two_steps(
            model, f"Take the flag off: {pupil.name}",
            "<p>From then on access to this child is withheld only on the other grounds that stand on this page.</p>",
            "Yes, I have read the order", model.settle,
        ),
        outcome(model),
    ]  # fmt: skip
