"""What analysts may see: `source()` finds the school and the reader, and its frames hold nobody's name."""

from portal_core.analysis.frames import A_WEEK, PERCENTS, AttendanceFrames, Grouping
from portal_core.analysis.points import POINTS_A_WEEK, PointGrouping, PointsFrames
from portal_core.analysis.source import Source, pseudonym_key, serving, source
from portal_core.analysis.tables import as_table, in_percent
from portal_core.analysis.use import WEEKS, UseFrames

__all__ = [
    "A_WEEK",
    "PERCENTS",
    "POINTS_A_WEEK",
    "WEEKS",
    "AttendanceFrames",
    "Grouping",
    "PointGrouping",
    "PointsFrames",
    "Source",
    "UseFrames",
    "as_table",
    "in_percent",
    "pseudonym_key",
    "serving",
    "source",
]
