"""The prompt files, compiled once: which file answers for a feature and family, and what it says.

Templates come from the installation alone. What users send are values of variables: it is never compiled, and nothing
in it can act, since templates run in a sandbox without anything to reach for.
"""

import dataclasses
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from jinja2 import Template, TemplateError
from pydantic import TypeAdapter, ValidationError

from app.data import templates
from app.data.faults import FactsError
from app.data.templates import BASE, HELPERS, ROLES, SUFFIX, SYSTEM, TOOLS, USER
from app.domain.composing import takes_system
from app.domain.errors import Unavailable
from app.domain.families import Family
from app.domain.prompts import FeaturePrompt

ABOUT = "feature.toml"


@dataclass(frozen=True, slots=True)
class PromptFile:
    """One template: `path` as in duo_chat/base/system.jinja, `folder` the family folder, `source` its text."""

    path: str
    folder: str
    source: str


@dataclass(frozen=True, slots=True)
class Answering:
    """Which files answer for a family; `tried` are the folders that were looked in, in order."""

    system: PromptFile | None
    user: PromptFile | None
    tried: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """Both texts; an empty system text is not sent."""

    system: str
    user: str


class Prompts:
    """All prompts of an installation; thread-safe, and it never changes."""

    def __init__(self, root: Path) -> None:
        """Raises FactsError for a malformed file; a missing one is told when its feature is used."""
        self._environment = templates.environment(root)
        self._files: dict[tuple[str, str, str], PromptFile] = {}
        self._templates: dict[str, Template] = {}
        about = sorted(root.glob(f"*/{ABOUT}"))
        self.features: Mapping[str, FeaturePrompt] = MappingProxyType({p.parent.name: _about(p) for p in about})
        for path in sorted(root.glob(f"*/*/*{SUFFIX}")):
            self._add(root, path)
        # Without tools alone: what callers name theirs would fill the memory.
        self._constant = lru_cache(maxsize=None)(self._system)

    def _add(self, root: Path, path: Path) -> None:
        name = path.relative_to(root).as_posix()
        feature, folder, _ = name.split("/")
        if path.stem not in ROLES:
            raise FactsError(name, "", "", f"a prompt is {' or '.join(role + SUFFIX for role in ROLES)}")
        about = self.features.get(feature)
        if about is not None and path.stem not in about.files(folder):
            raise FactsError(name, "", "", f"is not listed in {feature}/{ABOUT}, under [families]")
        try:
            source = path.read_text(encoding="utf-8")
            templates.check(self._environment, name, source, about.samples if about else None)
            self._templates[name] = self._environment.get_template(name)
        except (TemplateError, OSError, ValueError) as problem:
            raise FactsError(name, "", "", str(problem)) from problem
        self._files[feature, folder, path.stem] = PromptFile(name, folder, source)

    def of(self, feature: str) -> FeaturePrompt:
        """What surrounds a feature's templates; raises Unavailable where the installation has lost it."""
        found = self.features.get(feature)
        if found is None:
            raise Unavailable(f"This installation has no prompts for {feature}; prompts/{feature}/{ABOUT} is missing.")
        return found

    def folders(self, feature: str) -> tuple[str, ...]:
        """The folders that have a file for a feature, by name."""
        return tuple(dict.fromkeys(folder for name, folder, _ in sorted(self._files) if name == feature))

    def roles_in(self, feature: str, folder: str) -> tuple[str, ...]:
        """The roles that one folder has a file for."""
        return tuple(role for role in ROLES if (feature, folder, role) in self._files)

    def answering(self, feature: str, family: Family) -> Answering:
        """Of each role the first file along the family's chain; no system file where the family's form stands alone."""
        system = self._first(feature, family.chain, SYSTEM) if takes_system(feature, family) else None
        return Answering(system, self._first(feature, family.chain, USER), family.chain)

    def _first(self, feature: str, chain: Sequence[str], role: str) -> PromptFile | None:
        """None also where a family's own file is lost: the next one would be another prompt, and nobody would know."""
        folder = self._folder(feature, chain, role)
        return self._files.get((feature, folder, role))

    def _folder(self, feature: str, chain: Sequence[str], role: str) -> str:
        """The folder that is to answer."""
        about = self.features.get(feature)
        return next((each for each in chain if about and role in about.families.get(each, ())), BASE)

    def system(self, feature: str, family: Family, tools: Sequence[str] = ()) -> str:
        """The system text that goes in front of a caller's own messages; empty where the family's form stands alone.

        `tools` are the names of those that the caller offers. Raises Unavailable.
        """
        if not takes_system(feature, family):
            return ""
        if tools:
            return self._system(feature, family.chain, tuple(tools))
        return self._constant(feature, family.chain)

    def _system(self, feature: str, chain: tuple[str, ...], tools: tuple[str, ...] = ()) -> str:
        return self._text(feature, chain, SYSTEM, {TOOLS: tools})

    def render(self, feature: str, family: Family, inputs: Mapping[str, str], tools: Sequence[str] = ()) -> Rendered:
        """Both texts with a value for every input of the feature; raises Unavailable."""
        system = self.system(feature, family, tools)
        return Rendered(system, self._text(feature, family.chain, USER, {**inputs, TOOLS: tuple(tools)}))

    def _text(self, feature: str, chain: Sequence[str], role: str, values: Mapping[str, object]) -> str:
        self.of(feature)
        found = self._first(feature, chain, role)
        if found is None:
            lost = f"prompts/{feature}/{self._folder(feature, chain, role)}/{role}{SUFFIX}"
            raise Unavailable(f"This installation cannot ask for {feature}: {lost} is missing.")
        try:
            # Nothing is cut off: where a gap in code begins with a line break, it is part of what is asked.
            return self._templates[found.path].render(values)
        except TemplateError as problem:
            raise Unavailable(f"The prompt {found.path} cannot be rendered: {problem}") from problem

    def problems(self, features: Sequence[str]) -> tuple[str, ...]:
        """What an installation lacks, a sentence each."""
        missing: list[str] = []
        for name in features:
            about = self.features.get(name)
            if about is None:
                missing.append(f"prompts/{name}/{ABOUT} is missing.")
            folders = (BASE, *(about.families if about else ()))
            missing += [
                f"prompts/{name}/{folder}/{role}{SUFFIX} is missing."
                for folder in folders
                for role in (about.files(folder) if about else ROLES)
                if (name, folder, role) not in self._files
            ]
        return tuple(missing)


def _about(path: Path) -> FeaturePrompt:
    feature = path.parent.name
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise FactsError(f"{feature}/{ABOUT}", "", "", str(problem)) from problem
    row = {
        "feature": feature,
        "inputs": content.pop("input", []),
        "contract": content.pop("contract", {}),
        "tools": content.pop("tool", []),
        "families": content.pop("families", {}),
        **content,
    }
    try:
        found = TypeAdapter(FeaturePrompt).validate_json(json.dumps(row), strict=True, extra="forbid")
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise FactsError(f"{feature}/{ABOUT}", "", place, first["msg"]) from problem
    for each in found.inputs:
        if each.name in (TOOLS, *HELPERS) or not each.name.isidentifier():
            raise FactsError(f"{feature}/{ABOUT}", f"input “{each.name}”", "name", "cannot be a variable of templates")
    contract = dataclasses.replace(found.contract, schema=MappingProxyType(dict(found.contract.schema)))
    return dataclasses.replace(found, contract=contract, families=MappingProxyType(dict(found.families)))
