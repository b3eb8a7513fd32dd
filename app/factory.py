"""Wiring: settings in, a Flask app out. Its order is the story; rules live elsewhere."""

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, redirect, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from app.api.app import create_api
from app.api.context import PREFIX as API
from app.api.metrics import PREFIX as METRICS
from app.api.metrics import create_metrics
from app.clients.granting import Outlet
from app.config import Settings
from app.data.loader import load_facts
from app.gateway.app import create_gateway
from app.gateway.context import PREFIX as CALLS
from app.jobs.instance import InstanceWork
from app.jobs.keeper import Keeper
from app.jobs.runner import Runner
from app.jobs.schedule import Schedule
from app.jobs.tries import Tries
from app.lib import clock, logs, tokens
from app.lib.sealed import Sealer
from app.models.base import db
from app.models.store import Store, prepare_engine
from app.parts import (
    ca_file_of,
    cookies_of,
    door_of,
    hook_of,
    instance_of,
    oidc_of,
    role_rules_of,
    session_limits_of,
)
from app.services import switchboard
from app.services.ports import Ports, TestLimits
from app.services.retention import Kept
from app.services.switchboard import Switchboard
from app.shown_settings import shown
from app.version import version
from app.web import (
    access,
    blanks,
    csrf,
    drawing,
    errors,
    filters,
    frames,
    headers,
    help,
    htmx,
    navigation,
    pages,
    theme,
)
from app.web.auth import embed, login, sessions
from app.web.auth.client import Provider
from app.web.context import KEY, Context, SettingRow

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = Path(__file__).parent.parent
MEBIBYTE = 1 << 20
FORM_PARTS = 1000


def create_app(settings: Settings, *, evaluation: bool = False) -> Flask:
    """Build the portal.

    `evaluation` is said by `run` alone: it admits model servers on loopback while the portal itself
    listens on loopback only. Raises egress.BadPolicy or sealed.WeakKey for settings that cannot work.
    """
    app = Flask("modelport", root_path=str(ROOT))
    _configure(app, settings)
    ports = _ports(app, settings, loopback_open=evaluation and settings.on_loopback)
    # Signs the CSRF tokens: the same in every worker and after a restart.
    app.config["SECRET_KEY"] = ports.sealer.derive("csrf").hex()
    runner = Runner(ports)
    rows = tuple(SettingRow(*row) for row in shown(settings, os.environ))
    instance = InstanceWork(ports)
    app.extensions[KEY] = Context(ports, runner, Tries(ports), instance, settings.origin, evaluation, rows)

    secure = settings.origin.startswith("https:")
    _settle_on_one_host(app, settings.origin)
    sessions.setup(app, ports, session_limits_of(settings), cookies_of(settings, secure))
    # Who is nobody is told so, rather than that a token is stale.
    access.setup(app)
    csrf.setup(app, settings.origin)
    htmx.setup(app)
    headers.setup(app, settings.embed_origins, https=secure)
    frames.setup(app, settings.embed_origins, storage_access=cookies_of(settings, secure).storage_access)
    filters.setup(app)
    blanks.setup(app)
    theme.setup(app)
    navigation.setup(app)
    errors.setup(app)
    login.setup(app, Provider(oidc_of(settings)), role_rules_of(settings), evaluation=evaluation)
    embed.setup(app)
    help.setup(app)
    pages.setup(app)
    board = switchboard.of(ports)
    app.extensions[CALLS] = board
    doors = {
        API: create_api(ports, runner, instance, settings.origin),
        CALLS: create_gateway(board),
        METRICS: create_metrics(ports, version()),
    }
    for door in doors.values():
        headers.setup_door(door, https=secure)
    _mount(app, doors, settings.proxy_hops)
    return app


def ports_of(app: Flask) -> Ports:
    """The ports of a built portal, for commands that act without a page."""
    context: Context = app.extensions[KEY]
    return context.ports


def schedule_of(app: Flask, settings: Settings) -> Schedule:
    """What recurs, for the commands that are to do it; it shares the runner with the pages."""
    context: Context = app.extensions[KEY]
    return Schedule(context.ports, context.runner, timedelta(minutes=settings.test_every_minutes))


