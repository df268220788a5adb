"""Every page of parents and of the public in another language: nothing of the English left, and who gets which (served whole)."""

import json
import re
from html import unescape

import pytest

from portal_core.domain.clauses import Verb
from portal_core.errors import BadInput
from portal_core.locale import catalogue, known, wanted
from portal_core.services.own_language import choose_language
from tests.account.test_account_pages import form_of
from tests.doors.wire import READY, ask, changed, join, socket, until

POLISH = {"Accept_Language": "pl-PL,pl;q=0.9,en;q=0.8"}
PUBLIC = ("/", "/sign-in?after=idle", "/activate", "/forgotten", "/forgotten?sent=yes", "/reset?t=x", "/reset?done=yes", "/email?t=x",
          "/email?done=one", "/email?done=both", "/policy", "/privacy", "/accessibility", "/contact", "/sign-out", "/account-ended",
          "/language", "/no-such-page")  # fmt: skip
OWN = ("/account", "/account/policy", "/account/opened", "/account/opened?page=2", "/account/password?done=yes", "/account/second-step",
       "/account/second-step?done=off", "/account/email", "/account/sign-ins?done=yes", "/account/not-me", "/account/download",
       "/account/alerts?saved=yes", "/enquiries?sent=yes", "/idle", "/sign-out", "/language", "/parent/999999")  # fmt: skip
CHILD = ("", "/attendance", "/attendance?period=2026-03", "/attendance?period=2026-W11", "/attendance?period=2031-01", "/lessons",
         "/lessons?period=2026-W11", "/points", "/points/1", "/points/1?talked=yes", "/points/1?talked=no", "/points/2?talked=yes", "/points/2?talked=no", "/points/4?talked=yes",
         "/points/999")  # fmt: skip


def fixed_words():
    """What would show that a text was left in English: of each message the parts between its holes, of two words or more."""
    for message in catalogue("pl"):
        for words in (message.id,) if isinstance(message.id, str) else message.id:
            for part in re.split(r"\{\w+\}|</?\d+>|[“”]", words):
                if len(re.findall(r"[^\W\d_]{2,}", part)) > 1 and part not in str(message.string):
                    yield " ".join(part.split())


LEFT = re.compile(
    "|".join(rf"(?<!\w){re.escape(words)}(?!\w)" for words in sorted(fixed_words(), key=len, reverse=True))
)


def shown(answer):
    """The words of a page: its text, its labels, and what its scripts say."""
    html = answer.text.replace("&nbsp;", " ")
    said = re.findall(r'(?:aria-label|data-words|data-hide)=(?:"([^"]*)"|\'([^\']*)\')', html)
    html = re.sub(r"(?s)<script.*?</script>", " ", html)
    plain = " ".join([re.sub(r"<[^>]*>", " ", html), *("".join(one) for one in said)])
    return " ".join(unescape(plain).split())


def in_polish(answer, path):
    assert '<html lang="pl">' in answer.text, path
    assert answer.headers["vary"].startswith("Accept-Language, Cookie"), path
    assert sorted(set(LEFT.findall(shown(answer)))) == [], path


def test_no_english_is_left_on_a_page_of_the_public(whole):
    """Whatever state it is in."""
    for path in PUBLIC:
        in_polish(whole.get(path, **POLISH), path)


def test_no_english_is_left_on_a_page_of_a_parent(whole):
    """Their account, each view of each kind of child, the neutral page."""
    cookie = whole.cookie("two_children")
    ask(whole.url, "/account/sign-ins", cookie=cookie, User_Agent="Firefox/1 (Macintosh)")
    paths = [*OWN, *(f"/parent/{whole.families.pupils[child]}{end}" for child in ("Amelia", "Noah") for end in CHILD)]
    for path in paths:
        in_polish(ask(whole.url, path, cookie=cookie, **POLISH), path)
    for child, who in (("Zayn", "sees_both"), ("Toby", "sees_both"), ("Daisy", "sees_both")):
        in_polish(ask(whole.url, f"/parent/{whole.families.pupils[child]}", cookie=whole.cookie(who), **POLISH), child)


def test_a_refused_form_answers_in_the_readers_language(whole):
    """The words come from the layers beneath, some of them in another thread."""
    page = whole.get("/sign-in", **POLISH)
    [kept] = [line.partition(";")[0] for line in page.cookies if "xsrf=" in line]
    form = {
        "_xsrf": re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1],
        "username": "nobody",
        "password": "wrong",
    }
    refused = ask(whole.url, "/sign-in", "POST", origin=whole.url, form=form, Cookie=kept, **POLISH)
    assert refused.status == 401
    assert "To się nie udało." in shown(refused)
    assert "To się nie udało." not in shown(
        ask(whole.url, "/sign-in", "POST", origin=whole.url, form=form, Cookie=kept)
    )


def test_dates_numbers_and_plurals_are_said_as_the_language_says_them(whole):
    page = shown(whole.get(f"/parent/{whole.families.pupils['Amelia']}", "two_children", **POLISH))
    assert "czwartek, 12 marca 2026" in page
    assert re.search(r"\d\d,\d%", page)
    assert re.search(r"\d+ punktów za osiągnięcia", page)


def test_a_download_is_in_the_readers_language(whole):
    """Its words, heads and dates; its name and what the school wrote stay."""
    cookie, child = whole.cookie("two_children"), whole.families.pupils["Amelia"]
    token, kept = form_of(whole, "/account/download", cookie)
    for form, signs in (("csv", (b"Wpisy, od najnowszych", b"Frekwencja")), ("pdf", (b"%PDF", b"(pl)"))):
        sent = {"_xsrf": token, "child": child, "form": form}
        file = ask(
            whole.url, "/account/download", "POST", cookie=cookie, origin=whole.url, form=sent, Cookie=kept, **POLISH
        )
        assert file.status == 200
        assert all(sign in file.body for sign in signs), form
        assert form == "pdf" or LEFT.findall(file.body.decode()) == []
        halves = re.findall(r'"2026-03-10","(Rano|Popołudnie)"', file.body.decode("utf-8-sig", "ignore"))
        assert form == "pdf" or halves == ["Rano", "Popołudnie"]


