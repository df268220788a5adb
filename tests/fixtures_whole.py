"""The whole portal, as it is served, over the ten families: one server for a module."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from dashboards.portal import put_together
from portal_core.domain.clauses import Verb
from portal_core.security.credentials import token_hash
from portal_core.store.accounts import Login
from portal_core.store.base import open_engine
from portal_core.store.facts import about_logins
from portal_core.store.school import AuditEntry
from portal_core.store.scope import Store
from tests.doors.running import Running, running
from tests.doors.wire import Answer, Page, ask, form_token, join, socket
from tests.families import Families, build_families, sign_in_as

KEY = "k" * 64


@dataclass
class Whole:
    """A running portal, its records, and the people who visit it."""

    server: Running
    store: Store
    families: Families

    @property
    def url(self) -> str:
        return self.server.url

    def cookie(self, who: str) -> str:
        """A fresh login, complete, of one of the families' adults or staff."""
        return sign_in_as(self.store, self.families.accounts[who])

    def login_of(self, cookie: str) -> int:
        """The id of the login that a cookie is of."""
        with self.store.engine.connect() as connection:
            return int(connection.execute(select(Login.id).where(Login.token_hash == token_hash(cookie))).scalar_one())

    def get(self, path: str, who: str | None = None, **sent: Any) -> Answer:
        """A page as that person gets it."""
        return ask(self.url, path, cookie=self.cookie(who) if who else None, **sent)

    def send(self, path: str, who: str | None = None, **fields: Any) -> Answer:
        """A form as a page of ours sends it, by that person."""
        token, form = form_token(self.url)
        cookie = self.cookie(who) if who else None
        return ask(self.url, path, "POST", cookie=cookie, origin=self.url, form={"_xsrf": token, **fields}, Cookie=form)

    @contextmanager
    def page(self, app: str, who: str, *, child: str | None = None, about: str = "") -> Iterator[Page]:
        """An application joined by that person."""
        cookie = self.cookie(who)
        answer = join(self.url, app, cookie, child and self.families.pupils[child], about=about)
        assert answer.status == 200, answer.text
        with socket(self.url, app, answer.json["token"], cookie=cookie) as page:
            yield page

    def principal(self, who: str) -> Any:
        """That person, signed in, as services take them."""
        cookie_owner = self.families.accounts[who]
        sign_in_as(self.store, cookie_owner)
        with self.store.engine.connect() as connection:
            login = connection.scalar(
                select(Login.id).where(Login.account_id == cookie_owner).order_by(Login.id.desc())
            )
            return about_logins(connection, [login], self.store.clock()).principals[login]

    def audit(self, since: int = 0) -> list[tuple[Verb, str, int | None, str]]:
        """What is on record after an entry: verb, actor, pupil, detail."""
        with self.store.engine.connect() as connection:
            rows = connection.execute(select(AuditEntry.__table__).where(AuditEntry.id > since).order_by(AuditEntry.id))
            return [(row.verb, row.actor, row.pupil_id, row.detail) for row in rows]


@contextmanager
def serving(engine: Engine, **changed: Any) -> Iterator[Whole]:
    """The whole portal over an empty, migrated database, which the families fill."""
    families = build_families(engine)
    store = Store(engine, clock=families.clock)
    portal = put_together(store, KEY)
    given = {"joins_a_minute": 10_000, "sockets_a_login": 50, "watch_seconds": 0.1} | changed
    try:
        with running(portal.gate, portal.apps, portal.routes, **given) as server:
            yield Whole(server, store, families)
    finally:
        portal.close()


@pytest.fixture(scope="module")
def served_whole(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    path = tmp_path_factory.mktemp("whole") / "portal.db"
    shutil.copy(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    with serving(engine) as whole:
        yield whole
    engine.dispose()


@pytest.fixture
def whole(served_whole: Whole) -> Whole:
    """One server for a module; each test finds the clock at 11:00 on a Thursday."""
    served_whole.families.at("11:00")
    return served_whole


@pytest.fixture
def fresh_whole(migrated: Callable[[str], Engine]) -> Iterator[Whole]:
    """A portal of the test's own, for what cannot be undone."""
    with serving(migrated("sqlite")) as whole:
        yield whole
