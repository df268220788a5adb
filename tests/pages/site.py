"""The portal on the real gate and store, its ten families in it, and visitors who hold cookies as a browser does."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from http.cookies import SimpleCookie
from typing import Any

import pyotp
from sqlalchemy import Engine

from dashboards.pages import activation, parent, public, signin, staying
from dashboards.security.handlers import PortalHandler
from portal_core.domain.clauses import Duty
from portal_core.domain.people import AccountState
from portal_core.security import credentials
from portal_core.services.gate import Gate
from portal_core.store.accounts import Account, AccountStatus, ActivationCode, NoticeVersion, PolicyVersion
from portal_core.store.scope import Store
from tests.doors.running import Running, running
from tests.doors.wire import Answer, ask
from tests.families import LONG_AGO, Families, build_families

VAULT = credentials.Vault("v" * 64)
NEW_PASSWORD = "orchard tin whistle 71"


class StaffPage(PortalHandler):
    """Stands where the staff dashboard does."""

    duty = Duty.WORK

    def get(self) -> None:
        self.show("error.html", status=200, title="Staff page", text="")


class NotebooksPage(StaffPage):
    """Stands where the notebooks are."""

    duty = Duty.ANALYSE


@dataclass
class Site:
    """A server, and the records behind it."""

    running: Running
    store: Store
    families: Families
    secrets: dict[str, str] = field(default_factory=dict)  # of second factors, by account key

    @property
    def url(self) -> str:
        """Where the server really listens, whatever origin it shows."""
        return f"http://localhost:{self.running.settings.port}"

    def visitor(self, **headers: str) -> "Visitor":
        return Visitor(self, headers)

    def code_for(self, key: str) -> str:
        """A one-time code of an account, which is not yet activated again."""
        code, now = credentials.new_code(), self.store.clock()
        with self.store.counting() as session:
            account = session.get_one(Account, self.families.accounts[key])
            account.password_hash = account.factor_secret = account.factor_step = None
            status = session.query(AccountStatus).filter_by(account_id=account.id, superseded_at=None).one()
            status.superseded_at = now
            session.flush()
            session.query(ActivationCode).filter_by(account_id=account.id, ended_at=None).update({"ended_at": now})
            session.add(AccountStatus(account_id=account.id, state=AccountState.ISSUED, recorded_at=now))
            session.add(
                ActivationCode(
                    account_id=account.id, code_hash=credentials.code_hash(code), made_at=now,
                    expires_at=now + timedelta(days=28),
                )
            )  # fmt: skip
        return code

    def factor_for(self, key: str) -> str:
        """A second factor, enrolled; its secret."""
        secret = self.secrets[key] = credentials.new_factor()
        with self.store.counting() as session:
            account = session.get_one(Account, self.families.accounts[key])
            account.factor_secret, account.factor_step = VAULT.seal(secret), 0
        return secret

    def totp(self, secret: str) -> str:
        """What the app shows now, by the portal's clock."""
        return pyotp.TOTP(secret).at(self.store.clock())

    def publish(self, number: int, text: str, *, must_accept: bool = True, notice: bool = False) -> None:
        with self.store.counting() as session:
            kind, more = (NoticeVersion, {}) if notice else (PolicyVersion, {"must_accept": must_accept})
            session.add(kind(number=number, text=text, published_at=LONG_AGO, **more))


@dataclass
class Visitor:
    """One browser without a script."""

    site: Site
    headers: Mapping[str, str]
    cookies: dict[str, str] = field(default_factory=dict)
    last: Answer | None = None

    def get(self, path: str) -> Answer:
        return self._ask(path)

    def send(self, path: str, /, *, form_on: str | None = None, **fields: Any) -> Answer:
        """Fill in the form on a page and send it."""
        page = self.get(form_on or path)
        return self.post(path, hidden(page) | fields)

    def post(self, path: str, fields: Mapping[str, Any] | bytes, **headers: str) -> Answer:
        """Send fields just as given."""
        return self._ask(path, "POST", form=fields, **headers)

    def sign_in(self, username: str, password: str, **fields: Any) -> Answer:
        return self.send("/sign-in", username=username, password=password, **({"device": "private"} | fields))

    @property
    def sid(self) -> str | None:
        return self.cookies.get(self.site.running.settings.cookie)

    def _ask(self, path: str, method: str = "GET", **more: Any) -> Answer:
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        origin = {"origin": self.site.running.settings.origin} if method == "POST" else {}
        answer = ask(self.site.url, path, method, **{**origin, **self.headers, "Cookie": held, **more})
        for line in answer.cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        self.last = answer
        return answer


def hidden(page: Answer) -> dict[str, str]:
    """The hidden fields of the form in a page's main part."""
    main = page.text.partition("<main")[2]
    fields = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", main):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        fields[name[1]] = unescape(value[1])
    return fields


@contextmanager
def site(engine: Engine, **changed: Any) -> Iterator[Site]:
    """The pages of this folder on a server of their own."""
    families = build_families(engine)
    store = Store(engine, clock=families.clock)
    desk = signin.Desk(store, VAULT)
    routes = [
        *public.routes(store), *signin.routes(desk), *activation.routes(desk), *parent.ROUTES, *staying.ROUTES,
        (r"/staff", StaffPage), (r"/notebooks/", NotebooksPage),
    ]  # fmt: skip
    with running(Gate(store), {}, routes, **changed) as server:
        yield Site(server, store, families)
