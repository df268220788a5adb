"""Finding people, and a family at a glance: who is connected with a child, and who may see whom now and why (for staff)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import compress

from sqlalchemy import ColumnElement, func, or_, select, true

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import AccountState, Actor, Facts, Responsibility
from portal_core.domain.school import Moment
from portal_core.policy.access import Finding, conditions_met, may_see, readable
from portal_core.services.searching import adults_meant, pupils_meant
from portal_core.store.accounts import Account, AccountStatus
from portal_core.store.facts import about_adults
from portal_core.store.people import Adult, Connection, Enrolment, Pupil, Staff
from portal_core.store.scope import Store, Work

MOST = 50


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as staff name them."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of a search: a pupil or an adult."""

    kind: str  # "pupil" or "adult"
    id: int
    name: str
    note: str  # a pupil's form; the children whom an adult is connected with
    why: str = ""  # what makes it likely, where nobody asked for them by name


@dataclass(frozen=True, slots=True)
class Tie:
    """One adult and one pupil: what the records say, and the decision as this member of staff may read it.

    `evidence` is what verification rested on; `verified_by` is the member of staff who looked at it. `findings` end with the
    conditions that are met.
    """

    adult_id: int
    adult: str
    pupil_id: int
    pupil: str
    relationship: str
    responsibility: Responsibility
    evidence: str
    verified_at: datetime | None
    verified_by: str
    begun_on: date
    ended_on: date | None
    account: AccountState | None
    account_id: int | None
    allowed: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """A pupil or an adult, what else staff need at a glance, and the ties to those around them."""

    id: int
    name: str
    notes: tuple[str, ...]
    ties: tuple[Tie, ...]


def find(store: Store, *, by: Actor, at: Moment, words: str) -> list[Found]:
    """Pupils and adults as searching.py takes the words; at most MOST of each, by surname."""
    if not words.strip():
        return []
    with store.writing_as(by, at) as work:
        work.require(Duty.FIND_PEOPLE)
        pupils = work.session.execute(
            select(Pupil.id, Pupil.forename, Pupil.surname, func.max(Enrolment.form))
            .outerjoin(Enrolment, (Enrolment.pupil_id == Pupil.id) & on_roll(at))
            .where(pupils_meant(words, at.day))
            .group_by(Pupil.id, Pupil.forename, Pupil.surname)
            .order_by(Pupil.surname, Pupil.forename, Pupil.id)
            .limit(MOST)
        )
        hits = [Found("pupil", id_, f"{fore} {sur}", form or "not on roll") for id_, fore, sur, form in pupils]
        adults = work.session.execute(
            select(Adult.id, Adult.title, Adult.forename, Adult.surname)
            .where(adults_meant(words))
            .order_by(Adult.surname, Adult.forename, Adult.id)
            .limit(MOST)
        ).all()
        children = children_of(work, [id_ for id_, *_ in adults])
        for id_, title, fore, sur in adults:
            hits.append(Found("adult", id_, f"{title} {fore} {sur}".strip(), children[id_]))
        pupil_ids, adult_ids = ([hit.id for hit in hits if hit.kind == kind] for kind in ("pupil", "adult"))
        work.audit(Verb.LOOKED_UP, pupils=pupil_ids, adults=adult_ids)
    return hits


def person(store: Store, *, by: Actor, at: Moment, kind: str, id_: int) -> Found:
    """A pupil or an adult by number, as the search names them. Raises NotFound."""
    with store.writing_as(by, at) as work:
        work.require(Duty.FIND_PEOPLE)
        if kind == "pupil":
            work.audit(Verb.LOOKED_UP, pupil=id_)
            return Found(kind, id_, name_of(work.get(Pupil, id_)), "")
        work.audit(Verb.LOOKED_UP, adult=id_)
        return Found(kind, id_, name_of(work.get(Adult, id_)), children_of(work, [id_])[id_])


def around_pupil(store: Store, *, by: Actor, at: Moment, pupil: int) -> Around:
    """A pupil and every adult connected with them, and who may see whom now. Raises NotFound."""
    return _around(store, by, at, Pupil, pupil, Connection.pupil_id == pupil)


def around_adult(store: Store, *, by: Actor, at: Moment, adult: int) -> Around:
    """An adult and every pupil they are connected with, and which of them they may see now. Raises NotFound."""
    return _around(store, by, at, Adult, adult, Connection.adult_id == adult)


