"""One page of a long list: what was searched for, in which order, which page; the same for every list of staff."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, SQLColumnExpression, func, select

from portal_core.store.scope import Work

T = TypeVar("T")
PAGE = 50
"""Rows a page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked of a list: words, a column ("-name" is the other way round), a page counted from 1."""

    find: str = ""
    sort: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """One page of it: `number` is how many there are in all, `wanted` as it was answered."""

    rows: tuple[T, ...]
    number: int
    wanted: Wanted

    @property
    def pages(self) -> int:
        """How many pages there are; one where nothing is found."""
        return max(1, -(-self.number // PAGE))


def listed(
    work: Work,
    found: Select[*tuple[Any, ...]],
    wanted: Wanted,
    sorts: Mapping[str, Sequence[SQLColumnExpression[Any]]],
    row: Callable[..., T],
) -> Listed[T]:
    """The page that is wanted of a statement, each row made by `row` from its columns.

    `sorts` says what each column is ordered by, ending in what tells any two rows apart; the first is the order of a list that
    nobody has sorted. An order that is none of them is the first; a page past the end is the last.
    """
    number = work.session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
    name = wanted.sort.removeprefix("-")
    if name not in sorts:
        name, wanted = next(iter(sorts)), Wanted(wanted.find, next(iter(sorts)), wanted.page)
    backwards = wanted.sort.startswith("-")
    order = [column.desc() if backwards else column.asc() for column in sorts[name]]
    last = max(1, -(-number // PAGE))
    page = min(max(1, wanted.page), last)
    rows = work.session.execute(found.order_by(None).order_by(*order).limit(PAGE).offset((page - 1) * PAGE))
    return Listed(tuple(row(*one) for one in rows), number, Wanted(wanted.find, wanted.sort, page))
