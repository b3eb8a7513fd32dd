"""From an endpoint or a checked draft to what a dialect speaks to, the key opened at the last moment."""

import json
from collections.abc import Mapping, Sequence

from app.clients.target import Cloud, Target
from app.domain.credentials import Auth
from app.domain.endpoints import Checked, default_key_header
from app.domain.extra_headers import shows_who_asks
from app.lib import redact, urls
from app.lib.tls import TlsOptions
from app.models.endpoint import Endpoint
from app.queries.routes import StoredEndpoint
from app.services.ports import Ports

SECRET_FROM = 12


def key_purpose(endpoint_id: str, column: str = "api_key") -> str:
    """What an endpoint's sealed secret is bound to: it opens for no other row and no other column."""
    return f"endpoint|{endpoint_id}|{column}"


def stored_key(ports: Ports, row: Endpoint | StoredEndpoint, column: str = "api_key") -> str | None:
    """One of the endpoint's secrets in clear, or None where it has none; raises CannotOpen."""
    sealed = getattr(row, column)
    if not sealed:
        return None
    key = ports.sealer.open(sealed, key_purpose(row.id, column))
    # From here on the key could get into a message of somebody's library: the log's filter knows it by heart.
    # Short ones are stand-ins ("ollama", "EMPTY") for servers without keys; they would be blotted out of every name.
    if len(key) >= SECRET_FROM:
        redact.register(key)
    return key


def stored_headers(ports: Ports, row: Endpoint | StoredEndpoint) -> dict[str, str]:
    """The endpoint's extra headers, values in clear; raises CannotOpen. See services/header_values."""
    values = row.headers
    if row.header_values:
        values = json.loads(ports.sealer.open(row.header_values, key_purpose(row.id, "header_values")))
    found = {str(name): str(value) for name, value in values.items()}
    for name, value in found.items():
        if len(value) >= SECRET_FROM and shows_who_asks(name):
            redact.register(value)
    return found


def of_endpoint(ports: Ports, row: Endpoint | StoredEndpoint, without: Sequence[str] = ()) -> Target:
    """The target of a stored endpoint, `without` some secrets; raises CannotOpen for one that no longer opens."""
    names = ("api_key", "session_token", "client_key")
    secrets = {name: None if name in without else stored_key(ports, row, name) for name in names}
    return Target(
        platform=row.platform,
        server=row.server,
        address=urls.parse(row.base_url),
        served_name=row.served_name,
        api_key=secrets["api_key"],
        key_header=_key_header(ports, row.key_header, row.platform, row.server),
        headers={} if "header_values" in without else stored_headers(ports, row),
        api_version=row.api_version,
        quirks=_quirks(row.quirks),
        tls=_tls(row.ca_pem, row.client_certificate, secrets["client_key"], row.tls_server_name),
        cloud=Cloud(
            row.region,
            row.project,
            Auth(row.auth),
            row.access_key_id,
            secrets["session_token"],
            row.role_arn,
            row.external_id,
        ),
    )


def of_draft(ports: Ports, checked: Checked, secrets: Mapping[str, str | None], headers: Mapping[str, str]) -> Target:
    """The target of values that are not stored; `secrets` by column, and extra headers, in clear."""
    draft = checked.draft
    return Target(
        platform=draft.platform,
        server=draft.server,
        address=urls.parse(checked.base_url),
        served_name=checked.identifier.served_name,
        api_key=secrets.get("api_key") or None,
        key_header=_key_header(ports, draft.key_header, draft.platform, draft.server),
        headers=headers,
        api_version=draft.api_version,
        quirks=_quirks(draft.quirks),
        tls=_tls(draft.ca_pem, draft.client_certificate, secrets.get("client_key"), draft.tls_server_name),
        cloud=Cloud(
            draft.region,
            draft.project,
            Auth(draft.auth),
            draft.access_key_id,
            secrets.get("session_token") or None,
            draft.role_arn,
            draft.external_id,
        ),
    )


def _tls(ca_pem: str, certificate: str, key: str | None, server_name: str) -> TlsOptions:
    pair = {"client_certificate": certificate, "client_key": key} if certificate and key else {}
    return TlsOptions(ca_pem or None, **pair, server_name=server_name)


def _key_header(ports: Ports, chosen: str, platform: str, server: str) -> str:
    return default_key_header(chosen, ports.facts.platforms[platform], ports.facts.servers.get(server))


def _quirks(names: Sequence[object]) -> frozenset[str]:
    return frozenset(str(name) for name in names)
