"""Every door of the whole portal tried by everybody with every verb; what is expected follows from its declared duty.

All of it is made from the running router and the running applications, so that what is added falls under it by itself.
"""

import re
from itertools import product

import pytest
from sqlalchemy import update

from dashboards.security.headers import ALWAYS
from dashboards.security.join import Join, Tokens
from dashboards.security.scripted import Scripted
from dashboards.security.sockets import Socket
from dashboards.server import declared_rules
from portal_core.domain.clauses import Clause, Duty, Role
from portal_core.domain.people import Standing
from portal_core.policy.duties import DUTIES_OF
from portal_core.security.credentials import Vault, new_factor, token_hash
from portal_core.store.accounts import Account, Login, Stage
from portal_core.store.people import StaffRole
from tests.doors.wire import Refused, ask, form_token, join, socket
from tests.families import FAMILIES
from tests.fixtures_whole import KEY

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SIGNED_IN = frozenset({Duty.VISIT, Duty.KEEP_ACCOUNT})
PARENT = SIGNED_IN | {Duty.SEE_OWN_CHILDREN}
HALF_WAY = frozenset({Duty.VISIT, Duty.PROVE})
HOLDS = {
    "nobody": frozenset({Duty.VISIT}),
    "unaccepted": HALF_WAY,
    **{f"lead at {stage}": HALF_WAY for stage in sorted(set(Stage) - {Stage.COMPLETE})},
    **dict.fromkeys(("two_children", "one_child", "restricted_for_one"), PARENT),
    **dict.fromkeys(("unverified", "court_order", "investigated", "left"), PARENT),  # they see no child
    "office": SIGNED_IN | {Duty.WORK} | DUTIES_OF[Role.OFFICE],
    "lead": SIGNED_IN | {Duty.WORK} | DUTIES_OF[Role.SAFEGUARDING_LEAD],
    "data_manager": SIGNED_IN | {Duty.WORK} | DUTIES_OF[Role.DATA_MANAGER],
    "analyst": SIGNED_IN | {Duty.WORK} | DUTIES_OF[Role.ANALYST],
    "administrator": SIGNED_IN | {Duty.WORK} | DUTIES_OF[Role.ADMINISTRATOR],
    "second_administrator": SIGNED_IN,  # the role is taken away below
}
"""Who tries the doors, and the duties that each of them holds."""
SEES = {"two_children": {"Amelia", "Noah"}, "one_child": {"Zayn"}, "restricted_for_one": {"Daisy"}}
NAMES = {word for adults, children in FAMILIES.values() for _, name in adults for word in name.split()[1:]}
NAMES |= {
    name for _, children in FAMILIES.values() for forename, surname, *_ in children for name in (forename, surname)
}
NOBODY = 999_999_999


@pytest.fixture(scope="module")
def portal(served_whole):
    """With one member of staff whose last role has gone, and one whose second factor is ready to be enrolled."""
    with served_whole.store.counting() as session:
        lead = session.get_one(Account, served_whole.families.accounts["lead"])
        lead.factor_secret = Vault(KEY).seal(new_factor())
        mine = StaffRole.staff_id == served_whole.families.staff["second_administrator"]
        session.execute(update(StaffRole).where(mine).values(superseded_at=served_whole.store.clock()))
    return served_whole


def cookie_of(portal, who):
    """A fresh login's, at the step that `who` says."""
    name, _, stage = who.partition(" at ")
    if who == "nobody":
        return None
    cookie = portal.cookie(name)
    if stage:
        with portal.store.counting() as session:
            session.execute(update(Login).where(Login.token_hash == token_hash(cookie)).values(stage=Stage(stage)))
    return cookie


def addresses(pattern, portal):
    """Addresses that a rule's pattern matches: of two children and of a number that nobody has, of a notebook, of a wording, of a file."""
    file = portal.server.server.portal.assets.address("portal.css").removeprefix("/static/")
    fillings = (
        portal.families.pupils["Amelia"],
        portal.families.pupils["Zayn"],
        NOBODY,
        "attendance",
        "portal_use",
        "policy",
        file,
    )
    made = {re.sub(r"\([^)]*\)|\.\*", str(one), pattern.removesuffix("$")).replace("\\", "") for one in fillings}
    found = sorted(path for path in made if re.fullmatch(pattern, path))
    assert found, f"say here how an address of {pattern} is made"
    return found


def doors(portal):
    """Each rule of the running router with its addresses: those that no rule before it takes."""
    taken = set()
    for rule in portal.server.on_loop(lambda: declared_rules(portal.server.server.portal)):
        if rule.pattern not in ("otherwise", "too large"):
            own = [path for path in addresses(rule.pattern, portal) if path not in taken]
            taken.update(own)
            yield from ((rule, path) for path in own)


def sent(portal, rule, path, verb, cookie, token):
    """A request as a page of ours would send it, so that nothing but who asks is wrong with it."""
    if verb in ("GET", "HEAD", "OPTIONS"):
        return ask(portal.url, path, verb, cookie=cookie)
    form = {"child": portal.families.pupils["Amelia"]} if path.endswith("/app") else {"_xsrf": token[0]}
    wants = getattr(rule.handler, "wants", "join")
    return ask(portal.url, path, verb, cookie=cookie, origin=portal.url, form=form, X_Portal=wants, Cookie=token[1])


