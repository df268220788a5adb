"""Signing in and out over the wire: answers that tell nothing, cookies, where one is led, forms that others send."""

import re

import pytest

from portal_core.domain.clauses import Clause
from tests.doors.wire import Answer, ask
from tests.families import PASSWORD
from tests.pages.site import Site, Visitor, hidden


def without_tokens(answer: Answer, name: str) -> str:
    """A page without what is new each time, and the name that was typed."""
    return re.sub(r'name="_xsrf" value="[^"]+"', "", answer.text).replace(name, "NAME")


def attributes(answer: Answer, cookie: str) -> set[str]:
    """What the one Set-Cookie of this name asks of the browser."""
    [line] = [line for line in answer.cookies if line.startswith(cookie + "=")]
    return {part.strip().lower() for part in line.split(";")[1:]}


class TestTheForm:
    def test_it_works_without_a_script_and_with_a_password_manager(self, visitor):
        """Labels, autocomplete, and nothing that stops pasting."""
        page = visitor.get("/sign-in").text

        assert 'autocomplete="username"' in page
        assert 'autocomplete="current-password"' in page
        assert re.search(r'<label for="username">.*<input id="username"', page, re.S)
        assert re.search(r'<label for="password">.*id="password"', page, re.S)
        assert "onpaste" not in page
        assert 'method="post" action="/sign-in"' in page

    @pytest.mark.clause(Clause.USE_2)
    def test_it_asks_whose_device_it_is_and_takes_silence_for_shared(self, visitor, portal):
        """Nothing is chosen beforehand; the answer is kept when the form comes back."""
        assert "checked" not in visitor.get("/sign-in").text
        assert 'value="private" checked' in visitor.sign_in("one_child", "wrong").text

        visitor.send("/sign-in", username="one_child", password=PASSWORD)
        visitor.send("/sign-out")
        assert visitor.last is not None
        assert visitor.last.headers["clear-site-data"] == '"cache", "cookies", "storage"'

    def test_whoever_is_in_is_led_to_their_page(self, visitor):
        visitor.sign_in("one_child", PASSWORD)

        assert visitor.get("/sign-in").headers["location"] == "/"
        assert visitor.get("/").headers["location"] == "/parent"


class TestWhatIsWrong:
    @pytest.mark.clause(Clause.SEC_1)
    def test_name_password_and_standing_get_one_page_and_one_status(self, visitor, portal):
        """Not a byte differs but the name, which is kept; the page says that there is a problem, first of all."""
        answers = {
            (name, password): visitor.sign_in(name, password)
            for name, password in [("one_child", "wrong"), ("nobody", PASSWORD), ("unactivated", PASSWORD), ("x", "y")]
        }

        assert {answer.status for answer in answers.values()} == {401}
        assert len({without_tokens(answer, f'value="{name}"') for (name, _), answer in answers.items()}) == 1
        page = answers["one_child", "wrong"].text
        assert 'value="one_child"' in page
        assert "<title>Problem: Sign in" in page
        assert 'id="problem" tabindex="-1" autofocus' in page
        assert not any(line.startswith("sid=") for answer in answers.values() for line in answer.cookies)

    @pytest.mark.clause(Clause.SEC_1)
    @pytest.mark.parametrize("name", ["new", "no-such-name"])
    def test_too_many_tries_say_how_long_to_wait_alike_for_any_name(self, visitor, name):
        for _ in range(10):
            assert visitor.sign_in(name, "wrong").status == 401
        answer = visitor.sign_in(name, PASSWORD)

        assert answer.status == 429
        assert answer.headers["retry-after"] == "1"
        assert "Please wait 1 second" in answer.text
        assert f'value="{name}"' in answer.text

    def test_the_name_comes_back_as_text(self, visitor):
        answer = visitor.sign_in('"><script>alert(1)</script>', "wrong")

        assert answer.status == 401
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert" in answer.text

    def test_a_line_that_is_full_says_so(self, visitor, portal, monkeypatch):
        """Rather than let everyone wait."""
        monkeypatch.setattr("dashboards.pages.signin.MOST_WAITING", 0)
        assert visitor.sign_in("one_child", PASSWORD).status == 503

        monkeypatch.undo()
        assert visitor.sign_in("one_child", PASSWORD).status == 303


