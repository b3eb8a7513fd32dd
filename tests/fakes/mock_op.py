"""An OpenID provider that can lie in every place where a client has to look."""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey

GONE = object()
CLIENT_ID, CLIENT_SECRET = "modelport", "a-secret-of-the-mock-provider-0123456789"

Change = dict[str, Any]
Sign = Callable[["MockOp", dict[str, Any], dict[str, Any]], str]


def signed(op: "MockOp", header: dict[str, Any], claims: dict[str, Any]) -> str:
    """An honest signature."""
    return jws.serialize_compact(header, json.dumps(claims), op.key, algorithms=["ES256"])


@dataclass(slots=True)
class Lies:
    """What differs from an honest provider. A value GONE removes the name; a callable gets the provider."""

    metadata: Change = field(default_factory=dict)
    header: Change = field(default_factory=dict)
    claims: Change = field(default_factory=dict)
    token: Change = field(default_factory=dict)
    userinfo: Change = field(default_factory=dict)
    answer: Change = field(default_factory=dict)
    keys: Callable[["MockOp"], Any] | None = None
    sign: Sign = signed
    # Path to (status, headers, body): answered instead of the real thing.
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    # Paths whose answer never comes, comes byte by byte, or comes with a megabyte too much.
    hang: str = ""
    drip: str = ""
    endless: str = ""


def changed(op: "MockOp", honest: dict[str, Any], change: Change) -> dict[str, Any]:
    """The honest values with the lies put over them."""
    values = {name: value(op) if callable(value) else value for name, value in change.items()}
    return {name: value for name, value in {**honest, **values}.items() if value is not GONE}


class MockOp:
    """Serves discovery, keys, tokens and userinfo; a test plays the browser with `authorize`."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
        self.person: dict[str, Any] = {"sub": "ada", "name": "Ada Admin", "groups": ["modelport-admins"]}
        self.lies = Lies()
        self.requests: list[str] = []
        self.token_requests: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}

    def authorize(self, address: str) -> str:
        """What the person's browser is sent to when they agreed at `address`: the callback with its answer."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        answer = changed(self, {"code": code, "state": asked["state"]}, self.lies.answer)
        return f"{asked['redirect_uri']}?{urlencode(answer, doseq=True)}"

    def metadata(self) -> dict[str, Any]:
        honest = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/leave",
            "scopes_supported": ["openid", "profile", "email", "groups"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }
        return changed(self, honest, self.lies.metadata)

    def keys(self) -> Any:
        return self.lies.keys(self) if self.lies.keys else {"keys": [self.key.as_dict(private=False)]}

    def tokens(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.token_requests.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or proof.rstrip(b"=").decode() != asked.get("code_challenge"):
            return 400, {"error": "invalid_grant"}
        access_token = "access-" + secrets.token_urlsafe(8)
        honest = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": self.id_token(asked["nonce"], access_token),
        }
        return 200, changed(self, honest, self.lies.token)

    def id_token(self, nonce: str, access_token: str) -> str:
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        honest = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **self.person,
        }
        header = changed(self, {"alg": "ES256", "kid": "one"}, self.lies.header)
        return self.lies.sign(self, header, changed(self, honest, self.lies.claims))

    def userinfo(self) -> dict[str, Any]:
        return changed(self, self.person, self.lies.userinfo)


@contextmanager
def mock_op(tls: ssl.SSLContext | None = None) -> Iterator[MockOp]:
    """A running provider on a free port of loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    op = server.op = MockOp(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield op
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        self._answer({**form, "_authorization": self.headers.get("Authorization", "")})

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def _answer(self, form: dict[str, str]) -> None:
        op: MockOp = self.server.op
        path = urlsplit(self.path).path
        op.requests.append(path)
        if path == op.lies.hang:
            time.sleep(1)
            return
        if path == "/authorize" and path not in op.lies.pages:
            # Whoever comes with a browser is signed in there already.
            status, headers, body = 302, {"Location": op.authorize(self.path)}, b""
        elif path in op.lies.pages:
            status, headers, body = op.lies.pages[path]
        else:
            status, document = self._document(op, path, form)
            headers, body = {"Content-Type": "application/json"}, json.dumps(document).encode()
        if path == op.lies.endless:
            body += b" " * (1 << 20)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._write(body, slowly=path == op.lies.drip)

    def _document(self, op: MockOp, path: str, form: dict[str, str]) -> tuple[int, Any]:
        match path.removeprefix("/moved"):
            case "/.well-known/openid-configuration":
                return 200, op.metadata()
            case "/jwks":
                return 200, op.keys()
            case "/userinfo":
                return 200, op.userinfo()
            case "/token":
                return op.tokens(form)
        return 404, {}

    def _write(self, body: bytes, *, slowly: bool) -> None:
        try:
            for part in (body[at : at + 1] for at in range(len(body))) if slowly else (body,):
                self.wfile.write(part)
                self.wfile.flush()
                if slowly:
                    time.sleep(0.05)
        except OSError:
            self.close_connection = True
