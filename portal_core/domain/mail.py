"""What the portal writes to a parent, and for how long each is worth sending.

Stored by value: members may be added, none renamed or reused.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class MailKind(StrEnum):
    """A message's occasion; its words are in services/mail_words.py."""

    PASSWORD_RESET = "password reset"  # noqa: S105  # an occasion, no secret
    EMAIL_CHANGE_CONFIRM = "e-mail change to confirm"
    EMAIL_CHANGE_AGREE = "e-mail change to agree to"
    EMAIL_CHANGED_NOTICE = "e-mail changed"
    ACTIVATION_CODE = "one-time code"
    ACCOUNT_CHANGED = "account changed"
    ACCESS_CHANGED = "access changed"
    DIGEST = "weekly digest"
    ABSENCE = "absence without a reason"


WORTH_SENDING: Mapping[MailKind, timedelta] = {
    MailKind.PASSWORD_RESET: timedelta(hours=1),
    MailKind.EMAIL_CHANGE_CONFIRM: timedelta(hours=24),
    MailKind.EMAIL_CHANGE_AGREE: timedelta(hours=24),
    MailKind.EMAIL_CHANGED_NOTICE: timedelta(days=7),
    MailKind.ACTIVATION_CODE: timedelta(hours=24),
    MailKind.ACCOUNT_CHANGED: timedelta(days=7),
    MailKind.ACCESS_CHANGED: timedelta(days=7),
    MailKind.DIGEST: timedelta(days=2),
    MailKind.ABSENCE: timedelta(hours=12),
}
"""How long after it was recorded a message may still leave; a later one would mislead."""

ALERTS = frozenset({MailKind.DIGEST, MailKind.ABSENCE})
"""Those that a parent chooses, and that are about children: the access decision is asked before each is sent."""
