"""The API's own description."""

from typing import Any

from flask import Blueprint, current_app
from pydantic import RootModel

from app.api import openapi
from app.api.context import context
from app.api.operations import operation
from app.domain.roles import Role

document = Blueprint("document", __name__)


class Document(RootModel[dict[str, Any]]):
    """An OpenAPI 3.1 document."""


@document.get("/openapi.json")
@operation(Role.VIEWER, Document)
def show() -> Document:
    """Read this document."""
    return Document(openapi.document(current_app, context().origin))
