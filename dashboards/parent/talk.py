"""Talking about a point: first with the child, then with the right person, by a prepared e-mail or the telephone (CONTACT-3 to 6)."""

from dataclasses import dataclass
from urllib.parse import quote

from dashboards.parent.frame import Frame, frame
from dashboards.parent.points import PLACE, Given, given
from dashboards.parent.register import Contact, linked
from portal_core.policy.contact import office
from portal_core.policy.talking import talk_about
from portal_core.services.child_views import ChildPoints


@dataclass(frozen=True, slots=True)
class TalkView:
    """One point, and the steps to whom to ask about it; `talked` is what the reader answered, None before they did."""

    frame: Frame
    point: Given
    talked: bool | None
    first: str
    not_yet: str
    words: str
    contact: Contact
    email: str
    mail: str  # the address of a prepared e-mail
    subject: str
    body: str
    hours: str
    closed: str
    office: Contact

    @classmethod
    def of(cls, page: ChildPoints, point_id: int, *, talked: bool | None) -> "TalkView | None":
        """The words for a point; None where it is not among those that are shown."""
        point = next((one for one in page.points if one.id == point_id), None)
        if point is None:
            return None
        child, settings = page.child, page.settings
        talk = talk_about(
            point, child=child.forename, form=child.form, settings=settings, manager=page.manager,
            calendar=page.calendar, at=page.at,
        )  # fmt: skip
        return cls(
            frame(page, PLACE), given(point, page), talked, talk.first, talk.not_yet, talk.words, linked(talk.contact),
            talk.contact.email, mailto(talk.contact.email, talk.subject, talk.body), talk.subject, talk.body,
            settings.hours, talk.closed, linked(office(settings)),
        )  # fmt: skip


def mailto(address: str, subject: str, body: str) -> str:
    """A prepared e-mail as an address (RFC 6068): everything percent-encoded, lines ended as mail ends them."""
    lines = body.replace("\n", "\r\n")
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject, safe='')}&body={quote(lines, safe='')}"
