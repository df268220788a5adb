"""A new intake: who is in it, and that no kill half-way leaves anybody without a letter or with two codes that work."""

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal_core.domain.clauses import Clause
from portal_core.domain.people import AccountState
from portal_core.errors import BadInput, NotPermitted, Stale
from portal_core.letters.activation import LetterData, activation_letter
from portal_core.security.credentials import code_hash
from portal_core.services import accounts, intake, letters
from portal_core.store.accounts import Account, AccountStatus, ActivationCode
from portal_core.store.intake import IntakeAdult
from portal_core.store.people import Adult, Connection, Enrolment, Pupil
from tests.doors.wire import until
from tests.families import TODAY
from tests.services.intake_process import PORTAL
from tests.services.people import School


def joined(school: School, number: int, *, year: int = 7, verified: bool = True) -> list[int]:
    """So many adults of one child each, without an account."""
    now = school.families.now
    with school.store.counting() as session:
        adults = [Adult(forename="Robin", surname=f"Newcombe{one}") for one in range(number)]
        pupils = [Pupil(mis_id=f"N{year}{one}", forename="Sam", surname=f"Newcombe{one}") for one in range(number)]
        session.add_all([*adults, *pupils])
        session.flush()
        for adult, pupil in zip(adults, pupils, strict=True):
            session.add(Enrolment(pupil_id=pupil.id, begun_on=TODAY, year_group=year, form=f"{year}A", recorded_at=now))
            session.add(
                Connection(
                    adult_id=adult.id, pupil_id=pupil.id, relationship="mother", responsibility="yes", begun_on=TODAY,
                    verified_at=now if verified else None,
                    verified_by_id=school.families.staff["office"] if verified else None, recorded_at=now,
                )
            )  # fmt: skip
        return [one.id for one in adults]


def whole(school: School, run: int) -> None:
    while school.does(intake.go_on, "office", intake=run):
        pass


def lettered(school: School, run: int, monkeypatch: pytest.MonkeyPatch) -> tuple[intake.Letters, dict[str, str]]:
    """The letters of a run, and the code that each username was written."""
    written: dict[str, str] = {}

    def noting(letters):
        if not isinstance(letters, LetterData):
            written.clear()
            written.update({one.username: one.code for one in letters})
        return activation_letter(letters)

    monkeypatch.setattr(letters, "activation_letter", noting)
    return school.does(intake.letters, "office", intake=run, portal=PORTAL), written


def live_codes(school: School) -> dict[str, bytes]:
    with school.engine.connect() as connection:
        return dict(
            connection.execute(
                select(Account.username, ActivationCode.code_hash)
                .join(ActivationCode, ActivationCode.account_id == Account.id)
                .where(ActivationCode.ended_at.is_(None), Account.adult_id.is_not(None))
            ).all()
        )


def issued(school: School) -> int:
    with school.engine.connect() as connection:
        return connection.scalar(
            select(func.count()).select_from(IntakeAdult).where(IntakeAdult.account_id.is_not(None))
        )


