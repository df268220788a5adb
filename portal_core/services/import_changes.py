"""What entering rows did, and what of them waits for a person: rows refused, tasks opened and taken away."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from portal_core.store.school import Task, TaskKind
from portal_core.store.scope import Work

SAID = " said:"


@dataclass(slots=True)
class Changes:
    """What entering a kind of rows did, or would do: counts, and rows left for a person."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    leaving: int = 0  # leave the school, or lose responsibility
    refused: list[tuple[str, int, str]] = field(default_factory=list)  # file, line, why
    doubtful: list[tuple[str, int, str]] = field(default_factory=list)  # taken, and a person must look: file, line, why
    on_record: int = 0  # people before
    elsewhere: dict[str, set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )  # ids not on record: the tasks on whom they may mean

    def refuse(self, row: Any, why: str) -> None:
        """A row that waits for a person."""
        self.refused.append((row.file, row.line, why))


@dataclass(frozen=True, slots=True)
class Roll:
    """Whether the files name everybody, and whom rows are about that could not be read: these are not missing."""

    full: bool = False
    unread: frozenset[tuple[str, ...]] = frozenset()

    def lacks(self, *ids: str) -> bool:
        """Whether somebody whom no row names is missing."""
        return self.full and ids not in self.unread


def open_task(work: Work, kind: TaskKind, subject: str) -> None:
    """Leaves a task for staff, once."""
    there = select(Task.id).where(Task.kind == kind, Task.subject == subject, Task.done_at.is_(None))
    if work.session.scalar(there) is None:
        work.add(Task(kind=kind, subject=subject, opened_at=work.at.instant))


def finish_tasks(work: Work, kind: TaskKind, subjects: Collection[str]) -> None:
    """Marks the open tasks on these subjects as done by the actor."""
    waiting = select(Task).where(Task.kind == kind, Task.done_at.is_(None), Task.subject.in_(subjects))
    for task in work.session.scalars(waiting):
        task.done_at, task.done_by_id = work.at.instant, getattr(work.by, "staff_id", None)


def drop_tasks(work: Work, kind: TaskKind, about: Collection[str]) -> None:
    """Takes away open tasks on these subjects, whose occasion is gone; no person has done them."""
    for task in work.session.scalars(select(Task).where(Task.kind == kind, Task.done_at.is_(None))).all():
        if task.subject.partition(SAID)[0] in about:
            work.session.delete(task)
