"""Which adult may see which pupil at an instant, and why: the one place where it is decided.

A rule looks at facts and a moment and answers with a finding or with nothing. One refusal outweighs every grant; nothing
found is no access; a rule that raises has refused. So a parent with verified responsibility for a child on roll, an active
account and the policy accepted gets one grant (USER-1) and sees the child; let an investigation open, and the same parent
has that grant and a refusal (REVOKE-4) beside it, and does not.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from portal_core.domain.clauses import GROUNDS, Clause, Duty, Effect
from portal_core.domain.people import AccountState, Connection, Facts, Responsibility
from portal_core.domain.school import Moment

NEUTRAL = "Access is withheld by a decision of the school. Please ask the safeguarding lead."
"""What staff without Duty.READ_GROUNDS read for every ground alike."""
UNTOLD = "Whether the school withheld access at that time is for the safeguarding leads to say."
"""What they read beside any answer on a time gone by."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's answer: what it does, by which clause, since when, in words for staff entitled to them."""

    effect: Effect
    clause: Clause
    since: datetime | date | None
    words: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Every finding that counted; true only if access is given."""

    findings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return {found.effect for found in self.findings} == {Effect.GRANTS}


def _refuses(clause: Clause, since: datetime | date | None, words: str) -> Finding:
    return Finding(Effect.REFUSES, clause, since, words)


def _in_force(facts: Facts, at: Moment) -> list[Connection]:
    return [c for c in facts.connections if at.day in c.in_force]


def verified_responsibility(facts: Facts, at: Moment) -> Finding:
    """USER-1: grants if responsibility is recorded, verified by staff and in force on the day; contradiction refuses."""
    held = _in_force(facts, at)
    if not held:
        ended = max((c.in_force.ends for c in facts.connections if c.in_force.ends), default=None)
        return _refuses(Clause.USER_1, ended, "no connection with this pupil in force on that day")
    if any(c.responsibility is not Responsibility.YES for c in held):
        return _refuses(Clause.USER_1, max(c.in_force.begins for c in held), "parental responsibility is not on record")
    verified = [c.verified_at for c in held if c.verified_at is not None and c.verified_at <= at.instant]
    if len(verified) < len(held):
        return _refuses(Clause.USER_1, max(c.in_force.begins for c in held), "responsibility not yet verified by staff")
    return Finding(Effect.GRANTS, Clause.USER_1, max(verified), "responsibility recorded, verified and in force")


def court_flag(facts: Facts, at: Moment) -> Finding | None:
    """REVOKE-2: the records carry a court-order flag that nobody has decided on."""
    flagged = [c.recorded_at for c in _in_force(facts, at) if c.court_flag]
    return _refuses(Clause.REVOKE_2, min(flagged), "the school's records flag a court order") if flagged else None


def off_roll(facts: Facts, at: Moment) -> Finding | None:
    """USER-1: refuses unless the pupil attends this school on the day."""
    if any(at.day in spell for spell in facts.enrolment):
        return None
    left = max((s.ends for s in facts.enrolment if s.ends and s.ends < at.day), default=None)
    return _refuses(Clause.USER_1, left, "not on roll on that day")


def of_age(facts: Facts, at: Moment) -> Finding | None:
    """USER-1: responsibility lapses at 18 (a setting), unless the pupil's consent is recorded; unknown birth refuses."""
    if facts.born_on is None:
        return _refuses(Clause.USER_1, None, "date of birth unknown")
    if facts.born_on > latest_birth_of_age(at.day, facts.ends_at_age):
        return None
    if any(at.day in spell for spell in facts.consented):
        return None
    return _refuses(Clause.USER_1, _birthday(facts.born_on, facts.ends_at_age), f"{facts.ends_at_age} years old")


_ACCOUNT_WORDS = {
    frozenset[AccountState](): "no account has been issued",
    frozenset({AccountState.ISSUED}): "account not yet activated",
    frozenset({AccountState.CLOSED}): "account closed",
}


def account_not_active(facts: Facts, at: Moment) -> Finding | None:
    """PASS-1: refuses unless the account was issued, activated and not closed."""
    states = frozenset(state for state, _ in facts.account)
    if states == {AccountState.ACTIVE}:
        return None
    since = max((since for _, since in facts.account), default=None)
    return _refuses(Clause.PASS_1, since, _ACCOUNT_WORDS.get(states, "no active account"))


def policy_not_accepted(facts: Facts, at: Moment) -> Finding | None:
    """SEC-4: refuses until the version of the policy in force has been accepted."""
    if facts.accepted_at is not None and facts.accepted_at <= at.instant:
        return None
    return _refuses(Clause.SEC_4, facts.policy_since, "the policy in force has not been accepted")


def _restricted(facts: Facts, at: Moment, clause: Clause, words: str) -> Finding | None:
    running = [g.span.begins for g in facts.grounds if g.clause is clause and g.covers and at.instant in g.span]
    return _refuses(clause, min(running), words) if running else None


