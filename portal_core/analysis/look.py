"""How a notebook looks: on the portal in the page's colours, by light and by dark; in JupyterLab in those after each comma."""

TEXT = """
:host, :host > * { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink, #17212b); }
h3 { font-size: 1.08rem; margin: .75rem 0 .4rem } p { margin: 0 0 .5rem }
.table { overflow-x: auto } .table:focus-visible { outline: 3px solid var(--focus, #b04a00) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100% }
caption { text-align: start; font-weight: 600; padding-block-end: .4rem }
th, td { text-align: end; padding: .4rem 0 .4rem .75rem; border-bottom: 1px solid var(--line, #d5dbe1); vertical-align: bottom }
th:first-child { text-align: start; padding-inline-start: 0; white-space: nowrap }
hr { border: 0; border-top: 1px solid var(--line, #d5dbe1); margin: 1.25rem 0 .75rem }
@media (max-width: 40rem) { table { font-size: .85rem } th:first-child { white-space: normal; min-width: 4.5rem } }
"""
"""Of prose and tables."""
FIELD = """
:host { max-width: 20rem } :host label { font: 600 1rem/1.5 system-ui, sans-serif; color: var(--ink, #17212b) }
:host select.bk-input { font: 1rem/1.5 system-ui, sans-serif; min-height: 2.75rem; appearance: auto; background-image: none }
:host select.bk-input { background-color: var(--card, #fff); color: var(--ink, #17212b); border-color: #7b8896 }
:host select:focus-visible { outline: 3px solid var(--focus, #b04a00) }
"""
"""Of a choice among a few."""
FITS = ":host { flex-wrap: wrap; min-width: 0 !important }"
"""Of rows and columns: no wider than a telephone."""
BAR, LINE, AXIS = "#3f7cac", "#c4631b", "#7b8896"
"""Of plots; each 3:1 on white and on black."""
