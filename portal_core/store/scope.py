"""Sessions with a reader: what a session's statements find is what its principal may see, whoever wrote the query.

`reading_as` an adult finds the pupils that policy/access.py admits and what has been published of them, nothing else.
`reading_as` staff finds what their duties open. `writing_as` is one transaction with its audit, or nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Delete, Engine, Update, event, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, sessionmaker

from portal_core.audit.log import append
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import _
from portal_core.domain.people import Actor, Principal
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.errors import NotFound, NotPermitted, Stale
from portal_core.policy.access import latest_birth_of_age
from portal_core.policy.duties import duties
from portal_core.store.accounts import Acceptance, PolicyVersion
from portal_core.store.base import Base, Recorded
from portal_core.store.casework import Investigation, PartyOutcome
from portal_core.store.facts import about_logins, settings_of
from portal_core.store.readers import criteria
from portal_core.store.school import AuditEntry, SchoolSetting

T = TypeVar("T", bound=Base)
_Session = sessionmaker(expire_on_commit=False)
_MEANWHILE = {"23505", "40P01"}  # PostgreSQL: somebody else's row was first, or each waited for the other

ENDINGS: Mapping[type[Any], frozenset[str]] = {
    Recorded: frozenset({"superseded_at", "lifted_by_id", "lifted_for"}),
    Investigation: frozenset({"closed_at", "closed_by_id"}),
    **dict.fromkeys((PartyOutcome, Acceptance, PolicyVersion, AuditEntry), frozenset[str]()),
}
"""What past decisions are replayed from: such a row is never changed but for its end, and that once."""


class Unscoped(RuntimeError):
    """A statement or a change that this session must not make, or a session without a reader: a fault in our code."""


@event.listens_for(_Session, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    info = state.session.info
    if "scope" not in info:
        raise Unscoped("a session is opened by reading_as or writing_as")
    if (info["scope"] or info.get("writes")) and not state.is_orm_statement:
        raise Unscoped("Core and textual statements pass under the row scope: select mapped classes")
    if info.get("reads") and not state.is_select:
        raise Unscoped("a session that reads changes nothing: write through writing_as")
    changes = (state.is_update or state.is_delete) and not state.execution_options.get("erases")
    if info.get("writes") and changes and _ends(state.bind_mapper) is not None:
        raise Unscoped("what decides has its history: end the row and add the next")
    if state.is_select:
        state.statement = state.statement.options(*info["scope"])


@event.listens_for(_Session, "before_flush")
def _keep_history(session: Session, *_unused: Any) -> None:
    if session.info.get("reads"):
        raise Unscoped("a session that reads changes nothing: write through writing_as")
    for row in (*session.dirty, *session.deleted) if session.info.get("writes") else ():
        endings = _ends(inspect(row).mapper)
        changed = [one for one in inspect(row).attrs if one.history.has_changes()]
        again = [one for one in changed if any(value is not None for value in one.history.deleted)]
        if endings is not None and (row in session.deleted or again or not endings.issuperset(c.key for c in changed)):
            raise Unscoped(f"{type(row).__name__} has its history: end the row and add the next")


def _ends(mapper: Mapper[Any] | None) -> frozenset[str] | None:
    kind = mapper.class_ if mapper is not None else object
    return next((names for table, names in ENDINGS.items() if issubclass(kind, table)), None)


class Work:
    """One transaction of an actor: changes and the audit entries that tell of them."""

    def __init__(self, session: Session, by: Actor, at: Moment, settings: SchoolSettings) -> None:
        self.session, self.by, self.at, self.settings = session, by, at, settings
        self.entries: list[tuple[Verb, int | None, dict[str, Any]]] = []
        self.lacking: list[Duty] = []

    @cached_property
    def held(self) -> frozenset[Duty]:
        """The actor's duties now, read in this transaction: a page open for hours may rest on a role since taken away."""
        if isinstance(self.by, Principal):
            known = about_logins(self.session.connection(), [self.by.login_id], self.at.instant)
            return duties(known.principals.get(self.by.login_id))
        return duties(self.by)

    def require(self, *needed: Duty) -> None:
        """Raises NotPermitted unless the actor holds every duty; asked by each verb again, whatever the page did."""
        if lacking := sorted(set(needed) - self.held):
            self.lacking += lacking
            raise NotPermitted("You are not able to do this. If your work needs it, please ask an administrator.")

    def add(self, record: T) -> T:
        """Adds a row and gives it its id."""
        self.session.add(record)
        self.session.flush()
        return record

    def get(self, kind: type[T], key: Any) -> T:
        """A row by its key, or NotFound."""
        found = self.session.get(kind, key)
        if found is None:
            raise NotFound("This record is not there any more. Please look again.")
        return found

    def hold(self, kind: type[T], key: Any) -> T:
        """The same for a row that this transaction decides on: whoever else does so waits, and finds what it then says."""
        found = self.session.get(kind, key, with_for_update={"key_share": True})
        if found is None:
            raise NotFound("This record is not there any more. Please look again.")
        return found

    def erase(self, statement: Update | Delete) -> None:
        """What alone may change or delete what has its history: a record's time is over (SEC-5)."""
        self.session.execute(statement, execution_options={"erases": True, "synchronize_session": False})

    def audit(self, verb: Verb, *, pupil: int | None = None, **detail: Any) -> None:
        """Notes what is being done; ids and values alone, since the audit holds no names."""
        self.entries.append((verb, pupil, detail))


