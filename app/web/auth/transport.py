"""How the OIDC library's requests leave: the one other way out of the portal beside app/lib/http.py.

They go to addresses of the configured provider only, so they need no guard against forged ones. They need the rest:
no redirects (requests follows them, the client's secret with it), a deadline for the whole answer and not for each
read, a cap on its size, and the operator's own roots. The operator's proxy leads
outside, so a provider on this machine or in a private network is asked directly, as model servers there are.
"""

import io
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError, ContentDecodingError, ReadTimeout, TooManyRedirects
from urllib3.exceptions import HTTPError

from app.lib.budget import Budget
from app.lib.dial import resolve
from app.lib.egress import Policy
from app.lib.http_errors import OutboundError

SECONDS = 5.0
MOST_BYTES = 1 << 20


class StrictAdapter(HTTPAdapter):
    """Reads each answer whole, within `seconds`, up to MOST_BYTES; a redirect is an error."""

    def __init__(self, tls: ssl.SSLContext, seconds: float = SECONDS) -> None:
        self._tls = tls
        self.seconds = seconds
        super().__init__()

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """One request, one whole answer; raises requests' own exceptions."""
        until = time.monotonic() + self.seconds
        if kwargs.get("proxies") and _is_near(str(request.url), self.seconds):
            kwargs["proxies"] = {}
        request.headers["Connection"] = "close"
        with super().send(request, *args, **{**kwargs, "stream": True, "timeout": self.seconds}) as response:
            if 300 <= response.status_code < 400:
                raise TooManyRedirects(f"redirect with status {response.status_code}", response=response)
            return _whole(response, until)

    def close(self) -> None:
        """Nothing: sessions come and go, and one that ends must not take the connections of another."""

    # requests would load its own bundle of roots into our context, which the operator does not maintain.
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Verify with our context."""
        super().init_poolmanager(*args, **kwargs, ssl_context=self._tls)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Verify with our context behind a proxy, too."""
        return super().proxy_manager_for(*args, **kwargs, ssl_context=self._tls)

    def cert_verify(self, conn: Any, *_: Any, **__: Any) -> None:
        """Require a certificate and leave the roots alone."""
        conn.cert_reqs = "CERT_REQUIRED"


def _is_near(url: str, seconds: float) -> bool:
    """Whether an address lies where the proxy does not lead; a name that only the proxy can look up does not."""
    parts = urlsplit(url)
    try:
        ips = resolve(parts.hostname or "", parts.port or 443, Budget(seconds, seconds))
    except OutboundError:
        return False
    return not all(map(Policy().is_public, ips))


def _whole(response: Response, until: float) -> Response:
    try:
        body = _read(response, until)
    except HTTPError as error:
        raise ConnectionError(error, response=response) from error
    answer = Response()
    answer.status_code, answer.reason, answer.url = response.status_code, response.reason, response.url
    answer.headers, answer.request, answer.encoding = response.headers, response.request, response.encoding
    answer.raw = io.BytesIO(body)
    return answer


def _read(response: Response, until: float) -> bytes:
    body = bytearray()
    # read1 hands over what has come; anything else would wait for a full block, however slowly that arrives.
    while chunk := response.raw.read1(65536, decode_content=True):
        body += chunk
        if len(body) > MOST_BYTES:
            raise ContentDecodingError("the answer is too large", response=response)
        if time.monotonic() > until:
            raise ReadTimeout("the answer took too long", response=response)
    return bytes(body)
