"""Whom to sign in as: random for each data folder, kept in it, and printed when the demo starts."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import SystemRandom, randbelow

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
        """Without a second factor or a code where there is none; an empty password where none has been chosen yet."""
        kept = asdict(self)
        return {name: value for name, value in kept.items() if value or name not in ("totp_secret", "activation_code")}


@dataclass(frozen=True, slots=True)
class Told:
    """What a demo's data folder remembers: which school it is, up to when its files have come, who may sign in."""

    seed: int
    built_on: date
    as_built: datetime  # until when the school goes as it was first kept, in UTC
    filled_to: datetime  # when its newest files were given out, in UTC
    asked: datetime | None  # the time to which the clock was set at the last start
    forms: tuple[str, ...]
    signins: tuple[SignIn, ...]
    made_by: str

    @classmethod
    def read(cls, folder: Path) -> "Told | None":
        """From the folder; None if it holds no demo that this program can go on with."""
        try:
            kept = json.loads((folder / TOLD).read_text(encoding="utf-8"))
            told = cls(
                **kept
                | {name: datetime.fromisoformat(kept[name]) for name in ("as_built", "filled_to")}
                | {"asked": kept["asked"] and datetime.fromisoformat(kept["asked"])}
                | {"built_on": date.fromisoformat(kept["built_on"]), "forms": tuple(kept["forms"])}
                | {"signins": tuple(SignIn(**one) for one in kept["signins"])}
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return told if told.made_by == maker() else None

    def write(self, folder: Path) -> None:
        """Into the folder, for its owner alone."""
        write_private(folder / TOLD, json.dumps(asdict(self), default=lambda when: when.isoformat(), indent=1) + "\n")


@cache
def maker() -> str:
    """Stands for this program's way of inventing a school: another way would give the same pupils another life."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def new_password() -> str:
    """Three invented words and a number, as the portal advises."""
    return f"{'-'.join(SystemRandom().sample(WORDS, 3))}-{randbelow(90) + 10}"


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
