"""The pages of one's own account over the whole portal: whose they are, what they tell, and what they never tell."""

import csv
import re
from io import BytesIO, StringIO

import pypdf
import pytest

from portal_core.domain.clauses import Clause, Verb
from portal_core.letters.record import CONFIDENTIAL
from portal_core.store import casework
from portal_core.store.accounts import Account
from tests.doors.wire import ask
from tests.families import LONG_AGO, PASSWORD, sign_in_as

PAGES = ["/account", *(f"/account/{name}" for name in (
    "policy", "opened", "password", "second-step", "email", "sign-ins", "not-me", "download",
))]  # fmt: skip
PARENTS_ALONE = {"/account/opened", "/account/second-step", "/account/email", "/account/download"}


def form_of(whole, path, cookie):
    """The token of a page's form, and the cookie that goes with it."""
    page = ask(whole.url, path, cookie=cookie)
    [kept] = [line.partition(";")[0] for line in page.cookies if "xsrf=" in line]
    return re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1], kept


def send(whole, path, cookie, **fields):
    """A form of that page, filled in and sent."""
    token, kept = form_of(whole, path, cookie)
    return ask(whole.url, path, "POST", cookie=cookie, origin=whole.url, form={"_xsrf": token, **fields}, Cookie=kept)


def masked(answer):
    """What is left without tokens and times."""
    text = re.sub(r'name="_xsrf" value="[^"]+"', "", answer.text)
    return answer.status, re.sub(r"\d\d:\d\d", "", text)


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_ones_own_account_is_for_whoever_is_signed_in(whole, path):
    """Staff have the parts that make sense for them and are led back from the others; nobody else has any."""
    assert whole.get(path, "two_children").status == 200
    assert whole.get(path, "office").status == (302 if path in PARENTS_ALONE else 200)
    assert whole.get(path).headers["location"].startswith("/sign-in?next=")
    assert whole.get(path, "unaccepted").headers["location"] == "/sign-in/next"


GROUNDS = {
    "court order": lambda whole: restrict(whole, Clause.REVOKE_2, "Zayn"),
    "breach": lambda whole: restrict(whole, Clause.REVOKE_3),
    "responsibility questioned": lambda whole: restrict(whole, Clause.REVOKE_1, "Zayn"),
    "investigation": lambda whole: investigate(whole, "Zayn"),
}


def restrict(whole, clause, *pupils):
    with whole.store.counting() as session:
        one = casework.Restriction(
            adult_id=whole.families.adults["one_child"], clause=clause, whole_account=not pupils, begins_at=LONG_AGO,
            review_on=whole.families.now.date(), evidence="file 1", made_by_id=whole.families.staff["lead"], recorded_at=LONG_AGO,
        )  # fmt: skip
        session.add(one)
        session.flush()
        for pupil in pupils:
            session.add(
                casework.RestrictedPupil(
                    restriction_id=one.id, pupil_id=whole.families.pupils[pupil], covered=True, recorded_at=LONG_AGO
                )
            )


def investigate(whole, pupil):
    with whole.store.counting() as session:
        opened = casework.Investigation(
            reference="file 2", opened_at=LONG_AGO, opened_by_id=whole.families.staff["lead"]
        )  # fmt: skip
        session.add(opened)
        session.flush()
        session.add(
            casework.InvestigatedPupil(pupil_id=whole.families.pupils[pupil], investigation_id=opened.id)
        )  # fmt: skip


def lifted(whole):
    """Nothing of the grounds is left, as if there had been none."""
    with whole.store.counting() as session:
        zayn, parent = whole.families.pupils["Zayn"], whole.families.adults["one_child"]
        mine = [one.id for one in session.query(casework.Restriction).filter_by(adult_id=parent)]
        session.query(casework.RestrictedPupil).filter(casework.RestrictedPupil.restriction_id.in_(mine)).delete()
        session.query(casework.Restriction).filter_by(adult_id=parent).delete()
        session.query(casework.InvestigatedPupil).filter_by(pupil_id=zayn).delete()


@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
def test_a_refused_parent_keeps_their_account_and_learns_nothing_from_it(fresh_whole):
    """For one reader every page is the same to the byte, whatever the ground."""
    cookie = fresh_whole.cookie("one_child")
    ask(fresh_whole.url, f"/parent/{fresh_whole.families.pupils['Zayn']}", cookie=cookie)  # opened while it was open
    told = {}
    for ground, begin in GROUNDS.items():
        begin(fresh_whole)
        assert ask(fresh_whole.url, "/parent", cookie=cookie).status == 403
        for path in (*PAGES, "/policy", "/privacy", "/contact"):
            told.setdefault(path, {})[ground] = masked(ask(fresh_whole.url, path, cookie=cookie))
        lifted(fresh_whole)

    assert [path for path, by_ground in told.items() if len(set(by_ground.values())) > 1] == []
    assert {status for by_ground in told.values() for status, _ in by_ground.values()} == {200}
    assert "Zayn" not in "".join(text for by_ground in told.values() for _, text in by_ground.values())


