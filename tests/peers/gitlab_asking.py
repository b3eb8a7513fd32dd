"""How the tests of GitLab's stand-in ask it, without any client of the project's."""

import json
import urllib.error
import urllib.request
from typing import Any

from tests.fakes.gitlab.server import GitLabServer

LIST = """query models($first: Int, $after: String) { aiSelfHostedModels(first: $first, after: $after) {
  nodes { id name hasApiToken } pageInfo { hasNextPage endCursor } } }"""
FEATURES = "{ aiFeatureSettings { nodes { feature provider compatibleLlms selfHostedModel { name } } } }"
UPDATE = """mutation($input: AiSelfHostedModelUpdateInput!) { aiSelfHostedModelUpdate(input: $input) {
  selfHostedModel { name } errors } }"""
DELETE = "mutation($input: AiSelfHostedModelDeleteInput!) { aiSelfHostedModelDelete(input: $input) { errors } }"
CHECK = """mutation($input: AiSelfHostedModelConnectionCheckInput!) { aiSelfHostedModelConnectionCheck(input: $input) {
  result { success message errors } errors } }"""
NEW = {
    "name": "GPU",
    "model": "MISTRAL",
    "provider": "API",
    "endpoint": "http://gpu/v1",
    "identifier": "custom_openai/m",
}


def send(server: GitLabServer, path: str, body: object = None, **headers: str) -> tuple[int, str]:
    given = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"} | headers
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, given)  # noqa: S310 - to the stand-in
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - to the stand-in
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def ask(server: GitLabServer, query: str, **variables: Any) -> dict[str, Any]:
    """The answer to a query that fits the schema, with status 200."""
    status, text = send(server, "/api/graphql", {"query": query, "variables": variables})
    assert status == 200, text
    read: dict[str, Any] = json.loads(text)
    return read


def errors(answer: dict[str, Any]) -> list[str]:
    """The payload's errors of the one mutation in an answer."""
    (payload,) = answer["data"].values()
    errors: list[str] = payload["errors"]
    return errors
