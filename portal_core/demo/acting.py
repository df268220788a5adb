"""The demo's people at work: each signs in as anyone would and does what their role does, by the services alone."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import select

from portal_core.demo.files import DemoSchool
from portal_core.demo.signins import SignIn, new_password
from portal_core.demo.staff import StaffMember
from portal_core.domain.clauses import Role
from portal_core.domain.people import AccountState, Principal, Responsibility
from portal_core.domain.school import Moment
from portal_core.security import first_use, logins
from portal_core.security.credentials import Vault, code_hash, token_hash
from portal_core.security.logins import Device, Step
from portal_core.services import accounts, staff
from portal_core.services.accounts import Checks, Evidence, IdentitySeen, IssuedCode
from portal_core.services.installation import COMMAND_LINE
from portal_core.services.published import notice, policy_to_accept
from portal_core.store.accounts import Account, AccountStatus, ActivationCode, Login
from portal_core.store.facts import about_logins
from portal_core.store.people import Adult, Connection, Staff
from portal_core.store.scope import Store

DEVICE = Device("127.0.0.1")
NOTES = {
    "everything": "Two children; Amelia's page shows everything.",
    "one child": "One child, so no switcher.",
    "court order": "Refused by a court order: gets the neutral page.",
    "investigation": "Suspended by an open investigation: gets the neutral page.",
    "not yet": "Not yet activated: use the code once, at /activate, and choose a password.",
    "part time": "One child on a part-time timetable, whose Learning Manager has left.",
}


@dataclass
class Cast:
    """Who can sign in so far, and how.

    `telephone` is what people's authenticator apps take the time to be: they do not go by the demo's clock. It moves on at
    each use, since a code counts once.
    """

    store: Store
    school: DemoSchool
    vault: Vault
    telephone: datetime
    signins: dict[str, SignIn] = field(default_factory=dict)  # of staff, the first of each role

    def staff(self, one: StaffMember, at: Moment) -> SignIn:
        """Invites a member of staff, who activates the account and enrols a second factor."""
        assert one.role is not None  # noqa: S101  only those are asked for
        with self.store.reading_as(COMMAND_LINE, at) as session:
            id_ = session.scalars(select(Staff.id).where(Staff.mis_id == one.staff_id)).one()
        code = staff.invite_staff(self.store, by=COMMAND_LINE, at=at, staff=id_, roles=[one.role])
        password = new_password()
        step = self._first_password(code, password, at)
        secret = first_use.enrolment(self.store, by=self._who(step, at), at=at, vault=self.vault).secret
        signin = SignIn(str(one.role), code.username, password, one.post, totp_secret=secret)
        step = self._factor(signin, step, at)
        logins.sign_out(self.store, by=self._who(step, at), at=at)
        self.signins.setdefault(signin.role, signin)
        return signin

    def acting(self, role: Role, at: Moment) -> Principal:
        """Somebody of that role, signed in with both factors at that time."""
        known = self.signins[role]
        step = logins.sign_in(self.store, username=known.username, password=known.password, device=DEVICE, at=at)
        return self._who(self._factor(known, step, at), at)

    def parents(self, issued: Moment, activated: Moment) -> list[SignIn]:
        """The parents of the table: checked and issued by the office, then activated by themselves, but for one."""
        office = self.acting(Role.OFFICE, issued)
        found = []
        for part, note in NOTES.items():
            code = self._issue(self.school.adult(part).adult_id, office, issued)
            assert code is not None  # noqa: S101  nothing about them is disputed yet
            if part == "not yet":
                found.append(SignIn("parent", code.username, "", note, activation_code=code.code))
            else:
                found.append(SignIn("parent", code.username, self._activated(code, activated), note))
        return found

    def others(self, issued: Moment, activated: Moment, number: int, active: int) -> list[tuple[str, str]]:
        """Accounts for further parents. `active` of them have activated theirs: by name and password, which nobody is told."""
        office = self.acting(Role.OFFICE, issued)
        rest = [family for family in self.school.families if family not in self.school.parts.values()]
        ties = [family.ties[0] for family in rest[:number] if family.ties[0].responsibility == "T"]
        codes = [self._issue(tie.adult.adult_id, office, issued) for tie in ties]
        return [(code.username, self._activated(code, activated)) for code in codes[:active] if code is not None]

    def comes_back(self, username: str, password: str, at: Moment) -> None:
        """A parent signs in, and out again."""
        step = logins.sign_in(self.store, username=username, password=password, device=DEVICE, at=at)
        logins.sign_out(self.store, by=self._who(step, at), at=at)

    def code_of(self, one: SignIn, at: Moment) -> SignIn:
        """Somebody not yet activated, with a code that is good at that time; without one if its owner has used it."""
        with self.store.reading_as(COMMAND_LINE, at) as session:
            account, state = session.execute(
                select(Account.id, AccountStatus.state)
                .join(AccountStatus, (AccountStatus.account_id == Account.id) & AccountStatus.superseded_at.is_(None))
                .where(Account.username == one.username)
            ).one()
            good = session.scalar(
                select(ActivationCode.id).where(
                    ActivationCode.account_id == account, ActivationCode.code_hash == code_hash(one.activation_code),
                    ActivationCode.ended_at.is_(None), ActivationCode.expires_at > at.instant + timedelta(days=1),
                )
            )  # fmt: skip
        if state is not AccountState.ISSUED:
            return replace(one, activation_code="", note="Activated since the demo was built: use the password chosen.")
        if good is not None:
            return one
        code = accounts.renew_code(self.store, by=self.acting(Role.OFFICE, at), at=at, account=account)
        return replace(one, activation_code=code.code, note=NOTES["not yet"])

    def _issue(self, mis_id: str, office: Principal, at: Moment) -> IssuedCode | None:
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

    def _activated(self, code: IssuedCode, at: Moment) -> str:
        """What its owner does with a code: the password they chose."""
        password = new_password()
        step = self._first_password(code, password, at)
        policy, said = policy_to_accept(self.store, at), notice(self.store, at)
        assert policy is not None  # noqa: S101  create_school has published it
        step = first_use.accept_policy(
            self.store, by=self._who(step, at), version=policy.number, notice=said.number if said else None, at=at
        )
        logins.sign_out(self.store, by=self._who(step, at), at=at)
        return password

    def _first_password(self, code: IssuedCode, password: str, at: Moment) -> Step:
        step = first_use.activate(self.store, username=code.username, code=code.code, device=DEVICE, at=at)
        return first_use.set_first_password(
            self.store, by=self._who(step, at), password=password, at=at, vault=self.vault
        )

    def _factor(self, one: SignIn, step: Step, at: Moment) -> Step:
        self.telephone += timedelta(minutes=1)
        return logins.show_factor(
            self.store, by=self._who(step, at), code=pyotp.TOTP(one.totp_secret).at(self.telephone), at=at,
            vault=self.vault, read_at=self.telephone,
        )  # fmt: skip

    def _who(self, step: Step, at: Moment) -> Principal:
        with self.store.counting() as session:
            login = session.scalars(select(Login.id).where(Login.token_hash == token_hash(step.token))).one()
            return about_logins(session.connection(), [login], at.instant).principals[login]
