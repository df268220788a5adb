"""The decision card: whether an adult may see a pupil, by which rules and since when, as far as the reader may read it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from portal_core.domain.clauses import Clause, Effect
from portal_core.domain.language import said
from portal_core.domain.people import AccountState
from portal_core.policy.access import UNTOLD as UNTOLD
from portal_core.policy.access import Finding
from portal_core.services.explaining import Explanation
from portal_core.services.families import Tie

ACCOUNTS = {
    None: "no account",
    AccountState.ISSUED: "account issued, not yet activated",
    AccountState.ACTIVE: "active account",
    AccountState.CLOSED: "account closed",
}

GROUND_NAMES = {
    Clause.REVOKE_1: "responsibility questioned",
    Clause.REVOKE_2: "court ruling",
    Clause.REVOKE_3: "breach of the policy",
    Clause.REVOKE_4: "concern or dispute",
}
"""What each ground is called wherever staff choose or read it: short enough for a field on a telephone."""


def ground(clause: Clause) -> str:
    """A ground by its name and its id."""
    return f"{GROUND_NAMES[clause]} ({clause})"


def said_on(when: datetime | date | None, zone: ZoneInfo) -> str:
    """A date of school, or an instant by the school's clock."""
    if isinstance(when, datetime):
        local = when.astimezone(zone)
        return f"{said('long', local)}, {local:%H:%M}"
    return said("long", when) if when else ""


def reason(found: Finding, zone: ZoneInfo) -> Markup:
    """One finding as a list item: what it does, its words, its clause, since when."""
    since = f", since {said_on(found.since, zone)}" if found.since else ""
    sign = "For" if found.effect is Effect.GRANTS else "Against"
    if found.clause is Clause.PURPOSE:  # what is shown in place of every ground
        return _item(sign, found.words, since, "")
    return _item(sign, found.words, since, f"{found.clause}: {found.clause.asks}")


def _item(sign: str, words: str, since: str, clause: str) -> Markup:
    hint = Markup(' <span class="hint">{}</span>').format(clause) if clause else ""
    return Markup("<li><b>{}:</b> {}{}{}</li>").format(sign, words[:1].upper() + words[1:], since, hint)


def verdict(tie: Tie | Explanation) -> Markup:
    """The answer as a badge: a word with a shape."""
    shape, words = ("good", "May see") if tie.allowed else ("plain", "May not see")
    if isinstance(tie, Explanation) and tie.allowed and not tie.whole:
        shape, words = "plain", "May see, unless withheld"
    return Markup('<span class="badge {}">{}</span>').format(shape, words)


def evidence(tie: Tie, zone: ZoneInfo) -> str:
    """What the records say of responsibility, and who verified it when."""
    said = {"yes": "Parental responsibility on record", "no": "No parental responsibility on record"}.get(
        tie.responsibility, "Parental responsibility not known"
    )
    if tie.verified_at is None:
        return f"{said}; not verified."
    rests_on = f": {tie.evidence}" if tie.evidence else ""
    return (
        f"{said}; verified on {said_on(tie.verified_at.astimezone(zone).date(), zone)} by {tie.verified_by}{rests_on}."
    )


def reasons(tie: Tie | Explanation, zone: ZoneInfo) -> Markup:
    """Every finding that this reader may read, and the conditions of access that are met; what speaks against it first."""
    found = sorted(tie.findings, key=lambda one: one.effect is Effect.GRANTS)
    return Markup('<ul class="reasons">{}</ul>').format(Markup("").join(reason(one, zone) for one in found))
