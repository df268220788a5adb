"""From a committed restriction to the closed page, ten times, over the whole portal with its usual watch of once a second.

A parent's page is joined; the safeguarding lead restricts; the clock runs from the commit to the socket's close. Each time the restriction is
lifted again and the page is opened anew, at another point of the second.

    python -m benchmarks revocation
"""

import logging
import tempfile
import time
from statistics import median

from portal_core.domain.clauses import Clause
from portal_core.services.casework import lift_restriction, restrict
from portal_core.store import schema
from portal_core.store.base import open_engine
from tests.families import TODAY
from tests.fixtures_whole import serving

TIMES = 10
LONGEST = 1.5  # seconds: a look each second, and the time it takes


def main() -> list[str]:
    """Prints each time in seconds, the median and the longest."""
    logging.disable()
    taken = []
    with tempfile.TemporaryDirectory(prefix="portal-revocation-", ignore_cleanup_errors=True) as folder:
        engine = open_engine(f"sqlite:///{folder}/portal.db")
        schema.upgrade(engine)
        with serving(engine, watch_seconds=1.0) as whole:
            adult, child = whole.families.adults["one_child"], whole.families.pupils["Zayn"]
            for number in range(TIMES):
                with whole.page("/parent", "one_child", child="Zayn") as page:
                    page.pull()
                    time.sleep(number / TIMES)  # so that commits fall anywhere between two looks
                    made = restrict(
                        whole.store, by=whole.principal("lead"), at=whole.store.moment(), adult=adult, clause=Clause.REVOKE_1,
                        pupils=[child], evidence="benchmark", review_on=TODAY,
                    )  # fmt: skip
                    committed = time.perf_counter()
                    page.closed()
                    taken.append(time.perf_counter() - committed)
                lift_restriction(
                    whole.store,
                    by=whole.principal("lead"),
                    at=whole.store.moment(),
                    restriction=made,
                    rests_on="measured",
                )
        engine.dispose()
    print("seconds from commit to closed socket: " + " ".join(f"{one:.2f}" for one in taken))
    print(f"median {median(taken):.2f}, longest {max(taken):.2f}")
    return [f"a socket was open {max(taken):.2f} s after the commit"] if max(taken) > LONGEST else []
