"""Live AWS credentials: for a role to assume, and for what Modelport's own process has been given.

botocore is imported inside the functions, since it costs 23 MB that only these two ways of signing in need. It opens
connections of its own: to the Security Token Service of a region, and to wherever the environment of the process
says that its credentials come from. No address of these comes from a form.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.clients.granting import DIRECT, TIMEOUT_SECONDS, Cache, CredentialsRefused, Outlet
from app.clients.target import AwsKeys, Cloud
from app.domain.credentials import Auth

ROLE_SECONDS = 3600
SESSION_NAME = "modelport"
# A region becomes part of a host's name.
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]{1,12}){1,3}-[0-9]{1,2}")

Granted = tuple[AwsKeys, datetime | None]


_CACHE: Cache[AwsKeys] = Cache()


def obtain(cloud: Cloud, api_key: str | None, outlet: Outlet = DIRECT, cache: Cache[AwsKeys] = _CACHE) -> Granted:
    """Credentials that sign now, and when they expire (None: not known); raises CredentialsRefused.

    For a role, `api_key` is the secret access key of whoever assumes it, where `access_key_id` is set; the process
    itself assumes it otherwise. Takes up to 10 s. Raises ValueError for other kinds of authorisation.
    """
    obtainers = {Auth.ROLE: _assume, Auth.AMBIENT: _ambient}
    if cloud.auth not in obtainers:
        raise ValueError(f"nothing is to be obtained for {cloud.auth}")
    digest = _digest(cloud, api_key, outlet)
    held = cache.get(digest)
    if held:
        return held
    with _explained():
        granted = obtainers[cloud.auth](cloud, api_key, outlet)
    cache.put(digest, granted)
    return granted


def _digest(cloud: Cloud, api_key: str | None, outlet: Outlet) -> bytes:
    """Of everything that decides what is obtained, secrets included, so that a wrong secret finds nothing."""
    parts = (dataclasses.astuple(cloud), api_key, dataclasses.astuple(outlet))
    return hashlib.sha256(json.dumps(parts).encode()).digest()


def _assume(cloud: Cloud, api_key: str | None, outlet: Outlet) -> Granted:
    own = {}
    if cloud.access_key_id:
        own = {
            "aws_access_key_id": cloud.access_key_id,
            "aws_secret_access_key": api_key or "",
            "aws_session_token": cloud.session_token,
        }
    client = _session(cloud, outlet).create_client("sts", endpoint_url=outlet.address or _sts(cloud.region), **own)
    wanted = {"RoleArn": cloud.role_arn, "RoleSessionName": SESSION_NAME, "DurationSeconds": ROLE_SECONDS}
    if cloud.external_id:
        wanted["ExternalId"] = cloud.external_id
    given = client.assume_role(**wanted)["Credentials"]
    return AwsKeys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]), given["Expiration"]


def _ambient(cloud: Cloud, _api_key: str | None, outlet: Outlet) -> Granted:
    """botocore's chain: environment, profiles, web identity, container, machine."""
    credentials = _session(cloud, outlet).get_credentials()
    if credentials is None:
        raise CredentialsRefused("credentials_missing")
    frozen = credentials.get_frozen_credentials()
    expiry: datetime | None = getattr(credentials, "_expiry_time", None)
    return AwsKeys(frozen.access_key, frozen.secret_key, frozen.token), expiry


def _session(cloud: Cloud, outlet: Outlet) -> Any:
    from botocore.config import Config
    from botocore.session import Session

    session = Session()
    if cloud.region:
        session.set_config_variable("region", cloud.region)
    if outlet.ca_file:
        session.set_config_variable("ca_bundle", outlet.ca_file)
    session.set_default_client_config(
        Config(
            connect_timeout=TIMEOUT_SECONDS,
            read_timeout=TIMEOUT_SECONDS,
            retries={"total_max_attempts": 1},
            proxies={"https": outlet.proxy} if outlet.proxy else {},
        )
    )
    return session


def _sts(region: str) -> str:
    if not _REGION.fullmatch(region):
        raise CredentialsRefused("credentials_unreachable")
    return f"https://sts.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")


@contextmanager
def _explained() -> Iterator[None]:
    """botocore's many exceptions as one; where nobody was reached there are no words of a provider."""
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as error:
        raise _refusal(error.response) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise CredentialsRefused("credentials_unreachable") from error
    except exceptions.ParamValidationError as error:
        raise CredentialsRefused("role_refused", str(error)) from error
    # A file that the environment names and that is not there gets no exception of botocore's own.
    except (exceptions.BotoCoreError, OSError) as error:
        raise CredentialsRefused("credentials_missing", str(error)) from error


def _refusal(response: dict[str, Any]) -> CredentialsRefused:
    """What the Security Token Service answered; its own failures say nothing about the role."""
    failed = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
    words = str(response.get("Error", {}).get("Message", ""))
    return CredentialsRefused("credentials_unreachable" if failed else "role_refused", words)
