"""`portal work` and `portal bounce`, the settings of mail, and what the doctor says of them."""

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Verb
from portal_core.domain.mail import MailKind
from portal_core.domain.people import AccountState
from portal_core.domain.school import utc_now
from portal_core.security.credentials import Vault
from portal_core.security.mail import post
from portal_core.services.installation import COMMAND_LINE, opened
from portal_core.settings import load
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.jobs import AlertChoice, Job, JobState
from portal_core.store.people import Adult
from portal_core.store.school import Task, TaskKind


def told(folder, **settings):
    with (folder / "portal.toml").open("a") as file:
        file.writelines(f"{name} = {value}\n" for name, value in settings.items())


@pytest.fixture
def mailing(school, office):
    """A school whose mail goes to a server on this machine."""
    told(
        school,
        smtp_host='"127.0.0.1"',
        smtp_port=office.port,
        smtp_tls='"none"',
        mail_from='"portal@millbrook.example"',
    )
    return school


def reset_for_somebody(folder):
    """A parent with an account, and no wish for digests on whatever day this runs, asks for a new password; the adult's id."""
    with opened(folder) as one, one.store.writing_as(COMMAND_LINE, one.store.moment()) as work:
        adult = work.add(Adult(forename="Ana", surname="Reyes", email="ana@family.example"))
        account = work.add(Account(adult_id=adult.id, username="areyes1"))
        work.add(AccountStatus(account_id=account.id, state=AccountState.ACTIVE, recorded_at=utc_now()))
        work.add(AlertChoice(adult_id=adult.id, weekly=False, absence=False, recorded_at=utc_now()))
        vault = Vault(*one.settings.keys)
        post(work, adult=adult.id, kind=MailKind.PASSWORD_RESET, vault=vault, link="/password/T0KEN")
        work.audit(Verb.SET, what="test")
        return adult.id


def jobs(folder):
    with opened(folder) as one, one.store.reading_as(COMMAND_LINE, one.store.moment()) as session:
        return session.scalars(select(Job)).all()


def test_what_is_due_is_sent_and_said(portal, mailing, office):
    reset_for_somebody(mailing)
    done = portal("work", "--data", mailing)
    assert (done.exit_code, done.stdout) == (0, "Recorded: 0. Sent: 1.\n"), done.output
    assert office.reached == ["ana@family.example"]
    text = office.messages[0].get_body(("plain",)).get_content()
    assert "https://portal.millbrook.example/password/T0KEN" in text
    assert portal("work", "--data", mailing).stdout == "Recorded: 0. Sent: 0.\n"


def test_without_a_mail_server_the_command_says_what_to_set(portal, school):
    done = portal("work", "--data", school)
    assert done.exit_code == 1
    assert "give `smtp_host` and `mail_from`" in done.output


def test_a_server_that_is_not_there_loses_nothing(portal, school):
    told(school, smtp_host='"127.0.0.1"', smtp_port=1, smtp_tls='"none"', mail_from='"portal@millbrook.example"')
    reset_for_somebody(school)
    done = portal("work", "--data", school)
    assert done.exit_code == 1
    assert "127.0.0.1:1. Nothing is lost." in done.output
    assert [job.state for job in jobs(school)] == [JobState.WAITING]


def test_a_report_on_standard_input_stops_mail_and_opens_a_task(portal, mailing, office, monkeypatch):
    adult = reset_for_somebody(mailing)
    portal("work", "--data", mailing)
    id_ = office.messages[0]["Message-ID"]
    said = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id_}\r\n\r\n--b--\r\n"
    )
    done = portal("bounce", "--data", mailing, answers=said)
    assert (done.exit_code, done.stdout) == (0, "Mail to that address stops; staff find a task.\n")
    with opened(mailing) as one, one.store.reading_as(COMMAND_LINE, one.store.moment()) as session:
        [task] = session.scalars(select(Task)).all()
    assert (task.kind, task.subject) == (TaskKind.MAIL_CAME_BACK, f"adult:{adult}")
    done = portal("bounce", "--data", mailing, answers="Subject: Out of office\r\n\r\nBack on Monday")
    assert (done.exit_code, done.stdout) == (0, "No message of ours failed for good.\n")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({"smtp_host": '"mail.example"'}, "smtp_host needs mail_from", id="no sender"),
        pytest.param(
            {"smtp_host": '"mail.example"', "mail_from": '"a@b.example"', "smtp_tls": '"none"'},
            "would send mail in the clear", id="in the clear",
        ),
        pytest.param({"mail_from": '"a@b.example\\nBcc: c@d.example"'}, "give one e-mail address", id="a header"),
        pytest.param({"mail_from": '"Portal <a@b.example>"'}, "give one e-mail address", id="a name"),
        pytest.param(
            {"smtp_host": '"mail.example"', "mail_from": '"a@b.example"', "smtp_user": '"portal"'},
            "smtp_user needs a password in the file smtp_password", id="no password",
        ),
        pytest.param({"smtp_password": '"secret"'}, "stands in the file smtp_password", id="a password in the settings"),
        pytest.param({"smtp_tls": '"ssl"'}, "smtp_tls", id="no such TLS"),
    ],
)  # fmt: skip
def test_settings_of_mail_that_do_not_fit_are_said(portal, school, settings, words):
    told(school, **settings)
    done = portal("work", "--data", school)
    assert done.exit_code == 1
    assert words in done.output
    assert '"secret"' not in done.output


