"""The plain pages of staff: who finds whom, what each role reads of a decision, and that no ground shows to the wrong reader."""

import re
from urllib.parse import quote

import pytest

from portal_core.domain.clauses import Clause
from portal_core.services import casework
from portal_core.services.information import log_request
from portal_core.store.accounts import Account
from portal_core.store.information import Basis
from portal_core.store.people import Adult, Enrolment, Pupil, StaffRole
from portal_core.store.school import Task, TaskKind
from tests.doors.wire import READY, ask, form_token, until
from tests.families import LONG_AGO
from tests.fixtures_whole import serving

READERS = ("office", "data_manager", "analyst", "administrator")


def masked(answer):
    """A page without what differs from one sending to the next."""
    return re.sub(r'name="_xsrf" value="[^"]+"', "", answer.text)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param(
            "ashw", ["Amelia Ashworth", "Noah Ashworth", "Mrs Edna Ashworth", "Mrs Ruth Ashworth"], id="a surname begun"
        ),
        pytest.param("lily red", ["Lily Redfern"], id="both names begun"),
        pytest.param("%", [], id="no wild cards"),
        pytest.param("nobody", [], id="nobody"),
        pytest.param("<b>x</b>", [], id="markup"),
    ],
)
def test_people_are_found_by_the_beginning_of_their_names(whole, words, found):
    page = whole.get(
        f"/staff?find={words.replace(' ', '+').replace('%', '%25').replace('<', '%3C').replace('>', '%3E')}", "office"
    ).text
    hits = re.findall(r'<a href="/staff/(?:pupil|adult)/\d+">([^<]+)</a>', page)
    assert sorted(hits) == sorted(found)
    assert "<b>x</b>" not in page


@pytest.fixture(scope="module")
def known(served_whole):
    """The Ashworths, with all by which somebody may be asked for."""
    whole, ids = served_whole, served_whole.families
    ids.at("11:00")
    with whole.store.counting() as session:
        mother, child = session.get(Adult, ids.adults["two_children"]), session.get(Pupil, ids.pupils["Amelia"])
        mother.email, mother.telephone, mother.mis_id = "Ruth.A@post.example", "07700 900001", "C30001"
        child.mis_id = "P10001"
        session.query(Enrolment).filter_by(pupil_id=child.id).update({"form": "8 QZ"})
        username = session.query(Account.username).filter_by(adult_id=mother.id).scalar()
    return whole, username


RUTH, AMELIA = "Mrs Ruth Ashworth", "Amelia Ashworth"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("{username}", RUTH, id="a username"),
        pytest.param("ruth.a@POST.example", RUTH, id="an e-mail address"),
        pytest.param("07700900001", RUTH, id="a telephone number"),
        pytest.param("+44 7700 900001", RUTH, id="the same from abroad"),
        pytest.param("c30001", RUTH, id="an adult's id of the MIS"),
        pytest.param("P10001", AMELIA, id="a pupil's id of the MIS"),
        pytest.param("8 qz", AMELIA, id="a form"),
        pytest.param("900001", RUTH, id="the end of a telephone number"),
    ],
)
def test_people_are_found_by_what_tells_two_of_one_name_apart(known, words, found):
    whole, username = known
    page = whole.get(f"/staff?find={quote(words.format(username=username))}", "office").text
    assert re.findall(r'<a href="/staff/(?:pupil|adult)/\d+">([^<]+)</a>', page) == [found]


@pytest.mark.parametrize("words", ["ruth.a@post", "C3000", "90000", "07700 900002"])
def test_part_of_what_is_asked_for_whole_finds_nobody(known, words):
    assert "Nobody found" in known[0].get(f"/staff?find={quote(words)}", "office").text


def test_an_adults_hit_names_the_children_and_their_page_the_username(known):
    whole, username = known
    assert "Adult, connected with Amelia Ashworth, Noah Ashworth" in whole.get("/staff?find=ruth", "office").text
    assert f"username {username}" in whole.get(f"/staff/adult/{whole.families.adults['two_children']}", "office").text


def test_what_was_looked_for_is_not_pushed_down_by_the_desk(whole):
    """The search's page holds the hits and the way back; the desk is where it was."""
    page = whole.get("/staff?find=ruth", "lead").text
    assert 'href="/staff">Back to what waits for you' in page
    assert "data-app" not in page
    assert "data-app" in whole.get("/staff", "lead").text


@pytest.mark.clause(Clause.REVOKE_4)
def test_an_open_investigation_waits_for_those_who_can_close_it(whole):
    """With the way to it, and counted for nobody else."""
    assert '<a href="#work">1 open investigation</a>' in whole.get("/staff", "lead").text
    for who in READERS:
        assert "investigation" not in whole.get("/staff", who).text


