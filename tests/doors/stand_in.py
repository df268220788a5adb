"""A gate in memory: who is signed in and whom they may see are plain sets, so that a test can take any away."""

from collections.abc import Collection
from threading import Lock
from zoneinfo import ZoneInfo

from portal_core.domain.clauses import Duty, Role
from portal_core.domain.people import Principal, Standing
from portal_core.domain.school import Moment, SchoolSettings, utc_now
from portal_core.policy.duties import duties, duty_for
from portal_core.security.credentials import new_token, token_hash

LONDON = ZoneInfo("Europe/London")


class StandInGate:
    """Every cookie signed in here is live until `sign_out`; a parent sees the pupils in `sights`."""

    def __init__(self) -> None:
        self.logins: dict[bytes, Principal] = {}
        self.sights: set[tuple[int, int]] = set()  # adult, pupil
        self.active: list[int] = []
        self.turned_away: list[tuple[str, str]] = []  # who, and from where
        self.failing = False
        self.asked = 0
        self._next = 0
        self._lock = Lock()

    def sign_in(
        self,
        *,
        adult: int | None = None,
        roles: Collection[Role] = (),
        complete: bool = True,
        sees: Collection[int] = (),
    ) -> str:
        """A new login's cookie: of a parent who sees these pupils, or of a member of staff."""
        cookie, kept = new_token()
        with self._lock:
            self._next += 1
            self.logins[kept] = Principal(
                login_id=self._next,
                account_id=adult or 1000,
                adult_id=adult,
                staff_id=None if adult else 1000,
                roles=frozenset(roles),
                complete=complete,
            )
            self.sights |= {(adult or 0, pupil) for pupil in sees}
        return cookie

    def sign_out(self, cookie: str) -> None:
        """End the login."""
        del self.logins[token_hash(cookie)]

    def now(self) -> Moment:
        return Moment(utc_now(), LONDON)

    def school(self, at: Moment) -> SchoolSettings:
        return SchoolSettings("Stoneleigh School", email="portal@stoneleigh.example", telephone="01632 960 001")

    async def principal(self, token_hash: bytes, at: Moment) -> Principal | None:
        return self.logins.get(token_hash)

    async def may_see(self, principal: Principal, pupil_id: int, at: Moment) -> bool:
        return (principal.adult_id, pupil_id) in self.sights

    async def refused(self, principal: Principal, what: str, at: Moment) -> None:
        self.turned_away.append((str(principal), what))

    def standing(self, asked: Collection[Standing], at: Moment) -> set[Standing]:
        self.asked += 1
        if self.failing:
            raise ConnectionError("the store is away")
        live = {principal.login_id: principal for principal in self.logins.values()}
        return {one for one in asked if (who := live.get(one.login_id)) and self._stands(one, who)}

    def _stands(self, one: Standing, who: Principal) -> bool:
        needed = duty_for(one.app)
        if needed not in duties(who):
            return False
        return needed is not Duty.SEE_OWN_CHILDREN or (who.adult_id, one.pupil_id) in self.sights

    def seen(self, login_ids: Collection[int], at: Moment) -> None:
        self.active += login_ids

    def open(self, login_ids: Collection[int], at: Moment) -> None:
        """Nobody here is on a shared device."""

    def lapsed(self, token_hash: bytes, at: Moment) -> None:
        """What is signed out here is forgotten at once."""
