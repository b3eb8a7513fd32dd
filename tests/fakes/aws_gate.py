"""What AWS's front door checks before any service sees a request, and its words for what it refuses.

Signatures are computed anew with botocore, over the bytes as they came.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hmac import compare_digest

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from app.clients.target import AwsKeys

SKEW = timedelta(minutes=5)
_PROOF = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; `target` is path and query, `headers` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Refused(Exception):
    """The exception's kind and words; the status is always 403."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(kind)
        self.kind, self.words = kind, words


@dataclass(slots=True)
class Gate:
    """`ahead`: how far AWS's clock is before that of the caller."""

    keys: AwsKeys
    api_key: str
    region: str
    ahead: timedelta = timedelta()
    seen: list[str] = field(default_factory=list)

    def check(self, request: Request, service: str) -> None:
        """Raises Refused; `seen` gains the scheme that was accepted."""
        proof = request.headers.get("authorization", "")
        if not proof:
            raise Refused("MissingAuthenticationTokenException", "Missing Authentication Token")
        if proof.startswith("Bearer "):
            if proof != f"Bearer {self.api_key}":
                raise Refused("AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.")
            self.seen.append("bearer")
            return
        self._check_signature(request, service, proof)
        self.seen.append("signature")

    def _check_signature(self, request: Request, service: str, proof: str) -> None:
        found = _PROOF.fullmatch(proof)
        if found is None:
            raise Refused("IncompleteSignatureException", "Authorization header is not understood.")
        key_id, _, region, signed_for, names, signature = found.groups()
        if region != self.region:
            raise Refused("InvalidSignatureException", "Credential should be scoped to a valid region. ")
        if key_id != self.keys.access_key_id or signed_for != service:
            raise Refused("UnrecognizedClientException", "The security token included in the request is invalid.")
        if request.headers.get("x-amz-security-token") != self.keys.session_token:
            raise Refused("ExpiredTokenException", "The security token included in the request is expired")
        self._check_moment(request.headers["x-amz-date"])
        if not compare_digest(self._signature(request, service, names.split(";")), signature):
            raise Refused(
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                "Access Key and signing method. Consult the service documentation for details.\n\n"
                f"The Canonical String for this request should have been\n'{request.method}\n{request.target}'",
            )

    def _check_moment(self, stamp: str) -> None:
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        now = datetime.now(UTC) + self.ahead
        if moment < now - SKEW:
            words = f"Signature expired: {stamp} is now earlier than {now - SKEW:%Y%m%dT%H%M%SZ}"
            raise Refused("InvalidSignatureException", words)
        if moment > now + SKEW:
            words = f"Signature not yet current: {stamp} is still later than {now + SKEW:%Y%m%dT%H%M%SZ}"
            raise Refused("InvalidSignatureException", words)

    def _signature(self, request: Request, service: str, names: list[str]) -> str:
        """botocore's own; what a signature has to cover is added to what it says that it covers."""
        must = {"host"} | {name for name in request.headers if name.startswith("x-amz-")}
        covered = {name: request.headers.get(name, "") for name in must.union(names)}
        url = f"http://{request.headers['host']}{request.target}"
        anew = AWSRequest(method=request.method, url=url, headers=covered, data=request.body)
        anew.context["timestamp"] = request.headers["x-amz-date"]
        keys = Credentials(self.keys.access_key_id, self.keys.secret_access_key, self.keys.session_token)
        signer = SigV4Auth(keys, service, self.region)
        canonical = signer.canonical_request(anew)
        return str(signer.signature(signer.string_to_sign(anew, canonical), anew))