def _around(
    store: Store, by: Actor, at: Moment, kind: type[Pupil] | type[Adult], id_: int, condition: object
) -> Around:
    with store.writing_as(by, at) as work:
        work.require(Duty.FIND_PEOPLE, Duty.EXPLAIN_ACCESS)
        one: Pupil | Adult = work.get(kind, id_)
        rows = work.session.execute(
            select(Connection, Adult, Pupil, Account.id, AccountStatus.state, Staff.title, Staff.surname)
            .join(Adult, Adult.id == Connection.adult_id)
            .join(Pupil, Pupil.id == Connection.pupil_id)
            .outerjoin(Staff, Staff.id == Connection.verified_by_id)
            .outerjoin(Account, Account.adult_id == Adult.id)
            .outerjoin(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
            .where(Connection.superseded_at.is_(None), condition)  # type: ignore[arg-type]  # a condition on Connection
            .order_by(Pupil.surname, Pupil.id, Adult.surname, Adult.id)
        ).all()
        known = about_adults(work.session.connection(), {row[1].id for row in rows}, at.instant)
        ties = []
        for tie, adult, pupil, account, state, title, surname in rows:
            facts = known.facts.get((adult.id, pupil.id), Facts(adult.id, pupil.id))
            decision = may_see(facts, at)
            ties.append(
                Tie(
                    adult.id, name_of(adult), pupil.id, name_of(pupil), tie.relationship, tie.responsibility, tie.evidence,
                    tie.verified_at, f"{title or ''} {surname or ''}".strip(), tie.begun_on, tie.ended_on, state, account, bool(decision),
                    (*readable(decision, work.held), *conditions_met(facts, at)),
                )
            )  # fmt: skip
        if isinstance(one, Pupil):
            spell = work.session.scalar(
                select(Enrolment).where(Enrolment.pupil_id == id_, on_roll(at)).order_by(Enrolment.begun_on.desc())
            )
            notes = [f"Year {spell.year_group}, form {spell.form}" if spell else "not on roll"]
            work.audit(Verb.EXPLAINED, pupil=id_, ties=len(ties))
        else:
            username = work.session.scalar(select(Account.username).where(Account.adult_id == id_))
            known_as = f"username {username}" if username else ""
            notes = [part for part in (known_as, one.email, one.telephone, ", ".join(one.address.splitlines())) if part]
            work.audit(Verb.EXPLAINED, adult=id_, ties=len(ties))
    return Around(id_, name_of(one), tuple(notes), tuple(ties))


def look_alikes(store: Store, *, by: Actor, at: Moment, adult: int) -> list[Found]:
    """Other adults on record who may be the same person: same surname and initial, e-mail address or telephone (PASS-1)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.FIND_PEOPLE)
        one = work.get(Adult, adult)
        alike: dict[str, ColumnElement[bool]] = {
            "same surname and initial": (func.lower(Adult.surname) == one.surname.lower())
            & func.lower(Adult.forename).startswith(one.forename[:1].lower(), autoescape=True)
        }
        if one.email:
            alike["same e-mail address"] = func.lower(Adult.email) == one.email.lower()
        if one.telephone:
            alike["same telephone number"] = Adult.telephone == one.telephone
        found = likely(work, alike, but=adult, most=MOST)
        work.audit(Verb.LOOKED_UP, adult=adult, found=[other.id for other in found])
        return found


def likely(work: Work, alike: Mapping[str, ColumnElement[bool]], *, most: int, but: int | None = None) -> list[Found]:
    """Adults for whom one of these holds, which are given by what to say of it; the first by surname, `but` one."""
    rows = work.session.execute(
        select(Adult, *alike.values())
        .where(Adult.id != but if but is not None else true(), or_(*alike.values()))
        .order_by(Adult.surname, Adult.forename, Adult.id)
        .limit(most)
    ).all()
    children = children_of(work, [adult.id for adult, *_ in rows])
    return [
        Found("adult", adult.id, name_of(adult), children[adult.id], ", ".join(compress(alike, holds)))
        for adult, *holds in rows
    ]


def on_roll(at: Moment) -> ColumnElement[bool]:
    """Spells of pupils who attend the school on that day."""
    return (
        Enrolment.superseded_at.is_(None)
        & (Enrolment.begun_on <= at.day)
        & (Enrolment.ended_on.is_(None) | (Enrolment.ended_on >= at.day))
    )


def children_of(work: Work, adults: Collection[int]) -> dict[int, str]:
    """By adult, the names of the children they are connected with: what tells two adults of one name apart."""
    names: dict[int, list[str]] = {adult: [] for adult in adults}
    for adult, pupil in work.session.execute(
        select(Connection.adult_id, Pupil)
        .join(Pupil, Pupil.id == Connection.pupil_id)
        .where(Connection.adult_id.in_(adults), Connection.superseded_at.is_(None))
        .order_by(Pupil.surname, Pupil.forename, Pupil.id)
    ):
        names[adult].append(name_of(pupil))
    return {adult: ", ".join(children) or "no child" for adult, children in names.items()}


def name_of(one: Adult | Pupil | Staff) -> str:
    """A person's name with the title, if they bear one."""
    return f"{getattr(one, 'title', '')} {one.forename} {one.surname}".strip()


def named(work: Work, kind: type[Adult] | type[Pupil] | type[Staff], ids: Collection[int]) -> dict[int, Person]:
    """People by id."""
    found: Iterable[Adult | Pupil | Staff] = work.session.scalars(select(kind).where(kind.id.in_(ids)))
    return {one.id: Person(one.id, name_of(one)) for one in found}