def test_a_desk_on_which_nothing_waits_says_so_once(whole):
    page = whole.get("/staff", "analyst").text
    assert page.count("Nothing waits for you") == 1
    assert "data-app" not in page
    page = whole.get("/staff", "office").text
    assert 'href="/staff/accounts?standing=not+activated+for+two+weeks">1 account not activated' in page
    assert "data-app" not in page  # that is seen to in the list


def test_who_may_see_is_told_all_that_it_rests_on(whole):
    """The account and the acceptance too, by their clauses and since when; whoever is refused, what holds all the same."""
    page = whole.get(f"/staff/adult/{whole.families.adults['one_child']}", "office").text
    since = dict(re.findall(r"<b>For:</b> ([^<]+), since ([^<]+?) *<span", page))
    assert list(since) == [
        "Responsibility recorded, verified and in force",
        "On roll",
        "The account is active",
        "The policy in force has been accepted",
    ]
    assert since["The account is active"] == "2 September 2024, 09:00"
    never = whole.get(f"/staff/adult/{whole.families.adults['grandmother']}", "office").text
    assert "<b>For:</b> On roll" in never


def test_staff_are_sent_to_an_administrator_and_parents_to_the_school(whole):
    """Where a page is not theirs."""
    child = whole.families.pupils["Amelia"]
    of_staff = whole.get(f"/staff/pupil/{child}", "analyst").text
    assert "please ask an administrator" in of_staff
    assert "please ask the school" not in of_staff
    assert "please ask the school" in whole.get(f"/staff/pupil/{child}", "one_child").text


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", ["data_manager", "analyst", "administrator"])
def test_who_has_no_duty_to_find_people_finds_nobody(whole, who):
    """Neither by search nor by address; the office is the control."""
    child = whole.families.pupils["Amelia"]
    assert whole.get("/staff?find=ashworth", who).status == 403
    assert whole.get(f"/staff/pupil/{child}", who).status == 403
    assert 'name="find"' not in whole.get("/staff", who).text
    assert "Amelia Ashworth" in whole.get(f"/staff/pupil/{child}", "office").text


def test_a_family_at_a_glance_says_who_may_see_whom_and_why(whole):
    page = whole.get(f"/staff/pupil/{whole.families.pupils['Amelia']}", "office").text
    assert "Mrs Ruth Ashworth" in page
    assert "May see" in page
    assert "Responsibility recorded, verified and in force" in page
    assert "USER-1" in page
    assert "Parental responsibility is not on record" in page  # the grandmother


def test_nobody_of_that_number_is_a_page_that_does_not_exist(whole):
    assert whole.get("/staff/pupil/999999", "office").status == 404
    assert whole.get("/staff/adult/999999", "lead").status == 404


@pytest.mark.clause(Clause.SEC_4)
def test_looking_people_up_is_on_record_before_the_page_is_sent(whole):
    before = len(whole.audit())
    whole.get(f"/staff/pupil/{whole.families.pupils['Amelia']}", "office")
    whole.get("/staff?find=ashworth", "office")
    entries = [(str(verb), pupil) for verb, _, pupil, _ in whole.audit()[before:]]
    assert entries == [("explained access", whole.families.pupils["Amelia"]), ("looked up people", None)]


def withheld(whole, clause):
    """The same child closed to the same adult, on one ground or the other."""
    pupil, adult = whole.families.pupils["Zayn"], whole.families.adults["one_child"]
    by, at = whole.principal("lead"), whole.store.moment()
    if clause is Clause.REVOKE_4:
        casework.open_investigation(whole.store, by=by, at=at, pupils=[pupil], reference="SG 44")
    else:
        casework.restrict(
            whole.store, by=by, at=at, adult=adult, clause=clause, pupils=None if clause is Clause.REVOKE_3 else [pupil],
            evidence="file 44", review_on=at.day,
        )  # fmt: skip