@pytest.mark.clause(Clause.PASS_1)
def test_killed_three_times_on_the_way_all_240_have_one_account_and_one_letter(at_work, monkeypatch):
    """Twice while accounts are made, once with the letters made and in nobody's hand; the process is killed for good."""
    adults = joined(at_work, 240)
    run = at_work.does(intake.begin, "office", year_group=7)
    login = str(at_work.by("office").login_id)
    instant = (at_work.families.now + timedelta(seconds=1)).isoformat()
    url = at_work.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.services.intake_process", url, login, str(run), instant]
    for enough in (40, 140, 240):
        with subprocess.Popen(command, stdin=subprocess.PIPE) as made:
            if enough < 240:
                until(lambda enough=enough: issued(at_work) >= enough, "no accounts were made", within=120)
            else:
                until(lambda: len(live_codes(at_work)) >= 240, "no letters were made", within=120)
            made.kill()
    lost = live_codes(at_work)
    letters, written = lettered(at_work, run, monkeypatch)
    assert (letters.number, letters.without, len(written)) == (240, (), 240)
    assert live_codes(at_work) == {name: code_hash(code) for name, code in written.items()}
    assert set(lost.values()).isdisjoint(live_codes(at_work).values())  # what was in nobody's hand is void
    with at_work.engine.connect() as connection:
        held = connection.execute(
            select(Account.adult_id, func.count(), func.min(AccountStatus.state))
            .join(AccountStatus, AccountStatus.account_id == Account.id)
            .where(Account.adult_id.in_(adults), AccountStatus.superseded_at.is_(None))
            .group_by(Account.adult_id)
        ).all()
    assert sorted(held) == [(adult, 1, AccountState.ISSUED) for adult in sorted(adults)]
    assert at_work.does(intake.handed, "office", intake=run, made_at=letters.made_at) == 240
    with pytest.raises(BadInput, match="nobody left"):
        at_work.does(intake.letters, "office", intake=run, portal=PORTAL)
    at_work.said()


@pytest.mark.clause(Clause.PASS_1)
def test_only_adults_of_the_year_with_their_checks_done_are_in_a_run(at_work):
    joined(at_work, 3)
    joined(at_work, 2, year=8)
    joined(at_work, 2, year=9, verified=False)
    assert at_work.does(intake.ready, "office") == {7: 3, 8: 2}
    assert at_work.does(intake.one_run, "office", intake=at_work.does(intake.begin, "office", year_group=7)).adults == 3
    with pytest.raises(BadInput, match="Verify responsibility first"):
        at_work.does(intake.begin, "office", year_group=9)
    with pytest.raises(BadInput, match="Verify responsibility first"):
        at_work.does(intake.begin, "office", year_group=7)  # they are in a run that has not ended
    with pytest.raises(NotPermitted):
        at_work.does(intake.begin, "lead", year_group=8)


def test_letters_made_again_are_the_only_ones_to_be_had_in_hand(at_work, monkeypatch):
    joined(at_work, 3)
    run = at_work.does(intake.begin, "office", year_group=None)
    whole(at_work, run)
    first, before = lettered(at_work, run, monkeypatch)
    again, after = lettered(at_work, run, monkeypatch)
    assert set(before.values()).isdisjoint(after.values())
    with pytest.raises(Stale, match="made again since"):
        at_work.does(intake.handed, "office", intake=run, made_at=first.made_at)
    assert at_work.does(intake.handed, "office", intake=run, made_at=again.made_at) == 3


@pytest.mark.clause(Clause.PASS_1)
def test_who_got_a_code_of_their_own_meanwhile_keeps_it(at_work, monkeypatch):
    """By a clerk at the counter, while the letters are on their way through the post."""
    adult, *_ = joined(at_work, 3)
    run = at_work.does(intake.begin, "office", year_group=7)
    whole(at_work, run)
    lettered(at_work, run, monkeypatch)
    with at_work.engine.connect() as connection:
        account = connection.scalar(select(Account.id).where(Account.adult_id == adult))
    own = at_work.does(accounts.renew_code, "office", account=account)
    letters, written = lettered(at_work, run, monkeypatch)
    assert letters.number == 2
    assert own.username not in written
    assert live_codes(at_work)[own.username] == code_hash(own.code)


def test_a_name_that_the_letter_cannot_print_keeps_nobody_else_waiting(at_work, monkeypatch):
    adult, *_ = joined(at_work, 3)
    with at_work.store.counting() as session:
        session.get(Adult, adult).surname = "\U00013080"  # a hieroglyph
    run = at_work.does(intake.begin, "office", year_group=7)
    whole(at_work, run)
    letters, _ = lettered(at_work, run, monkeypatch)
    assert (letters.number, [one.id for one in letters.without]) == (2, [adult])
    assert len(live_codes(at_work)) == 2
