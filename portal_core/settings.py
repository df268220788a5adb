"""An installation's settings: how this program is reached and where its records are. A school's own settings are in the store.

The environment (PORTAL_PORT=…) wins over `portal.toml` in the data folder. Keys stand in files of their own beside it, and
nowhere else: an environment is shown to whoever lists processes. An unknown setting is an error wherever it stands, so that a
mistyped name is never a silent default.

    settings = load(folder)        # NotConfigured, naming the setting, never its value
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import InitSettingsSource
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from portal_core.errors import NotConfigured

DATA = "PORTAL_DATA"
"""The environment variable that names the data folder."""
FILE, SECRET_KEY, OLDER_KEYS, DATABASE = "portal.toml", "secret_key", "older_keys", "portal.db"
SMTP_PASSWORD = "smtp_password"  # noqa: S105  # a file's name
"""What a data folder holds under which name."""
_PREFIX = "PORTAL_"
_FROM_ITS_PLACE = {"folder", "secret_key", "older_keys", "smtp_password"}
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
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
    smtp_host: str = Field(default="", description="The server that takes mail; empty: none is sent.")
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = Field(default="starttls", description="None on loopback only.")
    smtp_user: str = Field(default="", description="Signs in there, with the password in its own file.")
    smtp_password: str = Field(default="", repr=False)
    mail_from: str = Field(default="", description="The sender's address; what cannot be delivered comes back there.")
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

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        if address and not ADDRESS.fullmatch(address):
            raise ValueError("give one e-mail address, such as portal@example.sch.uk")
        return address

    @model_validator(mode="after")
    def _mail_fits_together(self) -> "Settings":
        if self.smtp_host and not self.mail_from:
            raise ValueError("smtp_host needs mail_from, the address that messages come from")
        if self.smtp_host and self.smtp_tls == "none" and not is_loopback(self.smtp_host):
            raise ValueError("smtp_tls = none would send mail in the clear; it is for a server on this machine alone")
        if self.smtp_user and not self.smtp_password:
            raise ValueError(f"smtp_user needs a password in the file {SMTP_PASSWORD} of the data folder")
        return self

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
    own: dict[str, Any] = {name: _content(folder / name) for name in (SECRET_KEY, OLDER_KEYS, SMTP_PASSWORD)}
    try:
        return Settings(**own, folder=folder, **told)
    except ValidationError as fault:
        wrong = "; ".join(
            ": ".join([*map(str, e["loc"]), e["msg"].removeprefix("Value error, ")]) for e in fault.errors()
        )
        raise NotConfigured(f"Settings in {folder / FILE} or the environment do not fit. {wrong}.") from None


def _advice(unknown: list[str]) -> str:
    if any(name.lower().endswith("_key") or name.lower().endswith("_keys") for name in unknown):
        return f"The key stands in the file {SECRET_KEY} of the data folder and nowhere else."
    if any(name.lower().endswith("smtp_password") for name in unknown):
        return f"The password stands in the file {SMTP_PASSWORD} of the data folder and nowhere else."
    return "Is the name mistyped?"


def _content(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as an address says it; any other name may be anybody's."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
