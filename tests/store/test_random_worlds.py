"""The rule and every road to the data are one: on random worlds no road shows a child more, or a child fewer."""

from collections import Counter

import pytest
from hypothesis import Phase, find, given, settings

from portal_core.domain.clauses import GROUNDS, Clause, Effect
from portal_core.policy.access import RULES, Decision, may_see
from tests.fixtures_store import DATABASES
from tests.store.roads import Roads
from tests.world import World
from tests.worlds import worlds

WORLDS, DECISIONS = 110, 2_000


@pytest.mark.clause(Clause.USER_1, Clause.PASS_1, Clause.SEC_3, Clause.SEC_4, *GROUNDS)
@pytest.mark.parametrize("database", DATABASES)
def test_every_road_shows_exactly_whom_the_rule_admits(migrated, database):
    """Rule, facts as read, session filter, row-level security and the parent's own page, whatever the records say."""
    tried: Counter[str] = Counter()
    with Roads(migrated(database)) as roads:

        @settings(max_examples=WORLDS)
        @given(world=worlds())
        def hold(world: World) -> None:
            tried.update(roads.hold(world))

        hold()
    assert tried["allowed"] + tried["refused"] >= DECISIONS
    assert tried["allowed"] >= DECISIONS / 20


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_random_worlds_reach_every_rule(rule):
    """Each rule is at times the only one that refuses: a road that forgot it would be seen to."""

    others = [other for other in RULES if other is not rule]

    def alone(world: World) -> bool:
        asked = ((adult, pupil, at) for adult in world.adults for pupil in world.pupils for at in world.moments)
        facts = ((world.facts(adult, pupil, at), at) for adult, pupil, at in asked)
        return any(not may_see(known, at) and not refused(may_see(known, at, others)) for known, at in facts)

    once = settings(phases=[Phase.generate], max_examples=1_000, database=None)
    assert alone(find(worlds(), alone, settings=once))


def refused(decision: Decision) -> bool:
    return any(found.effect is Effect.REFUSES for found in decision.findings)
