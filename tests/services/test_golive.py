"""Going live by one attestation: what it covers, what it leaves, and that it is on record as what it is."""

import pytest
from sqlalchemy import select, text

from portal_core.domain.clauses import GROUNDS, Clause
from portal_core.errors import BadInput, NotPermitted, Stale
from portal_core.services import golive, intake
from portal_core.services.casework import open_investigation, restrict
from portal_core.services.golive import Of, Why, attest
from portal_core.services.listing import Wanted
from portal_core.store.accounts import Account
from portal_core.store.people import Adult, Connection
from tests.services.test_casework import REVIEW
from tests.services.test_intake import joined, whole


def changed(school, table, key, **values):
    with school.store.counting() as session:
        found = session.scalar(select(table).where(key))
        for name, value in values.items():
            setattr(found, name, value)


def left(school):
    found = school.does(golive.unverified, "office", wanted=Wanted(), of=Of.LEFT)
    return {one.adult.id: one.why for one in found.rows}


@pytest.mark.clause(Clause.PASS_1, Clause.USER_1)
def test_it_covers_what_nothing_speaks_against_and_leaves_the_rest_with_the_reason(at_work):
    before = at_work.does(golive.proposal, "office")
    plain, denied, flagged, one, other = joined(at_work, 5, verified=False)
    changed(at_work, Connection, Connection.adult_id == denied, responsibility="no")
    changed(at_work, Connection, Connection.adult_id == flagged, court_flag=True, mis_court_flag=True)
    for adult in (one, other):
        changed(at_work, Adult, Adult.id == adult, email="both@family.example")
    found = at_work.does(golive.proposal, "office")
    assert found.connections == before.connections + 1
    why = left(at_work)
    assert (why[denied], why[flagged], why[one], why[other]) == (
        Why.NOT_RESPONSIBLE, Why.SINGLE, Why.SINGLE, Why.SINGLE,
    )  # fmt: skip
    shown = at_work.does(golive.unverified, "office", wanted=Wanted(), of=Of.COVERED)
    assert (shown.number, plain in {one.adult.id for one in shown.rows}) == (found.connections, True)
    assert not {denied, flagged, one, other} & {one.adult.id for one in shown.rows}
    at_work.does(attest, "office", number=found.connections, reference="admission files, shelf 3")
    with at_work.engine.connect() as connection:
        held = connection.execute(
            select(Connection.adult_id, Connection.evidence, Connection.verified_by_id).where(
                Connection.verified_at.is_not(None),
                Connection.superseded_at.is_(None),
                Connection.adult_id.in_([plain, denied, flagged, one, other]),
            )
        ).all()
    assert held == [(plain, "attested at go-live: admission files, shelf 3", at_work.families.staff["office"])]
    said = [verb for _, verb in at_work.said()]
    assert said.count("attested responsibility for many") == 1
    assert said.count("verified responsibility") == found.connections


def withheld(school, adult, clause):
    """That adult kept from their child on a ground."""
    with school.engine.connect() as connection:
        pupil = connection.scalar(select(Connection.pupil_id).where(Connection.adult_id == adult))
    if clause is Clause.REVOKE_4:
        school.does(open_investigation, "lead", pupils=[pupil], reference="file 7")
        return
    pupils = None if clause is Clause.REVOKE_3 else [pupil]
    school.does(restrict, "lead", adult=adult, clause=clause, pupils=pupils, evidence="file 7", review_on=REVIEW)


@pytest.mark.clause(Clause.PASS_1, Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
@pytest.mark.parametrize("clause", GROUNDS)
def test_one_clerk_passes_nobody_by_the_second_person(at_work, clause):
    """Neither by going live nor by an intake, on any ground, also when it comes up while the run is at work."""
    early, late, plain = joined(at_work, 3, verified=False)
    withheld(at_work, early, clause)
    assert (left(at_work)[early], plain in left(at_work)) == (Why.SINGLE, False)
    at_work.does(attest, "office", number=at_work.does(golive.proposal, "office").connections, reference="files")
    with at_work.engine.connect() as connection:
        verified = select(Connection.adult_id).where(
            Connection.verified_at.is_not(None), Connection.adult_id.in_([early, plain])
        )
        assert connection.scalars(verified.where(Connection.superseded_at.is_(None))).all() == [plain]
    changed(at_work, Connection, Connection.adult_id == early, verified_at=at_work.families.now, verified_by_id=1)
    run = at_work.does(intake.begin, "office", year_group=7)
    withheld(at_work, late, clause)
    whole(at_work, run)
    with at_work.engine.connect() as connection:
        issued = select(Account.adult_id).where(Account.adult_id.in_([early, late, plain]))
        assert connection.scalars(issued).all() == [plain]
    assert at_work.does(intake.one_run, "office", intake=run).is_issuing is False


def test_it_is_of_what_the_clerk_was_shown_and_never_twice(at_work):
    joined(at_work, 3, verified=False)
    number = at_work.does(golive.proposal, "office").connections
    joined(at_work, 1, year=8, verified=False)
    before = at_work.rows()
    with pytest.raises(Stale, match="when you looked"):
        at_work.does(attest, "office", number=number, reference="files")
    assert at_work.rows() == before
    at_work.does(attest, "office", number=number + 1, reference="files")
    with pytest.raises(Stale):
        at_work.does(attest, "office", number=number + 1, reference="files")


@pytest.mark.parametrize("reference", ["", "   ", "x" * 151])
def test_it_says_where_the_evidence_is_filed(at_work, reference):
    joined(at_work, 1, verified=False)
    with pytest.raises(BadInput, match="where the evidence is filed"):
        at_work.does(attest, "office", number=1, reference=reference)


@pytest.mark.parametrize("who", ["lead", "data_manager", "analyst", "administrator", "two_children"])
def test_nobody_else_attests(at_work, who):
    for verb, given in ((attest, {"number": 1, "reference": "x"}), (golive.proposal, {})):
        with pytest.raises(NotPermitted):
            at_work.does(verb, who, **given)


def test_the_words_for_a_court_flag_are_those_of_any_other_single_check(at_work):
    """Nobody learns there what only the lead may know."""
    assert not any(word in why.lower() for why in Why for word in ("court", "order", "restrict", "investigat"))
    flagged, one, other = joined(at_work, 3, verified=False)
    changed(at_work, Connection, Connection.adult_id == flagged, court_flag=True, mis_court_flag=True)
    for adult in (one, other):
        changed(at_work, Adult, Adult.id == adult, email="both@family.example")
    assert len({left(at_work)[adult] for adult in (flagged, one, other)}) == 1  # a class of its own would tell


def test_it_is_one_transaction(at_work):
    """Broken off before its audit entries are written, it has verified nobody."""
    joined(at_work, 2, verified=False)
    number = at_work.does(golive.proposal, "office").connections
    with at_work.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME TO audit_away"))
    with pytest.raises(Exception, match="audit_entry"):
        at_work.does(attest, "office", number=number, reference="files")
    with at_work.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_away RENAME TO audit_entry"))
    assert at_work.does(golive.proposal, "office").connections == number
