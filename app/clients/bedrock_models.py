"""Names of models on Amazon Bedrock: ids, profiles that spread over regions, ARNs, and the lists that hold them.

Source: Amazon Bedrock User Guide, "Supported Regions and models for inference profiles"; Bedrock API reference,
"ListFoundationModels" and "ListInferenceProfiles".
"""

import re
from collections.abc import Iterator
from typing import Any

from app.clients.dialect import FoundModel, Trouble, WireError
from app.clients.json_wire import LIST_MAX, NAME_MAX, traits_of

ARN = "arn:"
_APPLICATION, _SYSTEM = ":application-inference-profile/", ":inference-profile/"
# The profile that most models have for a region; the start of a region's name decides, the longer first.
_GEOGRAPHY = (("us-gov-", "us-gov"), ("us-", "us"), ("eu-", "eu"), ("ap-", "apac"))
_ELSEWHERE = "global"
_PROFILE = re.compile(r"(us-gov|us|eu|apac|au|ca|jp|global)\.")
_READABLE = frozenset({"TEXT", "EMBEDDING"})


def with_profile(name: str, region: str) -> str:
    """The inference profile that a region most likely has for a model's id."""
    geography = next((each for start, each in _GEOGRAPHY if region.startswith(start)), _ELSEWHERE)
    return f"{geography}.{name}"


def is_profile(name: str) -> bool:
    """Whether the name is an inference profile of AWS's own, as eu.vendor.model."""
    return _PROFILE.match(name) is not None


def without_profile(name: str) -> str:
    """The model's id inside a profile's name; any other name as it is."""
    return _PROFILE.sub("", name, count=1)


def list_request(name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Path and query of the list that would hold such a name.

    AWS keeps three lists and has no request for all: models, its own profiles, and the account's profiles.
    """
    if _APPLICATION in name:
        return "inference-profiles", (("maxResults", "1000"), ("type", "APPLICATION"))
    if is_profile(name) or _SYSTEM in name:
        return "inference-profiles", (("maxResults", "1000"), ("type", "SYSTEM_DEFINED"))
    return "foundation-models", ()


def read_names(body: Any, region: str, asked: str) -> tuple[FoundModel, ...]:
    """The names that may be called, each once; raises WireError for a body that is none of the lists.

    A model that is not served on demand stands there as the profile it needs. Profiles stand there by id, or by ARN
    where `asked` is one.
    """
    held = body if isinstance(body, dict) else {}
    rows = held.get("modelSummaries", held.get("inferenceProfileSummaries"))
    if not isinstance(rows, list):
        raise WireError(Trouble("model_list_malformed"))
    found: dict[str, FoundModel] = {}
    for row in rows[:LIST_MAX]:
        for name in _names(row, region, asked) if isinstance(row, dict) else ():
            if isinstance(name, str) and 0 < len(name) <= NAME_MAX and name.isprintable():
                found.setdefault(name, FoundModel(name, traits=traits_of(row)))
    return tuple(found.values())


def _names(row: dict[str, Any], region: str, asked: str) -> Iterator[Any]:
    if "modelId" in row:
        yield from _callable(row, region)
    else:
        yield row.get("inferenceProfileArn" if asked.startswith(ARN) else "inferenceProfileId")


def _callable(row: dict[str, Any], region: str) -> Iterator[str]:
    """How one foundation model may be called; those that have to be bought as throughput have an ARN of their own."""
    name, offered = row.get("modelId"), row.get("inferenceTypesSupported") or ["ON_DEMAND"]
    if not isinstance(name, str) or not isinstance(offered, list):
        return
    if not _READABLE & _words(row.get("outputModalities")):
        return
    if "ON_DEMAND" in offered:
        yield name
    if "INFERENCE_PROFILE" in offered:
        yield with_profile(name, region)


def _words(value: Any) -> frozenset[str]:
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else _READABLE
