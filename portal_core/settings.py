"""An installation's settings: how this program is reached and where its records are. A school's own settings are in the store.

Read from, the first that says something wins: the environment (PORTAL_PORT=…), secret files and `portal.toml` in the data
folder. An unknown setting is an error wherever it stands, so that a mistyped name is never a silent default.

    settings = load(folder)        # NotConfigured, naming the setting, never its value
"""

import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from portal_core.errors import NotConfigured

DATA = "PORTAL_DATA"
"""The environment variable that names the data folder."""
FILE, SECRET_KEY, OLDER_KEYS, DATABASE = "portal.toml", "secret_key", "older_keys", "portal.db"
"""What a data folder holds under which name."""
_PREFIX = "PORTAL_"
_NOT_SETTINGS = {DATA, "PORTAL_CHROMIUM"}  # the second is the tests'


class Settings(BaseSettings):
    """What an installation is told. Read it with `load`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", hide_input_in_errors=True, frozen=True)

    folder: Path = Field(description="The data folder; never read from a file.")
    database: str = Field(default="", description="A SQLAlchemy URL; empty is SQLite in the data folder.")
    secret_key: str = Field(default="", description="In a file of its own; seals secrets and signs tokens.")
    older_keys: str = Field(
        default="", description="Keys before the last rotation, one a line; they open, and no more."
    )
    origin: str = Field(default="", description="What a browser shows: https://portal.example.sch.uk")
    address: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8443, ge=1, le=65535)
    proxy: bool = Field(default=False, description="Behind a proxy that ends TLS and sets X-Forwarded-For and -Proto.")
    certificate: Path | None = Field(default=None, description="TLS certificate with its chain (PEM).")
    key: Path | None = Field(default=None, description="The certificate's private key (PEM).")
    backup_folder: Path | None = Field(
        default=None, description="Where backups go; unset is `backups` in the data folder."
    )
    log: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def url(self) -> str:
        """The database's address."""
        return self.database or f"sqlite:///{self.folder / DATABASE}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The secret key, and those before it. NotConfigured without one."""
        if not self.secret_key:
            raise NotConfigured(f"There is no secret key in {self.folder / SECRET_KEY}. `portal init` makes one.")
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
        """The folder comes from `load`; the files are those in it."""
        folder: Path = init_settings()["folder"]
        return (
            init_settings,
            EnvSettingsSource(settings_cls),
            SecretsSettingsSource(settings_cls, secrets_dir=folder, env_prefix=""),
            TomlConfigSettingsSource(settings_cls, toml_file=folder / FILE),
        )


def load(folder: Path) -> Settings:
    """The settings of an installation. Raises NotConfigured: no such folder, an unknown name, a value that does not fit."""
    if not (folder / FILE).is_file():
        raise NotConfigured(f"{folder} is not a portal's data folder: it holds no {FILE}. `portal init` makes one.")
    known = {_PREFIX + name.upper() for name in Settings.model_fields} | _NOT_SETTINGS
    unknown = sorted(name for name in os.environ if name.upper().startswith(_PREFIX) and name.upper() not in known)
    if unknown:
        raise NotConfigured(f"Unknown in the environment: {', '.join(unknown)}. Is the name mistyped?")
    try:
        return Settings(folder=folder)
    except tomllib.TOMLDecodeError as fault:
        raise NotConfigured(f"{folder / FILE} cannot be read: {fault}. Correct the line and try again.") from None
    except ValidationError as fault:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors(include_input=False))
        raise NotConfigured(f"Settings in {folder / FILE} or the environment: {wrong}.") from None
