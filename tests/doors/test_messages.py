"""The browser is in its user's hands: what no honest page could send reaches no callback."""

import json
from contextlib import suppress

import pytest
from bokeh.document import Document as Bokeh
from websockets.exceptions import ConnectionClosed

from dashboards.security.allowance import Allowance
from dashboards.security.patches import honest
from dashboards.security.sockets import LARGEST_MESSAGE, MOST_EVENTS, SENT_A_SECOND
from tests.doors.wire import READY, changed, clicked, socket, until


@pytest.fixture
def page(doors, alice, alices_token, reached):
    with socket(doors.url, "/parent", alices_token, cookie=alice) as opened:
        yield opened


@pytest.fixture
def document(page):
    return page.pull()


def reaches(page, document, reached, *events):
    """What of these events reached Python, before a last honest one that does."""
    page.patch(*events)
    page.patch(clicked(document.find("Button", "Open")))
    until(lambda: ("open", "clicked") in reached, "an honest click reaches Python")
    return [one for one in reached if one != ("open", "clicked")]


def test_an_honest_change_reaches_python_and_its_answer_comes_back(page, document, reached):
    page.send("PATCH-DOC", {"events": [changed(document.find("CustomSelect", "Term"), "value", "Spring")]})
    until(lambda: ("term", "Spring") in reached, "the choice reaches Python")
    seen = ""
    while "Spring chosen" not in seen:
        seen += json.dumps(page.receive())


@pytest.mark.parametrize("label", ["Hidden", "Disabled", "Within"])
def test_a_button_out_of_reach_cannot_be_fired(page, document, reached, label):
    """Hidden, disabled, or inside something hidden."""
    assert reaches(page, document, reached, clicked(document.find("Button", label=label))) == []


def fired_by(model):
    event = clicked("")
    event["msg_data"]["values"]["entries"] = [["model", model]]
    return event


def test_a_model_sent_whole_is_taken_for_its_id_alone(page, document, reached):
    """As browsers send one that came to them later; what it says of itself is not looked at."""
    button = {"id": document.find("Button", "Open"), "type": "object", "name": "panel.models.widgets.Button"}
    page.patch(fired_by(button | {"attributes": {"label": "mine", "disabled": True}}))
    until(lambda: reached == [("open", "clicked")], "the click reaches Python")
    assert "mine" not in page.pull().text


@pytest.mark.parametrize(
    "model", [{"id": "p99999"}, {"type": "object", "name": "Div"}, {"type": "object", "id": "p99999", "name": "Div"}]
)
def test_a_model_that_the_document_does_not_hold_fires_nothing(page, document, reached, model):
    assert reaches(page, document, reached, fired_by(model)) == []


def test_a_button_cannot_be_brought_within_reach(page, document, reached):
    button = document.find("Button", "Disabled")
    assert reaches(page, document, reached, changed(button, "disabled", False), clicked(button)) == []


@pytest.mark.parametrize(
    ("kind", "label", "attr", "wrong", "right"),
    [
        pytest.param("CustomSelect", "Term", "value", "Zoe", "Spring", id="not among the options"),
        pytest.param("RadioButtonGroup", None, "active", 7, 1, id="not among the labels"),
        pytest.param("RadioButtonGroup", None, "active", -1, 1, id="before the first label"),
        pytest.param("Spinner", "Weeks", "value", 999, 12, id="above the limit"),
        pytest.param("Spinner", "Weeks", "value", 0, 2, id="below the limit"),
        pytest.param("Spinner", "Weeks", "value", "NaN", 2, id="no number"),
        pytest.param("Spinner", "Weeks", "value", float("nan"), 3, id="not a number"),
        pytest.param("Slider", "Span", "value", 6, 5, id="beyond the slider"),
        pytest.param("TextInput", "Note", "value", "longer", "short", id="longer than the longest"),
        pytest.param(
            "TextInput", "Note", "value", {"type": "object", "name": "Div", "id": "x"}, "short", id="a new model"
        ),
    ],
)
def test_a_value_that_the_widget_does_not_offer_is_dropped(page, document, reached, kind, label, attr, wrong, right):
    model = document.find(kind, label)
    assert reaches(page, document, reached, changed(model, attr, wrong)) == []
    page.patch(changed(model, attr, right))
    until(lambda: len(reached) > 1, "a value that it offers reaches Python")