def test_a_password_in_the_environment_is_refused(portal, school, monkeypatch):
    """An environment is shown to whoever lists processes."""
    monkeypatch.setenv("PORTAL_SMTP_PASSWORD", "heron lantern")
    done = portal("work", "--data", school)
    assert done.exit_code == 1
    assert "stands in the file smtp_password" in done.output
    assert "heron" not in done.output


def test_the_password_is_read_from_its_file_and_shown_nowhere(school):
    told(school, smtp_host='"mail.example"', mail_from='"a@b.example"', smtp_user='"portal"')
    (school / "smtp_password").write_text("heron lantern\n")
    settings = load(school)
    assert settings.smtp_password == "heron lantern"
    assert "heron" not in repr(settings)


def test_the_doctor_says_where_mail_goes_and_whether_it_is_taken(portal, mailing, office):
    done = portal("doctor", "--data", mailing)
    assert (
        f"Mail: from portal@millbrook.example through 127.0.0.1:{office.port} (no TLS, on this machine)." in done.output
    )
    assert "mail server" not in done.output


def test_the_doctor_says_that_mail_is_not_taken(portal, school):
    told(school, smtp_host='"127.0.0.1"', smtp_port=1, smtp_tls='"none"', mail_from='"portal@millbrook.example"')
    done = portal("doctor", "--data", school)
    assert "The mail server does not take mail from us: ConnectionRefusedError at 127.0.0.1:1." in done.output


def test_the_doctor_says_that_the_password_is_for_others_to_read(portal, school):
    (school / "smtp_password").write_text("heron lantern\n")
    (school / "smtp_password").chmod(0o644)
    assert f"Run: chmod 600 {school / 'smtp_password'}" in portal("doctor", "--data", school).output


def test_a_rotated_key_still_opens_what_waits_to_be_sent(portal, mailing, office):
    reset_for_somebody(mailing)
    assert portal("rotate-key", "--data", mailing).exit_code == 0
    assert portal("work", "--data", mailing).stdout == "Recorded: 0. Sent: 1.\n"
    assert "T0KEN" in office.messages[0].get_body(("plain",)).get_content()


def test_a_lost_key_sends_nothing_in_place_of_the_secret(portal, mailing, office):
    reset_for_somebody(mailing)
    (mailing / "secret_key").unlink()
    assert portal("rotate-key", "--lost", "--data", mailing).exit_code == 0
    assert portal("work", "--data", mailing).stdout == "Recorded: 0. Sent: 0.\n"
    assert [job.state for job in jobs(mailing)] == [JobState.WITHHELD]
    assert office.taken == []


def test_what_waited_when_a_backup_was_made_is_not_sent_after_a_restore(portal, either, office):
    """It may have been sent since."""
    folder, empty = either
    reset_for_somebody(folder)
    assert portal("backup", "--data", folder).exit_code == 0
    [file] = (folder / "backups").iterdir()
    other = empty("other")
    assert portal("restore", "--data", other, file).exit_code == 0
    told(
        other, smtp_host='"127.0.0.1"', smtp_port=office.port, smtp_tls='"none"', mail_from='"portal@millbrook.example"'
    )
    assert portal("work", "--data", other).stdout == "Recorded: 0. Sent: 0.\n"
    assert office.taken == []
    assert [(job.state, job.sealed) for job in jobs(other)] == [(JobState.WITHHELD, None)]
