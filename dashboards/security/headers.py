"""What every answer carries, whoever wrote it: pages, redirects, refusals, files and errors alike."""

from collections.abc import Mapping
from typing import Any

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",  # no inline script anywhere, so no nonce; no eval
        "style-src 'self' 'unsafe-inline'",  # Bokeh writes its layout into style attributes
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # no-referrer would turn the Origin of our own forms into null
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
UNLESS_SET: Mapping[str, str] = {"Cache-Control": "no-store"}  # a content-hashed file says otherwise for itself
OVER_TLS: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000"}


def headers_for(*, demo: bool) -> type[OutputTransform]:
    """The transform that puts the table on each answer; the demo speaks plain HTTP and so promises no TLS."""
    always = dict(ALWAYS) if demo else {**ALWAYS, **OVER_TLS}

    class Headers(OutputTransform):
        def __init__(self, request: HTTPServerRequest) -> None:
            """Every request gets the same."""

        def transform_first_chunk(
            self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
        ) -> tuple[int, HTTPHeaders, bytes]:
            for name, value in always.items():
                headers[name] = value
            for name, value in UNLESS_SET.items():
                if name not in headers:
                    headers[name] = value
            headers.pop("Server", None)
            return status_code, headers, chunk

        def transform_chunk(self, chunk: bytes, finishing: bool) -> Any:
            return chunk

    return Headers