class TestCookies:
    @pytest.mark.clause(Clause.SEC_1)
    def test_a_school_hands_them_out_for_tls_and_itself_alone(self, stranger):
        answer = stranger.sign_in("one_child", PASSWORD)

        assert attributes(answer, "__Host-sid") == {"httponly", "samesite=lax", "path=/", "secure"}
        assert "strict-transport-security" in answer.headers
        assert stranger.get("/").headers["location"] == "/parent"

    def test_a_demo_hands_them_out_over_plain_http(self, visitor):
        """So that any client works; all else is the same."""
        answer = visitor.sign_in("one_child", PASSWORD)

        assert attributes(answer, "sid") == {"httponly", "samesite=lax", "path=/"}
        assert "strict-transport-security" not in answer.headers

    def test_the_token_of_forms_is_out_of_reach_of_scripts_and_other_sites(self, stranger):
        assert attributes(stranger.get("/sign-in"), "__Host-xsrf") == {
            "httponly",
            "samesite=strict",
            "path=/",
            "secure",
        }

    def test_a_cookie_set_beforehand_is_not_the_one_signed_in_with(self, visitor):
        """Nobody can know the cookie of a login before it begins."""
        visitor.cookies["sid"] = planted = "A" * 43
        visitor.sign_in("one_child", PASSWORD)

        assert visitor.sid != planted
        assert visitor.get("/").headers["location"] == "/parent"

    def test_signing_in_again_ends_the_login_before(self, visitor, portal):
        visitor.sign_in("one_child", PASSWORD)
        before = visitor.sid
        page = visitor.get("/contact")  # /sign-in would lead on
        visitor.post("/sign-in", hidden_from(page) | {"username": "two_children", "password": PASSWORD})

        assert ask(portal.url, "/parent", cookie=before).headers["location"].startswith("/sign-in")
        assert visitor.get("/").headers["location"] == "/parent"

    @pytest.mark.clause(Clause.SEC_3)
    def test_nothing_of_it_is_kept_by_a_browser(self, visitor):
        for answer in (visitor.get("/sign-in"), visitor.sign_in("one_child", "wrong"), visitor.get("/sign-out")):
            assert answer.headers["cache-control"] == "no-store"


def hidden_from(page: Answer) -> dict[str, str]:
    """The form token, from any form of the page."""
    return {"_xsrf": re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1]}


