"""What can go wrong, each with the sentence a person reads; dashboards/security/refusals.py turns them into pages in one table."""

from portal_core.domain.language import ngettext


class PortalError(Exception):
    """Any refusal or fault of ours; its text is fit to show and says what to do next."""


class NotPermitted(PortalError):
    """The caller lacks the duty, or the decision refuses; a page shows the same neutral text for every cause."""


class NotFound(PortalError):
    """No such record for this caller; to a parent it looks like NotPermitted."""


class BadInput(PortalError):
    """What was entered cannot be taken; nothing has been changed."""


class Stale(PortalError):
    """Somebody changed the record in between; look again and repeat."""


class NotConfigured(PortalError):
    """The installation lacks something it must have before it may start."""


class SignInRefused(PortalError):
    """Name, password, code or state is wrong; which of them is never said."""


class Throttled(PortalError):
    """Too many failures lately: slower, never locked."""

    def __init__(self, seconds: int) -> None:
        words = ngettext(
            "Too many tries. Please wait {seconds} second and try again.",
            "Too many tries. Please wait {seconds} seconds and try again.",
            seconds,
        )
        super().__init__(words.format(seconds=seconds))
        self.seconds = seconds


class OldSchema(PortalError):
    """The database is older or newer than this program: run `portal upgrade`, or the matching version."""


class AuditBroken(PortalError):
    """The audit chain does not verify; the message names the first entry that fails."""


class ImportRefused(PortalError):
    """The files cannot enter as they are; nothing has been changed."""


class ImportStopped(ImportRefused):
    """More would leave or change than the share set; a person must look before such files enter."""
