"""How long the long lists of staff take to answer at 10,000 adults: every standing, every order, a search, the last page.

python -m benchmarks lists
"""

import tempfile
import time
from datetime import timedelta
from statistics import median

from benchmarks.school import FIRST, people_of
from portal_core.services import account_list, tasks, withheld_list
from portal_core.services.account_list import Standing
from portal_core.services.listing import Wanted
from portal_core.store.base import open_engine
from portal_core.store.school import Task, TaskKind
from tests.services.people import School

ADULTS, TASKS, TIMES = 10_000, 5_000, 5
SLOWEST = 300  # ms, on the machine that serves the demo
ASKED = {
    **{f"accounts: {one}": ("office", account_list.accounts, {"standing": one}, Wanted()) for one in Standing},
    **{
        f"accounts by {sort}": ("office", account_list.accounts, {}, Wanted(sort=f"-{sort}"))
        for sort in ("name", "username", "state", "code", "seen")
    },
    "accounts, the last page": ("office", account_list.accounts, {}, Wanted(page=ADULTS)),
    "accounts, a name": ("office", account_list.accounts, {}, Wanted("mars")),
    "accounts, a telephone number": ("office", account_list.accounts, {}, Wanted("07700 900123")),
    "tasks": ("office", tasks.tasks, {}, Wanted()),
    "tasks by owner": ("office", tasks.tasks, {}, Wanted(sort="-owner")),
    "tasks, the last page": ("office", tasks.tasks, {}, Wanted(page=TASKS)),
    "tasks, a name": ("office", tasks.tasks, {}, Wanted("mars")),
    "restrictions": ("lead", withheld_list.in_force, {}, Wanted()),
    "children about to leave": ("office", withheld_list.leavers, {}, Wanted()),
    "what waits, counted": ("office", tasks.matters, {}, None),
}


def main() -> list[str]:
    """Build a school of 10,000 adults and 5,000 tasks, and ask."""
    slow = []
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/portal.db")
        school = School(engine)
        with engine.begin() as connection:
            people_of(connection, school.families, range(FIRST, FIRST + ADULTS))
        now = school.families.now
        with school.store.counting(now) as session:
            session.add_all(
                Task(
                    kind=TaskKind.VERIFY_RESPONSIBILITY,
                    subject=f"adult:{FIRST + n}",
                    opened_at=now - timedelta(hours=n),
                )
                for n in range(TASKS)
            )
        print(f"{ADULTS:,} adults, {TASKS:,} tasks, SQLite; the median of {TIMES}, in ms (least to most)")
        for name, (who, verb, given, wanted) in ASKED.items():
            by, taken = school.by(who), []
            for _ in range(TIMES):
                at, begun = school.at(), time.perf_counter()
                verb(school.store, by=by, at=at, **given, **({} if wanted is None else {"wanted": wanted}))
                taken.append(1000 * (time.perf_counter() - begun))
            print(f"  {name:50} {median(taken):6.1f} ({min(taken):.1f} to {max(taken):.1f})")
            slow += [f"{name}: {median(taken):.0f} ms"] if median(taken) > SLOWEST else []
        engine.dispose()
    return slow
