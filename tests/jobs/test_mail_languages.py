"""A message is written in the language of whoever gets it: their own choice, else the school's."""

import pytest

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import ENGLISH, speaking
from portal_core.domain.mail import MailKind
from portal_core.domain.people import Machine
from portal_core.domain.school import SchoolSettings
from portal_core.errors import BadInput
from portal_core.locale import language
from portal_core.services.mail_words import SUBJECTS, Absence, Week, words_for
from portal_core.services.own_language import choose_language
from portal_core.services.school import set_setting

SCHOOL = Machine("test", frozenset({Duty.SET_SCHOOL}))


def test_each_reader_is_written_to_in_their_own_language(mailing):
    """Of two messages sent in one go by one worker; and what waits asks for the choice again."""
    choose_language(mailing.store, by=mailing.principal("one_child"), at=mailing.store.moment(), code="pl")
    for who in ("one_child", "two_children", "one_child"):
        mailing.post(who, MailKind.DIGEST)
    mailing.worker.once()
    told = [
        (sent["Subject"], sent.get_body(("plain",)).get_content().partition(",")[0]) for sent in mailing.office.messages
    ]
    polish = ("Tydzień w portalu dla rodziców", "Dzień dobry")
    assert told == [polish, ("Your weekly look at the parent portal", "Hello"), polish]
    assert '<html lang="pl">' in mailing.office.messages[0].get_body(("html",)).get_content()


def test_the_schools_language_is_for_whoever_chose_none(mailing):
    with pytest.raises(BadInput):
        set_setting(mailing.store, by=SCHOOL, at=mailing.store.moment(), key="language", value="../pl")
    set_setting(mailing.store, by=SCHOOL, at=mailing.store.moment(), key="language", value="pl")
    mailing.post("two_children", MailKind.DIGEST)
    mailing.worker.once()
    assert [sent["Subject"] for sent in mailing.office.messages] == ["Tydzień w portalu dla rodziców"]


@pytest.mark.parametrize("kind", MailKind)
def test_no_english_is_left_in_a_message(kind, mailing):
    """Each kind, with and without names."""
    school = SchoolSettings("Szkoła", email="a@b.example", telephone="1")
    absence = Absence("Zayn", mailing.families.now.date(), 0)
    for given in (
        {"what": Verb.CHANGED_PASSWORD},
        {
            "what": Verb.DROPPED_FACTOR,
            "weeks": (Week("Zayn", 1, 2, 3, 4),),
            "absence": absence,
            "link": "/x",
            "code": "1",
        },
    ):
        with speaking(ENGLISH):
            english = words_for(kind, school, **given)
        with speaking(language("pl")):
            polish = words_for(kind, school, **given)
        assert english.subject == SUBJECTS[kind]
        assert not {*english.paragraphs, *english.last, english.subject, english.hello} & {
            *polish.paragraphs, *polish.last, polish.subject, polish.hello,
        }  # fmt: skip
