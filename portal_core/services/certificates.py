"""The TLS certificate of an installation that ends TLS itself: whether it can be served, and for how long."""

import ssl
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from portal_core.domain.school import Moment
from portal_core.errors import NotConfigured
from portal_core.settings import Settings

RENEW_AHEAD = timedelta(days=14)


def require_certificate(settings: Settings) -> None:
    """Raises NotConfigured where the files named cannot be served: else each visitor would find a closed door."""
    if settings.certificate is None or settings.key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.certificate, settings.key, password="")
    except OSError as fault:  # ssl.SSLError is one
        why = fault.strerror or getattr(fault, "reason", "") or type(fault).__name__
        raise NotConfigured(
            f"TLS cannot be served with {settings.certificate} and {settings.key} ({why}). "
            "Both are PEM files that this account may read, the key without a passphrase."
        ) from None


def complaint(settings: Settings, at: Moment) -> str | None:
    """What is wrong with the certificate, or soon will be."""
    if settings.certificate is None or settings.key is None:
        return None
    try:
        require_certificate(settings)
    except NotConfigured as fault:
        return str(fault)
    return _of(settings.certificate, urlsplit(settings.origin).hostname or "", at)


def _of(path: Path, host: str, at: Moment) -> str | None:
    first = x509.load_pem_x509_certificates(path.read_bytes())[0]
    ends = first.not_valid_after_utc
    try:
        names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        named = names.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        named = []
    if host not in named and f"*.{host.partition('.')[2]}" not in named:
        return f"The certificate {path} is not for {host}, so browsers refuse it."
    if ends - at.instant < RENEW_AHEAD:
        ended = "ended" if ends < at.instant else "ends"
        return (
            f"The certificate {path} {ended} on {ends:%d %B %Y}. Renew it; `portal serve` takes the new file by itself."
        )
    return None
