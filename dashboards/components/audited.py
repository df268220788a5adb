"""An entry of the audit as a sentence: who did what to whom, with links to those whom the reader may find (SEC-4)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from markupsafe import Markup

from portal_core.domain.clauses import Duty, Verb
from portal_core.services.audit_entries import Entry, Subject

SENTENCES: Mapping[Verb, str] = {
    Verb.RESTRICTED: "withheld {pupils} from {others}",
    Verb.LIFTED_RESTRICTION: "ended a ground that withheld {pupils} from {others}",
    Verb.DECIDED_ON_PUPIL: "decided whether a court ruling withholds {pupils} from {others}",
    Verb.SETTLED_COURT_FLAG: "settled the court-order flag on {others} and {pupils}",
    Verb.OPENED_INVESTIGATION: "withheld {pupils} from everybody connected, by opening an investigation",
    Verb.CLOSED_INVESTIGATION: "closed the investigation about {pupils}, with an outcome for {others}",
    Verb.VERIFIED_RESPONSIBILITY: "verified the responsibility of {others} for {pupils}",
    Verb.ISSUED_ACCOUNT: "issued an account to {others}, for {pupils}",
    Verb.RENEWED_CODE: "made a new one-time code for {others}",
    Verb.CLOSED_ACCOUNT: "closed the account of {others}",
    Verb.PUT_CHECKS_ASIDE: "put the checks on {others} and {pupils} aside for a second person",
    Verb.ENDED_CHECKS: "took back the checks on {others}",
    Verb.MATCHED_REQUEST: "matched a request for access with {others}",
    Verb.EXPLAINED: "read who may see whom, and why: {everybody}",
    Verb.LOOKED_UP: "found in a list: {everybody}",
    Verb.SAW_AS_PARENT: "saw the page of {pupils} as {others} does",
    Verb.MARKED_LEAVER: "marked {pupils} as leaving",
    Verb.RECORDED_BREACH: "recorded a breach of the policy by {others}",
    Verb.NOTED_ANSWER: "noted what {others} answered to a breach",
    Verb.ASKED_FOR_INFORMATION: "logged a request for information about {pupils}",
    Verb.RELEASED_ITEMS: "released items of free text about {pupils}",
    Verb.ANSWERED_INFORMATION: "answered a request for information about {pupils}",
    Verb.ADDED_STAFF: "added {others} to the staff",
    Verb.INVITED_STAFF: "invited {others}",
    Verb.GAVE_ROLE: "gave {others} a role",
    Verb.TOOK_ROLE: "took a role from {others}",
    Verb.RECOVERED_FACTOR: "took the second factor off the account of {others}",
    Verb.MAILED: "sent an e-mail to {others}",
    Verb.WITHHELD_MAIL: "did not send an e-mail to {others}",
    Verb.MADE_LETTERS: "made letters with codes for {others}",
    Verb.BEGAN_ERASING: "began to erase the records of {pupils}",
    Verb.ERASED: "erased records of {everybody}",
}
"""Of what was done to somebody; `others` are adults and colleagues."""
WORDS: Mapping[Verb, str] = {
    Verb.VIEWED: "looked at a page",
    Verb.WAS_REFUSED: "was refused a page",
    Verb.EXPLAINED: "read who may see whom, and why",
    Verb.SET: "changed what the school has set",
    Verb.ERASED: "erased what was kept long enough",
    Verb.ANALYSED: "opened a notebook",
}
"""Of the others, where the audit's own name for it says too little by itself."""
MACHINES = {
    "door": "the sign-in page", "mail": "the portal’s mail", "command line": "the server’s command line", "portal": "the portal itself",
    "upkeep": "the portal itself", "anyone": "somebody not signed in",
}  # fmt: skip
"""Actors who are nobody."""
EVERY_CHILD = "every child of theirs"
LABELS = {
    "what": "What", "about": "At the time", "allowed": "May see", "ties": "Connections read", "due_on": "Due on", "sha256": "Fingerprint of the file",
    "as of": "Data as of", "rows": "Rows", "told": "Colleagues told, by number", "lacking": "Duties that were missing",
    "door": "Address", "stage": "Step", "came_by": "Came by", "logins": "Sign-ins ended",
}  # fmt: skip
MOST = 6
"""People named in one sentence; the entry's own page names all."""


def who(entry: Entry) -> str:
    """Who did it."""
    return MACHINES.get(entry.actor, entry.who)


def what(entry: Entry, duties: Collection[Duty], *, everybody: bool = False) -> Markup:
    """What was done, to whom. With `everybody` all of them are named."""
    sentence, people = SENTENCES.get(entry.verb), entry.subjects
    pupils = [one for one in people if one.kind == "pupil"]
    others = [one for one in people if one.kind != "pupil" and f"{one.kind}:{one.id}" != entry.actor]
    if not sentence or not (pupils or others):
        told = Markup("{}").format(WORDS.get(entry.verb, entry.verb))
        return Markup("{}: {}").format(told, named([*others, *pupils], duties)) if pupils or others else told
    most = None if everybody else MOST
    return Markup(sentence).format(  # noqa: S704  a sentence of this file
        pupils=named(pupils, duties, most) if pupils else EVERY_CHILD,
        others=named(others, duties, most) if others else "their own",
        everybody=named([*others, *pupils], duties, most),
    )


def named(people: Iterable[Subject], duties: Collection[Duty], most: int | None = MOST) -> Markup:
    """People by name, each a link to their page where the reader has it."""
    found = [_link(one, duties) for one in people]
    shown = Markup(", ").join(found[:most])
    return (
        shown
        if len(shown) and len(found[:most]) == len(found)
        else Markup("{} and {} more").format(shown, len(found) - len(found[:most]))
    )


def _link(one: Subject, duties: Collection[Duty]) -> Markup:
    if one.kind == "staff":
        page = f"/staff/colleagues/{one.id}" if Duty.KEEP_STAFF in duties else ""
    else:
        page = f"/staff/{one.kind}/{one.id}" if Duty.FIND_PEOPLE in duties else ""
    return Markup('<a href="{}">{}</a>').format(page, one.name) if page else Markup("{}").format(one.name)


def facts(entry: Entry) -> list[tuple[str, str]]:
    """What was noted besides whom it is about: label and value, in words."""
    people = {"adult", "adults", "pupils", "account", "accounts", "staff", "subject"}
    return [
        (LABELS.get(name, name.replace("_", " ").capitalize()), _said(value, entry.subjects))
        for name, value in entry.detail.items()
        if value is not None
        and value != []
        and (name not in people or (isinstance(value, int) and name in ("adults", "accounts")))
    ]


def _said(value: Any, people: Iterable[Subject]) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            names = {str(one.id): one.name for one in people if one.kind == "adult"}
            return "; ".join(f"{names.get(name, name)}: {_said(one, ())}" for name, one in value.items())
        case list():
            return ", ".join(_said(one, ()) for one in value)
        case _:
            return str(value)
