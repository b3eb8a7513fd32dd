"""Which prompt files answer for a feature and a family, and where they were looked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.data.facts import Facts
from app.data.prompts import ABOUT, PromptFile
from app.domain.composing import takes_system
from app.domain.families import Family

BASE = "base"


class Origin(StrEnum):
    """Where a family's prompts for a feature come from: the nearest folder that has one of them."""

    OWN = "own"
    INHERITED = "inherited"
    BASE = "base"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Looked:
    """One folder of the chain, with the roles that it has a file for."""

    folder: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PromptFiles:
    """What answers for one feature and family.

    `system` is None too where the family sends none with this feature (`sends_system`). `folder` is that of `origin`;
    `chain` says of each folder, in order, what was found there. `problem` is a sentence where a file is missing.
    """

    feature: str
    family: str
    origin: Origin
    folder: str
    system: PromptFile | None
    user: PromptFile | None
    sends_system: bool
    chain: tuple[Looked, ...]
    problem: str = ""

    @property
    def files(self) -> tuple[PromptFile, ...]:
        """Those that answer, in the order in which they are sent."""
        return tuple(each for each in (self.system, self.user) if each)

    @property
    def paths(self) -> tuple[str, ...]:
        """Their paths below the folder of prompts."""
        return tuple(each.path for each in self.files)


def prompt_files(facts: Facts, feature: str, family: Family) -> PromptFiles:
    """What answers for a feature and a family; a missing file is a problem to tell, not an error."""
    found = facts.prompts.answering(feature, family)
    sends = takes_system(feature, family)
    complete = feature in facts.prompts.features and found.user and (found.system or not sends)
    origin, folder = _origin(family, found.system, found.user) if complete else (Origin.MISSING, "")
    looked = tuple(Looked(each, facts.prompts.roles_in(feature, each)) for each in found.tried)
    problem = "" if complete else _problem(facts, feature, family)
    return PromptFiles(feature, family.slug, origin, folder, found.system, found.user, sends, looked, problem)


def of_family(facts: Facts, family: Family) -> dict[str, PromptFiles]:
    """What answers for each feature, in GitLab's order."""
    return {feature: prompt_files(facts, feature, family) for feature in facts.features}


def matrix(facts: Facts) -> dict[str, dict[str, PromptFiles]]:
    """What answers for every feature, and of that for every family."""
    families = facts.families.values()
    return {name: {each.slug: prompt_files(facts, name, each) for each in families} for name in facts.features}


def alike(files: PromptFiles, of_feature: Mapping[str, PromptFiles]) -> tuple[str, ...]:
    """The other families for which the very same files answer."""
    return tuple(slug for slug, other in of_feature.items() if slug != files.family and other.paths == files.paths)


def _problem(facts: Facts, feature: str, family: Family) -> str:
    """What is missing in the folders that the family looks in; another family's files are its own affair."""
    folders = [f"prompts/{feature}/{each}" for each in (ABOUT, *(f"{folder}/" for folder in family.chain))]
    return " ".join(each for each in facts.prompts.problems((feature,)) if each.startswith(tuple(folders)))


def _origin(family: Family, *found: PromptFile | None) -> tuple[Origin, str]:
    folders = {each.folder for each in found if each}
    folder = _nearest(family.chain, folders)
    if folder == BASE:
        return Origin.BASE, folder
    return (Origin.OWN if folder == family.slug else Origin.INHERITED), folder


def _nearest(chain: Sequence[str], folders: set[str]) -> str:
    return next(each for each in chain if each in folders)
