"""Withholding an adult's access on one ground, after a preview of what they lose (REVOKE-1 to REVOKE-3)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.look import button, column, field, html
from dashboards.staff.acting import UNCHOSEN, Acting, Reader, choices, outcome, until_done
from portal_core.domain.clauses import Clause
from portal_core.importers.values import Unreadable, day_or_none
from portal_core.services import casework, parties
from portal_core.services.families import Around, Person
from portal_core.services.parties import Party

GROUNDS = UNCHOSEN | {
    "Responsibility is questioned (REVOKE-1)": Clause.REVOKE_1,
    "A court ruling (REVOKE-2)": Clause.REVOKE_2,
    "A breach of the policy (REVOKE-3)": Clause.REVOKE_3,
}
LONGEST_DAY = 10  # characters: 31/01/2027


def after(last: date | None, zone: ZoneInfo) -> datetime | None:
    """The instant at which a day of the school's is over."""
    return last and datetime.combine(last + timedelta(1), time(), zone).astimezone(UTC)


class Restrict(Acting):
    """One adult, a ground, the children concerned; looked at before it is done."""

    clause = param.Selector(objects=GROUNDS, default="")
    pupils = param.ListSelector(default=[], objects={})
    evidence = param.String(default="")
    review_on = param.String(default="", doc="A day as people write it; empty leaves it to the school's setting.")
    last_day = param.String(default="", doc="The last day on which it holds; empty is until it is lifted.")
    seen = param.ClassSelector(
        class_=tuple, constant=True, doc="The preview; None until asked for, and after each change."
    )

    def __init__(self, reader: Reader, adult: Around, **params: Any) -> None:
        super().__init__(reader, **params)
        self.adult = adult
        self.param.pupils.objects = choices(Person(tie.pupil_id, tie.pupil) for tie in adult.ties)

    @property
    def whole(self) -> bool:
        """A breach concerns the whole account; the other grounds only the children named."""
        return bool(self.clause is Clause.REVOKE_3)

    @param.depends("clause", "pupils", "evidence", "review_on", "last_day", watch=True)
    def _forget(self) -> None:
        self.show(seen=None)

    async def look(self, _: Any = None) -> None:
        """Who would lose what."""
        if not self.clause:
            self.tell("Please choose the ground.", failed=True)
        elif not self.whole and not self.pupils:
            self.tell("Please choose the children that are concerned.", failed=True)
        elif self._days() is not None:
            chosen = None if self.whole else self.pupils
            found = await self.perform(parties.preview, pupils=chosen, adults=[self.adult.id])
            if found is not None:
                self.show(seen=tuple(found.answer))

    async def confirm(self, _: Any = None) -> None:
        """Do it; only after the preview of just this."""
        if self.seen is None:
            self.tell("Please look at the preview first.", failed=True)
            return
        if (days := self._days()) is None:
            return
        made = await self.perform(
            casework.restrict, adult=self.adult.id, clause=self.clause, pupils=None if self.whole else self.pupils,
            evidence=self.evidence, review_on=days[0], ends_at=after(days[1], self.reader.now().zone),
        )  # fmt: skip
        if made is not None:
            self.tell(f"Access of {self.adult.name} is withheld from now on.", done=True)

    def _days(self) -> tuple[date | None, date | None] | None:
        """The review and the last day as dates; None, and said so, if one of them is none."""
        try:
            return day_or_none(self.review_on), day_or_none(self.last_day)
        except Unreadable as fault:
            self.tell(f"Please write each day like 31/01/2027: {fault}.", failed=True)
            return None


def preview_html(seen: tuple[Party, ...] | None) -> str:
    """Who loses and keeps what, as a table."""
    if seen is None:
        return ""
    if not seen:
        return "<p>No adult is connected with these children. Whoever is connected later is refused as well.</p>"
    rows = Markup("").join(
        Markup("<tr><th scope=row>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>").format(
            one.adult.name, ", ".join(c.name for c in one.loses) or "no child: sees none of these now",
            ", ".join(c.name for c in one.keeps) or "no child", one.live_logins or "no",
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

    def shown_if(whole: bool, part: Any) -> Any:
        part.visible = param.bind(
            lambda clause, done: bool(clause) and (clause is Clause.REVOKE_3) is whole and not done,
            model.param.clause, model.param.done,
        )  # fmt: skip
        return part

    confirm = button("Withhold access now", model.confirm, "danger")
    confirm.visible = param.bind(lambda seen, done: seen is not None and not done, model.param.seen, model.param.done)
    ground, evidence, review, last, look = until_done(
        model,
        field(pn.widgets.Select, model.param.clause, "On which ground?"),
        field(
            pn.widgets.TextInput, model.param.evidence, "Evidence or decision it rests on, as filed",
            max_length=casework.REFERENCE_LENGTH,
        ),
        field(
            pn.widgets.TextInput, model.param.review_on, "To be looked at again on (such as 31/01/2027)", max_length=LONGEST_DAY
        ),
        field(pn.widgets.TextInput, model.param.last_day, "Last day, if an order says one", max_length=LONGEST_DAY),
        button("Preview", model.look, "default"),
    )  # fmt: skip
    return column(
        html("<h3>Withhold access</h3>"),
        ground,
        shown_if(False, html("<p><b>Which children are concerned?</b></p>")),
        shown_if(False, field(pn.widgets.CheckBoxGroup, model.param.pupils, "Children concerned")),
        shown_if(True, html("<p>A breach of the policy concerns the whole account.</p>")),
        evidence, review, last, look,
        html(param.bind(lambda seen, done: "" if done else preview_html(seen), model.param.seen, model.param.done)), confirm,
        outcome(model),
    )  # fmt: skip
