"""What members of staff may read of a decision: whoever may not read grounds cannot tell them apart, nor how many there are."""

from datetime import UTC, date, datetime

import pytest

from portal_core.domain.clauses import GROUNDS, Clause, Duty, Effect
from portal_core.policy.access import Decision, Finding, readable

EARLY, LATE = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 3, 12, 11, tzinfo=UTC)
GRANT = Finding(Effect.GRANTS, Clause.USER_1, EARLY, "responsibility recorded, verified and in force")
UNVERIFIED = Finding(Effect.REFUSES, Clause.USER_1, date(2025, 9, 1), "responsibility not yet verified by staff")
WITHHELD = [(Finding(Effect.REFUSES, clause, since, f"{clause}"),) for clause in GROUNDS for since in (EARLY, LATE)]
WITHHELD += [tuple(Finding(Effect.REFUSES, clause, LATE, "all at once") for clause in GROUNDS)]
OFFICE, LEAD = frozenset({Duty.EXPLAIN_ACCESS}), frozenset({Duty.EXPLAIN_ACCESS, Duty.READ_GROUNDS})


@pytest.mark.clause(*GROUNDS)
def test_every_ground_reads_the_same_to_whoever_may_not_read_it():
    """Whichever it is, since whenever, one or all of them."""
    read = {readable(Decision((GRANT, *grounds)), OFFICE) for grounds in WITHHELD}
    [(grant, neutral)] = read
    assert (grant, neutral.effect, neutral.since) == (GRANT, Effect.REFUSES, None)


@pytest.mark.clause(*GROUNDS)
def test_whom_another_refusal_keeps_out_anyway_shows_no_trace_of_a_ground():
    """An investigation alone refuses adults to whom nothing was ever given: a line there would say which ground it is."""
    read = {readable(Decision((UNVERIFIED, *grounds)), OFFICE) for grounds in [(), *WITHHELD]}
    assert read == {(UNVERIFIED,)}


def test_whoever_may_read_grounds_reads_all_of_them():
    for grounds in WITHHELD:
        assert readable(Decision((GRANT, *grounds)), LEAD) == (GRANT, *grounds)
