"""Passwords, codes, second factors, cookies and sealed secrets, each by itself."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from passlib.context import CryptContext

from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput, NotConfigured
from portal_core.security import credentials
from portal_core.security.credentials import (
    Vault,
    check_new_password,
    code_hash,
    factor_address,
    factor_step,
    hash_password,
    new_code,
    new_token,
    token_hash,
    verify_password,
)

GOOD = "heron lantern biscuit 40"
AT = datetime(2026, 3, 12, 11, 0, 5, tzinfo=UTC)
STEP = int(AT.timestamp()) // 30


KEPT = credentials._CONTEXT, credentials._NOBODYS


@pytest.fixture(autouse=True)
def as_served(monkeypatch):
    """Hashed as in a school, not as quickly as for all other tests."""
    monkeypatch.setattr(credentials, "_CONTEXT", KEPT[0])
    monkeypatch.setattr(credentials, "_NOBODYS", KEPT[1])


@pytest.mark.clause(Clause.SEC_1)
def test_a_password_is_kept_as_argon2id_with_the_parameters_promised():
    """19 MiB, two passes, one lane, a salt of its own each time."""
    first, second = hash_password(GOOD), hash_password(GOOD)

    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert verify_password(GOOD, first) == (True, None)
    assert verify_password(GOOD.upper(), first) == (False, None)


def test_a_hash_of_weaker_days_is_renewed_when_its_password_is_shown():
    """And only then: a wrong password changes nothing."""
    weak = CryptContext(schemes=["argon2"], argon2__memory_cost=8192, argon2__time_cost=1, argon2__parallelism=1)
    old = weak.hash(GOOD)
    right, newer = verify_password(GOOD, old)

    assert right
    assert newer is not None
    assert newer.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(GOOD, newer) == (True, None)
    assert verify_password("another", old) == (False, None)


def test_no_kept_hash_is_verified_all_the_same(monkeypatch):
    """The work for somebody who does not exist is the work for somebody who does; and no password is right."""
    asked = []

    class Counting:
        def verify_and_update(self, password: str, kept: str) -> tuple[bool, None]:
            asked.append(kept)
            return True, None

    monkeypatch.setattr(credentials, "_CONTEXT", Counting())

    assert verify_password(GOOD, None) == (False, None)
    assert [kept.split("$")[3] for kept in asked] == ["m=19456,t=2,p=1"]


def test_one_password_however_a_keyboard_spells_it():
    """é as one sign and as two is one letter to whoever types it."""
    kept = hash_password(unicodedata.normalize("NFC", "crème café tulip 9"))

    assert verify_password(unicodedata.normalize("NFD", "crème café tulip 9"), kept)[0]


@pytest.mark.clause(Clause.PASS_2)
@pytest.mark.parametrize(
    ("says", "password", "about"),
    [
        pytest.param("at least 12", "Xq7!kP2", (), id="short"),
        pytest.param("at most 128", GOOD * 6, (), id="endless"),
        pytest.param("easy to guess", "password1234", (), id="common"),
        pytest.param("easy to guess", "aaaaaaaaaaaa", (), id="one sign again and again"),
        pytest.param("easy to guess", "Millbrook2026", ("Millbrook", "High", "School"), id="the school's name"),
        pytest.param("easy to guess", "ruthashworth1", ("Ruth", "Ashworth"), id="one's own name"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused_with_advice(says, password, about):
    """Length and guessing count; nothing else does."""
    with pytest.raises(BadInput, match=says):
        check_new_password(password, *about)


@pytest.mark.clause(Clause.PASS_2)
@pytest.mark.parametrize(
    "password",
    [
        pytest.param(GOOD, id="words"),
        pytest.param("correcthorsebatterystaple", id="small letters alone"),
        pytest.param("żółw rower kapusta", id="letters of other languages"),
        pytest.param("Zk9$vQm2!xTp", id="twelve signs"),
        pytest.param("heron " * 15 + "lantern 40", id="a hundred signs"),
    ],
)
def test_a_long_password_needs_no_particular_signs(password):
    """No composition rules; spaces and any script are welcome."""
    check_new_password(password, "Ruth", "Ashworth", "")
    assert verify_password(password, hash_password(password))[0]


def test_a_code_is_random_and_free_of_signs_that_look_alike():
    """80 bits in four groups of four, none of them I, L, O or U."""
    codes = {new_code() for _ in range(200)}

    assert len(codes) == 200
    assert all(len(code) == 19 and code.count("-") == 3 for code in codes)
    assert not set("".join(codes)) & set("ILOU")


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("A10B-V234-5678-9XYZ", id="as printed"),
        pytest.param("a10b-v234-5678-9xyz", id="small letters"),
        pytest.param(" A10B V234 56789XYZ ", id="spaces for dashes"),
        pytest.param("AIOB-U234-5678-9XYZ", id="I, O and U read for 1, 0 and V"),
        pytest.param("ALOB–V234–5678–9XYZ", id="L for 1, long dashes"),
    ],
)
def test_a_code_may_be_typed_as_it_was_read(typed):
    assert code_hash("A10B-V234-5678-9XYZ") == code_hash(typed)


def test_another_code_is_another():
    assert code_hash("A10B-V234-5678-9XYZ") != code_hash("A10B-V234-5678-9XYA")


def test_a_cookie_has_256_bits_and_is_kept_as_its_hash():
    token, kept = new_token()

    assert len(token) == 43
    assert kept == token_hash(token)
    assert token.encode() not in kept
    assert new_token()[0] != token


@pytest.mark.parametrize(
    ("expected", "ago"),
    [
        pytest.param(None, -2, id="a minute early"),
        pytest.param(STEP + 1, -1, id="the app's clock ahead"),
        pytest.param(STEP, 0, id="now"),
        pytest.param(STEP - 1, 1, id="typed slowly"),
        pytest.param(None, 2, id="a minute late"),
    ],
)
def test_a_code_of_the_second_factor_is_good_now_and_a_step_around(expected, ago):
    secret = pyotp.random_base32()
    code = pyotp.TOTP(secret).at(AT - timedelta(seconds=30 * ago))

    assert expected == factor_step(secret, code, AT, None)


def test_no_code_of_the_second_factor_counts_twice():
    """Nor does one from before the last."""
    secret = pyotp.random_base32()
    now, before = (pyotp.TOTP(secret).at(AT - timedelta(seconds=30 * ago)) for ago in (0, 1))

    assert factor_step(secret, now, AT, STEP - 1) == STEP
    assert factor_step(secret, now, AT, STEP) is None
    assert factor_step(secret, before, AT, STEP) is None


@pytest.mark.parametrize("spoil", [
    pytest.param(lambda code: code.translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"}), id="full-width digits"),
    pytest.param(lambda code: code[:5], id="five digits"),
    pytest.param(lambda code: code + "0", id="seven digits"),
    pytest.param(lambda code: "", id="nothing"),
    pytest.param(lambda code: f"{(int(code) + 1) % 10**6:06}", id="another"),
    pytest.param(lambda code: f"-{code}", id="a sign before it"),
])  # fmt: skip
def test_only_six_plain_digits_are_a_code(spoil):
    """The same code with a space in the middle, as apps show it, is one."""
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    code = pyotp.TOTP(secret).at(AT)

    assert factor_step(secret, f"{code[:3]} {code[3:]}", AT, None) == STEP
    assert factor_step(secret, spoil(code), AT, None) is None


def test_the_address_for_the_app_names_school_and_account():
    address = factor_address("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "jbirtwistle4", "Millbrook High School")

    assert address.startswith(
        "otpauth://totp/Millbrook%20High%20School:jbirtwistle4?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    )
    assert "issuer=Millbrook%20High%20School" in address


class TestVault:
    OLD, NEW = "o" * 40, "n" * 40

    def test_what_it_seals_only_its_key_opens(self):
        sealed = Vault(self.OLD).seal("a secret")

        assert b"a secret" not in sealed
        assert Vault(self.OLD).open(sealed) == "a secret"
        with pytest.raises(NotConfigured):
            Vault(self.NEW).open(sealed)

    def test_a_changed_seal_does_not_open(self):
        sealed = bytearray(Vault(self.OLD).seal("a secret"))
        sealed[-5] ^= 1

        with pytest.raises(NotConfigured):
            Vault(self.OLD).open(bytes(sealed))

    def test_a_key_is_rotated_without_losing_a_secret(self):
        """Both keys open while it lasts; once sealed anew, the former key is not needed and no use."""
        sealed = Vault(self.OLD).seal("a secret")
        anew = Vault(self.NEW, self.OLD).reseal(sealed)

        assert Vault(self.NEW, self.OLD).open(sealed) == "a secret"
        assert Vault(self.NEW).open(anew) == "a secret"
        with pytest.raises(NotConfigured):
            Vault(self.OLD).open(anew)

    @pytest.mark.parametrize("keys", [pytest.param((), id="none"), pytest.param(("k" * 31,), id="short")])
    def test_it_needs_a_long_key(self, keys):
        with pytest.raises(NotConfigured):
            Vault(*keys)


def test_of_a_long_password_only_the_beginning_is_guessed_at(monkeypatch):
    """All of this one takes twenty seconds, in which nobody signs in."""
    asked = []
    guess = credentials.zxcvbn
    monkeypatch.setattr(
        credentials, "zxcvbn", lambda password, **more: asked.append(password) or guess(password, **more)
    )
    check_new_password("@4(8{[<69#!1|70$5+%2abcdeglostxz" * 4)
    assert [len(password) for password in asked] == [40]
