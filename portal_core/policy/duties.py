"""Which duties a person carries, and which duty each application asks for.

Nobody signed in may visit; a login still lacking its second factor, activation or acceptance may prove itself, and no
more; whoever is wholly signed in keeps an account. All else comes from what they are: a parent, or their staff roles.
"""

from collections.abc import Mapping

from portal_core.domain.clauses import Duty, Role
from portal_core.domain.people import Actor, Machine

DUTIES_OF: Mapping[Role, frozenset[Duty]] = {
    Role.OFFICE: frozenset(
        {
            Duty.FIND_PEOPLE,
            Duty.ISSUE_ACCOUNTS,
            Duty.EXPLAIN_ACCESS,
            Duty.SEE_AS_PARENT,
            Duty.SEE_USE,
            Duty.ANSWER_ENQUIRIES,
            Duty.LOG_INFORMATION,
        }
    ),
    Role.SAFEGUARDING_LEAD: frozenset(
        {
            Duty.FIND_PEOPLE,
            Duty.EXPLAIN_ACCESS,
            Duty.SEE_AS_PARENT,
            Duty.SEE_USE,
            Duty.READ_GROUNDS,
            Duty.RESTRICT,
            Duty.INVESTIGATE,
            Duty.READ_AUDIT,
            Duty.LOG_INFORMATION,
            Duty.RELEASE_INFORMATION,
        }
    ),
    Role.DATA_MANAGER: frozenset({Duty.IMPORT, Duty.SET_SCHOOL, Duty.ERASE}),
    Role.ANALYST: frozenset({Duty.ANALYSE}),
    Role.ADMINISTRATOR: frozenset({Duty.KEEP_STAFF, Duty.SEE_USE, Duty.READ_AUDIT, Duty.VERIFY_AUDIT}),
}
"""What each role adds to WORK, which every staff role carries; no role may change the audit."""

OF_NOTEBOOKS: Mapping[str, Duty] = {"portal_use": Duty.SEE_USE}
"""Notebooks that ask for a duty of their own, by name; every other is the analysts'."""

_VISITOR = frozenset({Duty.VISIT})
_PROVING = _VISITOR | {Duty.PROVE}
_SIGNED_IN = _VISITOR | {Duty.KEEP_ACCOUNT}


def duties(principal: Actor | None) -> frozenset[Duty]:
    """Every duty the caller carries at this step of signing in. Which child a parent sees is policy/access.py's."""
    if principal is None:
        return _VISITOR
    if isinstance(principal, Machine):
        return principal.duties
    if not principal.complete:
        return _PROVING
    held = _SIGNED_IN
    if principal.adult_id is not None:
        held |= {Duty.SEE_OWN_CHILDREN}
    if principal.staff_id is not None and principal.roles:
        held = held.union({Duty.WORK}, *(DUTIES_OF[role] for role in principal.roles))
    return held


def duty_for(app: str) -> Duty:
    """The duty an interactive application asks for, by its path; LookupError for a path that no rule names."""
    if app == "/parent":
        return Duty.SEE_OWN_CHILDREN
    if app == "/staff":
        return Duty.WORK
    if app.startswith("/notebooks/"):
        return duty_of_notebook(app.removeprefix("/notebooks/"))
    raise LookupError(f"no duty is declared for the application {app}")


def duty_of_notebook(name: str) -> Duty:
    """The duty that a notebook's page and its application ask for."""
    return OF_NOTEBOOKS.get(name, Duty.ANALYSE)
