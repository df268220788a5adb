"""An import from the MIS: a preview of what would change, then one transaction; a repeat changes nothing.

The preview is the same work, rolled back: what it says is what the import would do. No import gives anybody sight of a
child: where its changes together would, that connection loses its verification in the same transaction.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from portal_core.audit.chain import canonical
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.errors import ImportRefused, ImportStopped
from portal_core.importers import CONTACTS, LESSON_MARKS, MARKS, POINTS, PUPILS, STAFF, Files, Kind
from portal_core.services import (
    import_contacts,
    import_people,
    import_points,
    import_registers,
    import_sight,
    import_staff,
)
from portal_core.services.ageing import newest_data, note_age_of
from portal_core.services.import_changes import Changes, Roll
from portal_core.services.import_matches import SAME_UPN, UNDER, decided_since
from portal_core.services.import_sight import Sight
from portal_core.services.import_staging import Progress
from portal_core.store.people import Connection, Pupil, Staff
from portal_core.store.school import ImportRun
from portal_core.store.scope import Store, Work

FEW = 20
"""So many changed rows are never too many, whatever their share."""
MANY_ELSEWHERE = 0.1
"""The share of people on record under other ids that stops an import, beyond FEW; more than half always do."""


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    as_of: datetime
    changes: dict[str, Changes] = field(default_factory=dict)  # by kind
    refused: list[tuple[str, int, str]] = field(default_factory=list)  # file, line, why
    doubtful: list[tuple[str, int, str]] = field(default_factory=list)  # taken, and a person must look
    remarks: list[tuple[str, int, str]] = field(default_factory=list)
    unknown_codes: Counter[str] = field(default_factory=Counter)
    gaining: list[Sight] = field(default_factory=list)  # the records would let them see, once verified anew
    losing: list[Sight] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)  # why this must not enter, or not unseen
    other_ids: bool = False  # it stops since people have come under other ids: no share lets it in
    repeated: bool = False  # these very files have entered before

    @property
    def counts(self) -> dict[str, Any]:
        """The figures for the record: no names, no ids of the MIS."""
        kinds = {
            kind: {"new": c.new, "changed": c.changed, "unchanged": c.unchanged, "leaving": c.leaving}
            for kind, c in self.changes.items()
        }
        return {
            "as of": self.as_of.isoformat(),
            "kinds": kinds,
            "refused": len(self.refused),
            "remarks": len(self.remarks),
            "unknown codes": dict(self.unknown_codes),
            "gaining": len(self.gaining),
            "losing": len(self.losing),
        }


class _Preview(Exception):
    """Leaves the transaction, rolling it back."""


def preview(store: Store, *, by: Actor, at: Moment, files: Files, **how: Any) -> Report:
    """What an import of these files would do, with nothing changed; takes what `import_files` takes."""
    try:
        with _entered(store, by, at, files, **how) as (_, report):
            raise _Preview
    except _Preview:
        return report


def import_files(store: Store, *, by: Actor, at: Moment, files: Files, **how: Any) -> Report:
    """Enters the files in one transaction.

    `full` says that they name everybody; `as_of` when the MIS gave them, at the latest now. Raises ImportStopped, changing
    nothing, if more than the share `most_leaving` of staff, pupils or connections would leave or lose responsibility, or
    more than the share `most_changing` of the rows known before would change; None is any share. Raises it too if many
    people on record come under other ids, whatever the shares. Raises ImportRefused for files older than those entered
    before, and NotPermitted without Duty.IMPORT.
    """
    with _entered(store, by, at, files, **how) as (work, report):
        if report.stops:
            then = "" if report.other_ids else " Look at the files; if they are right, import them with a higher share."
            raise ImportStopped(f"{' '.join(report.stops)} Nothing has been changed.{then}")
        work.audit(Verb.IMPORTED, repeated=report.repeated, **report.counts)
    if not report.repeated:
        _settle(store)
    return report


@contextmanager
def _entered(
    store: Store, by: Actor, at: Moment, files: Files, *, full: bool = False, as_of: datetime | None = None,
    most_leaving: float | None = 0.1, most_changing: float | None = 0.5, progress: Progress = lambda _: None,
) -> Iterator[tuple[Work, Report]]:  # fmt: skip
    """The transaction in which everything has been entered and nothing is yet committed."""
    report = _told(files, Report(as_of or at.instant))
    with store.writing_as(by, at) as work:
        work.require(Duty.IMPORT)
        if report.as_of > at.instant:
            raise ImportRefused("The files are dated in the future. Is this machine's clock right?")
        before = _how_many(work)
        _enter(work, files, report, full=full, progress=progress)
        report.stops = [*_too_many_elsewhere(report)]
        report.other_ids = bool(report.stops)
        if not report.stops:  # what else there is follows from it
            report.stops = [*_too_many_leave(report, before, most_leaving), *_too_much_changes(report, most_changing)]
        yield work, report


def _told(files: Files, report: Report) -> Report:
    for reading in files.readings:
        report.refused += [(r.file, r.line, r.why) for r in reading.refused]
        report.remarks += [(r.file, r.line, r.why) for r in reading.warnings]
        report.unknown_codes += reading.unknown_codes
    return report


def _enter(work: Work, files: Files, report: Report, *, full: bool, progress: Progress) -> None:
    digest = _digest(files, full)
    runs = [
        (run.digest, json.loads(run.report), run.started_at)
        for run in work.session.scalars(select(ImportRun).order_by(ImportRun.id))
    ]
    if runs and (digest, report.as_of.isoformat()) == (runs[-1][0], runs[-1][1].get("as of")):
        report.repeated = not decided_since(work, runs[-1][2])
    if report.repeated:
        return
    _refuse_older(files, report, [told for _, told, _ in runs])
    sights = import_sight.sights(work)
    marks_as_of = report.as_of if files.of(MARKS) else newest_data(work) or report.as_of
    run = work.add(ImportRun(started_at=work.at.instant, data_as_of=marks_as_of, digest=digest, report="{}"))

    def entering(kind: Kind[Any], enter: Callable[..., Changes], *given: Any, **named: Any) -> None:
        rows = [row for reading in files.of(kind) for row in reading.rows]
        if rows:
            report.changes[kind.name] = found = enter(work, rows, *given, **named)
            report.refused += found.refused
            report.doubtful += found.doubtful

    dated: dict[str, Any] = {"run_id": run.id, "as_of": report.as_of, "progress": progress}
    entering(PUPILS, import_people.enter_pupils, _roll(files, PUPILS, full, report))
    entering(STAFF, import_staff.enter_staff, _roll(files, STAFF, full, report))
    entering(CONTACTS, import_contacts.enter_contacts, _roll(files, CONTACTS, full, report))
    entering(MARKS, import_registers.enter_marks, **dated)
    entering(LESSON_MARKS, import_registers.enter_lesson_marks, **dated)
    entering(POINTS, import_points.enter_points, run_id=run.id)
    work.session.flush()
    after = import_sight.sights(work)
    import_sight.take_back(work, after - sights)
    report.gaining = import_sight.by_mis_id(work, after - sights)
    report.losing = import_sight.by_mis_id(work, sights - after)
    run.report = canonical(report.counts)
    note_age_of(work)


def _refuse_older(files: Files, report: Report, runs: list[dict[str, Any]]) -> None:
    for kind in dict.fromkeys(reading.kind for reading in files.readings):
        came = max((run["as of"] for run in runs if kind in run.get("kinds", ()) and "as of" in run), default="")
        if came and datetime.fromisoformat(came) > report.as_of:
            raise ImportRefused(
                f"These {kind} are of {_shown(report.as_of)}; those entered before are of {_shown(datetime.fromisoformat(came))}. "
                "What is newer would be lost. Export them again, or say with --as-of when they were exported."
            )


def _shown(instant: datetime) -> str:
    return f"{instant:%d %B %Y, %H:%M} UTC"


def _roll(files: Files, kind: Kind[Any], full: bool, report: Report) -> Roll:
    for reading in files.of(kind):
        if full and reading.torn:
            report.remarks.append((reading.file, 1, "a row was left out that does not say whom it is about, so nobody was "
                                                    "taken as missing from this file"))  # fmt: skip
            full = False
    return Roll(full, frozenset(ids for reading in files.of(kind) for ids in reading.unread))


def _how_many(work: Work) -> dict[str, int]:
    counted = {
        PUPILS.name: select(func.count()).select_from(Pupil),
        STAFF.name: select(func.count()).select_from(Staff).where(Staff.left_on.is_(None)),
        CONTACTS.name: select(func.count()).select_from(Connection).where(Connection.superseded_at.is_(None)),
    }
    return {kind: work.session.scalar(statement) or 0 for kind, statement in counted.items()}


def _too_many_elsewhere(report: Report) -> Iterator[str]:
    """As after a change of MIS, when a task for each would help nobody."""
    for kind, people in ((PUPILS.name, "pupils"), (CONTACTS.name, "adults")):
        found = report.changes.get(kind, Changes())
        number = len(
            {about.partition(UNDER)[0].removesuffix(SAME_UPN) for told in found.elsewhere.values() for about in told}
        )
        if number > max(FEW, MANY_ELSEWHERE * found.on_record) or 2 * number > found.on_record:
            yield (
                f"{number} of {found.on_record} {people} on record have come under other MIS ids, as after a change of MIS or of the "
                "column that ids are read from. The portal knows people by the ids they had, and what the school has decided hangs on "
                "these. Have the report give them, and name their column in a header map (--map)."
            )


def _too_many_leave(report: Report, before: dict[str, int], most: float | None) -> Iterator[str]:
    for kind, were in before.items():
        leaving = report.changes.get(kind, Changes()).leaving
        if most is not None and were and leaving > max(1, most * were):
            yield f"{leaving} of {were} {kind} would leave or lose responsibility, more than the share set."


def _too_much_changes(report: Report, most: float | None) -> Iterator[str]:
    for kind, found in report.changes.items():
        known = found.changed + found.unchanged
        if most is not None and found.changed > max(FEW, most * known):
            yield f"{found.changed} of {known} {kind} on record would change, more than the share set."


def _digest(files: Files, full: bool) -> str:
    """The same for the same files read in the same way, whatever they are called."""
    told = sorted((r.kind, r.digest, sorted(r.columns.items()), str(r.zone)) for r in files.readings)
    return hashlib.sha256(json.dumps([full, told]).encode()).hexdigest()


def _settle(store: Store) -> None:
    """Fresh statistics after much has changed; on PostgreSQL the visibility map too, for index-only counts."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        statement = "ANALYZE" if store.engine.dialect.name == "sqlite" else "VACUUM (ANALYZE) mark, point, connection"
        connection.exec_driver_sql(statement)
