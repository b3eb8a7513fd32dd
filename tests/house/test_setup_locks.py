"""The lock files: by hash, without an address, in sections of their own; and nothing of others is committed."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

from app.cli import lock
from app.cli.prepare import places, state

ROOT = places.ROOT
REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9.-]*)==\S+( ;.*)?( \\)?$", re.MULTILINE)


def names(section: str) -> set[str]:
    return {found[0] for found in REQUIREMENT.findall(state.lock_sections()[section])}


def npm_packages(folder: Path) -> dict[str, dict[str, object]]:
    packages_of: dict[str, dict[str, object]] = json.loads((folder / "package-lock.json").read_text())["packages"]
    return {name: package for name, package in packages_of.items() if name}


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def lists_of_requirements() -> list[str]:
    apart = [(folder / "requirements.lock").read_text() for folder in lock.PYTHON_FOLDERS]
    return [*state.lock_sections().values(), *apart]


def test_the_locks_of_python_packages_name_no_address():
    for text in (places.REQUIREMENTS.read_text(), *lists_of_requirements()):
        assert "://" not in text
        assert "--index" not in text


def test_every_requirement_is_locked_by_hash():
    for requirements in lists_of_requirements():
        blocks = re.split(r"\n(?=\S)", requirements.strip())
        assert [each for each in blocks if "--hash=sha256:" not in each] == []
        assert len(blocks) == len(REQUIREMENT.findall(requirements))


def test_a_requirement_stands_in_one_section():
    seen = [name for section in state.lock_sections() for name in names(section)]
    assert list(state.lock_sections()) == ["production", "evaluation", "demo", "test", "node"]
    assert sorted(seen) == sorted(set(seen))


def test_each_section_holds_what_its_group_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = {"production": project["project"]["dependencies"], **project["dependency-groups"]}
    for section, wanted in groups.items():
        assert {re.split(r"[\[<>=]", each)[0] for each in wanted} <= names(section)


def test_npm_packages_are_locked_by_hash_and_without_addresses():
    for folder in lock.NPM_FOLDERS:
        for package in npm_packages(folder).values():
            assert str(package["integrity"]).startswith("sha512-")
            assert "resolved" not in package


def test_pages_get_four_packages_and_nothing_that_those_would_pull_in():
    needed = {name for name, package in npm_packages(ROOT).items() if not package.get("dev")}
    assert needed == {f"node_modules/{name}" for name in ("@gitlab/fonts", "@gitlab/svgs", "@gitlab/ui", "htmx.org")}


def test_versions_of_npm_packages_are_exact():
    packages = [json.loads((folder / "package.json").read_text()) for folder in lock.NPM_FOLDERS]
    kinds = ("dependencies", "devDependencies", "overrides")
    versions = [version for package in packages for kind in kinds for version in package.get(kind, {}).values()]
    assert versions
    assert [each for each in versions if not re.fullmatch(r"\d+\.\d+\.\d+", each)] == []


def test_nothing_of_others_is_committed():
    assert [
        each for each in tracked() if each.startswith(("static/vendor/", ".venv/")) or "node_modules/" in each
    ] == []
