"""The demo's folder over time: gone on with, set back, built anew; never half of either, and never anybody else's."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from portal_core.demo import build, families, files
from portal_core.demo.build import ZONE
from portal_core.demo.folder import DATABASE, database, ready, refreshed
from portal_core.demo.signins import TOLD, Told
from portal_core.domain.school import Half, utc_now
from portal_core.errors import BadInput, SignInRefused
from portal_core.security import first_use, logins
from portal_core.security.credentials import Vault, token_hash
from portal_core.services.installation import COMMAND_LINE
from portal_core.services.school import set_setting
from portal_core.settings import load
from portal_core.store.accounts import Login
from portal_core.store.facts import about_logins
from portal_core.store.registers import Mark
from portal_core.store.scope import Store
from tests.fixtures_demo import NOW, SEED

FEW = ("9B",)
DEVICE = logins.Device("127.0.0.1")


@pytest.fixture(scope="module", autouse=True)
def few():
    """Builds are many here: small forms, and hardly an account but those of the list."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, number in (
            (build, "ISSUED_ALSO", 4),
            (build, "ACTIVE_ALSO", 1),
            (files, "FORM_SIZE", 8),
            (families, "FORM_SIZE", 8),
        ):
            patch.setattr(module, name, number)
        yield


@pytest.fixture(scope="module")
def as_built(few, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "data"
    go(folder, NOW)
    return folder


@pytest.fixture
def folder(as_built, tmp_path):
    """A demo of the test's own, set to NOW: 11:00 on Thursday 12 March 2026."""
    return shutil.copytree(as_built, tmp_path / "data")


def go(folder, asked=None, *, real=None, fresh=False):
    """Starts; what was said meanwhile, what is remembered, the clock's first instant."""
    said = []
    told, at = ready(folder, asked=asked, real=real or utc_now(), fresh=fresh, say=said.append, forms=FEW, seed=SEED)
    assert Told.read(folder) == told
    return " ".join(said), told, at


def school_time(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def change(folder, at):
    """What somebody does in the demo: another line of the school's settings."""
    with database(folder) as engine:
        store = Store(engine, lambda: at)
        set_setting(store, by=COMMAND_LINE, at=store.moment(), key="office_hours", value="9.00 to 12.00")


def changed(folder, at):
    with database(folder) as engine:
        return Store(engine, lambda: at).settings(at).office_hours == "9.00 to 12.00"


def marks_of(folder, at, half):
    with database(folder) as engine:
        store = Store(engine, lambda: at)
        with store.reading_as(COMMAND_LINE, store.moment()) as session:
            return session.scalar(select(func.count()).where(Mark.day == store.moment().day, Mark.half == half))


def principal(store, step):
    """Who has come so far."""
    with store.counting() as session:
        login = session.scalar(select(Login.id).where(Login.token_hash == token_hash(step.token)))
        return about_logins(session.connection(), [login], store.clock()).principals[login]


def look_around(folder, at):
    """A parent signs in and out: on record, and nothing is another for it."""
    one = Told.read(folder).signins[0]
    with database(folder) as engine:
        store = Store(engine, lambda: at)
        logins.sign_in(store, username=one.username, password=one.password, device=DEVICE, at=store.moment())


@pytest.mark.parametrize(
    ("begins", "files", "asked"),
    [
        pytest.param("2026-03-12T11:00", "2026-03-12T09:20", "2026-03-12T11:00", id="the same time"),
        pytest.param("2026-03-12T15:00", "2026-03-12T13:50", "2026-03-12T15:00", id="later that day"),
        pytest.param("2026-03-16T09:00", "2026-03-13T16:30", "2026-03-16T09:00", id="after the weekend"),
        pytest.param("2026-04-22T12:00", "2026-04-22T09:20", "2026-04-22T12:00", id="after the holidays"),
        pytest.param("2026-03-12T09:30", "2026-03-12T09:20", "2026-03-12T09:30", id="earlier that day"),
        pytest.param("2026-03-12T07:00", "2026-03-11T16:30", "2026-03-12T07:00", id="before registration"),
    ],
)
def test_it_goes_on_with_the_same_people_and_with_the_files_of_that_time(folder, begins, files, asked):
    """A visit does not keep it from being set back, since nothing is lost by that."""
    before = Told.read(folder)
    look_around(folder, NOW + timedelta(minutes=7))
    said, told, at = go(folder, school_time(asked))
    assert (at, told.filled_to) == (school_time(begins), school_time(files))
    assert (said, told.seed) == ("", before.seed)
    assert [(one.username, one.password, one.totp_secret) for one in told.signins] == [
        (one.username, one.password, one.totp_secret) for one in before.signins
    ]


def test_the_afternoon_comes_and_goes_with_the_clock(folder):
    pupils = marks_of(folder, NOW, Half.AM)
    assert pupils > 30
    assert marks_of(folder, NOW, Half.PM) == 0
    go(folder, school_time("2026-03-12T15:00"))
    assert marks_of(folder, NOW, Half.PM) > 30
    go(folder, school_time("2026-03-12T09:30"))
    assert (marks_of(folder, NOW, Half.AM), marks_of(folder, NOW, Half.PM)) == (pupils, 0)


def test_files_given_out_while_it_is_served_come_in_as_well(folder):
    told = Told.read(folder)
    assert refreshed(folder, told, NOW + timedelta(minutes=30)) is told
    later = refreshed(folder, told, NOW + timedelta(hours=3))
    assert (later.filled_to, Told.read(folder)) == (school_time("2026-03-12T13:50"), later)
    assert marks_of(folder, NOW, Half.PM) > 30


def test_what_was_changed_stays_at_a_start_of_the_same_kind(folder):
    """Set to the same time again, the clock goes on from the change, which lies after that time."""
    when = NOW + timedelta(minutes=12)
    change(folder, when)
    said, told, at = go(folder, NOW)
    assert (at, told.seed) == (when, SEED)
    assert "goes on from 11:12 on 12 March 2026" in said
    assert changed(folder, at)


def test_what_was_changed_stays_when_the_demo_has_the_same_day_twice(folder):
    """On a Saturday and a Sunday its day is the Friday; Sunday's clock goes on from what was done on Saturday."""
    _, _, at = go(folder, real=school_time("2026-03-14T14:00"))
    assert at == school_time("2026-03-13T14:00")
    change(folder, at + timedelta(minutes=3))
    _, _, at = go(folder, real=school_time("2026-03-15T10:00"))
    assert at == school_time("2026-03-13T14:03")
    assert changed(folder, at)


def test_without_changes_the_demo_shows_the_time_of_day_as_it_is(folder):
    go(folder, real=school_time("2026-03-14T14:00"))
    _, told, at = go(folder, real=school_time("2026-03-15T10:00"))
    assert (at, told.filled_to) == (school_time("2026-03-13T10:00"), school_time("2026-03-13T09:20"))


def test_set_back_behind_a_change_by_another_time_it_goes_back_and_says_what_is_gone(folder):
    change(folder, NOW + timedelta(minutes=12))
    said, told, at = go(folder, NOW - timedelta(minutes=30))
    assert (at, told.seed) == (NOW - timedelta(minutes=30), SEED)
    assert "what has been changed in it since it was built is gone" in said
    assert not changed(folder, NOW + timedelta(days=1))


def not_readable(folder):
    (folder / TOLD).write_text('{"seed": 7}', encoding="utf-8")


def of_another_version(folder):
    kept = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    (folder / TOLD).write_text(json.dumps(kept | {"made_by": "another"}), encoding="utf-8")


def of_another_schema(folder):
    with database(folder) as engine, engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")


def damaged(folder):
    (folder / DATABASE).write_bytes(b"no database" * 1000)


@pytest.mark.parametrize(
    ("why", "harm", "asked"),
    [
        pytest.param("another version", not_readable, "2026-03-12T11:00", id="remembered otherwise"),
        pytest.param("another version", of_another_version, "2026-03-12T11:00", id="invented otherwise"),
        pytest.param("OldSchema", of_another_schema, "2026-03-12T11:00", id="another schema"),
        pytest.param("DatabaseError", damaged, "2026-03-12T11:00", id="damaged"),
        pytest.param("another time", lambda _: None, "2026-03-10T11:00", id="an earlier day"),
        pytest.param("another time", lambda _: None, "2025-03-12T11:00", id="another school year"),
    ],
)
def test_what_cannot_be_gone_on_with_is_built_anew_and_that_is_said(folder, why, harm, asked):
    before = Told.read(folder)
    harm(folder)
    said, told, at = go(folder, school_time(asked))
    assert why in said
    assert "built anew, with other sign-ins" in said
    assert at == school_time(asked)
    assert told.signins != before.signins
    assert marks_of(folder, at, Half.AM) > 30


def test_fresh_builds_anew(folder):
    before = Told.read(folder)
    _, told, _ = go(folder, NOW, fresh=True)
    assert {one.password for one in told.signins} & {one.password for one in before.signins} == {""}


@pytest.mark.parametrize("asked", ["2025-09-01T07:00", "2025-09-05T12:00", "2025-12-28T12:00", "2026-08-31T23:59"])
def test_it_can_be_set_to_any_time_of_a_year(tmp_path, asked):
    """Even to one before the first register, in the holidays, or on the last day before the next year."""
    _, told, at = go(tmp_path / "data", school_time(asked))
    assert at == school_time(asked)
    assert [bool(one.password) for one in told.signins if one.role == "parent"] == [True] * 4 + [False, True]


@pytest.mark.parametrize("asked", ["2024-08-31T12:00", "1066-10-14T09:00", "2999-01-01T12:00"])
def test_a_time_that_it_has_no_codes_for_is_refused(tmp_path, asked):
    with pytest.raises(BadInput, match="from 2024 to 2090"):
        go(tmp_path / "data", school_time(asked))
    assert list(tmp_path.iterdir()) == []


def test_second_factors_go_by_the_worlds_clock_however_the_demos_is_set(tmp_path):
    """Nobody's telephone shows the time of the demo."""
    folder, real = tmp_path / "data", school_time("2026-01-14T12:00")
    _, told, at = go(folder, school_time("2026-06-10T10:00"), real=real)
    one = next(one for one in told.signins if one.totp_secret)
    with database(folder) as engine:
        store, vault = Store(engine, lambda: at), Vault(*load(folder).keys)
        step = logins.sign_in(store, username=one.username, password=one.password, device=DEVICE, at=store.moment())
        by = principal(store, step)
        code = pyotp.TOTP(one.totp_secret).at(real)
        done = logins.show_factor(store, by=by, code=code, at=store.moment(), vault=vault, read_at=real)
    assert done.stage == "complete"


def test_a_code_that_has_run_out_is_replaced(folder):
    """Good for four weeks of the demo's time; the table always shows one that is good."""
    old = Told.read(folder).signins[4].activation_code
    _, told, at = go(folder, NOW + timedelta(days=40))
    new = told.signins[4].activation_code
    assert new not in ("", old)
    with database(folder) as engine:
        store = Store(engine, lambda: at)
        with pytest.raises(SignInRefused):
            first_use.activate(store, username=told.signins[4].username, code=old, device=DEVICE, at=store.moment())
        first_use.activate(store, username=told.signins[4].username, code=new, device=DEVICE, at=store.moment())


def test_a_code_that_has_been_used_is_not_shown_again_until_the_demo_is_set_back(folder):
    one = Told.read(folder).signins[4]
    with database(folder) as engine:
        store = Store(engine, lambda: NOW)
        at = store.moment()
        step = first_use.activate(store, username=one.username, code=one.activation_code, device=DEVICE, at=at)
        by = principal(store, step)
        first_use.set_first_password(store, by=by, password="lantern-otter-plum-77", at=at, vault=Vault("k" * 32))
    _, told, _ = go(folder, NOW)
    assert (told.signins[4].activation_code, "use the password chosen" in told.signins[4].note) == ("", True)
    _, told, _ = go(folder, NOW - timedelta(hours=1))
    assert told.signins[4].activation_code
    assert "Not yet activated" in told.signins[4].note


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    for fresh in (False, True):
        with pytest.raises(BadInput, match="holds no demo"):
            go(tmp_path, NOW, fresh=fresh)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_demo_with_something_else_in_it_is_not_taken_away(folder):
    """It is gone on with, but not built anew: what is beside it would go with it."""
    (folder / "thesis.txt").write_text("mine")
    before = (folder / DATABASE).read_bytes()
    with pytest.raises(BadInput, match=r"not the demo's: thesis\.txt"):
        go(folder, NOW, fresh=True)
    assert (folder / DATABASE).read_bytes() == before
    go(folder, NOW)
    assert (folder / "thesis.txt").read_text() == "mine"


def test_an_interrupted_build_leaves_the_demo_that_was_there(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    def interrupted(words):
        if "registers" in words:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ready(folder, asked=NOW, real=utc_now(), fresh=True, say=interrupted, forms=FEW)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_what_a_killed_build_left_is_cleared_away(folder):
    beside = folder.with_name(f"{folder.name}.building")
    shutil.copytree(folder, beside)
    (beside / TOLD).unlink()
    go(folder, NOW, fresh=True)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_schools_own_database_in_the_environment_is_not_touched(tmp_path, monkeypatch):
    """The demo is on SQLite in its own folder, whatever else this account runs."""
    monkeypatch.setenv("PORTAL_DATABASE", "postgresql://nobody@127.0.0.1:9/school")
    _, _, at = go(tmp_path / "data", NOW)
    assert marks_of(tmp_path / "data", at, Half.AM) > 30