class TestOnward:
    @pytest.mark.parametrize(
        ("expected", "name", "wanted"),
        [
            pytest.param("/parent", "two_children", "/", id="a parent"),
            pytest.param("/contact", "two_children", "/contact", id="where they were going"),
            pytest.param("/policy?x=1", "two_children", "/policy?x=1", id="with a query"),
            pytest.param("/parent", "two_children", "/staff", id="not where they have no duty"),
            pytest.param("/parent", "two_children", "/notebooks/", id="nor there"),
            pytest.param("/parent", "two_children", "/no-such-page", id="nor to nothing"),
            pytest.param("/parent", "two_children", "/sign-out", id="nor out again"),
            pytest.param("/parent", "two_children", "//evil.example/parent", id="another host"),
            pytest.param("/parent", "two_children", "https://evil.example/", id="another site"),
            pytest.param("/parent", "two_children", "/\\evil.example", id="a backslash"),
            pytest.param("/parent", "two_children", "javascript:alert(1)", id="a script"),
            pytest.param("/parent", "two_children", "/%09/evil.example", id="nor to an encoded tab"),
            pytest.param("/parent", "two_children", "/parent/../staff", id="nor by a way round"),
        ],
    )
    def test_a_sign_in_goes_on_to_pages_of_ours_that_are_open_to_the_caller(self, visitor, expected, name, wanted):
        answer = visitor.sign_in(name, PASSWORD, next=wanted)

        assert (answer.status, answer.headers["location"]) == (303, expected)

    def test_a_page_that_asked_for_a_sign_in_is_reached_after_it(self, visitor, portal):
        child = portal.families.pupils["Zayn"]
        asked = visitor.get(f"/parent/{child}").headers["location"]
        page = visitor.get(asked)
        answer = visitor.post("/sign-in", hidden(page) | {"username": "one_child", "password": PASSWORD})

        assert answer.headers["location"] == f"/parent/{child}"
        assert "Zayn" in visitor.get(f"/parent/{child}").text

    @pytest.mark.parametrize(
        ("expected", "key"), [("/staff", "office"), ("/staff", "administrator"), ("/notebooks/", "analyst")]
    )
    def test_staff_are_led_over_their_second_factor_to_their_own_page(self, visitor, portal, expected, key):
        """Nothing is open before it."""
        secret = portal.factor_for(key)
        assert visitor.sign_in(key, PASSWORD).headers["location"] == "/sign-in/next"
        assert visitor.get("/").headers["location"] == "/sign-in/next"
        assert visitor.get(expected).headers["location"] == "/sign-in/next"
        assert visitor.get("/policy").status == 200

        answer = visitor.send("/sign-in/next", code=portal.totp(secret))
        assert (answer.status, answer.headers["location"]) == (303, expected)
        assert visitor.get(expected).status == 200
        assert visitor.get("/sign-in/next").headers["location"] == "/"

    def test_where_one_was_going_survives_the_second_factor(self, visitor, portal):
        secret = portal.factor_for("lead")
        led = visitor.sign_in("lead", PASSWORD, next="/contact").headers["location"]
        answer = visitor.send("/sign-in/next", form_on=led, code=portal.totp(secret))

        assert answer.headers["location"] == "/contact"

    @pytest.mark.clause(Clause.REVOKE_4)
    @pytest.mark.parametrize("key", ["investigated", "court_order", "breach"])
    def test_whoever_is_restricted_signs_in_as_all_do_and_reads_on(self, visitor, key):
        """No tipping off: the way in is the same; policy, notice and contact stay open."""
        answer = visitor.sign_in(key, PASSWORD)

        assert (answer.status, answer.headers["location"]) == (303, "/parent")
        assert [visitor.get(path).status for path in ("/parent", "/policy", "/privacy", "/contact")] == [
            403,
            200,
            200,
            200,
        ]


class TestSigningOut:
    def test_the_cookie_is_taken_back_and_worthless(self, visitor, portal):
        visitor.sign_in("one_child", PASSWORD)
        held = visitor.sid
        answer = visitor.send("/sign-out")

        assert (answer.status, answer.headers["location"]) == (303, "/sign-out")
        assert "clear-site-data" not in answer.headers
        assert visitor.sid is None
        assert ask(portal.url, "/parent", cookie=held).status == 302
        assert "You are signed out" in visitor.get("/sign-out").text

    def test_a_school_takes_its_cookie_back_with_the_same_attributes(self, stranger):
        """Or the browser would keep it."""
        stranger.sign_in("one_child", PASSWORD)
        answer = stranger.send("/sign-out")

        assert {"httponly", "samesite=lax", "path=/", "secure"} <= attributes(answer, "__Host-sid")
        assert stranger.sid is None

    def test_a_link_to_it_signs_nobody_out(self, visitor):
        """It shows the button."""
        visitor.sign_in("one_child", PASSWORD)

        assert "Sign out now" in visitor.get("/sign-out").text
        assert visitor.get("/").headers["location"] == "/parent"


