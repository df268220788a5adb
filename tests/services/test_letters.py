"""The letter with a code: whom it goes to is read from the records, and only by whoever hands codes out."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from portal_core.domain.clauses import Clause, Role
from portal_core.errors import NotPermitted
from portal_core.services.accounts import renew_code
from portal_core.services.letters import letter_with_code
from portal_core.services.staff import invite_staff
from portal_core.store.people import Adult

PORTAL = "https://portal.millbrook.example"


def code_for(school, who):
    """A code of a parent's, or of a colleague's."""
    if who == "colleague":
        return school.does(invite_staff, "administrator", staff=school.families.staff["french"], roles=[Role.ANALYST])
    return school.does(renew_code, "office", account=school.families.accounts["one_child"])


@pytest.mark.clause(Clause.PASS_1)
@pytest.mark.parametrize(
    ("owner", "writer", "name"),
    [
        pytest.param("parent", "office", "Mr Imran Malik", id="a parent's, by the office"),
        pytest.param("colleague", "administrator", "Mme Claire Duval", id="a colleague's, by an administrator"),
    ],
)
def test_a_letter_names_its_reader_and_says_where_to_go(at_work, owner, writer, name):
    with at_work.store.counting() as session:
        session.get(Adult, at_work.families.adults["one_child"]).address = "3 Mill Lane\nMillbrook"
    code = code_for(at_work, owner)
    letter = PdfReader(BytesIO(at_work.does(letter_with_code, writer, issued=code, portal=PORTAL)))
    words = " ".join(letter.pages[0].extract_text().split())
    for part in (name, code.username, code.code, PORTAL, "Millbrook High School", "01632 960 100"):
        assert part in words
    assert ("3 Mill Lane" in words) is (owner == "parent")
    assert code.code not in str(at_work.rows())


@pytest.mark.clause(Clause.PASS_3)
@pytest.mark.parametrize(
    ("owner", "writer"),
    [(owner, who) for owner, may in (("parent", "office"), ("colleague", "administrator"))
     for who in ("office", "lead", "data_manager", "analyst", "administrator", "two_children") if who != may],
)  # fmt: skip
def test_nobody_else_has_a_letter_made(at_work, owner, writer):
    """The name and address in it are for whoever hands the code over."""
    code = code_for(at_work, owner)
    before = at_work.rows("audit_entry")
    with pytest.raises(NotPermitted):
        at_work.does(letter_with_code, writer, issued=code, portal=PORTAL)
    assert at_work.rows("audit_entry") == before
