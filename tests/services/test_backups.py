"""Backup, restore and upgrade beneath the command: one picture, on either database, of whatever revision; whole or nothing."""

import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import DBAPIError

from portal_core.audit.log import verify_log
from portal_core.domain.clauses import Clause, Duty, Verb
from portal_core.domain.people import Machine
from portal_core.domain.school import utc_now
from portal_core.errors import BadInput, NotPermitted, OldSchema
from portal_core.security.credentials import code_hash
from portal_core.services import backups, restoring, upgrading
from portal_core.services.installation import COMMAND_LINE
from portal_core.store import schema
from portal_core.store.accounts import ActivationCode, Login
from portal_core.store.base import Base, open_engine
from portal_core.store.people import Staff
from portal_core.store.recovery import EmailChange, RecoveryCode, ResetLink
from portal_core.store.scope import Store
from tests.families import build_families, sign_in_as
from tests.older import as_of

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}
NOBODY = Machine("somebody", frozenset(set(Duty) - {Duty.SET_SCHOOL}))


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Engine]:
    """Call it with `sqlite` or `postgresql` for an engine on a database without a table."""
    made = []

    def fresh(kind: str) -> Engine:
        url = f"sqlite:///{tmp_path}/{len(made)}.db"
        made.append(open_engine(url if kind == "sqlite" else request.getfixturevalue("fresh_postgres")()))
        return made[-1]

    yield fresh
    for engine in made:
        engine.dispose()


@pytest.fixture
def store(engine) -> Store:
    """The ten families, signed in and with something on record."""
    families = build_families(engine)
    store = Store(engine, utc_now)
    sign_in_as(store, families.accounts["two_children"])
    with store.counting() as session:
        session.add(
            ActivationCode(
                account_id=families.accounts["unactivated"], code_hash=code_hash("ABCD"), made_at=store.clock(),
                expires_at=store.clock() + timedelta(28),
            )
        )  # fmt: skip
        living = {"account_id": families.accounts["two_children"], "made_at": store.clock()}
        soon = {"expires_at": store.clock() + timedelta(1)}
        session.add(RecoveryCode(code_hash=code_hash("EFGH"), **living))
        session.add(ResetLink(token_hash=code_hash("IJKL"), **living, **soon))
        session.add(EmailChange(address="new@family.example", new_hash=code_hash("MNPQ"), **living, **soon))
    with store.writing_as(COMMAND_LINE, store.moment()) as work:
        work.audit(Verb.VIEWED, pupil=families.pupils["Amelia"], what="a test")
    return store


def rows(engine, *without):
    """Every row of every table, in Python's values."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in ("audit_entry", *restoring.LIVING, *without)
        }


def on_record(engine):
    with engine.connect() as connection:
        verify_log(connection)
        return connection.execute(text("SELECT verb FROM audit_entry ORDER BY id")).scalars().all()


@pytest.mark.clause(Clause.SEC_4)
def test_a_backup_of_one_database_restores_into_the_other(store, empty, tmp_path):
    """With the same records, an audit that verifies, nobody signed in, and no code that may have been used since."""
    file = backups.back_up(store, by=COMMAND_LINE, at=store.moment(), folder=tmp_path)
    other = Store(empty(OTHER[store.engine.dialect.name]), utc_now)

    came = restoring.restore(other, by=COMMAND_LINE, file=file)

    assert file.stat().st_mode & 0o077 == 0
    assert rows(other.engine) == rows(store.engine)
    assert came.rows > 1_000
    assert on_record(store.engine) == ["viewed", "backed up"]
    assert on_record(other.engine) == ["viewed", "restored"]
    with other.engine.connect() as connection:
        for table in (Login, ActivationCode, RecoveryCode, ResetLink, EmailChange):
            assert connection.scalars(select(table.id)).all() != []
            assert connection.scalars(select(table.id).where(table.ended_at.is_(None))).all() == []


def test_a_backup_is_one_picture_whatever_is_written_meanwhile(store, empty, tmp_path):
    """What is committed while it is being written is in none of its tables."""
    beside = open_engine(store.engine.url.render_as_string(hide_password=False))
    before, written = rows(store.engine), []

    @event.listens_for(store.engine, "after_cursor_execute")
    def write_once(_: object, __: object, statement: str, *___: object) -> None:
        if "FROM adult " in " ".join(statement.split()) and not written:
            written.append(statement)
            other = Store(beside, utc_now)
            with other.writing_as(COMMAND_LINE, other.moment()) as work:
                work.add(Staff(surname="Latecomer"))
                work.audit(Verb.SET, what="a latecomer")

    file = backups.write_backup(store.engine, at=utc_now(), folder=tmp_path)
    event.remove(store.engine, "after_cursor_execute", write_once)
    assert rows(store.engine) != before
    restored = Store(empty("sqlite"), utc_now)
    restoring.restore(restored, by=COMMAND_LINE, file=file)
    assert rows(restored.engine) == before
    beside.dispose()


def refuse_entries(engine):
    """The audit takes no more entries."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            refusal = "CREATE TRIGGER full BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'full'); END"
        else:
            refusal = "CREATE RULE full AS ON INSERT TO audit_entry DO INSTEAD SELECT 1/0"
        connection.execute(text(refusal.replace("full", '"full"')))


