"""The settings: read once at the start, checked with their names, handed down as values.

Order of sources: environment, then files named by `MODELPORT_<NAME>_FILE`, then the TOML file named by
MODELPORT_CONFIG, then the default. An empty value counts as unset.
"""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from app.config_sources import PREFIX, LocalSource, Names, SettingsError, read_local, split
from app.config_values import LOOPBACK_NAMES, issuer, origin, proxy
from app.lib.egress_entries import BadPolicy, read_entries
from app.lib.signing import fault_of_secret
from app.lib.urls import BadAddress, parse
from app.lib.weak_keys import weakness

__all__ = ["PREFIX", "Settings", "SettingsError", "load_settings", "serving_problems", "sources", "with_own_key"]

ROOT = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """Every setting of the portal; the text under each name is its help."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True)

    data_dir: Path = Field(ROOT / "var", description="Folder for everything that running writes.")
    public_url: str = Field("", description="Address people open, without a path; http only on loopback.")
    bind: str = Field("127.0.0.1:8050", description="Host and port to listen on.")
    database_url: str = Field("", description="postgresql://...; empty: SQLite in DATA_DIR.")
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(split)] = Field(
        (), description="Keys of 32 characters or more; the first encrypts, all decrypt."
    )
    oidc_issuer: str = Field("", description="Issuer address of the identity provider.")
    oidc_client_id: str = Field("", description="Client id registered at the provider.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Client secret registered at the provider.")
    oidc_scopes: str = Field("", description="Scopes to ask for; empty: openid profile email, and groups if listed.")
    oidc_groups_claim: str = Field("groups", description="Claim with the groups, as a JMESPath.")
    role_admin: Names = Field((), description="Groups whose members are admins; exact names.")
    role_editor: Names = Field((), description="Groups whose members are editors; exact names.")
    role_viewer: Names = Field((), description="Groups whose members are viewers; exact names.")
    session_idle_minutes: int = Field(30, ge=1, le=1440, description="Minutes without a request that end a session.")
    session_max_hours: int = Field(12, ge=1, le=168, description="Hours after which a session ends in any case.")
    embed_origins: Names = Field((), description="Exact origins that may frame the pages; empty: none.")
    cookie_mode: Literal["same-site", "cross-site"] = Field("same-site", description="same-site or cross-site.")
    storage_access: bool = Field(
        False, description="Whether a cross-site frame may ask the browser for the cookie of a full page."
    )
    egress_allow_private: bool = Field(True, description="Whether private networks may be called.")
    egress_allow: Names = Field((), description="host:port or CIDR that may be called although a rule forbids it.")
    egress_deny: Names = Field((), description="host, host:port or CIDR that may not be called.")
    egress_proxy: str = Field("", description="Proxy for outbound calls; empty: none.")
    ca_file: Path | None = Field(None, description="PEM file added to the system's roots for outbound calls.")
    proxy_hops: int = Field(0, ge=0, le=10, description="Trusted reverse proxies in front.")
    test_concurrency: int = Field(50, ge=1, le=500, description="Connection tests at once in one process.")
    test_every_minutes: int = Field(
        15, ge=0, le=1440, description="Minutes between two tests of what serves a feature; 5 to 1440, 0: never."
    )
    alert_webhook: str = Field("", description="Address that alerts are sent to; empty: none.")
    alert_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Signs alerts: whsec_<base64>, or 24 characters; empty: derived, `check` prints it."
    )
    gitlab_url: str = Field("", description="Address of the GitLab instance to keep in step; empty: none.")
    gitlab_token: SecretStr = Field(
        SecretStr(""), description="Access token of a GitLab administrator with the scope api; for that address alone."
    )
    gitlab_every_minutes: int = Field(
        15, ge=0, le=1440, description="Minutes between two readings of GitLab; 5 to 1440, 0: never by itself."
    )
    retention_probes_days: int = Field(
        180, ge=1, le=3650, description="Days that old connection tests are kept, 1 to 3650."
    )
    retention_usage_days: int = Field(400, ge=1, le=3650, description="Days that usage is kept, 1 to 3650.")
    stop_notice_seconds: int = Field(
        5, ge=0, le=300, description="Seconds of a stop in which only /readyz fails, for the load balancer to notice."
    )
    stop_within_seconds: int = Field(
        630, ge=1, le=3600, description="Seconds that answers under way get to end at a stop; the longest takes 630."
    )
    retention_audit_days: int = Field(0, ge=0, le=36500, description="Days that audit entries are kept; 0: for ever.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level logged.")
    log_format: Literal["text", "json"] = Field("text", description="text or json.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (pydantic's signature)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before files; dotenv and secret folders are left out on purpose."""
        return init_settings, env_settings, LocalSource(settings_cls, os.environ)

    @field_validator("bind")
    @classmethod
    def _bind(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ValueError("should be host:port, for example 127.0.0.1:8050")
        return value

    @field_validator("test_every_minutes", "gitlab_every_minutes")
    @classmethod
    def _every(cls, value: int) -> int:
        if 0 < value < 5:
            raise ValueError("should be 5 to 1440, or 0 for never")
        return value

    @field_validator("alert_webhook")
    @classmethod
    def _alert_webhook(cls, value: str) -> str:
        try:
            if value:
                parse(value.partition("?")[0])
        except BadAddress as error:
            raise ValueError(f"should be an http(s) address ({error.message.rstrip('.')})") from error
        return value

    @field_validator("alert_webhook_secret")
    @classmethod
    def _alert_webhook_secret(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and (why := fault_of_secret(text)):
            raise ValueError(why)
        return value

    @field_validator("gitlab_url")
    @classmethod
    def _gitlab_url(cls, value: str) -> str:
        if not value:
            return value
        hint = "should be the address of GitLab, for example https://gitlab.example.com"
        try:
            address = parse(value)
        except BadAddress as error:
            raise ValueError(f"{hint} ({error.message.rstrip('.')})") from error
        if address.scheme == "http" and address.host not in LOOPBACK_NAMES:
            raise ValueError("should begin with https (http is for loopback only): an administrator's token goes there")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _both_of_gitlab(self) -> "Settings":
        if bool(self.gitlab_url) != bool(self.gitlab_token.get_secret_value()):
            missing, other = ("GITLAB_TOKEN", "GITLAB_URL") if self.gitlab_url else ("GITLAB_URL", "GITLAB_TOKEN")
            raise ValueError(f"{PREFIX}{missing} is not set, {PREFIX}{other} is: set both, or neither")
        return self

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        return origin(value, "should be an address without a path, for example https://modelport.example.com")

    @field_validator("embed_origins")
    @classmethod
    def _embed_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            origin(each, "should hold exact origins, for example https://gitlab.example.com") for each in value
        )

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        return issuer(value)

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
            raise ValueError("should begin with postgresql:// (or be empty for SQLite in DATA_DIR)")
        return value.replace("postgresql://", "postgresql+psycopg://", 1)

    @field_validator("egress_allow", "egress_deny")
    @classmethod
    def _egress(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        try:
            read_entries(str(info.field_name).removeprefix("egress_"), value)
        except BadPolicy as error:
            raise ValueError(error.message.rstrip(".")) from error
        return value

    @field_validator("egress_proxy")
    @classmethod
    def _egress_proxy(cls, value: str) -> str:
        return proxy(value)

    @field_validator("secret_keys")
    @classmethod
    def _secret_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for position, key in enumerate(value, 1):
            if why := weakness(key.get_secret_value()):
                raise ValueError(f"key {position} {why}; make one with: openssl rand -base64 48")
        return value

    @field_validator("ca_file")
    @classmethod
    def _ca_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("should be the path of a PEM file that exists")
        return value

    @property
    def bind_host(self) -> str:
        """The host part of `bind`, without brackets."""
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def bind_port(self) -> int:
        """The port part of `bind`."""
        return int(self.bind.rpartition(":")[2])

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the portal."""
        try:
            return ipaddress.ip_address(self.bind_host).is_loopback
        except ValueError:
            return self.bind_host in LOOPBACK_NAMES

    @property
    def origin(self) -> str:
        """The address people open: PUBLIC_URL, else the listen address."""
        return self.public_url or f"http://{self.bind}"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'modelport.db'}"


def load_settings(**overrides: Any) -> Settings:
    """Read and check the settings; raises SettingsError with a sentence per bad setting."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = []
        for item in error.errors():
            told = item["msg"].removeprefix("Value error, ")
            # What is wrong between two settings names them itself.
            name = f"{PREFIX}{str(item['loc'][0]).upper()}: " if item["loc"] else ""
            problems.append(f"{name}{told}.")
        raise SettingsError(problems) from error


def serving_problems(settings: Settings) -> list[str]:
    """What must be set before `serve` may start; `run` brings these itself."""
    needed = {
        "PUBLIC_URL": (settings.public_url, "the address people open, for example https://modelport.example.com"),
        "OIDC_ISSUER": (settings.oidc_issuer, "the provider's issuer address"),
        "OIDC_CLIENT_ID": (settings.oidc_client_id, "the client id registered at the provider"),
        "OIDC_CLIENT_SECRET": (settings.oidc_client_secret.get_secret_value(), "the client secret"),
        "ROLE_ADMIN": (settings.role_admin, "at least one group whose members are admins"),
        "SECRET_KEYS": (settings.secret_keys, "at least one random key of 32 characters or more"),
    }
    return [f"{PREFIX}{name}: is not set; it should be {what}." for name, (value, what) in needed.items() if not value]


def with_own_key(settings: Settings) -> Settings:
    """Settings with a key of this installation when none is set: made once, kept in DATA_DIR with mode 0600."""
    if settings.secret_keys:
        return settings
    path = settings.data_dir / "secret_key"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(secrets.token_urlsafe(48))
    return settings.model_copy(update={"secret_keys": (SecretStr(path.read_text(encoding="ascii").strip()),)})


def sources(environment: Mapping[str, str]) -> dict[str, str]:
    """Where each setting that is given comes from: "environment" or a file's name; raises SettingsError."""
    _values, found = read_local(environment)
    given = {
        name.removeprefix(PREFIX).lower() for name, value in environment.items() if value and name.startswith(PREFIX)
    }
    return found | dict.fromkeys(given, "environment")
