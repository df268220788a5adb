"""Whom a form of staff is about, by name: the only one who bears it, or one chosen among several. Nobody copies a number.

The form has the fields of the macro `whom` in staff_find.html: `pupil` or `adult` holds a number that was chosen,
`pupil_words` or `adult_words` a name.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from tornado.web import HTTPError

from portal_core.errors import BadInput
from portal_core.services import families
from portal_core.services.families import Found

NUMBER = re.compile(r"[0-9]{1,9}")
LONGEST = 100
CALLED = {"pupil": "pupil", "adult": "adult on record"}


class Form(Protocol):
    """The handler of such a form."""

    def field(self, name: str, default: str | None = None) -> str:
        """A field as it was sent."""
        ...

    @property
    def asked(self) -> Callable[..., Awaitable[Any]]:
        """A verb of the services in the reader's name."""
        ...


class Several(BadInput):
    """A name that several bear, to choose from; or that nobody bears."""

    def __init__(self, words: str, people: Sequence[Found] = ()) -> None:
        super().__init__(words)
        self.people = people


async def chosen(form: Form, kind: str) -> int | None:
    """The number of the pupil or adult whom a form names; None if it names nobody. Raises Several, a BadInput."""
    words = form.field(f"{kind}_words", "").strip()[:LONGEST]
    if not words:
        number = form.field(kind, "")
        if number and not NUMBER.fullmatch(number):
            raise HTTPError(400, f"no {kind}")
        return int(number) if number else None
    found = [one for one in await form.asked(families.find, words=words) if one.kind == kind]
    if len(found) == 1:
        return int(found[0].id)
    if not found:
        raise Several(f"There is no {CALLED[kind]} called “{words}”. Write how a forename or surname begins.")
    raise Several(f"Several are called “{words}”. Please choose who is meant.", found)


def still_typed(form: Form, kind: str, fault: Exception | None) -> str:
    """The name as it was typed; nothing once those who bear it stand to be chosen, since a name goes before a choice."""
    return "" if isinstance(fault, Several) and fault.people else form.field(f"{kind}_words", "")


async def proposed(form: Form, kind: str, number: str, fault: BadInput | None = None) -> Sequence[Found]:
    """Who stands to be chosen when the form is shown: those of a name that several bear, else whoever was chosen before."""
    if isinstance(fault, Several):
        return fault.people
    return [await form.asked(families.person, kind=kind, id_=int(number))] if NUMBER.fullmatch(number) else []
