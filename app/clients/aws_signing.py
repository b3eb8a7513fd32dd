"""Signature Version 4, by which AWS knows who sent a request and that nobody changed it on the way.

Source: AWS Identity and Access Management User Guide, "Create a signed AWS API request".
"""

import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

from app.clients.target import AwsKeys
from app.lib.http import Call

_ALGORITHM = "AWS4-HMAC-SHA256"
# Proxies on the way rewrite these, and AWS's own clients leave them out.
_UNSIGNED = frozenset({"authorization", "user-agent", "x-amzn-trace-id"})


def signature_headers(call: Call, keys: AwsKeys, region: str, service: str, moment: datetime) -> dict[str, str]:
    """The headers that sign the call as it is; they are to be added to it. `moment` is aware and in UTC.

    The body is `content`: raises ValueError for a call with `json`, whose bytes only the door knows.
    """
    if call.json is not None:
        raise ValueError("a body is signed as bytes")
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    added = {"x-amz-date": stamp}
    if keys.session_token:
        added["x-amz-security-token"] = keys.session_token
    signed = _signed(call, added)
    names = ";".join(sorted(signed))
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    canonical = _canonical(call, signed, names)
    text = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = _hmac(_signing_key(keys, scope), text).hex()
    credential = f"{keys.access_key_id}/{scope}"
    proof = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return added | {"authorization": proof}


def _signed(call: Call, added: dict[str, str]) -> dict[str, str]:
    """The headers that the signature covers, the one among them that the door writes itself."""
    sent = {name.lower(): value for name, value in call.headers.items()}
    covered = {name: value for name, value in sent.items() if name not in _UNSIGNED}
    return covered | {"host": call.address.authority} | added


def _canonical(call: Call, signed: dict[str, str], names: str) -> str:
    # The path is percent-encoded already, and AWS (S3 apart) encodes what it receives once more.
    path = quote(call.address.path or "/", safe="/~")
    query = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in call.query)
    headers = "".join(f"{name}:{' '.join(signed[name].split())}\n" for name in sorted(signed))
    digest = hashlib.sha256(call.content or b"").hexdigest()
    return "\n".join((call.method, path, "&".join(f"{name}={value}" for name, value in query), headers, names, digest))


def _signing_key(keys: AwsKeys, scope: str) -> bytes:
    """One key for a day, region and service."""
    key = f"AWS4{keys.secret_access_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