def test_a_backup_that_cannot_be_put_on_record_is_none(store, tmp_path):
    refuse_entries(store.engine)
    with pytest.raises(DBAPIError):
        backups.back_up(store, by=COMMAND_LINE, at=store.moment(), folder=tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_second_backup_in_one_second_leaves_the_first(store, tmp_path):
    at = store.moment()
    file = backups.back_up(store, by=COMMAND_LINE, at=at, folder=tmp_path)
    kept = file.read_bytes()
    with pytest.raises(BadInput, match="Try again in a second"):
        backups.back_up(store, by=COMMAND_LINE, at=at, folder=tmp_path)
    assert file.read_bytes() == kept


@pytest.mark.parametrize("reached", ["0001", "0003", "head"])
def test_a_restore_that_was_broken_off_can_be_made_again(store, empty, tmp_path, reached):
    """Tables without a row are as good as none."""
    file = backups.write_backup(store.engine, at=utc_now(), folder=tmp_path)
    other = Store(empty(store.engine.dialect.name), utc_now)
    schema.upgrade(other.engine, reached)

    restoring.restore(other, by=COMMAND_LINE, file=file)

    assert rows(other.engine) == rows(store.engine)


def test_a_database_of_something_else_is_not_touched(store, empty, tmp_path):
    """Not even one whose tables are empty."""
    file = backups.write_backup(store.engine, at=utc_now(), folder=tmp_path)
    other = Store(empty(store.engine.dialect.name), utc_now)
    with other.engine.begin() as connection:
        connection.execute(text("CREATE TABLE recipe (id integer primary key)"))
    with pytest.raises(BadInput, match="not empty"):
        restoring.restore(other, by=COMMAND_LINE, file=file)
    with other.engine.connect() as connection:
        assert list(schema.tables(connection).tables) == ["recipe"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"form": 2}, "newer program", id="another form"),
        pytest.param({"revision": "9999"}, "newer program", id="a revision to come"),
        pytest.param({"rows": {}}, "not a whole backup", id="other rows than it says"),
        pytest.param({"audit": [1, "00"]}, "not a whole backup", id="another audit than it says"),
        pytest.param({"columns": {"adult": ["id", "shoe_size"]}}, "not a whole backup", id="columns that never were"),
    ],
)
def test_a_backup_that_does_not_say_what_it_holds_restores_nothing(store, empty, tmp_path, changed, words):
    file = backups.write_backup(store.engine, at=utc_now(), folder=tmp_path)
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(bad, "w") as copy:
        for name in whole.namelist():
            content = whole.read(name)
            if name == backups.MANIFEST:
                content = json.dumps(json.loads(content) | changed).encode()
            copy.writestr(name, content)
    other = Store(empty(store.engine.dialect.name), utc_now)

    with pytest.raises(BadInput, match=words):
        restoring.restore(other, by=COMMAND_LINE, file=bad)

    with other.engine.connect() as connection:
        assert not schema.tables(connection).tables


