"""The vocabulary: clauses of the policy, effects of a rule, roles and duties of staff, verbs of the audit.

Stored and hashed by value: members may be added, none renamed or reused.
"""

from enum import StrEnum


class Clause(StrEnum):
    """A clause of the acceptable use policy; `asks` says what it demands, in a line."""

    asks: str

    def __new__(cls, value: str, asks: str = "") -> "Clause":
        member = str.__new__(cls, value)
        member._value_ = value
        member.asks = asks
        return member

    PURPOSE = "PURPOSE", "what the portal is for"
    SEC_1 = "SEC-1", "every measure to keep information secure"
    SEC_2 = "SEC-2", "login details disclosed"
    SEC_3 = "SEC-3", "wrongful disclosure"
    SEC_4 = "SEC-4", "what a user agreed to and did can be shown"
    SEC_5 = "SEC-5", "data protection law and the privacy notice"
    USER_1 = "USER-1", "adults with parental responsibility for a child attending the school"
    USE_1 = "USE-1", "not passed on, save to the pupil or others with responsibility"
    USE_2 = "USE-2", "not used where security is at risk"
    PASS_1 = "PASS-1", "username and password once the school's checks are complete"
    PASS_2 = "PASS-2", "the user is responsible for them"
    PASS_3 = "PASS-3", "never another's; both kept confidential"
    CONTACT_1 = "CONTACT-1", "a missing mark: no contact before the time set"
    CONTACT_2 = "CONTACT-2", "information is not live"
    CONTACT_3 = "CONTACT-3", "ask the child first about points"
    CONTACT_4 = "CONTACT-4", "points are given for small things"
    CONTACT_5 = "CONTACT-5", "behaviour in a lesson: the subject teacher first"
    CONTACT_6 = "CONTACT-6", "behaviour outside a lesson: the Learning Manager first"
    CONTACT_7 = "CONTACT-7", "complaints and enquiries by e-mail or telephone"
    REVOKE_1 = "REVOKE-1", "validity of responsibility questioned"
    REVOKE_2 = "REVOKE-2", "a court ruling prevents access"
    REVOKE_3 = "REVOKE-3", "breach of the policy"
    REVOKE_4 = "REVOKE-4", "child protection concern or dispute"
    REVOKE_5 = "REVOKE-5", "information as the law requires where the portal is not available"
    LIABLE_1 = "LIABLE-1", "users are liable for misuse"


GROUNDS = (Clause.REVOKE_1, Clause.REVOKE_2, Clause.REVOKE_3, Clause.REVOKE_4)
"""Grounds on which the school withholds access; which of them it is, only Duty.READ_GROUNDS may read."""


class Effect(StrEnum):
    """What a finding does to a decision: one refusal outweighs every grant, and no grant is no."""

    GRANTS = "grants"
    REFUSES = "refuses"


class Role(StrEnum):
    """What a member of staff is to the portal; each carries duties (policy/duties.py)."""

    OFFICE = "office"
    SAFEGUARDING_LEAD = "safeguarding lead"
    DATA_MANAGER = "data manager"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


class Duty(StrEnum):
    """What a handler or a verb asks of its caller; named for what the holder does."""

    VISIT = "visit"  # nobody need be signed in
    PROVE = "prove"  # between the password and the second factor, activation or acceptance
    KEEP_ACCOUNT = "keep own account"  # anyone wholly signed in
    SEE_OWN_CHILDREN = "see own children"  # a parent; which child is decided by policy/access.py
    WORK = "work as staff"  # any staff role, second factor shown
    FIND_PEOPLE = "find people"
    ISSUE_ACCOUNTS = "issue accounts"  # with the checks before it
    EXPLAIN_ACCESS = "explain access"
    SEE_AS_PARENT = "see as a parent does"  # read alone, on record
    READ_GROUNDS = "read grounds"
    RESTRICT = "restrict"
    INVESTIGATE = "investigate"
    IMPORT = "import"
    ERASE = "erase records"  # whose time is over (SEC-5)
    SET_SCHOOL = "set school"  # settings, calendar, wording
    ANALYSE = "analyse"  # notebooks over pseudonyms
    SEE_USE = "see how the portal is used"  # counts alone
    ANSWER_ENQUIRIES = "answer enquiries"  # about the portal itself (CONTACT-7)
    LOG_INFORMATION = "log requests for information"
    RELEASE_INFORMATION = "release information"  # REVOKE-5
    KEEP_STAFF = "keep staff accounts"
    READ_AUDIT = "read audit"
    VERIFY_AUDIT = "verify audit"


