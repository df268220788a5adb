"""Who is who where the MIS's ids and the other marks of a person disagree: nothing is guessed, a person decides.

Two occasions, each a task: an id on record comes with the marks of somebody else ("pupil:5 said:…"), and an id not on
record comes with the marks of somebody who is, under another ("pupil:5 under the id 999001"). Until it is settled nothing
of those rows enters but what they take away.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal_core.importers import ContactRow, PupilRow, StaffRow, upn
from portal_core.services.import_changes import SAID, Changes, open_task
from portal_core.store.people import Adult, Pupil, Staff
from portal_core.store.school import Task, TaskKind
from portal_core.store.scope import Work

UNDER = " under the id "
SAME_UPN = " by the same UPN"  # no two pupils have one: of these nobody can say that they are two


def pupil_doubt(row: PupilRow, pupil: Pupil, born_on: date | None) -> str:
    """Whose a known id was, if the row seems to be about another pupil; "" if not.

    One mark may change: names while the date of birth stays, or the date while the names do. A UPN may not, but for a temporary one.
    """
    alike = born_on is not None and born_on == row.born_on
    named = _same(row.forename, pupil.forename) and _same(row.surname, pupil.surname)
    if pupil.upn and row.upn and pupil.upn != row.upn and not (alike and named and upn.is_temporary(pupil.upn)):
        return "a pupil with another UPN"
    return "" if alike or named else "a pupil of another name and date of birth"


def name_doubt(row: ContactRow | StaffRow, person: Adult | Staff) -> str:
    """The same of an adult or of staff, by name: one of two may change."""
    one = _same(row.surname, person.surname) or (person.forename and _same(row.forename, person.forename))
    return "" if one else "somebody of another name"


def adult_doubt(row: ContactRow, adult: Adult) -> str:
    """The same of an adult: no name may change together with the e-mail address or, without one, the telephone."""
    known = [(before, now) for before, now in zip(_reach(adult), _reach(row), strict=True) if before and now]
    moved = bool(known) and known[0][0] != known[0][1]
    named = _same(row.forename, adult.forename) and _same(row.surname, adult.surname)
    return name_doubt(row, adult) or (
        "somebody of another name and e-mail address or telephone" if moved and not named else ""
    )


def settled(
    work: Work, changes: Changes, rows: Iterable[Any], subject: str, marks: Iterable[object], doubt: str
) -> bool:
    """Whether staff have said of these very marks that they are the same person's; else the rows wait, with a task.

    They correct the id in the MIS if it is somebody else.
    """
    said = hashlib.sha256("\0".join(map(str, marks)).casefold().encode()).hexdigest()[:16]
    about = f"{subject}{SAID}{said}"
    if _seen_to(work, about):
        return True
    for row in rows:
        changes.refuse(row, f"This MIS id belonged to {doubt}. Is it used again? A person must decide.")
    open_task(work, TaskKind.UNCLEAR_MATCH, about)
    return False


def is_new(work: Work, changes: Changes, rows: Sequence[Any], mis_id: str, alike: Iterable[str]) -> bool:
    """Whether an id not on record is about nobody on record: of each who is `alike`, staff have said that they are two.

    Otherwise the rows wait, with a task for each of them.
    """
    doubts = [about for who in alike if SAME_UPN in (about := f"{who}{UNDER}{mis_id}") or not _seen_to(work, about)]
    for about in doubts:
        open_task(work, TaskKind.UNCLEAR_MATCH, about)
        changes.elsewhere[mis_id].add(about)
    for row in rows if doubts else ():
        changes.refuse(
            row,
            "Somebody with these marks is on record under another MIS id. One person, or two? A person must decide.",
        )
    return not doubts


def drop_settled(work: Work, changes: Changes, kind: str, ids: Collection[str], same: Collection[str]) -> None:
    """Takes away tasks about new ids of pupils or adults that these files no longer give occasion for.

    `ids` are those that the files tell of, `same` the subjects whose own row was taken.
    """
    still = set().union(*changes.elsewhere.values())
    for task in work.session.scalars(_open()).all():
        who, under, mis_id = task.subject.partition(UNDER)
        gone = under and who.startswith(f"{kind}:") and task.subject not in still
        if gone and (mis_id in ids or who.removesuffix(SAME_UPN) in same):
            work.session.delete(task)


def decided_since(work: Work, instant: datetime) -> bool:
    """Whether a person has settled who is who, so that files that have entered before can say something new."""
    since = select(Task.id).where(Task.kind == TaskKind.UNCLEAR_MATCH, Task.done_at > instant)
    return work.session.scalars(since).first() is not None


@dataclass(frozen=True, slots=True)
class PupilIds:
    """Whom the MIS's ids of pupils mean, and those of which a person must say it first."""

    known: Mapping[str, int]
    waiting: frozenset[str]

    def why_not(self, mis_id: str) -> str:
        """Why a row about that pupil cannot be taken; "" if it can."""
        if mis_id in self.waiting:
            return f"Whom the MIS id {mis_id} means waits for a person to decide. Import this file again after that."
        return "" if mis_id in self.known else f"No pupil has the MIS id {mis_id}. Import the pupils first."


