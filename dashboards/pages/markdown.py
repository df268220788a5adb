"""A school's own wording as HTML: Markdown, from which nothing comes through but plain text structure and links."""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {"p", "br", "hr", "em", "strong", "ul", "ol", "li", "blockquote", "code", "a", "h2", "h3", "h4", "h5", "h6"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_SCHEMES = {"http", "https", "mailto", "tel"}
_markdown = MarkdownIt("js-default", {"html": False, "linkify": False})


def to_html(text: str, *, below: int = 1) -> Markup:
    """The HTML of a text whose headings begin one level below a heading of level `below`."""
    tokens = _markdown.parse(text)
    top = min((int(token.tag[1]) for token in tokens if token.type == "heading_open"), default=1)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) - top + 1 + below)}"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel="noreferrer")
    return Markup(clean)  # noqa: S704  just cleaned