@pytest.mark.clause(Clause.SEC_1, Clause.SEC_3, Clause.USER_1)
@pytest.mark.parametrize("who", HOLDS)
def test_each_door_opens_to_those_with_its_duty_alone(portal, who):
    """A verb that is not there is 405 for everyone; whoever lacks the duty is led to their next step or refused."""
    portal.families.at("11:00")
    cookie, token, wrong = cookie_of(portal, who), form_token(portal.url), []
    tried = set()
    for (rule, path), verb in product(doors(portal), VERBS):
        if verb not in rule.handler.SUPPORTED_METHODS:
            if (rule.pattern, verb) in tried:
                continue  # what is answered before the address is read is asked of one address of each door
            tried.add((rule.pattern, verb))
        own = cookie_of(portal, who) if verb == "POST" else cookie  # one of these signs out
        answer = sent(portal, rule, path, verb, own, token)
        told = (answer.status, answer.headers.get("location"))
        if not fits(rule, verb, told, who, portal) or faults(rule, verb, answer, who):
            wrong.append((who, verb, path, rule.duty, *told, faults(rule, verb, answer, who)))
    assert wrong == []


def fits(rule, verb, told, who, portal):
    """Whether status and destination are what this caller's duties make them."""
    status, onward = told
    held = HOLDS[who]
    if verb not in rule.handler.SUPPORTED_METHODS:
        return status == 405
    if issubclass(rule.handler, Socket):
        return status == 403  # no token with it; with one, see below
    if issubclass(rule.handler, Join):
        if rule.duty not in held:
            return status == (403 if Duty.KEEP_ACCOUNT in held else 401)
        return status == (200 if rule.duty is not Duty.SEE_OWN_CHILDREN or who == "two_children" else 403)
    if issubclass(rule.handler, Scripted):
        if who == "nobody" or rule.duty not in held:
            return status == (403 if Duty.KEEP_ACCOUNT in held else 401)
        return status in (200, 400)  # done, or a field is missing
    if rule.duty not in held:
        if who == "nobody":
            return status == 302 and onward.startswith("/sign-in")
        if held == HALF_WAY:
            return told == (302, "/sign-in/next")
        return told == (302, "/") if rule.duty is Duty.PROVE else status == 403
    if verb == "POST":
        return status in (303, 400) or (
            r"\d" in rule.pattern and status == 404
        )  # done, a field missing, or nothing there
    if rule.pattern.removesuffix("$") == "/parent":  # on to the first child, or the neutral page
        return status == (302 if who in SEES else 403)
    return status in (200, 302, 403, 404) if r"\d" in rule.pattern else status in (200, 302, 404)


def faults(rule, verb, answer, who):
    """What is wrong with an answer whatever its status: a name that is not the caller's to read, a header that is missing."""
    shown = (
        NAMES & set(re.findall(r"\w+", answer.text))
        if answer.headers.get("content-type", "").startswith("text/html")
        else set()
    )
    found = [name for name in sorted(shown) if Duty.FIND_PEOPLE not in HOLDS[who] and not mine(name, who)]
    found += [name for name, value in ALWAYS.items() if answer.headers.get(name.lower()) != value]
    if not (rule.pattern.startswith("/static/") and answer.status == 200):
        found += [] if answer.headers.get("cache-control") == "no-store" else ["may be kept"]
    return found + (["a body"] if verb == "HEAD" and answer.body else [])


def mine(name, who):
    """A child that this parent sees, or the surname that they share."""
    children = [child for _, listed in FAMILIES.values() for child in listed if child[0] in SEES.get(who, ())]
    return any(name in child[:2] for child in children)


def test_each_door_opens_to_somebody(portal):
    """Else the refusals above would prove nothing."""
    portal.families.at("11:00")
    pages = [
        door
        for door in doors(portal)
        if "GET" in door[0].handler.SUPPORTED_METHODS and not issubclass(door[0].handler, Socket)
    ]

    def opens(path):
        return any(ask(portal.url, path, cookie=cookie_of(portal, who)).status in (200, 302) for who in HOLDS)

    opened = {rule.pattern for rule, path in pages if opens(path)}
    assert {rule.pattern for rule, _ in pages} == opened
    pupil = portal.families.pupils["Amelia"]
    shown = {
        f"/parent/{pupil}": "two_children",
        f"/staff/pupil/{pupil}": "office",
        "/staff": "administrator",
        "/notebooks/attendance": "analyst",
    }
    assert dict.fromkeys(shown, 200) == {path: portal.get(path, who).status for path, who in shown.items()}


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", HOLDS)
def test_each_application_opens_to_those_with_its_duty_alone(portal, who):
    """By the join, and past it with a token that we ourselves signed for this login."""
    portal.families.at("11:00")
    held, tokens = HOLDS[who], Tokens(portal.server.settings.secret_key)
    applications = portal.server.server.portal.applications
    found, expected = {}, {}
    for app, child in product(applications, ("Amelia", "Zayn", None)):
        cookie, pupil = cookie_of(portal, who), portal.families.pupils.get(child)
        answer = join(portal.url, app, cookie, pupil)
        standing = Standing(portal.login_of(cookie) if cookie else 1, app, pupil)
        found[app, child] = (answer.status == 200, handshake(portal, app, tokens.sign(standing), cookie))
        duty = ASKS.get(app, Duty.ANALYSE)
        may = duty in held and (app != "/parent" or child in SEES.get(who, ()))
        expected[app, child] = (may, 101 if may else 403)
    assert expected == found


ASKS = {"/parent": Duty.SEE_OWN_CHILDREN, "/staff": Duty.WORK, "/notebooks/portal_use": Duty.SEE_USE}


def handshake(portal, app, token, cookie):
    """What an opening websocket is answered: 101 if it opens."""
    try:
        with socket(portal.url, app, token, cookie=cookie):
            return 101
    except Refused as refused:
        return refused.status
