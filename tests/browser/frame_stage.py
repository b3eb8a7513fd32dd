"""A portal on https, a provider, and a page like GitLab's around the portal: what the tests of frames play on."""

import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer

from flask import Flask
from playwright.sync_api import BrowserContext, BrowserType, FrameLocator, Page
from sqlalchemy import delete
from werkzeug.serving import make_server

from app.cli import stand_in
from app.cli.browser import find_or_install
from app.cli.embedding import HOST_NAME, PORTAL_NAMES
from app.cli.own_authority import certificate
from app.config import Settings, load_settings
from app.models.sign_in import SignInSession
from app.web.auth.client import Provider
from app.web.auth.desk import desk, open_desk
from tests.fakes.front_door import ports_of
from tests.fakes.mock_op import CLIENT_ID, CLIENT_SECRET, MockOp, mock_op
from tests.fixtures.servers import free_port

MODES = ("same-site", "cross-site")
# Nothing but names of this machine resolves.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"
PREFERENCES = '{"profile": {"cookie_controls_mode": %d, "block_third_party_cookies": %s}}'


@dataclass(frozen=True, slots=True)
class Stage:
    """The running pieces; `page` is the address of the page around the portal.

    `plain` is another origin that may frame it, on https; what answers there is the same page on http.
    `elsewhere` has the page, too, and may not frame it.
    """

    mode: str
    portal: str
    page: str
    plain: str
    elsewhere: str
    app: Flask
    op: MockOp

    @property
    def host(self) -> str:
        """The origin of the page around the portal."""
        return self.page.removesuffix(stand_in.PAGE)

    def forget_provider(self) -> None:
        """Ask the provider anew, as a portal does that was just started."""
        with self.app.app_context():
            settings = desk().provider.settings
            open_desk(self.app, replace(desk(), provider=Provider(settings)))

    def end_sessions(self) -> None:
        """What hours without a click do."""
        with ports_of(self.app).store.write() as session:
            session.execute(delete(SignInSession))


@contextmanager
def stage(folder: Path, mode: str, build: Callable[[Settings], Flask]) -> Iterator[Stage]:
    """Everything on free ports, on a database that lies in `folder` already."""
    made = certificate(folder / "embed", (HOST_NAME, *PORTAL_NAMES.values()))
    ports = [free_port() for _ in range(4)]
    portal = f"https://{PORTAL_NAMES[mode]}:{ports[0]}"
    host, plain, elsewhere = (f"https://{HOST_NAME}:{port}" for port in ports[1:])
    with ExitStack() as stack:
        op = stack.enter_context(mock_op())
        app = build(_settings(folder, portal, (host, plain), mode, op))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(made.chain, made.key)
        _serve(stack, make_server("127.0.0.1", ports[0], app, threaded=True, ssl_context=tls))
        for port in (ports[1], ports[3]):
            _serve(stack, stand_in.serve("127.0.0.1", port, portal, str(made.chain), str(made.key)))
        _serve(stack, ThreadingHTTPServer(("127.0.0.1", ports[2]), _on_http(portal)))
        yield Stage(mode, portal, host + stand_in.PAGE, plain, elsewhere, app, op)


def _on_http(address: str) -> type[stand_in.Handler]:
    class Handler(stand_in.Handler):
        @property
        def portal(self) -> str:
            return address

    return Handler


def _settings(folder: Path, portal: str, hosts: tuple[str, ...], mode: str, op: MockOp) -> Settings:
    return load_settings(
        data_dir=folder,
        bind=f"127.0.0.1:{portal.rpartition(':')[2]}",
        public_url=portal,
        embed_origins=hosts,
        cookie_mode=mode,
        secret_keys=("a key of the tests that is long enough",),
        oidc_issuer=op.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        role_admin="modelport-admins",
        log_level="WARNING",
    )


def _serve(stack: ExitStack, server: BaseServer) -> None:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    stack.callback(server.server_close)
    stack.callback(thread.join)
    stack.callback(server.shutdown)


def launch(
    browser: BrowserType, profile: Path, *, blocking: bool, width: int = 1280, dark: bool = False
) -> BrowserContext:
    """A browser with a profile of its own, which blocks third-party cookies or does not."""
    (profile / "Default").mkdir(parents=True)
    preferences = PREFERENCES % (blocking, str(blocking).lower())
    (profile / "Default" / "Preferences").write_text(preferences, encoding="utf-8")
    context = browser.launch_persistent_context(
        profile,
        executable_path=find_or_install(),
        args=[OFFLINE, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
        ignore_https_errors=True,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        locale="en-GB",
    )
    context.set_default_timeout(10_000)
    return context


def framed(page: Page) -> FrameLocator:
    """The portal inside the page."""
    return page.frame_locator("#modelport")
