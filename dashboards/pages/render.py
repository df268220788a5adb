"""The one Jinja environment: everything is escaped, and a name that is missing is an error, not an empty space."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal_core.domain.clauses import Duty

TEMPLATES = Path(__file__).parent / "templates"


def environment() -> Environment:
    """The environment of all pages; `Duty` is known to every template."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # or each page would look at each file of its template
    )
    jinja.globals["Duty"] = Duty
    return jinja
