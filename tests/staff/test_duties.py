"""Who may do what: each screen of staff fired by each role.

A screen asks no question of duty before it acts: the service does, whoever came by the screen and however.
"""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import param
import pytest

from dashboards.staff.accounts import LOOKED, ChecksList, Verification
from dashboards.staff.acting import Acting
from dashboards.staff.colleagues import Account
from dashboards.staff.desk import SeeTo
from dashboards.staff.investigations import Close, Suspend
from dashboards.staff.lifting import Lift
from dashboards.staff.withholding import Restrict
from portal_core.domain.clauses import Clause, Role
from portal_core.services import accounts, caseload, casework, parties, staff_list
from portal_core.services.accounts import Evidence, IdentitySeen
from portal_core.services.families import around_adult, around_pupil
from portal_core.store.casework import Outcome
from portal_core.store.school import Task, TaskKind
from tests.families import TODAY

EVERYBODY = ("office", "lead", "data_manager", "analyst", "administrator", "two_children")
REFUSED = "You are not able to do this. If your work needs it, please ask an administrator."


@pytest.fixture
def scene(desks):
    """What the screens are about, as somebody with the duty read it."""
    ids = desks.families
    made = desks.does(
        casework.restrict, "lead", adult=ids.adults["left"], clause=Clause.REVOKE_2, pupils=[ids.pupils["Daniel"]], evidence="order 5",
        review_on=TODAY + timedelta(9),
    )  # fmt: skip
    desks.does(accounts.close_account, "office", account=ids.accounts["unverified"])
    with desks.store.counting() as session:
        session.add(Task(kind=TaskKind.OLD_DATA, subject="day:2026-03-12", opened_at=desks.store.clock()))
        session.flush()
        session.add(
            Task(kind=TaskKind.MISSING_PUPIL, subject=f"pupil:{ids.pupils['Zayn']}", opened_at=desks.store.clock())
        )
        session.flush()
        session.add(
            Task(
                kind=TaskKind.UNCLEAR_MATCH,
                subject=f"pupil:{ids.pupils['Noah']} under the id P99",
                opened_at=desks.store.clock(),
            )
        )
    return SimpleNamespace(
        desks=desks, adult=desks.does(around_adult, "office", adult=ids.adults["one_child"]),
        unverified=desks.does(around_adult, "office", adult=ids.adults["unverified"]),
        pupil=desks.does(around_pupil, "lead", pupil=ids.pupils["Zayn"]),
        siblings=desks.does(parties.siblings, "lead", pupil=ids.pupils["Zayn"]),
        case=desks.does(caseload.open_cases, "deputy_lead")[0], restriction=made,
        colleagues={who: desks.does(staff_list.colleague, "administrator", staff=ids.staff[who]) for who in ("french", "office")}, task=1, missing=2, twice=3, ids=ids,
    )  # fmt: skip


def account(scene, reader):
    return ChecksList(reader, scene.adult)


async def issue(scene, reader):
    model = ChecksList(reader, scene.unverified)
    model.param.update(
        identity=IdentitySeen.KNOWN, evidence=Evidence.AGREEMENT, reference="file 3", looked=[LOOKED], pupils=[scene.ids.pupils["Priya"]]
    )  # fmt: skip
    await model.issue()
    return model


async def verify(scene, reader):
    model = Verification(reader, scene.unverified)
    model.param.update(evidence=Evidence.AGREEMENT, reference="file 3", pupils=[scene.ids.pupils["Priya"]])
    await model.verify()
    return model


async def renew(scene, reader):
    model = account(scene, reader)
    await model.new_code()
    return model


async def close(scene, reader):
    model = account(scene, reader)
    await model.close()
    return model


def _restrict(scene, reader):
    model = Restrict(reader, scene.adult)
    model.param.update(clause=Clause.REVOKE_1, pupils=[scene.ids.pupils["Zayn"]], evidence="letter")
    return model


async def preview(scene, reader):
    model = _restrict(scene, reader)
    await model.look()
    return model


async def restrict(scene, reader):
    model = _restrict(scene, reader)
    model.show(seen=())  # as if the preview had been shown
    await model.confirm()
    return model


