"""The points of the invented school: most groups large enough to be shown, with what must be withheld among them."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal_core.domain.records import PointKind
from portal_core.store.registers import Category, Point

A, B = PointKind.ACHIEVEMENT, PointKind.BEHAVIOUR
CATEGORIES = {  # kind, whether it is given in a lesson, and how likely on a day
    "Excellent work": (A, True, 0.03),
    "Good homework": (A, True, 0.02),
    "Kindness": (A, False, 0.02),
    "Homework late": (B, True, 0.01),
    "Talking over others": (B, True, 0.006),
    "Uniform": (B, False, 0.008),
    "Corridor": (B, False, 0.006),
}
FEW, MOSTLY_ONE = "Fighting", "Litter"
"""Categories given to three pupils, and to eight of whom one has nearly all; both of behaviour, outside lessons."""
NIGHT = datetime(2025, 8, 31, 23, 30, tzinfo=UTC)
"""Half past midnight on the first of September by the school's clock, an hour before which is last year."""


def give_points(
    session: Session, pupils: list[int], days: list[date], zone: ZoneInfo, run: int, seed: int, naughty: int | None
) -> None:
    """Points of each pupil over the year, published an hour later; behaviour of the first `naughty` alone, if it is given."""
    chance = random.Random(seed)
    ids = {}
    for name, kind in [*((name, kind) for name, (kind, *_) in CATEGORIES.items()), (FEW, B), (MOSTLY_ONE, B)]:
        category = Category(name=name, kind=kind)
        session.add(category)
        session.flush()
        ids[name] = category.id
    rows: list[dict[str, object]] = []

    def give(pupil: int, at: datetime, name: str, amount: int, published: datetime | None = None) -> None:
        kind, in_lesson, _ = CATEGORIES.get(name, (B, False, 0))
        if kind is B and pupil not in pupils[:naughty]:
            return
        rows.append(
            {
                "mis_id": f"P{len(rows)}", "pupil_id": pupil, "at": at, "kind": kind, "amount": amount,
                "category_id": ids[name], "in_lesson": in_lesson, "subject": "", "place": "", "teacher_id": None,
                "public_from": published or at + timedelta(hours=1), "run_id": run,
            }
        )  # fmt: skip

    def noon(day: date) -> datetime:
        return datetime.combine(day, time(12), zone).astimezone(UTC)

    for pupil in pupils:
        for day in days:
            for name, (_, _, likely) in CATEGORIES.items():
                if chance.random() < likely:
                    give(pupil, noon(day), name, chance.choice((1, 1, 1, 2, 3)))
    for pupil in pupils[:3]:
        give(pupil, noon(days[10]), FEW, 2)
    for number, pupil in enumerate(pupils[:8]):
        give(pupil, noon(days[12]), MOSTLY_ONE, 40 if number == 7 else 1)
    for pupil in pupils[:6]:
        give(pupil, NIGHT, "Kindness", 1)
        give(pupil, NIGHT - timedelta(hours=1), "Kindness", 100)  # of the year before
        give(pupil, noon(days[20]), "Kindness", 100, datetime(2027, 1, 1, tzinfo=UTC))  # not published yet
    session.execute(insert(Point), rows)
