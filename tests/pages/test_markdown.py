"""A school's wording becomes structure and links, and nothing that acts."""

import pytest

from dashboards.pages.markdown import to_html


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        pytest.param("<h2>A</h2>\n<h3>B</h3>\n", "# A\n\n## B", id="headings go below the page's own"),
        pytest.param("<h2>A</h2>\n<h3>B</h3>\n", "### A\n\n#### B", id="from whichever level they begin"),
        pytest.param("<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n", "- one\n- two", id="lists"),
        pytest.param('<p><a href="mailto:a@b.example" rel="noreferrer">write</a></p>\n', "[write](mailto:a@b.example)", id="links"),
        pytest.param("<p>&lt;script&gt;x&lt;/script&gt;</p>\n", "<script>x</script>", id="HTML is text"),
        pytest.param("<p>[x](javascript:x)</p>\n", "[x](javascript:x)", id="no scripts"),
        pytest.param("<p>[x](data:text/html,x)</p>\n", "[x](data:text/html,x)", id="no data"),
        pytest.param("<p></p>\n", "![x](https://elsewhere.example/x.png)", id="no pictures"),
        pytest.param("<p>x</p>\n", "x\n", id="plain"),
        pytest.param("", "", id="nothing"),
    ],
)  # fmt: skip
def test_wording(expected, text):
    assert expected == to_html(text)


def test_headings_may_begin_lower():
    assert to_html("# A\n\n# B", below=2) == "<h3>A</h3>\n<h3>B</h3>\n"
    assert to_html("###### A\n\n# B", below=2) == "<h6>A</h6>\n<h3>B</h3>\n"
