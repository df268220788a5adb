"""Whom to sign in as: random for each data folder, kept in it, and printed when the demo starts."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from secrets import choice, randbelow

from portal_core.services.installation import write_private

TOLD = "demo.json"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One line of the table of sign-ins. Random for each data folder."""

    role: str
    username: str
    password: str
    note: str
    totp_secret: str = ""
    activation_code: str = ""

    def as_json(self) -> dict[str, str]:
        """Without what does not apply."""
        return {name: value for name, value in asdict(self).items() if value or name == "note"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a demo's data folder remembers: which school it is, up to when its files have come, who may sign in."""

    seed: int
    built_on: date
    filled_to: datetime
    forms: tuple[str, ...]
    signins: tuple[SignIn, ...]

    @classmethod
    def read(cls, folder: Path) -> "Told | None":
        """From the folder; None if it holds no demo that this program can go on with."""
        try:
            kept = json.loads((folder / TOLD).read_text(encoding="utf-8"))
            return cls(
                kept["seed"], date.fromisoformat(kept["built_on"]), datetime.fromisoformat(kept["filled_to"]),
                tuple(kept["forms"]), tuple(SignIn(**one) for one in kept["signins"]),
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Into the folder, for its owner alone."""
        kept = {**asdict(self), "built_on": self.built_on.isoformat(), "filled_to": self.filled_to.isoformat()}
        write_private(folder / TOLD, json.dumps(kept, indent=1) + "\n")


def new_password() -> str:
    """Three invented words and a number, as the portal advises."""
    return f"{'-'.join(choice(WORDS) for _ in range(3))}-{randbelow(90) + 10}"


WORDS = [
    "amber",
    "anchor",
    "apricot",
    "badger",
    "barley",
    "beacon",
    "birch",
    "bramble",
    "button",
    "candle",
    "canyon",
    "cedar",
    "cobble",
    "comet",
    "copper",
    "cricket",
    "curlew",
    "dapple",
    "drizzle",
    "ember",
    "fennel",
    "ferry",
    "flint",
    "garnet",
    "gable",
    "ginger",
    "harbour",
    "hazel",
    "heron",
    "indigo",
    "juniper",
    "kettle",
    "lantern",
    "lichen",
    "linen",
    "magpie",
    "maple",
    "marble",
    "meadow",
    "mitten",
    "nettle",
    "nutmeg",
    "oatmeal",
    "otter",
    "paddle",
    "pebble",
    "pepper",
    "plover",
    "quarry",
    "quilt",
    "raven",
    "ripple",
    "russet",
    "saddle",
    "saffron",
    "sparrow",
    "spindle",
    "teasel",
    "thimble",
    "thistle",
    "tulip",
    "velvet",
    "walnut",
    "willow",
    "winter",
    "yarrow",
]
