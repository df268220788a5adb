"""The ten families, and a worker that writes to them."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from portal_core.domain.clauses import Clause, Verb
from portal_core.domain.mail import MailKind
from portal_core.domain.people import Machine
from portal_core.jobs.smtp import Smtp
from portal_core.jobs.worker import Worker
from portal_core.security.credentials import Vault
from portal_core.security.mail import post
from portal_core.services.alerts import choose_alerts
from portal_core.services.casework import restrict
from portal_core.store.accounts import Login
from portal_core.store.facts import about_logins
from portal_core.store.jobs import Job
from portal_core.store.school import AuditEntry, Task
from portal_core.store.scope import Store
from tests.families import Families, build_families, sign_in_as
from tests.fixtures_mail import PostOffice

VAULT = Vault("v" * 64)
TEST = Machine("test", frozenset())
ORIGIN, SENDER = "https://portal.millbrook.example", "portal@millbrook.example"


@dataclass
class Mailing:
    """The families, a worker, and what a test does to them."""

    store: Store
    families: Families
    worker: Worker
    office: PostOffice
    posted: list[int] = field(default_factory=list)

    def post(self, who: str, kind: MailKind, **given: object) -> int:
        """Records a message as a verb does."""
        with self.store.writing_as(TEST, self.store.moment()) as work:
            job = post(work, adult=self.families.adults[who], kind=kind, vault=VAULT, **given)
            work.audit(Verb.SET, what="test")
        assert job is not None
        self.posted.append(job)
        return job

    def absence(self, who: str, child: str) -> int:
        """An alert about today's morning."""
        about = {"pupil": self.families.pupils[child], "day": self.families.now.date().isoformat(), "half": 0}
        return self.post(who, MailKind.ABSENCE, about=about)

    def job(self, number: int) -> Job:
        with self.store.reading_as(TEST, self.store.moment()) as session:
            return session.get_one(Job, number)

    def state(self, number: int) -> str:
        return self.job(number).state

    def tasks(self) -> list[tuple[str, str]]:
        with self.store.reading_as(TEST, self.store.moment()) as session:
            return sorted(
                (task.kind, task.subject) for task in session.scalars(select(Task).where(Task.done_at.is_(None)))
            )

    def audit(self, verb: Verb) -> list[str]:
        with self.store.reading_as(TEST, self.store.moment()) as session:
            return list(
                session.scalars(select(AuditEntry.detail).where(AuditEntry.verb == verb).order_by(AuditEntry.id))
            )

    def later(self, **by: int) -> None:
        self.families.now += timedelta(**by)

    def principal(self, who: str):
        account = self.families.accounts[who]
        sign_in_as(self.store, account)
        with self.store.engine.connect() as connection:
            login = connection.scalar(select(Login.id).where(Login.account_id == account).order_by(Login.id.desc()))
            return about_logins(connection, [login], self.store.clock()).principals[login]

    def choose(self, who: str, *, weekly: bool, absence: bool) -> None:
        choose_alerts(self.store, by=self.principal(who), at=self.store.moment(), weekly=weekly, absence=absence)

    def restrict(self, who: str) -> None:
        """The whole account, for a breach."""
        restrict(
            self.store, by=self.principal("lead"), at=self.store.moment(), adult=self.families.adults[who],
            clause=Clause.REVOKE_3, pupils=None, evidence="file 15",
        )  # fmt: skip


@pytest.fixture
def mailing(engine: Engine, office: PostOffice) -> Mailing:
    """On each kind of database, at eleven on a Thursday."""
    families = build_families(engine)
    store = Store(engine, families.clock)
    road = Smtp("127.0.0.1", office.port, "none")
    return Mailing(store, families, Worker(store, VAULT, road, ORIGIN, SENDER), office)
