"""A fault of Panel's, mended: what a page was to be told last could stay with the server until something else changed.

Panel (1.9.4) writes in tasks what cannot be written at once. A task that ends says that nothing waits (`_WRITE_BLOCK`), even
where messages have come in behind it; the task made for these then takes itself for done.
"""

from bokeh.document import Document
from panel.io import document

_dispatch = document._dispatch_msgs


async def _dispatch_all(doc: Document) -> None:
    """As Panel's own, whenever messages wait."""
    if doc in document._WRITE_MSGS:
        document._WRITE_BLOCK[doc] = True
    await _dispatch(doc)


def keep_what_waits() -> None:
    """Once a process; again does no harm."""
    document._dispatch_msgs = _dispatch_all
