"""Every setting is told where people look for it."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from app.config import PREFIX, Settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NAMES = sorted(Settings.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_is_in_the_readme_with_a_description_of_its_own(name: str) -> None:
    assert re.search(rf"\b{PREFIX}{name.upper()}\b", README), f"the README does not name {PREFIX}{name.upper()}"
    description = Settings.model_fields[name].description or ""
    assert len(description) > 10
    assert description.endswith(".")


def test_every_setting_has_a_default_so_that_two_commands_are_enough() -> None:
    assert [name for name, field in Settings.model_fields.items() if field.default is PydanticUndefined] == []


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in NAMES} | {f"{PREFIX}CONFIG"}
    named = set(re.findall(rf"\b{PREFIX}[A-Z][A-Z_]*[A-Z]\b", README))
    assert {name for name in named if name not in known and name.removesuffix("_FILE") not in known} == set()
