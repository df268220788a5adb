"""/staff/adult/<id>/sees/<pupil>: a child's first page as that parent would have it now. Nothing on it leads anywhere."""

from typing import Any

from dashboards.pages.staff_lists import ListHandler
from dashboards.parent.view import View
from portal_core.domain.clauses import Duty
from portal_core.errors import NotPermitted
from portal_core.services import seen_as, staff
from portal_core.store.scope import Store


class Sees(ListHandler):
    """GET alone: what the parent sees, marked as what it is; or that they do not see this child."""

    duty = Duty.SEE_AS_PARENT

    async def get(self, adult: str, pupil: str) -> None:
        asking, owner, child = await self.asked(seen_as.asking_as, adult=int(adult), pupil=int(pupil))
        name, _ = await self.asked(staff.myself)
        told = {"owner": owner, "child": child, "name": name}
        try:
            found = await self.application.gate.child_page(asking, child.id)
        except NotPermitted:
            self.show_list("staff_sees_not.html", **told)
        else:
            self.show_list("staff_sees.html", view=View.of(found), **told)


def routes(store: Store) -> list[tuple[Any, ...]]:
    """For the server's table."""
    return [(r"/staff/adult/(\d{1,9})/sees/(\d{1,9})", Sees, {"store": store})]