@pytest.mark.clause(Clause.USE_1, Clause.SEC_4)
def test_what_i_opened_is_mine_alone(fresh_whole):
    """The pages that this parent opened; not those of another adult, nor of staff who looked at the same child."""
    number = fresh_whole.families.pupils["Zayn"]
    for who in ("one_child", "one_child"):
        fresh_whole.get(f"/parent/{number}", who)
    fresh_whole.get(f"/staff/pupil/{number}", "office")
    fresh_whole.get(f"/parent/{fresh_whole.families.pupils['Amelia']}", "two_children")
    fresh_whole.get(f"/parent/{number}/attendance", "one_child")
    mine = fresh_whole.get("/account/opened", "one_child").text

    assert mine.count("Overview: Zayn") == 2
    assert mine.count("Attendance: Zayn") == 1
    assert mine.count("<tr>") == 4
    assert "Amelia" not in mine


@pytest.mark.parametrize(
    ("page", "status"), [("2", 200), ("0", 404), ("-1", 404), ("x", 404), ("99999", 404), ("²", 404)]
)
def test_a_part_of_the_list_is_a_plain_number(whole, page, status):
    path = (
        f"/account/opened?page={page}".encode().decode("latin-1") if page.isascii() else "/account/opened?page=%C2%B2"
    )
    assert whole.get(path, "one_child").status == status


@pytest.mark.clause(Clause.SEC_4, Clause.SEC_5)
def test_the_policy_accepted_is_shown_with_its_text_and_date(whole):
    text = whole.get("/account/policy", "one_child").text

    assert "you accepted it on" in text
    assert "Be kind." in text


# --- a file of what I can see ---------------------------------------------------------------------------------------


def taken(whole, who, child, form, **changed):
    cookie = sign_in_as(whole.store, whole.families.accounts[who], **changed)
    number = whole.families.pupils.get(child, child)
    token, kept = form_of(whole, "/account/password", cookie)
    return ask(
        whole.url, "/account/download", "POST", cookie=cookie, origin=whole.url,
        form={"_xsrf": token, "child": number, "form": form}, Cookie=kept,
    )  # fmt: skip


@pytest.mark.clause(Clause.USE_1, Clause.SEC_3, Clause.SEC_4)
def test_a_parent_takes_a_childs_record_as_pdf(whole):
    """Each page says who, when and that it is confidential; it is on record."""
    before = len(whole.audit())
    answer = taken(whole, "two_children", "Amelia", "pdf")
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(BytesIO(answer.body)).pages]

    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == 'attachment; filename="school-record-2026-03-12.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    for page in pages:
        assert CONFIDENTIAL in page
        assert "Taken by Mrs Ruth Ashworth at 11:00 on Thursday 12 March 2026." in page
    assert "Amelia Ashworth" in pages[0]
    exported = [entry for entry in whole.audit()[before:] if entry[0] is Verb.EXPORTED]
    assert [(actor, pupil) for _, actor, pupil, _ in exported] == [
        (f"adult:{whole.families.adults['two_children']}", whole.families.pupils["Amelia"])
    ]


@pytest.mark.clause(Clause.USE_1, Clause.SEC_3)
def test_a_parent_takes_a_childs_record_as_csv(whole):
    """The points and marks of the year, and of no other child; who, when and confidential come first."""
    answer = taken(whole, "two_children", "Amelia", "csv")
    rows = list(csv.reader(StringIO(answer.body.decode("utf-8-sig"))))

    assert rows[0] == [CONFIDENTIAL]
    assert rows[1] == ["Taken by Mrs Ruth Ashworth at 11:00 on Thursday 12 March 2026."]
    assert [
        "Achievement points",
        "2026-03-11",
        "Super effort",
        "French",
        "2 points",
        "Trying hard and keeping at it.",
    ] in rows
    assert "Noah" not in answer.text


@pytest.mark.clause(Clause.USER_1, Clause.SEC_3)
@pytest.mark.parametrize(
    ("who", "child"),
    [("two_children", "Zayn"), ("two_children", 999_999_999), ("court_order", "Jude"), ("restricted_for_one", "Toby"), ("left", "Daniel")],
)  # fmt: skip
def test_no_file_is_made_of_a_child_whom_the_page_would_not_show(whole, who, child):
    """The refused page, the same for another's child and for none, and it is on record."""
    before = len(whole.audit())
    answer = taken(whole, who, child, "csv")

    assert answer.status == 403
    assert "There is nothing to show you here" in answer.text
    assert answer.text == re.sub(
        r'name="_xsrf" value="[^"]+"', lambda _: re.search(r'name="_xsrf" value="[^"]+"', answer.text)[0],
        taken(whole, who, 999_999_998, "csv").text,
    )  # fmt: skip
    verbs = {entry[0] for entry in whole.audit()[before:]}
    assert Verb.WAS_REFUSED in verbs
    assert Verb.EXPORTED not in verbs


