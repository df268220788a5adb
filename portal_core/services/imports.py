"""An import from the MIS: a preview of what would change, then one transaction; a repeat changes nothing.

The preview is the same work, rolled back: what it says is what the import would do. No import gives anybody sight of a
child: where its changes together would, that connection loses its verification in the same transaction.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from portal_core.audit.chain import canonical
from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.errors import ImportRefused
from portal_core.importers import CONTACTS, LESSON_MARKS, MARKS, POINTS, PUPILS, STAFF, Files, Kind
from portal_core.policy.access import may_see
from portal_core.services import import_contacts, import_people, import_registers
from portal_core.services.import_people import Changes
from portal_core.services.import_registers import Progress
from portal_core.store.accounts import Account
from portal_core.store.facts import about_adults
from portal_core.store.people import Adult, Connection, Pupil
from portal_core.store.school import ImportRun
from portal_core.store.scope import Store, Work

Sight = tuple[str, str]
"""An adult and a pupil, each by MIS id."""


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    as_of: datetime
    changes: dict[str, Changes] = field(default_factory=dict)  # by kind
    refused: list[tuple[str, int, str]] = field(default_factory=list)  # file, line, why
    remarks: list[tuple[str, int, str]] = field(default_factory=list)
    unknown_codes: Counter[str] = field(default_factory=Counter)
    encodings: dict[str, str] = field(default_factory=dict)  # by file, with a text to judge it by
    gaining: list[Sight] = field(default_factory=list)  # would gain sight, and must be verified first
    losing: list[Sight] = field(default_factory=list)
    repeated: bool = False  # these very files have entered before

    @property
    def counts(self) -> dict[str, Any]:
        """The figures for the record: no names, no ids of the MIS."""
        kinds = {
            kind: {"new": c.new, "changed": c.changed, "unchanged": c.unchanged, "leaving": c.leaving}
            for kind, c in self.changes.items()
        }
        return {
            "kinds": kinds,
            "refused": len(self.refused),
            "remarks": len(self.remarks),
            "unknown codes": dict(self.unknown_codes),
            "gaining": len(self.gaining),
            "losing": len(self.losing),
        }


class _Preview(Exception):
    """Leaves the transaction, rolling it back."""


def preview(
    store: Store, *, by: Actor, at: Moment, files: Files, full: bool = False, as_of: datetime | None = None
) -> Report:
    """What an import of these files would do, with nothing changed."""
    report = Report(as_of or at.instant)
    try:
        with store.writing_as(by, at) as work:
            _enter(work, files, report, full=full, progress=lambda _: None)
            raise _Preview
    except _Preview:
        return report


def import_files(
    store: Store,
    *,
    by: Actor,
    at: Moment,
    files: Files,
    full: bool = False,
    as_of: datetime | None = None,
    most_leaving: float | None = 0.1,
    progress: Progress = lambda _: None,
) -> Report:
    """Enters the files in one transaction. `full` says that they name everybody.

    Raises ImportRefused, changing nothing, if more than the share `most_leaving` of pupils or connections would leave or
    lose responsibility, and NotPermitted without Duty.IMPORT.
    """
    report = Report(as_of or at.instant)
    with store.writing_as(by, at) as work:
        before = {
            PUPILS.name: work.session.scalar(select(func.count()).select_from(Pupil)) or 0,
            CONTACTS.name: work.session.scalar(
                select(func.count()).select_from(Connection).where(Connection.superseded_at.is_(None))
            ) or 0,
        }  # fmt: skip
        _enter(work, files, report, full=full, progress=progress)
        for kind, were in before.items():
            leaving = report.changes.get(kind, Changes()).leaving
            if most_leaving is not None and were and leaving > max(1, most_leaving * were):
                raise ImportRefused(
                    f"{leaving} of {were} {kind} would leave or lose responsibility, more than the share set. Nothing has "
                    "been changed. Look at the files; if they are right, import them with a higher share."
                )
        work.audit(Verb.IMPORTED, as_of=report.as_of.isoformat(), repeated=report.repeated, **report.counts)
    if not report.repeated:
        _settle(store)
    return report


def _enter(work: Work, files: Files, report: Report, *, full: bool, progress: Progress) -> None:
    work.require(Duty.IMPORT)
    if report.as_of > work.at.instant:
        raise ImportRefused("The files are dated in the future. Is this machine's clock right?")
    for reading in files.readings:
        report.refused += [(r.file, r.line, r.why) for r in reading.refused]
        report.remarks += [(r.file, r.line, r.why) for r in reading.warnings]
        report.unknown_codes += reading.unknown_codes
        report.encodings[reading.file] = (
            f"{reading.encoding}: {reading.accented}" if reading.accented else reading.encoding
        )
    digest = _digest(files)
    last = work.session.scalar(select(ImportRun).order_by(ImportRun.id.desc()).limit(1))
    if last is not None and last.digest == digest and last.data_as_of == report.as_of:
        report.repeated = True
        return
    sights = _sights(work)
    run = work.add(ImportRun(started_at=work.at.instant, data_as_of=report.as_of, digest=digest, report="{}"))

    def entering(kind: Kind[Any], enter: Callable[[list[Any]], Changes]) -> None:
        rows = [row for reading in files.of(kind) for row in reading.rows]
        if rows:
            report.changes[kind.name] = found = enter(rows)
            report.refused += found.refused

    dated: dict[str, Any] = {"run": run.id, "as_of": report.as_of}
    entering(PUPILS, lambda rows: import_people.enter_pupils(work, rows, full=full))
    entering(STAFF, lambda rows: import_people.enter_staff(work, rows, full=full))
    entering(CONTACTS, lambda rows: import_contacts.enter_contacts(work, rows, full=full))
    entering(MARKS, lambda rows: import_registers.enter_marks(work, rows, progress=progress, **dated))
    entering(LESSON_MARKS, lambda rows: import_registers.enter_lesson_marks(work, rows, progress=progress, **dated))
    entering(POINTS, lambda rows: import_registers.enter_points(work, rows, **dated))
    after = _sights(work)
    for adult, pupil in sorted(after - sights):
        tie = work.session.scalars(
            select(Connection).where(
                Connection.adult_id == adult, Connection.pupil_id == pupil, Connection.superseded_at.is_(None)
            )
        ).one()
        import_people.unverify(work, tie)
    report.gaining, report.losing = _by_mis_id(work, after - sights), _by_mis_id(work, sights - after)
    run.report = canonical(report.counts)


def _sights(work: Work) -> set[tuple[int, int]]:
    """Every adult with an account and every pupil they may see now."""
    adults = [id_ for id_ in work.session.scalars(select(Account.adult_id)) if id_ is not None]
    found: set[tuple[int, int]] = set()
    for start in range(0, len(adults), 500):
        known = about_adults(work.session.connection(), adults[start : start + 500], work.at.instant)
        found |= {key for key, facts in known.facts.items() if may_see(facts, work.at)}
    return found


def _by_mis_id(work: Work, sights: set[tuple[int, int]]) -> list[Sight]:
    adults = dict(work.session.execute(select(Adult.id, Adult.mis_id)).all())
    pupils = dict(work.session.execute(select(Pupil.id, Pupil.mis_id)).all())
    return sorted((adults[a] or f"adult {a}", pupils[p]) for a, p in sights)


def _digest(files: Files) -> str:
    """The same for the same rows, whatever the files are called."""
    whole = hashlib.sha256()
    for reading in sorted(files.readings, key=lambda r: (r.kind, r.file)):
        whole.update(json.dumps([reading.kind, len(reading.rows)]).encode())
        for row in reading.rows:
            whole.update(repr(row).encode())
    return whole.hexdigest()


def _settle(store: Store) -> None:
    """Fresh statistics after much has changed; on PostgreSQL the visibility map too, for index-only counts."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        statement = "ANALYZE" if store.engine.dialect.name == "sqlite" else "VACUUM (ANALYZE) mark, point, connection"
        connection.exec_driver_sql(statement)
