"""What goes to the log: a line of JSON for each event on standard error; never a local variable, a query string or what was sent."""

import logging
import sys

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, WrappedLogger


def _no_values(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """SQLAlchemy's errors quote the statement's parameters in their text: keep the kind of error alone."""
    for trace in event.get("exception") or ():
        trace["exc_value"] = ""
    return event


def log_to_stderr(level: str) -> None:
    """Sets the whole process up; call it once."""
    shared = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, structlog.processors.TimeStamper("iso")]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
                _no_values,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("bokeh", "panel", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
