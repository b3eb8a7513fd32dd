"""Platforms that may be chosen for an endpoint, with what each asks for."""

from collections.abc import Iterator

from flask import Blueprint

from app.api.bodies.common import ListOf
from app.api.bodies.facts import PlatformAnswer, ServerAnswer
from app.api.context import ports
from app.api.operations import operation
from app.domain.endpoints import needs_address
from app.domain.platforms import OPENAI_COMPATIBLE, KeyUse, Platform
from app.domain.roles import Role

platforms = Blueprint("platforms", __name__)
_AS_STATED = ("slug", "label", "hint", "prefix", "example", "url_pattern", "key_header")


@platforms.get("/platforms")
@operation(Role.VIEWER, ListOf[PlatformAnswer])
def index() -> ListOf[PlatformAnswer]:
    """List the platforms that an endpoint may be on."""
    facts = ports().facts
    chosen = (each for each in facts.platforms.values() if facts.platform_problem(each.slug) is None)
    return ListOf[PlatformAnswer](items=[_told(platform) for platform in chosen])


def _told(platform: Platform) -> PlatformAnswer:
    facts = ports().facts
    servers = facts.servers.values() if platform.slug == OPENAI_COMPATIBLE else ()
    return PlatformAnswer(
        id=platform.slug,
        version=facts.revision,
        key=platform.key.value,
        auths=[auth.value for auth in platform.auths],
        required=list(_required(platform)),
        servers=[ServerAnswer.model_validate(server) for server in servers],
        **{name: getattr(platform, name) for name in _AS_STATED},
    )


def _required(platform: Platform) -> Iterator[str]:
    yield from ("name", "identifier")
    if needs_address(platform):
        yield "base_url"
    if platform.key is KeyUse.REQUIRED:
        yield "api_key"
    if platform.needs_region:
        yield "region"
    if platform.needs_project:
        yield "project"
