"""Where settings come from beside the environment: files of one value each, and the TOML file."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource

PREFIX = "MODELPORT_"


class SettingsError(Exception):
    """One or more settings are missing or malformed; `problems` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def split(value: object) -> object:
    """A JSON list, or names between semicolons."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith("["):
        try:
            return tuple(json.loads(text))
        except ValueError as error:
            raise ValueError("should be a JSON list or names between semicolons") from error
    return tuple(part.strip() for part in text.split(";") if part.strip())


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]


class LocalSource(PydanticBaseSettingsSource):
    """The `_FILE` variants and the TOML file, which pydantic-settings does not know by our names."""

    def __init__(self, settings_class: type[BaseSettings], environment: Mapping[str, str]) -> None:
        super().__init__(settings_class)
        self.values, self.origins = read_local(environment)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 (pydantic's signature)
        """One field's value; unused by pydantic beyond the abstract contract, kept truthful."""
        return self.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self.values


def read_local(environment: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and where each came from, by name; raises SettingsError for a file that cannot be read."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    config = environment.get(PREFIX + "CONFIG")
    if config:
        try:
            table = tomllib.loads(Path(config).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError([f"{PREFIX}CONFIG: the file {config} cannot be read as TOML ({error})."]) from error
        for name, value in table.items():
            values[name.lower()] = value
            origins[name.lower()] = config
    for name, path in environment.items():
        if name.startswith(PREFIX) and name.endswith("_FILE") and path and name != PREFIX + "CA_FILE":
            field = name.removeprefix(PREFIX).removesuffix("_FILE").lower()
            try:
                values[field] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                raise SettingsError([f"{name}: the file {path} cannot be read ({error})."]) from error
            origins[field] = name
    return {name: value for name, value in values.items() if value != ""}, origins
