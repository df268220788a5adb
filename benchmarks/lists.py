"""How long the long lists of staff take to answer at 10,000 adults: every standing, every order, a search, the last page.

python -m benchmarks lists
"""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import Engine, update

from benchmarks.school import FIRST, people_of
from portal_core.audit.log import append
from portal_core.domain.clauses import Verb
from portal_core.services import (
    account_list,
    audit_desk,
    enquiries,
    golive,
    information,
    looks,
    requests,
    retention,
    staff_list,
    tasks,
    withheld_list,
)  # fmt: skip
from portal_core.services.account_list import Standing
from portal_core.services.audit_desk import Sought
from portal_core.services.listing import Wanted
from portal_core.store.base import open_engine
from portal_core.store.enquiries import Cause, Enquiry
from portal_core.store.information import Basis, InformationRequest
from portal_core.store.intake import AccessRequest
from portal_core.store.people import Connection, Enrolment
from portal_core.store.school import Task, TaskKind
from tests.services.people import School

ADULTS, TASKS, WRITTEN, ENTRIES, TIMES = 10_000, 5_000, 3_000, 200_000, 5
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
    "requests for access": ("office", requests.requests, {}, Wanted()),
    "requests for access, a name": ("office", requests.requests, {}, Wanted("mars")),
    "going live, left for single checks": ("office", golive.unverified, {"of": golive.Of.LEFT}, Wanted()),
    "going live, covered": ("office", golive.unverified, {"of": golive.Of.COVERED}, Wanted()),
    "going live, what it would cover": ("office", golive.proposal, {}, None),
    "enquiries, answered": ("office", enquiries.answered, {}, Wanted()),
    "enquiries, words of one": ("office", enquiries.answered, {}, Wanted("letter 2999")),
    "requests for information": ("lead", information.requests, {}, Wanted()),
    "accounts of staff": ("administrator", staff_list.staff_accounts, {}, Wanted()),
    "records due for erasure": ("data_manager", retention.due, {}, Wanted()),
    "what waits, counted for data": ("data_manager", tasks.matters, {}, None),
    "the audit": ("lead", audit_desk.entries, {"sought": Sought()}, None),
    "the audit of one child": ("lead", audit_desk.entries, {"sought": Sought(about=("pupil", FIRST + 7))}, None),
    "who has looked at one child": (
        "lead",
        looks.looks,
        {"pupil": FIRST + 7, "since": datetime(2000, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)},
        None,
    ),
    "the audit about one adult": (
        "lead",
        audit_desk.entries,
        {"sought": Sought(about=("adult", FIRST + 7), looking=False)},
        None,
    ),
    "the audit of one verb": ("lead", audit_desk.entries, {"sought": Sought(verb=Verb.EXPORTED)}, None),
    "the audit of one person": ("lead", audit_desk.entries, {"sought": Sought(actor="adult:10007")}, None),
}


def main() -> list[str]:
    """Build a school of 10,000 adults with what is written around them, and ask."""
    slow = []
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/portal.db")
        school = School(engine)
        with engine.begin() as connection:
            people_of(connection, school.families, range(FIRST, FIRST + ADULTS))
        now = school.families.now
        with school.store.counting() as session:
            session.add_all(
                Task(
                    kind=TaskKind.VERIFY_RESPONSIBILITY,
                    subject=f"adult:{FIRST + n}",
                    opened_at=now - timedelta(hours=n),
                )
                for n in range(TASKS)
            )
        _written(engine, school)
        print(
            f"{ADULTS:,} adults, {TASKS:,} tasks, {WRITTEN:,} requests and enquiries each, {ENTRIES:,} entries, SQLite"
        )
        print(f"the median of {TIMES}, in ms (least to most)")
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


def _written(engine: Engine, school: School) -> None:
    """Requests, enquiries, an audit of many years, connections not yet checked, pupils who left long ago."""
    now, office = school.families.now, school.families.staff["office"]
    with school.store.counting() as session:
        for n in range(WRITTEN):
            at = now - timedelta(minutes=n)
            session.add(
                AccessRequest(made_at=at, name=f"Robin Marsh {n}", children="Sam", reach=f"r{n}@family.example")
            )
            session.add(
                Enquiry(
                    asker="Robin", asked_at=at, text=f"About a letter {n}", answer="It is right.", cause=Cause.MARK,
                    answered_at=at, answered_by_id=office,
                )
            )  # fmt: skip
            session.add(
                InformationRequest(
                    pupil_id=FIRST + n, asker="Robin", reach="", basis=next(iter(Basis)), came_on=at.date(), due_on=at.date(),
                    taken_by_id=office, taken_at=at,
                )
            )  # fmt: skip
    long_ago = now.date() - timedelta(days=9 * 365)
    with engine.begin() as connection:
        few = Connection.adult_id >= FIRST + ADULTS - 2_000
        connection.execute(update(Connection).where(few).values(verified_at=None, verified_by_id=None))
        gone = Enrolment.pupil_id.between(FIRST + 3_000, FIRST + 5_000)
        connection.execute(update(Enrolment).where(gone).values(begun_on=long_ago, ended_on=long_ago))
        seen = [(now, f"adult:{FIRST + n % ADULTS}", Verb.VIEWED, FIRST + n % ADULTS, {}) for n in range(ENTRIES)]
        append(connection, seen)
        connection.exec_driver_sql("ANALYZE")
