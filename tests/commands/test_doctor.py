"""`portal doctor`: nothing to say of a healthy installation, and one plain sentence for each thing that is wrong."""

import errno
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from dashboards.cli import main
from portal_core.domain.clauses import Role
from portal_core.domain.people import AccountState
from portal_core.domain.school import utc_now
from portal_core.security.credentials import Vault, new_factor
from portal_core.services.installation import opened
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.people import Staff, StaffRole
from portal_core.store.school import ImportRun
from tests.commands.certificate import make_certificate
from tests.commands.conftest import ANSWERS
from tests.families import LONG_AGO

NOW = utc_now()
NO_MAIL = "Mail: none is sent, since `smtp_host` is not set. Parents get no alerts and no links by e-mail."
ROLES = (Role.ADMINISTRATOR, Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD, Role.SAFEGUARDING_LEAD)


@pytest.fixture(scope="module")
def kept_well(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school in the middle of its year, staffed, imported and backed up; to be copied and never opened."""
    folder = tmp_path_factory.mktemp("well") / "portal"
    year = (f"{NOW + timedelta(days):%Y-%m-%d}" for days in (-90, 200))
    made = CliRunner().invoke(main, ["init", "--data", str(folder), *ANSWERS[:-8], "--term", "Year", *year])
    assert made.exit_code == 0, made.output
    with opened(folder) as one, one.store.counting() as session:
        sealed = Vault(*one.settings.keys).seal(new_factor())
        for number, role in enumerate(ROLES):
            session.add(person := Staff(surname=f"Number {number}"))
            session.flush()
            session.add(StaffRole(staff_id=person.id, role=role, recorded_at=LONG_AGO))
            session.add(account := Account(staff_id=person.id, username=f"number{number}", factor_secret=sealed))
            session.flush()
            session.add(AccountStatus(account_id=account.id, state=AccountState.ACTIVE, recorded_at=LONG_AGO))
        session.add(ImportRun(started_at=NOW, data_as_of=NOW, digest="", report="{}"))
    assert CliRunner().invoke(main, ["backup", "--data", str(folder)]).exit_code == 0
    return folder


@pytest.fixture
def well(kept_well, tmp_path):
    return Path(shutil.copytree(kept_well, tmp_path / "portal"))


def test_of_a_healthy_installation_there_is_nothing_to_say(portal, well):
    done = portal("doctor", "--data", well)
    assert (done.exit_code, done.output) == (0, f"Nothing is wrong.\n{NO_MAIL}\n")


def told(**changed: str | None) -> Callable[[Path], None]:
    """Other settings; None takes one out."""

    def change(folder: Path) -> None:
        lines = {line.partition(" = ")[0]: line for line in (folder / "portal.toml").read_text().splitlines()}
        lines |= {name: f"{name} = {value}" for name, value in changed.items()}
        kept = (line for name, line in lines.items() if changed.get(name, "") is not None)
        (folder / "portal.toml").write_text("\n".join(kept) + "\n")

    return change


def mode(name: str, bits: int) -> Callable[[Path], None]:
    return lambda folder: next(folder.glob(name)).chmod(bits)


def write(name: str, content: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_text(content)
        (folder / name).chmod(0o600)

    return change


def records(*statements: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with opened(folder) as one, one.store.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), {"soon": NOW.date() + timedelta(10), "then": NOW - timedelta(60)})

    return change


def served_with(host: str, days: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        make_certificate(folder, host, timedelta(days))
        told(certificate='"tls.crt"', key='"tls.key"')(folder)

    return change


def old_backup(folder: Path) -> None:
    then = (NOW - timedelta(5)).timestamp()
    for path in (folder / "backups").iterdir():
        os.utime(path, (then, then))


def message(state: str, done: datetime | None, tries: int = 0) -> tuple[str, str]:
    """One to somebody, of yesterday."""
    ended = f"'{done:%Y-%m-%d %H:%M:%S}'" if done else "NULL"
    then = f"'{NOW - timedelta(1):%Y-%m-%d %H:%M:%S}'"
    return (
        "INSERT INTO adult (id, title, forename, surname, email, telephone, address) VALUES (1, '', 'A', 'B', '', '', '')",
        "INSERT INTO job (kind, adult_id, payload, message_id, state, made_at, run_at, expires_at, tries, done_at) "
        f"VALUES ('weekly digest', 1, '{{}}', 'a', '{state}', {then}, {then}, {then}, {tries}, {ended})",
    )


@pytest.mark.parametrize(
    ("words", "harm"),
    [
        pytest.param("Run: chmod 600", mode("secret_key", 0o644), id="the key is for others to read"),
        pytest.param("Run: chmod 600", mode("portal.toml", 0o640), id="the settings are"),
        pytest.param("Run: chmod 600", mode("portal.db", 0o604), id="the records are"),
        pytest.param("Run: chmod 600", mode("backups/*", 0o644), id="a backup is"),
        pytest.param("Run: chmod 700", lambda folder: folder.chmod(0o777), id="others may put files into the folder"),
        pytest.param("was not finished", write("older_keys", "k" * 64), id="half a rotation"),
        pytest.param("There is no secret key", lambda folder: (folder / "secret_key").unlink(), id="no key"),
        pytest.param("shorter than 32 characters", write("secret_key", "short"), id="a short key"),
        pytest.param("4 second factors do not open", write("secret_key", "k" * 64), id="another key"),
        pytest.param("beginning with https://", told(origin='"http://portal.example"'), id="plain HTTP"),
        pytest.param("There is no TLS", told(proxy="false"), id="no TLS"),
        pytest.param("open to others than the proxy", told(address='"0.0.0.0"'), id="a port for all behind a proxy"),
        pytest.param("open to others than the proxy", told(address='"portal.example"'), id="a name that is not this machine"),
        pytest.param("TLS cannot be served", told(certificate='"none.pem"', key='"none.pem"'), id="no such certificate"),
        pytest.param("is not for portal.millbrook.example", served_with("other.example", 90), id="another's certificate"),
        pytest.param("Renew it", served_with("portal.millbrook.example", 5), id="a certificate that ends soon"),
        pytest.param("There is no backup", lambda folder: shutil.rmtree(folder / "backups"), id="no backup"),
        pytest.param("The newest backup is from", old_backup, id="an old backup"),
        pytest.param(
            "e-mail address is missing", records("UPDATE school_setting SET value = '\"\"' WHERE key = 'email'"), id="no e-mail"
        ),
        pytest.param("No policy is published", records("DELETE FROM policy_version"), id="no policy"),
        pytest.param("No privacy notice", records("DELETE FROM notice_version"), id="no notice"),
        pytest.param("There are no terms", records("DELETE FROM term"), id="no terms"),
        pytest.param("The last term on record ends on", records("UPDATE term SET ends = :soon"), id="terms end soon"),
        pytest.param(
            "Only one safeguarding lead", records("UPDATE account_status SET state = 'closed' WHERE account_id = 4"), id="one lead"
        ),
        pytest.param(
            "Only one administrator", records("UPDATE staff SET left_on = '2026-01-31' WHERE id = 2"), id="an administrator left"
        ),
        pytest.param(
            "No administrator can", records("UPDATE account_status SET state = 'issued' WHERE account_id < 4"), id="no administrator"
        ),
        pytest.param("school days old", records("UPDATE import_run SET data_as_of = :then"), id="old data"),
        pytest.param("Nothing has been imported", records("DELETE FROM import_run"), id="no data"),
        pytest.param("1 messages wait since", records(*message("waiting", None)), id="mail that nothing sends"),
        pytest.param("puts 1 messages off", records(*message("waiting", None, tries=2)), id="mail that is put off"),
        pytest.param("could not be sent while", records(*message("expired", NOW)), id="mail that was given up"),
        pytest.param("breaks at entry 2", records("UPDATE audit_entry SET detail = '{}' WHERE id = 2"), id="a changed audit"),
        pytest.param("is at revision 0005", records("UPDATE alembic_version SET version_num = '0005'"), id="an older database"),
    ],
)  # fmt: skip
def test_each_thing_that_is_wrong_is_one_sentence(portal, well, words, harm):
    """Said once, with nothing else beside it but where mail goes, and the exit code says that there is something."""
    harm(well)
    done = portal("doctor", "--data", well)
    assert done.exit_code == 1
    said, mail = done.output.splitlines()
    assert words in said
    assert mail == NO_MAIL


def test_a_new_school_is_told_what_it_still_lacks(portal, either):
    """On both databases."""
    folder, _ = either
    done = portal("doctor", "--data", folder)
    assert done.exit_code == 1
    for words in ("There is no backup", "No administrator", "No safeguarding lead", "Nothing has been imported"):
        assert words in done.output


@pytest.mark.parametrize("address", ["127.0.0.2", "::1", "localhost"])
def test_a_port_for_this_machine_alone_is_no_complaint(portal, well, address):
    told(address=f'"{address}"')(well)
    assert portal("doctor", "--data", well).output.startswith("Nothing is wrong.\n")


def test_a_good_certificate_is_no_complaint(portal, well):
    served_with("portal.millbrook.example", 90)(well)
    assert portal("doctor", "--data", well).output == f"Nothing is wrong.\n{NO_MAIL}\n"


@pytest.mark.parametrize("name", ["portal.db", "portal.toml"])
def test_an_installation_that_lacks_a_part_says_which_command_makes_it(portal, well, name):
    (well / name).unlink()
    done = portal("doctor", "--data", well)
    assert (done.exit_code, "`portal init` makes" in done.output) == (1, True)


def test_what_the_doctor_looked_at_is_on_record(portal, well):
    portal("doctor", "--data", well)
    with opened(well) as one, one.store.engine.connect() as connection:
        last = connection.execute(text("SELECT actor, verb, detail FROM audit_entry ORDER BY id DESC LIMIT 1")).one()
    assert tuple(last) == ("command line", "viewed", '{"what":"installation examined"}')


def test_the_wrong_account_of_the_machine_is_told_so(portal, well, monkeypatch):
    """Without a trace; the tests may run as an account that may read everything, so the system's refusal is made here."""

    def refused(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refused)
    done = portal("doctor", "--data", well)
    assert (done.exit_code, "may not open" in done.output, str(well) in done.output) == (1, True, True)
