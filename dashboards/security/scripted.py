"""What a script of ours asks by itself: answered in JSON, refused in a status, sent by no other site.

No form token is asked for: the header X-Portal and our own Origin, which no other site's page can send together, stand in.
"""

from typing import Any, ClassVar

from tornado.web import HTTPError

from dashboards.security.handlers import PortalHandler, comes_from_us
from portal_core.domain.people import Principal


class Scripted(PortalHandler):
    """POST from a script of ours, which says what it wants in X-Portal; refusals are {"error": …} with their status."""

    wants: ClassVar[str]

    def check_xsrf_cookie(self) -> None:
        """Refuse all that a page of ours did not send."""
        origins = self.application.portal.origins
        if self.request.headers.get("Origin") not in origins or not comes_from_us(self.request, origins, unsaid=False):
            raise HTTPError(403, "sent from another site")
        if self.request.headers.get("X-Portal") != self.wants:
            raise HTTPError(403, "not sent by a script of ours")

    def live(self) -> Principal:
        """Whose login it is; 401 if none lives."""
        if self.principal is None:
            raise HTTPError(401)
        return self.principal

    async def turn_away(self) -> None:
        """In a status, since a script asked; on record if somebody wholly signed in lacks the duty."""
        if self.principal is None or not self.principal.complete:
            raise HTTPError(401)
        await self.application.gate.refused(self.principal, self.request.path, self.at)
        raise HTTPError(403)

    def tell(self, status: int, title: str, text: str) -> Any:
        """As JSON."""
        self.finish({"error": f"{title}. {text}"})
