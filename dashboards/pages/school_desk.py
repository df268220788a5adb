"""/staff/school, /staff/school/<setting>, /staff/categories, /staff/categories/<id>, /staff/wording/policy, /staff/wording/notice.

What a school decides about itself: settings, what points are given for, the texts that parents agree to or are shown.

Every change is the next dated row; nothing is overwritten. What was typed comes back with the problem.
"""

from datetime import time
from hashlib import sha256
from typing import Any, get_type_hints
from zoneinfo import available_timezones

from tornado.web import HTTPError

from dashboards.pages.markdown import to_html
from dashboards.pages.setting_words import UNITS, WORDS, choices, said
from dashboards.pages.staff_lists import NUMBER, ListHandler
from portal_core.domain.clauses import Duty
from portal_core.domain.school import SchoolSettings
from portal_core.errors import BadInput, Stale
from portal_core.services import school, school_desk
from portal_core.store.scope import Store

TYPES = {time: "time", int: "number"}


class DeskHandler(ListHandler):
    """What the pages of the desk have in common."""

    duty = Duty.SET_SCHOOL

    def number(self, name: str) -> int:
        """A plain number in a field. 400 for anything else."""
        asked = self.field(name)
        if not asked or not NUMBER.fullmatch(asked):
            raise HTTPError(400, f"no {name}")
        return int(asked)


class Settings(DeskHandler):
    """GET /staff/school: every setting as it is now."""

    async def get(self) -> None:
        held = await self.asked(school_desk.settings_now)
        self.show_list("staff_school.html", settings=held, words=WORDS, said=said, saved=self.query("saved", ""))


class OneSetting(DeskHandler):
    """GET and POST /staff/school/<setting>: its next value, and what it has been."""

    async def get(self, key: str) -> None:
        await self._show(key)

    async def post(self, key: str) -> None:
        value = self.field("value")
        try:
            await self.asked(school.set_setting, key=key, value=value, seen=self.number("seen"))
        except (BadInput, Stale) as fault:
            await self._show(key, problem=self.say(fault), typed=value)
        else:
            self.go(f"/staff/school?saved={key}")

    async def _show(self, key: str, *, problem: str = "", typed: str | None = None) -> None:
        held = await self.asked(school_desk.history, key=key)
        kind = get_type_hints(SchoolSettings)[key]
        label, hint = WORDS[key]
        self.show_list(
            "staff_setting.html", key=key, label=label, hint=hint, been=held, problem=problem,
            typed=held[0].value if typed is None else typed, choices=choices(key), kind=TYPES.get(kind, "text"),
            said=said, unit=UNITS.get(key, ("", ""))[1], zones=sorted(available_timezones()) if key == "zone" else (),
        )  # fmt: skip


class Categories(DeskHandler):
    """GET /staff/categories: what points are given for, in the words that parents read."""

    async def get(self) -> None:
        found = await self.asked(school_desk.categories_now)
        self.show_list("staff_categories.html", found=found, saved=self.query("saved", ""))


class OneCategory(DeskHandler):
    """GET and POST /staff/categories/<id>: its next words, and what they have been."""

    async def get(self, id_: str) -> None:
        await self._show(int(id_))

    async def post(self, id_: str) -> None:
        meaning = self.field("meaning")
        try:
            await self.asked(school.word_category, category=int(id_), meaning=meaning, seen=self.field("seen"))
        except (BadInput, Stale) as fault:
            await self._show(int(id_), problem=self.say(fault), typed=meaning)
        else:
            self.go(f"/staff/categories?saved={id_}")

    async def _show(self, id_: int, *, problem: str = "", typed: str | None = None) -> None:
        one = await self.asked(school_desk.category_now, category=id_)
        self.show_list(
            "staff_category.html", one=one, problem=problem, longest=school.LONGEST_MEANING,
            typed=one.been[0].value if typed is None else typed,
        )  # fmt: skip


class Wording(DeskHandler):
    """GET and POST /staff/wording/policy and /staff/wording/notice: the next version, published only as it was looked at."""

    async def get(self, which: str) -> None:
        await self._show(which)

    async def post(self, which: str) -> None:
        text, after, choice = self.field("text"), self.number("after"), self.field("must_accept", "")
        choice = choice if choice in ("yes", "no") else ""
        if self.action("preview", "publish") == "preview":
            await self._show(which, typed=text, choice=choice, preview_after=after)
            return
        try:
            self._require_looked_at(which, text, choice)
            if which == "notice":
                await self.asked(school.publish_notice, text=text, after=after)
            else:
                await self.asked(school.publish_policy, text=text, after=after, must_accept=choice == "yes")
        except BadInput as fault:
            await self._show(which, problem=self.say(fault), typed=text, choice=choice, preview_after=after)
        except Stale as fault:  # no preview: they look at the colleague's version, then at their own again
            await self._show(which, problem=self.say(fault), typed=text, choice=choice)
        else:
            self.go(f"/staff/wording/{which}?published=yes")

    def _require_looked_at(self, which: str, text: str, choice: str) -> None:
        """Raises BadInput without a choice, or where the preview showed another text or choice."""
        if which == "policy" and not choice:
            raise BadInput("Please choose whether parents must accept it anew. Nothing was published.")
        if self.field("looked_at", "") != _digest(text, choice):
            raise BadInput("You have not looked at it as it is now. Look at it here, then publish it.")

    async def _show(
        self,
        which: str,
        *,
        problem: str = "",
        typed: str | None = None,
        choice: str = "",
        preview_after: int | None = None,
    ) -> None:
        versions = await self.asked(school_desk.versions, notice=which == "notice")
        newest = versions[0].number if versions else 0
        text = (versions[0].text if versions else "") if typed is None else typed
        # a preview keeps the version that its writer began with, so that one published meanwhile is told them
        seen, preview = (newest, None) if preview_after is None else (preview_after, to_html(text, below=2))
        self.show_list(
            "staff_wording.html", which=which, versions=versions, problem=problem, text=text, choice=choice, after=seen,
            preview=preview, looked_at=_digest(text, choice), published=self.query("published", "") == "yes",
            longest=school.LONGEST_TEXT,
        )  # fmt: skip


def _digest(text: str, choice: str) -> str:
    """What a preview showed: against slips, so it is no secret. Browsers send each new line as two characters."""
    return sha256(f"{choice}\n{text}".replace("\r\n", "\n").encode()).hexdigest()


def routes(store: Store) -> list[tuple[Any, ...]]:
    """For the server's table."""
    reads = {"store": store}
    return [
        (r"/staff/school", Settings, reads),
        (r"/staff/school/([a-z_]{1,40})", OneSetting, reads),
        (r"/staff/categories", Categories, reads),
        (r"/staff/categories/(\d{1,9})", OneCategory, reads),
        (r"/staff/wording/(policy|notice)", Wording, reads),
    ]
