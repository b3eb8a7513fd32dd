"""Comparing what GitLab stores of a model: its own spellings of one thing are no difference."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from app.domain.instance import ModelValues, Shape

NOTHING = ModelValues("", "", "", "", "")
_DEFAULT_PREFIX = "custom_openai/"
_PREFIXES = {"bedrock": "BEDROCK", "vertex_ai": "VERTEX_AI"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, for people."""

    label: str
    before: str
    after: str


def fit_for(shape: Shape, values: ModelValues) -> ModelValues:
    """The values as this GitLab would show them: before 19 it tells the platform by the identifier."""
    return replace(values, platform=platform_of(values.identifier)) if shape.is_18 else values


def platform_of(identifier: str) -> str:
    """The platform that GitLab before 19 takes an identifier for."""
    return _PREFIXES.get(identifier.partition("/")[0].lower(), "API")


def same(there: ModelValues, wanted: ModelValues, takes_endpoint: bool = True) -> bool:
    """Whether GitLab would treat both alike; an address counts only where GitLab asks for one."""
    return not any(differences(there, wanted, takes_endpoint))


def differences(there: ModelValues, wanted: ModelValues, takes_endpoint: bool = True) -> Iterator[FieldChange]:
    """The fields in which they differ, in the order of GitLab's form."""
    if there.name != wanted.name:
        yield FieldChange("Name", there.name, wanted.name)
    if there.platform != wanted.platform:
        yield FieldChange("Platform", there.platform, wanted.platform)
    if there.family != wanted.family:
        yield FieldChange("Family", there.family, wanted.family)
    if takes_endpoint and same_address(there.endpoint) != same_address(wanted.endpoint):
        yield FieldChange("Endpoint", there.endpoint, wanted.endpoint)
    if _identifier(there.identifier) != _identifier(wanted.identifier):
        yield FieldChange("Identifier", there.identifier, wanted.identifier)


def same_address(address: str) -> str:
    """One spelling of an address: capitals of the host, the scheme's own port and a slash at the end do not count."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return address.strip()
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = (parts.hostname or "") + (f":{port}" if port and port != usual else "")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}{query}"


def _identifier(text: str) -> str:
    """GitLab's gateway takes one without a slash for a served name behind an OpenAI-compatible address."""
    return text if not text or "/" in text else _DEFAULT_PREFIX + text