class Verb(StrEnum):
    """What happened, as the audit names it (SEC-4)."""

    SIGNED_IN = "signed in"
    PASSED_STEP = "passed a step of signing in"
    SIGN_IN_FAILED = "sign-in failed"
    SIGNED_OUT = "signed out"
    ACTIVATED = "activated account"
    ACCEPTED_POLICY = "accepted policy"
    WAS_SHOWN_NOTICE = "was shown privacy notice"
    ENROLLED_FACTOR = "enrolled second factor"
    RECOVERED_FACTOR = "second factor taken off"
    DROPPED_FACTOR = "switched second factor off"
    MADE_RECOVERY_CODES = "made recovery codes"
    USED_RECOVERY_CODE = "used recovery code"
    CHANGED_PASSWORD = "changed password"  # noqa: S105  # a verb, no secret
    ASKED_FOR_RESET = "asked for a password reset"
    RESET_PASSWORD = "reset password"  # noqa: S105
    ENDED_LOGINS = "ended own sign-ins"
    DISOWNED_LOGIN = "did not know a sign-in"
    ASKED_TO_CHANGE_EMAIL = "asked to change e-mail address"
    CONFIRMED_EMAIL = "confirmed e-mail address"
    CHANGED_EMAIL = "changed e-mail address"
    EXPORTED = "exported"
    READ_AUDIT = "read the audit"
    EXPORTED_AUDIT = "took away the audit"
    VIEWED = "viewed"
    WAS_REFUSED = "was refused"
    EXPLAINED = "explained access"
    LOOKED_UP = "looked up people"
    SAW_AS_PARENT = "saw as a parent does"
    VERIFIED_RESPONSIBILITY = "verified responsibility"
    ASKED_FOR_ACCESS = "asked for access"
    MATCHED_REQUEST = "matched a request for access"
    DENIED_REQUEST = "denied a request for access"
    BEGAN_ERASING = "began to erase records"
    ERASED = "erased records"
    ATTESTED = "attested responsibility for many"
    BEGAN_INTAKE = "began an intake"
    MADE_LETTERS = "made letters with codes"
    HANDED_LETTERS = "had letters in hand"
    ISSUED_ACCOUNT = "issued account"
    PUT_CHECKS_ASIDE = "put checks aside for a second person"
    ENDED_CHECKS = "took checks back"
    RENEWED_CODE = "renewed activation code"
    CLOSED_ACCOUNT = "closed account"
    RESTRICTED = "restricted"
    DECIDED_ON_PUPIL = "decided on a pupil of a restriction"
    LIFTED_RESTRICTION = "lifted restriction"
    SETTLED_COURT_FLAG = "settled court flag"
    OPENED_INVESTIGATION = "opened investigation"
    CLOSED_INVESTIGATION = "closed investigation"
    ASKED = "asked about the portal"
    ANSWERED = "answered an enquiry"
    ASKED_FOR_INFORMATION = "logged a request for information"
    RELEASED_ITEMS = "released items of free text"
    ANSWERED_INFORMATION = "answered a request for information"
    RECORDED_BREACH = "recorded a breach"
    NOTED_ANSWER = "noted the answer to a breach"
    IMPORTED = "imported"
    MARKED_LEAVER = "marked leaver"
    OPENED_TASK = "opened task"
    ENDED_TASK = "ended task"
    HANDED_TASK = "handed task on"
    ANALYSED = "opened notebook"
    CHOSE_ALERTS = "chose alerts"
    CHOSE_LANGUAGE = "chose a language"
    QUEUED_ALERTS = "queued alerts"
    MAILED = "mailed"
    WITHHELD_MAIL = "withheld mail"
    SET = "set"
    PUBLISHED = "published wording"
    CREATED_SCHOOL = "created school"
    ADDED_STAFF = "added to staff"
    INVITED_STAFF = "invited staff"
    GAVE_ROLE = "gave role"
    TOOK_ROLE = "took role away"
    BACKED_UP = "backed up"
    RESTORED = "restored"
    UPGRADED = "upgraded"
    ROTATED_KEY = "rotated key"