@pytest.mark.clause(Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
def test_whoever_lacks_the_duty_reads_the_same_bytes_for_every_ground(migrated):
    """Every page of staff, and the Panel document behind it, for each role without the duty; the lead reads the difference."""
    read = {}
    for clause in (Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4):
        with serving(migrated("sqlite")) as whole:
            whole.families.at("12:00")
            withheld(whole, clause)
            pupil, adult = whole.families.pupils["Zayn"], whole.families.adults["one_child"]
            asked = log_request(
                whole.store, by=whole.principal("office"), at=whole.store.moment(), pupil=pupil, asker="Mr Imran Malik",
                reach="in person", basis=next(iter(Basis)), came_on=whole.store.moment().day,
            )  # fmt: skip
            paths = (
                "/staff", "/staff?find=malik", f"/staff/pupil/{pupil}", f"/staff/adult/{adult}", "/staff/accounts",
                "/staff/tasks", "/staff/go-live?of=left+for+single+checks", "/staff/go-live?of=covered+by+the+attestation", "/staff/intake", "/staff/requests", "/staff/audit", "/staff/leavers",
                f"/staff/adult/{adult}/sees/{pupil}", f"/staff/adult/{adult}?on={whole.store.moment().day}&time=12:00",
                "/staff/information", f"/staff/information/{asked}", "/staff/retention", "/notebooks/", "/notebooks/portal_use",
            )  # fmt: skip
            read[clause] = {(who, path): masked(whole.get(path, who)) for who in READERS for path in paths}
            read[clause] |= {
                (who, about): document(whole, who, about)
                for who in READERS
                for about in ("", f"pupil:{pupil}", f"adult:{adult}")
            }
            for who in ("office", "administrator"):
                with whole.page("/notebooks/portal_use", who) as page:
                    read[clause][who, "use"] = without_ids(page.pull().text)
            lead = masked(whole.get(f"/staff/pupil/{pupil}", "lead"))
            assert clause in lead
    first = read[Clause.REVOKE_1]
    for clause, pages in read.items():
        differing = [key for key, page in pages.items() if page != first[key]]
        assert differing == [], f"{clause} can be told from REVOKE-1"
    assert "Access is withheld by a decision of the school" in first["office", f"/staff/pupil/{pupil}"]


def document(whole, who, about):
    """What the Panel part of a reader's page says once it is filled, without the ids and times of this run."""
    with whole.page("/staff", who, about=about) as page:
        page.patch(READY)
        until(lambda: "Loading" not in page.pull().text, "the part is filled")
        text = page.pull().text
    assert "could not be read" not in text
    return without_ids(text)


def without_ids(text):
    """Ids of models, and of images that are made anew each time."""
    return re.sub(r'"p\d+"|"[0-9a-f]{32}"|[0-9a-f-]{36}|(?<=[a-z])\d{5}"', '"id"', text)


def test_a_second_role_gives_its_own_duties_and_no_more(fresh_whole):
    """Somebody who is analyst and office finds people, and opens notebooks."""
    with fresh_whole.store.counting() as session:
        session.add(StaffRole(staff_id=fresh_whole.families.staff["analyst"], role="office", recorded_at=LONG_AGO))
    assert fresh_whole.get("/staff?find=malik", "analyst").status == 200
    assert fresh_whole.get("/notebooks/attendance", "analyst").status == 200


def test_the_list_of_accounts_has_its_search_order_and_page_in_the_address(known):
    whole, _username = known
    page = whole.get("/staff/accounts?find=ashworth&sort=-name&page=7&standing=active", "office").text
    assert re.findall(r'<a href="/staff/adult/\d+">([^<]+)</a>', page) == ["Mrs Ruth Ashworth", "Mrs Edna Ashworth"]
    assert 'aria-sort="descending"' in page
    assert 'href="/staff/accounts?standing=active&amp;find=ashworth&amp;sort=name' in page
    assert whole.get("/staff/accounts?standing=anything", "office").status == 404
    assert whole.get("/staff/accounts?page=none&find=" + "x" * 5_000, "office").status == 200


def test_tasks_have_pages_of_their_own_and_are_taken_on_there(known):
    whole, _username = known
    with whole.store.counting() as session:
        task = Task(
            kind=TaskKind.EMAIL_CHANGED,
            subject=f"adult:{whole.families.adults['one_child']}",
            opened_at=whole.store.clock(),
        )
        session.add(task)
        session.flush()
        id_ = task.id
    listed = whole.get("/staff/tasks?sort=-since&find=malik", "office").text
    assert f'<a href="/staff/tasks/{id_}">E-mail address changed by its owner</a>' in listed
    assert whole.get("/staff/tasks?kind=anything", "office").status == 404
    page = whole.get(f"/staff/tasks/{id_}", "office")
    assert "Nobody has taken this on yet." in page.text
    assert whole.get(f"/staff/tasks/{id_}", "lead").status == 404  # not theirs
    with whole.page("/staff", "office", about=f"task:{id_}") as joined:
        joined.patch(READY)
        until(lambda: "Seen to" in joined.pull().text, "the task can be ended")


@pytest.mark.parametrize("to", ["1x", "-1", "9" * 30, "²", "123456789x"])
def test_a_colleague_is_a_plain_number(known, to):
    whole, _username = known
    cookie, (token, form) = whole.cookie("office"), form_token(whole.url)
    sent = {"_xsrf": token, "held_by": "", "to": to}
    assert (
        ask(whole.url, "/staff/tasks/1", "POST", cookie=cookie, origin=whole.url, form=sent, Cookie=form).status == 400
    )


def test_those_who_read_grounds_list_restrictions_and_others_do_not(known):
    whole, _username = known
    page = whole.get("/staff/withheld", "lead").text
    assert re.findall(r'<a href="/staff/adult/\d+">([^<]+)</a>', page)
    assert (
        f'<a href="/staff/pupil/{whole.families.pupils["Lily"]}">Lily Redfern</a>' in page
    )  # an investigation that is open
    for who in READERS:
        assert whole.get("/staff/withheld", who).status == 403


@pytest.mark.parametrize(
    ("who", "kind", "subject", "leads_to"),
    [
        pytest.param("office", TaskKind.SIGN_IN_DISOWNED, "adult:{adult}", ["/staff/adult/{adult}"], id="an adult"),
        pytest.param(
            "lead", TaskKind.COURT_FLAG, "adult:{adult} pupil:{pupil}",
            ["/staff/adult/{adult}", "/staff/pupil/{pupil}"], id="an adult and a pupil",
        ),
        pytest.param("data_manager", TaskKind.MISSING_PUPIL, "pupil:{pupil}", [], id="who may not go there"),
        pytest.param("administrator", TaskKind.COLLEAGUE_LEFT, "staff:{staff}", ["/staff/colleagues/{staff}"], id="a colleague"),
        pytest.param("lead", TaskKind.WAY_IN_FOR_LEADS, "staff:{staff}", [], id="whose account others keep"),
        pytest.param("office", TaskKind.ACCESS_REQUEST, "request:71", ["/staff/requests/71"], id="a request for access"),
        pytest.param("office", TaskKind.ENQUIRY, "enquiry:72", ["/staff/enquiries"], id="an enquiry"),
        pytest.param(
            "lead", TaskKind.INFORMATION, "information:73 pupil:{pupil}",
            ["/staff/information/73", "/staff/pupil/{pupil}"], id="a request for information",
        ),
    ],
)  # fmt: skip
def test_a_task_names_whom_it_is_about_and_leads_to_where_it_is_done(known, who, kind, subject, leads_to):
    """In the list and on its own page, in one step; a name is no link for whoever may not go there."""
    whole, _username = known
    ids = {
        "adult": whole.families.adults["one_child"],
        "pupil": whole.families.pupils["Zayn"],
        "staff": whole.families.staff["analyst"],
    }
    with whole.store.counting() as session:
        task = Task(kind=kind, subject=subject.format(**ids), opened_at=whole.store.clock())
        session.add(task)
        session.flush()
        id_ = task.id
    row = re.search(
        rf'<tr[^>]*>(?:(?!</tr>).)*/staff/tasks/{id_}".*?</tr>',
        whole.get("/staff/tasks?sort=-since", who).text,
        re.DOTALL,
    )
    about = re.search(r"<p>About: (.*)</p>", whole.get(f"/staff/tasks/{id_}", who).text)
    ways = [one.format(**ids) for one in leads_to]
    assert ways == [one for one in re.findall(r'href="([^"]+)"', row[0]) if "/tasks/" not in one]
    assert ways == re.findall(r'href="([^"]+)"', about[1])
    for one in ("Imran Malik",) * ("adult" in subject) + ("Zayn Malik",) * ("pupil" in subject):
        assert one in row[0]
        assert one in about[1]


@pytest.mark.parametrize(
    ("path", "who", "said"),
    [
        pytest.param("/staff/leavers", "office", "Nobody is about to leave.", id="nobody leaves"),
        pytest.param("/staff/retention", "data_manager", "No record is due.", id="nothing to erase"),
        pytest.param("/staff/tasks", "analyst", "No task waits for you.", id="no task"),
        pytest.param("/staff/tasks?whose=mine", "analyst", "Nothing found.", id="none of those chosen"),
        pytest.param("/staff/leavers?find=zzz", "office", "Nothing found for “zzz”.", id="none of that name"),
        pytest.param("/staff/withheld?find=zzz", "lead", "Nothing found for “zzz”.", id="no restriction of that name"),
    ],
)
def test_an_empty_list_says_so_in_one_sentence(known, path, who, said):
    whole, _username = known
    main = re.search(r"<main.*</main>", whole.get(path, who).text, re.DOTALL)[0]
    empty = re.findall(r"Nothing found[^<]*|Nobody is about[^<]*|No (?:record|task|restriction) [^<]*", main)
    assert [said] == [one.removesuffix(" ") for one in empty]