def responsibility_questioned(facts: Facts, at: Moment) -> Finding | None:
    """REVOKE-1: refuses while a restriction on this ground covers the pupil."""
    return _restricted(facts, at, Clause.REVOKE_1, "responsibility questioned")


def court_ruling(facts: Facts, at: Moment) -> Finding | None:
    """REVOKE-2: as REVOKE-1; a pupil on whom nobody has decided yet, connected later perhaps, is refused as well."""
    running = [g for g in facts.grounds if g.clause is Clause.REVOKE_2 and g.covers is None and at.instant in g.span]
    covered = _restricted(facts, at, Clause.REVOKE_2, "court ruling")
    if covered is None and running:
        return _refuses(Clause.REVOKE_2, min(g.span.begins for g in running), "court ruling: pupil to be decided on")
    return covered


def breach(facts: Facts, at: Moment) -> Finding | None:
    """REVOKE-3: refuses while a restriction for a breach of the policy covers the pupil."""
    return _restricted(facts, at, Clause.REVOKE_3, "breach of the policy")


def child_protection(facts: Facts, at: Moment) -> Finding | None:
    """REVOKE-4: refuses while a restriction for a concern or dispute covers the pupil."""
    return _restricted(facts, at, Clause.REVOKE_4, "concern or dispute")


def under_investigation(facts: Facts, at: Moment) -> Finding | None:
    """REVOKE-4: every adult connected with a pupil under investigation is refused while it is open."""
    running = [span.begins for span in facts.investigations if at.instant in span]
    return _refuses(Clause.REVOKE_4, min(running), "an investigation is open") if running else None


Rule = Callable[[Facts, Moment], Finding | None]
RULES: tuple[Rule, ...] = (
    verified_responsibility,
    court_flag,
    off_roll,
    of_age,
    account_not_active,
    policy_not_accepted,
    responsibility_questioned,
    court_ruling,
    breach,
    child_protection,
    under_investigation,
)


def _answered(rule: Rule, facts: Facts, at: Moment) -> Finding | None:
    try:
        return rule(facts, at)
    except Exception as fault:  # a rule that cannot answer has not allowed
        return _refuses(Clause.USER_1, None, f"rule {rule.__name__} failed: {type(fault).__name__}")


def may_see(facts: Facts, at: Moment, rules: Iterable[Rule] = RULES) -> Decision:
    """The decision on one adult and one pupil at a moment, with every reason (USER-1, PASS-1, SEC-4, REVOKE-1 to 4)."""
    return Decision(tuple(found for rule in rules if (found := _answered(rule, facts, at)) is not None))


def conditions_met(facts: Facts, at: Moment) -> tuple[Finding, ...]:
    """What every grant rests on besides responsibility, as far as it holds, and since when.

    No part of a decision: a rule answers on these only where one is missing. Not the age, which nobody has to be told.
    """
    on_roll = max((spell.begins for spell in facts.enrolment if at.day in spell), default=None)
    active = max((since for _, since in facts.account), default=None) if not account_not_active(facts, at) else None
    accepted = facts.accepted_at if not policy_not_accepted(facts, at) else None
    met = (
        (Clause.USER_1, on_roll, "on roll"),
        (Clause.PASS_1, active, "the account is active"),
        (Clause.SEC_4, accepted, "the policy in force has been accepted"),
    )
    return tuple(Finding(Effect.GRANTS, clause, since, words) for clause, since, words in met if since is not None)


def readable(decision: Decision, duties: frozenset[Duty]) -> tuple[Finding, ...]:
    """The findings as a member of staff may read them: without Duty.READ_GROUNDS every ground is one and the same.

    However many grounds there are, whatever they are and since whenever, such a reader finds a single neutral refusal. Where
    they read another refusal already they find no more: an investigation alone refuses those whom nothing was ever given.
    """
    if Duty.READ_GROUNDS in duties:
        return decision.findings
    open_to_all = tuple(f for f in decision.findings if f.clause not in GROUNDS)
    refused = any(f.effect is Effect.REFUSES for f in open_to_all)
    hidden = len(open_to_all) < len(decision.findings) and not refused
    return (*open_to_all, *((_refuses(Clause.PURPOSE, None, NEUTRAL),) if hidden else ()))


def but_for_grounds(decision: Decision) -> Decision:
    """The decision as it would have been without any ground.

    For times gone by that is all that a reader without Duty.READ_GROUNDS is told: asked of one minute after the other, an
    answer that weighed grounds would tell when each began, and that everybody around a child was refused at one time.
    """
    return Decision(tuple(found for found in decision.findings if found.clause not in GROUNDS))


def latest_birth_of_age(day: date, age: int) -> date:
    """Born on this date or before is `age` or older on `day`; born on 29 February, one comes of age on 1 March."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:  # 29 February in a year that has none
        return date(day.year - age, 2, 28)


def _birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)