def test_what_is_refused_before_anybody_is_asked_for_speaks_too(whole):
    """A method that there is not, a form without its token."""
    for path, method in (("/contact", "POST"), ("/sign-in", "POST")):
        refused = ask(whole.url, path, method, origin=whole.url, form={}, **POLISH)
        assert refused.status in (403, 405)
        assert '<html lang="pl">' in refused.text


@pytest.mark.parametrize(
    ("code", "header"),
    [("pl", "pl"), ("pl", "de, pl;q=0.3, en;q=0.2"), ("en", "en-GB,pl"), ("en", "pl;q=0, en"), (None, ""), (None, "*"), (None, "de"),
     (None, "../../../etc/passwd"), (None, "pl\0"), (None, "pl;q=9"), (None, "pl," * 5000), (None, "ｐｌ")],
)  # fmt: skip
def test_what_a_browser_asks_for_is_read_and_nothing_else(code, header):
    """The heaviest wish that can be granted; what is no such header grants nothing."""
    assert (code and known(code)) == wanted(header)


@pytest.mark.parametrize("code", ["", "de", "PL", "../pl", "pl/../pl", "pl\0", "p" * 10_000, None])
def test_any_other_choice_is_no_choice(whole, code):
    """In the address of a catalogue nothing but our own names is ever put."""
    assert known(code) is None
    cookie = "" if code is None or "\0" in code or len(code) > 4000 else f"language={code}"
    assert '<html lang="en-GB">' in ask(whole.url, "/contact", Cookie=cookie).text


def test_a_choice_in_the_browser_comes_before_what_the_browser_asks_for(whole):
    """By a form without a script; the cookie holds the language and nothing else, and leads back to where one was."""
    form, kept = form_of(whole, "/language", None)
    sent = {"_xsrf": form, "language": "pl", "next": "/contact"}
    answer = ask(whole.url, "/language", "POST", origin=whole.url, form=sent, Cookie=kept)
    [cookie] = [one for one in answer.cookies if one.startswith("language=")]
    assert (answer.status, answer.headers["location"]) == (303, "/contact")
    assert cookie.startswith("language=pl;")
    assert "HttpOnly" in cookie
    assert '<html lang="pl">' in ask(whole.url, "/contact", Cookie="language=pl", Accept_Language="en").text
    wrong = ask(whole.url, "/language", "POST", origin=whole.url, form=sent | {"language": "../pl"}, Cookie=kept)
    assert (wrong.status, [one for one in wrong.cookies if one.startswith("language=")]) == (400, [])


def test_a_parents_own_choice_goes_with_the_account_and_is_on_record(whole):
    """It comes before cookie and browser, on every device; nobody else's changes."""
    cookie = whole.cookie("grandmother")
    token, kept = form_of(whole, "/account", cookie)
    sent = {"_xsrf": token, "language": "pl", "next": "/account"}
    assert ask(whole.url, "/language", "POST", cookie=cookie, origin=whole.url, form=sent, Cookie=kept).status == 303
    assert '<html lang="pl">' in whole.get("/account", "grandmother", Accept_Language="en", Cookie="language=en").text
    assert '<html lang="en-GB">' in whole.get("/account", "one_child").text
    told = [detail for verb, _, _, detail in whole.audit() if verb == Verb.CHOSE_LANGUAGE]
    assert len(told) == 1
    assert '"language":"pl"' in told[0]


def test_only_a_language_that_there_is_can_be_chosen(whole):
    by = whole.principal("one_child")
    with pytest.raises(BadInput):
        choose_language(whole.store, by=by, at=whole.store.moment(), code="../pl")


def test_the_neutral_page_is_the_same_for_every_cause_in_each_language(whole):
    """A child withheld and a child that never was, byte for byte but for the forms' tokens."""

    def seen(child):
        page = whole.get(f"/parent/{child}", "court_order", **POLISH)
        return page.status, re.sub(r'name="_xsrf" value="[^"]+"', "", page.text)

    assert seen(whole.families.pupils["Jude"]) == seen(999_999)


def test_staff_read_english_whatever_their_browser_asks_for(whole):
    assert '<html lang="en-GB">' in whole.get("/staff", "office", **POLISH).text


def test_the_part_that_joins_speaks_the_same_language(whole):
    """Its labels as it is built, and what is read later in a callback, in another task."""
    cookie, child = whole.cookie("two_children"), whole.families.pupils["Amelia"]
    token = join(whole.url, "/parent", cookie, child).json["token"]
    with socket(whole.url, "/parent", token, cookie=cookie, Accept_Language="pl") as page:
        page.patch(READY)
        until(lambda: "Amelia: wpisy, od najnowszych" in told(page), "the first reading")
        document = page.pull()
        page.patch(changed(document.find("CustomSelect", "Punkty"), "value", "Zachowanie"))
        until(lambda: "Equipment missing" in told(page) and "Super effort" not in told(page), "a kind")
        assert LEFT.findall(told(page)) == []
        assert "czw., 12 mar" in told(page)
        assert re.search(r'"\d+ (sty|lut)"', told(page))  # on the axis


def told(page):
    """All that a joined document says by now."""
    return json.dumps(json.loads(page.pull().text), ensure_ascii=False)
