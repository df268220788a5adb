"""Every road to a child's record, each asked the same question, and held to the rule over a world's own facts."""

import asyncio
from collections import Counter
from dataclasses import fields, replace
from datetime import date
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Date, Engine, Integer, bindparam, select, text

from portal_core.domain.people import Facts
from portal_core.domain.periods import year_of
from portal_core.domain.school import Half, Moment
from portal_core.errors import NotPermitted
from portal_core.policy.access import Decision, latest_birth_of_age, may_see
from portal_core.services.child_views import child_attendance, child_points
from portal_core.services.reading import ask, child_page
from portal_core.store.admitted import admitted
from portal_core.store.base import UtcDateTime
from portal_core.store.facts import about_adults
from portal_core.store.people import Pupil
from portal_core.store.registers import Mark, Point
from portal_core.store.road import road_to
from portal_core.store.scope import Store
from tests.world import World, principal, token_hash

AS_PARENT = text(
    "SELECT set_config('role', 'portal_parent', true), set_config('portal.adult', :adult, true), "
    "set_config('portal.at', :at, true), set_config('portal.day', :day, true), set_config('portal.of_age', :of_age, true)"
)
ADMITTED = admitted(
    adult=bindparam("adult", type_=Integer()),
    at=bindparam("at", type_=UtcDateTime()),
    day=bindparam("day", type_=Date()),
    of_age=bindparam("of_age", type_=Date()),
)


def unordered(facts: Facts) -> dict[str, Any]:
    """Facts without the order of their records and without repeats, neither of which means anything."""
    values = ((field.name, getattr(facts, field.name)) for field in fields(facts))
    return {name: frozenset(value) if isinstance(value, tuple) else value for name, value in values}


