"""What a parent would see now, for a colleague who helps them: read alone, on record, and never more than the parent (SEC-4)."""

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.services.families import Person, name_of
from portal_core.services.reading import Asking
from portal_core.store.facts import about_adults
from portal_core.store.people import Adult, Pupil
from portal_core.store.scope import Store


def asking_as(store: Store, *, by: Principal, at: Moment, adult: int, pupil: int) -> tuple[Asking, Person, Person]:
    """The question that this adult's own page would ask, with their name and the child's. Raises NotPermitted, NotFound.

    The rule answers it as it answers the adult: what an investigation or a restriction keeps from them is kept from this view.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.SEE_AS_PARENT)
        owner, child = work.get(Adult, adult), work.get(Pupil, pupil)
        known = about_adults(work.session.connection(), [adult], at.instant)
        work.audit(Verb.SAW_AS_PARENT, pupil=pupil, adult=adult)
        nobodys = Principal(login_id=0, account_id=0, adult_id=adult)  # a login that there is not
        return Asking(nobodys, known, at), Person(adult, name_of(owner)), Person(pupil, name_of(child))
