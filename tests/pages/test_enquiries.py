"""The forms on both sides: what was typed comes back with a problem, and text is text whatever it holds."""

import re

import pytest

from portal_core.domain.clauses import Clause
from tests.doors.wire import ask


class Browser:
    """Somebody signed in, with the cookie and the token that each form of a page needs."""

    def __init__(self, whole, who):
        self.whole, self.cookie = whole, whole.cookie(who)

    def get(self, path):
        return ask(self.whole.url, path, cookie=self.cookie)

    def send(self, page, path, **fields):
        shown = self.get(page)
        token = re.search(r'name="_xsrf" value="([^"]+)"', shown.text)[1]
        held = "; ".join(line.split(";")[0] for line in shown.cookies)
        return ask(self.whole.url, path, "POST", cookie=self.cookie, origin=self.whole.url,
                   form={"_xsrf": token} | fields, Cookie=held)  # fmt: skip


@pytest.mark.clause(Clause.CONTACT_7)
def test_a_question_comes_to_the_office_and_its_answer_back(fresh_whole):
    """By forms alone, without a script."""
    parent, office = Browser(fresh_whole, "two_children"), Browser(fresh_whole, "office")
    assert (
        parent.send("/enquiries", "/enquiries", text="Is <b>this</b> shown?").headers["location"]
        == "/enquiries?sent=yes"
    )
    desk = office.get("/staff/enquiries").text
    assert "Is &lt;b&gt;this&lt;/b&gt; shown?" in desk
    [path] = re.findall(r'action="(/staff/enquiries/\d+)"', desk)
    assert "Send the answer" in desk
    sent = office.send("/staff/enquiries", path, text="It is.", cause="something else")
    assert "The answer is sent: they read it" in office.get(sent.headers["location"]).text
    assert "It is." in parent.get("/enquiries").text
    assert "Nothing waits for an answer" in office.get("/staff/enquiries").text
    assert "It is." not in Browser(fresh_whole, "one_child").get("/enquiries").text


@pytest.mark.clause(Clause.CONTACT_7)
def test_an_answer_that_the_portal_cannot_send_is_kept_and_whoever_answers_tells_them(fresh_whole):
    """Said before on the button, and afterwards."""
    office = Browser(fresh_whole, "office")
    told = {"came_by": "letter", "asker": "A neighbour", "adult": "", "text": "Who may see it?"}
    assert office.send("/staff/enquiries", "/staff/enquiries/log", **told).status == 303
    desk = office.get("/staff/enquiries").text
    assert "the portal sends this to nobody" in desk
    assert ("Keep the answer; I tell them myself" in desk, "Send the answer" in desk) == (True, False)
    [path] = re.findall(r'action="(/staff/enquiries/\d+)"', desk)
    kept = office.send("/staff/enquiries", path, text="Parents.", cause="something else")
    assert "The portal sent it to nobody: tell them yourself" in office.get(kept.headers["location"]).text


def test_what_was_typed_comes_back_with_the_problem(fresh_whole):
    parent, office = Browser(fresh_whole, "two_children"), Browser(fresh_whole, "office")
    long = "far too long " * 200
    again = parent.send("/enquiries", "/enquiries", text=long)
    assert (again.status, long.strip() in again.text, "Please shorten" in again.text) == (400, True, True)
    parent.send("/enquiries", "/enquiries", text="A question.")
    [path] = re.findall(r'action="(/staff/enquiries/\d+)"', office.get("/staff/enquiries").text)
    again = office.send("/staff/enquiries", path, text="An answer.", cause="none of these")
    assert (again.status, "An answer.</textarea>" in again.text) == (400, True)


@pytest.mark.parametrize("who", ["two_children", "lead", "administrator", "analyst", "data_manager"])
def test_the_offices_page_is_the_offices(fresh_whole, who):
    assert Browser(fresh_whole, who).get("/staff/enquiries").status == 403
