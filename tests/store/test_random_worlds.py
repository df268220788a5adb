"""The rule and every road to the data are one: on random worlds no road shows a child more, or a child fewer."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import Phase, find, given, settings

from portal_core.domain.clauses import GROUNDS, Clause, Effect
from portal_core.policy.access import RULES, Decision, may_see
from tests.fixtures_store import DATABASES
from tests.store.roads import Roads
from tests.world import World
from tests.worlds import worlds

WORLDS, DECISIONS = 120, 1_200  # on each database, of as many of those worlds as make so many decisions
ALLOWED = DECISIONS / 40  # and so many that allow: worlds by chance may hold fewer at first


@pytest.mark.clause(Clause.USER_1, Clause.PASS_1, Clause.SEC_3, Clause.SEC_4, *GROUNDS)
@pytest.mark.parametrize("database", DATABASES)
def test_every_road_shows_exactly_whom_the_rule_admits(migrated, database):
    """Rule, facts as read, session filter, row-level security and the parent's own page, whatever the records say."""
    tried: Counter[str] = Counter()
    with Roads(migrated(database)) as roads:

        @settings(max_examples=WORLDS)
        @given(world=worlds())
        def hold(world: World) -> None:
            if tried["allowed"] + tried["refused"] < DECISIONS or tried["allowed"] < ALLOWED:
                tried.update(roads.hold(world))

        hold()
    assert tried["allowed"] + tried["refused"] >= DECISIONS
    assert tried["allowed"] >= ALLOWED


def test_random_worlds_reach_every_rule():
    """Each rule is at times the only one that refuses: a road that forgot it would be seen to."""
    reached = set()

    def all_reached(world: World) -> bool:
        for adult, pupil, at in product(world.adults, world.pupils, world.moments):
            facts = world.facts(adult, pupil, at)
            if not may_see(facts, at):
                refusing = [rule for rule in RULES if refused(may_see(facts, at, [rule]))]
                reached.update(refusing if len(refusing) == 1 else ())
        return reached == set(RULES)

    find(worlds(), all_reached, settings=settings(phases=[Phase.generate], max_examples=1_000, database=None))


def refused(decision: Decision) -> bool:
    return any(found.effect is Effect.REFUSES for found in decision.findings)
