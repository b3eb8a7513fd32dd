"""What must hold between fact files, beyond each row's own shape."""

from collections.abc import Iterable

from app.data.facts import Facts
from app.data.faults import FactsError
from app.domain.families import GENERAL
from app.domain.remedies import placeholders


def check(facts: Facts) -> None:
    """Raise FactsError for the first row that points to something that is not there."""
    _features(facts)
    _families(facts)
    _models(facts)
    _catalogue(facts)
    _remedies(facts)
    _symptoms(facts)
    _prompts(facts)


def _features(facts: Facts) -> None:
    for feature in facts.features.values():
        row = f"feature “{feature.name}”"
        _known("features.toml", row, "section", [feature.section], facts.sections)
        _known("features.toml", row, "families", feature.families, facts.families)


def _families(facts: Facts) -> None:
    if GENERAL not in facts.families:
        raise FactsError("families.toml", "family", "slug", f"“{GENERAL}” is missing")
    for family in facts.families.values():
        row = f"family “{family.slug}”"
        if family.chain[-1:] != ("base",):
            raise FactsError("families.toml", row, "chain", "must end with “base”")
        _known("families.toml", row, "chain", family.chain[:-1], facts.families)
        _known("families.toml", row, "served.platforms", family.served.platforms, facts.platforms)


def _models(facts: Facts) -> None:
    hosts = facts.hosts()
    _known("models.toml", "naming", "unsaid_hosts", facts.naming.unsaid_hosts, hosts)
    slugs: set[str] = set()
    for model in facts.models.values():
        row = f"model “{model.name}”"
        if model.slug in slugs:
            raise FactsError("models.toml", row, "slug", "occurs twice")
        slugs.add(model.slug)
        _known("models.toml", row, "family", [model.family], facts.families)
        _known("models.toml", row, "hosts", model.hosts, hosts)
        _known("models.toml", row, "compatible_hosts", model.compatible_hosts, hosts)
        if bool(model.levels) != bool(model.hosts):
            raise FactsError("models.toml", row, "levels", "and hosts go together")
        if bool(model.compatible_for) != bool(model.compatible_hosts):
            raise FactsError("models.toml", row, "compatible_for", "and compatible_hosts go together")


def _catalogue(facts: Facts) -> None:
    """Every listed model has its facts, and nothing else has any."""
    for name in facts.models:
        _known("models.toml", f"model “{name}”", "name", [name], facts.model_facts)
    for name, fact in facts.model_facts.items():
        row = f"fact “{name}”"
        _known("catalogue.toml", row, "name", [name], facts.models)
        if fact.active is not None and (fact.size is None or fact.active >= fact.size):
            raise FactsError("catalogue.toml", row, "active", "must be less than size")
    for each in facts.deprecations.values():
        named = [each.name, *([each.replacement] if each.replacement else [])]
        _known("catalogue.toml", f"deprecation “{each.name}”", "name", named, facts.models)
    for hardware in facts.hardware:
        _known("catalogue.toml", f"hardware “{hardware.name}”", "name", [hardware.name], facts.models)


def _remedies(facts: Facts) -> None:
    known = {*facts.remedies.stand_ins, "code"}
    for remedy in facts.remedies.rows.values():
        for field in ("message", "cause", "remedy"):
            row = f"remedy “{remedy.code}”"
            try:
                names = placeholders(getattr(remedy, field))
            except ValueError as problem:
                raise FactsError("remedies.toml", row, field, str(problem)) from problem
            _known("remedies.toml", row, field, names, known)


def _symptoms(facts: Facts) -> None:
    for symptom in facts.symptoms.rows.values():
        row = f"symptom “{symptom.slug}”"
        _known("symptoms.toml", row, "group", [symptom.group], facts.symptoms.groups)
        _known("symptoms.toml", row, "codes", symptom.codes, facts.remedies.rows)
        if not symptom.remedy:
            raise FactsError("symptoms.toml", row, "remedy", "has no steps")
    for group, rows in facts.symptoms.by_group():
        if not rows:
            raise FactsError("symptoms.toml", f"group “{group.slug}”", "", "has no symptoms")


def _prompts(facts: Facts) -> None:
    folders = {folder for family in facts.families.values() for folder in family.chain[:-1]}
    for name, about in facts.prompts.features.items():
        _known(f"{name}/feature.toml", "", "families", about.families, folders)


def _known(file: str, row: str, field: str, names: Iterable[str], among: Iterable[str]) -> None:
    unknown = sorted(set(names) - set(among))
    if unknown:
        raise FactsError(file, row, field, f"“{unknown[0]}” is not known")
