"""Words about points that the page and the timeline share."""

from portal_core.domain.language import _, ngettext, remembered
from portal_core.domain.records import Point


def where(point: Point) -> str:
    """The lesson or the place."""
    return point.subject or _("in a lesson") if point.in_lesson else point.place or _("outside lessons")


def amount(point: Point) -> str:
    """How many."""
    return _many(point.amount)


@remembered(64)
def _many(number: int) -> str:
    return ngettext("{number} point", "{number} points", number).format(number=number)
