"""A frame as a table that a screen reader can read: the text that stands beside every plot."""

from collections.abc import Mapping
from html import escape
from numbers import Integral, Real

import pandas as pd

from portal_core.domain.language import percent

WITHHELD = "withheld"


def as_table(frame: pd.DataFrame, columns: Mapping[str, str], *, caption: str) -> str:
    """HTML of some columns under readable headings, the first being each row's heading; a missing figure says `withheld`."""
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in columns.values())
    rows = "".join(
        f'<tr><th scope="row">{escape(str(name))}</th>'
        + "".join(f"<td>{_words(value)}</td>" for value in values)
        + "</tr>"
        for name, *values in frame[list(columns)].itertuples(index=False)
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def in_percent(share: float) -> str:
    """A share of a frame, which has one decimal, in a sentence: written as parents read theirs."""
    return percent(round(10 * share))


def _words(value: object) -> str:
    if pd.isna(value):
        return WITHHELD
    if isinstance(value, Integral):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, Real) else escape(str(value))
