"""What a browser may change in a document: no more than its reader could by hand.

A browser is in its user's hands. It can fire a button that is disabled or hidden, choose what is not among the options,
and rewrite options, limits or whole roots. Each event of a PATCH-DOC message is held against the document as the server
knows it; whatever an honest page could not have sent is dropped before any callback of ours runs. This comes on top of
the check that every service makes of its caller, not in place of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from bokeh.document import Document
from bokeh.model import Model
from bokeh.models import Widget
from bokeh.models.ui import UIElement
from bokeh.util.serialization import convert_datetime_type

READERS_OF_WIDGETS = frozenset({"value", "value_input", "value_throttled", "active", "clicks", "rename"})
"""What a person changes in a widget; options, limits, texts and visibility are the server's alone."""

READERS_OF_OTHERS = frozenset(
    {
        "start", "end", "inner_width", "inner_height", "outer_width", "outer_height", "indices", "active", "collapsed",
        "scroll_position", "reset_start", "reset_end", "multiline_indices", "line_indices",
    }
)  # fmt: skip
"""What moving, choosing and unfolding change in plots, selections, tabs and cards."""

KINDS = frozenset({"ModelChanged", "MessageSent"})
READY = "document_ready"  # a page is drawn once; what waits for it is not to be run at will


def honest(document: Document, events: Iterable[Any]) -> list[Any]:
    """The events that an honest page could have sent, in their order."""
    out_of_reach = _out_of_reach(document)
    kept = [_by_id(event) for event in events if _is_honest(document, event, out_of_reach)]
    ready = [event for event in kept if event["kind"] == "MessageSent" and event["msg_data"].get("name") == READY]
    return [event for event in kept if not any(event is again for again in ready[1:])]


def _by_id(value: Any) -> Any:
    """The same with each model named by its id alone: a browser may send one whole, and the server would build it."""
    if isinstance(value, Mapping):
        return {"id": value["id"]} if "id" in value else {name: _by_id(inner) for name, inner in value.items()}
    return [_by_id(inner) for inner in value] if isinstance(value, list) else value


def _out_of_reach(document: Document) -> frozenset[str]:
    """Ids of all that is hidden or disabled, and all that lies within."""
    waiting = [
        model
        for model in document.models
        if isinstance(model, UIElement) and (not model.visible or getattr(model, "disabled", False))
    ]
    reached: set[str] = set()
    while waiting:
        model = waiting.pop()
        if model.id not in reached:
            reached.add(model.id)
            parts = model.properties_with_refs().keys() - {
                "js_event_callbacks",
                "js_property_callbacks",
            }  # they name others
            waiting += (inner for name in parts for inner in _models(getattr(model, name)))
    return frozenset(reached)


def _models(value: Any) -> Iterator[Model]:
    if isinstance(value, Model):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _models(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _models(inner)


def _is_honest(document: Document, event: Any, out_of_reach: frozenset[str]) -> bool:
    try:
        if event["kind"] not in KINDS:
            return False
        if event["kind"] == "MessageSent":
            named = _fired(event["msg_data"])
            known = all(document.get_model_by_id(id_) is not None for id_ in named)
            return event["msg_type"] == "bokeh_event" and known and not named & out_of_reach
        model = document.get_model_by_id(event["model"]["id"])
        if model is None or not _is_plain(event["new"]):
            return False
        if not isinstance(model, Widget):
            return event["attr"] in READERS_OF_OTHERS
        if model.id in out_of_reach or event["attr"] not in READERS_OF_WIDGETS:
            return False
        return all(rule(model, event["attr"], event["new"]) for rule in RULES)
    except Exception:  # it was not even well formed
        return False


def _is_plain(new: Any) -> bool:
    """No reference and no new model, which a page has no cause to send."""
    return all(map(_is_plain, new)) if isinstance(new, list) else new is None or isinstance(new, str | int | float)


def _fired(data: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the models that an event says it comes from."""
    return frozenset(_ids(data["values"]))


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "id" in value or value.get("type") == "object":
            yield str(value["id"])
            return
        for inner in value.values():
            yield from _ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner)


def _among_options(model: Model, attr: str, new: Any) -> bool:
    options = getattr(model, "options", None)
    if attr != "value" or options is None:
        return True
    grouped = options.values() if isinstance(options, dict) else [options]
    known = [option[0] if isinstance(option, tuple) else option for group in grouped for option in group]
    known = [option for option in known if option not in getattr(model, "disabled_options", ())]
    chosen = new if isinstance(new, list) else [new]
    return all(choice in known for choice in chosen)


def _among_labels(model: Model, attr: str, new: Any) -> bool:
    labels = getattr(model, "labels", None)
    if attr != "active" or labels is None:
        return True
    chosen = new if isinstance(new, list) else [new]
    return all(choice is None or (type(choice) is int and 0 <= choice < len(labels)) for choice in chosen)


def _within_limits(model: Model, attr: str, new: Any) -> bool:
    if not attr.startswith("value"):
        return True
    for names in (("low", "high"), ("start", "end"), ("min_date", "max_date")):
        low, high = (_number(getattr(model, name, None)) for name in names)
        for value in new if isinstance(new, list) else [new]:
            if value is None or (low is None and high is None):
                continue
            number = _number(value)
            if not ((low is None or low <= number) and (high is None or number <= high)):  # so that NaN is outside
                return False
    return True


def _number(value: Any) -> Any:
    """A number as it is; a date, or its ISO text, as milliseconds since 1970, as BokehJS counts."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return convert_datetime_type(value) if isinstance(value, date) else value


def _short_enough(model: Model, attr: str, new: Any) -> bool:
    longest = getattr(model, "max_length", None)
    return longest is None or not isinstance(new, str) or len(new) <= longest


def _among_completions(model: Model, attr: str, new: Any) -> bool:
    if attr != "value" or not getattr(model, "restrict", False):
        return True
    return new == "" or new in model.completions


RULES: tuple[Callable[[Model, str, Any], bool], ...] = (
    _among_options,
    _among_labels,
    _within_limits,
    _short_enough,
    _among_completions,
)
