"""Facts stand in the tables alone, and each says where it comes from."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.data.loader import Facts
from app.domain.families import GENERAL
from app.domain.sources import Source

APP = Path(__file__).parents[2] / "app"


def _texts() -> Iterator[tuple[Path, str]]:
    for path in APP.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}  # type: ignore[attr-defined]
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                yield path, node.value


def _has_docstring(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


def test_no_model_or_family_is_named_in_code(facts: Facts) -> None:
    names = {name for model in facts.models.values() for name in (model.name, model.slug, *model.served)}
    names |= {word for family in facts.families.values() for word in (family.slug, family.label, family.gitlab_name)}
    names -= {GENERAL, facts.families[GENERAL].gitlab_name}
    folded = {name.casefold() for name in names}
    assert [(path.name, text) for path, text in _texts() if text.casefold() in folded] == []


def test_every_row_has_a_source_and_a_version(facts: Facts) -> None:
    tables = (facts.sections, facts.features, facts.families, facts.platforms, facts.servers, facts.models)
    rows: list[Source] = [row.source for table in (*tables, facts.symptoms.rows) for row in table.values()]
    rows += [row.source for row in facts.open_listings]
    assert all(source.title and source.version for source in rows)
    assert all(source.page.startswith("https://docs.gitlab.com/") for source in rows)
