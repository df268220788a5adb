"""The secret key: rotated at any point of a crash, refused when it is the wrong one, replaced when it is lost."""

import pytest
from sqlalchemy import select, text

from dashboards.security.join import Tokens
from portal_core.domain.clauses import Clause
from portal_core.domain.people import AccountState, Standing
from portal_core.security.credentials import Vault, new_factor
from portal_core.services.accounts import state_of
from portal_core.services.installation import COMMAND_LINE, opened
from portal_core.settings import load
from portal_core.store.accounts import Account, Login
from tests.families import sign_in_as

NEW = "n" * 64
ADMINISTRATOR = 1  # the account that init has made


def seal(folder, key):
    """A second factor for the administrator, under a key; its secret."""
    secret = new_factor()
    with opened(folder) as one, one.store.counting() as session:
        session.query(Account).update({"factor_secret": Vault(key).seal(secret), "factor_step": 1})
    return secret


def unsealed(folder):
    """The second factor again, by the keys that are there."""
    with opened(folder) as one, one.store.engine.connect() as connection:
        return Vault(*one.settings.keys).open(connection.scalar(select(Account.factor_secret)))


def on_record(folder):
    with opened(folder) as one, one.store.engine.connect() as connection:
        last = connection.execute(text("SELECT actor, verb, detail FROM audit_entry ORDER BY id DESC LIMIT 1"))
        return tuple(last.one())


def test_a_new_key_opens_what_the_old_one_sealed(portal, either):
    folder, _ = either
    [old] = load(folder).keys
    secret = seal(folder, old)

    done = portal("rotate-key", "--data", folder)

    assert (done.exit_code, "1 second factors were sealed anew" in done.output) == (0, True), done.output
    [new] = load(folder).keys
    assert (new != old, unsealed(folder)) == (True, secret)
    assert (folder / "secret_key").stat().st_mode & 0o077 == 0
    assert on_record(folder) == ("command line", "rotated key", '{"resealed":1}')


def test_a_new_key_makes_every_join_token_void():
    """An open page has to join anew."""
    before, standing = Tokens("o" * 64), Standing(1, "/parent", 2)
    token = before.sign(standing)

    assert before.read(token, 0) == standing
    assert Tokens(NEW).read(token, 0) is None


@pytest.mark.parametrize(
    ("now", "older", "sealed_with"),
    [
        pytest.param("old", "old", "old", id="the old key put aside"),
        pytest.param("new", "old", "old", id="the new key in its place"),
        pytest.param("new", "old", "new", id="all sealed anew"),
    ],
)
def test_a_rotation_that_was_broken_off_opens_everything_and_is_finished_by_the_next(
    portal, school, now, older, sealed_with
):
    [old] = load(school).keys
    keys = {"old": old, "new": NEW}
    secret = seal(school, keys[sealed_with])
    (school / "older_keys").write_text(keys[older] + "\n")
    (school / "secret_key").write_text(keys[now] + "\n")

    assert unsealed(school) == secret
    assert portal("rotate-key", "--data", school).exit_code == 0
    assert not (school / "older_keys").exists()
    assert unsealed(school) == secret
    assert not set(load(school).keys) & set(keys.values())


@pytest.mark.parametrize("command", ["serve", "rotate-key"])
def test_the_wrong_key_is_refused_before_anything_else(portal, school, command):
    """Else the first to find out would be a member of staff who cannot sign in."""
    seal(school, "another key, of some other installation")
    before = (school / "secret_key").read_text()

    done = portal(command, "--data", school)

    assert (done.exit_code, "1 second factors do not open" in done.output) == (1, True), done.output
    assert (school / "secret_key").read_text() == before
    assert not (school / "older_keys").exists()


@pytest.mark.clause(Clause.PASS_2)
@pytest.mark.parametrize("gone", [True, False], ids=["no key", "another key"])
def test_where_the_key_is_lost_whoever_had_a_second_factor_starts_anew(portal, school, gone):
    """Signed out, without a password, until they hold a new one-time code; nothing else of the school is touched."""
    seal(school, "a key that nobody has any more, alas")
    with opened(school) as one:
        sign_in_as(one.store, ADMINISTRATOR)
    if gone:
        (school / "secret_key").unlink()

    done = portal("rotate-key", "--data", school, "--lost")

    assert (done.exit_code, "bturnbull1" in done.output) == (0, True), done.output
    assert on_record(school) == ("command line", "rotated key", '{"lost":[1]}')
    with opened(school) as one, one.store.writing_as(COMMAND_LINE, one.store.moment()) as work:
        assert state_of(work, ADMINISTRATOR) is AccountState.ISSUED
        assert work.get(Account, ADMINISTRATOR).factor_secret is None
        assert work.session.scalars(select(Login).where(Login.ended_at.is_(None))).all() == []
    assert len(load(school).keys[0]) >= 32
    assert "code" in portal("recover", "--data", school, "bturnbull1").output


def test_a_key_that_opens_everything_is_not_lost(portal, school):
    before = (school / "secret_key").read_text()
    done = portal("rotate-key", "--data", school, "--lost")
    assert (done.exit_code, "opens everything" in done.output) == (1, True)
    assert (school / "secret_key").read_text() == before
