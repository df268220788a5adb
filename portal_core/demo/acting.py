"""The demo's people at work: each signs in as anyone would and does what their role does, by the services alone."""

from dataclasses import dataclass, field, replace

import pyotp
from sqlalchemy import select

from portal_core.demo.files import DemoSchool
from portal_core.demo.signins import SignIn, new_password
from portal_core.demo.staff import StaffMember
from portal_core.domain.clauses import Role
from portal_core.domain.people import Principal, Responsibility
from portal_core.domain.school import Moment
from portal_core.security import first_use, logins
from portal_core.security.credentials import Vault, token_hash
from portal_core.security.logins import Device, Step
from portal_core.services import accounts, staff
from portal_core.services.accounts import Checks, Evidence, IdentitySeen, IssuedCode
from portal_core.services.installation import COMMAND_LINE
from portal_core.services.published import notice, policy_to_accept
from portal_core.store.accounts import Account, Login
from portal_core.store.facts import about_logins
from portal_core.store.people import Adult, Connection, Staff
from portal_core.store.scope import Store

DEVICE = Device("127.0.0.1")
NOTES = {
    "everything": "Two children; Amelia's page shows everything.",
    "one child": "One child, so no switcher.",
    "court order": "Refused by a court order: gets the neutral page.",
    "investigation": "Suspended by an open investigation: gets the neutral page.",
    "not yet": "Not yet activated: use the code at /activate. It is good for four weeks; --fresh makes a new one.",
}


@dataclass
class Cast:
    """Who can sign in so far, and how."""

    store: Store
    school: DemoSchool
    vault: Vault
    signins: dict[Role, SignIn] = field(default_factory=dict)

    def staff(self, one: StaffMember, at: Moment) -> SignIn:
        """Invites a member of staff, who activates the account and enrols a second factor."""
        assert one.role is not None  # noqa: S101  only those are asked for
        with self.store.reading_as(COMMAND_LINE, at) as session:
            id_ = session.scalars(select(Staff.id).where(Staff.mis_id == one.staff_id)).one()
        code = staff.invite_staff(self.store, by=COMMAND_LINE, at=at, staff=id_, roles=[one.role])
        password = new_password()
        step = self._first_password(code, password, at)
        by = self._who(step, at)
        secret = first_use.enrolment(self.store, by=by, at=at, vault=self.vault).secret
        step = logins.show_factor(self.store, by=by, code=pyotp.TOTP(secret).at(at.instant), at=at, vault=self.vault)
        logins.sign_out(self.store, by=self._who(step, at), at=at)
        signin = SignIn(str(one.role), code.username, password, one.post, totp_secret=secret)
        self.signins.setdefault(one.role, signin)
        return signin

    def acting(self, role: Role, at: Moment) -> Principal:
        """Somebody of that role, signed in with both factors at that time."""
        known = self.signins[role]
        step = logins.sign_in(self.store, username=known.username, password=known.password, device=DEVICE, at=at)
        code = pyotp.TOTP(known.totp_secret).at(at.instant)
        step = logins.show_factor(self.store, by=self._who(step, at), code=code, at=at, vault=self.vault)
        return self._who(step, at)

    def parents(self, issued: Moment, activated: Moment) -> list[SignIn]:
        """The parents of the table: checked and issued by the office, then activated by themselves, but for one."""
        office = self.acting(Role.OFFICE, issued)
        found = []
        for part, note in NOTES.items():
            code = self._issue(self.school.adult(part).adult_id, office, issued)
            if part == "not yet":
                found.append(SignIn("parent", code.username, "", note, activation_code=code.code))
                continue
            password = new_password()
            self._accept(self._first_password(code, password, activated), activated)
            found.append(SignIn("parent", code.username, password, note))
        return found

    def with_fresh_codes(self, signins: list[SignIn], at: Moment) -> list[SignIn]:
        """A code lasts four weeks: whoever has not used it by now is given a new one."""
        office = self.acting(Role.OFFICE, at)
        return [
            replace(one, activation_code=self._renewed(one.username, office, at).code) if one.activation_code else one
            for one in signins
        ]

    def others(self, at: Moment, number: int) -> None:
        """Accounts for further parents, who have not used their codes; nobody knows them."""
        office = self.acting(Role.OFFICE, at)
        parts = {adult.adult.adult_id for family in self.school.parts.values() for adult in family.ties}
        rest = [family for family in self.school.families if family not in self.school.parts.values()]
        for family in rest[:number]:
            tie = family.ties[0]
            if tie.responsibility == "T" and tie.adult.adult_id not in parts:
                self._issue(tie.adult.adult_id, office, at)

    def _issue(self, mis_id: str, office: Principal, at: Moment) -> IssuedCode:
        with self.store.reading_as(COMMAND_LINE, at) as session:
            adult = session.scalars(select(Adult.id).where(Adult.mis_id == mis_id)).one()
            pupils = session.scalars(
                select(Connection.pupil_id).where(
                    Connection.adult_id == adult, Connection.superseded_at.is_(None), Connection.responsibility == Responsibility.YES
                )
            ).all()  # fmt: skip
        checks = Checks(
            IdentitySeen.AT_ADMISSION, Evidence.BIRTH_CERTIFICATE, f"admission file {mis_id}", frozenset(pupils), True
        )
        return accounts.issue_account(self.store, by=office, at=at, adult=adult, checks=checks)

    def _renewed(self, username: str, office: Principal, at: Moment) -> IssuedCode:
        with self.store.counting(at.instant) as session:
            account = session.scalars(select(Account.id).where(Account.username == username)).one()
        return accounts.renew_code(self.store, by=office, at=at, account=account)

    def _first_password(self, code: IssuedCode, password: str, at: Moment) -> Step:
        step = first_use.activate(self.store, username=code.username, code=code.code, device=DEVICE, at=at)
        return first_use.set_first_password(
            self.store, by=self._who(step, at), password=password, at=at, vault=self.vault
        )

    def _accept(self, step: Step, at: Moment) -> None:
        policy, said = policy_to_accept(self.store, at), notice(self.store, at)
        assert policy is not None  # noqa: S101  create_school has published it
        step = first_use.accept_policy(
            self.store, by=self._who(step, at), version=policy.number, notice=said.number if said else None, at=at
        )
        logins.sign_out(self.store, by=self._who(step, at), at=at)

    def _who(self, step: Step, at: Moment) -> Principal:
        with self.store.counting(at.instant) as session:
            login = session.scalars(select(Login.id).where(Login.token_hash == token_hash(step.token))).one()
            return about_logins(session.connection(), [login], at.instant).principals[login]
