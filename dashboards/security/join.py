"""The way into a Panel application: POST /<app>/app with a page's cookie is answered with a signed token.

The token names the login, the application and the child that it is good for, and holds no cookie and no header. Alone it
is worth nothing: the websocket asks for the cookie as well, and asks the decision again (sockets.py). So a forged form
token has nothing to win here.
"""

import hashlib
import re

from bokeh.util.token import check_token_signature, generate_jwt_token, generate_session_id, get_token_payload
from tornado.ioloop import IOLoop
from tornado.web import HTTPError

from dashboards.security.scripted import Scripted
from portal_core.domain.clauses import Duty, Role
from portal_core.domain.people import Standing

TOKEN_HOURS = 12  # as the longest login: a connection that drops may come back without a new join
LONGEST_ID = 9  # digits: what the record of a refusal can hold
ABOUT = re.compile(r"(?:pupil|adult|task|colleague):[0-9]{1,9}")


class Tokens:
    """Signs and reads tokens; a new secret key makes all of them void."""

    def __init__(self, secret_key: str) -> None:
        self.key = hashlib.blake2b(b"join", key=hashlib.sha256(secret_key.encode()).digest()).digest()

    def sign(self, standing: Standing) -> str:
        """A token for a new Bokeh session that rests on this standing."""
        return generate_jwt_token(
            generate_session_id(self.key, signed=True),
            self.key,
            signed=True,
            expiration=TOKEN_HOURS * 3600,
            extra_payload={
                "headers": {},
                "cookies": {},
                "arguments": {},
                "login": standing.login_id,
                "app": standing.app,
                "child": standing.pupil_id,
                "about": standing.about,
                "roles": sorted(standing.roles),
            },
        )

    def read(self, token: str, now: float) -> Standing | None:
        """What a token was signed for; None if it is forged, malformed or too old. `now` in seconds since 1970."""
        try:
            if not check_token_signature(token, self.key, signed=True):
                return None
            payload = get_token_payload(token)
            if payload["session_expiry"] <= now:
                return None
            roles = frozenset(map(Role, payload["roles"]))
            return Standing(payload["login"], payload["app"], payload["child"], payload["about"], roles)
        except Exception:  # anything at all may have been sent
            return None


class Join(Scripted):
    """POST /<app>/app, answered {"token": …}; refusals are {"error": …} with 400, 401, 403 or 429."""

    wants = "join"

    def initialize(self, app: str, duty: Duty) -> None:
        """`app` is the application's path, `duty` what it asks for."""
        self.app = app
        self.duty = duty  # type: ignore[misc]  # per address here, per class elsewhere

    async def post(self) -> None:
        """Ask the decision again, for the child that the page is about."""
        who = self.live()
        if not self.application.joins.admits(who.login_id, IOLoop.current().time()):
            raise HTTPError(429)
        pupil_id = None
        if self.duty is Duty.SEE_OWN_CHILDREN:
            pupil_id = self._child()
            if not await self.application.gate.may_see(who, pupil_id, self.at):
                raise HTTPError(403)
        standing = Standing(who.login_id, self.app, pupil_id, self._about(), who.roles)
        self.finish({"token": self.application.tokens.sign(standing)})

    def _about(self) -> str:
        about = self.field("about", "")
        if about and not ABOUT.fullmatch(about):
            raise HTTPError(400)
        return about

    def _child(self) -> int:
        text = self.field("child")
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):
            raise HTTPError(400)
        return int(text)
