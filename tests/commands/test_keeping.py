"""Backup, restore, upgrade, doctor and the rest, on both databases: nothing is lost, and what is wrong is said."""

import json
import zipfile

import pytest
from sqlalchemy import select, text

from portal_core.domain.clauses import Clause
from portal_core.services.installation import COMMAND_LINE, opened
from portal_core.services.staff import verify_audit
from portal_core.settings import load
from portal_core.store import schema
from portal_core.store.accounts import Login
from portal_core.store.base import Base, open_engine
from portal_core.store.people import Staff
from tests.families import build_families, sign_in_as
from tests.older import as_of


def rows(folder):
    """Every row of every table but the audit and what a restore adds to it."""
    engine = open_engine(load(folder).url)
    found = rows_of(engine)
    engine.dispose()
    return found


def rows_of(engine):
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in ("audit_entry", "login")
        }


def filled(folder):
    """The ten families in place of the school that init has made."""
    engine = open_engine(load(folder).url)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != "audit_entry":
                connection.execute(table.delete())
    families = build_families(engine)
    engine.dispose()
    return families


def test_a_backup_restores_to_the_same_records_and_the_same_audit(portal, either):
    """Into an empty database; everybody is signed out, since it may be older than a decision against access."""
    folder, empty = either
    families = filled(folder)
    with opened(folder) as one:
        sign_in_as(one.store, families.accounts["two_children"])
    done = portal("backup", "--data", folder)
    assert done.exit_code == 0, done.output
    [file] = (folder / "backups").glob("*.zip")
    other = empty("other")
    done = portal("restore", "--data", other, file)
    assert done.exit_code == 0, done.output
    assert rows(other) == rows(folder)
    with opened(other) as one:
        assert verify_audit(one.store, by=COMMAND_LINE, at=one.store.moment()) > 0
        with one.store.engine.connect() as connection:
            assert connection.scalars(select(Login.id).where(Login.ended_at.is_(None))).all() == []
            highest = connection.scalar(select(Staff.id).order_by(Staff.id.desc()))
        with one.store.counting() as session:  # the database goes on counting after what was restored
            session.add(new := Staff(surname="Latecomer"))
            session.flush()
            assert new.id > highest


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param("cut", "is not a whole backup", id="cut off"),
        pytest.param("row", "is not a whole backup", id="a row taken out"),
        pytest.param("audit", "is not a whole backup", id="the audit changed"),
        pytest.param("text", "is not a whole backup", id="no backup at all"),
    ],
)
def test_a_damaged_backup_restores_nothing(portal, either, damage, words, tmp_path):
    """And leaves the database as empty as it was, so that the right one can follow."""
    folder, empty = either
    portal("backup", "--data", folder)
    [file] = (folder / "backups").glob("*.zip")
    bad = tmp_path / "bad.zip"
    if damage == "cut":
        bad.write_bytes(file.read_bytes()[:-200])
    elif damage == "text":
        bad.write_text("hello")
    else:
        with zipfile.ZipFile(file) as whole, zipfile.ZipFile(bad, "w") as changed:
            for name in whole.namelist():
                content = whole.read(name).decode()
                if damage == "row" and name == "staff.jsonl":
                    content = ""
                if damage == "audit" and name == "audit_entry.jsonl":
                    content = content.replace("created school", "signed out")
                changed.writestr(name, content)
    other = empty("other")
    done = portal("restore", "--data", other, bad)
    assert (done.exit_code, words in done.output) == (1, True), done.output
    assert portal("restore", "--data", other, file).exit_code == 0


def test_a_restore_over_records_is_refused(portal, school):
    portal("backup", "--data", school)
    [file] = (school / "backups").glob("*.zip")
    done = portal("restore", "--data", school, file)
    assert (done.exit_code, "not empty" in done.output) == (1, True)


def test_a_backup_holds_no_key_and_is_for_one_account(portal, school):
    portal("backup", "--data", school)
    [file] = (school / "backups").glob("*.zip")
    assert file.stat().st_mode & 0o077 == 0
    key = load(school).keys[0]
    with zipfile.ZipFile(file) as archive:
        assert all(key.encode() not in archive.read(name) for name in archive.namelist())
        assert json.loads(archive.read("manifest.json"))["revision"] == schema.needed()


def test_an_older_database_is_named_and_upgraded_with_its_records(portal, either, migrated):
    """`serve` refuses it; `upgrade` backs up first and keeps every row; the restore of that backup is the way back."""
    folder, empty = either
    families = migrated("sqlite")
    build_families(families)
    engine = open_engine(load(folder).url)
    schema.clear(engine)
    as_of("0005", families, engine).dispose()
    before = rows_of(families)
    refused = portal("serve", "--data", folder)
    assert (refused.exit_code, "revision 0005" in refused.output, "portal upgrade" in refused.output) == (1, True, True)

    done = portal("upgrade", "--data", folder)

    assert (done.exit_code, f"Upgraded from 0005 to {schema.needed()}" in done.output) == (0, True), done.output
    assert rows(folder) == before
    [file] = (folder / "backups").glob("*.zip")
    other = empty("other")
    back = portal("restore", "--data", other, file)
    assert back.exit_code == 0, back.output
    assert rows(other) == before
    assert "Nothing to do" in portal("upgrade", "--data", other).output


def test_an_upgrade_of_what_is_current_does_nothing(portal, school):
    done = portal("upgrade", "--data", school)
    assert (done.exit_code, "Nothing to do" in done.output) == (0, True)
    assert not (school / "backups").exists()


@pytest.mark.clause(Clause.SEC_4)
def test_a_changed_audit_is_found(portal, school):
    assert "entries are as they were written" in portal("audit", "verify", "--data", school).output
    with opened(school) as one, one.store.engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET detail = '{}' WHERE id = 2"))
    done = portal("audit", "verify", "--data", school)
    assert (done.exit_code, "breaks at entry 2" in done.output) == (1, True)


def test_a_lost_second_factor_is_replaced_and_put_on_record(portal, school):
    done = portal("recover", "--data", school, "bturnbull1")
    assert (done.exit_code, "code" in done.output) == (0, True), done.output
    with opened(school) as one, one.store.engine.connect() as connection:
        last = connection.execute(text("SELECT actor, verb FROM audit_entry ORDER BY id DESC LIMIT 1")).one()
    assert tuple(last) == ("command line", "second factor taken off")
    assert portal("recover", "--data", school, "nobody").exit_code == 1