@pytest.mark.clause(Clause.USE_2)
def test_nothing_is_downloaded_to_a_shared_device(whole):
    answer = taken(whole, "two_children", "Amelia", "csv", shared=True)

    assert answer.status == 403
    assert "This is a shared device" in answer.text
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(("child", "form"), [("Amelia", "exe"), ("x", "pdf"), ("", "pdf"), ("1" * 12, "csv")])
def test_a_form_of_the_file_that_is_not_offered_is_refused(whole, child, form):
    assert taken(whole, "two_children", child, form).status == 400


def test_a_restriction_that_comes_while_the_file_is_made_keeps_it_back(fresh_whole, monkeypatch):
    """The decision is asked again when the file is ready: nothing is sent, nothing recorded as taken."""
    from dashboards.account import download

    def meanwhile(record):
        restrict(fresh_whole, Clause.REVOKE_1, "Zayn")
        return b"made"

    monkeypatch.setitem(download.FORMS, "csv", ("text/csv", meanwhile))
    answer = taken(fresh_whole, "one_child", "Zayn", "csv")

    assert (answer.status, b"made" in answer.body) == (403, False)
    assert Verb.EXPORTED not in {entry[0] for entry in fresh_whole.audit()}


# --- sign-ins, and the forms --------------------------------------------------------------------------------------------


@pytest.mark.clause(Clause.SEC_2)
def test_a_sign_in_of_somebody_elses_cannot_be_ended(whole):
    """Not found, as for one that never was; the other goes on."""
    other = whole.cookie("one_child")
    answer = send(whole, "/account/sign-ins", whole.cookie("two_children"), do="one", login=whole.login_of(other))

    assert answer.status == 404
    assert ask(whole.url, "/account", cookie=other).status == 200


@pytest.mark.clause(Clause.SEC_2)
def test_this_was_not_me_closes_every_page_at_once(fresh_whole):
    """Both sign-ins lead to the way in, the password opens nothing, and the office finds a task."""
    mine, theirs = fresh_whole.cookie("one_child"), fresh_whole.cookie("one_child")
    answer = send(fresh_whole, "/account/not-me", mine, sure="yes")

    assert (answer.status, answer.headers["location"]) == (303, "/account-ended")
    for cookie in (mine, theirs):
        assert ask(fresh_whole.url, "/account", cookie=cookie).status == 302
    assert "Every sign-in has ended" in fresh_whole.get("/account-ended").text
    with fresh_whole.store.counting() as session:
        assert session.get_one(Account, fresh_whole.families.accounts["one_child"]).password_hash is None
    assert "1 sign-in that a parent did not know" in fresh_whole.get("/staff", "office").text
    assert "did not know" not in fresh_whole.get("/staff", "lead").text


@pytest.mark.clause(Clause.PASS_2)
def test_a_changed_password_goes_on_under_a_new_cookie(fresh_whole):
    """The old cookie and every other sign-in are worth nothing."""
    mine, other = fresh_whole.cookie("one_child"), fresh_whole.cookie("one_child")
    new = "tin whistle orchard 71"
    answer = send(fresh_whole, "/account/password", mine, password=PASSWORD, new=new, again=new)
    [fresh] = [line.partition(";")[0].removeprefix("sid=") for line in answer.cookies if line.startswith("sid=")]

    assert (answer.status, answer.headers["location"]) == (303, "/account/password?done=yes")
    assert [ask(fresh_whole.url, "/account", cookie=one).status for one in (mine, other, fresh)] == [302, 302, 200]


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        pytest.param(401, {"password": "not this one"}, "not your password as it is now", id="old one wrong"),
        pytest.param(400, {"again": "another one altogether 2"}, "not the same", id="typed differently"),
        pytest.param(400, {"new": "short", "again": "short"}, "at least 12 characters", id="short"),
        pytest.param(400, {"new": "password1234", "again": "password1234"}, "easy to guess", id="common"),
    ],
)
def test_a_password_that_cannot_be_taken_says_why(whole, status, fields, words):
    new = "tin whistle orchard 71"
    answer = send(
        whole, "/account/password", whole.cookie("two_children"),
        **({"password": PASSWORD, "new": new, "again": new} | fields),
    )  # fmt: skip

    assert (answer.status, words in answer.text, new in answer.text) == (status, True, False)
