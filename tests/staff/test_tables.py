"""Cells of tables: what may be broken in a narrow column, and what stays whole."""

import pytest
from markupsafe import Markup

from dashboards.components.tables import breakable


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("Nieusprawiedliwione nieobecności", "Nieusprawiedliwione nieobecności", id="ordinary words"),
        pytest.param(
            "to maria.nowak@home.example now",
            'to <span class="long">maria.<wbr>nowak@<wbr>home.<wbr>example</span> now',
            id="an address",
        ),
        pytest.param("<" * 21, f'<span class="long">{"&lt;" * 21}</span>', id="escaped"),
        pytest.param(Markup("<a href='/aaaaaaaaaaaaaaaaaaaaaaaaaaa'>x</a>"), "<a href='/aaaaaaaaaaaaaaaaaaaaaaaaaaa'>x</a>", id="made already"),
        pytest.param(7, 7, id="a number"),
    ],
)  # fmt: skip
def test_only_what_is_longer_than_a_word_may_be_broken(value, expected):
    assert breakable(value) == expected
