"""What every screen of staff is made of: somebody who acts, one thing at a time, and what came of it in words."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.look import html
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import PortalError
from portal_core.policy.duties import duties
from portal_core.store.scope import Store

T = TypeVar("T")
UNCLEAR = "Something went wrong on our side. Please load this page again: it shows whether the change was made."


@dataclass(frozen=True, slots=True)
class Reader:
    """The member of staff that a page is for. What they may do is decided by each service, for each call anew."""

    store: Store
    principal: Principal

    def holds(self, duty: Any) -> bool:
        """Whether to offer something at all."""
        return duty in duties(self.principal)

    def now(self) -> Moment:
        """The moment of this action."""
        return self.store.moment()

    async def ask(self, verb: Callable[..., T], **given: Any) -> T:
        """One verb or one read of the services, in a thread, in the reader's name. Raises what the service raises."""
        return await asyncio.to_thread(partial(verb, self.store, by=self.principal, at=self.now(), **given))


@dataclass(frozen=True, slots=True)
class Came(Generic[T]):
    """What a verb answered, which may be None."""

    answer: T


class Acting(param.Parameterized):
    """A screen's state: what the reader chose, and what came of it. A second click while the first is at work does nothing."""

    said = param.String(default="", constant=True, doc="What came of the last action.")
    failed = param.Boolean(default=False, constant=True, doc="Whether it could not be done.")
    done = param.Boolean(default=False, constant=True, doc="Whether the page has nothing more to do.")

    def __init__(self, reader: Reader, **params: Any) -> None:
        super().__init__(**params)
        self.reader = reader
        self._at_work = False

    async def perform(self, verb: Callable[..., T], **given: Any) -> "Came[T] | None":
        """Do it once; None if it was not done, and then the error's own sentence is said."""
        if self._at_work or self.done:
            return None
        self._at_work = True
        self.tell("Working …")
        try:
            answer = await self.reader.ask(verb, **given)
        except PortalError as fault:
            self.tell(str(fault), failed=True)
            return None
        except Exception:
            self.tell(UNCLEAR, failed=True)
            raise
        finally:
            self._at_work = False
        self.tell("")
        return Came(answer)

    def tell(self, said: str, *, failed: bool = False, done: bool = False) -> None:
        """Put it into words."""
        with param.edit_constant(self):
            self.param.update(said=said, failed=failed, done=done)


def outcome(model: Acting) -> pn.pane.HTML:
    """What came of it, for eyes and for screen readers."""

    def shown(said: str, failed: bool) -> str:
        if not said:
            return '<p role="status"></p>'
        return str(Markup('<p role="status" class="said{}">{}</p>').format(" bad" if failed else "", said))

    return html(param.bind(shown, model.param.said, model.param.failed))


def until_done(model: Acting, *parts: Any) -> list[Any]:
    """Parts that go away once there is nothing more to do; what goes away cannot be fired either."""
    for part in parts:
        part.visible = param.bind(lambda done: not done, model.param.done)
    return list(parts)