def test_a_disabled_field_keeps_its_value(page, document, reached):
    assert reaches(page, document, reached, changed(document.find("TextInput", "Locked"), "value", "mine")) == []


@pytest.mark.parametrize(
    ("attr", "new"), [("options", ["Zoe"]), ("visible", False), ("stylesheets", []), ("tags", ["x"])]
)
def test_options_and_the_like_are_the_servers_alone(page, document, reached, attr, new):
    term = document.find("CustomSelect", "Term")
    assert reaches(page, document, reached, changed(term, attr, new), changed(term, "value", "Zoe")) == []


def test_limits_are_the_servers_alone(page, document, reached):
    weeks = document.find("Spinner", "Weeks")
    assert reaches(page, document, reached, changed(weeks, "high", 5000), changed(weeks, "value", 999)) == []


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "TitleChanged", "title": "mine"},
        {"kind": "RootAdded", "model": {"type": "object", "name": "Div", "id": "x1", "attributes": {"text": "mine"}}},
        {"kind": "ColumnDataChanged", "model": {"id": "p1"}, "attr": "data", "data": {}, "cols": None},
        {"kind": "MessageSent", "msg_type": "other", "msg_data": {}},
        {"kind": "ModelChanged"},
        {},
        "text",
        None,
    ],
)
def test_the_document_itself_is_the_servers_alone(page, document, reached, event):
    assert reaches(page, document, reached, event) == []
    after = page.pull()
    assert "mine" not in after.text


def test_the_data_of_a_plot_is_the_servers_alone(page, document, reached):
    source = document.find("ColumnDataSource")
    assert reaches(page, document, reached, changed(source, "data", {"type": "map", "entries": [["x", [4711]]]})) == []
    assert "4711" not in page.pull().text


@pytest.mark.parametrize("kind", ["PUSH-DOC", "SERVER-INFO-REQ", "OK", "NONSENSE"])
def test_messages_that_no_page_of_ours_sends_close_the_socket(page, kind):
    page.send(kind, {"doc": {"roots": [], "title": "mine", "defs": [], "version": "3.9.2"}})
    assert page.closed() == 1002


def test_a_message_may_not_be_larger_than_the_limit_in_one_part(page):
    page.wire.send("x" * (LARGEST_MESSAGE + 1))
    assert page.closed() == 1009


def test_nor_in_many(page):
    page.wire.send(json.dumps({"msgid": "1", "msgtype": "PATCH-DOC", "num_buffers": 1000}))
    with suppress(ConnectionClosed):  # it may be gone before the last is sent
        for _ in range(3):
            page.wire.send('"' + "x" * (LARGEST_MESSAGE // 2) + '"')
    assert page.closed() == 1009


def test_what_cannot_be_read_closes_the_socket(page):
    page.wire.send("{")
    page.wire.send("{}")
    page.wire.send("{}")
    assert page.closed() in (1002, 1011)


def test_a_flood_of_events_is_cut_off(page):
    """More in one message than a hand can cause."""
    page.send("PATCH-DOC", {"events": [clicked("p1")] * (MOST_EVENTS + 1)})
    assert page.closed() == 1002


def test_a_login_that_sends_without_end_is_cut_off(doors, page, document, monkeypatch):
    """Each message is small and honest; it is their sum that would keep everybody else waiting."""
    monkeypatch.setattr(
        doors.server.portal, "incoming", Allowance(SENT_A_SECOND, 3600)
    )  # or a slow machine never sends so much
    clicks = [clicked(document.find("Button", "Open"))] * 50
    with suppress(ConnectionClosed):  # it may be gone before the last is sent
        for _ in range(SENT_A_SECOND // 1000):
            page.send("PATCH-DOC", {"events": clicks})
    assert page.closed() == 1009


def test_a_page_says_only_once_in_a_message_that_it_is_drawn():
    """What waits for it would run as often as it is said."""
    assert honest(Bokeh(), [READY] * 3) == [READY]
