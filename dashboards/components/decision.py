"""The decision card: whether an adult may see a pupil, by which rules and since when, as far as the reader may read it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from portal_core.domain.clauses import Clause, Effect
from portal_core.domain.people import AccountState
from portal_core.policy.access import Finding
from portal_core.services.families import Tie

ACCOUNTS = {
    None: "no account",
    AccountState.ISSUED: "account issued, not yet activated",
    AccountState.ACTIVE: "active account",
    AccountState.CLOSED: "account closed",
}


def said_on(when: datetime | date | None, zone: ZoneInfo) -> str:
    """A date of school, or an instant by the school's clock."""
    if isinstance(when, datetime):
        local = when.astimezone(zone)
        return f"{local.day} {local:%B %Y, %H:%M}"
    return f"{when.day} {when:%B %Y}" if when else ""


def reason(found: Finding, zone: ZoneInfo) -> Markup:
    """One finding as a list item: what it does, its words, its clause, since when."""
    neutral = found.clause is Clause.PURPOSE  # what is shown in place of every ground
    clause = (
        Markup("") if neutral else Markup(' <span class="hint">{}: {}</span>').format(found.clause, found.clause.asks)
    )
    since = f", since {said_on(found.since, zone)}" if found.since else ""
    sign = "For" if found.effect is Effect.GRANTS else "Against"
    words = found.words[:1].upper() + found.words[1:]
    return Markup("<li><b>{}:</b> {}{}{}</li>").format(sign, words, since, clause)


def verdict(tie: Tie) -> Markup:
    """The answer as a badge: a word with a shape."""
    return Markup('<span class="badge {}">{}</span>').format(
        *(("good", "May see") if tie.allowed else ("plain", "May not see"))
    )


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


def reasons(tie: Tie, zone: ZoneInfo) -> Markup:
    """Every finding that this reader may read."""
    return Markup('<ul class="reasons">{}</ul>').format(Markup("").join(reason(found, zone) for found in tie.findings))
