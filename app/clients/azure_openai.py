"""Azure OpenAI: deployments by path with an api-version, or the v1 address that speaks plain OpenAI.

Source: Microsoft Learn, "Azure OpenAI in Azure AI Foundry Models REST API reference" and "API version lifecycle".
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from app.clients.dialect import Alternative, Trouble
from app.clients.json_wire import at_path, key_headers, without_pasted
from app.clients.openai_wire import PASTED, OpenAIWire
from app.clients.target import Target
from app.lib.http import Answer, Call

V1_PATH = "/openai/v1"
DEFAULT_VERSION = "2024-10-21"
KEY_HEADER = "api-key"
# The one version that the v1 address asks for by name; it knows no dates.
V1_PREVIEW = "preview"


class AzureOpenAI(OpenAIWire):
    """The served name is the deployment's name. A key cannot list deployments, only base models."""

    lists_models = False

    def trouble(self, target: Target, answer: Answer) -> Trouble | None:
        """Azure answers 404 "Resource not found" for a wrong path and for a wrong api-version alike."""
        found = super().trouble(target, answer)
        if found and found.code == "wrong_path" and "resource not found" in found.words.lower() and _chosen(target):
            return replace(found, code="api_version_wrong")
        return found

    def alternatives(self, target: Target) -> Sequence[Alternative]:
        """A version that is known to work, then the address without path, and the v1 address."""
        found = []
        if _chosen(target):
            known = replace(target, api_version=DEFAULT_VERSION)
            found.append(Alternative("api_version_wrong", "api_version", DEFAULT_VERSION, known))
        typed = target.address.path
        code = "pasted_path" if "/deployments/" in typed or without_pasted(typed, PASTED) != typed else "wrong_path"
        before, below_v1, _ = typed.partition(V1_PATH)
        paths = (before + V1_PATH, before) if below_v1 else (typed.partition("/openai")[0], "", V1_PATH)
        return [*found, *(at_path(target, path, code) for path in dict.fromkeys(paths) if path != typed)]

    def _call(self, target: Target, method: str, path: str, body: dict[str, Any] | None = None) -> Call:
        if _is_v1(target):
            address = target.address.join(path)
            version = V1_PREVIEW if target.api_version == V1_PREVIEW else ""
        else:
            address = target.address.join(_dated_path(target, path))
            version = target.api_version or DEFAULT_VERSION
        return Call(
            method=method,
            address=address,
            headers=key_headers(replace(target, key_header=target.key_header or KEY_HEADER)),
            query=(("api-version", version),) if version else (),
            json=body,
            tls=target.tls,
            secret=target.carries_secret,
        )


def _is_v1(target: Target) -> bool:
    return target.address.path.endswith(V1_PATH)


def _chosen(target: Target) -> bool:
    """Whether the api-version is one that somebody chose, so that it may be what is wrong."""
    return not _is_v1(target) and target.api_version not in ("", DEFAULT_VERSION)


def _dated_path(target: Target, path: str) -> str:
    if path == "models":
        return "openai/models"
    return f"openai/deployments/{quote(target.served_name, safe='')}/{path}"
