"""What people prove themselves with: passwords, one-time codes, second factors, cookies. Only hashes and sealed secrets are kept.

Parameters: argon2id with 19 MiB, 2 passes, 1 lane (OWASP); codes of 80 random bits; TOTP of RFC 6238, 30 seconds.
"""

import base64
import hashlib
import secrets
import unicodedata
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from passlib.context import CryptContext
from zxcvbn import zxcvbn

from portal_core.domain.language import _
from portal_core.errors import BadInput, NotConfigured

SHORTEST, LONGEST = 12, 128
_LOOKED_AT = 40  # guessing at more takes seconds, in which nobody signs in; a password good so far is good
_CONTEXT = CryptContext(schemes=["argon2"], argon2__memory_cost=19456, argon2__time_cost=2, argon2__parallelism=1)
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"  # no I, L, O, U: read aloud or off paper without doubt
_NOBODYS = _CONTEXT.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """The hash to keep. Takes about 50 ms: not on the event loop."""
    return str(_CONTEXT.hash(_spelt(password)))


def verify_password(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether it is the password, and a new hash if parameters moved on. No kept hash costs as much as a wrong one."""
    right, newer = _CONTEXT.verify_and_update(_spelt(password[:LONGEST]), kept or _NOBODYS)
    return (right, newer) if kept else (False, None)


def check_new_password(password: str, *about: str) -> None:
    """Raises BadInput unless it is long and not easily guessed; `about` are words a guesser would try first (PASS-2)."""
    if len(password) < SHORTEST:
        raise BadInput(
            _("Please choose a password of at least {number} characters. Three random words do well.").format(
                number=SHORTEST
            )
        )
    if len(password) > LONGEST:
        raise BadInput(_("Please choose a password of at most {number} characters.").format(number=LONGEST))
    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[word for word in about if word], max_length=_LOOKED_AT)
    rest = password.casefold()
    for word in about:
        rest = rest.replace(word.casefold(), "") if len(word) > 2 else rest
    if found["score"] < 3 or len(rest) < SHORTEST // 2:  # a score takes two names in a row for luck
        raise BadInput(_("This password is easy to guess. Three random words that are not about you do well."))


def new_code() -> str:
    """A one-time code as printed: four groups of four, 80 bits."""
    code = "".join(secrets.choice(_ALPHABET) for _place in range(16))
    return "-".join(code[n : n + 4] for n in range(0, 16, 4))


def code_hash(code: str) -> bytes:
    """The hash of a code however it is typed: case, spaces and dashes do not count."""
    plain = "".join(ch for ch in code.upper() if ch.isalnum())[:64]
    plain = plain.translate(str.maketrans("ILOU", "110V"))
    return hashlib.sha256(b"portal activation code\n" + plain.encode()).digest()


def new_token() -> tuple[str, bytes]:
    """A cookie's value, 256 random bits, and the hash that is kept of it."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> bytes:
    """What the store keeps of a cookie."""
    return hashlib.sha256(token.encode()).digest()


def new_factor() -> str:
    """A TOTP secret in base32."""
    return pyotp.random_base32()


def factor_address(secret: str, username: str, school: str) -> str:
    """The otpauth address that an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=school)


def factor_step(secret: str, code: str, at: datetime, last: int | None) -> int | None:
    """The step that a code of six digits stands for: this one or a neighbour, later than the last used; else None."""
    code = code.replace(" ", "")
    totp = pyotp.TOTP(secret)
    now = int(at.timestamp()) // totp.interval
    for step in (now, now - 1, now + 1):
        if (last is None or step > last) and secrets.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


class Vault:
    """Seals what must be read again, such as TOTP secrets, under the installation's secret key (Fernet: AES-CBC, HMAC).

    The first key seals; all of them open, so that a key can be rotated.
    """

    def __init__(self, *keys: str) -> None:
        if not keys or any(len(key) < 32 for key in keys):
            raise NotConfigured(
                "The secret key is missing or shorter than 32 characters. Run `portal init` to make one."
            )
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def seal(self, secret: str) -> bytes:
        """The secret as it may be kept."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """The secret again. Raises NotConfigured if none of the keys sealed it."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise NotConfigured("A sealed secret does not open with this key. Is this the right secret key?") from None

    def reseal(self, sealed: bytes) -> bytes:
        """The same secret under the first key."""
        return self._fernet.rotate(sealed)


def _derived(key: str) -> bytes:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"portal sealed secrets").derive(key.encode())
    return base64.urlsafe_b64encode(derived)


def _spelt(password: str) -> str:
    """One spelling whatever the keyboard: é is one sign on some and two on others."""
    return unicodedata.normalize("NFC", password)
