"""Achievement and behaviour points from the MIS."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from portal_core.importers import PointRow
from portal_core.services.import_changes import Changes
from portal_core.services.import_matches import pupil_ids
from portal_core.store.people import Staff
from portal_core.store.registers import Category, Point
from portal_core.store.scope import Work

_SAID = ("pupil_id", "at", "kind", "amount", "category_id", "in_lesson", "subject", "teacher_id", "place")


def enter_points(work: Work, rows: Sequence[PointRow], *, run_id: int) -> Changes:
    """Points by the MIS's id and the pupil, since one event may be several pupils'; teachers by their code.

    An event of one pupil that is now told of another was theirs by mistake: it moves.
    """
    changes, delay = Changes(), timedelta(minutes=work.settings.points_delay_minutes)
    pupils = pupil_ids(work)
    categories, teachers = _categories(work, rows), _Teachers(work)
    columns = [getattr(Point, name) for name in _SAID]
    mis_ids = {id_: mis_id for mis_id, id_ in pupils.known.items()}
    known: dict[str, dict[int, tuple[int, list[Any]]]] = defaultdict(dict)  # by event, by pupil
    for id_, mis_id, *said in work.session.execute(select(Point.id, Point.mis_id, *columns)):
        known[mis_id.removesuffix(f" {mis_ids[said[0]]}")][said[0]] = id_, said
    of_one = Counter(row.point_id for row in rows)
    fresh: list[dict[str, Any]] = []
    amended: list[dict[str, Any]] = []
    for row in rows:
        if why := pupils.why_not(row.pupil_id):
            changes.refuse(row, why)
            continue
        pupil = pupils.known[row.pupil_id]
        there = known.get(row.point_id, {})
        moved = len(there) == of_one[row.point_id] == 1
        id_, before = next(iter(there.values())) if moved else there.get(pupil, (None, None))
        teacher = teachers.of(row.staff_code, before[_SAID.index("teacher_id")] if before else None)
        said = [pupil, row.given_at, row.kind, row.amount, categories[row.category], row.in_lesson, row.subject, teacher,
                row.place]  # fmt: skip
        mis_id = f"{row.point_id} {row.pupil_id}"
        values = dict(zip(_SAID, said, strict=True)) | {"mis_id": mis_id, "run_id": run_id}
        if before is None:
            public = min(row.recorded_at or row.given_at, work.at.instant) + delay
            fresh.append(values | {"public_from": public})
        elif before == said:
            changes.unchanged += 1
        elif before[0] == pupil:
            amended.append(values | {"id": id_})
        else:  # another child's: as much time to correct it as for a new one (CONTACT-2)
            work.session.execute(
                update(Point).where(Point.id == id_).values(**values, public_from=work.at.instant + delay)
            )
            changes.changed += 1
    if fresh:
        work.session.execute(insert(Point), fresh)
    if amended:
        work.session.execute(update(Point), amended)
    changes.new, changes.changed = len(fresh), changes.changed + len(amended)
    return changes


def _categories(work: Work, rows: Sequence[PointRow]) -> dict[str, int]:
    known = {c.name: c for c in work.session.scalars(select(Category))}
    for row in rows:
        category = known.get(row.category)
        if category is None:
            known[row.category] = work.add(Category(name=row.category, kind=row.kind, meaning=row.meaning))
        elif row.meaning and not category.meaning:
            category.meaning = row.meaning  # once the school has its own wording, the MIS no longer changes it
    return {name: category.id for name, category in known.items()}


class _Teachers:
    """Staff by code. A code that is used again, or by two, says of no new point who gave it (CONTACT-5)."""

    def __init__(self, work: Work) -> None:
        self.all: dict[str, set[int]] = defaultdict(set)
        self.present: dict[str, set[int]] = defaultdict(set)
        for id_, code, left_on in work.session.execute(
            select(Staff.id, Staff.code, Staff.left_on).where(Staff.code != "")
        ):
            self.all[code].add(id_)
            if left_on is None or left_on >= work.at.day:
                self.present[code].add(id_)

    def of(self, code: str, before: int | None) -> int | None:
        """Whom a code means; who gave a point stays who gave it, as long as the code has been theirs."""
        if before is not None and before in self.all.get(code, ()):
            return before
        found = self.present.get(code, set())
        return next(iter(found)) if len(found) == 1 else None
