"""python -m portal_core.locale, from the root of a checkout: collects the words of code and pages, and brings catalogues in step.

What is new in a catalogue afterwards is empty, or marked as fuzzy where an older text was much like it: translate it, take
the mark away. Nothing has to be compiled: the portal reads the .po files themselves.
"""

import sys
from tempfile import TemporaryDirectory

from babel.messages.frontend import CommandLineInterface

from portal_core.locale import HERE

MARKS = (
    "-k",
    "_ N_ ngettext:1,2 pgettext:1c,2",
    "--no-default-keywords",
    "--no-location",
    "--sort-output",
    "--no-wrap",
)
KEPT = ("--no-wrap", "--ignore-obsolete", "--ignore-pot-creation-date")


def main() -> None:
    """Collect, then update every catalogue."""
    sys.path.insert(0, ".")  # where Babel finds our way of reading templates
    babel = CommandLineInterface()
    with TemporaryDirectory() as folder:
        words = f"{folder}/portal.pot"
        babel.run(["pybabel", "-q", "extract", "-F", "babel.cfg", *MARKS, "-o", words, "."])  # type: ignore[no-untyped-call]
        babel.run(["pybabel", "-q", "update", *KEPT, "-D", "portal", "-i", words, "-d", str(HERE)])  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
