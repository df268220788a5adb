"""Words about points that the page and the timeline share."""

from portal_core.domain.records import Point


def where(point: Point) -> str:
    """The lesson or the place."""
    return point.subject or "in a lesson" if point.in_lesson else point.place or "outside lessons"


def amount(point: Point) -> str:
    """How many."""
    return "1 point" if point.amount == 1 else f"{point.amount} points"
