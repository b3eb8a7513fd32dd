"""Live AWS credentials: for a role to assume, and for what Modelport's own process has been given.

botocore is imported inside the functions, since it costs 23 MB that only these two ways of signing in need. It opens
connections of its own: to the Security Token Service of a region, and to wherever the environment of the process
says that its credentials come from. No address of these comes from a form.
"""

import dataclasses
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from app.clients.dialect import AwsKeys, Cloud
from app.domain.credentials import Auth
from app.lib import clock

TIMEOUT_SECONDS = 5
ROLE_SECONDS = 3600
SESSION_NAME = "modelport"
# What is about to expire would expire on the way.
EARLY = timedelta(minutes=5)
CACHED_MAX = 256
# A region becomes part of a host's name.
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]{1,12}){1,3}-[0-9]{1,2}")

Granted = tuple[AwsKeys, datetime | None]


class CredentialsRefused(Exception):
    """No credentials: `code` is that of a remedy, `words` are the provider's, not yet scrubbed."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words


@dataclasses.dataclass(frozen=True, slots=True)
class Outlet:
    """How botocore gets out; `sts` replaces the service's own address, for tests only."""

    proxy: str | None = dataclasses.field(default=None, repr=False)
    ca_file: str | None = None
    sts: str | None = None


DIRECT = Outlet()


class Cache:
    """Thread-safe; credentials stay until shortly before they expire, and those without an end are not kept."""

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._held: dict[bytes, tuple[AwsKeys, datetime]] = {}

    def get(self, digest: bytes) -> Granted | None:
        """What is held and still lasts."""
        with self._lock:
            held = self._held.get(digest)
        return held if held and self._lasts(held[1]) else None

    def put(self, digest: bytes, granted: Granted) -> None:
        """Hold it; what has expired gives way, and the oldest where there are too many."""
        keys, expiry = granted
        if expiry is None or not self._lasts(expiry):
            return
        with self._lock:
            self._held = {each: held for each, held in self._held.items() if self._lasts(held[1])}
            while len(self._held) >= CACHED_MAX:
                del self._held[next(iter(self._held))]
            self._held[digest] = keys, expiry

    def _lasts(self, expiry: datetime) -> bool:
        return expiry - EARLY > self._now()


_CACHE = Cache()


def obtain(cloud: Cloud, api_key: str | None, outlet: Outlet = DIRECT, cache: Cache = _CACHE) -> Granted:
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
    client = _session(cloud, outlet).create_client("sts", endpoint_url=outlet.sts or _sts(cloud.region), **own)
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