@pytest.mark.parametrize(
    ("revision", "lacking"), [("0004", ("mark", "mark_amendment", "lesson_mark", "point")), ("0005", ())]
)
def test_an_older_database_is_upgraded_with_its_records(store, empty, tmp_path, revision, lacking):
    """Backed up first as it was, by a backup that this program restores as well; the audit says so and verifies."""
    old = Store(as_of(revision, store.engine, empty(store.engine.dialect.name)), utc_now)
    before = rows(store.engine, *lacking, "category")

    done = upgrading.upgrade(old, by=COMMAND_LINE, folder=tmp_path)

    assert (done.before, done.now, schema.found(old.engine)) == (revision, schema.needed(), schema.needed())
    assert rows(old.engine, *lacking, "category") == before
    assert on_record(old.engine) == ["viewed", "upgraded"]
    back = Store(empty(store.engine.dialect.name), utc_now)
    assert restoring.restore(back, by=COMMAND_LINE, file=done.backup).revision == revision
    assert rows(back.engine, *lacking, "category") == before
    assert upgrading.upgrade(back, by=COMMAND_LINE, folder=tmp_path) is None


def bound(engine):
    """Tables under row-level security."""
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity")).all())


def test_an_upgraded_postgresql_binds_parents_to_their_rows_as_a_new_one_does(store, migrated, empty, tmp_path):
    """Row-level security came with a migration."""
    old = Store(as_of("0005", store.engine, empty("postgresql")), utc_now)
    assert bound(old.engine) == set()
    upgrading.upgrade(old, by=COMMAND_LINE, folder=tmp_path)
    assert bound(old.engine) == bound(migrated("postgresql")) > {"pupil", "mark", "point"}


def test_a_database_from_a_newer_program_is_not_touched(store, tmp_path):
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OldSchema, match="a newer program made"):
        upgrading.upgrade(store, by=COMMAND_LINE, folder=tmp_path)
    assert list(tmp_path.glob("*.zip")) == []


def test_an_upgrade_that_fails_says_where_the_backup_is(store, empty, tmp_path):
    old = Store(as_of("0005", store.engine, empty("sqlite")), utc_now)
    refuse_entries(old.engine)
    with pytest.raises(DBAPIError) as failed:
        upgrading.upgrade(old, by=COMMAND_LINE, folder=tmp_path)
    [file] = tmp_path.glob("*.zip")
    assert str(file) in failed.value.__notes__[0]


def test_whoever_lacks_the_duty_keeps_no_backup_and_upgrades_nothing(store, empty, tmp_path):
    """The verbs ask themselves, whoever calls."""
    file = backups.write_backup(store.engine, at=utc_now(), folder=tmp_path)
    other = Store(empty("sqlite"), utc_now)
    with pytest.raises(NotPermitted):
        backups.back_up(store, by=NOBODY, at=store.moment(), folder=tmp_path / "b")
    with pytest.raises(NotPermitted):
        upgrading.upgrade(store, by=NOBODY, folder=tmp_path / "b")
    with pytest.raises(NotPermitted):
        restoring.restore(other, by=NOBODY, file=file)
    assert not (tmp_path / "b").exists()
    with other.engine.connect() as connection:
        assert not schema.tables(connection).tables


def test_rows_are_counted_on_after_a_restore(store, empty, tmp_path):
    """A new row gets a number of its own."""
    file = backups.write_backup(store.engine, at=utc_now(), folder=tmp_path)
    other = Store(empty("postgresql"), utc_now)
    restoring.restore(other, by=COMMAND_LINE, file=file)
    with other.counting() as session:
        highest = session.scalar(select(func.max(Staff.id)))
        session.add(new := Staff(surname="Latecomer"))
        session.flush()
        assert new.id == highest + 1
