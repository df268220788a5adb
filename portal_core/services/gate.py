"""What the server asks of the store: who holds this cookie, may they see this child, and which open sockets still may stay."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import case, select, update

from portal_core.audit.views import View, Views
from portal_core.domain.clauses import Verb
from portal_core.domain.people import Lapsed, Principal, Standing
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.policy.access import may_see
from portal_core.policy.duties import duties, duty_for
from portal_core.security.devices import TAB_GONE
from portal_core.security.logins import idle_until
from portal_core.services import drafts, sharing
from portal_core.services.child_views import (
    ChildAttendance,
    ChildLessons,
    ChildPoints,
    child_attendance,
    child_lessons,
    child_points,
)
from portal_core.services.reading import Asking, ChildPage, ask, child_page
from portal_core.store.accounts import Login, Stage, lives
from portal_core.store.facts import about_logins
from portal_core.store.road import road_to
from portal_core.store.scope import Store


class Gate:
    """One for each process; nothing it answers is kept from one question to the next."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.views = Views(store.engine)
        self._road = road_to(store.engine)
        self._school = store.settings(store.clock())

    def close(self) -> None:
        """Writes the views that were handed in, and lets go of the road."""
        self.views.close()
        self._road.close()

    def now(self) -> Moment:
        """The present moment by the school's clock."""
        return self.store.moment()

    def school(self, at: Moment) -> SchoolSettings:
        """The school's settings as the last question found them: words for a page, never grounds for a decision."""
        return self._school

    async def asking(self, token_hash: bytes, at: Moment) -> Asking | None:
        """The live login behind a cookie with all that decides for it, in one statement."""
        found = await ask(self._road, token_hash, at)
        if found is not None:
            self._school = found.known.settings
        return found

    async def principal(self, token_hash: bytes, at: Moment) -> Principal | None:
        """The live login behind a cookie: not expired, idle or ended."""
        found = await self.asking(token_hash, at)
        return found.principal if found else None

    async def child_page(self, asking: Asking, pupil_id: int) -> ChildPage:
        """A child's page for this reader, or NotPermitted; see services.reading."""
        return await child_page(self._road, asking, pupil_id)

    async def child_attendance(self, asking: Asking, pupil_id: int, period: str) -> ChildAttendance:
        """A child's registers for this reader, or NotPermitted; see services.child_views."""
        return await child_attendance(self._road, asking, pupil_id, period)

    async def child_lessons(self, asking: Asking, pupil_id: int, period: str) -> ChildLessons:
        """A child's lesson marks for this reader, or NotPermitted; see services.child_views."""
        return await child_lessons(self._road, asking, pupil_id, period)

    async def child_points(self, asking: Asking, pupil_id: int) -> ChildPoints:
        """A child's points for this reader, or NotPermitted; see services.child_views."""
        return await child_points(self._road, asking, pupil_id)

    def viewed(self, asking: Asking, verb: Verb, pupil_id: int | None, what: str) -> "asyncio.Future[None]":
        """Puts a view or a refusal on record, and the login's last use with it; await it before anything is sent."""
        who, at = asking.principal, asking.at
        until = idle_until(who, at.instant, asking.known.settings)
        return self.views.recorded(View(at.instant, str(who), verb, pupil_id, {"what": what}, who.login_id, until))

    async def may_see(self, principal: Principal, pupil_id: int, at: Moment) -> bool:
        """Whether this login may see this child now; a refusal is on record before it is told."""
        asked = Standing(principal.login_id, "/parent", pupil_id)
        if asked in await asyncio.to_thread(self.standing, [asked], at):
            return True
        await self.refused(principal, "/parent/app", at, pupil_id)
        return False

    async def refused(self, principal: Principal, what: str, at: Moment, pupil_id: int | None = None) -> None:
        """Puts on record that somebody signed in was turned away from an address (SEC-4)."""
        await self.views.recorded(View(at.instant, str(principal), Verb.WAS_REFUSED, pupil_id, {"what": what[:100]}))

    def seen(self, login_ids: Collection[int], at: Moment) -> None:
        """Moves the idle limit of logins on (USE-2), and looks for signs of sharing (SEC-2); blocks: call it in a thread."""
        school, now = self._school, at.instant
        until = case(
            (Login.shared_device, now + timedelta(minutes=school.idle_minutes_shared)),
            else_=now + timedelta(minutes=school.idle_minutes_private),
        )
        with self.store.counting() as session:
            session.execute(
                update(Login)
                .where(Login.id.in_(login_ids), lives(Login, now))
                .values(seen_at=now, idle_until=until)
                .execution_options(synchronize_session=False)
            )
        sharing.note_sharing(self.store, by=sharing.WATCH, at=at, logins=login_ids)

    def open(self, login_ids: Collection[int], at: Moment) -> None:
        """Notes that tabs of these logins are open (USE-2); no use of them, and not on record. Blocks, as `seen`."""
        with self.store.counting() as session:
            session.execute(
                update(Login)
                .where(Login.id.in_(login_ids), Login.shared_device, lives(Login, at.instant))
                .values(open_until=at.instant + TAB_GONE)
                .execution_options(synchronize_session=False)
            )

    def lapsed(self, token_hash: bytes, at: Moment) -> Lapsed | None:
        """What is left to know of a login that lives no more, so that nothing stays behind; blocks, as `seen`."""
        with self.store.reading_as(sharing.WATCH, at) as session:
            found = session.scalar(select(Login).where(Login.token_hash == token_hash))
        if found is None:
            return None
        over = found.ended_at is not None or found.stage is not Stage.COMPLETE
        return Lapsed(found.account_id, found.shared_device, by_itself=not over)

    def keep_draft(self, account: int, form: str, fields: Mapping[str, str], at: Moment) -> None:
        """See services.drafts; blocks, as the next two."""
        drafts.keep(self.store, account=account, form=form, fields=fields, at=at.instant)

    def take_draft(self, account: int, form: str, at: Moment) -> dict[str, str]:
        """See services.drafts."""
        return drafts.take(self.store, account=account, form=form, at=at.instant)

    def drop_draft(self, account: int, form: str) -> None:
        """See services.drafts."""
        drafts.drop(self.store, account=account, form=form)

    def standing(self, asked: Collection[Standing], at: Moment) -> set[Standing]:
        """Those of the sockets' standings that still hold, asked in one statement; blocks, so call it in a thread."""
        with self.store.engine.connect() as connection:
            known = about_logins(connection, {s.login_id for s in asked}, at.instant)
        held = set()
        for one in asked:
            who = known.principals.get(one.login_id)
            if who is None or duty_for(one.app) not in duties(who) or not one.roles <= who.roles:
                continue
            if one.app == "/parent":
                facts = known.facts.get((who.adult_id or 0, one.pupil_id or 0))
                if facts is None or not may_see(facts, at):
                    continue
            held.add(one)
        return held
