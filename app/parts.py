"""Settings as each part of the portal takes them: the way out, alerts, the instance, sessions, the provider, roles."""

from datetime import timedelta
from urllib.parse import parse_qsl

from sqlalchemy.engine import make_url

from app.clients.gitlab.client import Instance
from app.config import PREFIX, Settings
from app.domain.access import RoleRules
from app.domain.sessions import SessionLimits
from app.lib import redact
from app.lib.egress import Policy
from app.lib.http import Door
from app.lib.sealed import Sealer
from app.lib.signing import as_secret, written
from app.lib.urls import parse
from app.services.ports import Hook
from app.web.auth.client import OidcSettings
from app.web.auth.cookies import Cookies


def door_of(settings: Settings, *, loopback_open: bool = False) -> Door:
    """The way out by the settings' rules. Raises egress.BadPolicy."""
    return Door(_policy(settings, loopback_open), ca_file_of(settings), settings.egress_proxy or None)


def alert_secret(settings: Settings) -> str | None:
    """What a receiver of alerts verifies them with, None where none are sent or no key is there to derive it from."""
    keys = [key.get_secret_value() for key in settings.secret_keys]
    hook = hook_of(settings, Sealer(keys)) if keys else None
    return written(hook.secret) if hook else None


def hook_of(settings: Settings, sealer: Sealer) -> Hook | None:
    """Where alerts go; without a secret of its own they are signed by one that follows from the first key."""
    if not settings.alert_webhook:
        return None
    bare, _, query = settings.alert_webhook.partition("?")
    secret = settings.alert_webhook_secret.get_secret_value() or as_secret(sealer.derive("alerts"))
    return Hook(parse(bare), tuple(parse_qsl(query, keep_blank_values=True)), secret)


def instance_of(settings: Settings) -> Instance | None:
    if not settings.gitlab_url:
        return None
    token = settings.gitlab_token.get_secret_value()
    # Whatever library might ever put it into a message: the log's filter knows it by heart.
    redact.register(token)
    return Instance(parse(settings.gitlab_url), token)


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


def ca_file_of(settings: Settings) -> str | None:
    return str(settings.ca_file) if settings.ca_file else None


def cookies_of(settings: Settings, secure: bool) -> Cookies:
    cross_site = settings.cookie_mode == "cross-site"
    return Cookies(secure, cross_site, cross_site and settings.storage_access)


def session_limits_of(settings: Settings) -> SessionLimits:
    return SessionLimits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_max_hours))


def oidc_of(settings: Settings) -> OidcSettings:
    return OidcSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        redirect_uri=f"{settings.origin}/auth/callback",
        scopes=settings.oidc_scopes,
        ca_file=ca_file_of(settings),
        proxy=settings.egress_proxy,
    )


def role_rules_of(settings: Settings) -> RoleRules:
    return RoleRules(settings.oidc_groups_claim, settings.role_admin, settings.role_editor, settings.role_viewer)
