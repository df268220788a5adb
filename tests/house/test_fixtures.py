"""The fixtures that other tests stand on do what they say."""

from sqlalchemy import create_engine, inspect, text


def test_each_postgres_database_is_empty_and_apart(fresh_postgres):
    """What one holds, another does not."""
    first, second = create_engine(fresh_postgres()), create_engine(fresh_postgres())
    with first.begin() as connection:
        connection.execute(text("CREATE TABLE mark (id integer)"))
    assert inspect(first).get_table_names() == ["mark"]
    assert inspect(second).get_table_names() == []
    first.dispose()
    second.dispose()


def test_the_browser_runs_scripts_and_asks_nothing_of_the_network(chromium):
    """A page of its own shows what its script wrote."""
    page = chromium.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content("<p></p><script>document.querySelector('p').textContent = 'present'</script>")
    assert (page.inner_text("p"), asked) == ("present", [])
    page.close()
