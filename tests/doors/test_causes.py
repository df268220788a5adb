"""Whatever takes sight of a child away closes the open page and refuses the next: one test for each cause, on the real portal."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from dashboards.security.sockets import NO_LONGER_ALLOWED
from portal_core.domain.clauses import Clause, Role
from portal_core.services import accounts, casework, staff
from portal_core.store.accounts import PolicyVersion
from portal_core.store.casework import Restriction
from portal_core.store.people import Birth, Connection, Enrolment, Staff
from tests.doors.wire import ask, socket, token_of
from tests.families import TODAY


def corrected(whole, table, condition, **values):
    """A fact's next version, as an import or a correction writes it: the one before superseded at this moment."""
    at = whole.store.clock()
    with whole.store.counting() as session:
        rows = session.query(table).filter(condition, table.superseded_at.is_(None)).all()
        for row in rows:
            kept = {
                c.key: getattr(row, c.key) for c in table.__mapper__.column_attrs if c.key not in ("id", "recorded_at")
            }
            row.superseded_at = at
            session.flush()
            if values:
                session.add(table(**(kept | values | {"superseded_at": None}), recorded_at=at))
        session.flush()


def restricted(whole, clause, pupils):
    casework.restrict(
        whole.store, by=whole.principal("lead"), at=whole.store.moment(), adult=whole.families.adults["two_children"],
        clause=clause, pupils=pupils, evidence="file 9", review_on=TODAY + timedelta(30),
    )  # fmt: skip


def investigated(whole, name):
    casework.open_investigation(
        whole.store, by=whole.principal("lead"), at=whole.store.moment(), pupils=[whole.families.pupils[name]], reference="SG 1"
    )  # fmt: skip


def published(whole):
    with whole.store.counting() as session:
        session.add(PolicyVersion(number=2, text="Be kinder.", published_at=whole.store.clock(), must_accept=True))


CAUSES = {
    "questioned": lambda w: restricted(w, Clause.REVOKE_1, [w.families.pupils["Amelia"]]),
    "court ruling": lambda w: restricted(w, Clause.REVOKE_2, [w.families.pupils["Amelia"]]),
    "breach": lambda w: restricted(w, Clause.REVOKE_3, None),
    "investigation": lambda w: investigated(w, "Amelia"),
    "verification withdrawn": lambda w: corrected(
        w, Connection, Connection.pupil_id == w.families.pupils["Amelia"], verified_at=None, verified_by_id=None
    ),
    "responsibility withdrawn": lambda w: corrected(
        w, Connection, Connection.pupil_id == w.families.pupils["Amelia"], responsibility="no", verified_at=None, verified_by_id=None
    ),
    "court flag": lambda w: corrected(w, Connection, Connection.pupil_id == w.families.pupils["Amelia"], court_flag=True),
    "connection ended": lambda w: corrected(
        w, Connection, Connection.pupil_id == w.families.pupils["Amelia"], ended_on=TODAY - timedelta(1)
    ),
    "connection gone": lambda w: corrected(w, Connection, Connection.pupil_id == w.families.pupils["Amelia"]),
    "left": lambda w: corrected(w, Enrolment, Enrolment.pupil_id == w.families.pupils["Amelia"], ended_on=TODAY - timedelta(1)),
    "birthday corrected": lambda w: corrected(w, Birth, Birth.pupil_id == w.families.pupils["Amelia"], born_on=TODAY.replace(year=2008)),
    "account closed": lambda w: accounts.close_account(
        w.store, by=w.principal("office"), at=w.store.moment(), account=w.families.accounts["two_children"]
    ),
    "code renewed": lambda w: accounts.renew_code(
        w.store, by=w.principal("office"), at=w.store.moment(), account=w.families.accounts["two_children"]
    ),
    "new policy": published,
    "idle": lambda w: setattr(w.families, "now", w.families.now + timedelta(minutes=21)),
    "longest login": lambda w: setattr(w.families, "now", w.families.now + timedelta(hours=13)),
}  # fmt: skip


