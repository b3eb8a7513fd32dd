"""The schema in the two shapes that matter, made from one annotated file: as of 19, and as of 18.9."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from graphql import (
    REMOVE,
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLScalarType,
    GraphQLSchema,
    InputValueDefinitionNode,
    NamedTypeNode,
    NonNullTypeNode,
    Visitor,
    build_ast_schema,
    parse,
    visit,
)

from tests.fakes.gitlab.ids import model_gid

SDL = Path(__file__).parents[2] / "data" / "gitlab_duo.graphql"
SHAPES = ("19", "18.9")
AFTER_18 = frozenset({"19.x", "19.1"})


def schema(shape: str = "19") -> GraphQLSchema:
    """A new schema of one of SHAPES, without resolvers and without the file's own directives."""
    if shape not in SHAPES:
        raise ValueError(f"There is no shape {shape}: it is one of {', '.join(SHAPES)}.")
    document = parse(SDL.read_text(encoding="utf-8"))
    if shape == "18.9":
        document = visit(document, _Older())
    built = build_ast_schema(_reachable(visit(document, _Plain())))
    identity = built.type_map["AiSelfHostedModelID"]
    assert isinstance(identity, GraphQLScalarType)
    identity.parse_value = model_gid  # type: ignore[method-assign]
    return built


class _Older(Visitor):
    """Take away what came after 18, and make mandatory what was."""

    def enter(self, node: Any, *_: Any) -> Any:
        """REMOVE, the node's replacement, or None to leave it."""
        notes = _notes(node)
        if notes.get("since") in AFTER_18:
            return REMOVE
        if isinstance(node, FieldDefinitionNode | InputValueDefinitionNode) and notes.get("v18_9", "").startswith(
            "String!"
        ):
            return replace(node, type=NonNullTypeNode(type=node.type))  # type: ignore[arg-type]
        return None


class _Plain(Visitor):
    """Take the annotations away, which GitLab's schema does not have."""

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        """Only those of the file."""
        return REMOVE if node.name.value in {"since", "v18_9"} else None

    def enter_directive_definition(self, _node: DirectiveDefinitionNode, *_: Any) -> Any:
        """The file defines no others."""
        return REMOVE


class _Names(Visitor):
    """Collects the types that a definition speaks of."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_named_type(self, node: NamedTypeNode, *_: Any) -> None:
        """One of them."""
        self.found.add(node.name.value)


def _notes(node: Any) -> dict[str, str]:
    """The annotations of a node: "since" and "v18_9" with their texts."""
    directives = getattr(node, "directives", None) or ()
    return {each.name.value: each.arguments[0].value.value for each in directives if each.arguments}


def _reachable(document: DocumentNode) -> DocumentNode:
    """Without the types that nothing leads to any more: some of them speak of types that are gone."""
    definitions: dict[str, DefinitionNode] = {each.name.value: each for each in document.definitions}  # type: ignore[attr-defined]
    seen: set[str] = set()
    ahead = ["Query", "Mutation"]
    while ahead:
        name = ahead.pop()
        if name in seen or name not in definitions:
            continue
        seen.add(name)
        names = _Names()
        visit(definitions[name], names)
        ahead.extend(names.found)
    return DocumentNode(definitions=tuple(each for name, each in definitions.items() if name in seen))
