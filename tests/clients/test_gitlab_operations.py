"""Every operation fits the schema it is for, and none asks for a stored key."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, parse, validate

from app.clients.gitlab import operations
from app.clients.gitlab.operations import operation
from tests.fakes.gitlab.schema import schema

FOLDER = Path(operations.__file__).parent / "operations"
FRAGMENTS = {"model_fields", "model_fields_18"}
NAMES = sorted({each.stem for each in FOLDER.glob("*.graphql")} - FRAGMENTS)
OF_MODELS = ["create", "model", "models", "update"]


@pytest.fixture(scope="module")
def schemas() -> dict[bool, GraphQLSchema]:
    """By whether it is the older one."""
    return {True: schema("18.9"), False: schema("19")}


def faults(built: GraphQLSchema, text: str) -> list[str]:
    return [each.message for each in validate(built, parse(text))]


def test_the_operations_are_those_that_the_client_names() -> None:
    named = "assign check create delete duo_settings features health model models shape update"
    assert named.split() == NAMES


@pytest.mark.parametrize("is_18", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_it_fits_the_shape_it_is_for(schemas: dict[bool, GraphQLSchema], name: str, is_18: bool) -> None:
    assert faults(schemas[is_18], operation(name, is_18=is_18)) == []


@pytest.mark.parametrize("name", OF_MODELS)
def test_what_asks_for_platforms_does_not_fit_18(schemas: dict[bool, GraphQLSchema], name: str) -> None:
    assert faults(schemas[True], operation(name)) == ["Cannot query field 'provider' on type 'AiSelfHostedModel'."]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.graphql")), ids=lambda path: path.stem)
def test_none_asks_for_a_stored_key(path: Path) -> None:
    assert "apiToken" not in path.read_text(encoding="utf-8").replace("hasApiToken", "")


@pytest.mark.parametrize("name", ["models", "features"])
def test_lists_are_asked_for_in_hundreds(name: str) -> None:
    assert "(first: 100, after: $after)" in operation(name)
