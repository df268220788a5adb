"""The language in which somebody reads the portal and its mail: chosen by the account's owner, for the account alone."""

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.language import _
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput
from portal_core.locale import known
from portal_core.store.accounts import Account
from portal_core.store.scope import Store


def choose_language(store: Store, *, by: Principal, at: Moment, code: str) -> None:
    """In force at once, for pages and for what waits to be sent. Raises BadInput for a language that there is not."""
    if known(code) is None:
        raise BadInput(_("Please choose one of the languages shown."))
    with store.writing_as(by, at) as work:
        work.require(Duty.KEEP_ACCOUNT)
        account = work.hold(Account, by.account_id)
        if account.language == code:
            return
        account.language = code
        work.audit(Verb.CHOSE_LANGUAGE, account=account.id, language=code)