class Store:
    """A school's records behind an engine. Every read has a reader, every change an actor and its audit entry."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine, self.clock = engine, clock
        self._zone: ZoneInfo | None = None

    def settings(self, at: datetime) -> SchoolSettings:
        """The school's settings as they were at an instant."""
        with _Session(bind=self.engine, info={"scope": []}) as session:
            rows = session.execute(
                select(SchoolSetting.key, SchoolSetting.value).where(
                    SchoolSetting.recorded_at <= at,
                    SchoolSetting.superseded_at.is_(None) | (SchoolSetting.superseded_at > at),
                )
            )
            return settings_of(frozenset((key, value) for key, value in rows))

    def moment(self, instant: datetime | None = None) -> Moment:
        """An instant, or now, by the school's clock."""
        instant = instant or self.clock()
        if self._zone is None:
            self._zone = ZoneInfo(self.settings(self.clock()).zone)
        return Moment(instant, self._zone)

    @contextmanager
    def reading_as(self, reader: Actor, at: Moment) -> Iterator[Session]:
        """A session that finds what the reader may see at that moment; opened fresh for each question, never shared."""
        settings = self.settings(at.instant)
        info = {"scope": criteria(reader, at, settings), "reads": True}
        with _Session(bind=self.engine, info=info, autoflush=False) as session:
            if (
                self.engine.dialect.name == "postgresql"
                and isinstance(reader, Principal)
                and reader.adult_id is not None
            ):
                of_age = latest_birth_of_age(at.day, settings.responsibility_ends_at)
                session.connection().execute(text("SET LOCAL ROLE portal_parent"))
                session.connection().execute(
                    ROW_SECURITY, {"adult": reader.adult_id, "at": at.instant, "day": at.day, "of_age": of_age}
                )
            yield session

    @contextmanager
    def writing_as(self, by: Actor, at: Moment) -> Iterator[Work]:
        """One transaction; leaving it with a change but no audit entry is an error and changes nothing.

        Raises Stale where somebody else did the same in the meantime, which only PostgreSQL lets them begin. What a person
        is refused goes on record, in a transaction of its own (SEC-4).
        """
        lacking: list[Duty] = []
        try:
            with self._writing(by, at) as work:
                lacking = work.lacking
                yield work
        except NotPermitted:
            if isinstance(by, Principal):
                with self._writing(by, at) as refused:
                    refused.audit(Verb.WAS_REFUSED, lacking=lacking)
            raise
        except DBAPIError as fault:
            if getattr(fault.orig, "sqlstate", None) in _MEANWHILE:
                raise Stale(_("Somebody changed this at the same moment. Please look again.")) from fault
            raise

    @contextmanager
    def _writing(self, by: Actor, at: Moment) -> Iterator[Work]:
        settings = self.settings(at.instant)
        with (
            self.engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection,
            _Session(bind=connection, info={"scope": [], "writes": True}) as session,
        ):
            work = Work(session, by, at, settings)
            changed = False

            def note(*_unused: Any) -> None:
                nonlocal changed
                changed = True

            event.listen(session, "after_flush", note)
            yield work
            session.flush()
            if changed and not work.entries:
                raise Unscoped("a change without an audit entry")
            if work.entries:
                append(session.connection(), [(at.instant, str(by), *entry) for entry in work.entries])
            session.commit()

    @contextmanager
    def counting(self) -> Iterator[Session]:
        """A short transaction of its own for counters that hold nothing personal and tell of nothing done."""
        with (
            self.engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection,
            _Session(bind=connection, info={"scope": []}) as session,
        ):
            yield session
            session.commit()


ROW_SECURITY = text(
    "SELECT set_config('portal.adult', CAST(CAST(:adult AS integer) AS text), true), "
    "set_config('portal.at', CAST(CAST(:at AS timestamptz) AS text), true), "
    "set_config('portal.day', CAST(CAST(:day AS date) AS text), true), "
    "set_config('portal.of_age', CAST(CAST(:of_age AS date) AS text), true)"
)
