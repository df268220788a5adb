"""An installation's settings: how this program is reached and where its records are. A school's own settings are in the store.

The environment (PORTAL_PORT=…) wins over `portal.toml` in the data folder. Keys stand in files of their own beside it, and
nowhere else: an environment is shown to whoever lists processes. An unknown setting is an error wherever it stands, so that a
mistyped name is never a silent default.

    settings = load(folder)        # NotConfigured, naming the setting, never its value
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import InitSettingsSource
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from portal_core.errors import NotConfigured

DATA = "PORTAL_DATA"
"""The environment variable that names the data folder."""
FILE, SECRET_KEY, OLDER_KEYS, DATABASE = "portal.toml", "secret_key", "older_keys", "portal.db"
"""What a data folder holds under which name."""
_PREFIX = "PORTAL_"
_FROM_ITS_PLACE = {"folder", "secret_key", "older_keys"}
_NOT_SETTINGS = {DATA, "PORTAL_CHROMIUM"}  # the second is the tests'


class Settings(BaseSettings):
    """What an installation is told. Read it with `load`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", hide_input_in_errors=True, frozen=True)

    folder: Path
    secret_key: str = Field(default="", repr=False, description="Seals secrets and signs tokens.")
    older_keys: str = Field(default="", repr=False, description="Those before it, one a line; they open, and no more.")
    database: str = Field(default="", repr=False, description="A PostgreSQL URL; empty is SQLite in the data folder.")
    origin: str = Field(default="", description="What a browser shows: https://portal.example.sch.uk")
    address: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8443, ge=1, le=65535)
    proxy: bool = Field(default=False, description="Behind a proxy that ends TLS and sets X-Forwarded-For and -Proto.")
    certificate: Path | None = Field(default=None, description="TLS certificate with its chain (PEM).")
    key: Path | None = Field(default=None, description="The certificate's private key (PEM).")
    backup_folder: Path = Field(default=Path("backups"), validate_default=True)
    log: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("certificate", "key", "backup_folder")
    @classmethod
    def _from_the_folder(cls, path: Path | None, told: ValidationInfo) -> Path | None:
        return path and told.data["folder"] / path

    @field_validator("origin")
    @classmethod
    def _is_an_origin(cls, origin: str) -> str:
        shown = urlsplit(origin)
        if origin and (
            shown.scheme not in ("http", "https") or not shown.hostname or shown.path.strip("/") or shown.query
        ):
            raise ValueError("give what a browser shows, such as https://portal.example.sch.uk")
        return origin.rstrip("/")

    @field_validator("database")
    @classmethod
    def _is_postgresql(cls, database: str) -> str:
        try:
            fits = not database or make_url(database).drivername in ("postgresql", "postgresql+psycopg")
        except ArgumentError:
            fits = False
        if not fits:
            raise ValueError("give postgresql://user:password@host/name, or nothing for SQLite in the data folder")
        return database

    @property
    def url(self) -> str:
        """The database's address, for SQLAlchemy."""
        return self.database or f"sqlite:///{self.folder / DATABASE}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The secret key, and those before it. NotConfigured without one."""
        if not self.secret_key:
            raise NotConfigured(
                f"There is no secret key in {self.folder / SECRET_KEY}. Put it back from where it is kept; "
                "if it is lost, docs/operations.md says what to do."
            )
        return (self.secret_key, *self.older_keys.split())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What stands in a place of its own, then the environment, then the file."""
        given = init_settings()
        own = {name: value for name, value in given.items() if name in _FROM_ITS_PLACE}
        told = {name: value for name, value in given.items() if name not in own}
        return (
            InitSettingsSource(settings_cls, own),
            EnvSettingsSource(settings_cls),
            InitSettingsSource(settings_cls, told),
        )


def load(folder: Path) -> Settings:
    """The settings of an installation. Raises NotConfigured: no such folder, an unknown name, a value that does not fit."""
    path = folder / FILE
    if not path.is_file():
        raise NotConfigured(f"{folder} is not a portal's data folder: it holds no {FILE}. `portal init` makes one.")
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:  # not TOML, or not UTF-8
        raise NotConfigured(f"{path} cannot be read: {fault}. Correct the line and try again.") from None
    return settings_from(folder, told)


def settings_from(folder: Path, told: Mapping[str, Any]) -> Settings:
    """The settings that a file with this content makes in a folder. Raises NotConfigured."""
    allowed = Settings.model_fields.keys() - _FROM_ITS_PLACE
    known = {_PREFIX + name.upper() for name in allowed} | _NOT_SETTINGS
    unknown = sorted(name for name in os.environ if name.upper().startswith(_PREFIX) and name.upper() not in known)
    if unknown:
        raise NotConfigured(f"Unknown in the environment: {', '.join(unknown)}. {_advice(unknown)}")
    if unknown := sorted(told.keys() - allowed):
        raise NotConfigured(f"Unknown in {folder / FILE}: {', '.join(unknown)}. {_advice(unknown)}")
    own: dict[str, Any] = {name: _content(folder / name) for name in (SECRET_KEY, OLDER_KEYS)}
    try:
        return Settings(**own, folder=folder, **told)
    except ValidationError as fault:
        wrong = "; ".join(f"{e['loc'][0]}: {e['msg'].removeprefix('Value error, ')}" for e in fault.errors())
        raise NotConfigured(f"Settings in {folder / FILE} or the environment do not fit. {wrong}.") from None


def _advice(unknown: list[str]) -> str:
    if any(name.lower().endswith("_key") or name.lower().endswith("_keys") for name in unknown):
        return f"The key stands in the file {SECRET_KEY} of the data folder and nowhere else."
    return "Is the name mistyped?"


def _content(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
