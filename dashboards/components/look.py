"""How panes and widgets of the Panel parts look: like the page around them.

Its styles do not reach into them; its colours do, by the names that static/portal.css gives them for light and dark.
"""

from collections.abc import Callable
from typing import Any

import panel as pn
import param

TEXT = [
    """
:host, :host > * { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); overflow-wrap: anywhere; }
h3 { font-size: 1.08rem; margin: .75rem 0 .4rem; } h4 { margin: .6rem 0 .3rem; } p { margin: 0 0 .5rem; }
a { color: var(--accent); } code { font-size: 1.15rem; font-weight: 700; letter-spacing: .04em; overflow-wrap: anywhere; }
ul { margin: 0 0 .8rem; padding-inline-start: 1.2rem; }
.hint { color: var(--soft); font-size: .9rem; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem 1.1rem; font-size: .92rem; }
.cell { display: inline-block; inline-size: 1.5em; text-align: center; border: 1px solid var(--edge); font-weight: 700; color: #17212b; }
.said { border-inline-start: .35rem solid var(--accent); background: var(--accent-soft); padding: .6rem .9rem; border-radius: .4rem; }
.said.bad { border-color: var(--bad); background: var(--bad-soft); }
.problem { color: var(--bad); font-weight: 600; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.scroll { overflow: auto; max-block-size: min(38rem, 70vh); border: 1px solid var(--line); border-radius: .35rem; padding: .25rem .75rem; }
table { border-collapse: collapse; inline-size: 100%; } caption { text-align: start; font-weight: 600; }
th, td { text-align: start; vertical-align: top; padding-block: .3rem; padding-inline: 0 .75rem; border-block-end: 1px solid var(--line); overflow-wrap: break-word; }
th { font-weight: 600; }
@media (min-width: 40rem) { th { white-space: nowrap; } }
.marks { table-layout: fixed; } .marks th { white-space: nowrap; } .marks td { hyphens: auto; } .marks thead th:first-child { inline-size: 7.2rem; }
@media (max-width: 30rem) { .scroll { padding-inline: .5rem; font-size: .85rem; } th, td { padding-inline-end: .4rem; } .marks th { white-space: normal; } .marks thead th:first-child { inline-size: 4.4rem; } }
@media (max-width: 24rem) { .scroll { padding-inline: .3rem; } }
"""
]
SHRINKS = [":host { min-width: 0 !important; }"]
"""Panel makes what holds something as wide as its parts together: not on a telephone."""
WRAPS = [":host { flex-wrap: wrap; min-width: 0 !important; }"]
FIELD = [
    ":host { max-width: min(100%, 26rem); } :host label, :host .bk-input { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); }"
    ":host label { white-space: pre-line; overflow-wrap: anywhere; } :host(.faulty) label { color: var(--bad); }"
    ":host(.faulty) .bk-input { border: 2px solid var(--bad); }"
    ":host .bk-input { min-block-size: 2.75rem; border-color: var(--edge); background-color: var(--card); color: var(--ink); }"
    ":host select.bk-input { appearance: auto; background-image: none; }"
    ":host .bk-input-group > label { font-weight: 600; } :host input:focus-visible { outline: 3px solid var(--focus); }"
    ":host .bk-input-group label:has(> input) { display: flex; gap: .6rem; align-items: center; padding-block: .3rem; font-weight: 400; }"
    ":host input[type=checkbox], :host input[type=radio] { inline-size: 1.1rem; block-size: 1.1rem; margin: 0; flex: none; }"
]
BUTTON = [
    ":host .bk-btn { font: 600 1rem/1.5 system-ui, sans-serif; min-block-size: 2.75rem; padding: .4rem 1.1rem; border-radius: .35rem;"
    " white-space: normal; }"
    ":host(.solid) .bk-btn.bk-btn-primary { background: var(--accent); border-color: var(--accent); color: var(--card); }"
    ":host(.solid) .bk-btn.bk-btn-danger { background: var(--bad); border-color: var(--bad); color: var(--card); }"
    ":host(.solid) .bk-btn.bk-btn-default { background: var(--card); border-color: var(--accent); color: var(--accent); }"
    ":host .bk-btn:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }"
]


def html(text: Any, *styles: str, **sizes: Any) -> pn.pane.HTML:
    """A pane of HTML; `text` may be bound to parameters, `styles` come on top of the usual ones."""
    return pn.pane.HTML(text, stylesheets=[*TEXT, *styles], **({"sizing_mode": "stretch_width"} | sizes))


def column(*parts: Any, **more: Any) -> pn.Column:
    """One below the other, no wider than the page."""
    return pn.Column(*parts, stylesheets=SHRINKS, sizing_mode="stretch_width", **more)


def beside(*parts: Any) -> pn.Row:
    """Side by side, or one below the other where it is narrow."""
    return pn.Row(*parts, stylesheets=WRAPS, sizing_mode="stretch_width")


def field(kind: Any, parameter: param.Parameter, label: str, **more: Any) -> Any:
    """A widget for a parameter, with its label; what is written for programmers is not shown."""
    widget = kind.from_param(parameter, label=label, stylesheets=FIELD, **({"sizing_mode": "stretch_width"} | more))
    if "description" in widget.param:
        widget.description = None
    return widget


def button(label: str, does: Callable[[Any], Any], kind: str = "primary", **more: Any) -> pn.widgets.Button:
    """A button that does something once it is pressed."""
    return pn.widgets.Button(label=label, color=kind, on_click=does, stylesheets=BUTTON, **more)
