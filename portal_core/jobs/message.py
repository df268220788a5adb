"""A message put in form: plain text and the same words as HTML, with headers that nothing written by people can add to."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from urllib.parse import urlsplit

from portal_core.domain.school import Moment, SchoolSettings
from portal_core.jobs.deciding import Letter
from portal_core.services.mail_words import ALERTS_PAGE, Words

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def put_in_form(
    letter: Letter, *, message_id: str, sender: str, origin: str, school: SchoolSettings, at: Moment, alert: bool
) -> EmailMessage:
    """The message as it leaves. `message_id` is the job's own, the same at each try; `origin` begins every link."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_CONTROL.sub(" ", school.name).strip(), addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = _CONTROL.sub(" ", letter.words.subject)
    message["Date"] = format_datetime(at.local)
    message["Message-ID"] = f"<{message_id}@{urlsplit(origin).hostname or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    if alert:
        message["List-Unsubscribe"] = f"<{origin}{ALERTS_PAGE}>"
    lines = _lines(letter.words, origin, school)
    message.set_content("\n\n".join(lines) + "\n", cte="quoted-printable")
    message.add_alternative(_html(letter.words, origin, school), subtype="html", cte="quoted-printable")
    return message


def _lines(words: Words, origin: str, school: SchoolSettings) -> list[str]:
    way = [f"{words.label}: {origin}{words.path}"] if words.path else []
    return [words.hello, *words.paragraphs, *way, *words.last, school.name]


def _html(words: Words, origin: str, school: SchoolSettings) -> str:
    def paragraphs(*lines: str) -> str:
        return "".join(f"<p>{escape(line)}</p>\n" for line in lines)

    way = f'<p><a href="{escape(origin + words.path)}">{escape(words.label)}</a></p>\n' if words.path else ""
    body = paragraphs(words.hello, *words.paragraphs) + way + paragraphs(*words.last, school.name)
    title = escape(words.subject)
    return f'<!doctype html>\n<html lang="{words.language}">\n<head><meta charset="utf-8"><title>{title}</title></head>\n<body>\n{body}</body>\n</html>\n'
