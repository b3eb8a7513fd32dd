"""Wiring: settings in, a Flask app out. Its order is the story; rules live elsewhere."""

import os
from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, g, redirect, request
from jinja2 import StrictUndefined
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from app.clients.granting import Outlet
from app.config import PREFIX, Settings
from app.data.loader import load_facts
from app.domain.access import RoleRules
from app.domain.sessions import SessionLimits
from app.jobs.runner import Runner
from app.jobs.schedule import Schedule
from app.lib import clock, logs, tokens
from app.lib.egress import Policy
from app.lib.http import Door
from app.lib.sealed import Sealer
from app.models.base import db
from app.models.store import Store, prepare_engine
from app.services.ports import Ports, TestLimits
from app.shown_settings import shown
from app.web import access, csrf, errors, filters, headers, help, htmx, navigation, pages, theme
from app.web.auth import login, sessions
from app.web.auth.client import OidcSettings, Provider
from app.web.auth.cookies import Cookies
from app.web.context import KEY, Context, SettingRow

ROOT = Path(__file__).parent.parent
MEBIBYTE = 1 << 20


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
    app.extensions[KEY] = Context(ports, runner, settings.origin, evaluation, rows)

    secure = settings.origin.startswith("https:")
    _number_requests(app)
    _settle_on_one_host(app, settings.origin)
    sessions.setup(app, ports, _session_limits(settings), Cookies(secure, settings.cookie_mode == "cross-site"))
    # Who is nobody is told so, rather than that a token is stale.
    access.setup(app)
    csrf.setup(app, settings.origin)
    htmx.setup(app)
    headers.setup(app, settings.embed_origins, https=secure)
    filters.setup(app)
    theme.setup(app)
    navigation.setup(app)
    errors.setup(app)
    login.setup(app, Provider(_oidc(settings)), _role_rules(settings), evaluation=evaluation)
    help.setup(app)
    pages.setup(app)
    return app


def ports_of(app: Flask) -> Ports:
    """The ports of a built portal, for commands that act without a page."""
    context: Context = app.extensions[KEY]
    return context.ports


def schedule_of(app: Flask, settings: Settings) -> Schedule:
    """What recurs, for the commands that are to do it; it shares the runner with the pages."""
    context: Context = app.extensions[KEY]
    return Schedule(context.ports, context.runner, timedelta(minutes=settings.test_every_minutes))


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 10, "max_overflow": 60, "pool_pre_ping": bool(settings.database_url)},
        MAX_CONTENT_LENGTH=MEBIBYTE,
        PREFERRED_URL_SCHEME=settings.origin.partition(":")[0],
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_max_hours),
    )
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.configure(settings.log_level, settings.log_format)


def _ports(app: Flask, settings: Settings, *, loopback_open: bool) -> Ports:
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    prepare_engine(engine)
    return Ports(
        store=Store(engine),
        clock=clock.now,
        sealer=Sealer([key.get_secret_value() for key in settings.secret_keys]),
        door=Door(_policy(settings, loopback_open), _ca_file(settings), settings.egress_proxy or None),
        facts=load_facts(ROOT / "prompts"),
        limits=TestLimits(at_once=settings.test_concurrency),
        outlet=Outlet(settings.egress_proxy or None, _ca_file(settings)),
    )


def _policy(settings: Settings, loopback_open: bool) -> Policy:
    own = [settings.bind]
    database = make_url(settings.database)
    if database.host:
        own.append(f"{database.host}:{database.port or 5432}")
    if loopback_open:
        # The provider of an evaluation listens beside the portal.
        own.append(f"{settings.bind_host}:{settings.bind_port + 1}")
    return Policy.from_text(
        settings.egress_allow_private, settings.egress_allow, settings.egress_deny, own, loopback_open, PREFIX
    )


def _ca_file(settings: Settings) -> str | None:
    return str(settings.ca_file) if settings.ca_file else None


def _session_limits(settings: Settings) -> SessionLimits:
    return SessionLimits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_max_hours))


def _oidc(settings: Settings) -> OidcSettings:
    return OidcSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        redirect_uri=f"{settings.origin}/auth/callback",
        scopes=settings.oidc_scopes,
        ca_file=_ca_file(settings),
        proxy=settings.egress_proxy,
    )


def _role_rules(settings: Settings) -> RoleRules:
    return RoleRules(settings.oidc_groups_claim, settings.role_admin, settings.role_editor, settings.role_viewer)


def _number_requests(app: Flask) -> None:
    """Give every request an id that its log lines and its error page share."""

    def begin() -> None:
        g.request_token = logs.request_id.set(tokens.new_id())

    def end(_: BaseException | None) -> None:
        token = g.pop("request_token", None)
        if token is not None:
            logs.request_id.reset(token)

    app.before_request(begin)
    app.teardown_request(end)


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
