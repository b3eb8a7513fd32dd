"""What to enter in GitLab for an endpoint or an assignment: field values, and GraphQL to run instead.

GitLab marks these operations as experiments (docs.gitlab.com, GraphQL API resources); written for 19.2.
A key is never part of it: whoever runs the mutation puts it in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.families import Family
from app.domain.features import Feature
from app.domain.identifiers import Identifier
from app.domain.platforms import OPENAI_COMPATIBLE, Platform

# GitLab itself stores 2048 characters, but its gateway answers 422 to more than this.
GATEWAY_ENDPOINT_MAX = 255
NAME_MAX = 255
KEY_PLACEHOLDER = "<put the key in here>"
ID_PLACEHOLDER = "gid://gitlab/Ai::SelfHostedModel/<id of the model in GitLab>"

MODEL_CREATE = """\
mutation createModel($input: AiSelfHostedModelCreateInput!) {
  aiSelfHostedModelCreate(input: $input) {
    selfHostedModel {
      id
      name
    }
    errors
  }
}
"""

FEATURE_UPDATE = """\
mutation assignFeatures($input: AiFeatureSettingUpdateInput!) {
  aiFeatureSettingUpdate(input: $input) {
    aiFeatureSettings {
      feature
      provider
    }
    errors
  }
}
"""

_PROVIDERS = {"endpoint": "SELF_HOSTED", "disabled": "DISABLED", "managed": "VENDORED", "unassigned": "UNASSIGNED"}


@dataclass(frozen=True, slots=True)
class Line:
    """One field of GitLab's form: its label there, the value to copy, and a remark or ""."""

    label: str
    value: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ToCopy:
    """Field values, and one GraphQL operation with its variables; `warnings` are sentences."""

    lines: tuple[Line, ...]
    query: str
    variables: Mapping[str, object]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """What GitLab has to know of an endpoint."""

    name: str
    platform: Platform
    family: Family
    identifier: Identifier
    base_url: str
    has_key: bool


def model_to_create(deployment: Deployment) -> ToCopy:
    """The self-hosted model to add in GitLab for an endpoint that GitLab's gateway calls directly."""
    platform, family = deployment.platform, deployment.family
    address = gitlab_endpoint(platform, deployment.base_url)
    given = {
        "name": deployment.name,
        "model": family.gitlab_name,
        "provider": platform.gitlab_platform,
        "endpoint": address,
        "identifier": deployment.identifier.text,
        "apiToken": KEY_PLACEHOLDER if deployment.has_key and platform.takes_endpoint else None,
    }
    return ToCopy(
        lines=_model_lines(deployment, address),
        query=MODEL_CREATE,
        variables={"input": {name: value for name, value in given.items() if value is not None}},
        warnings=_warnings(platform, family, address),
    )


def relay_to_create(feature: Feature, origin: str, platform: Platform, family: Family) -> ToCopy:
    """The self-hosted model through which GitLab calls Modelport for one feature, with GitLab's own prompts.

    `origin` is Modelport's public origin; `platform` the OpenAI-compatible one; `family` picks GitLab's prompts.
    """
    name = f"{feature.name}:raw"
    identifier = Identifier(platform.prefix + name, name)
    return model_to_create(Deployment(relay_name(feature), platform, family, identifier, f"{origin}/v1", has_key=True))


def relay_name(feature: Feature) -> str:
    """The name in GitLab of the model through which it calls Modelport for a feature."""
    return f"Modelport: {feature.title}"


def features_to_assign(features: Sequence[Feature], state: str, model_name: str = "", model_id: str = "") -> ToCopy:
    """The assignment of one or more features in GitLab.

    `state` is that of an assignment: endpoint, disabled, managed or unassigned. `model_id` is GitLab's global id of
    the model where it is known. GitLab changes the features one by one: a batch may succeed in part.
    """
    given: dict[str, object] = {
        "features": [feature.gitlab_name for feature in features],
        "provider": _PROVIDERS[state],
    }
    if state == "endpoint":
        given["aiSelfHostedModelId"] = model_id or ID_PLACEHOLDER
    choice = {"endpoint": model_name, "disabled": "Disabled", "managed": "GitLab-managed model"}.get(state, "")
    return ToCopy(
        lines=tuple(Line(feature.title, choice) for feature in features),
        query=FEATURE_UPDATE,
        variables={"input": given},
        warnings=tuple(dict.fromkeys(feature.licence for feature in features)),
    )


def gitlab_endpoint(platform: Platform, base_url: str) -> str | None:
    """The address to enter in GitLab; None where GitLab asks for none.

    Of some platforms it wants the resource alone and adds the rest itself: `completed_path` is where that begins.
    """
    if not platform.takes_endpoint:
        return None
    address = base_url.rstrip("/")
    if not platform.completed_path:
        return address
    parts = urlsplit(address)
    own = f"{parts.path}/".partition(f"{platform.completed_path}/")[0]
    return f"{parts.scheme}://{parts.netloc}{own.rstrip('/')}"


def _model_lines(deployment: Deployment, address: str | None) -> tuple[Line, ...]:
    platform = deployment.platform
    titles = {"API": "API", "BEDROCK": "Amazon Bedrock", "VERTEX_AI": "Google Vertex AI"}
    lines = [
        Line("Deployment name", deployment.name),
        Line("Platform", titles[platform.gitlab_platform]),
        Line("Model family", _gitlab_title(deployment.family), deployment.family.state.label),
        Line("Model identifier", deployment.identifier.text),
    ]
    if address is not None:
        key = "the key of this endpoint" if deployment.has_key else ""
        lines[3:3] = [Line("Endpoint", address)]
        lines.append(Line("API Key (optional)", "", key and f"Type {key}; Modelport does not give it out."))
    return tuple(lines)


def _gitlab_title(family: Family) -> str:
    return "General" if family.gitlab_name == "GENERAL" else family.label


def _warnings(platform: Platform, family: Family, address: str | None) -> tuple[str, ...]:
    found = ["Before GitLab 19 the mutation takes no provider: leave that line out there."]
    if address is None:
        found.append("GitLab asks for no address here; the credentials belong to its AI Gateway's environment.")
    elif platform.slug == OPENAI_COMPATIBLE and not address.endswith("/v1"):
        found.append("GitLab wants addresses of OpenAI-compatible servers to end in /v1; without it they answer 404.")
    if address is not None and len(address) > GATEWAY_ENDPOINT_MAX:
        found.append(
            f"The address has {len(address)} characters; GitLab's gateway refuses more than 255 with status 422."
        )
    if family.state.label:
        found.append(f"GitLab shows the family {_gitlab_title(family)} once its beta features are switched on.")
    return tuple(found)