def runner_of(app: Flask) -> Runner:
    """The runner of a built portal, for commands that test."""
    context: Context = app.extensions[KEY]
    return context.runner


def api_of(app: Flask) -> Flask:
    """The API that is mounted in a built portal."""
    api: Flask = app.extensions[API]
    return api


def keeper_of(app: Flask, settings: Settings) -> Keeper:
    """What keeps the process in step with others, for the commands that serve."""
    board: Switchboard = app.extensions[CALLS]
    kept = Kept(settings.retention_usage_days, settings.retention_probes_days, settings.retention_audit_days)
    return Keeper(board, kept)


def keep(app: Flask, settings: Settings) -> None:
    """Begin what a serving process does beside answering."""
    keeper_of(app, settings).start()
    context: Context = app.extensions[KEY]
    context.instance.keep_reading(timedelta(minutes=settings.gitlab_every_minutes))


def switchboard_of(app: Flask) -> Switchboard:
    """What feature calls of a built portal share."""
    board: Switchboard = app.extensions[CALLS]
    return board


def _mount(app: Flask, doors: Mapping[str, Flask], hops: int) -> None:
    """Put the doors for programs below their addresses, and around all what every request goes through."""
    app.extensions[API] = doors[API]
    house = DispatcherMiddleware(app.wsgi_app, {prefix: door.wsgi_app for prefix, door in doors.items()})
    # Inside the proxy's correction, which has put the client's own address in place by then.
    numbered = _numbered(house)
    trusted = ProxyFix(numbered, x_for=hops, x_proto=hops, x_host=hops) if hops else numbered
    app.wsgi_app = trusted  # type: ignore[method-assign,assignment]


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database,
        # The connection that was used last goes first: it is awake, and knows the statements by heart.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 10, "max_overflow": 60, "pool_use_lifo": True},
        MAX_CONTENT_LENGTH=MEBIBYTE,
        # Prompts' inputs may be long: one field may take all that a request may hold.
        MAX_FORM_MEMORY_SIZE=MEBIBYTE,
        MAX_FORM_PARTS=FORM_PARTS,
        PREFERRED_URL_SCHEME=settings.origin.partition(":")[0],
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_max_hours),
    )
    drawing.setup(app)
    logs.configure(settings.log_level, settings.log_format)


def _ports(app: Flask, settings: Settings, *, loopback_open: bool) -> Ports:
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    prepare_engine(engine)
    sealer = Sealer([key.get_secret_value() for key in settings.secret_keys])
    return Ports(
        store=Store(engine),
        clock=clock.now,
        sealer=sealer,
        door=door_of(settings, loopback_open=loopback_open),
        facts=load_facts(ROOT / "prompts"),
        limits=TestLimits(at_once=settings.test_concurrency),
        outlet=Outlet(settings.egress_proxy or None, ca_file_of(settings)),
        hook=hook_of(settings, sealer),
        origin=settings.origin,
        instance=instance_of(settings),
    )


def _numbered(inner: "WSGIApplication") -> "WSGIApplication":
    """Give every request an id that its log lines and its error page share, and note where it came from."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        token = logs.request_id.set(tokens.new_label())
        address = logs.client_address.set(environ.get("REMOTE_ADDR", "")[:64])
        try:
            return inner(environ, start_response)
        finally:
            logs.client_address.reset(address)
            logs.request_id.reset(token)

    return answer


def _settle_on_one_host(app: Flask, origin: str) -> None:
    """Lead GETs under another name to the one address, where the cookies and the provider's callback live."""
    host = origin.partition("://")[2]

    def lead() -> AnyResponse | None:
        if request.host == host or request.path in ("/livez", "/readyz"):
            return None
        if request.method in ("GET", "HEAD"):
            return redirect(origin + request.full_path.rstrip("?"), 302)
        return Response("This portal is reached under another name.\n", 421, mimetype="text/plain")

    app.before_request(lead)