async def suspend(scene, reader):
    model = Suspend(reader, scene.pupil, scene.siblings)
    model.reference = "SG 12"
    model.show(seen=())
    await model.confirm()
    return model


async def end(scene, reader):
    model = Close(reader, scene.case)
    for finding in model.findings:
        finding.outcome = Outcome.REINSTATED
    model.show(seen=())
    await model.close()
    return model


async def foresee(scene, reader):
    model = Close(reader, scene.case)
    for finding in model.findings:
        finding.outcome = Outcome.REINSTATED
    await model.look()
    return model


async def lift(scene, reader):
    model = Lift(reader, restriction=scene.restriction)
    model.rests_on = "decision 4"
    await model.lift()
    return model


async def decide(scene, reader):
    model = Lift(reader, restriction=scene.restriction, pupil=scene.ids.pupils["Daniel"])
    await model.spares()
    return model


def about_a_colleague(action):
    async def fired(scene, reader):
        model = Account(reader, scene.colleagues["french" if action == "invite" else "office"])
        model.role = Role.ANALYST
        await getattr(model, action)()
        return model

    return fired


async def has_left(scene, reader):
    model = SeeTo(reader, scene.missing)
    model.last_day = "11/3/2026"
    await model.has_left()
    return model


async def take_new_id(scene, reader):
    model = SeeTo(reader, scene.twice)
    await model.took_new_id()
    return model


async def see_to(scene, reader):
    model = SeeTo(reader, scene.task)
    await model.see_to()
    return model


ACTIONS = {
    "issue an account": (issue, "office"), "verify a further child": (verify, "office"), "renew a code": (renew, "office"),
    "close an account": (close, "office"), "preview": (preview, "lead"), "restrict": (restrict, "lead"), "suspend": (suspend, "lead"),
    "close an investigation": (end, "deputy_lead"), "foresee a closing": (foresee, "deputy_lead"), "lift": (lift, "lead"), "decide on a child": (decide, "lead"),
    "invite": (about_a_colleague("invite"), "administrator"), "add a role": (about_a_colleague("add"), "administrator"),
    "recover a factor": (about_a_colleague("recover"), "administrator"),
    "close a colleague's account": (about_a_colleague("close"), "administrator"),
    "end a spell on roll": (has_left, "data_manager"), "take a new id": (take_new_id, "data_manager"),
}  # fmt: skip


@pytest.mark.clause(Clause.SEC_1)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_screen_in_the_wrong_hands_does_nothing(scene, action):
    """Every other role's, and a parent's; whoever has the duty is the control."""
    fire, holder = ACTIONS[action]
    before = scene.desks.rows("audit_entry")
    for who in set(EVERYBODY) - {holder.removeprefix("deputy_")}:
        model = asyncio.run(fire(scene, scene.desks.reader(who)))
        assert (model.said, model.failed) == (REFUSED, True), who
        assert scene.desks.rows("audit_entry") == before, who
        assert scene.desks.said()[-1][1] == "was refused"
    scene.desks.at()
    model = asyncio.run(fire(scene, scene.desks.reader(holder)))
    assert not model.failed, model.said
    assert scene.desks.rows() != before


@pytest.mark.parametrize("who", [who for who in EVERYBODY if who != "data_manager"])
def test_a_task_waits_for_nobody_else(scene, who):
    """Its number may be guessed: the answer is as for one that is not there."""
    model = asyncio.run(see_to(scene, scene.desks.reader(who)))
    assert model.failed
    assert "does not wait for you" in model.said or model.said == REFUSED
    control = asyncio.run(see_to(scene, scene.desks.reader("data_manager")))
    assert control.done


def kinds_of(kind):
    """Every class made of it."""
    return {one for below in kind.__subclasses__() for one in (below, *kinds_of(below))}


def test_no_screen_takes_over_what_all_screens_share():
    """The button that reads a page anew must never be one that makes a code."""
    shared = {name for name in vars(Acting) if not name.startswith("_")}
    kinds = kinds_of(Acting)
    assert len(kinds) > 8
    taken = {
        (kind.__name__, name)
        for kind in kinds
        for name in shared & vars(kind).keys()
        if not isinstance(vars(Acting)[name], param.Parameter)
    }
    assert taken == set()
