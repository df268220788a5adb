"""Files with their content's hash in the address, so that a browser may keep them for ever; nothing else is served.

Compressed once at the start. Only listed files exist: an address is looked up, never joined to a folder.
"""

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import bokeh
import panel
from tornado.web import HTTPError

from dashboards.security.handlers import PortalHandler
from portal_core.domain.clauses import Duty

OURS = Path(__file__).parent.parent / "pages" / "static"
BOKEH = Path(bokeh.__file__).parent / "server" / "static" / "js"
PANEL = Path(panel.__file__).parent / "dist"
BUNDLES = (  # in the order in which they must run; panel needs the tables
    BOKEH / "bokeh.min.js",
    BOKEH / "bokeh-widgets.min.js",
    BOKEH / "bokeh-tables.min.js",
    PANEL / "panel.min.js",
)
STYLES = ("css", "bundled/theme")  # what components ask of Panel's own address
TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it goes out."""

    type: str
    raw: bytes
    packed: bytes

    @classmethod
    def read(cls, path: Path) -> "Asset":
        """The file, with its compressed twin."""
        raw = path.read_bytes()
        return cls(TYPES[path.suffix], raw, gzip.compress(raw, 9, mtime=0))


class Assets:
    """All files there are, by address."""

    def __init__(self) -> None:
        self.files: dict[str, Asset] = {}
        self._addresses: dict[str, str] = {}
        self.bundles = tuple(self._add(path) for path in BUNDLES)
        for path in _listed(OURS):
            self._add(path)
        styles = {str(path.relative_to(PANEL)): Asset.read(path) for path in _listed(*(PANEL / s for s in STYLES))}
        version = _digest(b"".join(name.encode() + asset.raw for name, asset in styles.items()))
        self.panel = f"/static/panel-{version}/"
        self.files |= {self.panel + name: asset for name, asset in styles.items() if name.endswith(".css")}

    def _add(self, path: Path) -> str:
        asset = Asset.read(path)
        address = f"/static/{path.stem}.{_digest(asset.raw)}{path.suffix}"
        self.files[address] = asset
        self._addresses[path.name] = address
        return address

    def address(self, name: str) -> str:
        """Where a file of dashboards/pages/static is; LookupError if there is none of that name."""
        return self._addresses[name]


def _listed(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.suffix in TYPES and path.is_file())


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header admits gzip."""
    offers: Iterable[list[str]] = (offer.replace(" ", "").split(";") for offer in header.lower().split(","))
    return any(coding in ("gzip", "*") and "q=0" not in rest for coding, *rest in offers)


class StaticFile(PortalHandler):
    """One file of the list, to anyone."""

    duty: ClassVar[Duty] = Duty.VISIT
    asks_who = False

    def get(self) -> None:
        asset = self.application.assets.files.get(self.request.path)
        if asset is None:
            raise HTTPError(404)
        self.set_header("Content-Type", asset.type)
        self.set_header("Cache-Control", FOREVER)
        self.set_header("Vary", "Accept-Encoding")
        if accepts_gzip(self.request.headers.get("Accept-Encoding", "")):
            self.set_header("Content-Encoding", "gzip")
            self.finish(asset.packed)
        else:
            self.finish(asset.raw)
