"""Tables of the staff's part: beside each other where there is room, one record below the other on a telephone.

Nothing is clipped and nothing scrolls within the page, and no ordinary word is broken. The roles say that it is a table where the
style has taken that away.
"""

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup

STACKS = """
table { border-collapse: collapse; inline-size: 100%; margin-block-end: .8rem; } caption { text-align: start; font-weight: 600; padding-block-end: .3rem; }
th, td { text-align: start; vertical-align: top; padding: .4rem .75rem .4rem 0; border-block-end: 1px solid var(--line); overflow-wrap: break-word; }
.long { overflow-wrap: anywhere; }
thead th { color: var(--soft); font-size: .9rem; border-block-end: 2px solid var(--edge); white-space: normal; } td b { display: none; }
@media (max-width: 56rem) {
  table, caption, tbody, tr, th, td { display: block; } thead { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
  th, td { border: 0; padding: .1rem 0; white-space: normal; } tr { border-block-end: 1px solid var(--line); padding-block: .5rem; }
  td b { display: inline; font-weight: 400; color: var(--soft); }
}
"""


_LONG = re.compile(r"(\S{21,})")
"""Longer than any word that a column has to have room for, the longest heading in Polish among them."""
_SIGN = re.compile(r"(?<=[@._/-])")


def breakable(value: object) -> object:
    """A cell's text: an address or its like may be broken within its column, after one of its signs if it can be."""
    if isinstance(value, Markup) or not _LONG.search(text := str(value)):
        return value
    return Markup("").join(_long(part) if _LONG.fullmatch(part) else part for part in _LONG.split(text))


def _long(word: str) -> Markup:
    return Markup('<span class="long">{}</span>').format(Markup("<wbr>").join(filter(None, _SIGN.split(word))))


def table_html(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """A table with a caption; each row's first cell is what the row is about. `name` says what it holds."""
    head = Markup("").join(Markup('<th scope="col" role="columnheader">{}</th>').format(one) for one in heads)
    body = Markup("").join(
        Markup('<tr role="row"><th scope="row" role="rowheader">{}</th>{}</tr>').format(
            breakable(row[0]),
            Markup("").join(
                Markup('<td role="cell"><b aria-hidden="true">{}: </b>{}</td>').format(label, breakable(cell))
                for label, cell in zip(heads[1:], row[1:], strict=True)
            ),
        )
        for row in rows
    )
    return Markup(
        '<table role="table"><caption>{}</caption><thead role="rowgroup"><tr role="row">{}</tr></thead>'
        '<tbody role="rowgroup">{}</tbody></table>'
    ).format(name, head, body)
