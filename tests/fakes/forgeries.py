"""Signatures, keys and times as a liar makes them, for tokens of the mock provider."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OctKey
from joserfc.registry import HeaderParameter

from tests.fakes.mock_op import CLIENT_SECRET, MockOp

FOREIGN = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})


def later(seconds: int) -> Callable[[MockOp], int]:
    return lambda _: int(time.time()) + seconds


def by(key: Any, algorithm: str = "ES256") -> Callable[[MockOp, dict[str, Any], dict[str, Any]], str]:
    def sign(_: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return jws.serialize_compact({**header, "alg": algorithm}, json.dumps(claims), key, algorithms=[algorithm])

    return sign


def unsigned(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    _, body, _ = jws.serialize_compact({"alg": "ES256"}, json.dumps(claims), op.key, algorithms=["ES256"]).split(".")
    return f"{part({**header, 'alg': 'none'})}.{body}."


def part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def tampered(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    head, _, signature = jws.serialize_compact(header, json.dumps(claims), op.key, algorithms=["ES256"]).split(".")
    return f"{head}.{part({**claims, 'groups': ['modelport-admins'], 'sub': 'boss'})}.{signature}"


def without_signature(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jws.serialize_compact(header, json.dumps(claims), op.key, algorithms=["ES256"]).rpartition(".")[0] + "."


def with_an_extension(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """An honest signature under a header that says that whoever does not know the extension must not accept it."""
    known = jws.JWSRegistry(header_registry={"exotic": HeaderParameter("An extension", "int")}, algorithms=["ES256"])
    return jws.serialize_compact(
        {**header, "crit": ["exotic"], "exotic": 1}, json.dumps(claims), op.key, registry=known
    )


def hmac_with_our_secret(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    return by(OctKey.import_key(CLIENT_SECRET), "HS256")(op, header, claims)


def hmac_with_their_public_key(op: MockOp, header: dict[str, Any], claims: dict[str, Any]) -> str:
    # By hand: no library signs with a public key as if it were a secret.
    message = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
    proof = hmac.digest(op.key.as_pem(private=False), message.encode(), hashlib.sha256)
    return f"{message}.{urlsafe_b64encode(proof).rstrip(b'=').decode()}"


def foreign_keys(_: MockOp) -> dict[str, Any]:
    return {"keys": [FOREIGN.as_dict(private=False)]}


def secret_as_key(_: MockOp) -> dict[str, Any]:
    return {"keys": [{**OctKey.import_key(CLIENT_SECRET).as_dict(), "kid": "one"}]}