@pytest.mark.clause(
    Clause.USER_1, Clause.PASS_1, Clause.SEC_4, Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4
)
@pytest.mark.parametrize("cause", CAUSES)
def test_the_open_page_closes_and_the_next_is_refused(fresh_whole, cause):
    """The socket within the watcher's round, the plain page at once; before it, both stood open."""
    whole, child = fresh_whole, fresh_whole.families.pupils["Amelia"]
    cookie = whole.cookie("two_children")
    with socket(whole.url, "/parent", token_of(whole.url, "/parent", cookie, child), cookie=cookie) as page:
        assert page.pull().models
        assert ask(whole.url, f"/parent/{child}", cookie=cookie).status == 200
        CAUSES[cause](whole)
        assert ask(whole.url, f"/parent/{child}", cookie=cookie).status in (302, 403)
        assert page.closed() == NO_LONGER_ALLOWED


@pytest.mark.clause(Clause.REVOKE_2)
def test_the_child_that_is_not_concerned_stays(fresh_whole):
    """An order on one child leaves the other's open page open."""
    whole = fresh_whole
    with whole.page("/parent", "two_children", child="Noah") as page:
        restricted(whole, Clause.REVOKE_2, [whole.families.pupils["Amelia"]])
        assert page.pull().models
        assert whole.get(f"/parent/{whole.families.pupils['Amelia']}", "two_children").status == 403
        assert whole.get(f"/parent/{whole.families.pupils['Noah']}", "two_children").status == 200
        assert page.pull().models


@pytest.mark.clause(Clause.REVOKE_4)
def test_an_adult_connected_later_is_refused_while_it_is_open(fresh_whole):
    whole, child = fresh_whole, fresh_whole.families.pupils["Zayn"]
    investigated(whole, "Zayn")
    with whole.store.counting() as session:
        session.add(
            Connection(
                adult_id=whole.families.adults["two_children"], pupil_id=child, relationship="carer", responsibility="yes",
                verified_at=whole.store.clock(), verified_by_id=whole.families.staff["office"],
                begun_on=TODAY, recorded_at=whole.store.clock(),
            )
        )  # fmt: skip
    assert whole.get(f"/parent/{child}", "two_children").status == 403
    assert whole.get(f"/parent/{whole.families.pupils['Amelia']}", "two_children").status == 200


def test_time_alone_closes_a_page(fresh_whole):
    """A restriction that was made yesterday for this noon: nothing is committed when it begins."""
    whole, child = fresh_whole, fresh_whole.families.pupils["Zayn"]
    restricted_from = whole.store.clock() + timedelta(minutes=10)
    with whole.store.counting() as session:
        session.add(
            Restriction(
                adult_id=whole.families.adults["one_child"], clause=Clause.REVOKE_1, whole_account=True, begins_at=restricted_from,
                review_on=TODAY, evidence="file 3", made_by_id=whole.families.staff["lead"], recorded_at=whole.store.clock(),
            )
        )  # fmt: skip
    with whole.page("/parent", "one_child", child="Zayn") as page:
        assert page.pull().models
        whole.families.now = restricted_from
        assert page.closed() == NO_LONGER_ALLOWED
        assert whole.get(f"/parent/{child}", "one_child").status == 403


def test_a_birthday_closes_a_page_at_midnight(fresh_whole):
    whole = fresh_whole
    with whole.store.counting() as session:
        session.execute(
            update(Birth)
            .where(Birth.pupil_id == whole.families.pupils["Zayn"])
            .values(born_on=(TODAY + timedelta(1)).replace(year=2008))
        )
    whole.families.at("23:59")
    with whole.page("/parent", "one_child", child="Zayn") as page:
        assert page.pull().models
        whole.families.at("00:00", TODAY + timedelta(1))
        assert page.closed() == NO_LONGER_ALLOWED


@pytest.mark.parametrize("taken", ["role", "account", "post"])
def test_a_role_an_account_or_the_post_taken_away_closes_the_staffs_page(fresh_whole, taken):
    whole = fresh_whole
    by, at = whole.principal("administrator"), whole.store.moment()
    with whole.page("/staff", "office") as page, whole.page("/staff", "lead") as other:
        assert page.pull().models
        if taken == "role":
            staff.remove_role(whole.store, by=by, at=at, staff=whole.families.staff["office"], role=Role.OFFICE)
        elif taken == "post":
            with whole.store.counting() as session:
                session.get_one(Staff, whole.families.staff["office"]).left_on = TODAY - timedelta(1)
        else:
            staff.close_staff_account(whole.store, by=by, at=at, account=whole.families.accounts["office"])
        assert page.closed() == NO_LONGER_ALLOWED
        assert other.pull().models
