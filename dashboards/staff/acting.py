"""What every screen of staff is made of: somebody who acts, one thing at a time, and what came of it in words."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import panel as pn
import param
from markupsafe import Markup

from dashboards.components.look import beside, button, column, field, html
from dashboards.staff.typed import Typed
from portal_core.domain.clauses import Duty
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import NotFound, PortalError, Stale
from portal_core.policy.duties import duties
from portal_core.services.families import Person
from portal_core.store.scope import Store

T = TypeVar("T")
UNCHOSEN: dict[str, Any] = {"Please choose": ""}  # None would leave the field blank
ANEW = "Show this page as it is now"
UNCLEAR = "Something went wrong on our side. Please load this page again: it shows whether the change was made."


async def _stays(_: "Acting") -> None:
    """A screen on its own: there is no page around it to be read anew."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The member of staff that a page is for. What they may do is decided by each service, for each call anew.

    `here` is the page's own path, `origin` the portal's address as people type it; `renew` reads the page anew around what
    came of an action, `typed` keeps text not yet sent.
    """

    store: Store
    principal: Principal
    here: str
    origin: str
    renew: Callable[["Acting"], Awaitable[None]] = _stays
    typed: Typed | None = None

    def holds(self, *needed: Duty) -> bool:
        """Whether to offer something at all."""
        return duties(self.principal).issuperset(needed)

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
    """A screen's state: what the reader chose, and what came of it. A second click while the first is at work does nothing.

    Text that is typed into its String parameters is kept until the screen is done; `which` tells it from others of its kind.
    """

    said = param.String(default="", constant=True, doc="What came of the last action.")
    failed = param.Boolean(default=False, constant=True, doc="Whether it could not be done.")
    done = param.Boolean(default=False, constant=True, doc="Whether the page has nothing more to do.")
    changed = param.Boolean(default=False, constant=True, doc="Whether the page shows what is no longer so.")
    asked = param.String(default="", constant=True, doc="What is to be confirmed before it is done.")
    faults = param.Dict(default={}, constant=True, doc="What is wrong or missing, by parameter, in words.")

    def __init__(self, reader: Reader, *, which: object = "", **params: Any) -> None:
        super().__init__(**params)
        self.reader = reader
        self._at_work = False
        self._form = f"{type(self).__name__}{which}"
        self._texts = sorted(
            name for name, one in self.param.objects().items() if isinstance(one, param.String) and not one.constant
        )
        if reader.typed is not None and self._texts:
            left = reader.typed.of(self._form)
            self.param.update(**{name: left[name] for name in self._texts if name in left})
            self.param.watch(self._keep, [*self._texts, "done"])

    def _keep(self, *_: Any) -> None:
        if self.reader.typed is not None:
            told = {} if self.done else {name: getattr(self, name) for name in self._texts}
            self.reader.typed.keep(self._form, told)

    async def perform(self, verb: Callable[..., T], **given: Any) -> "Came[T] | None":
        """Do it once; None if it was not done, and then the error's own sentence is said."""
        if self._at_work or self.done:
            return None
        self._at_work = True
        self.tell("Working …")
        self.show(faults={})
        try:
            answer = await self.reader.ask(verb, **given)
        except PortalError as fault:
            self.tell(str(fault), failed=True, changed=isinstance(fault, Stale | NotFound))
            return None
        except Exception:
            self.tell(UNCLEAR, failed=True)
            raise
        finally:
            self._at_work = False
        self.tell("")
        return Came(answer)

    async def finish(self, said: str, *, failed: bool = False) -> None:
        """It is done; nothing stays on the page that contradicts what is said. `failed` if something beside it went wrong."""
        self.tell(said, failed=failed, done=True)
        await self.reader.renew(self)

    async def renew(self, _: Any = None) -> None:
        """Read the page anew: somebody else changed what it shows."""
        self.show(changed=False)
        await self.reader.renew(self)

    def mark(self, faults: Mapping[str, str]) -> None:
        """Say everything that is wrong or missing at once, each at its field too."""
        self.tell(" ".join(faults.values()), failed=True)
        self.show(faults=dict(faults))

    def tell(self, said: str, *, failed: bool = False, done: bool = False, changed: bool = False) -> None:
        """Put it into words."""
        self.show(said=said, failed=failed, done=done, changed=changed)

    def show(self, **changed: Any) -> None:
        """Change what only the page itself may change."""
        with param.edit_constant(self):
            self.param.update(**changed)


def outcome(model: Acting) -> pn.Column:
    """What came of it, for eyes and for screen readers; and the page as it is now, where somebody else changed it."""

    def shown(said: str, failed: bool) -> str:
        words = Markup('<p class="said{}" tabindex="-1">{}</p>').format(" bad" if failed else "", said) if said else ""
        return str(Markup('<div role="status">{}</div>').format(words))

    anew = button(ANEW, model.renew, "default")
    anew.visible = model.param.changed
    return column(html(param.bind(shown, model.param.said, model.param.failed)), anew)


def asking(model: Acting, kind: Any, name: str, label: str, **more: Any) -> Any:
    """A field for what is asked; what is wrong with it stands in its label, which everybody reads at the field."""
    widget = field(kind, model.param[name], label, **more)
    widget.label = param.bind(
        lambda faults: f"{label}\n■ {faults[name]}" if name in faults else label, model.param.faults
    )
    widget.css_classes = param.bind(lambda faults: ["faulty"] if name in faults else [], model.param.faults)
    return widget


def heading(model: Acting, name: str, words: str) -> pn.pane.HTML:
    """What is asked by the boxes below, which have no label of their own, with what is wrong with the answer."""

    def shown(faults: Mapping[str, str]) -> str:
        fault = Markup('<br><span class="problem">■ {}</span>').format(faults[name]) if name in faults else ""
        return str(Markup("<p><b>{}</b>{}</p>").format(words, fault))

    return html(param.bind(shown, model.param.faults))


def until_done(model: Acting, *parts: Any) -> list[Any]:
    """Parts that go away once there is nothing more to do; what goes away cannot be fired either."""
    for part in parts:
        part.visible = param.bind(lambda done: not done, model.param.done)
    return list(parts)


def in_two_steps(
    model: Acting, label: str, words: Any, sure: str, does: Callable[[Any], Any],
    lacking: Callable[[], Mapping[str, str]] = dict, also: Iterable[Any] = (),
) -> list[Any]:  # fmt: skip
    """An action that is asked about before it is done: what it brings is said, and only then can it be confirmed.

    Answers the first button, and what it opens. `words` may be bound to parameters; `lacking` says what must be chosen first;
    `also` are fields to fill in before it is confirmed.
    """

    def ask(_: Any) -> None:
        if faults := lacking():
            model.mark(faults)
        else:
            model.show(asked=label, said="", faults={})

    first = button(label, ask, "default")
    leave = button("No, leave it as it is", lambda _: model.show(asked=""), "default")
    second = column(html(words), *also, beside(button(sure, does, "danger"), leave))
    second.visible = param.bind(lambda asked, done: asked == label and not done, model.param.asked, model.param.done)
    return [*until_done(model, first), second]


def choices(people: Iterable[Person]) -> dict[str, int]:
    """People to choose from, by name; two of one name are told apart by their number."""
    listed = list({one.id: one for one in people}.values())
    often = Counter(one.name for one in listed)
    return {one.name if often[one.name] == 1 else f"{one.name} ({one.id})": one.id for one in listed}
