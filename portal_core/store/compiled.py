"""A statement compiled once and run by the driver: for the few that a parent's page runs, where SQLAlchemy's own way costs more
than the database's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Cast, CompoundSelect, Dialect, Insert, Label, Null, SelectBase, Update
from sqlalchemy.sql.elements import ColumnElement

Row = Sequence[Any]


class Compiled:
    """The statement in a dialect, with SQLAlchemy's own converters of its parameters and columns."""

    def __init__(self, statement: SelectBase | Insert | Update, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._order: Sequence[str] | None = getattr(compiled, "positiontup", None) if dialect.positional else None
        self._into: dict[str, Callable[[Any], Any]] = {
            name: convert
            for name, bind in compiled.binds.items()
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._fixed = {name: self._converted(name, value) for name, value in fixed.items()}
        arms = statement.selects if isinstance(statement, CompoundSelect) else (statement,)
        self._out = [
            () if isinstance(arm, Insert | Update) else tuple(_converters(arm.selected_columns, dialect))
            for arm in arms
        ]

    def _converted(self, name: str, value: Any) -> Any:
        return self._into[name](value) if name in self._into else value

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """What the driver takes: by name, or in order."""
        values = self._fixed | {name: self._converted(name, value) for name, value in given.items()}
        return [values[name] for name in self._order] if self._order is not None else values

    def rows(self, raw: Iterable[Sequence[Any]]) -> Iterator[Row]:
        """Rows with Python values; those of a union begin with the place of their arm."""
        several = len(self._out) > 1
        for row in raw:
            if converters := self._out[row[0] if several else 0]:
                row = list(row)
                for place, convert in converters:
                    if (value := row[place]) is not None:
                        row[place] = convert(value)
            yield row


def _converters(columns: Iterable[ColumnElement[Any]], dialect: Dialect) -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """By place, for what a select gives; what a union's arm leaves out has none."""
    for place, column in enumerate(columns):
        given = column.element if isinstance(column, Label) else column
        if isinstance(given, Cast) and isinstance(given.clause, Null):
            continue
        if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None:
            yield place, convert
