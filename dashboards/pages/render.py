"""The Jinja environment of each language: everything is escaped, and a name that is missing is an error, not an empty space."""

import re
from datetime import time
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from dashboards.components.tables import breakable
from dashboards.pages.spoken import Spoken
from portal_core.domain.clauses import Duty
from portal_core.domain.language import ENGLISH, N_, Language
from portal_core.locale import languages

JOINING = {
    "loading": N_("Loading…"),
    "lost": N_("The connection was lost."),
    "trying": N_("The connection was lost; trying again…"),
    "failed": N_("This part could not be loaded. All else on the page stands."),
    "again": N_("Load again"),
}
"""What static/portal-join.js says; put together once and not for each page."""
TEMPLATES = Path(__file__).parent / "templates"


def environment(language: Language = ENGLISH) -> Environment:
    """The environment of all pages in a language; `Duty` and the language itself are known to every template."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # or each page would look at each file of its template
    )
    jinja.globals |= {
        "Duty": Duty,
        "language": language,
        "languages": languages(),
        "others": [one for one in languages() if one is not language],
        "_": language.say,
        "ngettext": language.say_of,
        "pgettext": language.say_as,
    }
    jinja.globals["words_of_joining"] = htmlsafe_json_dumps(
        {name: language.say(words) for name, words in JOINING.items()}
    )
    jinja.filters["breakable"] = breakable
    jinja.filters["clock"] = clock
    jinja.filters["unlinked"] = unlinked
    jinja.add_extension(Spoken)
    return jinja


@cache
def further(language: Language) -> Environment:
    """The one environment of a language beside English."""
    return environment(language)


def unlinked(html: str) -> Markup:
    """A part of a page of ours as it is read, with nothing in it to follow, to join or to send."""
    html = re.sub(r"<(section|form)\b[^>]*(?:data-app|method)=.*?</\1>", "", html, flags=re.DOTALL)
    return Markup(re.sub(r"<a\b[^>]*>(.*?)</a>", r"<span>\1</span>", html, flags=re.DOTALL))  # noqa: S704  rendered by us


def clock(moment: time) -> str:
    """A time of day as it is said."""
    return f"{moment:%H:%M}"
