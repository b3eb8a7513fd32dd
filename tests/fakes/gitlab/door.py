"""GraphQL over HTTP as GitLab answers it: nearly always with status 200, whatever went wrong."""

from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    execute,
    parse,
    validate,
)

from tests.fakes.gitlab.access import Visit
from tests.fakes.gitlab.records import CrashError, Request
from tests.fakes.gitlab.resolvers import answering

CRASHED = {"errors": [{"message": "Internal server error"}]}


def answer(visit: Visit, request: Request) -> tuple[int, dict[str, Any]]:
    """Status and JSON. What does not fit the shape's schema is refused as a whole and kept in `refused_queries`."""
    schema = answering(visit.state.shape)
    try:
        document = parse(request.query)
    except GraphQLError as error:
        return _refuse(visit, [error])
    if errors := validate(schema, document):
        return _refuse(visit, errors)
    result = execute(
        schema,
        document,
        context_value=visit,
        variable_values=dict(request.variables),
        operation_name=request.name or None,
    )
    assert isinstance(result, ExecutionResult)
    errors = result.errors or []
    if any(isinstance(each.original_error, CrashError) for each in errors):
        return 500, CRASHED
    if any(each.path is None for each in errors):
        return _refuse(visit, errors)
    told: dict[str, Any] = {"data": result.data}
    if errors:
        told["errors"] = [each.formatted for each in errors]
    return 200, told


def root_field(query: str, name: str) -> str:
    """The first field of the operation that would run; "" for what cannot be read."""
    try:
        document: DocumentNode = parse(query)
    except GraphQLError:
        return ""
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode) and (not name or (each.name and each.name.value == name)):
            first = each.selection_set.selections[0]
            return first.name.value if isinstance(first, FieldNode) else ""
    return ""


def _refuse(visit: Visit, errors: list[GraphQLError]) -> tuple[int, dict[str, Any]]:
    visit.state.refused_queries.extend(each.message for each in errors)
    return 200, {"errors": [each.formatted for each in errors]}
