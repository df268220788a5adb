"""The doors as they concern staff: what a page of theirs rests on, and that it goes with a role that is taken away."""

import pytest

from dashboards.security.sockets import NO_LONGER_ALLOWED
from portal_core.domain.clauses import Clause, Role
from portal_core.services.staff import remove_role
from portal_core.store.people import StaffRole
from tests.doors.wire import READY, join, until
from tests.families import LONG_AGO


@pytest.fixture
def lead_and_office(fresh_whole):
    """A lead who helps in the office too."""
    with fresh_whole.store.counting() as session:
        session.add(StaffRole(staff_id=fresh_whole.families.staff["lead"], role=Role.OFFICE, recorded_at=LONG_AGO))
    return fresh_whole


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("lost", [Role.SAFEGUARDING_LEAD, Role.OFFICE])
def test_a_page_closes_with_any_role_that_it_was_made_for(lead_and_office, lost):
    """Another role still lets its holder in, to a new page, which holds no more than that role's."""
    whole, about = lead_and_office, f"pupil:{lead_and_office.families.pupils['Lily']}"
    with whole.page("/staff", "lead", about=about) as page:
        page.patch(READY)
        until(lambda: "Suspend all parties" in page.pull().text, "the lead's part is there")
        remove_role(
            whole.store, by=whole.principal("administrator"), at=whole.store.moment(), staff=whole.families.staff["lead"], role=lost,
        )  # fmt: skip
        assert page.closed() == NO_LONGER_ALLOWED
    with whole.page("/staff", "lead", about=about) as page:
        page.patch(READY)
        until(lambda: "Loading" not in page.pull().text, "the new page is filled")
        assert ("Suspend all parties" in page.pull().text) is (lost is Role.OFFICE)


@pytest.mark.parametrize("who", ["two_children", "court_order", "investigated"])
def test_no_parent_joins_the_part_of_staff(whole, who):
    """Whatever is sent along; a member of staff is the control."""
    about = f"pupil:{whole.families.pupils['Amelia']}"
    assert join(whole.url, "/staff", whole.cookie(who), about=about).status == 403
    assert join(whole.url, "/staff", whole.cookie("office"), about=about).status == 200


@pytest.mark.parametrize(
    "about", ["pupil", "pupil:", "pupil:x", "staff:1", "pupil:1 ", "pupil:-1", "pupil:1234567890", "pupil:1\n", "PUPIL:1", "pupil:١"]
)  # fmt: skip
def test_whom_a_page_is_about_is_a_kind_and_a_number_or_nothing_is_joined(whole, about):
    assert join(whole.url, "/staff", whole.cookie("office"), about=about).status == 400


def test_a_page_about_nobody_on_record_says_so_and_holds_nothing(whole):
    """The number is the browser's, so the services ask for it like for any input."""
    with whole.page("/staff", "lead", about="pupil:999999") as page:
        page.patch(READY)
        until(lambda: "Loading" not in page.pull().text, "the part is filled")
        text = page.pull().text
    assert "could not be read" in text
    assert "Suspend" not in text
