"""A child process that stands in for GitLab's nginx: it serves the page of deploy/embed, which frames the portal."""

import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from app.cli.child import end_with_parent

FILES = Path(__file__).resolve().parents[2] / "deploy" / "embed"
PAGE = "/-/modelport/"
EXAMPLE = "https://modelport.example.com"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; frame-src {portal}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_TYPES = {"index.html": "text/html; charset=utf-8", "embed.css": "text/css", "embed.js": "text/javascript"}
_ELSEWHERE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Admin area</title>'
    f'<p>In your installation this is GitLab itself. <a href="{PAGE}">Back to Modelport</a></p>'
)


class Server(ThreadingHTTPServer):
    """Serves the page for one portal. `tls` wraps each connection in its own thread, so a slow one holds nobody up."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], portal: str, tls: ssl.SSLContext) -> None:
        self.portal = portal
        self.tls = tls
        super().__init__(address, Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """One connection, which begins with TLS."""
        request.settimeout(30)
        with self.tls.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that does not trust the certificate yet breaks off each time."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server

    @property
    def portal(self) -> str:
        """The origin of what the page frames."""
        return self.server.portal

    def do_GET(self) -> None:
        """The page, one of its two files, or a line in place of GitLab."""
        name = self.path.partition("?")[0].removeprefix(PAGE) or "index.html"
        if name not in _TYPES:
            self._answer(_ELSEWHERE.encode(), "text/html; charset=utf-8")
            return
        content = (FILES / name).read_text(encoding="utf-8").replace(EXAMPLE, self.portal)
        self._answer(content.encode(), _TYPES[name])

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing down."""

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", POLICY.format(portal=self.portal))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)


def serve(host: str, port: int, portal: str, chain: str, key: str) -> Server:
    """A server that listens and does not answer yet."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    return Server((host, port), portal, tls)


def main() -> None:
    """Serve what the line on standard input says until the parent ends."""
    options = json.loads(sys.stdin.readline())
    end_with_parent()
    server = serve(**options)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
