"""Mail that comes back: an address that was refused gets no more, and staff find a task; a delivery report is read.

Who sends a report is not believed: it counts only if it names the Message-ID of a message of ours, 128 random bits that
nobody has but who received it, and it stops the address that this message went to, whatever address it names itself.
"""

import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.services.import_changes import open_task
from portal_core.store.jobs import Job, MailStop
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work

LARGEST_REPORT = 1 << 20
"""Bytes of a report that are read; the parts that matter come first."""
_OURS = re.compile(r"<([0-9a-f]{32})@")


def hash_of(address: str) -> bytes:
    """What is kept of an address that mail was sent to: enough to know it again."""
    return hashlib.sha256(address.strip().casefold().encode()).digest()


def stop_writing(work: Work, adult: int, address_hash: bytes) -> None:
    """No more mail to this address, and a task for staff; once, however much comes back."""
    there = select(MailStop.id).where(MailStop.address_hash == address_hash, MailStop.ended_at.is_(None))
    if work.session.scalar(there) is None:
        work.add(MailStop(address_hash=address_hash, adult_id=adult, begun_at=work.at.instant))
    open_task(work, TaskKind.MAIL_CAME_BACK, f"adult:{adult}")
    work.audit(Verb.OPENED_TASK, kind=TaskKind.MAIL_CAME_BACK, subject=f"adult:{adult}")


def write_again(work: Work, subject: str) -> None:
    """Ends the stops of the adult whom a task was about; staff have seen to the address."""
    adult = int(re.findall(r"adult:(\d+)", subject)[0])
    for stop in work.session.scalars(select(MailStop).where(MailStop.adult_id == adult, MailStop.ended_at.is_(None))):
        stop.ended_at = work.at.instant


def take_report(store: Store, *, by: Actor, at: Moment, report: bytes) -> bool:
    """Reads a delivery report (RFC 3464); whether it says for good that a message of ours did not arrive."""
    said = message_from_bytes(report[:LARGEST_REPORT], policy=policy.compat32)
    ids = set(_original_ids(said)) if _failed_for_good(said) else set()
    if not ids:
        return False
    with store.writing_as(by, at) as work:
        work.require(Duty.SET_SCHOOL)
        found = work.session.scalars(select(Job).where(Job.message_id.in_(ids))).all()
        for job in found:
            if job.address_hash is not None:
                stop_writing(work, job.adult_id, job.address_hash)
        return bool(found)


def _failed_for_good(said: Message) -> bool:
    """Whether one of the report's recipients failed with a permanent status; a warning of a delay does not."""
    if said.get_content_type() != "multipart/report":
        return False
    for part in said.walk():
        if part.get_content_type() == "message/delivery-status":
            groups = part.get_payload()
            for group in groups if isinstance(groups, list) else []:
                if not isinstance(group, Message):
                    continue
                action, status = str(group.get("Action", "")), str(group.get("Status", ""))
                if action.strip().casefold() == "failed" and status.strip().startswith("5"):
                    return True
    return False


def _original_ids(said: Message) -> Iterator[str]:
    """The Message-IDs of ours that the returned message or its headers carry."""
    for part in said.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            text = part.get_payload(decode=True) or b""
            returned: object = message_from_bytes(text if isinstance(text, bytes) else b"")
        elif kind == "message/rfc822":
            inner = part.get_payload()
            returned = inner[0] if isinstance(inner, list) and inner else None
        else:
            continue
        if isinstance(returned, Message) and (found := _OURS.search(str(returned.get("Message-ID", "")))):
            yield found[1]
