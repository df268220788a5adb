"""Text in the fields of a page of staff, kept while it is not sent: it comes back once, after an idle sign-out too (USE-2).

What a field holds reaches the server when it is left; from then on no closed page, lost connection or restart loses it.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from logging import getLogger

from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.services import drafts
from portal_core.store.scope import Store

log = getLogger(__name__)
_THREAD = ThreadPoolExecutor(1, "typed")  # in the order of typing, and no callback waits for it


class Typed:
    """What one member of staff typed on one page; `found` is what their last visit left, by form."""

    def __init__(self, store: Store, account: int, here: str, found: Mapping[str, Mapping[str, str]]) -> None:
        self._store, self._account, self._here, self._found = store, account, here, dict(found)

    @classmethod
    def left(cls, store: Store, *, by: Principal, at: Moment, here: str) -> "Typed":
        """As an earlier visit of the page left it; nothing of that is kept any longer. Blocks: call it in a thread."""
        taking = _THREAD.submit(drafts.take_all, store, account=by.account_id, of=f"{here}#", at=at.instant)
        found = taking.result()  # after what was typed before
        return cls(store, by.account_id, here, {form.partition("#")[2]: fields for form, fields in found.items()})

    def of(self, form: str) -> Mapping[str, str]:
        """The text of a form by field, once."""
        return self._found.pop(form, {})

    def keep(self, form: str, fields: Mapping[str, str]) -> None:
        """The form as it stands; empty once it has been sent."""
        _THREAD.submit(self._kept, f"{self._here}#{form}", dict(fields))

    def _kept(self, form: str, fields: Mapping[str, str]) -> None:
        try:
            drafts.keep(self._store, account=self._account, form=form, fields=fields, at=self._store.clock())
        except Exception:
            log.exception("what was typed could not be kept")