class Roads:
    """One database and the ways into it. `hold` puts a world there and returns what was decided, or fails."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.store = Store(engine, lambda: NotImplemented)
        self.road = road_to(engine)
        self.runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.road.close()
        self.runner.close()

    def hold(self, world: World) -> Counter[str]:
        """Asks every road about every adult, pupil and moment. Counts decisions, and refusals by what refused alone."""
        world.seed(self.engine)
        tried: Counter[str] = Counter()
        for at in world.moments:
            for adult in world.adults:
                decided = {pupil: may_see(world.facts(adult, pupil, at), at) for pupil in world.pupils}
                seen = {pupil for pupil, decision in decided.items() if decision}
                marks = world.marks(seen, at.instant)
                said = f"of adult {adult} at {at.instant.isoformat()}"
                assert self.by_orm(adult, at) == (seen, marks), f"the session's filter {said}"
                assert self.by_expression(adult, at) == seen, f"the expression {said}"
                if self.engine.dialect.name == "postgresql":
                    assert self.by_row_security(adult, at) == (seen, marks), f"row-level security {said}"
                for pupil, page in self.runner.run(self.by_page(world, adult, at)).items():
                    shown = self.expected_page(world, pupil, seen, at) if pupil in seen else None
                    assert page == shown, f"the page of pupil {pupil} {said}"
                tried.update(kind for decision in decided.values() for kind in kinds(decision))
            with self.engine.connect() as connection:
                self.by_facts(connection, world, at)
        return tried

    def by_facts(self, connection: Connection, world: World, at: Moment) -> None:
        """What the store reads are the world's facts, and so lead to the same findings."""
        known = about_adults(connection, world.adults, at.instant)
        for adult in world.adults:
            for pupil in world.pupils:
                own, read = world.facts(adult, pupil, at), known.facts.get((adult, pupil))
                said = f"facts on adult {adult} and pupil {pupil} at {at.instant.isoformat()}"
                assert (read is None) == (not own.connections), said
                if read is not None:
                    assert unordered(read) == unordered(own), said
                    assert set(may_see(read, at).findings) == set(may_see(own, at).findings), said

    def by_expression(self, adult: int, at: Moment) -> set[int]:
        """The store's expression by itself, asked as the database's owner, whom row-level security does not bind."""
        asked = {"adult": adult, "at": at.instant, "day": at.day, "of_age": self.of_age(at)}
        with self.engine.connect() as connection:
            return set(connection.scalars(ADMITTED, asked))

    def by_orm(self, adult: int, at: Moment) -> tuple[set[int], set[tuple[int, date, int]]]:
        """Pupils and keys of marks that a session of this adult finds."""
        with self.store.reading_as(principal(adult), at) as session:
            pupils = set(session.scalars(select(Pupil.id)))
            return pupils, {
                (row[0], row[1], row[2]) for row in session.execute(select(Mark.pupil_id, Mark.day, Mark.half))
            }

    def by_row_security(self, adult: int, at: Moment) -> tuple[set[int], set[tuple[int, date, int]]]:
        """The same as PostgreSQL alone gives it to whoever connects as a parent's role."""
        asked = {"adult": str(adult), "at": at.instant.isoformat(), "day": at.day.isoformat()}
        with self.engine.begin() as connection:
            connection.execute(AS_PARENT, {**asked, "of_age": self.of_age(at).isoformat()})
            pupils = set(connection.scalars(text("SELECT id FROM pupil")))
            marks = connection.execute(text("SELECT pupil_id, day, half FROM mark"))
            return pupils, {(row[0], row[1], row[2]) for row in marks}

    def of_age(self, at: Moment) -> date:
        return latest_birth_of_age(at.day, self.store.settings(at.instant).responsibility_ends_at)

    async def by_page(self, world: World, adult: int, at: Moment) -> dict[int, Any]:
        """What the parent's address answers for each pupil: None where it is refused, else what the page shows."""
        asking = await ask(self.road, token_hash(adult), at)
        pages: dict[int, Any] = dict.fromkeys(world.pupils)
        if asking is None:
            return pages
        found = replace(asking.principal, complete=True, idle_until=None, expires_at=None)
        assert found == principal(adult)  # incomplete until the policy is accepted
        for pupil in world.pupils:
            try:
                page = await child_page(self.road, asking, pupil)
            except NotPermitted:
                continue
            further: tuple[Any, Any] = (None, None)
            if at == world.moments[-1]:  # once a world: they stand on the very same decision
                year = await child_attendance(self.road, asking, pupil, "")
                given = await child_points(self.road, asking, pupil)
                further = set(year.marks), {point.id for point in given.points}
            pages[pupil] = (
                (page.child.id, page.child.surname),
                tuple(child.id for child in page.children),
                asking.children,
                set(page.marks),
                {point.id for point in page.points},
                *further,
            )
        return pages

    @staticmethod
    def expected_page(world: World, pupil: int, seen: set[int], at: Moment) -> Any:
        """The child by name, the children to switch to, this child's published marks of a fortnight, its points; and as the
        further pages have them, the year's marks and all points."""
        marks = {(day, Half(half)) for _, day, half in world.marks([pupil], at.instant) if day <= at.day}
        points = {
            point["id"]
            for point in world.of(Point, pupil_id=pupil)
            if max(point["at"], point["public_from"]) <= at.instant and at.day < date(2026, 9, 1)  # that school year
        }
        return (
            (pupil, f"Of{pupil}"),
            tuple(sorted(seen)),
            tuple(sorted(seen)),
            {key for key in marks if (at.day - key[0]).days < 14},
            points,
            *(
                ({key for key in marks if key[0] in year_of(at.day)}, points)
                if at == world.moments[-1]
                else (None, None)
            ),
        )


def kinds(decision: Decision) -> list[str]:
    """How a decision is counted: allowed or refused, each clause that refused, and a clause that did so alone."""
    refused = [found for found in decision.findings if found.effect == "refuses"]
    alone = [f"alone: {refused[0].clause} {refused[0].words}"] if len(refused) == 1 else []
    return ["allowed" if decision else "refused", *sorted({found.clause for found in refused}), *alone]
