"""Azure OpenAI: deployments by path with an api-version, or the v1 address that speaks plain OpenAI.

Source: Microsoft Learn, "Azure OpenAI in Azure AI Foundry Models REST API reference" and "API version lifecycle".
"""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from app.clients import complaints
from app.clients.dialect import Target, Trouble
from app.clients.openai_wire import OpenAIWire, key_headers
from app.lib.http import Answer, Call

V1_PATH = "/openai/v1"
DEFAULT_VERSION = "2024-10-21"


class AzureOpenAI(OpenAIWire):
    """The served name is the deployment's name. A key cannot list deployments, only base models."""

    lists_models = False

    def _call(self, target: Target, method: str, path: str, body: dict[str, Any] | None = None) -> Call:
        if target.address.path.endswith(V1_PATH):
            query = (("api-version", target.api_version),) if target.api_version not in ("", "v1") else ()
            address = target.address.join(path)
        else:
            query = (("api-version", target.api_version or DEFAULT_VERSION),)
            address = target.address.join(self._path(target, path))
        return Call(
            method=method,
            address=address,
            headers=key_headers(replace(target, key_header=target.key_header or "api-key")),
            query=query,
            json=body,
            tls=target.tls,
            secret=bool(target.api_key),
        )

    def _path(self, target: Target, path: str) -> str:
        if path == "models":
            return "openai/models"
        return f"openai/deployments/{quote(target.served_name, safe='')}/{path}"

    def trouble(self, answer: Answer) -> Trouble | None:
        """Azure answers 404 "Resource not found" for a wrong path and for a wrong api-version alike."""
        found = complaints.trouble_of(answer)
        if found and found.code == "wrong_path" and "resource not found" in found.words.lower():
            return Trouble("api_version_wrong", found.words)
        return found
