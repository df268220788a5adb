"""A frame as a table for a screen reader."""

import pandas as pd
import pytest

from portal_core.analysis import as_table, in_percent


def test_a_table_has_a_caption_headings_and_words_for_what_is_withheld():
    frame = pd.DataFrame({"group": ["Year <7>", "All"], "possible": [None, 22660], "share": [None, 93.0]})
    frame = frame.astype({"possible": "Int64", "share": "Float64"})
    html = as_table(frame, {"group": "Group", "share": "%", "possible": "Possible sessions"}, caption="A & B")
    assert html.count("<td>withheld</td>") == 2
    assert "<caption>A &amp; B</caption>" in html
    assert '<th scope="row">Year &lt;7&gt;</th>' in html
    assert "<td>93.0</td><td>22,660</td>" in html
    assert html.count('<th scope="col">') == 3


@pytest.mark.parametrize(("share", "words"), [(18.3, "18.3%"), (93.0, "93.0%"), (0.1, "0.1%"), (100.0, "100.0%")])
def test_a_share_is_written_as_parents_read_theirs(share, words):
    """Without a space, to one decimal."""
    assert in_percent(share) == words