def pupil_ids(work: Work) -> PupilIds:
    """As they stand now, after the pupils have been entered."""
    known = {mis_id: id_ for id_, mis_id in work.session.execute(select(Pupil.id, Pupil.mis_id))}
    ids = {f"pupil:{id_}": mis_id for mis_id, id_ in known.items()}
    waiting: set[str] = set()
    for task in work.session.scalars(_open()):
        who, under, mis_id = task.subject.partition(UNDER)
        if who.startswith("pupil:"):
            waiting |= {mis_id} if under else {ids.get(who.partition(SAID)[0], "")}
    return PupilIds(known, frozenset(waiting))


class PupilsOnRecord:
    """Every pupil, leavers too, by the marks that a second id would be known by."""

    def __init__(self, pupils: Iterable[Pupil], born_on: Mapping[int, date]) -> None:
        self._by_upn: dict[str, list[str]] = defaultdict(list)
        self._by_name: dict[tuple[str, str, date | None], list[str]] = defaultdict(list)
        for pupil in pupils:
            subject, born = f"pupil:{pupil.id}", born_on.get(pupil.id)
            self._by_upn[pupil.upn or ""].append(subject)
            self._by_name[_plain(pupil.forename), _plain(pupil.surname), born].append(subject)

    def alike(self, row: PupilRow) -> list[str]:
        """Whom a row may be about: by a UPN in its proper form, or by both names and the date of birth."""
        same = self._by_upn.get(row.upn, []) if upn.is_shaped(row.upn) else []
        named = self._by_name.get((_plain(row.forename), _plain(row.surname), row.born_on), []) if row.born_on else []
        return [*(who + SAME_UPN for who in same), *(who for who in named if who not in same)]


class AdultsOnRecord:
    """Every adult by name, with how they are reached and whose contacts they are."""

    def __init__(self, adults: Iterable[Adult], ties: Collection[tuple[int, int]]) -> None:
        self._ties = ties
        self._named: dict[tuple[str, str], list[Adult]] = defaultdict(list)
        for adult in adults:
            self._named[_called(adult)].append(adult)

    def alike(self, rows: Iterable[ContactRow], pupils: Mapping[str, int]) -> list[str]:
        """Whom the rows of one id may be about: the same name, and an e-mail address, a telephone or a child in common."""
        return list(dict.fromkeys(
            f"adult:{one.id}" for row in rows for one in self._named.get(_called(row), ())
            if (one.id, pupils[row.pupil_id]) in self._ties
            or any(a and a == b for a, b in zip(_reach(one), _reach(row), strict=True))
        ))  # fmt: skip


def _seen_to(work: Work, about: str) -> bool:
    done = select(Task.id).where(Task.kind == TaskKind.UNCLEAR_MATCH, Task.subject == about, Task.done_at.is_not(None))
    return work.session.scalars(done).first() is not None


def _open() -> Any:
    return select(Task).where(Task.kind == TaskKind.UNCLEAR_MATCH, Task.done_at.is_(None))


def _plain(name: str) -> str:
    """A name without case, accents, spaces and marks: Zoë and ZOE, O’Neill and ONeill are one."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", letters.casefold())


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _called(one: Adult | ContactRow) -> tuple[str, str]:
    """Both names; where no forename is recorded, the title stands for it."""
    return _plain(one.forename) or _plain(one.title), _plain(one.surname)


def _reach(one: Adult | ContactRow) -> tuple[str, str]:
    """E-mail address and telephone, however written; the last nine figures of a number leave out its prefix."""
    return one.email.strip().casefold(), re.sub(r"\D", "", one.telephone)[-9:]