class TestForgery:
    """What a page of another site, or no page at all, might send; the same from our own page works."""

    @pytest.mark.parametrize("path", ["/sign-in", "/activate", "/sign-out", "/sign-in/next"])
    def test_a_form_is_taken_from_our_own_pages_alone(self, visitor, portal, path):
        token = hidden_from(visitor.get("/sign-in"))
        fields = token | {"username": "x", "password": "y", "code": "z"}
        control = visitor.post(path, fields)
        assert control.status in (302, 303, 401)

        assert visitor.post(path, fields, origin="https://evil.example").status == 403
        assert visitor.post(path, fields, origin="null").status == 403
        assert visitor.post(path, fields, Sec_Fetch_Site="cross-site").status == 403
        assert visitor.post(path, fields, Sec_Fetch_Site="same-site").status == 403

    @pytest.mark.parametrize("path", ["/sign-in", "/activate", "/sign-out", "/sign-in/next"])
    @pytest.mark.parametrize("token", [None, "", "x", "2|aaaaaaaa|" + "0" * 32 + "|1770000000"])
    def test_a_form_without_the_token_of_this_browser_is_refused(self, visitor, path, token):
        visitor.get("/sign-in")
        fields = {"username": "one_child", "password": PASSWORD, "code": "x"}

        assert visitor.post(path, fields | ({} if token is None else {"_xsrf": token})).status == 403

    def test_another_browsers_token_is_refused(self, portal, visitor):
        token = hidden_from(portal.visitor().get("/sign-in"))
        visitor.get("/sign-in")

        assert visitor.post("/sign-in", token | {"username": "one_child", "password": PASSWORD}).status == 403

    def test_a_school_also_refuses_a_form_whose_sender_says_nothing(self, stranger):
        """Browsers always say; the demo lets simple clients be silent."""
        fields = hidden(stranger.get("/sign-in")) | {"username": "one_child", "password": PASSWORD}
        held = "; ".join(f"{name}={value}" for name, value in stranger.cookies.items())
        silent = ask(stranger.site.url, "/sign-in", "POST", form=fields, **{**stranger.headers, "Cookie": held})

        assert silent.status == 403
        assert stranger.post("/sign-in", fields).status == 303

    def test_nobody_is_signed_in_by_the_address(self, visitor):
        """GET where POST is meant shows a form and takes nothing."""
        answer = visitor.get(f"/sign-in?username=one_child&password={PASSWORD.replace(' ', '+')}")

        assert (answer.status, visitor.sid) == (200, None)
        assert "one_child" not in answer.text


class TestOddities:
    @pytest.mark.parametrize(
        ("expected", "body"),
        [
            pytest.param(400, b"username=a&username=b&password=c", id="a field twice"),
            pytest.param(400, b"username=a&password=b&password=c", id="another twice"),
            pytest.param(400, b"username=%ff&password=c", id="no text"),
            pytest.param(400, b"username=a%00b&password=c", id="a zero byte"),
            pytest.param(400, b"username=a", id="a field missing"),
            pytest.param(400, b"", id="nothing"),
            pytest.param(401, b"username=" + b"a" * 100_000 + b"&password=c", id="a long name"),
            pytest.param(401, b"username=a&password=" + b"c" * 100_000, id="a long password"),
            pytest.param(401, "username=Ä&password=Ω".encode(), id="other letters"),
            pytest.param(401, b"username=a&password=c&extra=d", id="a field too many"),
        ],
    )
    def test_a_form_is_read_strictly(self, visitor, expected, body):
        token = hidden_from(visitor.get("/sign-in"))["_xsrf"].replace("|", "%7C")
        answer = visitor.post("/sign-in", body + f"&_xsrf={token}".encode())

        assert answer.status == expected
        assert "Traceback" not in answer.text

    def test_a_body_beyond_all_bounds_is_not_read(self, visitor):
        """The connection is closed, whatever is in it."""
        token = hidden_from(visitor.get("/sign-in"))["_xsrf"]
        try:
            answer = visitor.post("/sign-in", {"_xsrf": token, "username": "x" * (3 << 20), "password": "y"})
        except ConnectionError:
            return
        assert answer.status in (400, 413)

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
    def test_other_methods_do_not_exist(self, portal, method):
        answer = ask(portal.url, "/sign-in", method)

        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")

    def test_head_is_get_without_its_body(self, portal):
        answer = ask(portal.url, "/sign-in", "HEAD")

        assert (answer.status, answer.body) == (200, b"")

    @pytest.mark.parametrize("value", ["", "x", "A" * 43, "A" * 5000, "'; DROP TABLE login; --"])
    def test_a_cookie_of_no_login_is_nobodys(self, portal: Site, value: str):
        assert ask(portal.url, "/parent", cookie=value).headers["location"] == "/sign-in?next=%2Fparent"


def test_two_visitors_are_two(portal: Site, visitor: Visitor):
    """The fixture itself: cookies of one do not reach another."""
    visitor.sign_in("one_child", PASSWORD)

    assert portal.visitor().get("/parent").status == 302
