"""/account/alerts and the demo's mailbox: the reader's own choice, and messages that a demo keeps to itself."""

import pytest
from sqlalchemy import select, update

from dashboards.pages import mailbox
from dashboards.portal import put_together
from portal_core.domain.clauses import Clause, Verb
from portal_core.jobs.mailbox import Mailbox
from portal_core.services.returned import hash_of
from portal_core.store.jobs import AlertChoice, MailStop
from portal_core.store.people import Adult
from tests.doors.running import running
from tests.doors.wire import ask, form_token
from tests.fixtures_whole import KEY

PAGE = "/account/alerts"


def send(whole, who, token=None, **fields):
    token, cookie = token or form_token(whole.url)
    return ask(
        whole.url,
        PAGE,
        "POST",
        cookie=whole.cookie(who),
        origin=whole.url,
        form={"_xsrf": token, **fields},
        Cookie=cookie,
    )


def ticked(answer):
    return {
        name
        for name in ("weekly", "absence")
        if f'name="{name}" value="yes" aria-describedby="{name}-hint" checked' in answer.text
    }


def choices(whole, who):
    with whole.store.counting() as session:
        rows = session.scalars(
            select(AlertChoice).where(AlertChoice.adult_id == whole.families.adults[who]).order_by(AlertChoice.id)
        )
        return [(row.weekly, row.absence, row.superseded_at is None) for row in rows]


def test_a_parent_finds_the_default_and_changes_it(fresh_whole):
    """The digest to begin with; each choice follows the one before, and is on record."""
    assert ticked(fresh_whole.get(PAGE, "one_child")) == {"weekly"}
    answer = send(fresh_whole, "one_child", absence="yes")
    assert (answer.status, answer.headers["location"]) == (303, f"{PAGE}?saved=yes")
    saved = fresh_whole.get(answer.headers["location"], "one_child")
    assert "Your choice is saved." in saved.text
    assert ticked(saved) == {"absence"}
    fresh_whole.families.at("11:05")
    send(fresh_whole, "one_child")
    assert ticked(fresh_whole.get(PAGE, "one_child")) == set()
    assert choices(fresh_whole, "one_child") == [(False, True, False), (False, False, True)]
    made = [(actor, detail) for verb, actor, _, detail in fresh_whole.audit() if verb == Verb.CHOSE_ALERTS]
    adult = fresh_whole.families.adults["one_child"]
    assert made == [
        (f"adult:{adult}", f'{{"absence":true,"adult":{adult},"weekly":false}}'),
        (f"adult:{adult}", f'{{"absence":false,"adult":{adult},"weekly":false}}'),
    ]


@pytest.mark.clause(Clause.SEC_3)
def test_nobody_chooses_for_another(whole):
    """A field that names somebody is not read; staff and visitors have no such page."""
    other = whole.families.adults["two_children"]
    assert send(whole, "new", adult=str(other), weekly="", absence="yes").status == 303
    assert choices(whole, "two_children") == []
    assert choices(whole, "new")[-1] == (False, True, True)
    assert whole.get(PAGE, "office").status == 403
    assert whole.get(PAGE).headers["location"] == "/sign-in?next=%2Faccount%2Falerts"


@pytest.mark.clause(Clause.SEC_1)
def test_a_choice_without_the_forms_token_changes_nothing(whole):
    answer = send(whole, "sees_both", token=("wrong", ""), absence="yes")
    assert answer.status == 403
    assert choices(whole, "sees_both") == []


@pytest.mark.clause(Clause.REVOKE_1)
def test_the_page_is_the_same_for_whom_children_are_withheld_from(whole):
    """No tipping off: but for the address nothing tells them apart."""

    def seen(who):
        text = whole.get(PAGE, who).text
        return (
            text.partition("<main")[2]
            .replace(f"{who}@family.example", "")
            .partition('name="_xsrf"')[2]
            .partition(">")[2]
            .partition("</main>")[0]
        )

    assert seen("breach") == seen("investigated") == seen("two_children")


@pytest.mark.parametrize(
    ("put", "words"),
    [
        pytest.param("", "has no e-mail address for you", id="none on record"),
        pytest.param("gone@family.example", "Mail to gone@family.example came back", id="came back"),
    ],
)
def test_who_cannot_be_written_to_is_told_so(whole, put, words):
    with whole.store.counting() as session:
        adult = whole.families.adults["one_child"]
        session.execute(update(Adult).where(Adult.id == adult).values(email=put))
        if put:
            session.add(MailStop(address_hash=hash_of(put), adult_id=adult, begun_at=whole.store.clock()))
    assert words in whole.get(PAGE, "one_child").text


MESSAGE = b"From: School <portal@demo.example>\r\nTo: a@b.example\r\nSubject: <b>Hello</b>\r\n\r\nGo on: ORIGIN/reset?t=T0KEN\r\n<script>\r\n"


def test_a_demo_shows_what_it_would_have_sent(whole):
    """Escaped, the newest first, with links that lead on."""
    box = Mailbox()
    gate = put_together(whole.store, KEY).gate
    with running(gate, {}, mailbox.routes(box)) as server:
        assert "No message yet" in ask(server.url, "/demo/mailbox").text
        box.take(MESSAGE.replace(b"ORIGIN", server.url.encode()))
        said = ask(server.url, "/demo/mailbox").text
    assert f'<a href="/reset?t=T0KEN">{server.url}/reset?t=T0KEN</a>' in said
    assert "&lt;b&gt;Hello&lt;/b&gt;" in said
    assert "<script>" not in said.partition("<main")[2]


@pytest.mark.clause(Clause.SEC_1)
def test_no_other_portal_has_a_mailbox(whole):
    """It is in no portal's own routes; added by mistake, it stays shut unless the server is a demo's."""
    portal = put_together(whole.store, KEY)
    assert not any("mailbox" in str(route[0]) for route in portal.routes)
    assert whole.get("/demo/mailbox").status == 404
    box = Mailbox()
    box.take(MESSAGE)
    with running(portal.gate, {}, mailbox.routes(box), demo=False, proxy=True, origin="https://localhost") as server:
        answer = ask(f"http://localhost:{server.settings.port}", "/demo/mailbox")
    assert answer.status == 404
    assert "T0KEN" not in answer.text
