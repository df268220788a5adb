"""The fixed words of the templates in another language: found by their place in the HTML, so that none has to be marked.

What stands between two tags that make a block is one message, and so is an aria-label. Inside it an expression becomes its
name, and a tag that may stand in a line a number, so that whoever translates may move them and cannot break them:

    <p>We write to <b>{{ own.address }}</b>.</p>        We write to <1>{address}</1>.

The words are put in before Jinja compiles a template, once a language, so a page costs in Polish what it costs in English,
and in English no text is looked at. Words inside expressions are marked there, with `_`, `ngettext`, and `pgettext`
where one English word is two in another language.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any

from jinja2 import Environment
from jinja2.ext import Extension, extract_from_ast

from portal_core.domain.language import ENGLISH

STAFF = re.compile(r"staff|desk_|enrol|mailbox|no_role|notebook")
"""Templates that staff alone read: those stay in English."""
FUNCTIONS = ("_", "ngettext", "pgettext")

_INSIDE = r"\{\{.*?\}\}|\{%.*?%\}"
_TOKEN = re.compile(rf"(?P<comment>\{{#.*?#\}}|<!--.*?-->)|(?P<code>\{{%.*?%\}})|(?P<value>\{{\{{.*?\}}\}})"
                    rf"|(?P<tag><[a-zA-Z/!](?:{_INSIDE}|[^>{{]|\{{(?![{{%]))*>)|(?P<text>(?:[^<{{]|<(?![a-zA-Z/!])|\{{(?![{{%#]))+)", re.DOTALL)  # fmt: skip
_LABEL = re.compile(rf'(?<= aria-label=")(?:{_INSIDE}|[^"])*(?=")', re.DOTALL)
_IN_LINE = re.compile(r"</?(a|b|i|em|strong|span|code)\b")
_WORD = re.compile(r"[^\W\d_]")
_MARKED = re.compile(r'(?<![\w.])_\(("(?:[^"\\]|\\.)*")\)')
_HOLE = re.compile(r"\{(\w+)\}|<(/?\d+)>")

Token = tuple[str, str]
Say = Callable[[str], str]


def translated(source: str, say: Say) -> str:
    """A template with its fixed words in another language."""
    return "".join(_label(text, say) if kind == "tag" else text for kind, text in _runs(source, say))


def messages(source: str) -> list[str]:
    """The fixed words of a template, those inside expressions left out."""
    found: list[str] = []

    def say(words: str) -> str:
        found.append(words)
        return words

    translated(source, say)
    return found


def _tokens(source: str) -> Iterator[Token]:
    place = 0
    for found in _TOKEN.finditer(source):
        if found.start() != place:
            raise ValueError(f"neither text nor tag: {source[place : place + 40]!r}")
        place = found.end()
        yield str(found.lastgroup), found[0]


def _runs(source: str, say: Say) -> Iterator[Token]:
    run: list[Token] = []
    for token in _tokens(source):
        kind, text = token
        if kind in ("text", "value") or (kind == "tag" and _IN_LINE.match(text)):
            run.append(token)
            continue
        yield from _said(run, say)
        run = []
        yield token
    yield from _said(run, say)


def _said(run: Sequence[Token], say: Say) -> Iterator[Token]:
    """A run of text with what stands in its line; space around it, and tags around all of it, are not the message's."""
    if not any(kind == "text" and _WORD.search(text) for kind, text in run):
        yield from run
        return
    first, last = 0, len(run)
    while last - first > 1 and (cut := _outside(run[first:last])):
        first, last = first + cut[0], last - cut[1]
    inner = run[first:last]
    whole = "".join(text for _, text in inner)
    lead, tail = whole[: len(whole) - len(whole.lstrip())], whole[len(whole.rstrip()) :]
    yield from run[:first]
    yield "text", f"{lead}{_put(inner, say)}{tail}"
    yield from run[last:]


def _outside(run: Sequence[Token]) -> tuple[int, int] | None:
    """How many tokens at either end do not belong to the message; None for none."""
    if run[0][0] == "text" and not run[0][1].strip():
        return 1, 0
    if run[-1][0] == "text" and not run[-1][1].strip():
        return 0, 1
    partner = _partners(run)
    if run[0][0] == "tag" and partner.get(0) in (None, len(run) - 1):
        return 1, int(0 in partner)
    if run[-1][0] == "tag" and len(run) - 1 not in partner.values():
        return 0, 1
    return None


def _partners(run: Sequence[Token]) -> Mapping[int, int]:
    """Each opening tag's place with that of its end."""
    found, opened = {}, []
    for place, (kind, text) in enumerate(run):
        if kind == "tag" and not text.startswith("</"):
            opened.append(place)
        elif kind == "tag" and opened:
            found[opened.pop()] = place
    return found


def _put(run: Sequence[Token], say: Say) -> str:
    """The message of a run, translated, with what belongs into its holes."""
    holes: dict[str, str] = {}
    partner = _partners(run)
    ends = {end: begin for begin, end in partner.items()}
    numbers = {begin: str(number) for number, begin in enumerate(sorted(partner), 1)}
    parts = []
    for place, (kind, text) in enumerate(run):
        if kind == "text":
            parts.append(text)
        elif kind == "tag":
            if place not in partner and place not in ends:
                raise ValueError(f"a tag without its other half within a line: {text}")
            hole = numbers[place] if place in partner else f"/{numbers[ends[place]]}"
            holes[hole] = text
            parts.append(f"<{hole}>")
        else:
            parts.append(f"{{{_named(text, holes)}}}")
    return _filled(say(" ".join("".join(parts).split())), holes)


def _named(value: str, holes: dict[str, str]) -> str:
    """The name of an expression: its last word, filters and arguments left out; another expression gets another name."""
    plain = re.sub(r"\(.*\)", "", value.strip("{} -").split("|")[0])
    names = re.findall(r"[a-z_]\w*", plain) or ["value"]
    name = first = "words" if names[-1] in (*FUNCTIONS, "format") else names[-1]
    number = 1
    while holes.setdefault(name, value) != value:
        number += 1
        name = f"{first}{number}"
    return name


def _filled(words: str, holes: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda hole: holes[hole[1] or hole[2]], words)


def _label(tag: str, say: Say) -> str:
    """A tag whose aria-label is translated; what else it bears stays."""

    def one(found: re.Match[str]) -> str:
        tokens = list(_tokens(found[0]))
        if not any(kind == "text" and _WORD.search(text) for kind, text in tokens):
            return found[0]
        return _put(tokens, lambda words: say(words).replace('"', "&quot;"))

    return _LABEL.sub(one, tag)


def folded(source: str, say: Say) -> str:
    """A template in which words that an expression marks stand as they are said, so that no page asks for them."""
    return _MARKED.sub(lambda found: json.dumps(say(json.loads(found[1]))), source)


class Spoken(Extension):
    """Puts a language's words into each template as it is read."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """What Jinja compiles in place of the file."""
        say: Any = self.environment.globals["_"]
        if self.environment.globals["language"] is not ENGLISH and name is not None and not STAFF.match(name):
            source = translated(source, say)
        return folded(source, say)


def extract(
    file: IO[bytes], keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """What Babel asks for: every message of a template, with its line and its function."""
    source = file.read().decode()
    if STAFF.match(file.name.rpartition("/")[2]):
        return
    for words in messages(source):
        yield 1, "_", words, []
    for line, function, words in extract_from_ast(Environment(autoescape=True).parse(source), FUNCTIONS):
        yield line, function, words, []
